//! The function that ends a change once each row is the fold of its events.

use super::super::function::{Function, PINNED};
use super::super::install::{isolation_of, raise_install};
use super::super::names::Names;
use super::super::plan::{self, ObjectKind};
use super::super::text::{indent, literal, part};
use super::scan::COMMITTED;
use super::touched::FILLS;
use super::{Between, locks, tables};
use crate::model::Part;

pub(super) fn finish(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let unfilled = raise_install(
        &format!(
            "format('%s entities of %s are not filled yet%s', es_left, {}, es_why)",
            literal(&names.rollup)
        ),
        &format!(
            "Fill them: CALL {}(). If some do not fold, {} has the errors: correct their events and call it again, or go back to the model before.",
            names.fill, names.todo
        ),
        6,
    );
    Function {
        remark: "-- What is left once each row is the fold of its events.",
        name: &names.finish,
        arguments: "",
        returns: "void",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED],
    }
    .text(&format!(
        "#variable_conflict use_column
DECLARE
  es_events pg_catalog.regclass := to_regclass({events});
  es_enabled pg_catalog.\"char\";
  es_left pg_catalog.int8;
  es_why pg_catalog.text;
BEGIN
{isolation}
  -- Waits for current writers, and makes new ones wait until the transaction ends.
{locks}
  IF to_regclass({todo}) IS NULL AND current_setting('{FILLS}', true) IS DISTINCT FROM 'false' THEN
    RETURN;  -- another session has ended the change meanwhile
  END IF;
  IF to_regclass({todo}) IS NOT NULL THEN
    -- Writers may have filled what did not fold before.
    DELETE FROM {todo_table} AS t
    WHERE t.refused IS NOT NULL AND EXISTS (SELECT FROM {done} AS d WHERE d.id = t.id);
    IF NOT EXISTS (SELECT FROM {todo_table} AS t WHERE t.id IS NULL) THEN
      {unlisted}
    END IF;
    SELECT count(*) INTO es_left FROM {todo_table} AS t WHERE t.id IS NOT NULL;
    es_why := coalesce((
      SELECT format('; %s does not fold: %s', t.id, t.refused)
      FROM {todo_table} AS t
      WHERE t.refused IS NOT NULL AND t.id IS NOT NULL
      ORDER BY t.id
      LIMIT 1
    ), '');
    IF es_left > 0 THEN
      {unfilled}
    END IF;
  END IF;
{after}
{triggers}
{ended}
END",
        events = literal(&names.events),
        isolation = indent(&isolation_of("the end of the fill", COMMITTED), 2),
        locks = indent(&locks::of_finish(between, &names), 2),
        todo = literal(&names.todo),
        todo_table = names.todo,
        done = names.done,
        unlisted = raise_install(
            &literal(&format!(
                "the entities of {} that are to be filled were not looked for yet",
                names.rollup
            )),
            &format!("Fill them: CALL {}().", names.fill),
            6,
        ),
        after = indent(&tables::after(between), 2),
        triggers = indent(&plan::created(new, &new.root, ObjectKind::Trigger).join("\n"), 2),
        ended = indent(&ended(between, &names), 2),
    ))
}

/// Drops what exists only while rows are filled.
pub(super) fn ended(between: &Between<'_>, names: &Names) -> String {
    format!(
        "IF to_regclass({todo}) IS NOT NULL THEN
  DROP TABLE {todo_table}, {done};
  DROP PROCEDURE {fill}(integer);
  DROP FUNCTION {filling}(), {step}({id_type}, bigint, bigint), {scan}(), {batch}(integer), {finish}();
END IF;",
        todo = literal(&names.todo),
        todo_table = names.todo,
        done = names.done,
        fill = names.fill,
        filling = names.filling,
        step = names.step,
        scan = names.scan,
        batch = names.batch,
        finish = names.finish,
        id_type = part(&between.new.store.id_type, Part::Name),
    )
}
