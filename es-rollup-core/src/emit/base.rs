//! The bases of archived entities: the state of each after the last event that need not be kept any more. Wherever events
//! are folded from nothing, an entity with a base begins there.
//!
//! A base holds each value as PostgreSQL writes it as text, under the name of its column. So the table stays as it is
//! when the rollup's tables change, and a column that came later holds nothing, zero or no members.

pub(super) mod views;

use super::columns::{TIME, columns, type_name};
use super::expression::empty;
use super::install::check;
use super::names::{self, ID, Names, ROW, SEQUENCE, VERSION};
use super::raise::{self, shown};
use super::text::{ident, indent, literal, part};
use crate::ErrorKind;
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
    let columns = kept(model, view);
    let texts = |text: &dyn Fn(&String) -> String| columns.iter().map(text).collect::<Vec<_>>().join(", ");
    let name = |column: &String| literal(&unquoted(column));
    format!(
        "jsonb_object(ARRAY[{}]::text[], ARRAY[{}]::text[])",
        texts(&name),
        texts(&|column| format!("{row}.{column}::text"))
    )
}

/// The columns of a row that a base holds: all but the id and, of the root, the version, which have columns of their own.
fn kept(model: &Model, view: &View) -> Vec<String> {
    let is_root = view.name == View::ROOT;
    columns(model, view).into_iter().skip(1).filter(|column| !(is_root && column == VERSION)).collect()
}

fn unquoted(column: &str) -> String {
    column[1..column.len() - 1].replace("\"\"", "\"")
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

/// What a base adds to the remark of a fold of the root.
pub(super) const fn remark(model: &Model) -> &'static str {
    if model.archive {
        "
-- An entity that is archived begins at its base and not at nothing. That is returned like the state after an event, with
-- NULL for es_event_type, unless the stream had ended."
    } else {
        ""
    }
}

/// The variables of a fold of the root.
pub(super) fn variables(model: &Model) -> String {
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
pub(super) fn begun(model: &Model, view: &View, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    let fields = kept(model, view);
    let fields = fields.iter().map(|column| format!("{ROW}.{column}"));
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
pub(super) fn version(model: &Model) -> String {
    let base = if model.archive { format!(", {ARCHIVED}") } else { String::new() };
    format!("coalesce({ROW}.{VERSION}{base}, 0)")
}

/// Whether the stream had ended before the first event.
pub(super) fn is_ended(model: &Model) -> String {
    if model.archive { format!("{ARCHIVED} IS NOT NULL AND es_ended") } else { "false".into() }
}

/// Whether an entity is returned of which no event was folded, as a further condition.
pub(super) fn or_kept(model: &Model) -> String {
    if model.archive { format!(" OR {ARCHIVED} IS NOT NULL AND NOT es_deleted") } else { String::new() }
}

/// What is done about the base itself, which comes before the entity's events.
pub(super) fn passed(model: &Model, until: bool) -> String {
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

/// Whether an event is not archived, as a further condition. Those below the first are refused, whatever a base says.
pub(super) fn and_not_archived(model: &Model, names: &Names, event: &str) -> String {
    if !model.archive {
        return String::new();
    }
    format!(" AND NOT {}", is_archived(model, names, event))
}

/// Whether it is.
pub(super) fn is_archived(model: &Model, names: &Names, event: &str) -> String {
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    format!(
        "EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = {event}.{id} AND {event}.{sequence} BETWEEN 1 AND b.{VERSION})",
        base = names.base
    )
}

/// Whether a row of the history is not below the entity's base, as a further condition: what is below cannot be folded.
pub(super) fn and_not_below(model: &Model, view: &View, row: &str) -> String {
    and_none(model, view, row, "<")
}

/// Whether it is above the base: the row after the last archived event stays, too.
pub(super) fn and_above(model: &Model, view: &View, row: &str) -> String {
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

/// Refuses an event of an entity without a row that its base includes. `first` is the sequence of the entity's first event.
pub(super) fn replayed(model: &Model, view: &View, first: &str) -> String {
    if !model.archive {
        return String::new();
    }
    let kind = format!("'{}'", ErrorKind::Replay.sqlstate());
    format!(
        "{refuse}
FROM {base} AS b
WHERE es_base = 0 AND b.{ID} = es.es_entity AND b.{VERSION} >= {first};
",
        refuse = raise::call(
            view,
            model,
            [&kind, "es_entity", &format!("{first}::bigint"), &format!("b.{VERSION}")],
            &[]
        ),
        base = Names::new(&model.store, view).base,
    )
}

/// What to do before the first events of an entity are deleted, as a further sentence of a hint.
pub(super) fn and_archive(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        " Before you delete the first events of an entity, archive them: SELECT {}(id, sequence).",
        names.archive
    )
}

/// Whether the entity has a base.
pub(super) fn exists(model: &Model) -> String {
    let base = Names::new(&model.store, &model.root).base;
    format!("EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = es.es_entity)")
}

/// The same as a further alternative.
pub(super) fn or_archived(model: &Model) -> String {
    if model.archive { format!(" OR {}", exists(model)) } else { String::new() }
}

/// Whether the entity has a base and no row, as a further alternative: then the current event follows the base.
pub(super) fn or_archived_before(model: &Model) -> String {
    if model.archive { format!(" OR es_version = 0 AND {}", exists(model)) } else { String::new() }
}

/// Whether it has none, as a further condition.
pub(super) fn and_from_nothing(model: &Model) -> String {
    if !model.archive {
        return String::new();
    }
    format!(" AND NOT {}", exists(model))
}

/// Fails if an entity was archived that the snapshot of the transaction does not show as archived, as further lines: to
/// insert what is there, but not visible, is a serialization failure.
pub(super) fn sees_bases(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        "
IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
  -- A base that is newer than the snapshot cannot be seen, but not be inserted a second time either: that is 40001.
  INSERT INTO {base} ({ID}, {VERSION}, \"event_types\", \"views\")
  SELECT n.es_id, 0, '{{}}', '{{}}' FROM unnest(es.es_ids) AS n (es_id)
  ON CONFLICT DO NOTHING;
  DELETE FROM {base} AS b WHERE b.{VERSION} = 0;
END IF;",
        base = names.base
    )
}

/// Further entities that are to be folded: those that are archived, live, and have no row.
pub(super) fn or_without_row(model: &Model, names: &Names) -> String {
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
pub(super) fn or_replayed(model: &Model, view: &View) -> String {
    if !model.archive {
        return String::new();
    }
    let base = Names::new(&model.store, view).base;
    format!(
        " OR EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = es.es_entity AND b.{VERSION} >= es.{SEQUENCE})"
    )
}

/// Refuses to drop the table while an entity is archived; it may be gone already. `why` says what is about to happen.
pub(super) fn is_unused(names: &Names, why: &str) -> String {
    format!(
        "IF to_regclass({literal_base}) IS NOT NULL THEN
{used}
END IF;",
        literal_base = literal(&names.base),
        used = indent(
            &check(
                "",
                &format!("EXISTS (SELECT FROM {})", names.base),
                &literal(&format!("entities of {} are archived, {why}", names.rollup)),
                &format!(
                    "Give up what they were, or insert their events again while the triggers are off. Then: DELETE FROM {}.",
                    names.base
                ),
            ),
            2
        ),
    )
}

/// Refuses to empty the rollup while entities are archived.
pub(super) fn is_empty(model: &Model) -> String {
    if !model.archive {
        return String::new();
    }
    let names = Names::new(&model.store, &model.root);
    format!(
        "  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') AND pg_relation_size({literal_base}) > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
      MESSAGE = {older}, HINT = 'Try again at READ COMMITTED.', SCHEMA = {schema}, TABLE = {table};
  END IF;
  IF EXISTS (SELECT FROM {base}) THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = {message}, HINT = {hint}, SCHEMA = {schema}, TABLE = {table};
  END IF;
",
        base = names.base,
        literal_base = literal(&names.base),
        older = literal(&format!(
            "entities of {} may have been archived since the transaction began",
            names.rollup
        )),
        message = literal(&format!("entities of {} are archived", names.rollup)),
        hint = literal(&format!(
            "Empty their bases with the events: TRUNCATE {}, {}. What they were is lost then.",
            names.events, names.base
        )),
        schema = literal(&model.root.table.schema),
        table = literal(&names::base(&model.root.table).name),
    )
}
