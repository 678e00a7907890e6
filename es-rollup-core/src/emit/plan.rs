//! What a migration creates: one list, in the order of creation. The migration joins what creates the objects, the revert
//! drops them in the opposite order, and the checks of names and rights take the names from it.

use super::names::{
    APPLY, ARCHIVE, AS_OF, AT, BASE, BATCH, CATCH_UP, CHANGES, DELETED, EACH, EDITED, EXTENDED, FILL,
    FILLING, FINISH, FOLD, FOLDED, GUARD, GUARDED, LEAVES, MODEL, PLAIN, PUT, REBUILD, REFOLD, REFUSE,
    REPLICA, SCAN, SMALL, STEP, TRUNCATE, UNSEEN, UPDATED, VERIFY, VIEWS,
};
use super::{
    apply, archive, at, base, catch_up, changes, direct, each, edited, fold, guarded, plain, put, rebuild,
    refuse, relation, replica, row, since, table, transaction, trigger, verify, views,
};
use crate::model::{Key, Model, Trigger, View};

/// What an object is, which decides how it is found and dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Table,
    Function,
    /// A trigger on the event table, created in the block that `trigger` begins.
    Trigger,
}

/// The rollups that have an object.
#[derive(Clone, Copy)]
enum Rollups {
    All,
    /// Those of one form.
    Of(Trigger),
    /// Those with other tables than the root.
    WithOthers,
    /// Those with views.
    WithViews,
    /// Those of events that are recorded with a time.
    WithTimes,
    /// Those whose events can be archived.
    Archived,
}

/// One object of a rollup.
pub(super) struct Object {
    pub(super) kind: ObjectKind,
    /// What its name adds to that of the rollup.
    suffix: &'static str,
    /// Which rollups have it.
    rollups: Rollups,
    /// The text that creates it.
    pub(super) create: fn(&Model, &View) -> String,
}

impl Object {
    pub(super) fn name(&self, view: &View) -> String {
        format!("{}{}", view.table.name, self.suffix)
    }

    fn is_in(&self, model: &Model) -> bool {
        match self.rollups {
            Rollups::All => true,
            Rollups::Of(form) => form == model.trigger,
            Rollups::WithOthers => model.has_others(),
            Rollups::WithViews => !model.views.is_empty(),
            Rollups::WithTimes => fold::is_timed(model),
            Rollups::Archived => model.archive,
        }
    }

    /// The same for a rollup that may have another form.
    fn is_in_any_form(&self, model: &Model) -> bool {
        match self.rollups {
            Rollups::All | Rollups::Of(_) => true,
            Rollups::WithOthers | Rollups::WithViews | Rollups::WithTimes | Rollups::Archived => {
                self.is_in(model)
            }
        }
    }
}

const fn object(
    kind: ObjectKind,
    suffix: &'static str,
    rollups: Rollups,
    create: fn(&Model, &View) -> String,
) -> Object {
    Object { kind, suffix, rollups, create }
}

const ALL: Rollups = Rollups::All;
const STATEMENT: Rollups = Rollups::Of(Trigger::Statement);
const ROW: Rollups = Rollups::Of(Trigger::Row);

/// The objects of the root in both forms, in the order in which they are created.
const ROOT: [Object; 34] = [
    object(ObjectKind::Table, "", ALL, table::table),
    object(ObjectKind::Table, BASE, Rollups::Archived, base::table),
    object(ObjectKind::Function, MODEL, ALL, table::model),
    object(ObjectKind::Function, PUT, Rollups::WithOthers, put::put),
    object(ObjectKind::Function, REFUSE, ALL, refuse::refuse),
    object(ObjectKind::Function, UNSEEN, ALL, since::unseen),
    object(ObjectKind::Function, GUARDED, ALL, guarded::guarded),
    object(ObjectKind::Function, PLAIN, ALL, plain::plain),
    object(ObjectKind::Function, EXTENDED, ALL, direct::extended),
    object(ObjectKind::Function, SMALL, ALL, direct::small),
    object(ObjectKind::Function, LEAVES, ROW, relation::leaves),
    object(ObjectKind::Function, FOLD, ALL, fold::fold),
    object(ObjectKind::Function, AT, ALL, at::at),
    object(ObjectKind::Function, AS_OF, Rollups::WithTimes, at::as_of),
    object(ObjectKind::Function, CHANGES, ALL, changes::changes),
    object(ObjectKind::Function, VIEWS, Rollups::WithViews, views::views),
    object(ObjectKind::Function, REFOLD, ALL, rebuild::refold),
    object(ObjectKind::Function, REBUILD, ALL, rebuild::rebuild),
    object(ObjectKind::Function, VERIFY, ALL, verify::verify),
    object(ObjectKind::Function, ARCHIVE, Rollups::Archived, archive::archive),
    object(ObjectKind::Function, FOLDED, ALL, transaction::folded),
    object(ObjectKind::Function, CATCH_UP, ALL, catch_up::catch_up),
    object(ObjectKind::Function, APPLY, STATEMENT, apply::apply),
    object(ObjectKind::Function, EACH, ROW, each::each),
    object(ObjectKind::Function, APPLY, ROW, row::row),
    object(ObjectKind::Function, REPLICA, ROW, replica::function),
    object(ObjectKind::Function, EDITED, ALL, edited::edited),
    object(ObjectKind::Function, TRUNCATE, ALL, table::truncate),
    object(ObjectKind::Trigger, "", ALL, trigger::inserted),
    object(ObjectKind::Trigger, TRUNCATE, ALL, trigger::truncated),
    object(ObjectKind::Trigger, UPDATED, ALL, trigger::updated),
    object(ObjectKind::Trigger, DELETED, ALL, trigger::deleted),
    object(ObjectKind::Trigger, GUARD, STATEMENT, trigger::guard),
    object(ObjectKind::Trigger, REPLICA, ROW, replica::trigger),
];

/// The objects of a view.
const VIEW: [Object; 4] = [
    object(ObjectKind::Table, "", ALL, table::table),
    object(ObjectKind::Function, GUARDED, ALL, guarded::guarded),
    object(ObjectKind::Function, AT, ALL, views::at),
    object(ObjectKind::Function, AS_OF, Rollups::WithTimes, views::as_of),
];

/// The objects of a history.
const HISTORY: [Object; 2] = [
    object(ObjectKind::Table, "", ALL, table::table),
    object(ObjectKind::Function, GUARDED, ALL, guarded::guarded),
];

/// The objects that belong to a table, whatever the model's form is.
const fn of(view: &View) -> &'static [Object] {
    match view.key {
        Key::Entity => &ROOT,
        Key::Parts(_) => &VIEW,
        Key::Version => &HISTORY,
    }
}

/// The objects of one kind that the migration creates, in the order of creation.
pub(super) fn objects(model: &Model, view: &View, kind: ObjectKind) -> impl Iterator<Item = &'static Object> {
    of(view).iter().filter(move |object| object.kind == kind && object.is_in(model))
}

/// The texts that create the objects of one kind.
pub(super) fn created(model: &Model, view: &View, kind: ObjectKind) -> Vec<String> {
    objects(model, view, kind).map(|object| (object.create)(model, view)).collect()
}

/// The names of the triggers.
pub(super) fn triggers(model: &Model, view: &View) -> Vec<String> {
    objects(model, view, ObjectKind::Trigger).map(|object| object.name(view)).collect()
}

/// The names of the functions of both forms: a model may change its form, and what the other form left must neither be
/// called nor stay behind.
pub(super) fn functions(model: &Model, view: &View) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let is_function = |object: &&Object| object.kind == ObjectKind::Function && object.is_in_any_form(model);
    for object in of(view).iter().filter(is_function) {
        let name = object.name(view);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The tables that exist while rows are filled after a change.
#[cfg(any(feature = "evolve", test))]
const FILL_TABLES: [&str; 2] = [super::names::TODO, super::names::DONE];

/// The functions that exist meanwhile, in the order in which they are created.
const FILL_FUNCTIONS: [&str; 6] = [STEP, FILLING, SCAN, BATCH, FINISH, FILL];

/// The names of those tables.
#[cfg(feature = "evolve")]
pub(super) fn fill_tables(view: &View) -> Vec<String> {
    FILL_TABLES.iter().map(|suffix| format!("{}{suffix}", view.table.name)).collect()
}

/// The names of those functions.
pub(super) fn fill_functions(view: &View) -> Vec<String> {
    FILL_FUNCTIONS.iter().map(|suffix| format!("{}{suffix}", view.table.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::names::LONGEST_SUFFIX;
    use super::{FILL_FUNCTIONS, FILL_TABLES, HISTORY, ROOT, VIEW};

    #[test]
    fn no_suffix_is_longer_than_the_longest() {
        assert!(FILL_TABLES.iter().chain(&FILL_FUNCTIONS).all(|suffix| suffix.len() <= LONGEST_SUFFIX.len()));
        assert!(
            ROOT.iter()
                .chain(&VIEW)
                .chain(&HISTORY)
                .all(|object| object.suffix.len() <= LONGEST_SUFFIX.len())
        );
        assert!(ROOT.iter().any(|object| object.suffix == LONGEST_SUFFIX));
    }
}
