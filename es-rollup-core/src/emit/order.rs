//! How an event follows the one before it in its stream: the store's order, as SQL.

use super::base;
use super::filter;
use super::names::{ID, NEW, Names, ROW, SEQUENCE, VERSION, qualified};
use super::text::{ident, literal, part};
use super::transaction::folded_here;
use crate::ErrorKind;
use crate::model::{Model, Order, Part, View};

/// Whether the current event directly follows `es_version`. It does not if that is NULL.
pub(super) fn follows(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => format!("{SEQUENCE} = es_version + 1"),
        Order::Increasing => {
            format!("{SEQUENCE} > es_version AND NOT {}", between(model, "es.es_version"))
        }
    }
}

/// Whether the current event does not directly follow `es_version`, which is not NULL.
pub(super) fn strays(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => format!("{SEQUENCE} <> es_version + 1"),
        Order::Increasing => {
            let between = between(model, "es.es_version");
            format!("({SEQUENCE} <= es_version OR {between}{})", base::known::or_archived_before(model))
        }
    }
}

/// Whether the current event begins its stream, if its sequence says so. Then there is nothing to look up: if there is a
/// row after all, it is noticed when the new one is written.
pub(super) fn begins(model: &Model) -> Option<String> {
    match model.store.order {
        Order::Contiguous => Some(format!("{SEQUENCE} = 1")),
        Order::Increasing => None,
    }
}

/// The ids of the entities `e` of a statement that may have a row, in their order.
pub(super) fn looked_up(model: &Model) -> String {
    let all = "array_agg(e.es_id ORDER BY e.es_id)";
    match model.store.order {
        Order::Contiguous => format!("coalesce({all} FILTER (WHERE e.es_first <> 1), '{{}}')"),
        Order::Increasing => all.into(),
    }
}

/// Whether a subscriber may have received the event in its turn, as a further condition. If sequences only increase,
/// nothing in an event says that it came too early.
pub(super) fn and_in_turn(model: &Model) -> &'static str {
    match model.store.order {
        Order::Contiguous => "",
        Order::Increasing => " AND current_setting('session_replication_role') <> 'replica'",
    }
}

/// Whether the current event directly follows the row `r` of its entity.
pub(super) fn follows_row(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => format!("r.{VERSION} + 1 = {SEQUENCE}"),
        Order::Increasing => {
            format!("r.{VERSION} < {SEQUENCE} AND NOT {}", between(model, &format!("r.{VERSION}")))
        }
    }
}

/// Whether the event table has an event of the entity between the version and the current event. If policies may hide
/// it, it counts as if it were there: what folds the event table then says so.
fn between(model: &Model, version: &str) -> String {
    let sequence = ident(&model.store.sequence);
    format!(
        "(row_security_active({table}::regclass::oid) OR EXISTS (
  SELECT
  FROM {events} AS e
  WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} > {version} AND e.{sequence} < es.{SEQUENCE}
))",
        table = literal(&qualified(&model.store.table)),
        events = qualified(&model.store.table),
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
    )
}

/// The additional argument of the catch-up function. If sequences only increase, the version that is reached does not
/// say which events are included, so the function has to know from which on they must be.
pub(super) const FIRST: &str = "es_first";

/// A call of the catch-up function, with every argument of its exact type.
pub(super) fn catch_up(model: &Model, view: &View, entity: &str, first: &str) -> String {
    let names = Names::new(&model.store, view);
    match model.store.order {
        Order::Contiguous => format!("{}({entity})", names.catch_up),
        Order::Increasing => format!("{}({entity}, {first})", names.catch_up),
    }
}

/// The catch-up function's argument, after the others.
pub(super) fn argument(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!(", {FIRST} bigint"),
    }
}

/// The sequence of an entity's first event in the statement, if the entity has no row.
pub(super) const fn first(model: &Model) -> &'static str {
    match model.store.order {
        Order::Contiguous => "1",
        Order::Increasing => FIRST,
    }
}

/// The variable of the catch-up function that has that sequence under the name that the texts about an event use.
pub(super) fn declared(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!("\n  {SEQUENCE} bigint := {FIRST};"),
    }
}

/// The variable of the trigger's function for the first sequence of the entity in the statement.
pub(super) fn kept(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!("\n  {FIRST} bigint;  -- the entity's first sequence in the statement"),
    }
}

/// Sets that variable.
pub(super) fn taken(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!("\n    {FIRST} := {SEQUENCE};"),
    }
}

/// Joins the same to each of the collected rows `n`, as `m`.
pub(super) fn firsts(model: &Model) -> String {
    let store = &model.store;
    match store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!(
            "
        JOIN (
          SELECT e.{id}::{id_type} AS es_id, min(e.{sequence})::bigint AS {FIRST} FROM {NEW} AS e{only} GROUP BY 1
        ) AS m ON m.es_id = n.{ID}",
            id = ident(&store.id),
            id_type = part(&store.id_type, Part::Name),
            sequence = ident(&store.sequence),
            only = filter::only(model, "e"),
        ),
    }
}

/// Whether a collected row `n` was not written, because the row `r` of its entity has moved.
pub(super) fn unwritten(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => format!("r.{VERSION} IS NULL OR r.{VERSION} < n.{VERSION}"),
        Order::Increasing => format!("r.{VERSION} IS DISTINCT FROM n.{VERSION}"),
    }
}

/// Whether a row of the version `es_base` includes the current event, which this transaction has inserted.
pub(super) fn included(model: &Model, view: &View) -> String {
    let reached = format!("es_base >= {SEQUENCE}");
    match model.store.order {
        Order::Contiguous => reached,
        Order::Increasing => format!("{reached} AND {}", folded_here(model, view)),
    }
}

/// Selects, of an entity's events, others than those from its first to `es_version` that were just folded; without any
/// row if there are none.
pub(super) fn others(model: &Model) -> String {
    let sequence = ident(&model.store.sequence);
    match model.store.order {
        Order::Contiguous => format!(
            "
  HAVING count(*) <> es.es_version
    OR count(*) FILTER (WHERE e.{sequence} BETWEEN 1 AND es.es_version) <> es.es_version"
        ),
        // Those below were looked for before each event was folded.
        Order::Increasing => format!(" AND (e.{sequence} > es.es_version OR e.{sequence} < 1)"),
    }
}

/// Whether the first event of a stream that was just folded deleted it, and the version that this is.
pub(super) fn deleted_first(model: &Model) -> (String, String) {
    match model.store.order {
        Order::Contiguous => (format!("{ROW}.{VERSION} = 0"), "1::bigint".into()),
        // The row has the version before the event that deletes it.
        Order::Increasing => (
            format!(
                "es_folded.es_deleted AND es_base = 0 AND NOT EXISTS (
  SELECT FROM {events} AS e WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} <= {ROW}.{VERSION}
){and_from_nothing}",
                events = qualified(&model.store.table),
                id = ident(&model.store.id),
                and_filter = filter::and(model, "e"),
                sequence = ident(&model.store.sequence),
                and_from_nothing = base::known::and_from_nothing(model),
            ),
            format!("{ROW}.{VERSION} + 1"),
        ),
    }
}

/// When an event does not follow those before it in the ordered fold of the event table, and the kind of that error.
pub(super) fn out_of_turn(model: &Model) -> (String, String) {
    let (replay, gap) = (ErrorKind::Replay.sqlstate(), ErrorKind::Gap.sqlstate());
    match model.store.order {
        Order::Contiguous => (
            format!("{SEQUENCE} <> es_version + 1"),
            format!("CASE WHEN {SEQUENCE} < 1 THEN '{replay}' ELSE '{gap}' END"),
        ),
        Order::Increasing => (format!("{SEQUENCE} <= es_version"), format!("'{replay}'")),
    }
}

/// How the error function knows that an event does not exist, from an error about a missing one.
pub(super) fn absent(model: &Model) -> &'static str {
    match model.store.order {
        Order::Contiguous => " AND es_sequence = es_version + 1",
        // It cannot be known that another one is missing.
        Order::Increasing => "",
    }
}

/// The hint for an error if it is not the usual one.
pub(super) fn hint(model: &Model, kind: ErrorKind) -> Option<&'static str> {
    match model.store.order {
        Order::Increasing if kind == ErrorKind::Replay => Some(
            "The event is already folded, or its sequence is not above that of the last folded event, or below 1. Give it a higher sequence and try again.",
        ),
        Order::Contiguous | Order::Increasing => None,
    }
}
