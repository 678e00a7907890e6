//! The names of all emitted objects.

use super::text::ident;
use crate::model::{Model, Store, Table, Trigger, View};

/// The longest suffix that the name of an object adds to the rollup's name.
pub const LONGEST_SUFFIX: &str = "_catch_up";

/// The suffixes of the functions: the trigger's, the one that folds existing events, the one that raises errors, the two
/// that read the catalogue, that of the row form's second trigger, the one that empties the rollup, and the one that
/// returns the model.
const SUFFIXES: [&str; 8] =
    ["_apply", LONGEST_SUFFIX, "_refuse", "_guarded", "_leaves", REPLICA, TRUNCATE, "_model"];

/// The suffix of the function and the trigger for a TRUNCATE.
const TRUNCATE: &str = "_truncate";

/// The suffix of the function and the trigger that fold a subscriber's rows at the end of the transaction.
const REPLICA: &str = "_replica";

/// The suffix of the trigger that keeps the event table from becoming a part of another table.
const GUARD: &str = "_guard";

/// The prefix of the emitted variables. No column's name may begin with it.
pub const RESERVED_PREFIX: &str = "es_";

/// The rule table: the rows of the statement.
pub(super) const NEW: &str = "\"es_new\"";

/// A table, quoted and qualified.
pub(super) fn qualified(table: &Table) -> String {
    format!("{}.{}", ident(&table.schema), ident(&table.name))
}

/// The sequence of the current event: a separate variable, which is `bigint` whatever the type in the event table.
pub(super) const SEQUENCE: &str = "es_sequence";

/// The values of the current event, under the names of the event table's columns.
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
    /// The function that says whether the rollup has constraints that the migration did not create.
    pub(super) guarded: String,
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
    /// The function whose body is the model.
    pub(super) model: String,
    /// The trigger; its table qualifies it.
    pub(super) trigger: String,
    /// The trigger for a TRUNCATE.
    pub(super) truncate_trigger: String,
    /// The trigger that never fires.
    pub(super) guard: String,
}

impl Names {
    pub(super) fn new(store: &Store, view: &View) -> Self {
        let Table { schema, name } = &view.table;
        let object = |suffix: &str| format!("{}.{}", ident(schema), ident(&format!("{name}{suffix}")));
        let [apply, catch_up, refuse, guarded, leaves, replica, truncate, model] = SUFFIXES.map(object);
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
            bare_replica: format!("{name}{REPLICA}"),
            replica_trigger: ident(&format!("{name}{REPLICA}")),
            truncate,
            model,
            trigger: ident(name),
            truncate_trigger: ident(&format!("{name}{TRUNCATE}")),
            guard: ident(&format!("{name}{GUARD}")),
        }
    }

    /// The bare names of the functions.
    pub(super) fn functions(view: &View) -> [String; 8] {
        SUFFIXES.map(|suffix| format!("{}{suffix}", view.table.name))
    }

    /// The bare names of the triggers.
    pub(super) fn triggers(model: &Model, view: &View) -> Vec<String> {
        let third = match model.trigger {
            Trigger::Statement => GUARD,
            Trigger::Row => REPLICA,
        };
        let suffixes = ["", TRUNCATE, third].into_iter();
        suffixes.map(|suffix| format!("{}{suffix}", view.table.name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{GUARD, LONGEST_SUFFIX, SUFFIXES};

    #[test]
    fn no_suffix_is_longer_than_the_longest() {
        assert!(SUFFIXES.iter().chain([&GUARD]).all(|suffix| suffix.len() <= LONGEST_SUFFIX.len()));
    }
}
