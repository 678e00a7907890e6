//! What every emitted object is called.

use super::text::ident;
use crate::model::{Store, Table, View};

/// The longest suffix that a rollup's name gets in the name of one of its objects.
pub const LONGEST_SUFFIX: &str = "_catch_up";

/// What the names of the functions end in: the trigger's, the one that folds history, the one that raises, the two
/// that read the catalogue, and that of the row form's second trigger.
const SUFFIXES: [&str; 6] = ["_apply", LONGEST_SUFFIX, "_refuse", "_guarded", "_leaves", "_replica"];

/// What the names of the emitted variables begin with, and so no column's name may.
pub const RESERVED_PREFIX: &str = "es_";

/// The transition table: the rows of the statement.
pub(super) const NEW: &str = "\"es_new\"";

/// A table, quoted and qualified.
pub(super) fn qualified(table: &Table) -> String {
    format!("{}.{}", ident(&table.schema), ident(&table.name))
}

/// The sequence of the event at hand: a variable of its own, a `bigint` whatever the event table counts in.
pub(super) const SEQUENCE: &str = "es_sequence";

/// What the event at hand holds, under the names of the event table's columns.
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
            recorded_at: field(&store.recorded_at),
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
    /// The function that folds an entity's history.
    pub(super) catch_up: String,
    /// The function that raises errors.
    pub(super) refuse: String,
    /// The function that says whether the rollup has constraints of somebody else's.
    pub(super) guarded: String,
    /// The row form's function that says whose rows the trigger sees.
    pub(super) leaves: String,
    /// The row form's function that folds what a subscriber's row came too early for.
    pub(super) replica: String,
    /// Its trigger, unquoted.
    pub(super) bare_replica: String,
    /// Its trigger.
    pub(super) replica_trigger: String,
    /// The trigger, which is qualified by its table.
    pub(super) trigger: String,
}

impl Names {
    pub(super) fn new(store: &Store, view: &View) -> Self {
        let Table { schema, name } = &view.table;
        let object = |suffix: &str| format!("{}.{}", ident(schema), ident(&format!("{name}{suffix}")));
        let [apply, catch_up, refuse, guarded, leaves, replica] = SUFFIXES.map(object);
        Self {
            events: qualified(&store.table),
            rollup: qualified(&view.table),
            primary_key: ident(&format!("{name}_pkey")),
            apply,
            catch_up,
            refuse,
            guarded,
            leaves,
            replica,
            bare_replica: format!("{name}_replica"),
            replica_trigger: ident(&format!("{name}_replica")),
            trigger: ident(name),
        }
    }

    /// The bare names of the functions.
    pub(super) fn functions(view: &View) -> [String; 6] {
        SUFFIXES.map(|suffix| format!("{}{suffix}", view.table.name))
    }
}
