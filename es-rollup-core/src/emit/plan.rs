//! What a migration creates: one list, in the order of creation. The migration joins what creates the objects, the revert
//! drops them in the opposite order, and the checks of names and rights take the names from it.

use super::names::{
    APPLY, AT, CATCH_UP, EACH, EXTENDED, FOLD, FOLDED, GUARD, GUARDED, LEAVES, MODEL, REBUILD, REFUSE,
    REPLICA, SMALL, TRUNCATE,
};
use super::{
    apply, at, catch_up, direct, each, fold, guarded, rebuild, refuse, relation, replica, row, table,
    transaction, trigger,
};
use crate::model::{Model, Trigger, View};

/// What an object is, which decides how it is found and dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Function,
    /// A trigger on the event table, created in the block that `trigger` begins.
    Trigger,
}

/// One object of a rollup.
pub(super) struct Object {
    pub(super) kind: Kind,
    /// What its name adds to that of the rollup.
    suffix: &'static str,
    /// The only form that has it, or `None` for both.
    form: Option<Trigger>,
    /// The text that creates it.
    pub(super) create: fn(&Model, &View) -> String,
}

impl Object {
    pub(super) fn name(&self, view: &View) -> String {
        format!("{}{}", view.table.name, self.suffix)
    }

    fn is_in(&self, form: Trigger) -> bool {
        self.form.is_none_or(|only| only == form)
    }
}

const fn object(
    kind: Kind,
    suffix: &'static str,
    form: Option<Trigger>,
    create: fn(&Model, &View) -> String,
) -> Object {
    Object { kind, suffix, form, create }
}

const STATEMENT: Option<Trigger> = Some(Trigger::Statement);
const ROW: Option<Trigger> = Some(Trigger::Row);

/// The objects of both forms, in the order in which they are created.
const OBJECTS: [Object; 21] = [
    object(Kind::Table, "", None, table::table),
    object(Kind::Function, MODEL, None, table::model),
    object(Kind::Function, REFUSE, None, refuse::refuse),
    object(Kind::Function, GUARDED, None, guarded::guarded),
    object(Kind::Function, EXTENDED, None, direct::extended),
    object(Kind::Function, SMALL, None, direct::small),
    object(Kind::Function, LEAVES, ROW, relation::leaves),
    object(Kind::Function, FOLD, None, fold::fold),
    object(Kind::Function, AT, None, at::at),
    object(Kind::Function, REBUILD, None, rebuild::rebuild),
    object(Kind::Function, FOLDED, None, transaction::folded),
    object(Kind::Function, CATCH_UP, None, catch_up::catch_up),
    object(Kind::Function, APPLY, STATEMENT, apply::apply),
    object(Kind::Function, EACH, ROW, each::each),
    object(Kind::Function, APPLY, ROW, row::row),
    object(Kind::Function, REPLICA, ROW, replica::function),
    object(Kind::Function, TRUNCATE, None, table::truncate),
    object(Kind::Trigger, "", None, trigger::inserted),
    object(Kind::Trigger, TRUNCATE, None, trigger::truncated),
    object(Kind::Trigger, GUARD, STATEMENT, trigger::guard),
    object(Kind::Trigger, REPLICA, ROW, replica::trigger),
];

/// The objects of one kind that the migration creates, in the order of creation.
pub(super) fn objects(model: &Model, kind: Kind) -> impl Iterator<Item = &'static Object> {
    let form = model.trigger;
    OBJECTS.iter().filter(move |object| object.kind == kind && object.is_in(form))
}

/// The texts that create the objects of one kind.
pub(super) fn created(model: &Model, view: &View, kind: Kind) -> Vec<String> {
    objects(model, kind).map(|object| (object.create)(model, view)).collect()
}

/// The names of the triggers.
pub(super) fn triggers(model: &Model, view: &View) -> Vec<String> {
    objects(model, Kind::Trigger).map(|object| object.name(view)).collect()
}

/// The names of the functions of both forms: a model may change its form, and what the other form left must neither be
/// called nor stay behind.
pub(super) fn functions(view: &View) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for object in OBJECTS.iter().filter(|object| object.kind == Kind::Function) {
        let name = object.name(view);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::names::LONGEST_SUFFIX;
    use super::OBJECTS;

    #[test]
    fn no_suffix_is_longer_than_the_longest() {
        assert!(OBJECTS.iter().all(|object| object.suffix.len() <= LONGEST_SUFFIX.len()));
        assert!(OBJECTS.iter().any(|object| object.suffix == LONGEST_SUFFIX));
    }
}
