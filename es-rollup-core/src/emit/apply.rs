//! The trigger's function in the statement form: folds the rows of one statement, in whatever order they come.

use super::base;
use super::catch_up::has_more;
use super::constraints;
use super::direct::direct;
use super::event::{and_is_recorded, open, selected, taken, unselected};
use super::filter;
use super::function::Function;
use super::guarded::within;
use super::members::{self, Members};
use super::names::{Event, ID, NEW, Names, ROW, SEQUENCE, VERSION};
use super::order::{self, FIRST};
use super::ordinary::{declared, ordinary};
use super::others;
use super::qualify::qualify;
use super::raise::{raise, unreached};
use super::relation;
use super::replays;
use super::singles::{VARIABLES, singles};
use super::step::{Held, beginning, step, variables};
use super::text::{ident, indent, part, where_true};
use super::transaction::folded_here;
use super::write;
use crate::ErrorKind;
use crate::model::{Fact, Model, Part, View};

pub(super) fn apply(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    let (declared, short, big) = match ordinary(model, view) {
        Some(ordinary) => (declared(&ordinary), short(model, view, &ordinary), String::new()),
        None => ("", String::new(), format!("{}\n", qualify(&indent(&big(model), 2)))),
    };
    let counted = if singles(model, view).is_some() { VARIABLES } else { "" };
    let direct = direct(model, view);
    let body = format!(
        "#variable_conflict use_column
<<es>>
DECLARE
{variables}{declared}{counted}{grown}
  es_direct boolean := {direct};  -- whether single rows can be found and written here
  es_ids {id_type}[];  -- the statement's entities that may have a row, in their order
  es_many boolean;  -- whether the rows are found and written together
  es_path pg_catalog.text;  -- the session's settings
  es_seqscan pg_catalog.text;
  es_jit pg_catalog.text;
  es_set pg_catalog.text;  -- what a setting was set to
  es_stored CURSOR FOR  -- the rows of all of them, in that order
    SELECT r.*
    FROM unnest(es.es_ids) WITH ORDINALITY AS n (es_id, es_place)
      LEFT JOIN LATERAL (SELECT r.* FROM {rollup} AS r WHERE r.{ID} = n.es_id OFFSET 0) AS r ON true
    ORDER BY n.es_place;
  es_rows {rollup}[];  -- the rows of earlier entities that are not written yet
  es_bases bigint[];  -- the versions of those rows in the table
  es_written bigint;
  es_more bigint;
BEGIN
{relation}
{short}{big}  -- The rest runs under a search path of its own.
  es_path := pg_catalog.current_setting('search_path');
  es_set := pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  SELECT {looked_up}, {together} INTO es_ids, es_many
  FROM (SELECT e.{id}::{id_type} AS es_id, min(e.{sequence}) AS es_first FROM {NEW} AS e{only} GROUP BY 1) AS e;
  IF es_many THEN
    -- Rows are found by index, also by plans that outlast the statistics that they were made from. Their costs are no
    -- measure of their work.
    es_seqscan := current_setting('enable_seqscan');
    es_jit := coalesce(es_jit, current_setting('jit'));
    es_set := set_config('enable_seqscan', 'off', true);
    es_set := set_config('jit', 'off', true);
    es_stored := NULL;  -- a separate name for each call, since a trigger can run within a trigger
    OPEN es_stored;
  END IF;
  FOR es_event IN
    SELECT {selected}
    FROM {NEW} AS e{only}
    -- The last row, without an entity, ends the one before it.
    UNION ALL SELECT {unselected}
    ORDER BY {id}, {sequence}
  LOOP
{taken}
{open}
{turn}
{step}
  END LOOP;
  IF es_many THEN
    CLOSE es_stored;
    es_set := set_config('enable_seqscan', es_seqscan, true);
  END IF;
  IF es_jit IS NOT NULL THEN
    es_set := set_config('jit', es_jit, true);
  END IF;
  es_set := set_config('search_path', es_path, true);
  RETURN NULL;
END",
        only = filter::only(model, "e"),
        grown = direct.declared,
        direct = direct.condition,
        looked_up = order::looked_up(model),
        // A stream that may have ended is looked up in the event table, and one that may be archived among the bases, by a
        // plan that every later call uses too.
        together = if model.has_delete() || model.archive { "true" } else { "count(*) > 1 OR NOT es_direct" },
        variables = qualify(&format!(
            "  es_event record;  -- the current event{first}\n{variables}{members}",
            first = order::kept(model),
            variables = variables(model, view, Held::Declared),
            members = members::variables(view),
        )),
        id_type = part(&model.store.id_type, Part::Qualified),
        rollup = names.rollup,
        selected = selected(model),
        unselected = unselected(model),
        relation = indent(&relation::statement(model, view), 2),
        taken = indent(&taken(model), 4),
        open = indent(&open(model), 4),
        turn = indent(&turn(model, view, &names), 4),
        step = indent(&step(model, view, Members::Collected), 4),
    );
    Function::hot(
        "-- Folds the events of one statement: each entity's in the order of their sequence, with one write per entity. It runs
-- under any search path: up to where it sets one, whatever is looked up by name has its schema.",
        &names.apply,
        model,
        &body,
    )
}

/// What happens before an event is folded. Most events follow the one before them; others belong to the next entity, or
/// do not follow.
fn turn(model: &Model, view: &View, names: &Names) -> String {
    let deletes = model.has_delete();
    let catch_up = order::catch_up(model, view, "es_entity", FIRST);
    let event = Event::new(&model.store);
    format!(
        "IF {event_id} = es_entity AND {follows}{and_there_is_room} THEN
  NULL;  -- the next event
ELSE{merged}
  IF {event_id} IS DISTINCT FROM es_entity THEN
{end}
    EXIT WHEN {event_id} IS NULL;
    es_entity := {event_id};{first}
    {begins}IF es_many THEN
      FETCH es_stored INTO {ROW};
    ELSE
      SELECT r.* INTO {ROW} FROM {rollup} AS r WHERE r.{ID} = es.es_entity;
    END IF;
    es_base := coalesce({ROW}.{VERSION}, 0);
    es_version := es_base;{undeleted}{begun}
  END IF;
  IF es_version IS NULL THEN
    NULL;  -- folded from the event table
  ELSIF {next} <= es_base THEN
    -- Already folded. That is fine if a later command of this transaction did it (a trigger that itself
    -- inserts events); otherwise the row is ahead of the event table.
    CONTINUE WHEN {next} > 0 AND {folded};
    {replay}
  ELSIF {strays} THEN
    -- {why}
{caught_up}
    es_version := NULL;  -- nothing is left to fold
  END IF;
  IF es_version IS NULL THEN
    IF {next} > es_base THEN
      {unreached};
    END IF;
    CONTINUE;
  END IF;
{beginning}
END IF;",
        beginning = indent(&beginning(model, view), 2),
        event_id = event.id,
        next = event.sequence,
        and_there_is_room = members::and_there_is_room(view),
        merged = indent(&members::merged(view), 2),
        begun = indent(&members::begun(view, None), 4),
        end = indent(&end(model, view, names), 4),
        rollup = names.rollup,
        undeleted = if deletes { "\n    es_deleted := false;" } else { "" },
        folded = indent(&folded_here(model, view), 4).trim_start(),
        replay = raise(model, view, &format!("'{}'", ErrorKind::Replay.sqlstate()), None),
        caught_up =
            indent(&format!("{}es_base := {catch_up};", base::refused::replayed(model, view, SEQUENCE)), 4),
        why = if deletes {
            "The row is behind or gone, or an event is missing: fold from the event table."
        } else {
            "The row is behind, or an event is missing: fold from the event table."
        },
        follows = order::follows(model),
        first = order::taken(model),
        begins = order::begins(model)
            .map(|begins| format!("IF {begins} THEN\n      {ROW} := NULL;  -- there is no row yet\n    ELS"))
            .unwrap_or_default(),
        strays = indent(&order::strays(model), 2).trim_start(),
        unreached = unreached(model, view, "es_entity", SEQUENCE, "es_base"),
    )
}

/// Skips the loop if the statement has a single event, and that is an ordinary one, or has one of each entity.
fn short(model: &Model, view: &View, ordinary: &str) -> String {
    let id = ident(&model.store.id);
    let several = singles(model, view).map(|(types, text)| {
        let text = format!(
            "    IF es_direct AND es_event.es_second <> {} THEN\n{}\n    END IF;\n",
            Event::new(&model.store).id,
            indent(&text, 6)
        );
        types.into_iter().fold(text, |text, ty| where_true(&ty, Fact::Qualified, || text))
    });
    qualify(&format!(
        "  -- Usually a statement has one event.
  SELECT {selected}, (
    SELECT e.{id}::{id_type} FROM {NEW} AS e{only} OFFSET 1 LIMIT 1
  ) AS es_second INTO es_event
  FROM {NEW} AS e{only} LIMIT 1;
  IF es_event.es_second IS NOT NULL THEN
{big}
{several}  ELSIF es_direct{recorded} THEN
    es_entity := {event_id};
{taken}
{open}
{ordinary}
    es_entity := NULL;
  END IF;
",
        selected = selected(model),
        id_type = part(&model.store.id_type, Part::Qualified),
        only = filter::only(model, "e"),
        event_id = Event::new(&model.store).id,
        several = several.unwrap_or_default(),
        big = indent(&big(model), 4),
        recorded = and_is_recorded(model),
        taken = indent(&taken(model), 4),
        open = indent(&open(model), 4),
        ordinary = indent(ordinary, 4),
    ))
}

/// How many events a statement has whose plans PostgreSQL may compile.
const BIG: u32 = 1000;

/// Keeps PostgreSQL from compiling a plan that is made for many events: it would do so again whenever the plan is used.
fn big(model: &Model) -> String {
    let only = filter::only(model, "e");
    format!(
        "IF EXISTS (SELECT FROM {NEW} AS e{only} OFFSET {BIG}) THEN
  -- A plan that is made for so many events would be compiled at each later call, too.
  es_jit := current_setting('jit');
  es_set := set_config('jit', 'off', true);
END IF;"
    )
}

/// How many rows are collected, in memory, before they are written.
const KEPT: u32 = 1000;

/// Ends an entity's events: its row is written at once if it is the statement's only one, and otherwise collected until
/// there are many.
fn end(model: &Model, view: &View, names: &Names) -> String {
    // The catch-up function deletes the row of a stream that has ended.
    let ended = has_more(model).map(|(condition, why)| {
        format!(
            "ELSIF {condition} THEN\n  -- {why}.{}\n{}\n",
            indent(&replays(model, view), 2),
            indent(
                &format!(
                    "{}{}",
                    base::refused::replayed(model, view, order::first(model)),
                    caught_up(model, view)
                ),
                2
            )
        )
    });
    let ended = ended.unwrap_or_default();
    format!(
        "{moved}IF es_version IS NULL OR es_version = es_base THEN
  NULL;  -- nothing is left to write
{ended}ELSIF {event_id} IS NULL AND es_bases IS NULL AND es_direct THEN
  -- Usually a statement has one entity.
{one}
  IF NOT FOUND THEN
    -- The row exists or has moved.{replays}
    -- Another transaction has folded meanwhile: continue from the row as it is now.
{caught_up}
  {or_end}
ELSE
  es_rows := array_append(es_rows, {ROW});
  es_bases := array_append(es_bases, es_base);
END IF;
IF cardinality(es_bases) >= {KEPT} OR {event_id} IS NULL AND es_bases IS NOT NULL THEN
{many}
  IF es_written < cardinality(es_bases) THEN
    -- Some rows exist or have moved.{many_replays}
    -- Another transaction has folded some of them meanwhile: continue from their rows as they are now.
    {unreached}
    FROM (
      SELECT n.{ID}, n.{VERSION}, {catch_up} AS es_reached
      FROM unnest(es.es_rows) AS n LEFT JOIN {rollup} AS r ON r.{ID} = n.{ID}{firsts}
      WHERE {unwritten}
    ) AS n
    WHERE n.es_reached < n.{VERSION};
  END IF;
  es_rows := NULL;
  es_bases := NULL;
END IF;",
        moved = constraints::moved(view),
        event_id = Event::new(&model.store).id,
        replays = indent(&replays(model, view), 4),
        many_replays = indent(
            &replays::replays(model, view, &format!(" JOIN unnest(es.es_rows) AS n ON n.{ID} = r.{ID}")),
            4
        ),
        one = indent(&write::one(model, view), 2),
        caught_up = indent(&caught_up(model, view), 4),
        or_end = indent(&others::or_end(model, "es_entity", "es_base", "es_version"), 2).trim_start(),
        catch_up = order::catch_up(model, view, &format!("n.{ID}"), "m.es_first"),
        firsts = order::firsts(model),
        unwritten = order::unwritten(model),
        unreached = unreached(model, view, &format!("n.{ID}"), &format!("n.{VERSION}"), "n.es_reached"),
        many = indent(&within(model, view, &only(), &write::many(model, view)), 2),
        rollup = names.rollup,
    )
}

/// Refuses what the row of the current entity includes already.
fn replays(model: &Model, view: &View) -> String {
    replays::replays(model, view, &format!(" AND r.{ID} = es.es_entity"))
}

/// The entity of the collected rows, if there is only one.
fn only() -> String {
    format!("CASE cardinality(es_bases) WHEN 1 THEN (es_rows[1]).{ID}::text END")
}

/// Folds an entity that has ended from the event table, up to its last event in the statement.
fn caught_up(model: &Model, view: &View) -> String {
    format!(
        "es_base := {};
IF es_base < es_version THEN
  {};
END IF;",
        order::catch_up(model, view, "es_entity", FIRST),
        unreached(model, view, "es_entity", "es_version", "es_base")
    )
}
