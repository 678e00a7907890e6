//! The names of all emitted objects.

use super::text::ident;
use crate::model::{Store, Table, View};

/// The longest suffix that the name of an object adds to the rollup's name.
pub const LONGEST_SUFFIX: &str = CATCH_UP;

/// The suffixes of the objects' names. `plan` says what each object is.
pub(super) const MODEL: &str = "_model";
pub(super) const REFUSE: &str = "_refuse";
pub(super) const UNSEEN: &str = "_unseen";
pub(super) const GUARDED: &str = "_guarded";
pub(super) const PLAIN: &str = "_plain";
pub(super) const EXTENDED: &str = "_extended";
pub(super) const SMALL: &str = "_small";
pub(super) const LEAVES: &str = "_leaves";
pub(super) const FOLD: &str = "_fold";
pub(super) const AT: &str = "_at";
pub(super) const AS_OF: &str = "_as_of";
pub(super) const CHANGES: &str = "_changes";
pub(super) const REFOLD: &str = "_refold";
pub(super) const REBUILD: &str = "_rebuild";
pub(super) const VERIFY: &str = "_verify";
pub(super) const FOLDED: &str = "_folded";
pub(super) const CATCH_UP: &str = "_catch_up";
pub(super) const EACH: &str = "_each";
pub(super) const APPLY: &str = "_apply";
pub(super) const PUT: &str = "_put";
pub(super) const VIEWS: &str = "_views";
/// The table of the bases of archived entities, and the function that writes it.
pub(super) const BASE: &str = "_base";
pub(super) const ARCHIVE: &str = "_archive";
/// What exists only while rows are filled after a change: two tables and the functions.
pub(crate) const TODO: &str = "_es_todo";
pub(super) const DONE: &str = "_es_done";
pub(super) const FILLING: &str = "_filling";
pub(super) const STEP: &str = "_step";
pub(super) const SCAN: &str = "_scan";
pub(super) const BATCH: &str = "_batch";
pub(super) const FILL: &str = "_fill";
pub(super) const FINISH: &str = "_finish";
/// A function and its trigger.
pub(super) const REPLICA: &str = "_replica";
/// A function and its trigger.
pub(super) const TRUNCATE: &str = "_truncate";
/// The function that follows events that are changed or deleted.
pub(super) const EDITED: &str = "_edited";
/// Its triggers.
pub(super) const UPDATED: &str = "_updated";
pub(super) const DELETED: &str = "_deleted";
/// The trigger that keeps the event table from becoming a part of another table.
pub(super) const GUARD: &str = "_guard";

/// The prefix of the emitted variables. No column's name may begin with it.
pub const RESERVED_PREFIX: &str = "es_";

/// The columns of the [envelope](crate::model::Envelope), quoted. The first is the key of the root: one row per entity.
pub(super) const ID: &str = "\"id\"";
pub(super) const VERSION: &str = "\"version\"";
pub(super) const CREATED_AT: &str = "\"created_at\"";
pub(super) const MODIFIED_AT: &str = "\"modified_at\"";

/// The transition table: the rows of the statement.
pub(super) const NEW: &str = "\"es_new\"";

/// The transition table of the rows that a statement has changed or deleted, as they were.
pub(super) const OLD: &str = "\"es_old\"";

/// A table, quoted and qualified.
pub(super) fn qualified(table: &Table) -> String {
    format!("{}.{}", ident(&table.schema), ident(&table.name))
}

/// The table of the bases of a rollup's archived entities.
pub fn base(rollup: &Table) -> Table {
    Table { schema: rollup.schema.clone(), name: format!("{}{BASE}", rollup.name) }
}

/// The variable of the row that is being folded.
pub(super) const ROW: &str = "es_row";

/// The variable of the element that chooses the row.
pub(super) const ELEMENT: &str = "es_element";

/// The sequence of the current event: a separate variable, which is `bigint` whatever the type in the event table.
pub(super) const SEQUENCE: &str = "es_sequence";

/// The values of the current event, under the names of the event table's columns. What the store does not have is empty,
/// and the model does not read it.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) sequence: String,
    pub(super) payload: String,
    pub(super) recorded_at: String,
    pub(super) context: String,
}

impl Event {
    pub(super) fn new(store: &Store) -> Self {
        let field = |column: &str| format!("es_event.{}", ident(column));
        Self {
            id: field(&store.id),
            sequence: SEQUENCE.into(),
            payload: field(&store.payload),
            recorded_at: store.recorded_at.as_deref().map(field).unwrap_or_default(),
            context: store.context.as_deref().map(field).unwrap_or_default(),
        }
    }
}

/// The names of one view's objects, quoted and qualified.
pub(super) struct Names {
    /// The event table.
    pub(super) events: String,
    /// The rollup table.
    pub(super) rollup: String,
    /// The rollup's primary key.
    pub(super) primary_key: String,
    /// The trigger's function.
    pub(super) apply: String,
    /// The function that folds stored events.
    pub(super) fold: String,
    /// The function that returns an entity's state after one of its events.
    pub(super) at: String,
    /// The function that returns its state at a time.
    pub(super) as_of: String,
    /// The function that returns what each of its events changed.
    pub(super) changes: String,
    /// The function that folds rows again from nothing, once they are locked.
    pub(super) refold: String,
    /// The function that locks them before.
    pub(super) rebuild: String,
    /// The function that compares rows with the fold.
    pub(super) verify: String,
    /// The entities that are still to be filled after a change.
    pub(super) todo: String,
    /// The entities that are filled.
    pub(super) done: String,
    /// The trigger's function while rows are filled.
    #[cfg(feature = "evolve")]
    pub(super) filling: String,
    /// The function that folds what was inserted for an entity that may not be filled yet.
    #[cfg(feature = "evolve")]
    pub(super) step: String,
    /// The function that finds the entities to fill.
    #[cfg(feature = "evolve")]
    pub(super) scan: String,
    /// The function that fills some of them.
    #[cfg(feature = "evolve")]
    pub(super) batch: String,
    /// The procedure that fills all of them.
    pub(super) fill: String,
    /// The function that ends a change once all rows are filled.
    #[cfg(feature = "evolve")]
    pub(super) finish: String,
    /// The function that folds what an entity's row does not include yet.
    pub(super) catch_up: String,
    /// The function that says whether the current transaction has folded an event.
    pub(super) folded: String,
    /// The row form's function for events that are not ordinary ones.
    pub(super) each: String,
    /// The function that folds stored events into the tables with several rows per entity.
    pub(super) put: String,
    /// The function that folds them without writing anything.
    pub(super) views: String,
    /// The table of the bases of archived entities.
    pub(super) base: String,
    /// The function that writes the base of an entity.
    pub(super) archive: String,
    /// The function that raises errors.
    pub(super) refuse: String,
    /// The function that says whether something may be on a table that is not seen yet.
    pub(super) unseen: String,
    /// The function that says whether the rollup has constraints that the migration did not create.
    pub(super) guarded: String,
    /// The function that says whether a table has nothing but what the migration created.
    pub(super) plain: String,
    /// The function that says whether something on the rollup runs code.
    pub(super) extended: String,
    /// The function that says whether a table was small when a plan was made.
    pub(super) small: String,
    /// The row form's function that returns the relations whose rows the trigger sees.
    pub(super) leaves: String,
    /// The row form's function that folds events that reached a subscriber too early.
    pub(super) replica: String,
    /// Its trigger, unquoted.
    pub(super) bare_replica: String,
    /// Its trigger.
    pub(super) replica_trigger: String,
    /// The trigger function that empties the rollup.
    pub(super) truncate: String,
    /// The trigger function that follows events that are changed or deleted.
    pub(super) edited: String,
    /// The function whose body is the model.
    pub(super) model: String,
    /// The trigger; its table qualifies it.
    pub(super) trigger: String,
    /// The trigger for a TRUNCATE.
    pub(super) truncate_trigger: String,
    /// The trigger for an UPDATE.
    pub(super) updated_trigger: String,
    /// The trigger for a DELETE.
    pub(super) deleted_trigger: String,
    /// The trigger that never fires.
    pub(super) guard: String,
}

impl Names {
    pub(super) fn new(store: &Store, view: &View) -> Self {
        let Table { schema, name } = &view.table;
        let object = |suffix: &str| format!("{}.{}", ident(schema), ident(&format!("{name}{suffix}")));
        Self {
            events: qualified(&store.table),
            rollup: qualified(&view.table),
            primary_key: ident(&format!("{name}_pkey")),
            apply: object(APPLY),
            fold: object(FOLD),
            at: object(AT),
            as_of: object(AS_OF),
            changes: object(CHANGES),
            refold: object(REFOLD),
            rebuild: object(REBUILD),
            verify: object(VERIFY),
            todo: object(TODO),
            done: object(DONE),
            #[cfg(feature = "evolve")]
            filling: object(FILLING),
            #[cfg(feature = "evolve")]
            step: object(STEP),
            #[cfg(feature = "evolve")]
            scan: object(SCAN),
            #[cfg(feature = "evolve")]
            batch: object(BATCH),
            fill: object(FILL),
            #[cfg(feature = "evolve")]
            finish: object(FINISH),
            catch_up: object(CATCH_UP),
            folded: object(FOLDED),
            each: object(EACH),
            put: object(PUT),
            views: object(VIEWS),
            base: qualified(&base(&view.table)),
            archive: object(ARCHIVE),
            refuse: object(REFUSE),
            unseen: object(UNSEEN),
            guarded: object(GUARDED),
            plain: object(PLAIN),
            extended: object(EXTENDED),
            small: object(SMALL),
            leaves: object(LEAVES),
            replica: object(REPLICA),
            bare_replica: format!("{name}{REPLICA}"),
            replica_trigger: ident(&format!("{name}{REPLICA}")),
            truncate: object(TRUNCATE),
            edited: object(EDITED),
            model: object(MODEL),
            trigger: ident(name),
            truncate_trigger: ident(&format!("{name}{TRUNCATE}")),
            updated_trigger: ident(&format!("{name}{UPDATED}")),
            deleted_trigger: ident(&format!("{name}{DELETED}")),
            guard: ident(&format!("{name}{GUARD}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::ident;
    use super::{CREATED_AT, ID, MODIFIED_AT, VERSION};
    use crate::model::Envelope;

    #[test]
    fn the_columns_of_the_envelope_have_the_names_of_the_model() {
        assert_eq!([ID, VERSION, CREATED_AT, MODIFIED_AT], Envelope::ALL.map(|one| ident(one.name())));
    }
}
