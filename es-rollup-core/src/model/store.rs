//! The event table's layout.

use super::Type;

/// A table, by schema and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The schema.
    pub schema: String,
    /// The table's own name.
    pub name: String,
}

impl Table {
    /// `schema.name`, or `name` in the schema `public`, which is where PostgreSQL puts tables by default.
    pub fn parse(written: &str) -> Self {
        let (schema, name) = written.split_once('.').unwrap_or(("public", written));
        Self { schema: schema.into(), name: name.into() }
    }
}

/// Where events are stored: the event table and the columns that a rollup reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The event table.
    pub table: Table,
    /// The column of the entity's id.
    pub id: String,
    /// The id's type.
    pub id_type: Type,
    /// The column of the event's sequence, which counts a stream's events from 1 without gaps.
    pub sequence: String,
    /// The column of the payload, `jsonb`.
    pub payload: String,
    /// The column of the recorded time, `timestamptz`.
    pub recorded_at: String,
    /// The column of the event's context, `jsonb`; only set if an operation reads it.
    pub context: Option<String>,
}

impl Store {
    /// es-entity's layout: `(id, sequence, event_type, event jsonb, context jsonb, recorded_at)`
    /// (<https://docs.rs/es-entity>).
    pub fn es_entity(table: Table, id_type: Type) -> Self {
        Self {
            table,
            id: "id".into(),
            id_type,
            sequence: "sequence".into(),
            payload: "event".into(),
            recorded_at: "recorded_at".into(),
            context: None,
        }
    }
}
