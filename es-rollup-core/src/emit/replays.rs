//! What refuses events because their rows include them, or later ones, already: the store's order, as SQL.

use super::event::tag;
use super::filter;
use super::names::{ID, NEW, Names, SEQUENCE, VERSION, qualified};
use super::raise;
use super::text::{ident, part};
use super::transaction::{folded_here, folded_of};
use crate::ErrorKind;
use crate::model::{Model, Order, Part, View};

/// Refuses, after rows were not written, the statement's events that their rows `r` include already, unless a command of
/// this transaction has folded them. `chosen` joins further tables that choose the rows.
pub(super) fn replays(model: &Model, view: &View, chosen: &str) -> String {
    let store = &model.store;
    match store.order {
        Order::Contiguous => {}
        // The catch-up function refuses them.
        Order::Increasing => return String::new(),
    }
    let (id, id_type) = (ident(&store.id), part(&store.id_type, Part::Name));
    let (entity, sequence) = (format!("e.{id}::{id_type}"), format!("e.{}::bigint", ident(&store.sequence)));
    let kind = format!("'{}'", ErrorKind::Replay.sqlstate());
    let refuse =
        raise::call(view, model, [&kind, &entity, &sequence, &format!("r.{VERSION}")], &[&tag(model, "e")]);
    format!(
        "
{refuse}
FROM {NEW} AS e JOIN {rollup} AS r ON r.{ID} = e.{id}{chosen}
WHERE e.{column} <= r.{VERSION}{and_filter} AND NOT {folded}
ORDER BY e.{id}, e.{column}
LIMIT 1;",
        rollup = Names::new(store, view).rollup,
        column = ident(&store.sequence),
        and_filter = filter::and(model, "e"),
        folded = folded_of(model, view, &entity, &sequence),
    )
}

/// Refuses, with the row locked, an event that another transaction has overtaken, and one that does not exist.
pub(super) fn overtaken(model: &Model, view: &View) -> String {
    let raise = |kind: ErrorKind| {
        let kind = format!("'{}'", kind.sqlstate());
        raise::call(view, model, [&*kind, "es_entity", SEQUENCE, "es_base"], &[])
    };
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!(
            "IF {SEQUENCE} <= es_base AND NOT {folded} THEN
  {replay};
END IF;
IF NOT EXISTS (
  SELECT FROM {events} AS e WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} = es.{SEQUENCE}
) THEN
  {gap};
END IF;
",
            folded = folded_here(model, view),
            replay = raise(ErrorKind::Replay),
            events = qualified(&model.store.table),
            id = ident(&model.store.id),
            sequence = ident(&model.store.sequence),
            and_filter = filter::and(model, "e"),
            gap = raise(ErrorKind::Gap),
        ),
    }
}
