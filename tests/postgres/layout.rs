//! Layouts of the event table: es-entity's, one in which every column has another name and another type, and one in
//! which the streams of several enums are in one table, in the order of their positions, without a time.

use es_rollup_core::model::{Filter, Order, Store, Table, Type};
use serde_json::Value;

/// The columns that events are written to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) id: &'static str,
    pub(crate) sequence: &'static str,
    pub(crate) event_type: &'static str,
    pub(crate) payload: &'static str,
    pub(crate) recorded_at: Option<&'static str>,
    pub(crate) context: &'static str,
    /// The column of the enum to which a stream belongs, if there are several.
    filter: Option<&'static str>,
    /// The rest of the definition, with `{id}` for the type of ids.
    definition: &'static str,
}

pub(crate) const ES_ENTITY: Layout = Layout {
    id: "id",
    sequence: "sequence",
    event_type: "event_type",
    payload: "event",
    recorded_at: Some("recorded_at"),
    context: "context",
    filter: None,
    definition: "id {id} NOT NULL,
           sequence integer NOT NULL,
           event_type text NOT NULL,
           event jsonb NOT NULL,
           context jsonb,
           recorded_at timestamptz NOT NULL,
           UNIQUE (id, sequence)",
};

/// The names of es-entity's columns, and those of a rollup, are those of columns that mean something else.
pub(crate) const OTHERWISE: Layout = Layout {
    id: "Stream \"id\"",
    sequence: "no",
    event_type: "kind of",
    payload: "order",
    recorded_at: Some("it's"),
    context: "%s",
    filter: None,
    definition: "id bigserial PRIMARY KEY,
           event text NOT NULL DEFAULT 'none',
           \"order\" jsonb NOT NULL,
           \"it's\" timestamptz NOT NULL,
           recorded_at date,
           version bigint NOT NULL DEFAULT 7,
           \"kind of\" varchar(200) NOT NULL,
           sequence uuid,
           \"%s\" jsonb,
           \"Stream \"\"id\"\"\" {id} NOT NULL,
           created_at boolean,
           context integer,
           no bigint NOT NULL,
           UNIQUE (no, \"Stream \"\"id\"\"\")",
};

/// One table for the streams of all enums.
pub(crate) const LOG: Layout = Layout {
    id: "stream",
    sequence: "position",
    event_type: "type",
    payload: "recorded_at",
    recorded_at: None,
    context: "event",
    filter: Some("the \"category\""),
    definition: "position bigint NOT NULL,
           recorded_at jsonb NOT NULL,
           type text NOT NULL,
           \"the \"\"category\"\"\" varchar(20),
           event jsonb,
           stream {id} NOT NULL,
           UNIQUE (stream, \"the \"\"category\"\"\", position)",
};

/// The enum to which the tested streams belong, and another one, whose streams have the same ids.
const CATEGORIES: [&str; 2] = ["it's this", "another"];

impl Layout {
    /// The event table, for ids of the given type.
    pub(crate) fn event_table(&self, table: &str, id_type: &str) -> String {
        format!("CREATE TABLE {table} (\n           {}\n         )", self.definition.replace("{id}", id_type))
    }

    /// The columns as a list: id, sequence, type, payload, context, recorded time if there is one, category if there is
    /// one.
    pub(crate) fn columns(&self) -> String {
        let Self { id, sequence, event_type, payload, recorded_at, context, filter, .. } = self;
        let columns =
            [id, sequence, event_type, payload, context].into_iter().chain(recorded_at).chain(filter);
        let quoted = columns.map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
        quoted.collect::<Vec<_>>().join(", ")
    }

    /// The categories of which every row is written: that of the tested streams, and another one, if there are any.
    pub(crate) fn categories(&self) -> &'static [&'static str] {
        if self.filter.is_some() { &CATEGORIES } else { &[] }
    }

    /// The same for a model.
    pub(crate) fn store(&self, table: Table, id_type: Type, order: Order) -> Store {
        Store {
            table,
            id: self.id.into(),
            id_type,
            sequence: self.sequence.into(),
            order,
            payload: self.payload.into(),
            recorded_at: self.recorded_at.map(Into::into),
            filter: self.filter.map(|column| Filter { column: column.into(), value: CATEGORIES[0].into() }),
            context: None,
        }
    }
}

/// An event table, and how events are written to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) table: &'a str,
    pub(crate) id_type: &'a str,
    pub(crate) layout: &'static Layout,
    /// Whether the tag is only in its column.
    pub(crate) separate: bool,
}

/// The keys of tag and content where an event is in one piece although the table has them in two columns.
pub(crate) const TAG: &str = "kind";
pub(crate) const CONTENT: &str = "data";

/// What the column of the type holds if the event has none.
pub(crate) const NO_TAG: &str = "-";

impl<'a> Target<'a> {
    /// A table in es-entity's layout.
    pub(crate) fn es_entity(table: &'a str, id_type: &'a str) -> Self {
        Self { table, id_type, layout: &ES_ENTITY, separate: false }
    }

    /// What goes into the columns of the type and the payload.
    pub(crate) fn stored(&self, event: &Value) -> (String, Value) {
        if !self.separate {
            return (NO_TAG.into(), event.clone());
        }
        let tag = event.get(TAG).and_then(Value::as_str).unwrap_or(NO_TAG);
        (tag.into(), event.get(CONTENT).cloned().unwrap_or_default())
    }
}
