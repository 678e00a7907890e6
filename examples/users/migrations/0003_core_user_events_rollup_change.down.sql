-- es-rollup 9e9e9a3fa4da859e: changes the rollup "public"."core_user_events_rollup" from the model 30afef7d5a487e90.
-- Generated from the changes of the enum UserEvent. Run it as the owner of the event table. It changes the tables in place:
-- grants, policies, views and indexes on them stay. It is a single statement, so that it changes everything or nothing.

DO $es_rollup_change$
BEGIN

-- Refuses to change a rollup that is not at the model from which the migration starts.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass;
  es_found pg_catalog.text;
BEGIN
  -- Until the end of the migration, names without a schema are PostgreSQL's own, and a row that a policy hides is an
  -- error.
  PERFORM pg_catalog.set_config('es_rollup.search_path',
    pg_catalog.concat('=', pg_catalog.current_setting('search_path')), true);
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  PERFORM set_config('es_rollup.row_security', current_setting('row_security'), true);
  PERFORM set_config('row_security', 'off', true);
  IF current_setting('server_version_num')::integer < 140000 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the rollup needs PostgreSQL 14 or newer',
      HINT = 'Upgrade the server.';
  END IF;
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the migration runs at isolation level %s, at which it would not see what is committed while it waits', current_setting('transaction_isolation')),
      HINT = 'Begin its transaction with BEGIN ISOLATION LEVEL READ COMMITTED.';
  END IF;
  es_events := to_regclass('"public"."core_user_events"');
  IF es_events IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the event table "public"."core_user_events" does not exist',
      HINT = 'Create it first, or name it with its schema: #[rollup(events = "schema.table")].';
  END IF;
  IF (SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events" is not an ordinary table (it is partitioned, a partition, inherited or a view)',
      HINT = 'A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('only the owner of "public"."core_user_events" can install a rollup on it, and %I is not the owner', current_user),
      HINT = format('Run SET ROLE %I before the migration.',
        (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
  END IF;
  es_found := (
    SELECT p.prosrc FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."core_user_events_rollup_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF es_found IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is not installed',
      HINT = 'Run the migrations that come before this one.';
  END IF;
  IF strpos(es_found, '{"fingerprint":"9e9e9a3fa4da859e"') > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is at the model 9e9e9a3fa4da859e already',
      HINT = 'Nothing is left to do: the migration has run before, or the rollup was installed with this model.';
  END IF;
  IF strpos(es_found, '{"fingerprint":"30afef7d5a487e90"') = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s is at the model %s, but this migration starts from 30afef7d5a487e90', '"public"."core_user_events_rollup"', substring(es_found FROM '"fingerprint":"([0-9a-f]+)"')),
      HINT = 'Run the migrations between the two models first. If there are none, write one: ES_ROLLUP_MIGRATIONS=write cargo test es_rollup_migrations.';
  END IF;
  IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."core_user_events_rollup_scan"()') AND strpos(p.prosrc, '-- From the model 9e9e9a3fa4da859e ') > 0
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."core_user_events_rollup_fill"().';
  END IF;
  -- One migration of this rollup at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended('es-rollup "public"."core_user_events_rollup"', 0));
END
$es_rollup$;

-- Waits for current writers, and makes new ones wait until the migration commits. The event table is locked before the
-- rollup, as writers do. Each try is short, and gives back what it has got, so that nobody waits long behind it.
DO $es_rollup$
DECLARE
  es_patience pg_catalog.text := coalesce(nullif(current_setting('es_rollup.patience', true), ''), '60 s');
  es_begun pg_catalog.timestamptz := clock_timestamp();
  es_timeout pg_catalog.text := current_setting('lock_timeout');
  es_wait pg_catalog.text := '100ms';
  es_pids pg_catalog.text;
  -- Databases that were copied have the same numbers for their tables.
  es_database pg_catalog.oid := (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database());
BEGIN
  LOOP
    BEGIN
      PERFORM set_config('lock_timeout', es_wait, true);
      LOCK TABLE "public"."core_user_events" IN SHARE ROW EXCLUSIVE MODE;
      LOCK TABLE "public"."core_user_events_rollup" IN ACCESS EXCLUSIVE MODE;
      IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL THEN
        LOCK TABLE "public"."core_user_events_rollup_es_todo", "public"."core_user_events_rollup_es_done" IN ACCESS EXCLUSIVE MODE;
      END IF;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF clock_timestamp() > es_begun + es_patience::interval THEN
        es_pids := (
          SELECT string_agg(DISTINCT l.pid::text, ', ')
          FROM pg_locks AS l
          WHERE l.granted AND l.pid <> pg_backend_pid() AND l.relation IN ('"public"."core_user_events"'::regclass, '"public"."core_user_events_rollup"'::regclass) AND l.database = es_database
        );
        RAISE EXCEPTION USING ERRCODE = 'RU020',
            MESSAGE = format('the event table and the rollup could not be locked in %s; processes that use them: %s', es_patience, coalesce(es_pids, 'none by now, or a prepared transaction')),
            HINT = 'Try again when no long transaction uses them, or run SET es_rollup.patience = ''10 min'' before.';
      END IF;
      -- An autovacuum yields only to a session that has waited for longer than this.
      es_wait := CASE
        WHEN EXISTS (
          SELECT FROM pg_locks AS l
          WHERE l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND l.relation IN ('"public"."core_user_events"'::regclass, '"public"."core_user_events_rollup"'::regclass)
            AND l.database = es_database
        ) THEN (SELECT (s.setting::bigint + 200)::text FROM pg_settings AS s WHERE s.name = 'deadlock_timeout')
        ELSE '100ms'
      END;
      PERFORM pg_sleep(0.1 + 0.2 * random());
    END;
  END LOOP;
  PERFORM set_config('lock_timeout', es_timeout, true);
END
$es_rollup$;

-- Checks what can change while the migration waits for the lock.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass('"public"."core_user_events"');
  es_found pg_catalog.text;
  es_fits pg_catalog.bool;
BEGIN
  IF pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the migration does not run in one transaction',
      HINT = 'Begin a transaction before its first statement.';
  END IF;
  IF (SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events" is not an ordinary table (it is partitioned, a partition, inherited or a view)',
      HINT = 'A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('only the owner of "public"."core_user_events" can install a rollup on it, and %I is not the owner', current_user),
      HINT = format('Run SET ROLE %I before the migration.',
        (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
  END IF;
  IF (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
    RAISE WARNING USING MESSAGE = 'the owner of "public"."core_user_events" is a superuser, so the functions of the rollup run with all privileges',
      HINT = 'Let a role that is not a superuser own the event table, and migrate as that role.';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('uuid'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'id' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"id"', coalesce(es_found, 'missing'), concat_ws(' or ', 'uuid')),
      HINT = 'Alter the column, or name the Rust type of its ids: #[rollup(id = ...)].';
  END IF;
  IF EXISTS (
    SELECT
    FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation
    WHERE a.attrelid = es_events AND a.attname = 'id' AND NOT c.collisdeterministic
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'column "id" of "public"."core_user_events" has a collation that is not deterministic',
      HINT = 'Different ids could compare as equal. Give the column a deterministic collation, such as "C".';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'sequence' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"sequence"', coalesce(es_found, 'missing'), concat_ws(' or ', 'smallint', 'integer', 'bigint')),
      HINT = 'Alter the event table.';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('jsonb'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'event' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"event"', coalesce(es_found, 'missing'), concat_ws(' or ', 'jsonb')),
      HINT = 'Alter the event table.';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('timestamp with time zone'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'recorded_at' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"recorded_at"', coalesce(es_found, 'missing'), concat_ws(' or ', 'timestamp with time zone')),
      HINT = 'Alter the event table.';
  END IF;
  -- Concurrent writers rely on this index: two of them cannot both append an entity's next event.
  IF NOT EXISTS (
    SELECT
    FROM pg_index AS i
    WHERE i.indrelid = es_events AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
      AND (
        SELECT array_agg(a.attname ORDER BY a.attname)
        FROM pg_attribute AS a
        WHERE a.attrelid = es_events AND a.attnum = ANY ((i.indkey::smallint[])[0:1])
      ) = (SELECT array_agg(k ORDER BY k) FROM unnest(ARRAY['id', 'sequence']::name[]) AS k)
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events" has no unique index on ("id", "sequence") alone',
      HINT = 'Add UNIQUE ("id", "sequence"), not deferrable and not partial: it keeps two writers from appending the same event.';
  END IF;
  es_found := (
    SELECT p.prosrc FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."core_user_events_rollup_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF es_found IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is not installed',
      HINT = 'Run the migrations that come before this one.';
  END IF;
  IF strpos(es_found, '{"fingerprint":"9e9e9a3fa4da859e"') > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is at the model 9e9e9a3fa4da859e already',
      HINT = 'Nothing is left to do: the migration has run before, or the rollup was installed with this model.';
  END IF;
  IF strpos(es_found, '{"fingerprint":"30afef7d5a487e90"') = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s is at the model %s, but this migration starts from 30afef7d5a487e90', '"public"."core_user_events_rollup"', substring(es_found FROM '"fingerprint":"([0-9a-f]+)"')),
      HINT = 'Run the migrations between the two models first. If there are none, write one: ES_ROLLUP_MIGRATIONS=write cargo test es_rollup_migrations.';
  END IF;
  IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."core_user_events_rollup_scan"()') AND strpos(p.prosrc, '-- From the model 9e9e9a3fa4da859e ') > 0
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."core_user_events_rollup_fill"().';
  END IF;
  PERFORM set_config('es_rollup.earlier',
    split_part(coalesce((
      SELECT string_agg(t.line || E'\n', '' ORDER BY t.nth)
      FROM unnest(string_to_array(es_found, E'\n')) WITH ORDINALITY AS t (line, nth)
      WHERE starts_with(t.line, '-- earlier model ')
    ), '') || E'-- earlier model 30afef7d5a487e90\n', E'-- earlier model 9e9e9a3fa4da859e\n', 1), true);
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."core_user_events_rollup"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_model', 'core_user_events_rollup_refuse', 'core_user_events_rollup_unseen', 'core_user_events_rollup_guarded', 'core_user_events_rollup_plain', 'core_user_events_rollup_extended', 'core_user_events_rollup_small', 'core_user_events_rollup_leaves', 'core_user_events_rollup_fold', 'core_user_events_rollup_at', 'core_user_events_rollup_as_of', 'core_user_events_rollup_changes', 'core_user_events_rollup_refold', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_verify', 'core_user_events_rollup_folded', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_apply', 'core_user_events_rollup_each', 'core_user_events_rollup_replica', 'core_user_events_rollup_edited', 'core_user_events_rollup_truncate')
        AND pg_get_userbyid(p.proowner) <> current_user
    ) AS n (es_name)
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s has a name that the rollup needs, but is not owned by %I', es_found, current_user),
      HINT = 'Drop it, or make the owner of the event table its owner.';
  END IF;
  es_found := (
    SELECT min(p.oid::regprocedure::text)
    FROM pg_proc AS p
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_model', 'core_user_events_rollup_refuse', 'core_user_events_rollup_unseen', 'core_user_events_rollup_guarded', 'core_user_events_rollup_plain', 'core_user_events_rollup_extended', 'core_user_events_rollup_small', 'core_user_events_rollup_leaves', 'core_user_events_rollup_fold', 'core_user_events_rollup_at', 'core_user_events_rollup_as_of', 'core_user_events_rollup_changes', 'core_user_events_rollup_refold', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_verify', 'core_user_events_rollup_folded', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_apply', 'core_user_events_rollup_each', 'core_user_events_rollup_replica', 'core_user_events_rollup_edited', 'core_user_events_rollup_truncate')
    GROUP BY p.proname
    HAVING count(*) > 1
    LIMIT 1
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('another function has the same name as %s, but different arguments', es_found),
      HINT = 'Drop the other function: a call of the rollup''s function could reach it instead.';
  END IF;
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text, c.relowner
      FROM pg_class AS c
      WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('core_user_events_rollup_es_todo', 'core_user_events_rollup_es_done')
      UNION ALL
      SELECT p.oid::regprocedure::text, p.proowner
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_step', 'core_user_events_rollup_filling', 'core_user_events_rollup_scan', 'core_user_events_rollup_batch', 'core_user_events_rollup_finish', 'core_user_events_rollup_fill')
      UNION ALL
      SELECT y.oid::regtype::text, y.typowner
      FROM pg_type AS y
      WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname IN ('core_user_events_rollup_es_todo', 'core_user_events_rollup_es_done') AND y.typrelid = 0
    ) AS n (es_name, es_owner)
    WHERE pg_get_userbyid(n.es_owner) <> current_user
      OR to_regclass('"public"."core_user_events_rollup_es_todo"') IS NULL
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s has a name that the rollup needs while rows are filled', es_found),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."core_user_events_rollup"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."core_user_events_rollup"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."core_user_events_rollup"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."core_user_events_rollup"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = es_events AND t.tgname IN ('core_user_events_rollup', 'core_user_events_rollup_truncate', 'core_user_events_rollup_updated', 'core_user_events_rollup_deleted', 'core_user_events_rollup_guard')
      AND NOT (p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_model', 'core_user_events_rollup_refuse', 'core_user_events_rollup_unseen', 'core_user_events_rollup_guarded', 'core_user_events_rollup_plain', 'core_user_events_rollup_extended', 'core_user_events_rollup_small', 'core_user_events_rollup_leaves', 'core_user_events_rollup_fold', 'core_user_events_rollup_at', 'core_user_events_rollup_as_of', 'core_user_events_rollup_changes', 'core_user_events_rollup_refold', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_verify', 'core_user_events_rollup_folded', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_apply', 'core_user_events_rollup_each', 'core_user_events_rollup_replica', 'core_user_events_rollup_edited', 'core_user_events_rollup_truncate', 'core_user_events_rollup_step', 'core_user_events_rollup_filling', 'core_user_events_rollup_scan', 'core_user_events_rollup_batch', 'core_user_events_rollup_finish', 'core_user_events_rollup_fill'))
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the event table already has a trigger %s, but "public"."core_user_events_rollup" needs that name', es_found),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('core_user_events_rollup_pkey') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."core_user_events_rollup"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."core_user_events_rollup" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
END
$es_rollup$;

-- A new column holds what it would hold without events: nothing, zero or no members. A table with deferred checks that
-- are pending cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL THEN
  ALTER TABLE "public"."core_user_events_rollup" DROP CONSTRAINT IF EXISTS "es_required";
END IF;
DO $es_rollup$
DECLARE
  es_found pg_catalog.text;
BEGIN
  es_found := (
    SELECT min(pg_describe_object(d.classid, d.objid, d.objsubid))
    FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = '"public"."core_user_events_rollup"'::regclass AND a.attname IN ('reviews', 'finding')
      AND NOT EXISTS (
        -- That the column is not NULL is a constraint from PostgreSQL 18 on.
        SELECT FROM pg_constraint AS c
        WHERE d.classid = 'pg_constraint'::regclass AND c.oid = d.objid AND c.contype = 'n'
      )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s depends on a column of "public"."core_user_events_rollup" that the migration drops', es_found),
      HINT = 'Drop it first, or keep the column.';
  END IF;
END
$es_rollup$;
ALTER TABLE "public"."core_user_events_rollup" DROP COLUMN IF EXISTS "reviews";
ALTER TABLE "public"."core_user_events_rollup" DROP COLUMN IF EXISTS "finding";

-- The model of the rollup as JSON. A rollup is recognised by this function, which every dump contains.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_model"()
  RETURNS text
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
SELECT $es_rollup_model$
{"fingerprint":"9e9e9a3fa4da859e","model":{"format":3,"fingerprint":"9e9e9a3fa4da859e","meaning":{"types":{"t1":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t2":{"name":"text","qualified":"pg_catalog.text","identity":"text.1","accepts":"pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')","default":"''::pg_catalog.text","number":null,"order":" COLLATE pg_catalog.\"C\"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t3":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t4":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false}},"store":{"table":{"schema":"public","name":"core_user_events"},"id":"id","id_type":"t1","sequence":"sequence","order":"contiguous","payload":"event","recorded_at":"recorded_at"},"tagging":{"form":"internal","tag":"type"},"trigger":"statement","events":{"initialized":{"names":["initialized"],"other":false,"shape":"struct","life":"create"},"authentication_id_updated":{"names":["authentication_id_updated"],"other":false,"shape":"struct","life":"change"},"role_granted":{"names":["role_granted"],"other":false,"shape":"struct","life":"change"},"role_revoked":{"names":["role_revoked"],"other":false,"shape":"struct","life":"change"},"access_reviewed":{"names":["access_reviewed"],"other":false,"shape":"struct","life":"change"},"phone_confirmed":{"names":["phone_confirmed"],"other":false,"shape":"struct","life":"change"}},"root":{"table":{"schema":"public","name":"core_user_events_rollup"},"columns":{"email":{"type":"t2","kind":"value","nullable":false},"authentication_id":{"type":"t3","kind":"value","nullable":true},"role":{"type":"t4","kind":"value","nullable":true},"phone":{"type":"t2","kind":"value","nullable":true}},"constraints":{},"rules":{"initialized":[["email","set",{"keys":["email"],"type":"t2","many":false,"optional":false,"absent":"refused"}]],"authentication_id_updated":[["authentication_id","set",{"keys":["authentication_id"],"type":"t3","many":false,"optional":false,"absent":"refused"}]],"role_granted":[["role","set",{"keys":["role"],"type":"t4","many":false,"optional":false,"absent":"refused"}]],"role_revoked":[["role","clear",null]],"access_reviewed":[],"phone_confirmed":[["phone","set",{"keys":["phone"],"type":"t2","many":false,"optional":false,"absent":"refused"}]]}}},"labels":{"enum":"UserEvent","events":{"initialized":{"name":"Initialized"},"authentication_id_updated":{"name":"AuthenticationIdUpdated"},"role_granted":{"name":"RoleGranted"},"role_revoked":{"name":"RoleRevoked"},"access_reviewed":{"name":"AccessReviewed"},"phone_confirmed":{"name":"PhoneConfirmed"}},"expects":{"t1":"a UUID, as 32 hexadecimal digits with or without the usual hyphens","t2":"a string","t3":"a UUID, as 32 hexadecimal digits with or without the usual hyphens","t4":"a UUID, as 32 hexadecimal digits with or without the usual hyphens"}}}}
$es_rollup_model$
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_model" FROM PUBLIC;

-- Raises every error about an event. Values are not shown: messages end up in logs.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_refuse"(
  es_kind text, es_entity text, es_sequence bigint, es_version bigint, es_tag text,
  es_column text DEFAULT NULL, es_key text DEFAULT NULL, es_expects text DEFAULT NULL, es_value jsonb DEFAULT NULL
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
#variable_conflict use_variable
DECLARE
  es_message text;
  es_detail text;
  es_hint text;
  es_lower bigint;
BEGIN
  -- Rows may come in any order, and the first event is compared with the row only when it is written. The error is
  -- the one of the lowest sequence.
  SELECT min(e."sequence")::bigint INTO es_lower
  FROM "public"."core_user_events" AS e
    LEFT JOIN "public"."core_user_events_rollup" AS r ON r."id" = e."id"
    LEFT JOIN "public"."core_user_events" AS n ON n."id" = e."id" AND n."sequence" = es_sequence
  WHERE e."id" = es_entity::uuid AND e."sequence" <= es_sequence
    AND (e."sequence" < 1 OR e."sequence" <= r."version"
      AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
      AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((n.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((n.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
      AND e.cmin::text::bigint >= n.cmin::text::bigint
      AND NOT (r.cmin::text::bigint > e.cmin::text::bigint
        AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END));
  IF es_lower < es_sequence OR es_lower IS NOT NULL AND es_kind IS DISTINCT FROM 'RU002' THEN
    es_kind := 'RU002';
    es_tag := CASE WHEN es_lower = es_sequence THEN es_tag END;
    es_sequence := es_lower;
    es_column := NULL;
  END IF;
  IF es_kind IS NULL THEN
    es_kind := CASE
      WHEN es_value IS NULL THEN 'RU008'
      WHEN jsonb_typeof(es_value) = 'null' THEN 'RU009'
      ELSE 'RU010'
    END;
  END IF;
  es_message := format('event %s%s of entity %s in %s is refused: %s', es_sequence,
  CASE
    WHEN left(es_tag, 40) ~ '^[A-Za-z][A-Za-z0-9_.:-]*$' AND left(es_tag, 40) !~ '[0-9]{5}' AND es_tag NOT IN ('true', 'false')
    THEN format(' (%s%s)', left(es_tag, 40), CASE WHEN length(es_tag) > 40 THEN '...' END)
  END, regexp_replace(left(es_entity, 100), '[[:cntrl:]]', '?', 'g'), '"public"."core_user_events"',
    CASE
      WHEN es_kind = 'RU001' AND es_sequence = es_version + 1 THEN 'the event table does not hold it'
      ELSE CASE es_kind
        WHEN 'RU001' THEN 'an event before it is missing'
        WHEN 'RU002' THEN 'the rollup is already folded past it'
        WHEN 'RU003' THEN 'the stream does not begin with an event that creates the entity'
        WHEN 'RU004' THEN 'it creates an entity that already exists'
        WHEN 'RU006' THEN 'its type is unknown'
        WHEN 'RU007' THEN 'its payload does not have the form that serde writes'
        WHEN 'RU008' THEN 'a key is missing'
        WHEN 'RU009' THEN 'a value is null'
        WHEN 'RU010' THEN 'a value does not fit its column'
        WHEN 'RU011' THEN 'the stream has ended: the entity was deleted'
        WHEN 'RU012' THEN 'a counter would leave the range of its type'
      END
    END);
  es_detail := CASE
    WHEN es_kind = 'RU012' THEN format('Column "%s" of %s cannot hold the result.', es_column, '"public"."core_user_events_rollup"')
    WHEN es_kind = 'RU007' AND es_column IS NOT NULL THEN format(
      'Column "%s" of %s is read from key "%s", which is present under more than one of its names.',
      es_column, '"public"."core_user_events_rollup"', es_key)
    WHEN es_column IS NOT NULL AND es_key IS NULL THEN format(
      'Column "%s" of %s is read from column "%s": expected %s.', es_column, '"public"."core_user_events_rollup"', 'recorded_at', es_expects)
    WHEN es_column IS NOT NULL THEN format('Column "%s" of %s is read from key "%s": expected %s, %s.',
      es_column, '"public"."core_user_events_rollup"', es_key, es_expects,
      coalesce('which this JSON ' || jsonb_typeof(es_value) || ' is not', 'but the key is missing'))
    ELSE format('The rollup %s is folded up to event %s, including the events of this statement.', '"public"."core_user_events_rollup"', es_version)
  END;
  es_hint := CASE es_kind
    WHEN 'RU001' THEN 'Events of an entity are numbered from 1 without gaps. Insert the missing event first, or in the same statement.'
    WHEN 'RU002' THEN 'The event is already folded, or its sequence is below 1. The next sequence of a stream is its version + 1.'
    WHEN 'RU003' THEN 'Insert the event that creates the entity first.'
    WHEN 'RU004' THEN 'Use a new id for a new entity.'
    WHEN 'RU006' THEN 'Apply the migration of the release that writes this event before that release starts.'
    WHEN 'RU007' THEN 'Write the payload as serde serialises the event.'
    WHEN 'RU008' THEN 'Write the key, or give the field a default in Rust and migrate.'
    WHEN 'RU009' THEN 'Write a value, or make the field an Option in Rust and migrate.'
    WHEN 'RU010' THEN 'Write the value as serde serialises the field.'
    WHEN 'RU011' THEN 'No event may follow the one that deletes. Use a new id for a new entity.'
    WHEN 'RU012' THEN 'Use a wider type for the field in Rust and migrate, or do not write the event.'
  END;
  IF es_key IS NULL AND es_kind = 'RU010' THEN
    es_hint := 'Write the time at which the event was recorded.';
  ELSIF es_kind = 'RU001' AND es_sequence = es_version + 1 THEN
    es_hint := 'A trigger or a rule removed the event from the event table before it was folded. Change it or drop it.';
  END IF;
  IF es_column IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = 'public', TABLE = 'core_user_events_rollup';
  ELSE
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = 'public', TABLE = 'core_user_events_rollup', COLUMN = es_column;
  END IF;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_refuse" FROM PUBLIC;

-- Whether something may have been put on a table that a query does not see, because its snapshot is older than what
-- PostgreSQL itself goes by. The first trigger, a rule, a policy, a check, a column, a partition or a child replace the
-- table's row in pg_class, and a change of a column replaces that in pg_attribute: whoever did it is the xmax of the row
-- that is seen. An index is counted in the size of all. A further trigger leaves no trace.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_unseen"(es_table regclass)
  RETURNS boolean
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT EXISTS (
    SELECT FROM (
      SELECT c.xmax FROM pg_class AS c WHERE c.oid = es_table
      UNION ALL
      SELECT a.xmax FROM pg_attribute AS a WHERE a.attrelid = es_table AND a.attnum > 0
    ) AS r (es_xmax)
    WHERE CASE WHEN r.es_xmax = 0 THEN false ELSE pg_xact_status((
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.es_xmax::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295)
    )::text::xid8) IS DISTINCT FROM 'aborted' END
  ) OR pg_indexes_size(es_table) > (
    SELECT coalesce(sum(pg_total_relation_size(i.indexrelid)), 0) FROM pg_index AS i WHERE i.indrelid = es_table
  ) OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable') AND (
    SELECT c.relhastriggers FROM pg_class AS c WHERE c.oid = es_table
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_unseen" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."core_user_events_rollup_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('core_user_events_rollup_pkey')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('core_user_events_rollup_pkey')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'email')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_guarded" FROM PUBLIC;

-- Whether a table certainly has nothing but what the migration created, and no column named like a variable here.
-- es_required: its columns that are not NULL. es_own: the names of its constraints.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_plain"(es_table regclass, es_required text[], es_own text[])
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT NOT (c.relhasrules OR c.relrowsecurity OR c.relforcerowsecurity OR c.relispartition OR c.relhassubclass)
    AND (NOT c.relhastriggers OR NOT EXISTS (
      -- Unique constraints that are deferred have some of PostgreSQL's own. Those of foreign keys name another table.
      SELECT FROM pg_trigger AS t
      WHERE t.tgrelid = es_table AND (NOT t.tgisinternal OR t.tgconstrrelid <> 0)
    ))
    AND NOT EXISTS (
      SELECT FROM pg_attribute AS a
      WHERE a.attrelid = es_table AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.atttypid >= 12000 OR a.atthasdef OR a.attnotnull AND a.attname <> ALL (es_required)
          OR starts_with(a.attname::text, 'es_'))
    )
    AND NOT EXISTS (
      SELECT FROM pg_index AS i
      WHERE i.indrelid = es_table
        AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR 12000 <= ANY (i.indclass)
          OR (i.indisunique OR i.indisexclusion)
            AND (SELECT n.relname FROM pg_class AS n WHERE n.oid = i.indexrelid) <> ALL (es_own))
    )
    -- PostgreSQL looks at expressions whenever it plans.
    AND NOT EXISTS (SELECT FROM pg_statistic_ext AS s WHERE s.stxrelid = es_table AND s.stxexprs IS NOT NULL)
    AND (c.relchecks = 0 OR NOT EXISTS (
      SELECT FROM pg_constraint AS k
      WHERE k.conrelid = es_table AND k.contype = 'c'
        AND (k.conname <> ALL (es_own) OR EXISTS (
          -- It may call a function.
          SELECT FROM pg_depend AS d
          WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid <> 'pg_class'::regclass
        ))
    ))
    AND NOT "public"."core_user_events_rollup_unseen"(es_table)
  FROM pg_class AS c WHERE c.oid = es_table
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_plain" FROM PUBLIC;

-- Whether something on the rollup may run code that looks up names: a trigger, a policy, a rule, a domain, a partition or
-- a child, or an index, a constraint, statistics or a default with a function, an operator or an operator class that is
-- not PostgreSQL's own. Also true if something may be there that is not seen yet. Declared IMMUTABLE so that it becomes a
-- constant in the plans that call it: each of them depends on the table by its name, and is made again when the table
-- changes.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_extended"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."core_user_events_rollup_unseen"(es_rollup)
    OR EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_rollup AND NOT t.tgisinternal)
    OR EXISTS (
      SELECT FROM pg_class AS c
      WHERE c.oid = es_rollup AND (c.relforcerowsecurity OR c.relhasrules
        OR c.relrowsecurity AND pg_get_userbyid(c.relowner) <> current_user
        OR c.relispartition)
    )
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = es_rollup)
    OR EXISTS (
      SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
      WHERE a.attrelid = es_rollup AND NOT a.attisdropped AND t.typtype = 'd'
    )
    OR EXISTS (
      SELECT FROM (
        SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index AS i WHERE i.indrelid = es_rollup
        UNION ALL
        SELECT 'pg_constraint'::regclass, c.oid FROM pg_constraint AS c WHERE c.conrelid = es_rollup
        UNION ALL
        SELECT 'pg_attrdef'::regclass, a.oid FROM pg_attrdef AS a WHERE a.adrelid = es_rollup
        UNION ALL
        SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext AS s WHERE s.stxrelid = es_rollup
      ) AS o (es_class, es_object) CROSS JOIN LATERAL (
        SELECT FROM pg_depend AS d
        WHERE d.classid = o.es_class AND d.objid = o.es_object AND (
          d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
          OR d.refclassid = 'pg_type'::regclass
            AND (SELECT t.typtype FROM pg_type AS t WHERE t.oid = d.refobjid) = 'd'
        )
        OFFSET 0
      ) AS d
    )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_extended" FROM PUBLIC;

-- Whether a table is so small that a plan may read all of it. Declared IMMUTABLE so that it becomes a constant in the
-- plans that call it. PostgreSQL expects a table without statistics to grow, and one with statistics not to.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_small"(es_table regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT pg_relation_size(es_table) < 131072 AND c.reltuples >= 0 FROM pg_class AS c WHERE c.oid = es_table
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_small" FROM PUBLIC;

-- Folds events of the event table, in one pass, and returns the state of each entity of which it folded any.
-- es_ids: the entities; NULL for those whose id is above es_after and not above es_to, and a NULL of these for no bound.
-- es_stored: begin each entity at its row and not at nothing.
-- es_upto: the last sequence. es_until: end an entity before its first event that was recorded later. NULL for no end.
-- es_each: return the state after each event and not only after the last.
-- es_event_type is the type of the last event, and es_deleted whether it ended the stream. If it did, es_state is the row
-- before it.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_fold"(
  es_ids uuid[], es_after uuid, es_to uuid, es_stored boolean, es_upto bigint,
  es_until timestamp with time zone, es_each boolean
)
  RETURNS TABLE (es_state "public"."core_user_events_rollup", es_event_type text, es_deleted boolean)
  LANGUAGE plpgsql
  STABLE  -- rows and events are those of one snapshot
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
  SET enable_seqscan = off  -- plans outlast the statistics that they were made from
  SET jit = off  -- the costs of such plans are no measure of their work
  SET plan_cache_mode = force_generic_plan  -- entities are found by index, without planning each call
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  -- Names by which queries can qualify the arguments.
  es_entities ALIAS FOR es_ids;
  es_above ALIAS FOR es_after;
  es_last_id ALIAS FOR es_to;
  es_from_rows ALIAS FOR es_stored;
  es_last ALIAS FOR es_upto;
  es_row ALIAS FOR es_state;  -- the row of the entity so far
  es_tag ALIAS FOR es_event_type;  -- the event's type
  es_event record;  -- the current event
  es_entity pg_catalog.uuid;  -- the entity that is being folded
  es_version bigint;  -- the version of that row
  es_sequence bigint;  -- the event's sequence
  es_base bigint;  -- the version in the table; 0 if there is no row
  es_value jsonb;  -- the current value
  es_past boolean;  -- whether the range of the entity has ended
BEGIN
  IF es_ids IS NULL AND es_stored THEN
    -- The stored rows decide where each entity begins.
    PERFORM set_config('enable_seqscan', 'on', true);
    es_ids := ARRAY(
      SELECT DISTINCT e."id"::uuid
      FROM "public"."core_user_events" AS e
      WHERE (es.es_above IS NULL OR e."id" > es.es_above) AND (es.es_last_id IS NULL OR e."id" <= es.es_last_id)
    );
    PERFORM set_config('enable_seqscan', 'off', true);
  ELSIF es_ids IS NULL THEN
    -- A pass over all events is worth a plan of its own.
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true);
  ELSIF cardinality(es_ids) > 1 THEN
    es_ids := ARRAY(SELECT DISTINCT n.es_id FROM unnest(es.es_entities) AS n (es_id));
  END IF;
  FOR es_event IN
    SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
    FROM "public"."core_user_events" AS e
    WHERE es.es_entities IS NULL
      AND (es.es_above IS NULL OR e."id" > es.es_above) AND (es.es_last_id IS NULL OR e."id" <= es.es_last_id)
      AND (es.es_last IS NULL OR e."sequence" <= es.es_last)
    UNION ALL
    SELECT e.*
    FROM unnest(es.es_entities) AS n (es_id)
      LEFT JOIN LATERAL (
        SELECT r."version" FROM "public"."core_user_events_rollup" AS r WHERE es.es_from_rows AND r."id" = n.es_id OFFSET 0
      ) AS r ON true
      CROSS JOIN LATERAL (
        SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."core_user_events" AS e
        WHERE e."id" = n.es_id AND e."sequence" > coalesce(r."version", 0)
          AND e."sequence" <= coalesce(es.es_last, 9223372036854775807)
        UNION ALL
        -- An event below the first is refused, whatever the row includes.
        SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."core_user_events" AS e
        WHERE e."id" = n.es_id AND e."sequence" < 1
        OFFSET 0
      ) AS e
    -- The last row, without an entity, ends the one before it.
    UNION ALL SELECT NULL, NULL, NULL, NULL
    ORDER BY "id", "sequence"
  LOOP
    IF es_event."id" = es_entity THEN
      NULL;  -- the same entity
    ELSE
      IF es_version > es_base AND NOT es_each THEN
        es_row."version" := es_version;
        RETURN NEXT;
      END IF;
      EXIT WHEN es_event."id" IS NULL;
      es_entity := es_event."id";
      es_row := NULL;
      IF es_stored THEN
        SELECT r.* INTO es_row FROM "public"."core_user_events_rollup" AS r WHERE r."id" = es.es_entity;
      END IF;
      es_base := coalesce(es_row."version", 0);
      es_version := es_base;
      es_deleted := false;
      es_past := false;
    END IF;
    es_sequence := es_event."sequence";
    es_tag := es_event."event" ->> 'type';
    IF es_sequence <> es_version + 1 OR es_event."recorded_at" > es_until OR es_past THEN
      es_past := es_past OR coalesce(es_event."recorded_at" > es_until, false);
      CONTINUE WHEN es_past;
      PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_sequence < 1 THEN 'RU002' ELSE 'RU001' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
    END IF;
    IF es_version = 0 THEN
      IF es_tag NOT IN ('initialized') THEN
        es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
        PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN es_tag IN ('authentication_id_updated', 'role_granted', 'role_revoked', 'access_reviewed', 'phone_confirmed') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      END IF;
      es_row."id" := es_entity;
      es_row."created_at" := es_event."recorded_at";
    END IF;
    CASE es_tag
    WHEN 'initialized' THEN  -- Initialized
      IF es_version > 0 THEN
        PERFORM "public"."core_user_events_rollup_refuse"('RU004'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      END IF;
      -- set email: Initialized.email
      es_value := es_event."event" -> 'email';
      IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
        es_row."email" := (es_value OPERATOR(pg_catalog.#>>) '{}');
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'email'::text, 'email'::text, 'a string'::text, es_value);
      END IF;
    WHEN 'authentication_id_updated' THEN  -- AuthenticationIdUpdated
      -- set authentication_id: AuthenticationIdUpdated.authentication_id
      es_value := es_event."event" -> 'authentication_id';
      IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
        es_row."authentication_id" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'authentication_id'::text, 'authentication_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
      END IF;
    WHEN 'role_granted' THEN  -- RoleGranted
      -- set role: RoleGranted.role
      es_value := es_event."event" -> 'role';
      IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
        es_row."role" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'role'::text, 'role'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
      END IF;
    WHEN 'role_revoked' THEN  -- RoleRevoked
      -- clear role
      es_row."role" := NULL;
    WHEN 'access_reviewed' THEN  -- AccessReviewed
      NULL;  -- only moves the version
    WHEN 'phone_confirmed' THEN  -- PhoneConfirmed
      -- set phone: PhoneConfirmed.phone
      es_value := es_event."event" -> 'phone';
      IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
        es_row."phone" := (es_value OPERATOR(pg_catalog.#>>) '{}');
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'phone'::text, 'phone'::text, 'a string'::text, es_value);
      END IF;
    ELSE
      es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
      PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
    END CASE;
    IF (es_event."recorded_at" >= '0001-01-01 00:00:00+00' AND es_event."recorded_at" <= '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."core_user_events_rollup_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb);
    END IF;
    es_version := es_sequence;
    es_row."modified_at" := es_event."recorded_at";
    IF es_each THEN
      es_row."version" := es_version;
      RETURN NEXT;
    END IF;
  END LOOP;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_fold" FROM PUBLIC;

-- The row of one entity as it was after one of its events, folded from nothing. There is none if the entity has no
-- such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_at"(es_id uuid, es_version bigint)
  RETURNS SETOF "public"."core_user_events_rollup"
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM "public"."core_user_events_rollup_fold"(ARRAY[es_id]::uuid[], NULL::uuid, NULL::uuid, false, es_version::bigint, NULL::timestamp with time zone, false) AS f
  WHERE NOT f.es_deleted AND (f.es_state)."version" = es_version
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_at" FROM PUBLIC;

-- The row of one entity as it was at a time, folded from nothing: after all events before the first that was recorded
-- later. There is none if its first event was, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_as_of"(es_id uuid, es_time timestamp with time zone)
  RETURNS SETOF "public"."core_user_events_rollup"
  LANGUAGE sql
  STABLE STRICT  -- no row for NULL
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM "public"."core_user_events_rollup_fold"(ARRAY[es_id]::uuid[], NULL::uuid, NULL::uuid, false, NULL::bigint, es_time::timestamp with time zone, false) AS f
  WHERE NOT f.es_deleted
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_as_of" FROM PUBLIC;

-- What each event of one entity changed: a row for each column that it changed, with the values before and after it.
-- What ends a stream leaves nothing. Compared byte by byte, since not every type has an operator for it.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_changes"(es_id uuid)
  RETURNS TABLE (es_sequence bigint, es_event_type text, es_column text, es_was jsonb, es_is jsonb)
  LANGUAGE plpgsql
  STABLE STRICT
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.es_sequence, s.es_event_type, c.es_column, c.es_was, c.es_is
  FROM (
    SELECT (f.es_state)."version" AS es_sequence, f.es_event_type, lag(f.es_state) OVER es_order AS es_was,
      CASE WHEN NOT f.es_deleted THEN f.es_state END AS es_is
    FROM "public"."core_user_events_rollup_fold"(ARRAY[es_id]::uuid[], NULL::uuid, NULL::uuid, false, NULL::bigint, NULL::timestamp with time zone, true) AS f
    WINDOW es_order AS (ORDER BY (f.es_state)."version")
  ) AS s CROSS JOIN LATERAL (
    VALUES
      (1, 'email', to_jsonb((s.es_was)."email"), to_jsonb((s.es_is)."email"), ROW((s.es_was)."email")::record *<> ROW((s.es_is)."email")::record),
      (2, 'authentication_id', to_jsonb((s.es_was)."authentication_id"), to_jsonb((s.es_is)."authentication_id"), ROW((s.es_was)."authentication_id")::record *<> ROW((s.es_is)."authentication_id")::record),
      (3, 'role', to_jsonb((s.es_was)."role"), to_jsonb((s.es_is)."role"), ROW((s.es_was)."role")::record *<> ROW((s.es_is)."role")::record),
      (4, 'phone', to_jsonb((s.es_was)."phone"), to_jsonb((s.es_is)."phone"), ROW((s.es_was)."phone")::record *<> ROW((s.es_is)."phone")::record)
  ) AS c (es_place, es_column, es_was, es_is, es_differs)
  WHERE c.es_differs
  ORDER BY s.es_sequence, c.es_place;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_changes" FROM PUBLIC;

-- The same without locks: the caller holds those of the tables, or of the entities' rows.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_refold"(es_ids uuid[])
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
  SET jit = off  -- the costs of such plans are no measure of their work
  SET plan_cache_mode = force_custom_plan
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_entities ALIAS FOR es_ids;
  es_changed bigint;
BEGIN
  BEGIN
    WITH es_folded AS MATERIALIZED (
      SELECT f.es_state
      FROM "public"."core_user_events_rollup_fold"(es.es_entities::uuid[], NULL::uuid, NULL::uuid, false, NULL::bigint, NULL::timestamp with time zone, false) AS f
      WHERE NOT f.es_deleted
    ), es_drift AS MATERIALIZED (
      SELECT r."id" AS es_id, f.es_state
      FROM es_folded AS f
        FULL JOIN (SELECT r.* FROM "public"."core_user_events_rollup" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."email", r."authentication_id", r."role", r."phone")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."email", (f.es_state)."authentication_id", (f.es_state)."role", (f.es_state)."phone")::record
    ), es_dropped AS (
      DELETE FROM "public"."core_user_events_rollup" AS r USING es_drift AS d
      WHERE r."id" = d.es_id AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended AS (
      UPDATE "public"."core_user_events_rollup" AS r SET
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at",
        "email" = (d.es_state)."email",
        "authentication_id" = (d.es_state)."authentication_id",
        "role" = (d.es_state)."role",
        "phone" = (d.es_state)."phone"
      FROM es_drift AS d
      WHERE r."id" = d.es_id AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing AS (
      INSERT INTO "public"."core_user_events_rollup" AS r ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
      SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."email", (f.es_state)."authentication_id", (f.es_state)."role", (f.es_state)."phone"
      FROM es_drift AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "email" = excluded."email",
        "authentication_id" = excluded."authentication_id",
        "role" = excluded."role",
        "phone" = excluded."phone"
      WHERE r."version" < excluded."version"
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM es_dropped) + (SELECT count(*) FROM es_mended) + (SELECT count(*) FROM es_missing)
    INTO es_changed;
  EXCEPTION WHEN integrity_constraint_violation THEN
    DECLARE
      es_schema pg_catalog.text;
      es_table pg_catalog.text;
      es_column pg_catalog.text;
      es_constraint pg_catalog.text;
    BEGIN
      GET STACKED DIAGNOSTICS es_schema = SCHEMA_NAME, es_table = TABLE_NAME, es_column = COLUMN_NAME,
        es_constraint = CONSTRAINT_NAME;
      RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('events%s in %s are refused: they violate %s of %s',
          coalesce(' of entity ' || regexp_replace(left(NULL::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."core_user_events"',
          CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
          format('"%s"."%s"', es_schema, es_table)),
        HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
        SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
    END;
  END;
  RETURN es_changed;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_refold" FROM PUBLIC;

-- Folds entities again from nothing, or all if es_ids is NULL, and returns how many rows were changed, inserted or
-- deleted. The event table decides: a row without events goes, and so does what later events had made of a row if
-- those events are gone.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_rebuild"(es_ids uuid[])
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
BEGIN
  -- Waits for current writers, and makes new ones wait: one of them could have read a row before it is mended, and
  -- would write it back as it was. The event table before the rollup, as writers do.
  LOCK TABLE "public"."core_user_events" IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE "public"."core_user_events_rollup" IN EXCLUSIVE MODE;
  RETURN "public"."core_user_events_rollup_refold"(es_ids);
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_rebuild" FROM PUBLIC;

-- Compares rows with the fold of their events, in one snapshot and without any lock, and returns what differs: rows
-- that are missing, rows that nothing accounts for (unexpected), and rows that are different, with their columns but no
-- values. es_after, es_to: the entities whose id is above the first and not above the second; NULL for no
-- bound. A row is different, too, if it is behind its events.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_verify"(es_after uuid, es_to uuid)
  RETURNS TABLE (es_id uuid, es_table regclass, es_version bigint, es_difference text, es_columns text[])
  LANGUAGE plpgsql
  STABLE  -- rows and events are those of one snapshot
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
  SET jit = off  -- the costs of such plans are no measure of their work
  SET plan_cache_mode = force_custom_plan
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_above ALIAS FOR es_after;
  es_last_id ALIAS FOR es_to;
BEGIN
  RETURN QUERY
  WITH es_folded AS MATERIALIZED (
    SELECT f.es_state
    FROM "public"."core_user_events_rollup_fold"(NULL::uuid[], es.es_above, es.es_last_id, false, NULL::bigint, NULL::timestamp with time zone, false) AS f
    WHERE NOT f.es_deleted
  )
  SELECT coalesce(r."id", (f.es_state)."id")::uuid, '"public"."core_user_events_rollup"'::regclass, NULL::bigint,
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END,
      CASE WHEN ROW(r."email")::record *<> ROW((f.es_state)."email")::record THEN 'email' END,
      CASE WHEN ROW(r."authentication_id")::record *<> ROW((f.es_state)."authentication_id")::record THEN 'authentication_id' END,
      CASE WHEN ROW(r."role")::record *<> ROW((f.es_state)."role")::record THEN 'role' END,
      CASE WHEN ROW(r."phone")::record *<> ROW((f.es_state)."phone")::record THEN 'phone' END
    ], NULL) END
  FROM es_folded AS f
    FULL JOIN (
      SELECT r.* FROM "public"."core_user_events_rollup" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id"
  WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."email", r."authentication_id", r."role", r."phone")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."email", (f.es_state)."authentication_id", (f.es_state)."role", (f.es_state)."phone")::record
  ORDER BY 1;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_verify" FROM PUBLIC;

-- Whether a command of this transaction folded an event after the one that inserted it. Then it is not a replay: a
-- row of the same statement was folded first, or a trigger inserted further events.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_folded"(es_id uuid, es_sequence bigint)
  RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off  -- plans outlast the statistics that they were made from
  SET jit = off  -- the costs of such plans are no measure of their work
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_at ALIAS FOR es_sequence;
BEGIN
  RETURN EXISTS (
    SELECT
    FROM "public"."core_user_events_rollup" AS r JOIN "public"."core_user_events" AS e ON e."id" = r."id" AND e."sequence" = es.es_at
    WHERE r."id" = es.es_entity AND r.cmin::text::bigint > e.cmin::text::bigint
      AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
  );
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_folded" FROM PUBLIC;

-- Folds the events of one entity that its row does not include yet, from the event table, and returns the
-- version reached. For an entity that was never folded, or whose events were inserted while the trigger was disabled.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_catch_up"(es_id uuid)
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
  SET enable_seqscan = off  -- plans outlast the statistics that they were made from
  SET jit = off  -- the costs of such plans are no measure of their work
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_entity uuid := es_id;
  es_folded record;  -- what the fold returns
  es_row "public"."core_user_events_rollup"%ROWTYPE;  -- the new row
  es_base bigint;  -- the version in the table; 0 if there is no row
BEGIN
  IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL AND current_setting('es_rollup.steps', true) IS DISTINCT FROM 'true' THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."core_user_events_rollup_fill"().';
  END IF;
  FOR es_try IN 1 .. 20 LOOP
    SELECT r."version" INTO es_base FROM "public"."core_user_events_rollup" AS r WHERE r."id" = es.es_entity FOR UPDATE;
    es_base := coalesce(es_base, 0);
    -- In a statement of its own, which sees every event that the locked row includes.
    SELECT f.es_state, f.es_deleted INTO es_folded
    FROM "public"."core_user_events_rollup_fold"(ARRAY[es.es_entity]::uuid[], NULL::uuid, NULL::uuid, true, NULL::bigint, NULL::timestamp with time zone, false) AS f;
    IF NOT FOUND THEN
      -- Nothing is left to fold. Another transaction may have created the row in the meantime.
      RETURN coalesce((SELECT r."version" FROM "public"."core_user_events_rollup" AS r WHERE r."id" = es.es_entity), 0);
    END IF;
    es_row := es_folded.es_state;
    IF "public"."core_user_events_rollup_guarded"('"public"."core_user_events_rollup"'::regclass) THEN
      BEGIN
        IF es_base = 0 THEN
          INSERT INTO "public"."core_user_events_rollup"
            ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
          VALUES
            (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."email", es_row."authentication_id", es_row."role", es_row."phone")
          ON CONFLICT ("id") DO NOTHING;
        ELSE
          UPDATE "public"."core_user_events_rollup" AS r SET
            "version" = es_row."version",
            "modified_at" = es_row."modified_at",
            "email" = es_row."email",
            "authentication_id" = es_row."authentication_id",
            "role" = es_row."role",
            "phone" = es_row."phone"
          WHERE r."id" = es_row."id" AND r."version" = es.es_base;
        END IF;
        IF FOUND THEN
          RETURN (es_folded.es_state)."version";
        END IF;
      EXCEPTION WHEN integrity_constraint_violation THEN
        DECLARE
          es_schema pg_catalog.text;
          es_table pg_catalog.text;
          es_column pg_catalog.text;
          es_constraint pg_catalog.text;
        BEGIN
          GET STACKED DIAGNOSTICS es_schema = SCHEMA_NAME, es_table = TABLE_NAME, es_column = COLUMN_NAME,
            es_constraint = CONSTRAINT_NAME;
          RAISE EXCEPTION USING ERRCODE = SQLSTATE,
            MESSAGE = format('events%s in %s are refused: they violate %s of %s',
              coalesce(' of entity ' || regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."core_user_events"',
              CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
              format('"%s"."%s"', es_schema, es_table)),
            HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
            SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
        END;
      END;
    ELSE
      IF es_base = 0 THEN
        INSERT INTO "public"."core_user_events_rollup"
          ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
        VALUES
          (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."email", es_row."authentication_id", es_row."role", es_row."phone")
        ON CONFLICT ("id") DO NOTHING;
      ELSE
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_row."version",
          "modified_at" = es_row."modified_at",
          "email" = es_row."email",
          "authentication_id" = es_row."authentication_id",
          "role" = es_row."role",
          "phone" = es_row."phone"
        WHERE r."id" = es_row."id" AND r."version" = es.es_base;
      END IF;
      IF FOUND THEN
        RETURN (es_folded.es_state)."version";
      END IF;
    END IF;
    -- Another transaction created the row in the meantime: fold from it, it is locked now.
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = format('the rollup row of entity %s kept changing', regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g')), HINT = 'Try again.';
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_catch_up" FROM PUBLIC;

-- Folds the events of one statement: each entity's in the order of their sequence, with one write per entity. It runs
-- under any search path: up to where it sets one, whatever is looked up by name has its schema.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_apply"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_event pg_catalog.record;  -- the current event
  es_entity pg_catalog.uuid;  -- the entity that is being folded
  es_row "public"."core_user_events_rollup"%ROWTYPE;  -- its row so far
  es_version bigint;  -- the version of that row
  es_sequence bigint;  -- the event's sequence
  es_base bigint;  -- the version in the table; 0 if there is no row
  es_tag pg_catalog.text;  -- the event's type
  es_value pg_catalog.jsonb;  -- the current value
  es_events bigint;  -- how many events the statement has
  es_entities bigint;  -- of how many entities
  es_begins bigint;  -- how many of them begin their stream
  es_direct boolean := ("public"."core_user_events_rollup_plain"('"public"."core_user_events_rollup"'::pg_catalog.regclass, ARRAY['id', 'version', 'created_at', 'modified_at', 'email'], ARRAY['core_user_events_rollup_pkey'])
      OR NOT "public"."core_user_events_rollup_guarded"('"public"."core_user_events_rollup"'::pg_catalog.regclass)
        AND NOT "public"."core_user_events_rollup_extended"('"public"."core_user_events_rollup"'::pg_catalog.regclass))
    AND (NOT "public"."core_user_events_rollup_small"('"public"."core_user_events_rollup"'::pg_catalog.regclass) OR pg_catalog.pg_relation_size('"public"."core_user_events_rollup"'::pg_catalog.regclass) OPERATOR(pg_catalog.<) 131072);  -- whether single rows can be found and written here
  es_ids pg_catalog.uuid[];  -- the statement's entities that may have a row, in their order
  es_many boolean;  -- whether the rows are found and written together
  es_path pg_catalog.text;  -- the session's settings
  es_seqscan pg_catalog.text;
  es_jit pg_catalog.text;
  es_set pg_catalog.text;  -- what a setting was set to
  es_stored CURSOR FOR  -- the rows of all of them, in that order
    SELECT r.*
    FROM unnest(es.es_ids) WITH ORDINALITY AS n (es_id, es_place)
      LEFT JOIN LATERAL (SELECT r.* FROM "public"."core_user_events_rollup" AS r WHERE r."id" = n.es_id OFFSET 0) AS r ON true
    ORDER BY n.es_place;
  es_rows "public"."core_user_events_rollup"[];  -- the rows of earlier entities that are not written yet
  es_bases bigint[];  -- the versions of those rows in the table
  es_written bigint;
  es_more bigint;
BEGIN
  IF TG_RELID OPERATOR(pg_catalog.<>) '"public"."core_user_events"'::pg_catalog.regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is derived from %s',
        '"public"."core_user_events_rollup"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."core_user_events"'),
      HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'core_user_events_rollup';
  END IF;
  -- Usually a statement has one event.
  SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at", (
    SELECT e."id"::pg_catalog.uuid FROM "es_new" AS e OFFSET 1 LIMIT 1
  ) AS es_second INTO es_event
  FROM "es_new" AS e LIMIT 1;
  IF es_event.es_second IS NOT NULL THEN
    IF EXISTS (SELECT FROM "es_new" AS e OFFSET 1000) THEN
      -- A plan that is made for so many events would be compiled at each later call, too.
      es_jit := pg_catalog.current_setting('jit');
      es_set := pg_catalog.set_config('jit', 'off', true);
    END IF;
    IF es_direct AND es_event.es_second OPERATOR(pg_catalog.<>) es_event."id" THEN
      -- Often it has one event of each of several entities. Those that are ordinary, or begin their stream, are written
      -- together.
      SELECT pg_catalog.sum(e.es_events)::bigint, pg_catalog.count(*), pg_catalog.sum(e.es_begins)::bigint INTO es_events, es_entities, es_begins
      FROM (
        SELECT pg_catalog.count(*) AS es_events, pg_catalog.count(*) FILTER (WHERE e."sequence" OPERATOR(pg_catalog.=) 1) AS es_begins
        FROM "es_new" AS e GROUP BY e."id" OFFSET 0
      ) AS e;
      IF es_events OPERATOR(pg_catalog.=) es_entities THEN
        es_written := 0;
        IF es_begins OPERATOR(pg_catalog.<) es_events THEN
          UPDATE "public"."core_user_events_rollup" AS r SET
            "version" = es_sequence,
            "modified_at" = es_event."recorded_at",
            "authentication_id" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 2 THEN es_1 ELSE r."authentication_id" END,
            "role" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 3 THEN es_2 WHEN es_rule OPERATOR(pg_catalog.=) 4 THEN NULL ELSE r."role" END,
            "phone" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN es_3 ELSE r."phone" END
          FROM (
            SELECT es_event.*,
              CASE WHEN es_rule OPERATOR(pg_catalog.=) 2 THEN (
                SELECT CASE WHEN ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid END
                FROM (SELECT es_event."event" OPERATOR(pg_catalog.->) 'authentication_id' AS es_value OFFSET 0) AS v
              ) END AS es_1,
              CASE WHEN es_rule OPERATOR(pg_catalog.=) 3 THEN (
                SELECT CASE WHEN ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid END
                FROM (SELECT es_event."event" OPERATOR(pg_catalog.->) 'role' AS es_value OFFSET 0) AS v
              ) END AS es_2,
              CASE WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN (
                SELECT CASE WHEN (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN (es_value OPERATOR(pg_catalog.#>>) '{}') END
                FROM (SELECT es_event."event" OPERATOR(pg_catalog.->) 'phone' AS es_value OFFSET 0) AS v
              ) END AS es_3
            FROM (
              SELECT es_event.*, CASE WHEN es_tag OPERATOR(pg_catalog.=) 'authentication_id_updated' THEN 2
                  WHEN es_tag OPERATOR(pg_catalog.=) 'role_granted' THEN 3
                  WHEN es_tag OPERATOR(pg_catalog.=) 'role_revoked' THEN 4
                  WHEN es_tag OPERATOR(pg_catalog.=) 'access_reviewed' THEN 5
                  WHEN es_tag OPERATOR(pg_catalog.=) 'phone_confirmed' THEN 6 END AS es_rule
              FROM (
                SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at", e."sequence"::bigint AS es_sequence, e."event" OPERATOR(pg_catalog.->>) 'type' AS es_tag
                FROM "es_new" AS e
                OFFSET 0
              ) AS es_event
              OFFSET 0
            ) AS es_event
            OFFSET 0
          ) AS es_event
          WHERE CASE
            WHEN es_rule OPERATOR(pg_catalog.=) 2 THEN es_1 IS NOT NULL
            WHEN es_rule OPERATOR(pg_catalog.=) 3 THEN es_2 IS NOT NULL
            WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN es_3 IS NOT NULL
            ELSE es_rule OPERATOR(pg_catalog.>) 0
          END AND es_event."recorded_at" OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND es_event."recorded_at" OPERATOR(pg_catalog.<=) '9999-12-31 23:59:59.999999+00'
            AND r."id" OPERATOR(pg_catalog.=) es_event."id" AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence
            -- Always true. PostgreSQL expects one row of it, and so finds the rows by index.
            AND es_sequence OPERATOR(pg_catalog.*) 0 OPERATOR(pg_catalog.=) 0 AND es_rule OPERATOR(pg_catalog.*) 0 OPERATOR(pg_catalog.=) 0 AND (es_sequence OPERATOR(pg_catalog.*) 0) OPERATOR(pg_catalog.+) (es_rule OPERATOR(pg_catalog.*) 0) OPERATOR(pg_catalog.=) 0;
          GET DIAGNOSTICS es_written := ROW_COUNT;
        END IF;
        IF es_begins OPERATOR(pg_catalog.>) 0 THEN
          INSERT INTO "public"."core_user_events_rollup" ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
          SELECT
            es_event."id",
            es_sequence,
            es_event."recorded_at",
            es_event."recorded_at",
            CASE WHEN es_rule OPERATOR(pg_catalog.=) 1 THEN es_1 ELSE (NULL)::pg_catalog.text END,
            (NULL)::pg_catalog.uuid,
            (NULL)::pg_catalog.uuid,
            (NULL)::pg_catalog.text
          FROM (
            SELECT es_event.*,
              CASE WHEN es_rule OPERATOR(pg_catalog.=) 1 THEN (
                SELECT CASE WHEN (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN (es_value OPERATOR(pg_catalog.#>>) '{}') END
                FROM (SELECT es_event."event" OPERATOR(pg_catalog.->) 'email' AS es_value OFFSET 0) AS v
              ) END AS es_1
            FROM (
              SELECT es_event.*, CASE WHEN es_tag OPERATOR(pg_catalog.=) 'initialized' THEN 1 END AS es_rule
              FROM (
                SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at", e."sequence"::bigint AS es_sequence, e."event" OPERATOR(pg_catalog.->>) 'type' AS es_tag
                FROM "es_new" AS e WHERE e."sequence" OPERATOR(pg_catalog.=) 1
                OFFSET 0
              ) AS es_event
              OFFSET 0
            ) AS es_event
            OFFSET 0
          ) AS es_event
          WHERE CASE
            WHEN es_rule OPERATOR(pg_catalog.=) 1 THEN es_1 IS NOT NULL
            ELSE es_rule OPERATOR(pg_catalog.>) 0
          END AND es_event."recorded_at" OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND es_event."recorded_at" OPERATOR(pg_catalog.<=) '9999-12-31 23:59:59.999999+00'
          ON CONFLICT ("id") DO NOTHING;
          GET DIAGNOSTICS es_more := ROW_COUNT;
          es_written := es_written OPERATOR(pg_catalog.+) es_more;
        END IF;
        IF es_written OPERATOR(pg_catalog.=) es_events THEN
          IF es_jit IS NOT NULL THEN
            es_set := pg_catalog.set_config('jit', es_jit, true);
          END IF;
          RETURN NULL;
        END IF;
      END IF;
    END IF;
  ELSIF es_direct AND es_event."recorded_at" OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND es_event."recorded_at" OPERATOR(pg_catalog.<=) '9999-12-31 23:59:59.999999+00' THEN
    es_entity := es_event."id";
    es_sequence := es_event."sequence";
    es_tag := es_event."event" OPERATOR(pg_catalog.->>) 'type';
    -- An ordinary event directly follows its row or begins its stream. Events that end the stream, or need more than one
    -- statement, take the general path.
    IF es_tag IS NULL THEN
      NULL;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'initialized' THEN  -- Initialized
      es_value := es_event."event" OPERATOR(pg_catalog.->) 'email';
      IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') AND es_sequence OPERATOR(pg_catalog.=) 1 THEN
        INSERT INTO "public"."core_user_events_rollup"
          ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
        VALUES
          (es_entity, es_sequence, es_event."recorded_at", es_event."recorded_at", (es_value OPERATOR(pg_catalog.#>>) '{}'), NULL, NULL, NULL)
        ON CONFLICT ("id") DO NOTHING;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'authentication_id_updated' THEN  -- AuthenticationIdUpdated
      es_value := es_event."event" OPERATOR(pg_catalog.->) 'authentication_id';
      IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_sequence,
          "modified_at" = es_event."recorded_at",
          "authentication_id" = (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid
        WHERE r."id" OPERATOR(pg_catalog.=) es_entity
          AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'role_granted' THEN  -- RoleGranted
      es_value := es_event."event" OPERATOR(pg_catalog.->) 'role';
      IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_sequence,
          "modified_at" = es_event."recorded_at",
          "role" = (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid
        WHERE r."id" OPERATOR(pg_catalog.=) es_entity
          AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'role_revoked' THEN  -- RoleRevoked
      UPDATE "public"."core_user_events_rollup" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at",
        "role" = NULL
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
      IF FOUND THEN
        RETURN NULL;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'access_reviewed' THEN  -- AccessReviewed
      UPDATE "public"."core_user_events_rollup" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at"
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
      IF FOUND THEN
        RETURN NULL;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'phone_confirmed' THEN  -- PhoneConfirmed
      es_value := es_event."event" OPERATOR(pg_catalog.->) 'phone';
      IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_sequence,
          "modified_at" = es_event."recorded_at",
          "phone" = (es_value OPERATOR(pg_catalog.#>>) '{}')
        WHERE r."id" OPERATOR(pg_catalog.=) es_entity
          AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    END IF;
    es_entity := NULL;
  END IF;
  -- The rest runs under a search path of its own.
  es_path := pg_catalog.current_setting('search_path');
  es_set := pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  SELECT coalesce(array_agg(e.es_id ORDER BY e.es_id) FILTER (WHERE e.es_first <> 1), '{}'), count(*) > 1 OR NOT es_direct INTO es_ids, es_many
  FROM (SELECT e."id"::pg_catalog.uuid AS es_id, min(e."sequence") AS es_first FROM "es_new" AS e GROUP BY 1) AS e;
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
    SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
    FROM "es_new" AS e
    -- The last row, without an entity, ends the one before it.
    UNION ALL SELECT NULL, NULL, NULL, NULL
    ORDER BY "id", "sequence"
  LOOP
    es_sequence := es_event."sequence";
    es_tag := es_event."event" ->> 'type';
    IF es_event."id" = es_entity AND es_sequence = es_version + 1 THEN
      NULL;  -- the next event
    ELSE
      IF es_event."id" IS DISTINCT FROM es_entity THEN
        es_row."version" := es_version;
        IF es_version IS NULL OR es_version = es_base THEN
          NULL;  -- nothing is left to write
        ELSIF es_event."id" IS NULL AND es_bases IS NULL AND es_direct THEN
          -- Usually a statement has one entity.
          IF es_base = 0 THEN
            INSERT INTO "public"."core_user_events_rollup"
              ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
            VALUES
              (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."email", es_row."authentication_id", es_row."role", es_row."phone")
            ON CONFLICT ("id") DO NOTHING;
          ELSE
            UPDATE "public"."core_user_events_rollup" AS r SET
              "version" = es_row."version",
              "modified_at" = es_row."modified_at",
              "email" = es_row."email",
              "authentication_id" = es_row."authentication_id",
              "role" = es_row."role",
              "phone" = es_row."phone"
            WHERE r."id" = es_row."id" AND r."version" = es.es_base;
          END IF;
          IF NOT FOUND THEN
            -- The row exists or has moved.
            PERFORM "public"."core_user_events_rollup_refuse"('RU002'::text, e."id"::uuid::text, e."sequence"::bigint, r."version", CASE WHEN jsonb_typeof(e."event" -> 'type') = 'string' THEN e."event" ->> 'type' END, NULL::text, NULL::text, NULL::text, NULL::jsonb)
            FROM "es_new" AS e JOIN "public"."core_user_events_rollup" AS r ON r."id" = e."id" AND r."id" = es.es_entity
            WHERE e."sequence" <= r."version" AND NOT "public"."core_user_events_rollup_folded"(e."id"::uuid, e."sequence"::bigint)
            ORDER BY e."id", e."sequence"
            LIMIT 1;
            -- Another transaction has folded meanwhile: continue from the row as it is now.
            es_base := "public"."core_user_events_rollup_catch_up"(es_entity);
            IF es_base < es_version THEN
              PERFORM "public"."core_user_events_rollup_refuse"('RU001'::text, es_entity::text, es_version, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb);
            END IF;
          END IF;
        ELSE
          es_rows := array_append(es_rows, es_row);
          es_bases := array_append(es_bases, es_base);
        END IF;
        IF cardinality(es_bases) >= 1000 OR es_event."id" IS NULL AND es_bases IS NOT NULL THEN
          IF "public"."core_user_events_rollup_guarded"('"public"."core_user_events_rollup"'::regclass) THEN
            BEGIN
              UPDATE "public"."core_user_events_rollup" AS r SET
                  "version" = (n.es_row)."version",
                  "modified_at" = (n.es_row)."modified_at",
                  "email" = (n.es_row)."email",
                  "authentication_id" = (n.es_row)."authentication_id",
                  "role" = (n.es_row)."role",
                  "phone" = (n.es_row)."phone"
              FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
              WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base;
              GET DIAGNOSTICS es_written = ROW_COUNT;
              IF es_written < cardinality(es_bases) THEN
                INSERT INTO "public"."core_user_events_rollup" ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
                SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."email", (n.es_row)."authentication_id", (n.es_row)."role", (n.es_row)."phone"
                FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                WHERE n.es_base = 0
                ON CONFLICT ("id") DO NOTHING;
                GET DIAGNOSTICS es_more = ROW_COUNT;
                es_written := es_written + es_more;
              END IF;
            EXCEPTION WHEN integrity_constraint_violation THEN
              DECLARE
                es_schema pg_catalog.text;
                es_table pg_catalog.text;
                es_column pg_catalog.text;
                es_constraint pg_catalog.text;
              BEGIN
                GET STACKED DIAGNOSTICS es_schema = SCHEMA_NAME, es_table = TABLE_NAME, es_column = COLUMN_NAME,
                  es_constraint = CONSTRAINT_NAME;
                RAISE EXCEPTION USING ERRCODE = SQLSTATE,
                  MESSAGE = format('events%s in %s are refused: they violate %s of %s',
                    coalesce(' of entity ' || regexp_replace(left(CASE cardinality(es_bases) WHEN 1 THEN (es_rows[1])."id"::text END, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."core_user_events"',
                    CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
                    format('"%s"."%s"', es_schema, es_table)),
                  HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
                  SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
              END;
            END;
          ELSE
            UPDATE "public"."core_user_events_rollup" AS r SET
                "version" = (n.es_row)."version",
                "modified_at" = (n.es_row)."modified_at",
                "email" = (n.es_row)."email",
                "authentication_id" = (n.es_row)."authentication_id",
                "role" = (n.es_row)."role",
                "phone" = (n.es_row)."phone"
            FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
            WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base;
            GET DIAGNOSTICS es_written = ROW_COUNT;
            IF es_written < cardinality(es_bases) THEN
              INSERT INTO "public"."core_user_events_rollup" ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role", "phone")
              SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."email", (n.es_row)."authentication_id", (n.es_row)."role", (n.es_row)."phone"
              FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
              WHERE n.es_base = 0
              ON CONFLICT ("id") DO NOTHING;
              GET DIAGNOSTICS es_more = ROW_COUNT;
              es_written := es_written + es_more;
            END IF;
          END IF;
          IF es_written < cardinality(es_bases) THEN
            -- Some rows exist or have moved.
            PERFORM "public"."core_user_events_rollup_refuse"('RU002'::text, e."id"::uuid::text, e."sequence"::bigint, r."version", CASE WHEN jsonb_typeof(e."event" -> 'type') = 'string' THEN e."event" ->> 'type' END, NULL::text, NULL::text, NULL::text, NULL::jsonb)
            FROM "es_new" AS e JOIN "public"."core_user_events_rollup" AS r ON r."id" = e."id" JOIN unnest(es.es_rows) AS n ON n."id" = r."id"
            WHERE e."sequence" <= r."version" AND NOT "public"."core_user_events_rollup_folded"(e."id"::uuid, e."sequence"::bigint)
            ORDER BY e."id", e."sequence"
            LIMIT 1;
            -- Another transaction has folded some of them meanwhile: continue from their rows as they are now.
            PERFORM "public"."core_user_events_rollup_refuse"('RU001'::text, n."id"::text, n."version", n.es_reached, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb)
            FROM (
              SELECT n."id", n."version", "public"."core_user_events_rollup_catch_up"(n."id") AS es_reached
              FROM unnest(es.es_rows) AS n LEFT JOIN "public"."core_user_events_rollup" AS r ON r."id" = n."id"
              WHERE r."version" IS NULL OR r."version" < n."version"
            ) AS n
            WHERE n.es_reached < n."version";
          END IF;
          es_rows := NULL;
          es_bases := NULL;
        END IF;
        EXIT WHEN es_event."id" IS NULL;
        es_entity := es_event."id";
        IF es_sequence = 1 THEN
          es_row := NULL;  -- there is no row yet
        ELSIF es_many THEN
          FETCH es_stored INTO es_row;
        ELSE
          SELECT r.* INTO es_row FROM "public"."core_user_events_rollup" AS r WHERE r."id" = es.es_entity;
        END IF;
        es_base := coalesce(es_row."version", 0);
        es_version := es_base;
      END IF;
      IF es_version IS NULL THEN
        NULL;  -- folded from the event table
      ELSIF es_sequence <= es_base THEN
        -- Already folded. That is fine if a later command of this transaction did it (a trigger that itself
        -- inserts events); otherwise the row is ahead of the event table.
        CONTINUE WHEN es_sequence > 0 AND "public"."core_user_events_rollup_folded"(es_entity, es_sequence);
        PERFORM "public"."core_user_events_rollup_refuse"('RU002'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      ELSIF es_sequence <> es_version + 1 THEN
        -- The row is behind, or an event is missing: fold from the event table.
        es_base := "public"."core_user_events_rollup_catch_up"(es_entity);
        es_version := NULL;  -- nothing is left to fold
      END IF;
      IF es_version IS NULL THEN
        IF es_sequence > es_base THEN
          PERFORM "public"."core_user_events_rollup_refuse"('RU001'::text, es_entity::text, es_sequence, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb);
        END IF;
        CONTINUE;
      END IF;
      IF es_version = 0 THEN
        IF es_tag NOT IN ('initialized') THEN
          es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
          PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN es_tag IN ('authentication_id_updated', 'role_granted', 'role_revoked', 'access_reviewed', 'phone_confirmed') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
        END IF;
        es_row."id" := es_entity;
        es_row."created_at" := es_event."recorded_at";
      END IF;
    END IF;
    CASE es_tag
    WHEN 'initialized' THEN  -- Initialized
      IF es_version > 0 THEN
        PERFORM "public"."core_user_events_rollup_refuse"('RU004'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      END IF;
      -- set email: Initialized.email
      es_value := es_event."event" -> 'email';
      IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
        es_row."email" := (es_value OPERATOR(pg_catalog.#>>) '{}');
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'email'::text, 'email'::text, 'a string'::text, es_value);
      END IF;
    WHEN 'authentication_id_updated' THEN  -- AuthenticationIdUpdated
      -- set authentication_id: AuthenticationIdUpdated.authentication_id
      es_value := es_event."event" -> 'authentication_id';
      IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
        es_row."authentication_id" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'authentication_id'::text, 'authentication_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
      END IF;
    WHEN 'role_granted' THEN  -- RoleGranted
      -- set role: RoleGranted.role
      es_value := es_event."event" -> 'role';
      IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
        es_row."role" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'role'::text, 'role'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
      END IF;
    WHEN 'role_revoked' THEN  -- RoleRevoked
      -- clear role
      es_row."role" := NULL;
    WHEN 'access_reviewed' THEN  -- AccessReviewed
      NULL;  -- only moves the version
    WHEN 'phone_confirmed' THEN  -- PhoneConfirmed
      -- set phone: PhoneConfirmed.phone
      es_value := es_event."event" -> 'phone';
      IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
        es_row."phone" := (es_value OPERATOR(pg_catalog.#>>) '{}');
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'phone'::text, 'phone'::text, 'a string'::text, es_value);
      END IF;
    ELSE
      es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
      PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
    END CASE;
    IF (es_event."recorded_at" >= '0001-01-01 00:00:00+00' AND es_event."recorded_at" <= '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."core_user_events_rollup_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb);
    END IF;
    es_version := es_sequence;
    es_row."modified_at" := es_event."recorded_at";
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
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_apply" FROM PUBLIC;

-- Folds the entities again of which events were changed or deleted. If what is left does not fold, the statement fails.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_edited"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_ids uuid[];  -- the entities whose events have changed
BEGIN
  IF TG_RELID OPERATOR(pg_catalog.<>) '"public"."core_user_events"'::pg_catalog.regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is derived from %s',
        '"public"."core_user_events_rollup"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."core_user_events"'),
      HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'core_user_events_rollup';
  END IF;
  IF TG_OP = 'DELETE' THEN
    es_ids := ARRAY(SELECT DISTINCT e."id"::uuid FROM "es_old" AS e);
  ELSE
    -- Compared byte by byte: not every type has an operator for it, and what is equal need not fold alike.
    es_ids := ARRAY(
      SELECT DISTINCT i.es_id
      FROM (SELECT e."id", e."sequence", e."event", e."recorded_at" FROM "es_old" AS e) AS o
        FULL JOIN (SELECT e."id", e."sequence", e."event", e."recorded_at" FROM "es_new" AS e) AS n ON n."id" = o."id" AND n."sequence" = o."sequence"
        CROSS JOIN LATERAL (VALUES (o."id"::uuid), (n."id"::uuid)) AS i (es_id)
      WHERE ROW(o."id", o."sequence", o."event", o."recorded_at")::record *<> ROW(n."id", n."sequence", n."event", n."recorded_at")::record AND i.es_id IS NOT NULL
    );
  END IF;
  IF cardinality(es_ids) = 0 THEN
    RETURN NULL;
  END IF;
  IF pg_trigger_depth() > 1 THEN
    -- Inside another trigger, an event can go before its own trigger has folded it, which would fold it afterwards.
    PERFORM "public"."core_user_events_rollup_refuse"('RU001'::text, e."id"::uuid::text, e."sequence"::bigint, least(coalesce(r."version", 0), e."sequence"::bigint - 1), NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb)
    FROM "es_old" AS e LEFT JOIN "public"."core_user_events_rollup" AS r ON r."id" = e."id"::uuid
    WHERE e."sequence" > coalesce(r."version", 0) AND NOT EXISTS (
      SELECT FROM "public"."core_user_events" AS s WHERE s."id" = e."id" AND s."sequence" = e."sequence"
    )
    ORDER BY e."id", e."sequence"
    LIMIT 1;
  END IF;
  -- Waits for current writers, and makes new ones wait. The event table before the rollup, as writers do.
  LOCK TABLE "public"."core_user_events" IN SHARE ROW EXCLUSIVE MODE;
  -- A row becomes one that was folded after the events that this transaction has written: their trigger may fire later in
  -- the same statement, and what does not fold is not refused as a replay.
  UPDATE "public"."core_user_events_rollup" AS r SET "version" = r."version"
  WHERE r."id" = ANY (es.es_ids) AND EXISTS (
    SELECT
    FROM "public"."core_user_events" AS e
    WHERE e."id" = r."id" AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
      AND (CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END AND r.cmin::text::bigint > e.cmin::text::bigint) IS NOT TRUE
  );
  PERFORM "public"."core_user_events_rollup_rebuild"(es_ids);
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_edited" FROM PUBLIC;

-- Empties the rollup when the event table is emptied.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_truncate"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
BEGIN
  IF TG_RELID IS DISTINCT FROM to_regclass('"public"."core_user_events"') OR TG_OP <> 'TRUNCATE' THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = 'the rollup "public"."core_user_events_rollup" can only be emptied by a TRUNCATE of "public"."core_user_events"', HINT = 'Rename the event table back to "public"."core_user_events", or run the REVERT_SQL and then a migration for its new name.';
  END IF;
  -- A statement that names both tables has already emptied it.
  IF pg_relation_size('"public"."core_user_events_rollup"') > 0 THEN
    TRUNCATE TABLE "public"."core_user_events_rollup";
  END IF;
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_truncate" FROM PUBLIC;

-- Revokes what default privileges may have granted, and creates the triggers on the event table. An existing
-- trigger that is the same is left as it is.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass('"public"."core_user_events"');
  es_enabled pg_catalog."char";
  es_found pg_catalog.text;
  es_grant pg_catalog.record;
BEGIN
  IF pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the migration does not run in one transaction',
      HINT = 'Begin a transaction before its first statement.';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."core_user_events_rollup"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_model', 'core_user_events_rollup_refuse', 'core_user_events_rollup_unseen', 'core_user_events_rollup_guarded', 'core_user_events_rollup_plain', 'core_user_events_rollup_extended', 'core_user_events_rollup_small', 'core_user_events_rollup_leaves', 'core_user_events_rollup_fold', 'core_user_events_rollup_at', 'core_user_events_rollup_as_of', 'core_user_events_rollup_changes', 'core_user_events_rollup_refold', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_verify', 'core_user_events_rollup_folded', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_apply', 'core_user_events_rollup_each', 'core_user_events_rollup_replica', 'core_user_events_rollup_edited', 'core_user_events_rollup_truncate')
        AND pg_get_userbyid(p.proowner) <> current_user
    ) AS n (es_name)
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s has a name that the rollup needs, but is not owned by %I', es_found, current_user),
      HINT = 'Drop it, or make the owner of the event table its owner.';
  END IF;
  es_found := (
    SELECT min(p.oid::regprocedure::text)
    FROM pg_proc AS p
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_model', 'core_user_events_rollup_refuse', 'core_user_events_rollup_unseen', 'core_user_events_rollup_guarded', 'core_user_events_rollup_plain', 'core_user_events_rollup_extended', 'core_user_events_rollup_small', 'core_user_events_rollup_leaves', 'core_user_events_rollup_fold', 'core_user_events_rollup_at', 'core_user_events_rollup_as_of', 'core_user_events_rollup_changes', 'core_user_events_rollup_refold', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_verify', 'core_user_events_rollup_folded', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_apply', 'core_user_events_rollup_each', 'core_user_events_rollup_replica', 'core_user_events_rollup_edited', 'core_user_events_rollup_truncate')
    GROUP BY p.proname
    HAVING count(*) > 1
    LIMIT 1
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('another function has the same name as %s, but different arguments', es_found),
      HINT = 'Drop the other function: a call of the rollup''s function could reach it instead.';
  END IF;
  -- Only the owner may run the functions and write the rollup, whatever was granted by default.
  FOR es_grant IN
    SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
    FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_model', 'core_user_events_rollup_refuse', 'core_user_events_rollup_unseen', 'core_user_events_rollup_guarded', 'core_user_events_rollup_plain', 'core_user_events_rollup_extended', 'core_user_events_rollup_small', 'core_user_events_rollup_leaves', 'core_user_events_rollup_fold', 'core_user_events_rollup_at', 'core_user_events_rollup_as_of', 'core_user_events_rollup_changes', 'core_user_events_rollup_refold', 'core_user_events_rollup_rebuild', 'core_user_events_rollup_verify', 'core_user_events_rollup_folded', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_apply', 'core_user_events_rollup_each', 'core_user_events_rollup_replica', 'core_user_events_rollup_edited', 'core_user_events_rollup_truncate') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."core_user_events_rollup"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."core_user_events_rollup"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup' AND t.tgfoid = to_regprocedure('"public"."core_user_events_rollup_apply"()')
      AND t.tgtype = 4 AND t.tgnewtable = 'es_new' AND t.tgoldtable IS NULL AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "core_user_events_rollup"
    AFTER INSERT ON "public"."core_user_events"
    REFERENCING NEW TABLE AS "es_new"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."core_user_events_rollup_apply"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."core_user_events" ENABLE ALWAYS TRIGGER "core_user_events_rollup";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."core_user_events" ENABLE REPLICA TRIGGER "core_user_events_rollup";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."core_user_events" DISABLE TRIGGER "core_user_events_rollup";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "core_user_events_rollup" on "public"."core_user_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."core_user_events" ENABLE TRIGGER "core_user_events_rollup"; until then the rollup is not updated.';
  END IF;
  -- A TRUNCATE of the event table empties the rollup.
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_truncate');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_truncate' AND t.tgfoid = to_regprocedure('"public"."core_user_events_rollup_truncate"()')
      AND t.tgtype = 32 AND t.tgnewtable IS NULL AND t.tgoldtable IS NULL AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "core_user_events_rollup_truncate"
    AFTER TRUNCATE ON "public"."core_user_events"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."core_user_events_rollup_truncate"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."core_user_events" ENABLE ALWAYS TRIGGER "core_user_events_rollup_truncate";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."core_user_events" ENABLE REPLICA TRIGGER "core_user_events_rollup_truncate";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."core_user_events" DISABLE TRIGGER "core_user_events_rollup_truncate";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "core_user_events_rollup_truncate" on "public"."core_user_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."core_user_events" ENABLE TRIGGER "core_user_events_rollup_truncate"; until then the rollup is not updated.';
  END IF;
  -- Events that are changed are folded again. Like the next trigger, it fires when the one for an INSERT does.
  es_enabled := coalesce(
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_updated'),
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup')
  );
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_updated' AND t.tgfoid = to_regprocedure('"public"."core_user_events_rollup_edited"()')
      AND t.tgtype = 16 AND t.tgnewtable = 'es_new' AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "core_user_events_rollup_updated"
    AFTER UPDATE ON "public"."core_user_events"
    REFERENCING OLD TABLE AS "es_old" NEW TABLE AS "es_new"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."core_user_events_rollup_edited"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."core_user_events" ENABLE ALWAYS TRIGGER "core_user_events_rollup_updated";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."core_user_events" ENABLE REPLICA TRIGGER "core_user_events_rollup_updated";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."core_user_events" DISABLE TRIGGER "core_user_events_rollup_updated";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "core_user_events_rollup_updated" on "public"."core_user_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."core_user_events" ENABLE TRIGGER "core_user_events_rollup_updated"; until then the rollup is not updated.';
  END IF;
  -- Events that are deleted are taken back.
  es_enabled := coalesce(
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_deleted'),
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup')
  );
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_deleted' AND t.tgfoid = to_regprocedure('"public"."core_user_events_rollup_edited"()')
      AND t.tgtype = 8 AND t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "core_user_events_rollup_deleted"
    AFTER DELETE ON "public"."core_user_events"
    REFERENCING OLD TABLE AS "es_old"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."core_user_events_rollup_edited"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."core_user_events" ENABLE ALWAYS TRIGGER "core_user_events_rollup_deleted";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."core_user_events" ENABLE REPLICA TRIGGER "core_user_events_rollup_deleted";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."core_user_events" DISABLE TRIGGER "core_user_events_rollup_deleted";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "core_user_events_rollup_deleted" on "public"."core_user_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."core_user_events" ENABLE TRIGGER "core_user_events_rollup_deleted"; until then the rollup is not updated.';
  END IF;
  -- Never fires. PostgreSQL does not let a table with such a trigger become a partition or a child of another
  -- table, which would let in rows that the statement trigger does not see. An INSERT ignores it.
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_guard');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup_guard' AND t.tgfoid = to_regprocedure('"public"."core_user_events_rollup_apply"()')
      AND t.tgtype = 9 AND t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NOT NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "core_user_events_rollup_guard"
    AFTER DELETE ON "public"."core_user_events"
    REFERENCING OLD TABLE AS "es_old"
      FOR EACH ROW WHEN (false)
    EXECUTE FUNCTION "public"."core_user_events_rollup_apply"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."core_user_events" ENABLE ALWAYS TRIGGER "core_user_events_rollup_guard";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."core_user_events" ENABLE REPLICA TRIGGER "core_user_events_rollup_guard";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."core_user_events" DISABLE TRIGGER "core_user_events_rollup_guard";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "core_user_events_rollup_guard" on "public"."core_user_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."core_user_events" ENABLE TRIGGER "core_user_events_rollup_guard"; until then the rollup is not updated.';
  END IF;
END
$es_rollup$;

-- Adds to the function that holds the model which models the rollup had before, and the checksums of the other
-- functions, which tell whether somebody has replaced or altered one by hand.
DO $es_rollup$
DECLARE
  es_model pg_catalog.text;
  es_checksums pg_catalog.text;
BEGIN
  IF pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the migration does not run in one transaction',
      HINT = 'Begin a transaction before its first statement.';
  END IF;
  SELECT p.prosrc INTO STRICT es_model FROM pg_proc AS p WHERE p.oid = to_regprocedure('"public"."core_user_events_rollup_model"()');
  SELECT string_agg(format(E'-- %s\t%s\t%s\n', n.nspname, p.proname,
    pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(',',
      p.pronargs, p.pronargdefaults, p.proretset, p.proisstrict, p.prosecdef, p.provolatile, p.proparallel,
      pg_catalog.replace(pg_catalog.array_to_string(p.proconfig, ','), pg_catalog.chr(34), ''), p.prosrc
    ), pg_catalog.getdatabaseencoding())), 'hex'), 16)
  ), '' ORDER BY n.nspname, p.proname) INTO STRICT es_checksums
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE (n.nspname, p.proname) IN (
    ('public', 'core_user_events_rollup_refuse'),
    ('public', 'core_user_events_rollup_unseen'),
    ('public', 'core_user_events_rollup_guarded'),
    ('public', 'core_user_events_rollup_plain'),
    ('public', 'core_user_events_rollup_extended'),
    ('public', 'core_user_events_rollup_small'),
    ('public', 'core_user_events_rollup_fold'),
    ('public', 'core_user_events_rollup_at'),
    ('public', 'core_user_events_rollup_as_of'),
    ('public', 'core_user_events_rollup_changes'),
    ('public', 'core_user_events_rollup_refold'),
    ('public', 'core_user_events_rollup_rebuild'),
    ('public', 'core_user_events_rollup_verify'),
    ('public', 'core_user_events_rollup_folded'),
    ('public', 'core_user_events_rollup_catch_up'),
    ('public', 'core_user_events_rollup_apply'),
    ('public', 'core_user_events_rollup_edited'),
    ('public', 'core_user_events_rollup_truncate')
  );
  EXECUTE format('CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_model"()
  RETURNS text
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS %L', es_model || current_setting('es_rollup.earlier') || es_checksums);
END
$es_rollup$;

-- Drops what the new model does not have, and what was there to fill the rows of the old one.
IF to_regclass('"public"."core_user_events_rollup_es_todo"') IS NOT NULL THEN
  DROP TABLE "public"."core_user_events_rollup_es_todo", "public"."core_user_events_rollup_es_done";
  DROP PROCEDURE "public"."core_user_events_rollup_fill"(integer);
  DROP FUNCTION "public"."core_user_events_rollup_filling"(), "public"."core_user_events_rollup_step"(uuid, bigint, bigint), "public"."core_user_events_rollup_scan"(), "public"."core_user_events_rollup_batch"(integer), "public"."core_user_events_rollup_finish"();
END IF;

-- The comments name the model, unless somebody has written others.
DO $es_rollup$
DECLARE
  es_path pg_catalog.text;
BEGIN
  IF pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the migration does not run in one transaction',
      HINT = 'Begin a transaction before its first statement.';
  END IF;
  IF starts_with(obj_description('"public"."core_user_events_rollup"'::regclass, 'pg_class'), 'es-rollup ') THEN
    COMMENT ON TABLE "public"."core_user_events_rollup" IS 'es-rollup 9e9e9a3fa4da859e: the current state of each entity in "public"."core_user_events", folded from its events (UserEvent)';
  END IF;
  -- Restores the session's settings.
  es_path := current_setting('es_rollup.search_path', true);
  PERFORM set_config('row_security', current_setting('es_rollup.row_security', true), true);
  PERFORM set_config('es_rollup.search_path', '', true);
  PERFORM set_config('search_path', substr(es_path, 2), true);
END
$es_rollup$;

END
$es_rollup_change$;
