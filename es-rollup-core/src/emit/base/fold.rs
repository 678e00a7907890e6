//! Where the fold of the root begins: an entity that is archived at its base, as if that were an event.

use super::super::columns::TIME;
use super::super::names::{ID, Names, ROW, VERSION};
use super::super::raise::shown;
use super::super::text::{ident, indent, literal};
use super::{ARCHIVED, kept, read};
use crate::ErrorKind;
use crate::model::{Model, View};

/// What a base adds to the remark of a fold of the root.
pub(in super::super) const fn remark(model: &Model) -> &'static str {
    if model.archive {
        "
-- An entity that is archived begins at its base and not at nothing. That is returned like the state after an event, with
-- NULL for es_event_type, unless the stream had ended."
    } else {
        ""
    }
}

/// The variables of a fold of the root.
pub(in super::super) fn variables(model: &Model) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        "
  {ARCHIVED} bigint;  -- the version of the base at which the entity begins
  es_ended boolean;  -- whether its stream had ended there
  es_archived_at {TIME};  -- when the last of the archived events was recorded"
    )
}

/// Begins an entity without a row at its base.
pub(in super::super) fn begun(model: &Model, view: &View, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    let fields = kept(model, view).map(|name| format!("{ROW}.{}", ident(name)));
    let targets: Vec<String> =
        [ARCHIVED, "es_ended", "es_archived_at"].into_iter().map(Into::into).chain(fields).collect();
    let values = read(model, view, "b.\"state\"");
    let values: Vec<String> =
        [format!("b.{VERSION}"), "b.\"state\" IS NULL".into(), "b.\"recorded_at\"".into()]
            .into_iter()
            .chain(values)
            .collect();
    format!(
        "
{ARCHIVED} := NULL;
IF {ROW}.{ID} IS NULL THEN
  -- From nothing, or from the base.
  SELECT {values}
  INTO {targets}
  FROM {base} AS b
  WHERE b.{ID} = es.es_entity;
  IF {ARCHIVED} IS NULL OR es_ended THEN
    {ROW} := NULL;
  ELSE
    {ROW}.{ID} := es_entity;
    {ROW}.{VERSION} := {ARCHIVED};
  END IF;
END IF;",
        values = indent(&values.join(",\n"), 4).trim_start(),
        targets = targets.join(", "),
        base = names.base,
    )
}

/// The version before the first event of an entity that begins at its base.
pub(in super::super) fn version(model: &Model) -> String {
    let base = if model.archive { format!(", {ARCHIVED}") } else { String::new() };
    format!("coalesce({ROW}.{VERSION}{base}, 0)")
}

/// Whether the stream had ended before the first event.
pub(in super::super) fn is_ended(model: &Model) -> String {
    if model.archive { format!("{ARCHIVED} IS NOT NULL AND es_ended") } else { "false".into() }
}

/// Whether an entity is returned of which no event was folded, as a further condition.
pub(in super::super) fn or_kept(model: &Model) -> String {
    if model.archive { format!(" OR {ARCHIVED} IS NOT NULL AND NOT es_deleted") } else { String::new() }
}

/// What is done about the base itself, which comes before the entity's events.
pub(in super::super) fn passed(model: &Model, until: bool) -> String {
    if !model.archive {
        return String::new();
    }
    let names = Names::new(&model.store, &model.root);
    let until = if until { " OR es_until < es_archived_at" } else { "" };
    format!(
        "IF es_sequence = {ARCHIVED} THEN
  IF es_last < {ARCHIVED}{until} THEN
    RAISE EXCEPTION USING ERRCODE = '{gap}',
      MESSAGE = format('entity %s in %s is archived up to event %s: what it was before is not known', {shown}, {events}, {ARCHIVED}),
      HINT = 'Ask for that event or a later one.', SCHEMA = {schema}, TABLE = {table};
  END IF;
  es_tag := NULL;
  IF es_each AND NOT es_deleted THEN
    RETURN NEXT;
  END IF;
  CONTINUE;
END IF;
",
        gap = ErrorKind::Gap.sqlstate(),
        shown = shown("es_entity::text"),
        events = literal(&names.events),
        schema = literal(&model.root.table.schema),
        table = literal(&model.root.table.name),
    )
}
