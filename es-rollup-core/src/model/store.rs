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

/// How the sequences of one stream follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// 1, 2, 3 and so on. An event that is missing is noticed by its sequence.
    Contiguous,
    /// Each is above the one before, such as the positions of events in one table. An event is refused if one with a
    /// higher sequence is folded already: a writer that was overtaken tries again with a higher one. That another event
    /// is missing cannot be noticed, and what was stored below a row's version while the trigger was disabled is only
    /// found by folding the entity again (`<rollup>_rebuild`).
    Increasing,
}

impl Order {
    /// Every order.
    pub const ALL: [Self; 2] = [Self::Contiguous, Self::Increasing];

    /// Its name in the description of a model.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Contiguous => "contiguous",
            Self::Increasing => "increasing",
        }
    }

    /// Whether an event with this sequence can be the next one of a stream with that version, the sequence of its last
    /// event, or 0 if there is none.
    #[inline]
    pub const fn follows(self, version: i64, sequence: i64) -> bool {
        match self {
            Self::Contiguous => version < i64::MAX && sequence == version + 1,
            Self::Increasing => version < sequence,
        }
    }
}

/// Selects the rows whose column has a value, for an event table with the streams of several enums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The column, `text` or `varchar`.
    pub column: String,
    /// Its value.
    pub value: String,
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
    /// The column of the event's sequence, a whole number above 0.
    pub sequence: String,
    /// How the sequences of a stream follow each other.
    pub order: Order,
    /// The column of the payload, `jsonb`.
    pub payload: String,
    /// The column of the recorded time, `timestamptz`, if there is one.
    pub recorded_at: Option<String>,
    /// Which rows of the event table are events of the enum; all if there is no filter.
    pub filter: Option<Filter>,
    /// The column of the event's context, `jsonb`; only set if an operation reads it.
    pub context: Option<String>,
}

impl Store {
    /// es-entity's column of the event's type. It repeats the tag, so a rollup does not read it.
    pub const EVENT_TYPE: &str = "event_type";

    /// es-entity's layout: `(id, sequence, event_type, event jsonb, context jsonb, recorded_at)`
    /// (<https://docs.rs/es-entity>).
    pub fn es_entity(table: Table, id_type: Type) -> Self {
        Self {
            table,
            id: "id".into(),
            id_type,
            sequence: "sequence".into(),
            order: Order::Contiguous,
            payload: "event".into(),
            recorded_at: Some("recorded_at".into()),
            filter: None,
            context: None,
        }
    }
}
