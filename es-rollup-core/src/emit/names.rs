//! What every emitted object is called.

use super::text::ident;
use crate::model::{Store, Table, View};

/// The longest suffix that a rollup's name gets in the name of one of its objects.
pub const LONGEST_SUFFIX: &str = "_catch_up";

/// What the names of the emitted variables begin with, and so no column's name may.
pub const RESERVED_PREFIX: &str = "es_";

/// The transition table: the rows of the statement.
pub(super) const NEW: &str = "\"es_new\"";

/// A table, quoted and qualified.
pub(super) fn qualified(table: &Table) -> String {
    format!("{}.{}", ident(&table.schema), ident(&table.name))
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
    /// The trigger, which is qualified by its table.
    pub(super) trigger: String,
}

impl Names {
    pub(super) fn new(store: &Store, view: &View) -> Self {
        let Table { schema, name } = &view.table;
        let object = |suffix: &str| format!("{}.{}", ident(schema), ident(&format!("{name}{suffix}")));
        Self {
            events: qualified(&store.table),
            rollup: qualified(&view.table),
            primary_key: ident(&format!("{name}_pkey")),
            apply: object("_apply"),
            catch_up: object(LONGEST_SUFFIX),
            refuse: object("_refuse"),
            trigger: ident(name),
        }
    }
}
