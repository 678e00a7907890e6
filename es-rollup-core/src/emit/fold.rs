//! The fold of the log: folds stored events in one ordered pass, for every function that needs more than the rows of a
//! statement. `catch_up`, `history`, `at`, `changes` and `rebuild` are thin over it.

use super::base;
use super::columns::{TIME, columns};
use super::event::{self, open, selected, taken, unselected};
use super::filter;
use super::function::{ALL_ROWS, BY_INDEX, DEFINER, Function, JIT, PINNED};
use super::members::{self, Members};
use super::names::{Event, ID, Names, ROW, VERSION, qualified};
use super::order;
use super::raise::raise;
use super::step::{Held, beginning, step, variables};
use super::text::{ident, indent, part, where_true};
use crate::model::{Fact, Model, Part, View};

/// Which events are folded, and what is returned of them. Each text is an SQL expression of the argument's type.
#[derive(Clone, Copy)]
pub(super) struct Range<'a> {
    /// The entities, or NULL for all.
    pub(super) ids: &'a str,
    /// The bounds of the ids, of their type; none without these.
    pub(super) between: Option<[&'a str; 2]>,
    /// Whether the fold begins at the stored rows instead of nothing.
    pub(super) stored: &'a str,
    /// The last sequence.
    pub(super) upto: &'a str,
    /// The time by which each entity ends, of events that are recorded with one.
    pub(super) until: &'a str,
    /// Whether the state after each event is returned.
    pub(super) each: bool,
    /// The version of the row to begin at, of a rollup with a history; 0 for nothing.
    pub(super) from: &'a str,
}

impl Range<'_> {
    /// All events, from nothing, and the last state of each entity.
    pub(super) const ALL: Self = Self {
        ids: "NULL",
        between: None,
        stored: "false",
        upto: "NULL",
        until: "NULL",
        each: false,
        from: "0",
    };
}

/// A call with every argument, each of its exact type, so that no other function of the same name can be a better match.
pub(super) fn call(model: &Model, range: &Range<'_>) -> String {
    let id = part(&model.store.id_type, Part::Name);
    let Range { ids, between, stored, upto, until, each, from } = range;
    let between = match between {
        None => format!("NULL::{id}, NULL::{id}"),
        Some(bounds) => bounds.join(", "),
    };
    let until = if is_timed(model) { format!("{until}::{TIME}, ") } else { String::new() };
    let from = if model.history.is_some() { format!(", {from}::bigint") } else { String::new() };
    format!(
        "{}({ids}::{id}[], {between}, {stored}, {upto}::bigint, {until}{each}{from})",
        Names::new(&model.store, &model.root).fold,
    )
}

/// Whether events are recorded with a time, by which a fold can end.
pub(super) fn is_timed(model: &Model) -> bool {
    model.store.recorded_at.is_some()
}

pub(super) fn fold(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id_type, rollup) = (part(&model.store.id_type, Part::Name), &names.rollup);
    let (until, argument, past) = if is_timed(model) {
        (
            "es_until: end an entity before its first event that was recorded later. ",
            format!("es_until {TIME}, "),
            "\n  es_past boolean;  -- whether the range of the entity has ended",
        )
    } else {
        ("", String::new(), "")
    };
    let (remark, begin, begin_alias) = from(model);
    let archived = base::fold::remark(model);
    Function {
        remark: &format!("-- Folds events of the event table, in one pass, and returns the state of each entity of which it folded any.
-- es_ids: the entities; NULL for those whose id is above es_after and not above es_to, and a NULL of these for no bound.
-- es_stored: begin each entity at its row and not at nothing.
-- es_upto: the last sequence. {until}NULL for no end.
-- es_each: return the state after each event and not only after the last.{remark}
-- es_event_type is the type of the last event, and es_deleted whether it ended the stream. If it did, es_state is the row
-- before it.{archived}"),
        name: &names.fold,
        arguments: &format!("
  es_ids {id_type}[], es_after {id_type}, es_to {id_type}, es_stored boolean, es_upto bigint,
  {argument}es_each boolean{begin}
"),
        returns: &format!("TABLE (es_state {rollup}, es_event_type text, es_deleted boolean)"),
        language: "plpgsql",
        properties: &["STABLE  -- rows and events are those of one snapshot", DEFINER],
        settings: &[
            PINNED, ALL_ROWS,
            BY_INDEX,
            JIT,
            "plan_cache_mode = force_generic_plan  -- entities are found by index, without planning each call",
        ],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  -- Names by which queries can qualify the arguments.
  es_entities ALIAS FOR es_ids;
  es_above ALIAS FOR es_after;
  es_last_id ALIAS FOR es_to;
  es_from_rows ALIAS FOR es_stored;
  es_last ALIAS FOR es_upto;{begin_alias}
  {ROW} ALIAS FOR es_state;  -- the row of the entity so far
  es_tag ALIAS FOR es_event_type;  -- the event's type
  es_event record;  -- the current event
{variables}{members}{past}{archived}
BEGIN
  IF es_ids IS NULL AND es_stored THEN
    -- The stored rows decide where each entity begins.
    PERFORM set_config('enable_seqscan', 'on', true);
    es_ids := ARRAY(
      SELECT DISTINCT e.{id}::{id_type}
      FROM {events} AS e
      WHERE {ids}{and_filter}
    );
    PERFORM set_config('enable_seqscan', 'off', true);
  ELSIF es_ids IS NULL THEN
    -- A pass over all events is worth a plan of its own.
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true);
  ELSIF cardinality(es_ids) > 1 THEN
    es_ids := ARRAY(SELECT DISTINCT n.es_id FROM unnest(es.es_entities) AS n (es_id));
  END IF;
  FOR es_event IN
{range}
  LOOP
{turn}
{taken}
{passed}{open}
{out_of_turn}
{beginning}
{step}
    IF es_each THEN
      {moved}
      RETURN NEXT;
    END IF;
  END LOOP;
END",
        past = past,
        members = members::variables(view),
        archived = base::fold::variables(model),
        passed = indent(&base::fold::passed(model, is_timed(model)), 4),
        events = names.events,
        id = ident(&model.store.id),
        variables = variables(model, view, Held::Returned),
        ids = ids(model, &format!("e.{}", ident(&model.store.id))),
        and_filter = filter::and(model, "e"),
        range = indent(&range(model, &names), 4),
        turn = indent(&turn(model, view, &names), 4),
        moved = moved(model),
        taken = indent(&taken(model), 4),
        open = indent(&open(model), 4),
        out_of_turn = indent(&out_of_turn(model, view), 4),
        beginning = indent(&beginning(model, view), 4),
        step = indent(&step(model, view, Members::Collected), 4),
    ))
}

/// What a history adds to the function: a remark, an argument, and another name of that.
const fn from(model: &Model) -> (&'static str, &'static str, &'static str) {
    match model.history {
        None => ("", "", ""),
        Some(_) => (
            "\n-- es_from: begin each entity at the row that the history has for this version; 0 for nothing.",
            ", es_from bigint",
            "\n  es_begin ALIAS FOR es_from;",
        ),
    }
}

/// The query for the events, in the order in which they are folded.
fn range(model: &Model, names: &Names) -> String {
    let Bases { all, joined, one, begins } = bases(model, names);
    format!(
        "SELECT {selected}
FROM {events} AS e
WHERE es.es_entities IS NULL
  AND {ids}{and_filter}
  AND (es.es_last IS NULL OR e.{sequence} <= es.es_last){and_not_archived}
{all}UNION ALL
SELECT e.*
FROM unnest(es.es_entities) AS n (es_id)
  LEFT JOIN LATERAL (
    SELECT r.{VERSION} FROM {rollup} AS r WHERE es.es_from_rows AND r.{ID} = n.es_id OFFSET 0
  ) AS r ON true{joined}
  CROSS JOIN LATERAL (
    SELECT {selected}
    FROM {events} AS e
    WHERE e.{id} = n.es_id{and_filter} AND e.{sequence} > coalesce(r.{VERSION}, {begins}{begin})
      AND e.{sequence} <= coalesce(es.es_last, {MAX})
    UNION ALL{one}
    -- An event below the first is refused, whatever the row includes.
    SELECT {selected}
    FROM {events} AS e
    WHERE e.{id} = n.es_id{and_filter} AND e.{sequence} < 1
    OFFSET 0
  ) AS e
-- The last row, without an entity, ends the one before it.
UNION ALL SELECT {unselected}
ORDER BY {id}, {sequence}",
        selected = selected(model),
        unselected = unselected(model),
        events = names.events,
        rollup = names.rollup,
        ids = ids(model, &format!("e.{}", ident(&model.store.id))),
        and_filter = filter::and(model, "e"),
        id = ident(&model.store.id),
        sequence = ident(&model.store.sequence),
        begin = if model.history.is_some() { "es.es_begin" } else { "0" },
        and_not_archived = base::known::and_not_archived(model, names, "e"),
    )
}

/// What bases add to the query: an event that stands for the base of each entity which begins there, and comes before its
/// others.
#[derive(Default)]
struct Bases {
    /// Those of all entities.
    all: String,
    /// The base of an entity without a row, beside its row.
    joined: String,
    /// The event for it.
    one: String,
    /// Its version, before what else the entity's first event may be above.
    begins: String,
}

fn bases(model: &Model, names: &Names) -> Bases {
    if !model.archive {
        return Bases::default();
    }
    let ids = ids(model, &format!("b.{ID}"));
    let nothing = || event::read(model).skip(2).map(|_| ", NULL").collect::<String>();
    let from_history = if model.history.is_some() { " AND es.es_begin = 0" } else { "" };
    Bases {
        all: format!(
            "UNION ALL
SELECT b.{ID}, b.{VERSION}{nothing}
FROM {base} AS b
WHERE es.es_entities IS NULL
  AND {ids}
",
            nothing = nothing(),
            base = names.base
        ),
        joined: format!(
            "
  LEFT JOIN LATERAL (
    SELECT b.{VERSION} FROM {base} AS b WHERE r.{VERSION} IS NULL{from_history} AND b.{ID} = n.es_id OFFSET 0
  ) AS b ON true",
            base = names.base
        ),
        one: format!(
            "
    SELECT n.es_id, b.{VERSION}{nothing}
    WHERE b.{VERSION} IS NOT NULL
    UNION ALL",
            nothing = nothing()
        ),
        begins: format!("b.{VERSION}, "),
    }
}

/// Reads the row that the history has for the version to begin at, column by column: the history may have its columns in
/// another order than the rollup.
fn begin(model: &Model, history: &View) -> String {
    let columns = columns(model, history);
    let all =
        |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    format!(
        "ELSIF es_from > 0 THEN
  SELECT {stored}
  INTO {read}
  FROM {table} AS h
  WHERE h.{ID} = es.es_entity AND h.{VERSION} = es.es_begin;
",
        stored = all("h"),
        read = all(ROW),
        table = qualified(&history.table),
    )
}

/// The greatest sequence there can be.
const MAX: i64 = i64::MAX;

/// The range of ids.
fn ids(model: &Model, id: &str) -> String {
    // As the rollup's ids are ordered, whose collation is the default one. That of the event table may have another.
    let collation = where_true(&model.store.id_type, Fact::Text, || " COLLATE pg_catalog.\"default\"".into());
    format!(
        "(es.es_above IS NULL OR {id} > es.es_above{collation}) AND (es.es_last_id IS NULL OR {id} <= es.es_last_id{collation})"
    )
}

/// Ends the entity before the event, and begins the event's own.
fn turn(model: &Model, view: &View, names: &Names) -> String {
    let event_id = Event::new(&model.store).id;
    let begun = format!(
        "IF {moves} AND NOT es_each THEN
  {moved}
  RETURN NEXT;
END IF;
EXIT WHEN {event_id} IS NULL;
es_entity := {event_id};
{ROW} := NULL;
IF es_stored THEN
  SELECT r.* INTO {ROW} FROM {rollup} AS r WHERE r.{ID} = es.es_entity;
{begin}END IF;{archived}
es_base := {version};
es_version := es_base;
es_deleted := {ended};{past}{members}",
        moves = match base::fold::or_kept(model) {
            none if none.is_empty() => "es_version > es_base".into(),
            or_kept => format!("(es_version > es_base{or_kept})"),
        },
        archived = base::fold::begun(model, view, names),
        version = base::fold::version(model),
        ended = base::fold::is_ended(model),
        members = members::begun(view, Some("NOT es_each")),
        moved = moved(model),
        begin = model.history.as_ref().map(|history| begin(model, history)).unwrap_or_default(),
        rollup = names.rollup,
        past = if is_timed(model) { "\nes_past := false;" } else { "" },
    );
    let and_there_is_room = members::and_there_is_room(view);
    let begun = if and_there_is_room.is_empty() {
        begun
    } else {
        format!("IF ({event_id} = es_entity) IS NOT TRUE THEN\n{}\nEND IF;", indent(&begun, 2))
    };
    format!(
        "IF {event_id} = es_entity{and_there_is_room} THEN
  NULL;  -- the same entity
ELSE{merged}
{begun}
END IF;",
        merged = indent(&members::merged(view), 2),
        begun = indent(&begun, 2),
    )
}

/// Moves the row to the event. A row that the event deleted stays the one before it, for which the checks held.
fn moved(model: &Model) -> String {
    let deleted = if model.has_delete() { " - es_deleted::integer" } else { "" };
    format!("{ROW}.{VERSION} := es_version{deleted};")
}

/// The version that a folded entity has reached, from its row and whether the stream has ended.
pub(super) fn reached(model: &Model, folded: &str) -> String {
    let ended = if model.has_delete() { format!(" + {folded}.es_deleted::integer") } else { String::new() };
    format!("({folded}.es_state).{VERSION}{ended}")
}

/// Skips events that are past the range, and refuses one that does not follow the one before it.
fn out_of_turn(model: &Model, view: &View) -> String {
    let recorded_at = Event::new(&model.store).recorded_at;
    let (wrong, kind) = order::out_of_turn(model);
    let raise = raise(model, view, &kind, None);
    if !is_timed(model) {
        return format!("IF {wrong} THEN\n  {raise}\nEND IF;");
    }
    format!(
        "IF {wrong} OR {recorded_at} > es_until OR es_past THEN
  es_past := es_past OR coalesce({recorded_at} > es_until, false);
  CONTINUE WHEN es_past;
  {raise}
END IF;",
    )
}
