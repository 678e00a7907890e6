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
pub(super) enum ObjectKind {
    Table,
    Function,
    /// A trigger on the event table, created in the block that `trigger` begins.
    Trigger,
}

/// One object of a rollup.
pub(super) struct Object {
    pub(super) kind: ObjectKind,
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
    kind: ObjectKind,
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
    object(ObjectKind::Table, "", None, table::table),
    object(ObjectKind::Function, MODEL, None, table::model),
    object(ObjectKind::Function, REFUSE, None, refuse::refuse),
    object(ObjectKind::Function, GUARDED, None, guarded::guarded),
    object(ObjectKind::Function, EXTENDED, None, direct::extended),
    object(ObjectKind::Function, SMALL, None, direct::small),
    object(ObjectKind::Function, LEAVES, ROW, relation::leaves),
    object(ObjectKind::Function, FOLD, None, fold::fold),
    object(ObjectKind::Function, AT, None, at::at),
    object(ObjectKind::Function, REBUILD, None, rebuild::rebuild),
    object(ObjectKind::Function, FOLDED, None, transaction::folded),
    object(ObjectKind::Function, CATCH_UP, None, catch_up::catch_up),
    object(ObjectKind::Function, APPLY, STATEMENT, apply::apply),
    object(ObjectKind::Function, EACH, ROW, each::each),
    object(ObjectKind::Function, APPLY, ROW, row::row),
    object(ObjectKind::Function, REPLICA, ROW, replica::function),
    object(ObjectKind::Function, TRUNCATE, None, table::truncate),
    object(ObjectKind::Trigger, "", None, trigger::inserted),
    object(ObjectKind::Trigger, TRUNCATE, None, trigger::truncated),
    object(ObjectKind::Trigger, GUARD, STATEMENT, trigger::guard),
    object(ObjectKind::Trigger, REPLICA, ROW, replica::trigger),
];

/// The objects of one kind that the migration creates, in the order of creation.
pub(super) fn objects(model: &Model, kind: ObjectKind) -> impl Iterator<Item = &'static Object> {
    let form = model.trigger;
    OBJECTS.iter().filter(move |object| object.kind == kind && object.is_in(form))
}

/// The texts that create the objects of one kind.
pub(super) fn created(model: &Model, view: &View, kind: ObjectKind) -> Vec<String> {
    objects(model, kind).map(|object| (object.create)(model, view)).collect()
}

/// The names of the triggers.
pub(super) fn triggers(model: &Model, view: &View) -> Vec<String> {
    objects(model, ObjectKind::Trigger).map(|object| object.name(view)).collect()
}

/// The names of the functions of both forms: a model may change its form, and what the other form left must neither be
/// called nor stay behind.
pub(super) fn functions(view: &View) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for object in OBJECTS.iter().filter(|object| object.kind == ObjectKind::Function) {
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
