//! What of an entity is archived, as conditions.

use super::super::names::{ID, Names, SEQUENCE, VERSION};
use super::super::text::ident;
use crate::model::{Model, View};

/// Whether an event is not archived, as a further condition. Those below the first are refused, whatever a base says.
pub(in super::super) fn and_not_archived(model: &Model, names: &Names, event: &str) -> String {
    if !model.archive {
        return String::new();
    }
    format!(" AND NOT {}", is_archived(model, names, event))
}

/// Whether it is.
pub(in super::super) fn is_archived(model: &Model, names: &Names, event: &str) -> String {
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    format!(
        "EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = {event}.{id} AND {event}.{sequence} BETWEEN 1 AND b.{VERSION})",
        base = names.base
    )
}

/// Whether a row of the history is not below the entity's base, as a further condition: what is below cannot be folded.
pub(in super::super) fn and_not_below(model: &Model, view: &View, row: &str) -> String {
    and_none(model, view, row, "<")
}

/// Whether it is above the base: the row after the last archived event stays, too.
pub(in super::super) fn and_above(model: &Model, view: &View, row: &str) -> String {
    and_none(model, view, row, "<=")
}

fn and_none(model: &Model, view: &View, row: &str, is: &str) -> String {
    if !model.archive || view.name != View::HISTORY {
        return String::new();
    }
    let base = Names::new(&model.store, &model.root).base;
    format!(
        " AND NOT EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = {row}.{ID} AND {row}.{VERSION} {is} b.{VERSION})"
    )
}

/// Whether the entity has a base.
pub(in super::super) fn exists(model: &Model) -> String {
    let base = Names::new(&model.store, &model.root).base;
    format!("EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = es.es_entity)")
}

/// The same as a further alternative.
pub(in super::super) fn or_archived(model: &Model) -> String {
    if model.archive { format!(" OR {}", exists(model)) } else { String::new() }
}

/// Whether the entity has a base and no row, as a further alternative: then the current event follows the base.
pub(in super::super) fn or_archived_before(model: &Model) -> String {
    if model.archive { format!(" OR es_version = 0 AND {}", exists(model)) } else { String::new() }
}

/// Whether it has none, as a further condition.
pub(in super::super) fn and_from_nothing(model: &Model) -> String {
    if !model.archive {
        return String::new();
    }
    format!(" AND NOT {}", exists(model))
}

/// Further entities that are to be folded: those that are archived, live, and have no row.
pub(in super::super) fn or_without_row(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        "
UNION
SELECT b.{ID}
FROM {base} AS b LEFT JOIN {rollup} AS r ON r.{ID} = b.{ID}
WHERE b.\"state\" IS NOT NULL AND r.{ID} IS NULL",
        base = names.base,
        rollup = names.rollup,
    )
}

/// Whether the current event is archived, as a further alternative.
pub(in super::super) fn or_replayed(model: &Model, view: &View) -> String {
    if !model.archive {
        return String::new();
    }
    let base = Names::new(&model.store, view).base;
    format!(
        " OR EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = es.es_entity AND b.{VERSION} >= es.{SEQUENCE})"
    )
}
