//! Models of one history: each is the whole model of a subject without some of its parts, or with some of them changed.

mod names;

use super::child::each_once;
use super::palette::TYPES;
use super::subject::{Subject, is_nullable, is_nullable_in};
use es_rollup_core::model::{
    Column, Constraint, Kind, Life, Model, Operation, Origin, Rule, Source, Table, Touch, Trigger, Type,
    Types, View, names_in,
};
use std::collections::BTreeSet;

/// One thing in which a model differs from the whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edit {
    /// A variant is missing.
    Variant(usize),
    /// A variant does nothing to the root.
    Bare(usize),
    /// A variant's operations on the root are their siblings: the smaller value instead of the greater, and so on.
    Sibling(usize),
    /// All aliases are missing.
    Aliases,
    /// A column of the root is missing.
    Column(usize),
    /// A column of the root is missing, and with it every variant that changes it.
    Apart(usize),
    /// A view is missing.
    View(usize),
    /// A column of a view is missing.
    ColumnOfView(usize, usize),
    /// A variant does nothing to a view.
    Idle(usize, usize),
    /// A constraint of a table is missing.
    Constraint(usize, usize),
    /// There is a history although the whole model has none, or the other way round.
    History,
    /// Events can be archived, or the other way round.
    Archive,
    /// A column of a table has another name, also one of a key: by its place among all of them.
    Called(usize, usize),
    /// A view has another name, and so has its table.
    CalledView(usize),
    /// Columns that are retired are not, and the other way round.
    Retired,
    /// The trigger has the other form.
    Trigger,
    /// Whole numbers are wider, and words can be any text.
    Wide,
}

impl Edit {
    /// What it is about.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Variant(_) => "variant",
            Self::Bare(_) => "bare",
            Self::Sibling(_) => "sibling",
            Self::Aliases => "aliases",
            Self::Column(_) => "column",
            Self::Apart(_) => "apart",
            Self::View(_) => "view",
            Self::ColumnOfView(..) => "column of a view",
            Self::Idle(..) => "idle",
            Self::Constraint(..) => "constraint",
            Self::History => "history",
            Self::Archive => "archive",
            Self::Called(..) => "name of a column",
            Self::CalledView(_) => "name of a view",
            Self::Retired => "retired",
            Self::Trigger => "trigger",
            Self::Wide => "wide",
        }
    }
}

/// The edits that each alone make a model of the subject's history.
pub(super) fn all(subject: &Subject) -> Vec<Edit> {
    let model = &subject.model;
    let mut edits =
        vec![Edit::Aliases, Edit::History, Edit::Archive, Edit::Retired, Edit::Trigger, Edit::Wide];
    for (at, _) in model.variants.iter().enumerate() {
        edits.extend([Edit::Variant(at), Edit::Bare(at), Edit::Sibling(at)]);
        edits.extend((0..model.views.len()).map(|view| Edit::Idle(view, at)));
    }
    edits.extend((0..model.root.columns.len()).flat_map(|at| [Edit::Column(at), Edit::Apart(at)]));
    for (at, view) in model.views.iter().enumerate() {
        edits.push(Edit::View(at));
        edits.extend((0..view.columns.len()).map(|column| Edit::ColumnOfView(at, column)));
    }
    edits.extend((0..model.views.len()).map(Edit::CalledView));
    for (table, view) in std::iter::once(&model.root).chain(&model.views).enumerate() {
        edits.extend((0..view.all_columns().count()).map(|at| Edit::Called(table, at)));
        edits.extend((0..view.constraints.len()).map(|at| Edit::Constraint(table, at)));
    }
    let makes_sense = |edit: &Edit| {
        edited(subject, &BTreeSet::from([*edit]))
            .is_some_and(|model| model.fingerprint() != subject.model.fingerprint())
    };
    edits.into_iter().filter(makes_sense).collect()
}

/// The model with all these edits; `None` if there is no such model.
pub(super) fn edited(subject: &Subject, edits: &BTreeSet<Edit>) -> Option<Model> {
    let has = |edit: Edit| edits.contains(&edit);
    let mut model = subject.model.clone();
    if has(Edit::Trigger) {
        model.trigger = match model.trigger {
            Trigger::Statement => Trigger::Row,
            Trigger::Row => Trigger::Statement,
        };
    }
    for (at, rule) in model.root.rules.iter_mut().enumerate() {
        if has(Edit::Bare(at)) {
            rule.steps.clear();
        }
        if has(Edit::Sibling(at)) {
            rule.steps.iter_mut().for_each(|step| step.operation = sibling(step.operation));
        }
    }
    remove_columns(&mut model.root, |column| has(Edit::Column(column)) || has(Edit::Apart(column)));
    for (at, view) in model.views.iter_mut().enumerate() {
        for (variant, rule) in view.rules.iter_mut().enumerate() {
            if has(Edit::Idle(at, variant)) {
                *rule = Rule::NOTHING;
            }
        }
        remove_columns(view, |column| has(Edit::ColumnOfView(at, column)));
    }
    // Constraints are counted as the whole model has them.
    let whole = std::iter::once(&subject.model.root).chain(&subject.model.views);
    for (table, (view, whole)) in
        std::iter::once(&mut model.root).chain(&mut model.views).zip(whole).enumerate()
    {
        let gone: Vec<&str> = whole
            .constraints
            .iter()
            .enumerate()
            .filter(|(at, _)| has(Edit::Constraint(table, *at)))
            .map(|(_, constraint)| constraint.name())
            .collect();
        view.constraints.retain(|one| !gone.contains(&one.name()));
    }
    names::give(&mut model, &subject.model, has);
    let whole = &subject.model.root;
    let apart = |at: usize| whole.rules[at].steps.iter().any(|step| has(Edit::Apart(step.column)));
    let stays = |at: usize| !has(Edit::Variant(at)) && !apart(at);
    keep(&mut model.variants, stays);
    for view in std::iter::once(&mut model.root).chain(&mut model.views) {
        keep(&mut view.rules, stays);
    }
    if has(Edit::Aliases) {
        model.variants.iter_mut().for_each(|variant| variant.wire.truncate(1));
    }
    keep(&mut model.views, |at| !has(Edit::View(at)));
    if has(Edit::Wide) {
        widen(&mut model)?;
    }
    if has(Edit::Retired) {
        std::iter::once(&mut model.root).chain(&mut model.views).for_each(retire);
    }
    settle(&mut model);
    model.archive = subject.model.archive != has(Edit::Archive);
    let keeps = subject.model.history.is_some() != has(Edit::History);
    let Table { schema, name } = &model.root.table;
    let table = Table { schema: schema.clone(), name: format!("{name}_history") };
    model.history = keeps.then(|| View::history(&model.root, table));
    // The attributes have more rules than a description: a column that no event brings is none of them.
    (model.validate().is_ok() && is_brought(&model)).then_some(model)
}

fn keep<T>(items: &mut Vec<T>, stays: impl Fn(usize) -> bool) {
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        stays(at - 1)
    });
}

/// An operation with the same needs and another result.
fn sibling(operation: Operation) -> Operation {
    match operation {
        Operation::Set => Operation::SetOrKeep,
        Operation::SetOrKeep => Operation::Set,
        Operation::Increment => Operation::Decrement,
        Operation::Decrement => Operation::Increment,
        Operation::Max => Operation::Min,
        Operation::Min => Operation::Max,
        Operation::Clear | Operation::Toggle | Operation::Add | Operation::Remove | Operation::Push => {
            operation
        }
    }
}

/// Retires the columns that are not, and that nothing is added to, and the other way round.
fn retire(view: &mut View) {
    let steps = view.rules.iter().flat_map(|rule| &rule.steps);
    let added: BTreeSet<usize> =
        steps.filter(|step| step.operation.counts()).map(|step| step.column).collect();
    for (at, column) in view.columns.iter_mut().enumerate() {
        column.retired = !column.retired && !added.contains(&at);
    }
}

fn remove_columns(view: &mut View, is_removed: impl Fn(usize) -> bool) {
    let places: Vec<Option<usize>> = {
        let mut next = 0;
        let place = |at| {
            let stays = !is_removed(at);
            next += usize::from(stays);
            stays.then(|| next - 1)
        };
        (0..view.columns.len()).map(place).collect()
    };
    let gone: Vec<String> = (view.columns.iter().zip(&places))
        .filter(|(_, place)| place.is_none())
        .map(|(column, _)| column.name.clone())
        .collect();
    for rule in &mut view.rules {
        rule.steps.retain(|step| places[step.column].is_some());
        rule.steps.iter_mut().for_each(|step| step.column = places[step.column].expect("it stays"));
    }
    keep(&mut view.columns, |at| places[at].is_some());
    view.constraints.retain(|constraint| {
        let columns = match constraint {
            Constraint::Check { expression, .. } => names_in(expression),
            Constraint::Unique { columns, .. } | Constraint::Index { columns, .. } => columns.clone(),
        };
        !columns.iter().any(|column| gone.contains(column))
    });
}

/// Gives columns and fields of some types another type that has their values, too; `None` if a key has one of them.
fn widen(model: &mut Model) -> Option<()> {
    const WIDER: [(&str, &str); 3] = [("i16", "i32"), ("i32", "i64"), ("Status", "String")];
    let of = |name: &str| TYPES.iter().find(|ty| ty.name == name).expect("a type of the palette").modelled();
    let wider: Vec<_> = WIDER.iter().map(|(narrow, wide)| (of(narrow), of(wide))).collect();
    let types: Vec<(Type, _)> = model
        .types
        .iter()
        .filter_map(|(ty, _)| {
            let texts = model.types.texts(ty)?;
            let (_, wide) = wider.iter().find(|(narrow, _)| narrow == texts)?;
            Some((ty, wide.clone()))
        })
        .collect();
    let keys = model.views.iter().flat_map(|view| view.parts().iter().map(|part| part.ty));
    if keys.chain([model.store.id_type]).any(|ty| types.iter().any(|(narrow, _)| *narrow == ty)) {
        return None;
    }
    let mut all: Types = model.types.clone();
    let new: Vec<(Type, Type)> = types.into_iter().map(|(ty, texts)| (ty, all.known(texts))).collect();
    model.types = all;
    let replace = |ty: &mut Type| {
        if let Some((_, wide)) = new.iter().find(|(narrow, _)| narrow == ty) {
            *ty = *wide;
        }
    };
    model
        .variants
        .iter_mut()
        .flat_map(|variant| &mut variant.fields)
        .for_each(|field| replace(&mut field.ty));
    let views = std::iter::once(&mut model.root).chain(&mut model.views);
    views.flat_map(|view| &mut view.columns).for_each(|column| replace(&mut column.ty));
    Some(())
}

/// What follows from the rest, as the derive has it: fields, nullability, how streams begin, and the context.
fn settle(model: &mut Model) {
    let Model { variants, root, views, store, .. } = model;
    let created = variants.iter().any(|variant| variant.life == Life::Create);
    for (at, variant) in variants.iter_mut().enumerate() {
        root.rules[at].touch = Touch::of_entity(variant.life, created);
        let of_views = views.iter_mut().map(|view| &mut view.rules[at]);
        let mut rules: Vec<&mut Rule> = [&mut root.rules[at]].into_iter().chain(of_views).collect();
        each_once(variant, rules.drain(..));
    }
    for at in 0..root.columns.len() {
        root.columns[at].nullable = is_nullable(at, root.columns[at].kind, variants, &root.rules);
    }
    for view in views {
        let makes: Vec<bool> =
            view.rules.iter().map(|rule| matches!(rule.touch, Touch::Create | Touch::Add)).collect();
        for at in 0..view.columns.len() {
            let kind = view.columns[at].kind;
            view.columns[at].nullable = is_nullable_in(at, kind, variants, &view.rules, |rule| makes[rule]);
        }
    }
    let mut fields = variants.iter().flat_map(|variant| &variant.fields);
    if !fields.any(|field| field.origin == Origin::Context) {
        store.context = None;
    }
}

/// Whether each column can hold something, each view can have rows, and each newtype has its field.
fn is_brought(model: &Model) -> bool {
    let brings = |view: &View, at: usize, column: &Column| {
        let mut steps = view.rules.iter().flat_map(|rule| &rule.steps).filter(|step| step.column == at);
        steps.any(|step| match column.kind {
            Kind::Value => step.operation.brings(),
            Kind::Counter => step.operation.makes().is_some() && step.source != Source::Nothing,
            Kind::Set => step.operation == Operation::Add,
            Kind::List => step.operation == Operation::Push,
        })
    };
    let makes = |view: &View| view.rules.iter().any(|rule| matches!(rule.touch, Touch::Create | Touch::Add));
    let has_columns = |view: &View| {
        let mut columns = view.columns.iter().enumerate();
        columns.all(|(at, column)| brings(view, at, column))
    };
    let lives = model.variants.iter().any(|variant| variant.life != Life::Delete && variant.is_read());
    lives && has_columns(&model.root) && model.views.iter().all(|view| makes(view) && has_columns(view))
}
