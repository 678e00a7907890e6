//! Drops everything that the migration created, and nothing else.

use super::base;
use super::install::{isolation, raise_install};
use super::names::Names;
use super::ownership::model_of;
use super::plan::{self, ObjectKind};
use super::preflight::lock;
use super::text::{ident, indent, literal, literals};
use crate::model::{Model, View};

/// The block's variables.
const DECLARED: &str = "DECLARE
  es_path pg_catalog.text := pg_catalog.current_setting('search_path');
  es_rollup pg_catalog.oid;
  es_functions pg_catalog.oid[];
  es_found pg_catalog.text;
  es_one pg_catalog.record;
";

/// The kinds in the order in which they are dropped, which is the opposite of that in which the migration creates them.
const DROPPED: [ObjectKind; 3] = [ObjectKind::Trigger, ObjectKind::Function, ObjectKind::Table];

/// What drops the objects of one kind, found before.
fn drops(model: &Model, kind: ObjectKind, names: &Names) -> String {
    match kind {
        ObjectKind::Table => {
            let views = model
                .others()
                .map(|view| format!("DROP TABLE IF EXISTS {};\n", Names::new(&model.store, view).rollup));
            let base =
                if model.archive { format!("DROP TABLE IF EXISTS {};\n", names.base) } else { String::new() };
            format!(
                "{views}{base}IF to_regclass({todo}) IS NOT NULL THEN
  DROP TABLE {}, {};
END IF;
IF es_rollup IS NOT NULL THEN
  DROP TABLE {};
END IF;",
                names.todo,
                names.done,
                names.rollup,
                todo = literal(&names.todo),
                views = views.collect::<String>(),
            )
        }
        ObjectKind::Function => "FOR es_one IN
  SELECT f.es_function::regprocedure AS es_name
  FROM unnest(es_functions) WITH ORDINALITY AS f (es_function, es_place)
  ORDER BY f.es_place
LOOP
  EXECUTE format('DROP ROUTINE %s', es_one.es_name);
END LOOP;"
            .into(),
        // By their functions, since the event table may have another name now.
        ObjectKind::Trigger => "FOR es_one IN
  SELECT t.tgname, t.tgrelid::regclass AS es_table
  FROM pg_trigger AS t
  WHERE t.tgfoid = ANY (es_functions) AND t.tgparentid = 0
LOOP
  EXECUTE format('DROP TRIGGER %I ON %s', es_one.tgname, es_one.es_table);
END LOOP;"
            .into(),
    }
}

/// What the block declares and finds of the views, and whether a table is one of the rollup's.
fn of_views(model: &Model) -> [String; 3] {
    let names = Names::new(&model.store, &model.root);
    let (todo, done) = (literal(&names.todo), literal(&names.done));
    // Those that exist only while rows are filled after a change, and the bases of archived entities.
    let base = if model.archive { format!(", to_regclass({})", literal(&names.base)) } else { String::new() };
    let of_others = format!("c.oid IN (to_regclass({todo}), to_regclass({done}){base})");
    if !model.has_others() {
        return [String::new(), String::new(), format!("(c.oid = es_rollup OR {of_others})")];
    }
    let tables = model
        .others()
        .map(|view| format!("to_regclass({})", literal(&Names::new(&model.store, view).rollup)));
    let functions = model.others().map(|view| {
        let functions = existing(&plan::functions(model, view), &view.table.schema);
        format!("\n  es_functions := es_functions || {functions};")
    });
    [
        "  es_views pg_catalog.oid[];\n".into(),
        format!(
            "{}\n  es_views := ARRAY[{}]::oid[];",
            functions.collect::<String>(),
            tables.collect::<Vec<_>>().join(", ")
        ),
        format!("(c.oid = es_rollup OR c.oid = ANY (es_views) OR {of_others})"),
    ]
}

/// The functions with these names in a schema, the last first.
fn existing(names: &[String], schema: &str) -> String {
    format!(
        "ARRAY(
    SELECT p.oid
    FROM unnest(ARRAY[{functions}]) WITH ORDINALITY AS n (es_name, es_place) JOIN pg_proc AS p ON p.proname = n.es_name
    WHERE p.pronamespace = to_regnamespace({schema}) AND (p.pronargs = 0 OR starts_with(p.proargnames[1], 'es_'))
    ORDER BY n.es_place
  )",
        functions = literals(names.iter().rev()),
        schema = literal(&ident(schema)),
    )
}

/// The check that no entity is archived, and what is lost, in words.
fn of_bases(model: &Model, names: &Names) -> (String, &'static str) {
    if !model.archive {
        return (String::new(), "Nothing is lost, since it is derived from its events");
    }
    let unused = base::refused::is_unused(names, "and nothing else holds what they were");
    let unused = format!(
        "-- A base that a policy hides is an error.
es_found := current_setting('row_security');
PERFORM set_config('row_security', 'off', true);
{unused}
PERFORM set_config('row_security', es_found, true);"
    );
    (format!("\n{}\n", indent(&unused, 2)), "It refuses to while entities are archived")
}

pub(super) fn revert(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let [declared, of_views, is_table] = of_views(model);
    let (unused, lost) = of_bases(model, &names);
    let mut functions = plan::functions(model, view);
    functions.extend(plan::fill_functions(view));
    format!(
        "-- Drops the rollup {rollup}. {lost}. It is a single statement, so that
-- it drops everything or nothing.
DO $es_rollup$
{DECLARED}{declared}BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
{isolation}
  -- Waits for a migration of this rollup that is in progress.
  PERFORM pg_advisory_xact_lock(hashtextextended({lock}, 0));

  -- The existing objects in the order in which they are dropped, and whether they belong to a rollup: a rollup is recognised by its model function.
  es_rollup := to_regclass({rollup_name});
  es_functions := {functions};{of_views}
  es_found := ({model_of});
  IF es_found IS NULL AND (es_rollup IS NOT NULL OR cardinality(es_functions) > 0) THEN
    {none}
  END IF;
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text, c.relowner FROM pg_class AS c WHERE {is_table}
      UNION ALL
      SELECT p.oid::regprocedure::text, p.proowner FROM pg_proc AS p WHERE p.oid = ANY (es_functions)
    ) AS n (es_name, es_owner)
    -- The owner of the table with the trigger, or else of the event table.
    WHERE n.es_owner <> coalesce(
      (SELECT min(c.relowner) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgfoid = ANY (es_functions)),
      (SELECT c.relowner FROM pg_class AS c WHERE c.oid = to_regclass({events})),
      n.es_owner
    )
  );
  IF es_found IS NOT NULL THEN
    {planted}
  END IF;

  -- The triggers, on whichever table has them now. Writers lock it before the rollup, and so does this.
  FOR es_one IN
    SELECT DISTINCT t.tgrelid::regclass AS es_table
    FROM pg_trigger AS t
    WHERE t.tgfoid = ANY (es_functions) AND t.tgparentid = 0
      AND pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = t.tgrelid), 'USAGE')
    ORDER BY es_table
  LOOP
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', es_one.es_table);
  END LOOP;
{unused}
  -- Checks every privilege before anything is dropped.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text, c.relowner FROM pg_class AS c WHERE {is_table}
      UNION ALL
      SELECT p.oid::regprocedure::text, p.proowner FROM pg_proc AS p WHERE p.oid = ANY (es_functions)
      UNION ALL
      SELECT c.oid::regclass::text, c.relowner
      FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
      WHERE t.tgfoid = ANY (es_functions)
    ) AS n (es_name, es_owner)
    WHERE NOT pg_has_role(n.es_owner, 'USAGE')
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('%s is not owned by %I, so the rollup is left as it is', es_found, current_user),
      HINT = 'Revert as the owner of the event table and the rollup.';
  END IF;

{drops}
  PERFORM set_config('search_path', es_path, true);
END
$es_rollup$;
",
        rollup = names.rollup,
        isolation = indent(&isolation(), 2),
        lock = lock(&names),
        rollup_name = literal(&names.rollup),
        functions = existing(&functions, &view.table.schema),
        drops = indent(&DROPPED.map(|kind| drops(model, kind, &names)).join("\n"), 2),
        model_of = indent(&model_of(&names), 2).trim_start(),
        events = literal(&names.events),
        none = raise_install(
            &literal(&format!("{} is not a rollup", names.rollup)),
            "The objects with its names were not created by this migration, and are left as they are.",
            4
        ),
        planted = raise_install(
            "format('%s is not owned by the owner of the event table, so the rollup is left as it is', es_found)",
            "Drop it if another role created it, or make the owner of the event table its owner.",
            4
        ),
    )
}
