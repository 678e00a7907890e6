//! The function that archives the events of an entity: it writes their state, at which the entity's fold begins from then
//! on, so that they can be deleted.

use super::base;
use super::event;
use super::filter;
use super::fold::{Range, call, reached};
use super::function::{ALL_ROWS, BY_INDEX, DEFINER, Function, JIT, PINNED};
use super::held;
use super::install::isolation_of;
use super::names::{ID, Names, VERSION, qualified};
use super::others;
use super::raise::shown;
use super::table::MODEL;
use super::text::{FINGERPRINT, ident, indent, literal, part};
use super::unfilled::is_filled;
use crate::ErrorKind;
use crate::model::{Model, Part, View};

pub(super) fn archive(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let variables = if model.views.is_empty() {
        ""
    } else {
        "\n  es_views record;  -- the rows of the views after the event"
    };
    Function {
        remark: "-- Archives the events of one entity up to one of them, and returns the sequence of the last one that is archived. They
-- can be deleted then: wherever the entity is folded from nothing, it begins at the state after them.",
        name: &names.archive,
        arguments: &format!("es_id {id_type}, es_version bigint"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[DEFINER],
        settings: &[
            PINNED,
            ALL_ROWS,
            BY_INDEX,
            JIT,
            "datestyle = iso  -- texts that are read alike in every session",
            "intervalstyle = iso_8601",
            "timezone = utc",
            "extra_float_digits = 1",
        ],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_upto ALIAS FOR es_version;
  es_base bigint;  -- up to where events are archived already
  es_folded record;  -- what the fold returns
  es_kept record;  -- the same, read from the base
  es_state {rollup}%ROWTYPE;  -- the row after the event{variables}
BEGIN
{locked}
  es_base := (SELECT b.{VERSION} FROM {base} AS b WHERE b.{ID} = es.es_entity);
  IF es_upto <= es_base THEN
    RETURN es_base;
  END IF;
  SELECT f.es_state, f.es_deleted, {reached} AS es_reached INTO es_folded
  FROM {fold} AS f;
{folded}
{written}
  IF NOT FOUND THEN
    RETURN (SELECT b.{VERSION} FROM {base} AS b WHERE b.{ID} = es.es_entity);
  ELSIF es_folded.es_deleted THEN
    RETURN es_upto;
  END IF;
{read}
  RETURN es_upto;
END",
        rollup = names.rollup,
        locked = indent(&locked(&names), 2),
        base = names.base,
        reached = reached(model, "f"),
        fold = fold(model),
        folded = indent(&folded(model, view, &names), 2),
        written = indent(&written(model, view, &names), 2),
        read = indent(&read(model, view, &names), 2),
    ))
}

/// The fold of the entity up to the event.
fn fold(model: &Model) -> String {
    call(model, &Range { ids: "ARRAY[es.es_entity]", upto: "es.es_upto", ..Range::ALL })
}

/// Waits for whoever changes the rollup, or events that are stored, and for writers of the entity.
fn locked(names: &Names) -> String {
    format!(
        "{isolation}
-- Waits for a change of the rollup or of stored events, but for no writer of other entities.
LOCK TABLE {events} IN ROW EXCLUSIVE MODE;
{filled}
IF strpos({model}(), '{MODEL}{FINGERPRINT}\"') = 0 THEN
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = {changed}, HINT = 'Try again.';
END IF;
PERFORM FROM {rollup} AS r WHERE r.{ID} = es.es_entity FOR NO KEY UPDATE;",
        isolation =
            isolation_of("archiving", "Begin its transaction with BEGIN ISOLATION LEVEL READ COMMITTED."),
        events = names.events,
        filled = is_filled(names, ""),
        model = names.model,
        changed = literal(&format!("the rollup {} was changed meanwhile", names.rollup)),
        rollup = names.rollup,
    )
}

/// Refuses what is no event of the entity, and rows that are behind it: they could not catch up once events are deleted.
fn folded(model: &Model, view: &View, names: &Names) -> String {
    let kept = model.history.as_ref().map(|history| {
        format!(
            "
  OR NOT EXISTS (SELECT FROM {} AS h WHERE h.{ID} = es.es_entity AND h.{VERSION} = es.es_upto)",
            qualified(&history.table)
        )
    });
    format!(
        "IF NOT FOUND OR es_folded.es_reached IS DISTINCT FROM es_upto THEN
  RAISE EXCEPTION USING ERRCODE = '{gap}',
    MESSAGE = format('entity %s in %s has no event %s', {shown}, {events}, coalesce(es_upto::text, 'NULL')),
    HINT = 'Archive an entity up to one of its events.', SCHEMA = {schema}, TABLE = {table};
END IF;
IF NOT es_folded.es_deleted AND (
  EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = es.es_entity AND r.{VERSION} < es.es_upto){kept}
) THEN
  RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
    MESSAGE = format('entity %s in %s is not folded up to event %s', {shown}, {events}, es_upto),
    HINT = {again}, SCHEMA = {schema}, TABLE = {table};
END IF;",
        gap = ErrorKind::Gap.sqlstate(),
        shown = shown("coalesce(es_entity::text, 'NULL')"),
        events = literal(&names.events),
        schema = literal(&view.table.schema),
        table = literal(&view.table.name),
        rollup = names.rollup,
        kept = kept.unwrap_or_default(),
        again = others::again(model, "Archive events by another statement than the one that inserts them. "),
    )
}

/// Writes the base.
fn written(model: &Model, view: &View, names: &Names) -> String {
    let views = if model.views.is_empty() {
        String::new()
    } else {
        format!("SELECT v.* INTO es_views FROM {}(es_entity, es_upto) AS v;\n", names.views)
    };
    format!(
        "es_state := es_folded.es_state;
{views}INSERT INTO {base} AS b ({ID}, {VERSION}, \"recorded_at\", \"event_types\", \"state\", \"views\")
VALUES (
  es_entity, es_upto,
  {recorded_at},
  ARRAY(
    SELECT {tag}
    FROM {events} AS e
    WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} > coalesce(es.es_base, 0) AND e.{sequence} <= es.es_upto
    UNION
    SELECT unnest(b.\"event_types\") FROM {base} AS b WHERE b.{ID} = es.es_entity
    ORDER BY 1
  ),
  CASE WHEN NOT es_folded.es_deleted THEN {state} END,
  {rows}
)
ON CONFLICT ({ID}) DO UPDATE SET
  {VERSION} = excluded.{VERSION},
  \"recorded_at\" = excluded.\"recorded_at\",
  \"event_types\" = excluded.\"event_types\",
  \"state\" = excluded.\"state\",
  \"views\" = excluded.\"views\"
-- An entity that has ended has no row to lock.
WHERE b.{VERSION} < excluded.{VERSION};",
        base = names.base,
        recorded_at = indent(&recorded_at(model, names), 2).trim_start(),
        tag = indent(&event::tag(model, "e"), 4).trim_start(),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        sequence = ident(&model.store.sequence),
        state = base::written(model, view, "es_state"),
        rows = indent(&rows(model), 2).trim_start(),
    )
}

/// Refuses a state that is read from the base as another one: not every type reads its values as it writes them.
fn read(model: &Model, view: &View, names: &Names) -> String {
    format!(
        "-- Not every type reads its values as it writes them.
SELECT f.es_state INTO es_kept
FROM {fold} AS f;
IF es_kept.es_state *<> es_folded.es_state{views_differ} THEN
  RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
    MESSAGE = format('entity %s in %s cannot be archived: a type of %s does not read a value as it writes it', {shown}, {events}, {rollup}),
    SCHEMA = {schema}, TABLE = {table};
END IF;",
        fold = fold(model),
        views_differ = views_differ(model, names),
        shown = shown("es_entity::text"),
        events = literal(&names.events),
        rollup = literal(&names.rollup),
        schema = literal(&view.table.schema),
        table = literal(&view.table.name),
    )
}

/// The latest time at which an archived event was recorded.
fn recorded_at(model: &Model, names: &Names) -> String {
    let Some(recorded_at) = &model.store.recorded_at else { return "NULL".into() };
    format!(
        "greatest(
  (SELECT b.\"recorded_at\" FROM {base} AS b WHERE b.{ID} = es.es_entity),
  (
    SELECT max(e.{recorded_at})
    FROM {events} AS e
    WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} > coalesce(es.es_base, 0) AND e.{sequence} <= es.es_upto
  )
)",
        base = names.base,
        recorded_at = ident(recorded_at),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        sequence = ident(&model.store.sequence),
    )
}

/// The rows of the views as JSON: under the name of each view, an array of them.
fn rows(model: &Model) -> String {
    let of = |(nth, view): (usize, &View)| {
        format!(
            "jsonb_build_object({}, (
  SELECT coalesce(jsonb_agg({}), '[]') FROM unnest(es_views.{}) AS v
))",
            literal(&view.name),
            base::written(model, view, "v"),
            held::column(nth),
        )
    };
    if model.views.is_empty() {
        return "'{}'".into();
    }
    let rows: Vec<String> = model.views.iter().enumerate().map(of).collect();
    format!("CASE WHEN es_folded.es_deleted THEN '{{}}' ELSE {} END", rows.join(" || "))
}

/// Whether the rows of views are not read as they were written, as a further alternative.
fn views_differ(model: &Model, names: &Names) -> String {
    if model.views.is_empty() {
        return String::new();
    }
    let all = |row: &str| {
        let all = (0..model.views.len()).map(|nth| format!("{row}.{}", held::column(nth)));
        format!("ROW({})::record", all.collect::<Vec<_>>().join(", "))
    };
    format!(" OR (SELECT {} *<> {} FROM {}(es_entity, es_upto) AS v)", all("v"), all("es_views"), names.views)
}
