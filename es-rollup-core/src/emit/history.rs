//! Folds the events that exist when the migration runs.

use super::base;
use super::filter;
use super::fold::{Range, call, reached};
use super::guarded::block;
use super::install::{in_one_transaction, raise_install};
use super::names::{ID, Names, VERSION};
use super::others;
use super::text::{ident, indent, literal, literals, part};
use super::write;
use crate::model::{Life, Model, Part, Tagging, View};

/// The most events that the migration folds by default: this takes some seconds, during which writers wait.
const LIMIT: u32 = 1_000_000;

pub(super) fn history(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let unfolded = unfolded(model, view);
    format!(
        "-- Folds the events that were stored before the trigger existed.
DO $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_limit pg_catalog.int8;
  es_ids {id_type}[];  -- the entities to fold; NULL for all
  es_entities pg_catalog.int8;
  es_path pg_catalog.text;
BEGIN
{transaction}
  PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
{limited}
  IF {some} THEN
    es_ids := ARRAY(
      SELECT DISTINCT e.{id}::{id_type}
{unfolded}        OR e.{sequence} < 1{archived}
    );
  END IF;
{written}
  -- Statistics of an empty table would mislead the planner.
  IF es_entities > 0 THEN
    ANALYZE {rollup};
  END IF;
{RESTORED}END
$es_rollup$;
",
        transaction = indent(&in_one_transaction(), 2),
        rollup = names.rollup,
        // Whether there is an entity that is not to be folded, or not from nothing.
        some = if model.has_delete() {
            "current_setting('es_rollup.again') = 'true'".to_string()
        } else {
            format!("EXISTS (SELECT FROM {})", names.rollup)
        },
        id = ident(&model.store.id),
        id_type = part(&model.store.id_type, Part::Name),
        sequence = ident(&model.store.sequence),
        archived = indent(&base::known::or_without_row(model, &names), 6),
        written = indent(&block(model, "NULL::text", &written(model, view, &names)), 2),
        limited = indent(
            &limited(
                &format!(
                    "SELECT\n{}",
                    unfolded.trim_end().replace("\n      ", "\n").replacen("      ", "", 1)
                ),
                "are not folded yet",
                "Writers"
            ),
            2
        ),
    )
}

/// Restores the session's settings, at the end of a migration; the block declares `es_path`.
pub(super) const RESTORED: &str = "  -- Restores the session's settings.
  es_path := current_setting('es_rollup.search_path', true);
  PERFORM set_config('row_security', current_setting('es_rollup.row_security', true), true);
  PERFORM set_config('es_rollup.search_path', '', true);
  PERFORM set_config('search_path', substr(es_path, 2), true);
";

/// Refuses to fold more events than a migration may; the block declares `es_limit`. `events` selects them, and `who` waits.
pub(super) fn limited(events: &str, which: &str, who: &str) -> String {
    format!(
        "es_limit := coalesce(nullif(current_setting('es_rollup.history_limit', true), '')::bigint, {LIMIT});
IF es_limit < (
  SELECT count(*)
  FROM (
{events}
    LIMIT es_limit + 1
  ) AS es_unfolded
) THEN
  {too_many}
END IF;",
        events = indent(events, 4),
        too_many = raise_install(
            &format!("format('more than %s events {which}', es_limit)"),
            &format!(
                "{who} would wait while they are folded. If they may wait, run SET es_rollup.history_limit = N with a larger N before the migration."
            ),
            4,
        ),
    )
}

/// One statement that folds the entities and writes their rows.
fn written(model: &Model, view: &View, names: &Names) -> String {
    // Where all entities are folded, no rows are stored.
    let stored = "es.es_ids IS NOT NULL";
    let (goes, stays, dropped) = if model.has_delete() {
        let dropped = format!(
            ", es_dropped AS (
  DELETE FROM {} AS r USING es_folded AS f WHERE f.es_deleted AND r.{ID} = (f.es_state).{ID}
)",
            names.rollup
        );
        ("f.es_deleted, ", "NOT f.es_deleted AND ", dropped)
    } else {
        ("", "", String::new())
    };
    format!(
        "WITH es_folded AS MATERIALIZED (
  SELECT {goes}f.es_state, r.{VERSION} AS es_base
  FROM {fold} AS f
    LEFT JOIN {rollup} AS r ON r.{ID} = (f.es_state).{ID}
){dropped}, es_moved AS (
{moved}
), es_missing AS (
{missing}
)
SELECT {count} INTO es_entities FROM es_folded AS f;{ended}",
        fold = call(model, &Range { ids: "es.es_ids", stored, ..Range::ALL }),
        rollup = names.rollup,
        count = if model.has_others() {
            let (entity, base) = (format!("(f.es_state).{ID}"), "coalesce(f.es_base, 0)");
            others::call_for_all(model, &entity, base, &reached(model, "f"))
        } else {
            "count(*)".into()
        },
        ended = if model.has_delete() { ended(model, names) } else { String::new() },
        moved = indent(&write::behind(model, view, "es_folded", &format!("{stays}f.es_base IS NOT NULL")), 2),
        missing = indent(&write::missing(model, view, "es_folded", &format!("{stays}f.es_base IS NULL")), 2),
    )
}

/// Deletes the rows of the views whose entities have ended.
fn ended(model: &Model, names: &Names) -> String {
    let delete = |view: &View| {
        format!(
            "\nDELETE FROM {} AS v WHERE NOT EXISTS (SELECT FROM {} AS r WHERE r.{ID} = v.{ID});",
            Names::new(&model.store, view).rollup,
            names.rollup
        )
    };
    model.views.iter().map(delete).collect()
}

/// The events that no row includes yet, from the FROM clause on. If the rollup existed before, streams that have ended
/// were folded and no longer have a row.
fn unfolded(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    let (ended, and_not_ended) = match deletes(model) {
        None => (String::new(), String::new()),
        Some(deletes) => (
            format!(
                "
        LEFT JOIN (
          -- A stream that has ended was folded before and no longer has a row.
          SELECT l.{id} AS id
          FROM {events} AS l
          WHERE current_setting('es_rollup.again') = 'true'{and_l}
            AND {deletes}
            AND NOT EXISTS (
              SELECT FROM {events} AS n WHERE n.{id} = l.{id}{and_n} AND n.{sequence} > l.{sequence}
            )
        ) AS d ON d.id = e.{id}",
                events = names.events,
                and_l = filter::and(model, "l"),
                and_n = filter::and(model, "n"),
            ),
            format!(" AND (d.id IS NULL OR r.{VERSION} IS NOT NULL)"),
        ),
    };
    format!(
        "      FROM {events} AS e LEFT JOIN {rollup} AS r ON r.{ID} = e.{id}{ended}
      WHERE e.{sequence} > coalesce(r.{VERSION}, 0){and_not_ended}{and_not_archived}
",
        and_not_archived = base::known::and_not_archived(model, &names, "e"),
        // As a table of its own, because callers append to the condition.
        events = match filter::only(model, "e").as_str() {
            "" => names.events,
            only => format!("(SELECT e.* FROM {} AS e{only})", names.events),
        },
        rollup = names.rollup,
    )
}

/// Whether an event `l` deletes its entity; `None` if no event of the enum does.
fn deletes(model: &Model) -> Option<String> {
    if !model.has_delete() {
        return None;
    }
    let chosen =
        |delete: bool| model.variants.iter().filter(move |variant| (variant.life == Life::Delete) == delete);
    let wire = |delete: bool| literals(chosen(delete).flat_map(|variant| &variant.wire));
    let payload = format!("l.{}", ident(&model.store.payload));
    let tag = match &model.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => {
            let key = literal(tag);
            format!("CASE jsonb_typeof({payload} -> {key}) WHEN 'string' THEN {payload} ->> {key} END")
        }
        Tagging::Separate { column } => format!("l.{}", ident(column)),
        Tagging::External => format!(
            "CASE jsonb_typeof({payload})
              WHEN 'string' THEN {payload} #>> '{{}}'
              WHEN 'object' THEN (SELECT min(k.key) FROM jsonb_object_keys({payload}) AS k (key) HAVING count(*) = 1)
            END"
        ),
    };
    let (is_among, names) = if chosen(true).any(|variant| variant.other) {
        ("<> ALL", wire(false))
    } else {
        ("= ANY", wire(true))
    };
    Some(format!("{tag} {is_among} (ARRAY[{names}]::text[])"))
}
