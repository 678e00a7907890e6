-- Drops the rollup "public"."core_user_events_rollup". Nothing is lost, since it is derived from its events. It is a single statement, so that
-- it drops everything or nothing.
DO $es_rollup$
DECLARE
  es_path pg_catalog.text := pg_catalog.current_setting('search_path');
  es_rollup pg_catalog.oid;
  es_functions pg_catalog.oid[];
  es_found pg_catalog.text;
  es_one pg_catalog.record;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the migration runs at isolation level %s, at which it would not see what is committed while it waits', current_setting('transaction_isolation')),
      HINT = 'Begin its transaction with BEGIN ISOLATION LEVEL READ COMMITTED.';
  END IF;
  -- Waits for a migration of this rollup that is in progress.
  PERFORM pg_advisory_xact_lock(hashtextextended('es-rollup "public"."core_user_events_rollup"', 0));

  -- The existing objects in the order in which they are dropped, and whether they belong to a rollup: a rollup is recognised by its model function.
  es_rollup := to_regclass('"public"."core_user_events_rollup"');
  es_functions := ARRAY(
    SELECT p.oid
    FROM unnest(ARRAY['core_user_events_rollup_fill', 'core_user_events_rollup_finish', 'core_user_events_rollup_batch', 'core_user_events_rollup_scan', 'core_user_events_rollup_filling', 'core_user_events_rollup_step', 'core_user_events_rollup_truncate', 'core_user_events_rollup_edited', 'core_user_events_rollup_replica', 'core_user_events_rollup_each', 'core_user_events_rollup_apply', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_folded', 'core_user_events_rollup_verify', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_refold', 'core_user_events_rollup_changes', 'core_user_events_rollup_as_of', 'core_user_events_rollup_at', 'core_user_events_rollup_fold', 'core_user_events_rollup_leaves', 'core_user_events_rollup_small', 'core_user_events_rollup_extended', 'core_user_events_rollup_plain', 'core_user_events_rollup_guarded', 'core_user_events_rollup_unseen', 'core_user_events_rollup_refuse', 'core_user_events_rollup_model']) WITH ORDINALITY AS n (es_name, es_place) JOIN pg_proc AS p ON p.proname = n.es_name
    WHERE p.pronamespace = to_regnamespace('"public"') AND (p.pronargs = 0 OR starts_with(p.proargnames[1], 'es_'))
    ORDER BY n.es_place
  );
  es_found := (SELECT p.prosrc FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."core_user_events_rollup_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0);
  IF es_found IS NULL AND (es_rollup IS NOT NULL OR cardinality(es_functions) > 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is not a rollup',
      HINT = 'The objects with its names were not created by this migration, and are left as they are.';
  END IF;
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text, c.relowner FROM pg_class AS c WHERE (c.oid = es_rollup OR c.oid IN (to_regclass('"public"."core_user_events_rollup_es_todo"'), to_regclass('"public"."core_user_events_rollup_es_done"')))
      UNION ALL
      SELECT p.oid::regprocedure::text, p.proowner FROM pg_proc AS p WHERE p.oid = ANY (es_functions)
    ) AS n (es_name, es_owner)
    -- The owner of the table with the trigger, or else of the event table.
    WHERE n.es_owner <> coalesce(
      (SELECT min(c.relowner) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgfoid = ANY (es_functions)),
      (SELECT c.relowner FROM pg_class AS c WHERE c.oid = to_regclass('"public"."core_user_events"')),
      n.es_owner
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s is not owned by the owner of the event table, so the rollup is left as it is', es_found),
      HINT = 'Drop it if another role created it, or make the owner of the event table its owner.';
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

  -- Checks every privilege before anything is dropped.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text, c.relowner FROM pg_class AS c WHERE (c.oid = es_rollup OR c.oid IN (to_regclass('"public"."core_user_events_rollup_es_todo"'), to_regclass('"public"."core_user_events_rollup_es_done"')))
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

  FOR es_one IN
    SELECT t.tgname, t.tgrelid::regclass AS es_table
    FROM pg_trigger AS t
    WHERE t.tgfoid = ANY (es_functions) AND t.tgparentid = 0
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', es_one.tgname, es_one.es_table);
  END LOOP;
  FOR es_one IN
    SELECT f.es_function::regprocedure AS es_name
    FROM unnest(es_functions) WITH ORDINALITY AS f (es_function, es_place)
    ORDER BY f.es_place
  LOOP
    EXECUTE format('DROP ROUTINE %s', es_one.es_name);
  END LOOP;
  IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL THEN
    DROP TABLE "public"."core_user_events_rollup_es_todo", "public"."core_user_events_rollup_es_done";
  END IF;
  IF es_rollup IS NOT NULL THEN
    DROP TABLE "public"."core_user_events_rollup";
  END IF;
  PERFORM set_config('search_path', es_path, true);
END
$es_rollup$;
