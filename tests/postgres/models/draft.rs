//! A model that is being put together from its variants.

use super::child::{Child, each_once};
use super::palette::TYPES;
use super::subject::{Id, Subject, is_nullable, is_retired};
use super::types::Ty;
use crate::layout::{ES_ENTITY, LOG, OTHERWISE};
use es_rollup_core::model::{
    Absent, Column, Field, Key, Kind, Life, Model, Operation, Order, Origin, Rule, Shape, Source, Step,
    Table, Tagging, Touch, Trigger, Type, TypeTexts, Types, Variant, View, Whole,
};
use es_rollup_core::{TypeInfo, sql::Sql};
use std::sync::LazyLock;

/// The tables of the n-th model.
pub(crate) fn tables(number: usize) -> (Table, Table) {
    let events = Table::parse(&format!("model_{number}_events"));
    let rollup = Table { schema: "kept".into(), name: format!("model_{number}") };
    if number.is_multiple_of(2) {
        (events.clone(), Table { name: format!("{}_rollup", events.name), ..events })
    } else {
        (events, rollup)
    }
}

/// What a path leads through: an object with any keys.
const OBJECT: TypeInfo = TypeInfo::new(
    Sql::Text("jsonb"),
    Sql::Text("jsonb_typeof(es_value) = 'object'"),
    Sql::Text("es_value"),
    "an object",
);

/// Every type, for drafts to refer to. A model has only those that it uses.
static PALETTE: LazyLock<Types> = LazyLock::new(|| {
    let mut types = Types::default();
    for texts in TYPES.iter().map(Ty::modelled).chain([TypeTexts::of(OBJECT)]) {
        types.known(texts);
    }
    types
});

#[expect(clippy::needless_pass_by_value, reason = "the texts are made for this")]
fn palette(texts: TypeTexts) -> Type {
    let found = PALETTE.iter().find(|(ty, _)| PALETTE.texts(*ty) == Some(&texts));
    found.expect("the palette has every type").0
}

/// A variant that is being put together.
pub(crate) struct Draft {
    pub(crate) variant: Variant,
    pub(crate) rule: Rule,
    /// What it does to the views; those that are left out are left alone.
    pub(crate) views: Vec<Rule>,
}

impl Draft {
    pub(crate) fn new(name: String, shape: Shape, life: Life) -> Self {
        let variant =
            Variant { wire: vec![name.clone()], name, other: false, life, shape, fields: Vec::new() };
        // What it does to the row follows from the other variants.
        Self { variant, rule: Rule::of_entity(Touch::Add, Vec::new()), views: Vec::new() }
    }

    pub(crate) fn step(&mut self, column: usize, operation: Operation, source: Source) {
        self.rule.steps.push(Step { column, operation, source });
    }

    /// A field of its own for a step.
    pub(crate) fn field(
        &mut self,
        ty: &Ty,
        keys: Vec<String>,
        many: bool,
        optional: bool,
        absent: Absent,
    ) -> Source {
        let name = keys.first().cloned().unwrap_or_else(|| "0".into());
        let ty = palette(ty.modelled());
        let (origin, path, whole) = (Origin::Payload, Vec::new(), None);
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }

    fn push(&mut self, field: Field) -> Source {
        self.variant.fields.push(field);
        Source::Field(self.variant.fields.len() - 1)
    }

    /// A collection whose elements choose rows: of the type, or of objects.
    pub(crate) fn collection(
        &mut self,
        ty: Option<&Ty>,
        keys: Vec<String>,
        optional: bool,
        absent: Absent,
    ) -> usize {
        let name = keys.first().cloned().unwrap_or_else(|| "0".into());
        let ty = palette(ty.map_or_else(|| TypeTexts::of(OBJECT), Ty::modelled));
        let (origin, path, whole, many) = (Origin::Payload, Vec::new(), None, true);
        self.variant.fields.push(Field {
            name,
            origin,
            keys,
            path,
            whole,
            ty,
            many,
            ascending: false,
            optional,
            absent,
        });
        self.variant.fields.len() - 1
    }

    /// The elements of a collection themselves, or something inside them.
    pub(crate) fn in_element(
        &mut self,
        each: usize,
        ty: &Ty,
        path: Vec<String>,
        optional: bool,
        absent: Absent,
    ) -> Source {
        let Field { name, keys, .. } = self.variant.fields[each].clone();
        let whole = (!path.is_empty()).then(|| Whole {
            ty: palette(TypeTexts::of(OBJECT)),
            optional: false,
            absent: Absent::Refused,
        });
        let (origin, ty, many) = (Origin::Element, palette(ty.modelled()), false);
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }

    /// A field of the type that it has already, and that does not stand in an element.
    pub(super) fn shared(&self, ty: &Ty, many: bool) -> Option<usize> {
        let ty = palette(ty.modelled());
        let fits = |field: &Field| field.origin != Origin::Element && field.ty == ty && field.many == many;
        self.variant.fields.iter().position(fits)
    }

    /// The last field is a set.
    pub(crate) fn ascending(&mut self) {
        self.variant.fields.last_mut().expect("a field").ascending = true;
    }

    /// Something inside the events' context.
    pub(super) fn in_context(&mut self, ty: &Ty, path: Vec<String>, many: bool, optional: bool) -> Source {
        let absent = if optional { Absent::None } else { Absent::Refused };
        let (ty, name) = (palette(ty.modelled()), "context".to_string());
        let (origin, keys, whole) = (Origin::Context, Vec::new(), None);
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }

    /// Something inside a field of its own, which is an object, or none at all where `whole` says so.
    pub(crate) fn inside(
        &mut self,
        ty: &Ty,
        key: String,
        path: Vec<String>,
        many: bool,
        optional: bool,
        whole: (bool, Absent),
    ) -> Source {
        let absent = if optional { Absent::None } else { Absent::Refused };
        let (ty, name) = (palette(ty.modelled()), key.clone());
        let (origin, keys) = (Origin::Payload, vec![key]);
        let whole = Some(Whole { ty: palette(TypeTexts::of(OBJECT)), optional: whole.0, absent: whole.1 });
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }
}

/// Whether an event may do this to the column beside these steps: it writes a column once, unless each time goes on from
/// the one before.
pub(super) fn may(steps: &[Step], column: usize, operation: Operation) -> bool {
    let mut earlier = steps.iter().filter(|step| step.column == column);
    earlier.all(|step| step.operation.accumulates() && operation.accumulates())
}

/// A model with the parts given; what follows from them is worked out.
pub(crate) fn finished(
    number: usize,
    id: Id,
    tagging: Tagging,
    columns: Vec<(String, Kind, &'static Ty)>,
    drafts: Vec<Draft>,
    children: Vec<Child>,
) -> Subject {
    let (events, table) = tables(number);
    let id_type = match id {
        Id::Uuid => <uuid::Uuid as es_rollup::SqlType>::SQL,
        Id::Text => <String as es_rollup::SqlType>::SQL,
        Id::Bigint => <i64 as es_rollup::SqlType>::SQL,
    };
    let mut used = Types::default();
    let id_type = used.of(id_type);
    let (mut variants, mut rules) = (Vec::new(), Vec::new());
    let mut of_views: Vec<Vec<Rule>> = Vec::new();
    for Draft { variant, rule, mut views } in drafts {
        variants.push(variant);
        rules.push(rule);
        views.resize(children.len(), Rule::NOTHING);
        of_views.push(views);
    }
    let layout = [&ES_ENTITY, &OTHERWISE, &LOG][number % 3];
    if layout.recorded_at.is_none() {
        for rule in rules.iter_mut().chain(of_views.iter_mut().flatten()) {
            rule.steps.retain(|step| step.source != Source::RecordedAt);
        }
    }
    let tagging = match tagging {
        Tagging::Separate { .. } => Tagging::Separate { column: layout.event_type.into() },
        Tagging::External | Tagging::Internal { .. } | Tagging::Adjacent { .. } => tagging,
    };
    let types = columns.iter().map(|(.., ty)| *ty).collect();
    let columns = columns
        .into_iter()
        .enumerate()
        .map(|(at, (name, kind, ty))| Column {
            name,
            was: None,
            ty: used.known(ty.modelled()),
            kind,
            nullable: is_nullable(at, kind, &variants, &rules),
            retired: is_retired(at, &rules),
        })
        .collect();
    for field in variants.iter_mut().flat_map(|variant: &mut Variant| &mut variant.fields) {
        for ty in [&mut field.ty].into_iter().chain(field.whole.as_mut().map(|whole| &mut whole.ty)) {
            *ty = used.known(PALETTE.texts(*ty).expect("drafts refer to the palette").clone());
        }
    }
    let created = variants.iter().any(|variant| variant.life == Life::Create);
    for ((variant, rule), views) in variants.iter_mut().zip(&mut rules).zip(&mut of_views) {
        rule.touch = Touch::of_entity(variant.life, created);
        each_once(variant, [rule].into_iter().chain(views));
    }
    let (mut views, mut drawn) = (Vec::new(), Vec::new());
    for (at, child) in children.into_iter().enumerate() {
        let rules = of_views.iter().map(|views| views[at].clone()).collect();
        let (view, types) = child.finished(&table, &variants, rules, &mut used);
        views.push(view);
        drawn.push(types);
    }
    let trigger = Trigger::ALL[number / 2 % 2];
    let (name, constraints) = (View::ROOT.into(), Vec::new());
    let root = View { name, was: None, table, key: Key::Entity, columns, rules, constraints };
    let order = if layout == &LOG || layout == &OTHERWISE && number.is_multiple_of(2) {
        Order::Increasing
    } else {
        Order::Contiguous
    };
    let mut store = layout.store(events, id_type, order);
    let mut fields = variants.iter().flat_map(|variant: &Variant| &variant.fields);
    store.context = fields.any(|field| field.origin == Origin::Context).then(|| layout.context.into());
    let (event, types_of_model) = (format!("Model{number}Event"), used);
    let model = Model {
        event,
        types: types_of_model,
        store,
        tagging,
        variants,
        trigger,
        root,
        views,
        history: None,
        archive: false,
    };
    Subject { model, types, children: drawn, id, layout, least: None, collects_early: number % 3 != 2 }
}
