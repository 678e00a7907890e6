//! The bases of archived entities: the state of each after the last event that need not be kept any more. Wherever events
//! are folded from nothing, an entity with a base begins there.
//!
//! A base holds each value as PostgreSQL writes it as text, under the name of its column. So the table stays as it is
//! when the rollup's tables change, and a column that came later holds nothing, zero or no members.

pub(super) mod fold;
pub(super) mod known;
pub(super) mod refused;
pub(super) mod views;

use super::columns::{TIME, column_names, type_name};
use super::expression::empty;
use super::names::{self, ID, Names, VERSION};
use super::text::{ident, literal, part};
use crate::model::{Column, Envelope, Kind, Model, Part, Table, View};

/// The variable with the version of the base at which an entity begins; NULL without one.
const ARCHIVED: &str = "es_archived";

/// The table of the bases of a rollup, if the view is its root and events can be archived.
pub(super) fn of(model: &Model, view: &View) -> Option<Table> {
    (model.archive && view.name == View::ROOT).then(|| names::base(&view.table))
}

/// The table.
pub(super) fn table(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- The state of each archived entity after the last event that is archived. Its fold begins there: these events can
-- be deleted. A state that is NULL is that of a stream that has ended.
CREATE TABLE IF NOT EXISTS {base} (
  {ID} {id_type} PRIMARY KEY,
  {VERSION} bigint NOT NULL,  -- the sequence of that event
  \"recorded_at\" {TIME},  -- the latest time at which one of them was recorded
  \"event_types\" text[] NOT NULL,  -- their types
  \"state\" jsonb,  -- the values of the row, each as a text
  \"views\" jsonb NOT NULL  -- the same of the rows of each view
);
COMMENT ON TABLE {base} IS {comment};
",
        base = names.base,
        id_type = part(&model.store.id_type, Part::Name),
        comment = literal(&format!("the states at which archived entities of {} begin", names.rollup)),
    )
}

/// The values of a row as JSON: an object of texts.
pub(super) fn written(model: &Model, view: &View, row: &str) -> String {
    let texts = |text: &dyn Fn(&str) -> String| kept(model, view).map(text).collect::<Vec<_>>().join(", ");
    format!(
        "jsonb_object(ARRAY[{}]::text[], ARRAY[{}]::text[])",
        texts(&literal),
        texts(&|name| format!("{row}.{}::text", ident(name)))
    )
}

/// The columns of a row that a base holds: all but the id and, of the root, the version, which have columns of their own.
fn kept<'a>(model: &'a Model, view: &'a View) -> impl Iterator<Item = &'a str> {
    let is_root = view.name == View::ROOT;
    column_names(model, view).skip(1).filter(move |name| !(is_root && *name == Envelope::Version.name()))
}

/// The same values read from such an object, in that order.
fn read(model: &Model, view: &View, object: &str) -> Vec<String> {
    let value = |name: &str| format!("({object} ->> {})", literal(name));
    let column = |one: &Column| {
        let read = format!("{}::{}", value(&one.name), type_name(one));
        match one.kind {
            Kind::Value => read,
            // It holds this before the first event.
            Kind::Counter | Kind::Set | Kind::List => format!("coalesce({read}, {})", empty(one)),
        }
    };
    let envelope = |one: Envelope| {
        let ty = match one {
            Envelope::Id => None,
            Envelope::Version if view.name == View::ROOT => None,
            Envelope::Version => Some("bigint"),
            Envelope::CreatedAt | Envelope::ModifiedAt => Some(TIME),
        };
        ty.map(|ty| format!("{}::{ty}", value(one.name())))
    };
    let envelope = Envelope::of(&model.store).filter_map(envelope);
    view.parts().iter().map(column).chain(envelope).chain(view.columns.iter().map(column)).collect()
}
