//! What each table is in both models.

use crate::alteration::Altered;
use crate::emit::program;
use crate::model::{Column, Constraint, Fact, Key, Model, Part, Type, View, names_in};

/// The tables of two models, beside each other.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) tables: Vec<Altered>,
    pub(super) created: Vec<usize>,
    pub(super) dropped: Vec<usize>,
}

/// Compares the tables, or says which of them cannot become the other. In the old model, what `renames` names has its new
/// name already.
pub(super) fn compare(old: &Model, new: &Model, renames: &[Altered]) -> Result<Compared, Vec<String>> {
    let mut compared = Compared::default();
    let mut refused = Vec::new();
    let before: Vec<&View> = old.tables().collect();
    for (place, view) in new.tables().enumerate() {
        match before.iter().position(|one| one.table == view.table) {
            None => compared.created.push(place),
            Some(at) if same_key(old, before[at], new, view) => {
                let named = renames.iter().find(|one| one.new == place).cloned();
                let table = named.unwrap_or_else(|| Altered { old: at, new: place, ..Altered::default() });
                compared.tables.push(altered(old, before[at], new, view, table));
            }
            Some(_) => refused.push(format!(
                "the rows of {}.{} are told apart by another key: give the view another table",
                view.table.schema, view.table.name
            )),
        }
    }
    let kept: Vec<usize> = compared.tables.iter().map(|table| table.old).collect();
    compared.dropped.extend((0..before.len()).filter(|at| !kept.contains(at)));
    if refused.is_empty() { Ok(compared) } else { Err(refused) }
}

/// Whether the rows of both are told apart by the same columns.
fn same_key(old: &Model, before: &View, new: &Model, after: &View) -> bool {
    match (&before.key, &after.key) {
        (Key::Entity, Key::Entity) | (Key::Version, Key::Version) => true,
        (Key::Parts(one), Key::Parts(other)) => {
            let part = |model: &Model, column: &Column| {
                let text = |part| text(model, column.ty, part);
                (column.name.clone(), text(Part::Name), text(Part::Collation), text(Part::Equality))
            };
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| part(old, one) == part(new, other))
        }
        (Key::Entity | Key::Version | Key::Parts(_), _) => false,
    }
}

fn altered(old: &Model, before: &View, new: &Model, after: &View, mut table: Altered) -> Altered {
    let lists = |model: &Model, ty: Type| {
        let lists = [Fact::OneOfValues, Fact::ArrayOfValues].map(|fact| is(model, ty, fact));
        (lists, text(model, ty, Part::Values))
    };
    for column in &after.columns {
        let name = || column.name.clone();
        let Some(was) = before.column(&column.name) else {
            table.added.push(name());
            continue;
        };
        if type_of(old, was) != type_of(new, column) {
            table.retyped.push(name());
            continue;
        }
        if lists(old, was.ty) != lists(new, column.ty) {
            table.relisted.push(name());
        }
        match (was.nullable, column.nullable) {
            (false, true) => table.loosened.push(name()),
            (true, false) => table.tightened.push(name()),
            (false, false) | (true, true) => {}
        }
    }
    for (was, part) in before.parts().iter().zip(after.parts()) {
        if lists(old, was.ty) != lists(new, part.ty) {
            table.relisted.push(part.name.clone());
        }
    }
    let removed = before.columns.iter().filter(|column| after.column(&column.name).is_none());
    table.removed.extend(removed.map(|column| column.name.clone()));
    // A constraint or index over a column that gets another type is made again, since the column's values are.
    let stays = |one: &Constraint| {
        let remade = |name: &String| table.retyped.contains(name);
        after.constraints.contains(one)
            && before.constraints.contains(one)
            && !columns(one).iter().any(remade)
    };
    let names = |view: &View| {
        let changed = view.constraints.iter().filter(|one| !stays(one));
        changed.map(|one| one.name().to_string()).collect::<Vec<_>>()
    };
    let (unconstrained, constrained) = (names(before), names(after));
    Altered { unconstrained, constrained, ..table }
}

/// The columns that a constraint reads.
fn columns(constraint: &Constraint) -> Vec<String> {
    match constraint {
        Constraint::Check { expression, .. } => names_in(expression),
        Constraint::Unique { columns, .. } | Constraint::Index { columns, .. } => columns.clone(),
    }
}

/// A column's type in SQL, with its kind: a counter and a number hold different things before the first event.
fn type_of(model: &Model, column: &Column) -> (String, &'static str) {
    (program::type_of(model, column), column.kind.key())
}

fn text(model: &Model, ty: Type, part: Part) -> Option<String> {
    model.types.texts(ty).map(|texts| texts.text(part))
}

fn is(model: &Model, ty: Type, fact: Fact) -> bool {
    model.types.texts(ty).is_some_and(|texts| texts.is(fact))
}
