//! The function that lists the entities to fill after a change.

use super::super::filter;
use super::super::function::{ALL_ROWS, Function, PINNED};
use super::super::install::isolation_of;
use super::super::names::{ID, Names, qualified};
use super::super::text::{FINGERPRINT, ident, indent, part};
use super::{Between, touched};
use crate::model::Part;

/// The beginning of the remark that says from which model a fill comes.
pub(super) const FROM: &str = "-- From the model ";

/// What to do at another isolation level.
pub(super) const COMMITTED: &str =
    "Run SET default_transaction_isolation = 'read committed' in the session before.";

/// The function that finds the entities to fill.
pub(super) fn scan(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let ids = listed(between, &names);
    Function {
        remark: "-- Lists the entities to fill, once, and returns how many are left. Those that did not fold are tried again.",
        name: &names.scan,
        arguments: "",
        returns: "bigint",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, ALL_ROWS],
    }
    .text(&format!(
        "#variable_conflict use_column
BEGIN
  {FROM}{was} to the model {FINGERPRINT}.
{isolation}
  LOCK TABLE {todo} IN SHARE ROW EXCLUSIVE MODE;
  -- A row without an id says that all are listed.
  IF NOT EXISTS (SELECT FROM {todo} AS t WHERE t.id IS NULL) THEN
    INSERT INTO {todo} (id)
{ids}
    ON CONFLICT DO NOTHING;
    INSERT INTO {todo} (id) VALUES (NULL);
  END IF;
  -- What did not fold is tried again.
  UPDATE {todo} AS t SET refused = NULL WHERE t.refused IS NOT NULL;
  RETURN (SELECT count(*) FROM {todo} AS t WHERE t.id IS NOT NULL);
END",
        was = between.was(),
        isolation = indent(&isolation_of("the scan", COMMITTED), 2),
        todo = names.todo,
        ids = indent(&ids, 4),
    ))
}

/// Selects the ids of these entities.
fn listed(between: &Between<'_>, names: &Names) -> String {
    let new = between.new;
    let id = ident(&new.store.id);
    let (events, id_type) = (&names.events, part(&new.store.id_type, Part::Name));
    if let Some(condition) = touched::condition(between) {
        // Also the entities that have no row, for example after a dump was restored without the rollup.
        return format!(
            "SELECT DISTINCT e.{id}::{id_type}
FROM {events} AS e LEFT JOIN {rollup} AS r ON r.{ID} = e.{id}
WHERE ({condition} OR r.{ID} IS NULL){and_filter}",
            rollup = names.rollup,
            and_filter = filter::and(new, "e"),
        );
    }
    let events = format!("SELECT e.{id}::{id_type} FROM {events} AS e{}", filter::only(new, "e"));
    // Also rows that have lost their events.
    let tables = new.tables().map(|view| format!("SELECT v.{ID} FROM {} AS v", qualified(&view.table)));
    [events].into_iter().chain(tables).collect::<Vec<_>>().join("\nUNION\n")
}
