-- es-rollup 79db9f5b89bbb7bc: keeps the current state of each entity in "public"."cart_events".
-- Generated from the enum CartEvent: to change it, change the enum and generate a new migration. Run it in one
-- transaction, as the owner of the event table. It can be run again: existing objects stay as they are, and events
-- that are not folded yet are folded.

-- Refuses to install if the trigger would be skipped or could not be trusted.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass;
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
  es_events := to_regclass('"public"."cart_events"');
  IF es_events IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the event table "public"."cart_events" does not exist',
      HINT = 'Create it first, or name it with its schema: #[rollup(events = "schema.table")].';
  END IF;
  IF (SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."cart_events" is not an ordinary table (it is partitioned, a partition, inherited or a view)',
      HINT = 'A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('only the owner of "public"."cart_events" can install a rollup on it, and %I is not the owner', current_user),
      HINT = format('Run SET ROLE %I before the migration.',
        (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
  END IF;
  -- One migration of this rollup at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended('es-rollup "public"."carts"', 0));
END
$es_rollup$;

-- Waits for current writers, and makes new ones wait until the migration commits; readers do not wait. The event
-- table is locked before the rollup, as writers do. Outside a transaction this fails, before anything is created.
LOCK TABLE "public"."cart_events" IN SHARE ROW EXCLUSIVE MODE;

-- Checks what can change while the migration waits for the lock.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass('"public"."cart_events"');
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
      MESSAGE = '"public"."cart_events" is not an ordinary table (it is partitioned, a partition, inherited or a view)',
      HINT = 'A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('only the owner of "public"."cart_events" can install a rollup on it, and %I is not the owner', current_user),
      HINT = format('Run SET ROLE %I before the migration.',
        (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
  END IF;
  IF (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
    RAISE WARNING USING MESSAGE = 'the owner of "public"."cart_events" is a superuser, so the functions of the rollup run with all privileges',
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
      MESSAGE = format('column %s of "public"."cart_events" is %s, but the rollup needs %s, NOT NULL', '"id"', coalesce(es_found, 'missing'), concat_ws(' or ', 'uuid')),
      HINT = 'Alter the column, or name the Rust type of its ids: #[rollup(id = ...)].';
  END IF;
  IF EXISTS (
    SELECT
    FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation
    WHERE a.attrelid = es_events AND a.attname = 'id' AND NOT c.collisdeterministic
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'column "id" of "public"."cart_events" has a collation that is not deterministic',
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
      MESSAGE = format('column %s of "public"."cart_events" is %s, but the rollup needs %s, NOT NULL', '"sequence"', coalesce(es_found, 'missing'), concat_ws(' or ', 'smallint', 'integer', 'bigint')),
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
      MESSAGE = format('column %s of "public"."cart_events" is %s, but the rollup needs %s, NOT NULL', '"event"', coalesce(es_found, 'missing'), concat_ws(' or ', 'jsonb')),
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
      MESSAGE = format('column %s of "public"."cart_events" is %s, but the rollup needs %s, NOT NULL', '"recorded_at"', coalesce(es_found, 'missing'), concat_ws(' or ', 'timestamp with time zone')),
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
      MESSAGE = '"public"."cart_events" has no unique index on ("id", "sequence") alone',
      HINT = 'Add UNIQUE ("id", "sequence"), not deferrable and not partial: it keeps two writers from appending the same event.';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."carts"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate')
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
    SELECT p.prosrc FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."carts_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF to_regclass('"public"."carts"') IS NOT NULL AND (es_found IS NULL OR (
    SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass('"public"."carts"')
  )) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."carts" exists and is not a rollup',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.';
  END IF;
  IF es_found IS NULL AND EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate')
    UNION ALL
    SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname = 'carts'
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or type with a name that "public"."carts" needs already exists',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  IF strpos(es_found, '{"fingerprint":"79db9f5b89bbb7bc"') = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."carts" was generated from another model of CartEvent',
      HINT = 'Run the migrations that lead from its model to this one. If there are none, run the REVERT_SQL of the release that created it, then this migration: the rollup is then folded again from the events.';
  END IF;
  PERFORM set_config('es_rollup.earlier',
    coalesce((
      SELECT string_agg(t.line || E'\n', '' ORDER BY t.nth)
      FROM unnest(string_to_array(es_found, E'\n')) WITH ORDINALITY AS t (line, nth)
      WHERE starts_with(t.line, '-- earlier model ')
    ), ''), true);
  IF to_regclass('"public"."carts_es_todo"') IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."carts" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."carts_fill"().';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."carts"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."carts"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."carts"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."carts"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = es_events AND t.tgname IN ('carts', 'carts_truncate', 'carts_updated', 'carts_deleted', 'carts_guard')
      AND NOT (p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate'))
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the event table already has a trigger %s, but "public"."carts" needs that name', es_found),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('carts_pkey') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."carts"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."carts" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."carts_items"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_items_guarded', 'carts_items_at', 'carts_items_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_items_guarded', 'carts_items_at', 'carts_items_as_of')
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
    SELECT p.prosrc FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."carts_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF to_regclass('"public"."carts_items"') IS NOT NULL AND (es_found IS NULL OR (
    SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass('"public"."carts_items"')
  )) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."carts_items" exists and is not a rollup',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.';
  END IF;
  IF es_found IS NULL AND EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_items_guarded', 'carts_items_at', 'carts_items_as_of')
    UNION ALL
    SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname = 'carts_items'
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or type with a name that "public"."carts_items" needs already exists',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."carts_items"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."carts_items"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."carts_items"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."carts_items"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('carts_items_pkey', 'carts_items_product_id_idx') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."carts_items"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."carts_items" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."carts_archived"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_archived_guarded', 'carts_archived_at', 'carts_archived_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_archived_guarded', 'carts_archived_at', 'carts_archived_as_of')
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
    SELECT p.prosrc FROM pg_proc AS p
    WHERE p.oid = to_regprocedure('"public"."carts_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF to_regclass('"public"."carts_archived"') IS NOT NULL AND (es_found IS NULL OR (
    SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass('"public"."carts_archived"')
  )) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."carts_archived" exists and is not a rollup',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.';
  END IF;
  IF es_found IS NULL AND EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_archived_guarded', 'carts_archived_at', 'carts_archived_as_of')
    UNION ALL
    SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname = 'carts_archived'
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or type with a name that "public"."carts_archived" needs already exists',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."carts_archived"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."carts_archived"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."carts_archived"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."carts_archived"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('carts_archived_pkey') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."carts_archived"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."carts_archived" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  -- Whether events were folded before.
  PERFORM set_config('es_rollup.again', (to_regclass('"public"."carts"') IS NOT NULL)::text, true);
END
$es_rollup$;

-- One row per entity. The space left in each page lets updates stay in it (HOT), so no index belongs on
-- columns that change.
CREATE TABLE IF NOT EXISTS "public"."carts" (
  "id" uuid NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  "status" text NOT NULL,
  "items_ever" bigint NOT NULL,
  "submitted_at" timestamp with time zone,
  "total" bigint,
  "published_at" timestamp with time zone,
  CONSTRAINT "carts_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 75);
COMMENT ON TABLE "public"."carts" IS 'es-rollup 79db9f5b89bbb7bc: the current state of each entity in "public"."cart_events", folded from its events (CartEvent)';

-- Rows of the entities, written under the lock of the entity's row in the rollup. The space left in each page lets
-- updates stay in it (HOT), unless they change a column that has an index.
CREATE TABLE IF NOT EXISTS "public"."carts_items" (
  "id" uuid NOT NULL,
  "item_id" uuid NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  "product_id" uuid NOT NULL,
  "description" text NOT NULL,
  "image" text NOT NULL,
  "price" bigint NOT NULL,
  "fingerprint" text NOT NULL,
  CONSTRAINT "carts_items_pkey" PRIMARY KEY ("id", "item_id")
) WITH (fillfactor = 75);
COMMENT ON TABLE "public"."carts_items" IS 'es-rollup 79db9f5b89bbb7bc: the items of each entity in "public"."cart_events", folded from its events (CartEvent)';
CREATE INDEX IF NOT EXISTS "carts_items_product_id_idx" ON "public"."carts_items" ("product_id");

-- Rows of the entities, written under the lock of the entity's row in the rollup. The space left in each page lets
-- updates stay in it (HOT), unless they change a column that has an index.
CREATE TABLE IF NOT EXISTS "public"."carts_archived" (
  "id" uuid NOT NULL,
  "price_changed" uuid NOT NULL,
  "item_id" uuid NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  CONSTRAINT "carts_archived_pkey" PRIMARY KEY ("id", "price_changed", "item_id")
) WITH (fillfactor = 75);
COMMENT ON TABLE "public"."carts_archived" IS 'es-rollup 79db9f5b89bbb7bc: the archived of each entity in "public"."cart_events", folded from its events (CartEvent)';

-- The model of the rollup as JSON. A rollup is recognised by this function, which every dump contains.
CREATE OR REPLACE FUNCTION "public"."carts_model"()
  RETURNS text
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
SELECT $es_rollup_model$
{"fingerprint":"79db9f5b89bbb7bc","model":{"format":3,"fingerprint":"79db9f5b89bbb7bc","meaning":{"types":{"t1":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t2":{"name":"text","qualified":"pg_catalog.text","identity":"text.1","accepts":"pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')","default":"''::pg_catalog.text","number":null,"order":" COLLATE pg_catalog.\"C\"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t3":{"name":"bigint","qualified":"bigint","identity":"integer.1(-9223372036854775808 to 9223372036854775807)","accepts":"CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END","read":"es_value::bigint","default":"0::bigint","number":"es_number OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_number OPERATOR(pg_catalog.<=) 9223372036854775807","order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t4":{"name":"timestamp with time zone","qualified":"timestamp with time zone","identity":"timestamptz.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~) '^(([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29)' AND pg_catalog.substr(es_value OPERATOR(pg_catalog.#>>) '{}', 11) OPERATOR(pg_catalog.~) '^T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])$' AND ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '%Z' OR pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', 4) OPERATOR(pg_catalog.<>) ALL (ARRAY['0001', '9999']))","read":"(CASE WHEN pg_catalog.length(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.<=) 27 THEN es_value OPERATOR(pg_catalog.#>>) '{}' ELSE pg_catalog.regexp_replace(es_value OPERATOR(pg_catalog.#>>) '{}', '(?<=[.][0-9]{6})[0-9]+', '') END)::timestamp with time zone","default":"'1970-01-01 00:00:00+00'::timestamp with time zone","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":true,"null":false,"wide":false,"raises":false},"t5":{"name":"bigint","qualified":"bigint","identity":"integer.1(-9223372036854775808 to 9223372036854775807)","accepts":"CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END","read":"es_value::bigint","default":"0::bigint","number":"es_number OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_number OPERATOR(pg_catalog.<=) 9223372036854775807","order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t6":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t7":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t8":{"name":"text","qualified":"pg_catalog.text","identity":"text.1","accepts":"pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')","default":"''::pg_catalog.text","number":null,"order":" COLLATE pg_catalog.\"C\"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t9":{"name":"uuid","qualified":"pg_catalog.uuid","identity":"uuid.1","accepts":"(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid","default":"'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid","number":null,"order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false}},"store":{"table":{"schema":"public","name":"cart_events"},"id":"id","id_type":"t1","sequence":"sequence","order":"contiguous","payload":"event","recorded_at":"recorded_at"},"tagging":{"form":"internal","tag":"type"},"trigger":"statement","events":{"cart_created":{"names":["cart_created"],"other":false,"shape":"unit","life":"create"},"item_added":{"names":["item_added"],"other":false,"shape":"struct","life":"change"},"item_removed":{"names":["item_removed"],"other":false,"shape":"struct","life":"change"},"item_archived":{"names":["item_archived"],"other":false,"shape":"struct","life":"change"},"cart_cleared":{"names":["cart_cleared"],"other":false,"shape":"unit","life":"change"},"cart_submitted":{"names":["cart_submitted"],"other":false,"shape":"struct","life":"change"},"cart_published":{"names":["cart_published"],"other":false,"shape":"unit","life":"change"}},"root":{"table":{"schema":"public","name":"carts"},"columns":{"status":{"type":"t2","kind":"value","nullable":false},"items_ever":{"type":"t3","kind":"counter","nullable":false},"submitted_at":{"type":"t4","kind":"value","nullable":true},"total":{"type":"t5","kind":"value","nullable":true},"published_at":{"type":"t4","kind":"value","nullable":true}},"constraints":{},"rules":{"cart_created":[["status","set",{"literal":"open"}]],"item_added":[["items_ever","increment",{"literal":1}]],"item_removed":[],"item_archived":[],"cart_cleared":[],"cart_submitted":[["status","set",{"literal":"submitted"}],["submitted_at","set",{"envelope":"recorded_at"}],["total","set",{"keys":["total"],"type":"t5","many":false,"optional":false,"absent":"refused"}]],"cart_published":[["status","set",{"literal":"published"}],["published_at","set",{"envelope":"recorded_at"}]]}},"views":[{"name":"items","key":{"item_id":{"type":"t6","kind":"value","nullable":false}},"table":{"schema":"public","name":"carts_items"},"columns":{"product_id":{"type":"t7","kind":"value","nullable":false},"description":{"type":"t8","kind":"value","nullable":false},"image":{"type":"t8","kind":"value","nullable":false},"price":{"type":"t5","kind":"value","nullable":false},"fingerprint":{"type":"t8","kind":"value","nullable":false}},"constraints":{"carts_items_product_id_idx":{"kind":"index","columns":["product_id"]}},"rules":{"item_added":{"touch":"create","key":[{"keys":["item_id"],"type":"t6","many":false,"optional":false,"absent":"refused"}],"steps":[["product_id","set",{"keys":["product_id"],"type":"t7","many":false,"optional":false,"absent":"refused"}],["description","set",{"keys":["description"],"type":"t8","many":false,"optional":false,"absent":"refused"}],["image","set",{"keys":["image"],"type":"t8","many":false,"optional":false,"absent":"refused"}],["price","set",{"keys":["price"],"type":"t5","many":false,"optional":false,"absent":"refused"}],["fingerprint","set",{"keys":["fingerprint"],"type":"t8","many":false,"optional":false,"absent":"default"}]]},"item_removed":{"touch":"delete","key":[{"keys":["item_id"],"type":"t6","many":false,"optional":false,"absent":"refused"}],"steps":[]},"item_archived":{"touch":"remove","key":[{"keys":["item_id"],"type":"t6","many":false,"optional":false,"absent":"refused"}],"steps":[]},"cart_cleared":{"empty":[],"touch":"nothing","key":[],"steps":[]}}},{"name":"archived","key":{"price_changed":{"type":"t9","kind":"value","nullable":false},"item_id":{"type":"t6","kind":"value","nullable":false}},"table":{"schema":"public","name":"carts_archived"},"columns":{},"constraints":{},"rules":{"item_archived":{"touch":"create","key":[{"keys":["price_changed"],"type":"t9","many":false,"optional":false,"absent":"refused"},{"keys":["item_id"],"type":"t6","many":false,"optional":false,"absent":"refused"}],"steps":[]}}}]},"labels":{"enum":"CartEvent","events":{"cart_created":{"name":"CartCreated"},"item_added":{"name":"ItemAdded"},"item_removed":{"name":"ItemRemoved"},"item_archived":{"name":"ItemArchived"},"cart_cleared":{"name":"CartCleared"},"cart_submitted":{"name":"CartSubmitted"},"cart_published":{"name":"CartPublished"}},"expects":{"t1":"a UUID, as 32 hexadecimal digits with or without the usual hyphens","t2":"a string","t3":"an integer from -9223372036854775808 to 9223372036854775807","t4":{"text":"a date and time as YYYY-MM-DDTHH:MM:SSZ, in years 1 to 9999, without a leap second","write":"pg_catalog.to_char(pg_catalog.timezone('UTC', es_value), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"},"t5":"an integer from -9223372036854775808 to 9223372036854775807","t6":"a UUID, as 32 hexadecimal digits with or without the usual hyphens","t7":"a UUID, as 32 hexadecimal digits with or without the usual hyphens","t8":"a string","t9":"a UUID, as 32 hexadecimal digits with or without the usual hyphens"}}}}
$es_rollup_model$
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_model" FROM PUBLIC;

DO $es_rollup$
BEGIN
  IF to_regprocedure('"public"."carts_put"(uuid, bigint, bigint, boolean)') IS NOT NULL THEN
    DROP FUNCTION "public"."carts_put"(uuid, bigint, bigint, boolean);  -- that of an earlier release
  END IF;
END
$es_rollup$;

-- Folds the events of entities, of each above a version and up to another, into the tables that have several rows for
-- it, and returns how many entities there are. It is called after the entities' rows in the rollup were written, which
-- other transactions wait for.
CREATE OR REPLACE FUNCTION "public"."carts_put"(es_ids uuid[], es_froms bigint[], es_uptos bigint[], es_inside boolean)
  RETURNS bigint
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
  SET enable_seqscan = off  -- plans outlast the statistics that they were made from
  SET jit = off  -- the costs of such plans are no measure of their work
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_entity uuid;  -- the entity that is being folded
  es_above bigint;  -- the version above which its events are folded
  es_last bigint;  -- the version up to which they are
  es_event record;  -- the current event
  es_sequence bigint;  -- its sequence
  es_version bigint := 0::bigint;  -- that of the event before it
  es_tag text;  -- the event's type
  es_value jsonb;  -- the current value
BEGIN
  IF NOT es_inside AND ("public"."carts_items_guarded"('"public"."carts_items"'::regclass) OR "public"."carts_archived_guarded"('"public"."carts_archived"'::regclass)) THEN
    FOR es_place IN 1 .. coalesce(cardinality(es_ids), 0) LOOP
      es_entity := es_ids[es_place];
      -- In a block that shows no values.
      BEGIN
        PERFORM "public"."carts_put"(ARRAY[es_entity]::uuid[], ARRAY[es_froms[es_place]], ARRAY[es_uptos[es_place]], true);
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
              coalesce(' of entity ' || regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."cart_events"',
              CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
              format('"%s"."%s"', es_schema, es_table)),
            HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
            SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
        END;
      END;
    END LOOP;
    RETURN coalesce(cardinality(es_ids), 0)::bigint;
  END IF;
  FOR es_place IN 1 .. coalesce(cardinality(es_ids), 0) LOOP
    es_entity := es_ids[es_place];
    es_above := es_froms[es_place];
    IF es_above = 0 THEN
      -- From nothing. Rows can be there if somebody took away the entity's row in the rollup.
      DELETE FROM "public"."carts_items" AS v WHERE v."id" = es.es_entity;
      DELETE FROM "public"."carts_archived" AS v WHERE v."id" = es.es_entity;
    END IF;
  END LOOP;
  FOR es_event IN
    SELECT s.es_place::integer AS es_place, e.*
    FROM unnest((SELECT es_ids)) WITH ORDINALITY AS s (es_id, es_place)
      CROSS JOIN LATERAL (
        SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."cart_events" AS e
        WHERE e."id" = s.es_id
          AND e."sequence" > es_froms[s.es_place::integer] AND e."sequence" <= es_uptos[s.es_place::integer]
        ORDER BY e."sequence"
      ) AS e
  LOOP
    es_entity := es_ids[es_event.es_place];
    es_version := es_froms[es_event.es_place];
    es_sequence := es_event."sequence";
    es_tag := es_event."event" ->> 'type';
    IF es_sequence <> es_version + 1 THEN
      PERFORM "public"."carts_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
    END IF;
    IF es_tag IN ('item_added', 'item_removed', 'item_archived', 'cart_cleared') THEN
      <<es_view>>
      DECLARE  -- items
        es_row "public"."carts_items"%ROWTYPE;  -- the current row
        es_key_1 uuid;  -- its "item_id"
      BEGIN
        CASE es_tag
        WHEN 'item_added' THEN  -- ItemAdded
          -- set item_id: ItemAdded.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."item_id" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set product_id: ItemAdded.product_id
          es_value := es_event."event" -> 'product_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_row."product_id" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'product_id'::text, 'product_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set description: ItemAdded.description
          es_value := es_event."event" -> 'description';
          IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."description" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'description'::text, 'description'::text, 'a string'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set image: ItemAdded.image
          es_value := es_event."event" -> 'image';
          IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."image" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'image'::text, 'image'::text, 'a string'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set price: ItemAdded.price
          es_value := es_event."event" -> 'price';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."price" := es_value::bigint;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'price'::text, 'price'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set fingerprint: ItemAdded.fingerprint
          es_value := es_event."event" -> 'fingerprint';
          IF es_value IS NULL THEN
            es_row."fingerprint" := ''::pg_catalog.text;
          ELSIF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."fingerprint" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'fingerprint'::text, 'fingerprint'::text, 'a string'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          INSERT INTO "public"."carts_items"
            ("id", "item_id", "version", "created_at", "modified_at", "product_id", "description", "image", "price", "fingerprint")
          VALUES
            (es_row."id", es_row."item_id", es_row."version", es_row."created_at", es_row."modified_at", es_row."product_id", es_row."description", es_row."image", es_row."price", es_row."fingerprint")
          ON CONFLICT ("id", "item_id") DO NOTHING;
          IF NOT FOUND THEN
            PERFORM "public"."carts_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
          END IF;
        WHEN 'item_removed' THEN  -- ItemRemoved
          -- set item_id: ItemRemoved.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          DELETE FROM "public"."carts_items" AS v WHERE v."id" = es.es_entity AND v."item_id" = es_view.es_key_1;
          IF NOT FOUND THEN
            PERFORM "public"."carts_refuse"('RU013'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
          END IF;
        WHEN 'item_archived' THEN  -- ItemArchived
          -- set item_id: ItemArchived.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          DELETE FROM "public"."carts_items" AS v WHERE v."id" = es.es_entity AND v."item_id" = es_view.es_key_1;
        WHEN 'cart_cleared' THEN  -- CartCleared
          DELETE FROM "public"."carts_items" AS v WHERE v."id" = es.es_entity;
        END CASE;
      END;
    END IF;
    IF es_tag IN ('item_archived') THEN
      <<es_view>>
      DECLARE  -- archived
        es_row "public"."carts_archived"%ROWTYPE;  -- the current row
        es_key_1 uuid;  -- its "price_changed"
        es_key_2 uuid;  -- its "item_id"
      BEGIN
        CASE es_tag
        WHEN 'item_archived' THEN  -- ItemArchived
          -- set price_changed: ItemArchived.price_changed
          es_value := es_event."event" -> 'price_changed';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'price_changed'::text, 'price_changed'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_archived"'::text);
          END IF;
          -- set item_id: ItemArchived.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_2 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_archived"'::text);
          END IF;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."price_changed" := es_key_1;
          es_row."item_id" := es_key_2;
          es_row."created_at" := es_event."recorded_at";
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          INSERT INTO "public"."carts_archived"
            ("id", "price_changed", "item_id", "version", "created_at", "modified_at")
          VALUES
            (es_row."id", es_row."price_changed", es_row."item_id", es_row."version", es_row."created_at", es_row."modified_at")
          ON CONFLICT ("id", "price_changed", "item_id") DO NOTHING;
          IF NOT FOUND THEN
            PERFORM "public"."carts_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_archived"'::text);
          END IF;
        END CASE;
      END;
    END IF;
    es_froms[es_event.es_place] := es_sequence;
  END LOOP;
  IF es_froms <> es_uptos THEN
    FOR es_place IN 1 .. cardinality(es_ids) LOOP
      IF es_froms[es_place] <> es_uptos[es_place] THEN
        es_entity := es_ids[es_place];
        es_sequence := es_uptos[es_place];
        es_version := es_sequence - 1;
        es_tag := NULL;
        PERFORM "public"."carts_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
      END IF;
    END LOOP;
  END IF;
  IF "public"."carts_extended"('"public"."carts"'::regclass) OR "public"."carts_extended"('"public"."carts_items"'::regclass) OR "public"."carts_extended"('"public"."carts_archived"'::regclass) THEN
    SELECT s.es_id, s.es_upto INTO es_entity, es_last
    FROM unnest(es_ids, es_uptos) WITH ORDINALITY AS s (es_id, es_upto, es_place)
    WHERE EXISTS (SELECT FROM "public"."carts" AS r WHERE r."id" = s.es_id AND r."version" > s.es_upto)
    ORDER BY s.es_place LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('while event %s of entity %s in %s was folded, a trigger on the rollup inserted a later event of the entity',
          es_last, regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), '"public"."cart_events"'),
        HINT = 'Insert it in a trigger on the event table instead.', SCHEMA = 'public', TABLE = 'carts';
    END IF;
  END IF;
  RETURN coalesce(cardinality(es_ids), 0)::bigint;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_put" FROM PUBLIC;

-- Raises every error about an event. Values are not shown: messages end up in logs.
CREATE OR REPLACE FUNCTION "public"."carts_refuse"(
  es_kind text, es_entity text, es_sequence bigint, es_version bigint, es_tag text,
  es_column text DEFAULT NULL, es_key text DEFAULT NULL, es_expects text DEFAULT NULL, es_value jsonb DEFAULT NULL,
  es_view text DEFAULT NULL
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
  es_before bigint;
  es_table text := coalesce(es_view, '"public"."carts"');
  es_names text[] := parse_ident(es_table);
BEGIN
  IF es_view IS NULL THEN
    -- Rows may come in any order, and the first event is compared with the row only when it is written. The error is
    -- the one of the lowest sequence.
    SELECT min(e."sequence")::bigint INTO es_lower
    FROM "public"."cart_events" AS e
      LEFT JOIN "public"."carts" AS r ON r."id" = e."id"
      LEFT JOIN "public"."cart_events" AS n ON n."id" = e."id" AND n."sequence" = es_sequence
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
    -- A view may refuse an event before this one. The error is the one of the lowest sequence.
    es_before := (
      SELECT max(e."sequence")::bigint FROM "public"."cart_events" AS e
      WHERE e."id" = es_entity::uuid AND e."sequence" <= es_version AND e."sequence" < es_sequence
    );
    IF current_setting('es_rollup.refolds', true) = 'true' THEN
      -- The stored rows count for nothing.
      PERFORM FROM "public"."carts_views"(es_entity::uuid, es_before);
    ELSIF current_setting('transaction_read_only') = 'off' THEN
      SELECT r."version" INTO es_lower FROM "public"."carts" AS r WHERE r."id" = es_entity::uuid FOR NO KEY UPDATE;
      es_lower := coalesce(es_lower, 0);
      IF es_lower < es_before THEN
        PERFORM "public"."carts_put"(ARRAY[es_entity::uuid]::pg_catalog.uuid[], ARRAY[es_lower], ARRAY[es_before], false);
      END IF;
    END IF;
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
  END, regexp_replace(left(es_entity, 100), '[[:cntrl:]]', '?', 'g'), '"public"."cart_events"',
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
        WHEN 'RU013' THEN 'the row that it changes does not exist'
        WHEN 'RU014' THEN 'it creates a row that already exists'
      END
    END) || coalesce(' (in ' || es_view || ')', '');
  es_detail := CASE
    WHEN es_kind = 'RU013' THEN format('%s has no row with the key of the event.', es_table)
    WHEN es_kind = 'RU014' THEN format('%s has a row with the key of the event.', es_table)
    WHEN es_kind = 'RU012' THEN format('Column "%s" of %s cannot hold the result.', es_column, es_table)
    WHEN es_kind = 'RU007' AND es_column IS NOT NULL THEN format(
      'Column "%s" of %s is read from key "%s", which is present under more than one of its names.',
      es_column, es_table, es_key)
    WHEN es_column IS NOT NULL AND es_key IS NULL THEN format(
      'Column "%s" of %s is read from column "%s": expected %s.', es_column, es_table, 'recorded_at', es_expects)
    WHEN es_column IS NOT NULL THEN format('Column "%s" of %s is read from key "%s": expected %s, %s.',
      es_column, es_table, es_key, es_expects,
      coalesce('which this JSON ' || jsonb_typeof(es_value) || ' is not', 'but the key is missing'))
    ELSE format('The rollup %s is folded up to event %s, including the events of this statement.', es_table, es_version)
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
    WHEN 'RU013' THEN 'Write the event that creates the row first, or do not write this one.'
    WHEN 'RU014' THEN 'Write an event that changes the row or deletes it, or give the new row another key.'
  END;
  IF es_key IS NULL AND es_kind = 'RU010' THEN
    es_hint := 'Write the time at which the event was recorded.';
  ELSIF es_kind = 'RU001' AND es_sequence = es_version + 1 THEN
    es_hint := 'A trigger or a rule removed the event from the event table before it was folded. Change it or drop it.';
  END IF;
  IF es_column IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = es_names[1], TABLE = es_names[2];
  ELSE
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = es_names[1], TABLE = es_names[2], COLUMN = es_column;
  END IF;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_refuse" FROM PUBLIC;

-- Whether something may have been put on a table that a query does not see, because its snapshot is older than what
-- PostgreSQL itself goes by. The first trigger, a rule, a policy, a check, a column, a partition or a child replace the
-- table's row in pg_class, and a change of a column replaces that in pg_attribute: whoever did it is the xmax of the row
-- that is seen. An index is counted in the size of all. A further trigger leaves no trace.
CREATE OR REPLACE FUNCTION "public"."carts_unseen"(es_table regclass)
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
REVOKE ALL ON FUNCTION "public"."carts_unseen" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."carts_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."carts_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('carts_pkey')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('carts_pkey')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'status', 'items_ever')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_guarded" FROM PUBLIC;

-- Whether a table certainly has nothing but what the migration created, and no column named like a variable here.
-- es_required: its columns that are not NULL. es_own: the names of its constraints.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."carts_plain"(es_table regclass, es_required text[], es_own text[])
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
    AND NOT "public"."carts_unseen"(es_table)
  FROM pg_class AS c WHERE c.oid = es_table
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_plain" FROM PUBLIC;

-- Whether something on the rollup may run code that looks up names: a trigger, a policy, a rule, a domain, a partition or
-- a child, or an index, a constraint, statistics or a default with a function, an operator or an operator class that is
-- not PostgreSQL's own. Also true if something may be there that is not seen yet. Declared IMMUTABLE so that it becomes a
-- constant in the plans that call it: each of them depends on the table by its name, and is made again when the table
-- changes.
CREATE OR REPLACE FUNCTION "public"."carts_extended"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."carts_unseen"(es_rollup)
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
REVOKE ALL ON FUNCTION "public"."carts_extended" FROM PUBLIC;

-- Whether a table is so small that a plan may read all of it. Declared IMMUTABLE so that it becomes a constant in the
-- plans that call it. PostgreSQL expects a table without statistics to grow, and one with statistics not to.
CREATE OR REPLACE FUNCTION "public"."carts_small"(es_table regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT pg_relation_size(es_table) < 131072 AND c.reltuples >= 0 FROM pg_class AS c WHERE c.oid = es_table
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_small" FROM PUBLIC;

-- Folds events of the event table, in one pass, and returns the state of each entity of which it folded any.
-- es_ids: the entities; NULL for those whose id is above es_after and not above es_to, and a NULL of these for no bound.
-- es_stored: begin each entity at its row and not at nothing.
-- es_upto: the last sequence. es_until: end an entity before its first event that was recorded later. NULL for no end.
-- es_each: return the state after each event and not only after the last.
-- es_event_type is the type of the last event, and es_deleted whether it ended the stream. If it did, es_state is the row
-- before it.
CREATE OR REPLACE FUNCTION "public"."carts_fold"(
  es_ids uuid[], es_after uuid, es_to uuid, es_stored boolean, es_upto bigint,
  es_until timestamp with time zone, es_each boolean
)
  RETURNS TABLE (es_state "public"."carts", es_event_type text, es_deleted boolean)
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
  es_by bigint;  -- by how much a counter moves
  es_past boolean;  -- whether the range of the entity has ended
BEGIN
  IF es_ids IS NULL AND es_stored THEN
    -- The stored rows decide where each entity begins.
    PERFORM set_config('enable_seqscan', 'on', true);
    es_ids := ARRAY(
      SELECT DISTINCT e."id"::uuid
      FROM "public"."cart_events" AS e
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
    FROM "public"."cart_events" AS e
    WHERE es.es_entities IS NULL
      AND (es.es_above IS NULL OR e."id" > es.es_above) AND (es.es_last_id IS NULL OR e."id" <= es.es_last_id)
      AND (es.es_last IS NULL OR e."sequence" <= es.es_last)
    UNION ALL
    SELECT e.*
    FROM unnest(es.es_entities) AS n (es_id)
      LEFT JOIN LATERAL (
        SELECT r."version" FROM "public"."carts" AS r WHERE es.es_from_rows AND r."id" = n.es_id OFFSET 0
      ) AS r ON true
      CROSS JOIN LATERAL (
        SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."cart_events" AS e
        WHERE e."id" = n.es_id AND e."sequence" > coalesce(r."version", 0)
          AND e."sequence" <= coalesce(es.es_last, 9223372036854775807)
        UNION ALL
        -- An event below the first is refused, whatever the row includes.
        SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."cart_events" AS e
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
        SELECT r.* INTO es_row FROM "public"."carts" AS r WHERE r."id" = es.es_entity;
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
      PERFORM "public"."carts_refuse"(CASE WHEN es_sequence < 1 THEN 'RU002' ELSE 'RU001' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
    END IF;
    IF es_version = 0 THEN
      IF es_tag NOT IN ('cart_created') THEN
        es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
        PERFORM "public"."carts_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN es_tag IN ('item_added', 'item_removed', 'item_archived', 'cart_cleared', 'cart_submitted', 'cart_published') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
      END IF;
      es_row."id" := es_entity;
      es_row."created_at" := es_event."recorded_at";
      es_row."items_ever" := 0;
    END IF;
    CASE es_tag
    WHEN 'cart_created' THEN  -- CartCreated
      IF es_version > 0 THEN
        PERFORM "public"."carts_refuse"('RU004'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
      END IF;
      -- set status
      es_row."status" := 'open';
    WHEN 'item_added' THEN  -- ItemAdded
      -- increment items_ever
      es_by := 1;
      IF (CASE WHEN es_by >= 0 THEN es_row."items_ever" <= ('9223372036854775807'::bigint - es_by) ELSE es_row."items_ever" >= ('-9223372036854775808'::bigint - es_by) END) THEN
        es_row."items_ever" := es_row."items_ever" + es_by;
      ELSE
        PERFORM "public"."carts_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'items_ever'::text, 'items_ever'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text);
      END IF;
    WHEN 'item_removed' THEN  -- ItemRemoved
      NULL;  -- only moves the version
    WHEN 'item_archived' THEN  -- ItemArchived
      NULL;  -- only moves the version
    WHEN 'cart_cleared' THEN  -- CartCleared
      NULL;  -- only moves the version
    WHEN 'cart_submitted' THEN  -- CartSubmitted
      -- set status
      es_row."status" := 'submitted';
      -- set submitted_at: the recorded time
      es_row."submitted_at" := es_event."recorded_at";
      -- set total: CartSubmitted.total
      es_value := es_event."event" -> 'total';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        es_row."total" := es_value::bigint;
      ELSE
        PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'total'::text, 'total'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text);
      END IF;
    WHEN 'cart_published' THEN  -- CartPublished
      -- set status
      es_row."status" := 'published';
      -- set published_at: the recorded time
      es_row."published_at" := es_event."recorded_at";
    ELSE
      es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
      PERFORM "public"."carts_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
    END CASE;
    IF (es_event."recorded_at" >= '0001-01-01 00:00:00+00' AND es_event."recorded_at" <= '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."carts_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb, NULL::text);
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
REVOKE ALL ON FUNCTION "public"."carts_fold" FROM PUBLIC;

-- The row of one entity as it was after one of its events, folded from nothing. There is none if the entity has no
-- such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."carts_at"(es_id uuid, es_version bigint)
  RETURNS SETOF "public"."carts"
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM "public"."carts_fold"(ARRAY[es_id]::uuid[], NULL::uuid, NULL::uuid, false, es_version::bigint, NULL::timestamp with time zone, false) AS f
  WHERE NOT f.es_deleted AND (f.es_state)."version" = es_version
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_at" FROM PUBLIC;

-- The row of one entity as it was at a time, folded from nothing: after all events before the first that was recorded
-- later. There is none if its first event was, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."carts_as_of"(es_id uuid, es_time timestamp with time zone)
  RETURNS SETOF "public"."carts"
  LANGUAGE sql
  STABLE STRICT  -- no row for NULL
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM "public"."carts_fold"(ARRAY[es_id]::uuid[], NULL::uuid, NULL::uuid, false, NULL::bigint, es_time::timestamp with time zone, false) AS f
  WHERE NOT f.es_deleted
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_as_of" FROM PUBLIC;

-- What each event of one entity changed: a row for each column that it changed, with the values before and after it.
-- What ends a stream leaves nothing. Compared byte by byte, since not every type has an operator for it.
CREATE OR REPLACE FUNCTION "public"."carts_changes"(es_id uuid)
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
    FROM "public"."carts_fold"(ARRAY[es_id]::uuid[], NULL::uuid, NULL::uuid, false, NULL::bigint, NULL::timestamp with time zone, true) AS f
    WINDOW es_order AS (ORDER BY (f.es_state)."version")
  ) AS s CROSS JOIN LATERAL (
    VALUES
      (1, 'status', to_jsonb((s.es_was)."status"), to_jsonb((s.es_is)."status"), ROW((s.es_was)."status")::record *<> ROW((s.es_is)."status")::record),
      (2, 'items_ever', to_jsonb((s.es_was)."items_ever"), to_jsonb((s.es_is)."items_ever"), ROW((s.es_was)."items_ever")::record *<> ROW((s.es_is)."items_ever")::record),
      (3, 'submitted_at', to_jsonb((s.es_was)."submitted_at"), to_jsonb((s.es_is)."submitted_at"), ROW((s.es_was)."submitted_at")::record *<> ROW((s.es_is)."submitted_at")::record),
      (4, 'total', to_jsonb((s.es_was)."total"), to_jsonb((s.es_is)."total"), ROW((s.es_was)."total")::record *<> ROW((s.es_is)."total")::record),
      (5, 'published_at', to_jsonb((s.es_was)."published_at"), to_jsonb((s.es_is)."published_at"), ROW((s.es_was)."published_at")::record *<> ROW((s.es_is)."published_at")::record)
  ) AS c (es_place, es_column, es_was, es_is, es_differs)
  WHERE c.es_differs
  ORDER BY s.es_sequence, c.es_place;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_changes" FROM PUBLIC;

-- Folds the events of one entity up to a version from nothing, and returns the rows that each view has then. It writes
-- nothing, and is called for entities that the rollup's own fold has accepted.
CREATE OR REPLACE FUNCTION "public"."carts_views"(es_id uuid, es_upto bigint)
  RETURNS TABLE (es_view_1 "public"."carts_items"[], es_view_2 "public"."carts_archived"[])
  LANGUAGE plpgsql
  STABLE  -- rows and events are those of one snapshot
  ROWS 1  -- so that plans do not expect a thousand, and read whole tables
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
  SET enable_seqscan = off  -- plans outlast the statistics that they were made from
  SET jit = off  -- the costs of such plans are no measure of their work
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_last ALIAS FOR es_upto;
  es_event record;  -- the current event
  es_sequence bigint;  -- its sequence
  es_version bigint := 0::bigint;  -- that of the event before it
  es_tag text;  -- the event's type
  es_value jsonb;  -- the current value
  es_found boolean;  -- whether the row was there
  es_rows_1 "public"."carts_items"[];  -- rows of items; what is gone is NULL
  es_places_1 integer[] := ARRAY[]::integer[];  -- where those are that are there
  es_ordered_1 integer := 0;  -- how many of these places are in the order of the keys, before the latest ones
  es_rows_2 "public"."carts_archived"[];  -- rows of archived; what is gone is NULL
  es_places_2 integer[] := ARRAY[]::integer[];  -- where those are that are there
  es_ordered_2 integer := 0;  -- how many of these places are in the order of the keys, before the latest ones
  es_low integer;  -- the place is behind so many others
  es_high integer;
  es_middle integer;
  es_end integer;  -- where the ordered places end, or the latest ones
BEGIN
  FOR es_event IN
    SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
    FROM "public"."cart_events" AS e
    WHERE e."id" = es.es_entity AND e."sequence" <= es.es_last
    ORDER BY e."sequence"
  LOOP
    es_sequence := es_event."sequence";
    es_tag := es_event."event" ->> 'type';
    IF es_sequence <> es_version + 1 THEN
      PERFORM "public"."carts_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
    END IF;
    IF es_tag IN ('item_added', 'item_removed', 'item_archived', 'cart_cleared') THEN
      <<es_view>>
      DECLARE  -- items
        es_row "public"."carts_items"%ROWTYPE;  -- the current row
        es_key_1 uuid;  -- its "item_id"
      BEGIN
        CASE es_tag
        WHEN 'item_added' THEN  -- ItemAdded
          -- set item_id: ItemAdded.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."item_id" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set product_id: ItemAdded.product_id
          es_value := es_event."event" -> 'product_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_row."product_id" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'product_id'::text, 'product_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set description: ItemAdded.description
          es_value := es_event."event" -> 'description';
          IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."description" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'description'::text, 'description'::text, 'a string'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set image: ItemAdded.image
          es_value := es_event."event" -> 'image';
          IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."image" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'image'::text, 'image'::text, 'a string'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set price: ItemAdded.price
          es_value := es_event."event" -> 'price';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."price" := es_value::bigint;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'price'::text, 'price'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          -- set fingerprint: ItemAdded.fingerprint
          es_value := es_event."event" -> 'fingerprint';
          IF es_value IS NULL THEN
            es_row."fingerprint" := ''::pg_catalog.text;
          ELSIF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."fingerprint" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'fingerprint'::text, 'fingerprint'::text, 'a string'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          es_low := 0;
          es_high := es_ordered_1;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF (es_rows_1[es_places_1[es_middle + 1]])."item_id" < es_key_1 THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_1[es_places_1[es_low + 1]])."item_id" = es_key_1;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_1);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_1);
          END LOOP;
          IF es_found THEN
            PERFORM "public"."carts_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
          END IF;
          es_rows_1[coalesce(cardinality(es_rows_1), 0) + 1] := es_row;
          IF es_low = es_ordered_1 AND es_low = cardinality(es_places_1) THEN
            es_ordered_1 := es_ordered_1 + 1;  -- the greatest key
          ELSE
            es_low := greatest(es_low, es_ordered_1);
            FOR es_at IN REVERSE cardinality(es_places_1) .. es_low + 1 LOOP
              es_places_1[es_at + 1] := es_places_1[es_at];
            END LOOP;
          END IF;
          es_places_1[es_low + 1] := cardinality(es_rows_1);
          IF cardinality(es_places_1) > es_ordered_1 + 500 THEN
            es_rows_1 := ARRAY(SELECT es_kept FROM unnest(es_rows_1) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."item_id");
            es_places_1 := ARRAY(SELECT generate_series(1, cardinality(es_rows_1)));
            es_ordered_1 := cardinality(es_rows_1);
          END IF;
        WHEN 'item_removed' THEN  -- ItemRemoved
          -- set item_id: ItemRemoved.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          es_low := 0;
          es_high := es_ordered_1;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF (es_rows_1[es_places_1[es_middle + 1]])."item_id" < es_key_1 THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_1[es_places_1[es_low + 1]])."item_id" = es_key_1;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_1);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_1);
          END LOOP;
          IF NOT es_found THEN
            PERFORM "public"."carts_refuse"('RU013'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_items"'::text);
          END IF;
          es_rows_1[es_places_1[es_low + 1]] := NULL;
          es_places_1 := es_places_1[1 : es_low] || es_places_1[es_low + 2 :];
          IF es_low < es_ordered_1 THEN
            es_ordered_1 := es_ordered_1 - 1;
          END IF;
        WHEN 'item_archived' THEN  -- ItemArchived
          -- set item_id: ItemArchived.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_items"'::text);
          END IF;
          es_low := 0;
          es_high := es_ordered_1;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF (es_rows_1[es_places_1[es_middle + 1]])."item_id" < es_key_1 THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_1[es_places_1[es_low + 1]])."item_id" = es_key_1;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_1);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_1);
          END LOOP;
          IF es_found THEN
            es_rows_1[es_places_1[es_low + 1]] := NULL;
            es_places_1 := es_places_1[1 : es_low] || es_places_1[es_low + 2 :];
            IF es_low < es_ordered_1 THEN
              es_ordered_1 := es_ordered_1 - 1;
            END IF;
          END IF;
        WHEN 'cart_cleared' THEN  -- CartCleared
          es_rows_1 := NULL;
          es_places_1 := ARRAY[]::integer[];
          es_ordered_1 := 0;
        END CASE;
      END;
    END IF;
    IF es_tag IN ('item_archived') THEN
      <<es_view>>
      DECLARE  -- archived
        es_row "public"."carts_archived"%ROWTYPE;  -- the current row
        es_key_1 uuid;  -- its "price_changed"
        es_key_2 uuid;  -- its "item_id"
      BEGIN
        CASE es_tag
        WHEN 'item_archived' THEN  -- ItemArchived
          -- set price_changed: ItemArchived.price_changed
          es_value := es_event."event" -> 'price_changed';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'price_changed'::text, 'price_changed'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_archived"'::text);
          END IF;
          -- set item_id: ItemArchived.item_id
          es_value := es_event."event" -> 'item_id';
          IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
            es_key_2 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
          ELSE
            PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'item_id'::text, 'item_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value, '"public"."carts_archived"'::text);
          END IF;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."price_changed" := es_key_1;
          es_row."item_id" := es_key_2;
          es_row."created_at" := es_event."recorded_at";
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          es_low := 0;
          es_high := es_ordered_2;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF ROW((es_rows_2[es_places_2[es_middle + 1]])."price_changed", (es_rows_2[es_places_2[es_middle + 1]])."item_id") < ROW(es_key_1, es_key_2) THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_2[es_places_2[es_low + 1]])."price_changed" = es_key_1 AND (es_rows_2[es_places_2[es_low + 1]])."item_id" = es_key_2;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_2);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_2);
          END LOOP;
          IF es_found THEN
            PERFORM "public"."carts_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, '"public"."carts_archived"'::text);
          END IF;
          es_rows_2[coalesce(cardinality(es_rows_2), 0) + 1] := es_row;
          IF es_low = es_ordered_2 AND es_low = cardinality(es_places_2) THEN
            es_ordered_2 := es_ordered_2 + 1;  -- the greatest key
          ELSE
            es_low := greatest(es_low, es_ordered_2);
            FOR es_at IN REVERSE cardinality(es_places_2) .. es_low + 1 LOOP
              es_places_2[es_at + 1] := es_places_2[es_at];
            END LOOP;
          END IF;
          es_places_2[es_low + 1] := cardinality(es_rows_2);
          IF cardinality(es_places_2) > es_ordered_2 + 500 THEN
            es_rows_2 := ARRAY(SELECT es_kept FROM unnest(es_rows_2) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."price_changed", es_kept."item_id");
            es_places_2 := ARRAY(SELECT generate_series(1, cardinality(es_rows_2)));
            es_ordered_2 := cardinality(es_rows_2);
          END IF;
        END CASE;
      END;
    END IF;
    es_version := es_sequence;
  END LOOP;
  es_view_1 := ARRAY(SELECT es_kept FROM unnest(es_rows_1) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."item_id");
  es_view_2 := ARRAY(SELECT es_kept FROM unnest(es_rows_2) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."price_changed", es_kept."item_id");
  RETURN NEXT;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_views" FROM PUBLIC;

-- The same without locks: the caller holds those of the tables, or of the entities' rows.
CREATE OR REPLACE FUNCTION "public"."carts_refold"(es_ids uuid[])
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
  es_more bigint;
  es_touched uuid[];  -- the entities whose rows of other tables differed
BEGIN
  PERFORM set_config('es_rollup.refolds', 'true', true);
  BEGIN
    WITH es_folded AS MATERIALIZED (
      SELECT f.es_state
      FROM "public"."carts_fold"(es.es_entities::uuid[], NULL::uuid, NULL::uuid, false, NULL::bigint, NULL::timestamp with time zone, false) AS f
      WHERE NOT f.es_deleted
    ), es_drift AS MATERIALIZED (
      SELECT r."id" AS es_id, f.es_state
      FROM es_folded AS f
        FULL JOIN (SELECT r.* FROM "public"."carts" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."status", r."items_ever", r."submitted_at", r."total", r."published_at")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."status", (f.es_state)."items_ever", (f.es_state)."submitted_at", (f.es_state)."total", (f.es_state)."published_at")::record
    ), es_dropped AS (
      DELETE FROM "public"."carts" AS r USING es_drift AS d
      WHERE r."id" = d.es_id AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended AS (
      UPDATE "public"."carts" AS r SET
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at",
        "status" = (d.es_state)."status",
        "items_ever" = (d.es_state)."items_ever",
        "submitted_at" = (d.es_state)."submitted_at",
        "total" = (d.es_state)."total",
        "published_at" = (d.es_state)."published_at"
      FROM es_drift AS d
      WHERE r."id" = d.es_id AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing AS (
      INSERT INTO "public"."carts" AS r ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
      SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."status", (f.es_state)."items_ever", (f.es_state)."submitted_at", (f.es_state)."total", (f.es_state)."published_at"
      FROM es_drift AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "status" = excluded."status",
        "items_ever" = excluded."items_ever",
        "submitted_at" = excluded."submitted_at",
        "total" = excluded."total",
        "published_at" = excluded."published_at"
      WHERE r."version" < excluded."version"
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM es_dropped) + (SELECT count(*) FROM es_mended) + (SELECT count(*) FROM es_missing)
    INTO es_changed;
    -- The same in the other tables.
    WITH es_states AS MATERIALIZED (
      SELECT f.*
      FROM (SELECT r."id", r."version" FROM "public"."carts" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities) ORDER BY r."id" OFFSET 0) AS r
        CROSS JOIN LATERAL "public"."carts_views"(r."id", r."version") AS f
    ), es_folded_1 AS MATERIALIZED (
      SELECT v AS es_state
      FROM es_states AS s CROSS JOIN LATERAL unnest(s.es_view_1) AS v
    ), es_drift_1 AS MATERIALIZED (
      SELECT r."id" AS es_id, r."item_id" AS es_key_1, f.es_state
      FROM es_folded_1 AS f
        FULL JOIN (SELECT r.* FROM "public"."carts_items" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id" AND r."item_id" = (f.es_state)."item_id"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."item_id", r."version", r."created_at", r."modified_at", r."product_id", r."description", r."image", r."price", r."fingerprint")::record *<> ROW((f.es_state)."id", (f.es_state)."item_id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."product_id", (f.es_state)."description", (f.es_state)."image", (f.es_state)."price", (f.es_state)."fingerprint")::record
    ), es_dropped_1 AS (
      DELETE FROM "public"."carts_items" AS r USING es_drift_1 AS d
      WHERE r."id" = d.es_id AND r."item_id" = d.es_key_1 AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended_1 AS (
      UPDATE "public"."carts_items" AS r SET
        "item_id" = (d.es_state)."item_id",
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at",
        "product_id" = (d.es_state)."product_id",
        "description" = (d.es_state)."description",
        "image" = (d.es_state)."image",
        "price" = (d.es_state)."price",
        "fingerprint" = (d.es_state)."fingerprint"
      FROM es_drift_1 AS d
      WHERE r."id" = d.es_id AND r."item_id" = d.es_key_1 AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing_1 AS (
      INSERT INTO "public"."carts_items" AS r ("id", "item_id", "version", "created_at", "modified_at", "product_id", "description", "image", "price", "fingerprint")
      SELECT (f.es_state)."id", (f.es_state)."item_id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."product_id", (f.es_state)."description", (f.es_state)."image", (f.es_state)."price", (f.es_state)."fingerprint"
      FROM es_drift_1 AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id", "item_id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "product_id" = excluded."product_id",
        "description" = excluded."description",
        "image" = excluded."image",
        "price" = excluded."price",
        "fingerprint" = excluded."fingerprint"
      WHERE r."version" < excluded."version"
      RETURNING 1
    ), es_folded_2 AS MATERIALIZED (
      SELECT v AS es_state
      FROM es_states AS s CROSS JOIN LATERAL unnest(s.es_view_2) AS v
    ), es_drift_2 AS MATERIALIZED (
      SELECT r."id" AS es_id, r."price_changed" AS es_key_1, r."item_id" AS es_key_2, f.es_state
      FROM es_folded_2 AS f
        FULL JOIN (SELECT r.* FROM "public"."carts_archived" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id" AND r."price_changed" = (f.es_state)."price_changed" AND r."item_id" = (f.es_state)."item_id"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."price_changed", r."item_id", r."version", r."created_at", r."modified_at")::record *<> ROW((f.es_state)."id", (f.es_state)."price_changed", (f.es_state)."item_id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at")::record
    ), es_dropped_2 AS (
      DELETE FROM "public"."carts_archived" AS r USING es_drift_2 AS d
      WHERE r."id" = d.es_id AND r."price_changed" = d.es_key_1 AND r."item_id" = d.es_key_2 AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended_2 AS (
      UPDATE "public"."carts_archived" AS r SET
        "price_changed" = (d.es_state)."price_changed",
        "item_id" = (d.es_state)."item_id",
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at"
      FROM es_drift_2 AS d
      WHERE r."id" = d.es_id AND r."price_changed" = d.es_key_1 AND r."item_id" = d.es_key_2 AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing_2 AS (
      INSERT INTO "public"."carts_archived" AS r ("id", "price_changed", "item_id", "version", "created_at", "modified_at")
      SELECT (f.es_state)."id", (f.es_state)."price_changed", (f.es_state)."item_id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at"
      FROM es_drift_2 AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id", "price_changed", "item_id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at"
      WHERE r."version" < excluded."version"
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM es_dropped_1) + (SELECT count(*) FROM es_mended_1) + (SELECT count(*) FROM es_missing_1) + (SELECT count(*) FROM es_dropped_2) + (SELECT count(*) FROM es_mended_2) + (SELECT count(*) FROM es_missing_2),
      ARRAY(SELECT coalesce(d.es_id, (d.es_state)."id") FROM es_drift_1 AS d UNION SELECT coalesce(d.es_id, (d.es_state)."id") FROM es_drift_2 AS d)
    INTO es_more, es_touched;
    es_changed := es_changed + es_more;
    -- A transaction whose snapshot is older does not see the new rows, and must not get to write the entity's row.
    UPDATE "public"."carts" AS r SET "version" = r."version" WHERE r."id" = ANY (es_touched);
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
          coalesce(' of entity ' || regexp_replace(left(NULL::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."cart_events"',
          CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
          format('"%s"."%s"', es_schema, es_table)),
        HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
        SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
    END;
  END;
  PERFORM set_config('es_rollup.refolds', 'false', true);
  RETURN es_changed;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_refold" FROM PUBLIC;

-- Folds entities again from nothing, or all if es_ids is NULL, and returns how many rows were changed, inserted or
-- deleted. The event table decides: a row without events goes, and so does what later events had made of a row if
-- those events are gone.
CREATE OR REPLACE FUNCTION "public"."carts_rebuild"(es_ids uuid[])
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
BEGIN
  -- Waits for current writers, and makes new ones wait: one of them could have read a row before it is mended, and
  -- would write it back as it was. The event table before the rollup, as writers do.
  LOCK TABLE "public"."cart_events" IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE "public"."carts" IN EXCLUSIVE MODE;
  RETURN "public"."carts_refold"(es_ids);
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_rebuild" FROM PUBLIC;

-- Compares rows with the fold of their events, in one snapshot and without any lock, and returns what differs: rows
-- that are missing, rows that nothing accounts for (unexpected), and rows that are different, with their columns but no
-- values. es_after, es_to: the entities whose id is above the first and not above the second; NULL for no
-- bound. A row is different, too, if it is behind its events.
CREATE OR REPLACE FUNCTION "public"."carts_verify"(es_after uuid, es_to uuid)
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
  PERFORM set_config('es_rollup.refolds', 'true', true);
  RETURN QUERY
  WITH es_folded AS MATERIALIZED (
    SELECT f.es_state
    FROM "public"."carts_fold"(NULL::uuid[], es.es_above, es.es_last_id, false, NULL::bigint, NULL::timestamp with time zone, false) AS f
    WHERE NOT f.es_deleted
  )
  SELECT coalesce(r."id", (f.es_state)."id")::uuid, '"public"."carts"'::regclass, NULL::bigint,
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END,
      CASE WHEN ROW(r."status")::record *<> ROW((f.es_state)."status")::record THEN 'status' END,
      CASE WHEN ROW(r."items_ever")::record *<> ROW((f.es_state)."items_ever")::record THEN 'items_ever' END,
      CASE WHEN ROW(r."submitted_at")::record *<> ROW((f.es_state)."submitted_at")::record THEN 'submitted_at' END,
      CASE WHEN ROW(r."total")::record *<> ROW((f.es_state)."total")::record THEN 'total' END,
      CASE WHEN ROW(r."published_at")::record *<> ROW((f.es_state)."published_at")::record THEN 'published_at' END
    ], NULL) END
  FROM es_folded AS f
    FULL JOIN (
      SELECT r.* FROM "public"."carts" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id"
  WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."status", r."items_ever", r."submitted_at", r."total", r."published_at")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."status", (f.es_state)."items_ever", (f.es_state)."submitted_at", (f.es_state)."total", (f.es_state)."published_at")::record
  ORDER BY 1;
  RETURN QUERY
  WITH es_states AS MATERIALIZED (
    SELECT s.*
    FROM (
      SELECT f.es_state
      FROM "public"."carts_fold"(NULL::uuid[], es.es_above, es.es_last_id, false, NULL::bigint, NULL::timestamp with time zone, false) AS f
      WHERE NOT f.es_deleted
    ) AS f CROSS JOIN LATERAL "public"."carts_views"((f.es_state)."id", (f.es_state)."version") AS s
  ), es_folded_1 AS MATERIALIZED (
    SELECT v AS es_state
    FROM es_states AS s CROSS JOIN LATERAL unnest(s.es_view_1) AS v
  ), es_folded_2 AS MATERIALIZED (
    SELECT v AS es_state
    FROM es_states AS s CROSS JOIN LATERAL unnest(s.es_view_2) AS v
  )
  SELECT coalesce(r."id", (f.es_state)."id")::uuid, '"public"."carts_items"'::regclass, NULL::bigint,
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."item_id")::record *<> ROW((f.es_state)."item_id")::record THEN 'item_id' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END,
      CASE WHEN ROW(r."product_id")::record *<> ROW((f.es_state)."product_id")::record THEN 'product_id' END,
      CASE WHEN ROW(r."description")::record *<> ROW((f.es_state)."description")::record THEN 'description' END,
      CASE WHEN ROW(r."image")::record *<> ROW((f.es_state)."image")::record THEN 'image' END,
      CASE WHEN ROW(r."price")::record *<> ROW((f.es_state)."price")::record THEN 'price' END,
      CASE WHEN ROW(r."fingerprint")::record *<> ROW((f.es_state)."fingerprint")::record THEN 'fingerprint' END
    ], NULL) END
  FROM es_folded_1 AS f
    FULL JOIN (
      SELECT r.* FROM "public"."carts_items" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id" AND r."item_id" = (f.es_state)."item_id"
  WHERE ROW(r."id", r."item_id", r."version", r."created_at", r."modified_at", r."product_id", r."description", r."image", r."price", r."fingerprint")::record *<> ROW((f.es_state)."id", (f.es_state)."item_id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."product_id", (f.es_state)."description", (f.es_state)."image", (f.es_state)."price", (f.es_state)."fingerprint")::record
  UNION ALL
  SELECT coalesce(r."id", (f.es_state)."id")::uuid, '"public"."carts_archived"'::regclass, NULL::bigint,
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."price_changed")::record *<> ROW((f.es_state)."price_changed")::record THEN 'price_changed' END,
      CASE WHEN ROW(r."item_id")::record *<> ROW((f.es_state)."item_id")::record THEN 'item_id' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END
    ], NULL) END
  FROM es_folded_2 AS f
    FULL JOIN (
      SELECT r.* FROM "public"."carts_archived" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id" AND r."price_changed" = (f.es_state)."price_changed" AND r."item_id" = (f.es_state)."item_id"
  WHERE ROW(r."id", r."price_changed", r."item_id", r."version", r."created_at", r."modified_at")::record *<> ROW((f.es_state)."id", (f.es_state)."price_changed", (f.es_state)."item_id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at")::record
  ORDER BY 1, 2;
  PERFORM set_config('es_rollup.refolds', 'false', true);
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_verify" FROM PUBLIC;

-- Whether a command of this transaction folded an event after the one that inserted it. Then it is not a replay: a
-- row of the same statement was folded first, or a trigger inserted further events.
CREATE OR REPLACE FUNCTION "public"."carts_folded"(es_id uuid, es_sequence bigint)
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
    FROM "public"."carts" AS r JOIN "public"."cart_events" AS e ON e."id" = r."id" AND e."sequence" = es.es_at
    WHERE r."id" = es.es_entity AND r.cmin::text::bigint > e.cmin::text::bigint
      AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
  );
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_folded" FROM PUBLIC;

-- Folds the events of one entity that its row does not include yet, from the event table, and returns the
-- version reached. For an entity that was never folded, or whose events were inserted while the trigger was disabled.
CREATE OR REPLACE FUNCTION "public"."carts_catch_up"(es_id uuid)
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
  es_row "public"."carts"%ROWTYPE;  -- the new row
  es_base bigint;  -- the version in the table; 0 if there is no row
BEGIN
  IF to_regclass('"public"."carts_es_todo"') IS NOT NULL AND current_setting('es_rollup.steps', true) IS DISTINCT FROM 'true' THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."carts" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."carts_fill"().';
  END IF;
  FOR es_try IN 1 .. 20 LOOP
    SELECT r."version" INTO es_base FROM "public"."carts" AS r WHERE r."id" = es.es_entity FOR UPDATE;
    es_base := coalesce(es_base, 0);
    -- In a statement of its own, which sees every event that the locked row includes.
    SELECT f.es_state, f.es_deleted INTO es_folded
    FROM "public"."carts_fold"(ARRAY[es.es_entity]::uuid[], NULL::uuid, NULL::uuid, true, NULL::bigint, NULL::timestamp with time zone, false) AS f;
    IF NOT FOUND THEN
      -- Nothing is left to fold. Another transaction may have created the row in the meantime.
      RETURN coalesce((SELECT r."version" FROM "public"."carts" AS r WHERE r."id" = es.es_entity), 0);
    END IF;
    es_row := es_folded.es_state;
    IF "public"."carts_guarded"('"public"."carts"'::regclass) THEN
      BEGIN
        IF es_base = 0 THEN
          INSERT INTO "public"."carts"
            ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
          VALUES
            (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."status", es_row."items_ever", es_row."submitted_at", es_row."total", es_row."published_at")
          ON CONFLICT ("id") DO NOTHING;
        ELSE
          UPDATE "public"."carts" AS r SET
            "version" = es_row."version",
            "modified_at" = es_row."modified_at",
            "status" = es_row."status",
            "items_ever" = es_row."items_ever",
            "submitted_at" = es_row."submitted_at",
            "total" = es_row."total",
            "published_at" = es_row."published_at"
          WHERE r."id" = es_row."id" AND r."version" = es.es_base;
        END IF;
        IF FOUND THEN
          PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_base], ARRAY[(es_folded.es_state)."version"], false);
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
              coalesce(' of entity ' || regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."cart_events"',
              CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
              format('"%s"."%s"', es_schema, es_table)),
            HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
            SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
        END;
      END;
    ELSE
      IF es_base = 0 THEN
        INSERT INTO "public"."carts"
          ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
        VALUES
          (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."status", es_row."items_ever", es_row."submitted_at", es_row."total", es_row."published_at")
        ON CONFLICT ("id") DO NOTHING;
      ELSE
        UPDATE "public"."carts" AS r SET
          "version" = es_row."version",
          "modified_at" = es_row."modified_at",
          "status" = es_row."status",
          "items_ever" = es_row."items_ever",
          "submitted_at" = es_row."submitted_at",
          "total" = es_row."total",
          "published_at" = es_row."published_at"
        WHERE r."id" = es_row."id" AND r."version" = es.es_base;
      END IF;
      IF FOUND THEN
        PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_base], ARRAY[(es_folded.es_state)."version"], false);
        RETURN (es_folded.es_state)."version";
      END IF;
    END IF;
    -- Another transaction created the row in the meantime: fold from it, it is locked now.
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = format('the rollup row of entity %s kept changing', regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g')), HINT = 'Try again.';
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_catch_up" FROM PUBLIC;

-- Folds the events of one statement: each entity's in the order of their sequence, with one write per entity. It runs
-- under any search path: up to where it sets one, whatever is looked up by name has its schema.
CREATE OR REPLACE FUNCTION "public"."carts_apply"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_event pg_catalog.record;  -- the current event
  es_entity pg_catalog.uuid;  -- the entity that is being folded
  es_row "public"."carts"%ROWTYPE;  -- its row so far
  es_version bigint;  -- the version of that row
  es_sequence bigint;  -- the event's sequence
  es_base bigint;  -- the version in the table; 0 if there is no row
  es_tag pg_catalog.text;  -- the event's type
  es_value pg_catalog.jsonb;  -- the current value
  es_by bigint;  -- by how much a counter moves
  es_ordinary boolean := true;  -- whether the event is an ordinary one
  es_events bigint;  -- how many events the statement has
  es_entities bigint;  -- of how many entities
  es_begins bigint;  -- how many of them begin their stream
  es_direct boolean := ("public"."carts_plain"('"public"."carts"'::pg_catalog.regclass, ARRAY['id', 'version', 'created_at', 'modified_at', 'status', 'items_ever'], ARRAY['carts_pkey'])
      OR NOT "public"."carts_guarded"('"public"."carts"'::pg_catalog.regclass)
        AND NOT "public"."carts_extended"('"public"."carts"'::pg_catalog.regclass))
    AND (NOT "public"."carts_small"('"public"."carts"'::pg_catalog.regclass) OR pg_catalog.pg_relation_size('"public"."carts"'::pg_catalog.regclass) OPERATOR(pg_catalog.<) 131072);  -- whether single rows can be found and written here
  es_ids pg_catalog.uuid[];  -- the statement's entities that may have a row, in their order
  es_many boolean;  -- whether the rows are found and written together
  es_path pg_catalog.text;  -- the session's settings
  es_seqscan pg_catalog.text;
  es_jit pg_catalog.text;
  es_set pg_catalog.text;  -- what a setting was set to
  es_stored CURSOR FOR  -- the rows of all of them, in that order
    SELECT r.*
    FROM unnest(es.es_ids) WITH ORDINALITY AS n (es_id, es_place)
      LEFT JOIN LATERAL (SELECT r.* FROM "public"."carts" AS r WHERE r."id" = n.es_id OFFSET 0) AS r ON true
    ORDER BY n.es_place;
  es_rows "public"."carts"[];  -- the rows of earlier entities that are not written yet
  es_bases bigint[];  -- the versions of those rows in the table
  es_written bigint;
  es_more bigint;
BEGIN
  IF TG_RELID OPERATOR(pg_catalog.<>) '"public"."cart_events"'::pg_catalog.regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is derived from %s',
        '"public"."carts"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."cart_events"'),
      HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'carts';
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
      IF es_events OPERATOR(pg_catalog.=) es_entities
        AND NOT EXISTS (SELECT FROM "es_new" AS e WHERE e."event" OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) ANY (ARRAY['item_added', 'item_removed', 'item_archived', 'cart_cleared'])) THEN
        es_written := 0;
        IF es_begins OPERATOR(pg_catalog.<) es_events THEN
          UPDATE "public"."carts" AS r SET
            "version" = es_sequence,
            "modified_at" = es_event."recorded_at",
            "status" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN 'submitted' WHEN es_rule OPERATOR(pg_catalog.=) 7 THEN 'published' ELSE r."status" END,
            "submitted_at" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN es_event."recorded_at" ELSE r."submitted_at" END,
            "total" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN es_1 ELSE r."total" END,
            "published_at" = CASE WHEN es_rule OPERATOR(pg_catalog.=) 7 THEN es_event."recorded_at" ELSE r."published_at" END
          FROM (
            SELECT es_event.*,
              CASE WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN (
                SELECT CASE WHEN (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN es_value::bigint END
                FROM (SELECT es_event."event" OPERATOR(pg_catalog.->) 'total' AS es_value OFFSET 0) AS v
              ) END AS es_1
            FROM (
              SELECT es_event.*, CASE WHEN es_tag OPERATOR(pg_catalog.=) 'cart_submitted' THEN 6
                  WHEN es_tag OPERATOR(pg_catalog.=) 'cart_published' THEN 7 END AS es_rule
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
            WHEN es_rule OPERATOR(pg_catalog.=) 6 THEN es_1 IS NOT NULL
            ELSE es_rule OPERATOR(pg_catalog.>) 0
          END AND es_event."recorded_at" OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND es_event."recorded_at" OPERATOR(pg_catalog.<=) '9999-12-31 23:59:59.999999+00'
            AND r."id" OPERATOR(pg_catalog.=) es_event."id" AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence
            -- Always true. PostgreSQL expects one row of it, and so finds the rows by index.
            AND es_sequence OPERATOR(pg_catalog.*) 0 OPERATOR(pg_catalog.=) 0 AND es_rule OPERATOR(pg_catalog.*) 0 OPERATOR(pg_catalog.=) 0 AND (es_sequence OPERATOR(pg_catalog.*) 0) OPERATOR(pg_catalog.+) (es_rule OPERATOR(pg_catalog.*) 0) OPERATOR(pg_catalog.=) 0;
          GET DIAGNOSTICS es_written := ROW_COUNT;
        END IF;
        IF es_begins OPERATOR(pg_catalog.>) 0 THEN
          INSERT INTO "public"."carts" ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
          SELECT
            es_event."id",
            es_sequence,
            es_event."recorded_at",
            es_event."recorded_at",
            CASE WHEN es_rule OPERATOR(pg_catalog.=) 1 THEN 'open' ELSE (NULL)::pg_catalog.text END,
            (0)::bigint,
            (NULL)::timestamp with time zone,
            (NULL)::bigint,
            (NULL)::timestamp with time zone
          FROM (
            SELECT es_event.*, CASE WHEN es_tag OPERATOR(pg_catalog.=) 'cart_created' THEN 1 END AS es_rule
            FROM (
              SELECT e."id"::pg_catalog.uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at", e."sequence"::bigint AS es_sequence, e."event" OPERATOR(pg_catalog.->>) 'type' AS es_tag
              FROM "es_new" AS e WHERE e."sequence" OPERATOR(pg_catalog.=) 1
              OFFSET 0
            ) AS es_event
            OFFSET 0
          ) AS es_event
          WHERE es_rule OPERATOR(pg_catalog.>) 0 AND es_event."recorded_at" OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND es_event."recorded_at" OPERATOR(pg_catalog.<=) '9999-12-31 23:59:59.999999+00'
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
    ELSIF es_tag OPERATOR(pg_catalog.=) 'cart_created' THEN  -- CartCreated
      IF es_sequence OPERATOR(pg_catalog.=) 1 THEN
        INSERT INTO "public"."carts"
          ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
        VALUES
          (es_entity, es_sequence, es_event."recorded_at", es_event."recorded_at", 'open', 0, NULL, NULL, NULL)
        ON CONFLICT ("id") DO NOTHING;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'item_added' THEN  -- ItemAdded
      UPDATE "public"."carts" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at",
        "items_ever" = r."items_ever" OPERATOR(pg_catalog.+) 1
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence
        AND (r."items_ever" OPERATOR(pg_catalog.<=) ('9223372036854775807'::bigint OPERATOR(pg_catalog.-) 1));
      IF FOUND THEN
        -- What this does not write is left to the function below, which says what is wrong.
        IF es_sequence OPERATOR(pg_catalog.>) 1 AND ("public"."carts_plain"('"public"."carts_items"'::pg_catalog.regclass, ARRAY['id', 'version', 'created_at', 'modified_at', 'item_id', 'product_id', 'description', 'image', 'price', 'fingerprint'], ARRAY['carts_items_pkey', 'carts_items_product_id_idx'])
              OR NOT "public"."carts_items_guarded"('"public"."carts_items"'::pg_catalog.regclass)
                AND NOT "public"."carts_extended"('"public"."carts_items"'::pg_catalog.regclass)) THEN  -- items
          <<es_view>>
          DECLARE
            es_values "public"."carts_items"%ROWTYPE;  -- values of the event
            es_key_1 pg_catalog.uuid;  -- its "item_id"
          BEGIN
            -- set item_id: ItemAdded.item_id
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'item_id';
            IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
              es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
            ELSE
              es_ordinary := false;
            END IF;
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'product_id';
            IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
              es_values."product_id" := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
            ELSE
              es_ordinary := false;
            END IF;
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'description';
            IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
              es_values."description" := (es_value OPERATOR(pg_catalog.#>>) '{}');
            ELSE
              es_ordinary := false;
            END IF;
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'image';
            IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
              es_values."image" := (es_value OPERATOR(pg_catalog.#>>) '{}');
            ELSE
              es_ordinary := false;
            END IF;
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'fingerprint';
            IF es_value IS NULL THEN
              es_values."fingerprint" := ''::pg_catalog.text;
            ELSIF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
              es_values."fingerprint" := (es_value OPERATOR(pg_catalog.#>>) '{}');
            ELSE
              es_ordinary := false;
            END IF;
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'price';
            IF es_ordinary AND (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
              INSERT INTO "public"."carts_items"
                ("id", "item_id", "version", "created_at", "modified_at", "product_id", "description", "image", "price", "fingerprint")
              VALUES
                (es_entity, es_key_1, es_sequence, es_event."recorded_at", es_event."recorded_at", es_values."product_id", es_values."description", es_values."image", es_value::bigint, es_values."fingerprint")
              ON CONFLICT ("id", "item_id") DO NOTHING;
              IF FOUND THEN
                RETURN NULL;
              END IF;
            END IF;
          END;
        END IF;
        PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_sequence OPERATOR(pg_catalog.-) 1], ARRAY[es_sequence], false);
        RETURN NULL;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'item_removed' THEN  -- ItemRemoved
      UPDATE "public"."carts" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at"
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
      IF FOUND THEN
        -- What this does not write is left to the function below, which says what is wrong.
        IF es_sequence OPERATOR(pg_catalog.>) 1 AND ("public"."carts_plain"('"public"."carts_items"'::pg_catalog.regclass, ARRAY['id', 'version', 'created_at', 'modified_at', 'item_id', 'product_id', 'description', 'image', 'price', 'fingerprint'], ARRAY['carts_items_pkey', 'carts_items_product_id_idx'])
              OR NOT "public"."carts_items_guarded"('"public"."carts_items"'::pg_catalog.regclass)
                AND NOT "public"."carts_extended"('"public"."carts_items"'::pg_catalog.regclass)) THEN  -- items
          <<es_view>>
          DECLARE
            es_key_1 pg_catalog.uuid;  -- its "item_id"
          BEGIN
            -- set item_id: ItemRemoved.item_id
            es_value := es_event."event" OPERATOR(pg_catalog.->) 'item_id';
            IF ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '________-____-____-____-____________' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^"[0-9a-fA-F]{32}"$') THEN
              es_key_1 := (es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid;
            ELSE
              es_ordinary := false;
            END IF;
            IF es_ordinary THEN
              DELETE FROM "public"."carts_items" AS v
              WHERE v."id" OPERATOR(pg_catalog.=) es.es_entity AND v."item_id" OPERATOR(pg_catalog.=) es_view.es_key_1
                AND (NOT "public"."carts_small"('"public"."carts_items"'::pg_catalog.regclass) OR (SELECT pg_catalog.pg_relation_size('"public"."carts_items"'::pg_catalog.regclass)) OPERATOR(pg_catalog.<) 131072);
              IF FOUND THEN
                RETURN NULL;
              END IF;
            END IF;
          END;
        END IF;
        PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_sequence OPERATOR(pg_catalog.-) 1], ARRAY[es_sequence], false);
        RETURN NULL;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'item_archived' THEN  -- ItemArchived
      UPDATE "public"."carts" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at"
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
      IF FOUND THEN
        PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_sequence OPERATOR(pg_catalog.-) 1], ARRAY[es_sequence], false);
        RETURN NULL;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'cart_cleared' THEN  -- CartCleared
      UPDATE "public"."carts" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at"
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
      IF FOUND THEN
        PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_sequence OPERATOR(pg_catalog.-) 1], ARRAY[es_sequence], false);
        RETURN NULL;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'cart_submitted' THEN  -- CartSubmitted
      es_value := es_event."event" OPERATOR(pg_catalog.->) 'total';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        UPDATE "public"."carts" AS r SET
          "version" = es_sequence,
          "modified_at" = es_event."recorded_at",
          "status" = 'submitted',
          "submitted_at" = es_event."recorded_at",
          "total" = es_value::bigint
        WHERE r."id" OPERATOR(pg_catalog.=) es_entity
          AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'cart_published' THEN  -- CartPublished
      UPDATE "public"."carts" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at",
        "status" = 'published',
        "published_at" = es_event."recorded_at"
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence;
      IF FOUND THEN
        RETURN NULL;
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
            INSERT INTO "public"."carts"
              ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
            VALUES
              (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."status", es_row."items_ever", es_row."submitted_at", es_row."total", es_row."published_at")
            ON CONFLICT ("id") DO NOTHING;
          ELSE
            UPDATE "public"."carts" AS r SET
              "version" = es_row."version",
              "modified_at" = es_row."modified_at",
              "status" = es_row."status",
              "items_ever" = es_row."items_ever",
              "submitted_at" = es_row."submitted_at",
              "total" = es_row."total",
              "published_at" = es_row."published_at"
            WHERE r."id" = es_row."id" AND r."version" = es.es_base;
          END IF;
          IF NOT FOUND THEN
            -- The row exists or has moved.
            PERFORM "public"."carts_refuse"('RU002'::text, e."id"::uuid::text, e."sequence"::bigint, r."version", CASE WHEN jsonb_typeof(e."event" -> 'type') = 'string' THEN e."event" ->> 'type' END, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text)
            FROM "es_new" AS e JOIN "public"."carts" AS r ON r."id" = e."id" AND r."id" = es.es_entity
            WHERE e."sequence" <= r."version" AND NOT "public"."carts_folded"(e."id"::uuid, e."sequence"::bigint)
            ORDER BY e."id", e."sequence"
            LIMIT 1;
            -- Another transaction has folded meanwhile: continue from the row as it is now.
            es_base := "public"."carts_catch_up"(es_entity);
            IF es_base < es_version THEN
              PERFORM "public"."carts_refuse"('RU001'::text, es_entity::text, es_version, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
            END IF;
          ELSE
            PERFORM "public"."carts_put"(ARRAY[es_entity]::pg_catalog.uuid[], ARRAY[es_base], ARRAY[es_version], false);
          END IF;
        ELSE
          es_rows := array_append(es_rows, es_row);
          es_bases := array_append(es_bases, es_base);
        END IF;
        IF cardinality(es_bases) >= 1000 OR es_event."id" IS NULL AND es_bases IS NOT NULL THEN
          IF "public"."carts_guarded"('"public"."carts"'::regclass) THEN
            BEGIN
              WITH es_moved AS (
                UPDATE "public"."carts" AS r SET
                    "version" = (n.es_row)."version",
                    "modified_at" = (n.es_row)."modified_at",
                    "status" = (n.es_row)."status",
                    "items_ever" = (n.es_row)."items_ever",
                    "submitted_at" = (n.es_row)."submitted_at",
                    "total" = (n.es_row)."total",
                    "published_at" = (n.es_row)."published_at"
                FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base
                RETURNING r."id", n.es_base, r."version"
              )
              SELECT "public"."carts_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_written
              FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
              IF es_written < cardinality(es_bases) THEN
                WITH es_moved AS (
                  INSERT INTO "public"."carts" AS r ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
                  SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."status", (n.es_row)."items_ever", (n.es_row)."submitted_at", (n.es_row)."total", (n.es_row)."published_at"
                  FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                  WHERE n.es_base = 0
                  ON CONFLICT ("id") DO NOTHING
                  RETURNING r."id", 0::bigint AS es_base, r."version"
                )
                SELECT "public"."carts_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_more
                FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
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
                    coalesce(' of entity ' || regexp_replace(left(CASE cardinality(es_bases) WHEN 1 THEN (es_rows[1])."id"::text END, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."cart_events"',
                    CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
                    format('"%s"."%s"', es_schema, es_table)),
                  HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
                  SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
              END;
            END;
          ELSE
            WITH es_moved AS (
              UPDATE "public"."carts" AS r SET
                  "version" = (n.es_row)."version",
                  "modified_at" = (n.es_row)."modified_at",
                  "status" = (n.es_row)."status",
                  "items_ever" = (n.es_row)."items_ever",
                  "submitted_at" = (n.es_row)."submitted_at",
                  "total" = (n.es_row)."total",
                  "published_at" = (n.es_row)."published_at"
              FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
              WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base
              RETURNING r."id", n.es_base, r."version"
            )
            SELECT "public"."carts_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_written
            FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
            IF es_written < cardinality(es_bases) THEN
              WITH es_moved AS (
                INSERT INTO "public"."carts" AS r ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
                SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."status", (n.es_row)."items_ever", (n.es_row)."submitted_at", (n.es_row)."total", (n.es_row)."published_at"
                FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                WHERE n.es_base = 0
                ON CONFLICT ("id") DO NOTHING
                RETURNING r."id", 0::bigint AS es_base, r."version"
              )
              SELECT "public"."carts_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_more
              FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
              es_written := es_written + es_more;
            END IF;
          END IF;
          IF es_written < cardinality(es_bases) THEN
            -- Some rows exist or have moved.
            PERFORM "public"."carts_refuse"('RU002'::text, e."id"::uuid::text, e."sequence"::bigint, r."version", CASE WHEN jsonb_typeof(e."event" -> 'type') = 'string' THEN e."event" ->> 'type' END, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text)
            FROM "es_new" AS e JOIN "public"."carts" AS r ON r."id" = e."id" JOIN unnest(es.es_rows) AS n ON n."id" = r."id"
            WHERE e."sequence" <= r."version" AND NOT "public"."carts_folded"(e."id"::uuid, e."sequence"::bigint)
            ORDER BY e."id", e."sequence"
            LIMIT 1;
            -- Another transaction has folded some of them meanwhile: continue from their rows as they are now.
            PERFORM "public"."carts_refuse"('RU001'::text, n."id"::text, n."version", n.es_reached, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text)
            FROM (
              SELECT n."id", n."version", "public"."carts_catch_up"(n."id") AS es_reached
              FROM unnest(es.es_rows) AS n LEFT JOIN "public"."carts" AS r ON r."id" = n."id"
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
          SELECT r.* INTO es_row FROM "public"."carts" AS r WHERE r."id" = es.es_entity;
        END IF;
        es_base := coalesce(es_row."version", 0);
        es_version := es_base;
      END IF;
      IF es_version IS NULL THEN
        NULL;  -- folded from the event table
      ELSIF es_sequence <= es_base THEN
        -- Already folded. That is fine if a later command of this transaction did it (a trigger that itself
        -- inserts events); otherwise the row is ahead of the event table.
        CONTINUE WHEN es_sequence > 0 AND "public"."carts_folded"(es_entity, es_sequence);
        PERFORM "public"."carts_refuse"('RU002'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
      ELSIF es_sequence <> es_version + 1 THEN
        -- The row is behind, or an event is missing: fold from the event table.
        es_base := "public"."carts_catch_up"(es_entity);
        es_version := NULL;  -- nothing is left to fold
      END IF;
      IF es_version IS NULL THEN
        IF es_sequence > es_base THEN
          PERFORM "public"."carts_refuse"('RU001'::text, es_entity::text, es_sequence, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
        END IF;
        CONTINUE;
      END IF;
      IF es_version = 0 THEN
        IF es_tag NOT IN ('cart_created') THEN
          es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
          PERFORM "public"."carts_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN es_tag IN ('item_added', 'item_removed', 'item_archived', 'cart_cleared', 'cart_submitted', 'cart_published') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
        END IF;
        es_row."id" := es_entity;
        es_row."created_at" := es_event."recorded_at";
        es_row."items_ever" := 0;
      END IF;
    END IF;
    CASE es_tag
    WHEN 'cart_created' THEN  -- CartCreated
      IF es_version > 0 THEN
        PERFORM "public"."carts_refuse"('RU004'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
      END IF;
      -- set status
      es_row."status" := 'open';
    WHEN 'item_added' THEN  -- ItemAdded
      -- increment items_ever
      es_by := 1;
      IF (CASE WHEN es_by >= 0 THEN es_row."items_ever" <= ('9223372036854775807'::bigint - es_by) ELSE es_row."items_ever" >= ('-9223372036854775808'::bigint - es_by) END) THEN
        es_row."items_ever" := es_row."items_ever" + es_by;
      ELSE
        PERFORM "public"."carts_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'items_ever'::text, 'items_ever'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text);
      END IF;
    WHEN 'item_removed' THEN  -- ItemRemoved
      NULL;  -- only moves the version
    WHEN 'item_archived' THEN  -- ItemArchived
      NULL;  -- only moves the version
    WHEN 'cart_cleared' THEN  -- CartCleared
      NULL;  -- only moves the version
    WHEN 'cart_submitted' THEN  -- CartSubmitted
      -- set status
      es_row."status" := 'submitted';
      -- set submitted_at: the recorded time
      es_row."submitted_at" := es_event."recorded_at";
      -- set total: CartSubmitted.total
      es_value := es_event."event" -> 'total';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        es_row."total" := es_value::bigint;
      ELSE
        PERFORM "public"."carts_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'total'::text, 'total'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text);
      END IF;
    WHEN 'cart_published' THEN  -- CartPublished
      -- set status
      es_row."status" := 'published';
      -- set published_at: the recorded time
      es_row."published_at" := es_event."recorded_at";
    ELSE
      es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
      PERFORM "public"."carts_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text);
    END CASE;
    IF (es_event."recorded_at" >= '0001-01-01 00:00:00+00' AND es_event."recorded_at" <= '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."carts_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb, NULL::text);
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
REVOKE ALL ON FUNCTION "public"."carts_apply" FROM PUBLIC;

-- Folds the entities again of which events were changed or deleted. If what is left does not fold, the statement fails.
CREATE OR REPLACE FUNCTION "public"."carts_edited"()
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
  IF TG_RELID OPERATOR(pg_catalog.<>) '"public"."cart_events"'::pg_catalog.regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is derived from %s',
        '"public"."carts"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."cart_events"'),
      HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'carts';
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
    PERFORM "public"."carts_refuse"('RU001'::text, e."id"::uuid::text, e."sequence"::bigint, least(coalesce(r."version", 0), e."sequence"::bigint - 1), NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text)
    FROM "es_old" AS e LEFT JOIN "public"."carts" AS r ON r."id" = e."id"::uuid
    WHERE e."sequence" > coalesce(r."version", 0) AND NOT EXISTS (
      SELECT FROM "public"."cart_events" AS s WHERE s."id" = e."id" AND s."sequence" = e."sequence"
    )
    ORDER BY e."id", e."sequence"
    LIMIT 1;
  END IF;
  -- Waits for current writers, and makes new ones wait. The event table before the rollup, as writers do.
  LOCK TABLE "public"."cart_events" IN SHARE ROW EXCLUSIVE MODE;
  -- A row becomes one that was folded after the events that this transaction has written: their trigger may fire later in
  -- the same statement, and what does not fold is not refused as a replay.
  UPDATE "public"."carts" AS r SET "version" = r."version"
  WHERE r."id" = ANY (es.es_ids) AND EXISTS (
    SELECT
    FROM "public"."cart_events" AS e
    WHERE e."id" = r."id" AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
      AND (CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END AND r.cmin::text::bigint > e.cmin::text::bigint) IS NOT TRUE
  );
  PERFORM "public"."carts_rebuild"(es_ids);
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_edited" FROM PUBLIC;

-- Empties the rollup when the event table is emptied.
CREATE OR REPLACE FUNCTION "public"."carts_truncate"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
BEGIN
  IF TG_RELID IS DISTINCT FROM to_regclass('"public"."cart_events"') OR TG_OP <> 'TRUNCATE' THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = 'the rollup "public"."carts" can only be emptied by a TRUNCATE of "public"."cart_events"', HINT = 'Rename the event table back to "public"."cart_events", or run the REVERT_SQL and then a migration for its new name.';
  END IF;
  -- A statement that names both tables has already emptied it.
  IF pg_relation_size('"public"."carts"') > 0 OR pg_relation_size('"public"."carts_items"') > 0 OR pg_relation_size('"public"."carts_archived"') > 0 THEN
    TRUNCATE TABLE "public"."carts", "public"."carts_items", "public"."carts_archived";
  END IF;
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_truncate" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."carts_items_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."carts_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('carts_items_pkey', 'carts_items_product_id_idx')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('carts_items_pkey', 'carts_items_product_id_idx')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'item_id', 'product_id', 'description', 'image', 'price', 'fingerprint')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_items_guarded" FROM PUBLIC;

-- The rows of one entity as they were after one of its events, folded from nothing, in the order of their keys. There
-- are none if the entity has no such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."carts_items_at"(es_id uuid, es_version bigint)
  RETURNS SETOF "public"."carts_items"
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT v.*
  FROM "public"."carts_at"(es_id, es_version) AS r
    CROSS JOIN LATERAL "public"."carts_views"(r."id", r."version") AS f
    CROSS JOIN LATERAL unnest(f.es_view_1) AS v
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_items_at" FROM PUBLIC;

-- The same at a time: after all events before the first that was recorded later.
CREATE OR REPLACE FUNCTION "public"."carts_items_as_of"(es_id uuid, es_time timestamp with time zone)
  RETURNS SETOF "public"."carts_items"
  LANGUAGE sql
  STABLE STRICT  -- no row for NULL
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT v.*
  FROM "public"."carts_as_of"(es_id, es_time) AS r
    CROSS JOIN LATERAL "public"."carts_views"(r."id", r."version") AS f
    CROSS JOIN LATERAL unnest(f.es_view_1) AS v
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_items_as_of" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."carts_archived_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."carts_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('carts_archived_pkey')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('carts_archived_pkey')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'price_changed', 'item_id')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_archived_guarded" FROM PUBLIC;

-- The rows of one entity as they were after one of its events, folded from nothing, in the order of their keys. There
-- are none if the entity has no such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."carts_archived_at"(es_id uuid, es_version bigint)
  RETURNS SETOF "public"."carts_archived"
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT v.*
  FROM "public"."carts_at"(es_id, es_version) AS r
    CROSS JOIN LATERAL "public"."carts_views"(r."id", r."version") AS f
    CROSS JOIN LATERAL unnest(f.es_view_2) AS v
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_archived_at" FROM PUBLIC;

-- The same at a time: after all events before the first that was recorded later.
CREATE OR REPLACE FUNCTION "public"."carts_archived_as_of"(es_id uuid, es_time timestamp with time zone)
  RETURNS SETOF "public"."carts_archived"
  LANGUAGE sql
  STABLE STRICT  -- no row for NULL
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT v.*
  FROM "public"."carts_as_of"(es_id, es_time) AS r
    CROSS JOIN LATERAL "public"."carts_views"(r."id", r."version") AS f
    CROSS JOIN LATERAL unnest(f.es_view_2) AS v
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."carts_archived_as_of" FROM PUBLIC;

-- Revokes what default privileges may have granted, and creates the triggers on the event table. An existing
-- trigger that is the same is left as it is.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass('"public"."cart_events"');
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
      WHERE c.oid = to_regclass('"public"."carts"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate')
    GROUP BY p.proname
    HAVING count(*) > 1
    LIMIT 1
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('another function has the same name as %s, but different arguments', es_found),
      HINT = 'Drop the other function: a call of the rollup''s function could reach it instead.';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."carts_items"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_items_guarded', 'carts_items_at', 'carts_items_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_items_guarded', 'carts_items_at', 'carts_items_as_of')
    GROUP BY p.proname
    HAVING count(*) > 1
    LIMIT 1
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('another function has the same name as %s, but different arguments', es_found),
      HINT = 'Drop the other function: a call of the rollup''s function could reach it instead.';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."carts_archived"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_archived_guarded', 'carts_archived_at', 'carts_archived_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_archived_guarded', 'carts_archived_at', 'carts_archived_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_model', 'carts_put', 'carts_refuse', 'carts_unseen', 'carts_guarded', 'carts_plain', 'carts_extended', 'carts_small', 'carts_leaves', 'carts_fold', 'carts_at', 'carts_as_of', 'carts_changes', 'carts_views', 'carts_refold', 'carts_rebuild', 'carts_verify', 'carts_folded', 'carts_catch_up', 'carts_apply', 'carts_each', 'carts_replica', 'carts_edited', 'carts_truncate') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."carts"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."carts"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  -- Only the owner may run the functions and write the rollup, whatever was granted by default.
  FOR es_grant IN
    SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
    FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_items_guarded', 'carts_items_at', 'carts_items_as_of') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."carts_items"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."carts_items"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  -- Only the owner may run the functions and write the rollup, whatever was granted by default.
  FOR es_grant IN
    SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
    FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('carts_archived_guarded', 'carts_archived_at', 'carts_archived_as_of') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."carts_archived"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."carts_archived"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'carts' AND t.tgfoid = to_regprocedure('"public"."carts_apply"()')
      AND t.tgtype = 4 AND t.tgnewtable = 'es_new' AND t.tgoldtable IS NULL AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "carts"
    AFTER INSERT ON "public"."cart_events"
    REFERENCING NEW TABLE AS "es_new"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."carts_apply"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."cart_events" ENABLE ALWAYS TRIGGER "carts";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."cart_events" ENABLE REPLICA TRIGGER "carts";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."cart_events" DISABLE TRIGGER "carts";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "carts" on "public"."cart_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."cart_events" ENABLE TRIGGER "carts"; until then the rollup is not updated.';
  END IF;
  -- A TRUNCATE of the event table empties the rollup.
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts_truncate');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'carts_truncate' AND t.tgfoid = to_regprocedure('"public"."carts_truncate"()')
      AND t.tgtype = 32 AND t.tgnewtable IS NULL AND t.tgoldtable IS NULL AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "carts_truncate"
    AFTER TRUNCATE ON "public"."cart_events"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."carts_truncate"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."cart_events" ENABLE ALWAYS TRIGGER "carts_truncate";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."cart_events" ENABLE REPLICA TRIGGER "carts_truncate";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."cart_events" DISABLE TRIGGER "carts_truncate";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "carts_truncate" on "public"."cart_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."cart_events" ENABLE TRIGGER "carts_truncate"; until then the rollup is not updated.';
  END IF;
  -- Events that are changed are folded again. Like the next trigger, it fires when the one for an INSERT does.
  es_enabled := coalesce(
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts_updated'),
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts')
  );
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'carts_updated' AND t.tgfoid = to_regprocedure('"public"."carts_edited"()')
      AND t.tgtype = 16 AND t.tgnewtable = 'es_new' AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "carts_updated"
    AFTER UPDATE ON "public"."cart_events"
    REFERENCING OLD TABLE AS "es_old" NEW TABLE AS "es_new"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."carts_edited"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."cart_events" ENABLE ALWAYS TRIGGER "carts_updated";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."cart_events" ENABLE REPLICA TRIGGER "carts_updated";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."cart_events" DISABLE TRIGGER "carts_updated";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "carts_updated" on "public"."cart_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."cart_events" ENABLE TRIGGER "carts_updated"; until then the rollup is not updated.';
  END IF;
  -- Events that are deleted are taken back.
  es_enabled := coalesce(
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts_deleted'),
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts')
  );
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'carts_deleted' AND t.tgfoid = to_regprocedure('"public"."carts_edited"()')
      AND t.tgtype = 8 AND t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "carts_deleted"
    AFTER DELETE ON "public"."cart_events"
    REFERENCING OLD TABLE AS "es_old"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."carts_edited"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."cart_events" ENABLE ALWAYS TRIGGER "carts_deleted";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."cart_events" ENABLE REPLICA TRIGGER "carts_deleted";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."cart_events" DISABLE TRIGGER "carts_deleted";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "carts_deleted" on "public"."cart_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."cart_events" ENABLE TRIGGER "carts_deleted"; until then the rollup is not updated.';
  END IF;
  -- Never fires. PostgreSQL does not let a table with such a trigger become a partition or a child of another
  -- table, which would let in rows that the statement trigger does not see. An INSERT ignores it.
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'carts_guard');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'carts_guard' AND t.tgfoid = to_regprocedure('"public"."carts_apply"()')
      AND t.tgtype = 9 AND t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NOT NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "carts_guard"
    AFTER DELETE ON "public"."cart_events"
    REFERENCING OLD TABLE AS "es_old"
      FOR EACH ROW WHEN (false)
    EXECUTE FUNCTION "public"."carts_apply"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."cart_events" ENABLE ALWAYS TRIGGER "carts_guard";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."cart_events" ENABLE REPLICA TRIGGER "carts_guard";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."cart_events" DISABLE TRIGGER "carts_guard";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "carts_guard" on "public"."cart_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."cart_events" ENABLE TRIGGER "carts_guard"; until then the rollup is not updated.';
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
  SELECT p.prosrc INTO STRICT es_model FROM pg_proc AS p WHERE p.oid = to_regprocedure('"public"."carts_model"()');
  SELECT string_agg(format(E'-- %s\t%s\t%s\n', n.nspname, p.proname,
    pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(',',
      p.pronargs, p.pronargdefaults, p.proretset, p.proisstrict, p.prosecdef, p.provolatile, p.proparallel,
      pg_catalog.replace(pg_catalog.array_to_string(p.proconfig, ','), pg_catalog.chr(34), ''), p.prosrc
    ), pg_catalog.getdatabaseencoding())), 'hex'), 16)
  ), '' ORDER BY n.nspname, p.proname) INTO STRICT es_checksums
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE (n.nspname, p.proname) IN (
    ('public', 'carts_put'),
    ('public', 'carts_refuse'),
    ('public', 'carts_unseen'),
    ('public', 'carts_guarded'),
    ('public', 'carts_plain'),
    ('public', 'carts_extended'),
    ('public', 'carts_small'),
    ('public', 'carts_fold'),
    ('public', 'carts_at'),
    ('public', 'carts_as_of'),
    ('public', 'carts_changes'),
    ('public', 'carts_views'),
    ('public', 'carts_refold'),
    ('public', 'carts_rebuild'),
    ('public', 'carts_verify'),
    ('public', 'carts_folded'),
    ('public', 'carts_catch_up'),
    ('public', 'carts_apply'),
    ('public', 'carts_edited'),
    ('public', 'carts_truncate'),
    ('public', 'carts_items_guarded'),
    ('public', 'carts_items_at'),
    ('public', 'carts_items_as_of'),
    ('public', 'carts_archived_guarded'),
    ('public', 'carts_archived_at'),
    ('public', 'carts_archived_as_of')
  );
  EXECUTE format('CREATE OR REPLACE FUNCTION "public"."carts_model"()
  RETURNS text
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS %L', es_model || current_setting('es_rollup.earlier') || es_checksums);
END
$es_rollup$;

-- Folds the events that were stored before the trigger existed.
DO $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_limit pg_catalog.int8;
  es_ids uuid[];  -- the entities to fold; NULL for all
  es_entities pg_catalog.int8;
  es_path pg_catalog.text;
BEGIN
  IF pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the migration does not run in one transaction',
      HINT = 'Begin a transaction before its first statement.';
  END IF;
  PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
  es_limit := coalesce(nullif(current_setting('es_rollup.history_limit', true), '')::bigint, 1000000);
  IF es_limit < (
    SELECT count(*)
    FROM (
      SELECT
      FROM "public"."cart_events" AS e LEFT JOIN "public"."carts" AS r ON r."id" = e."id"
      WHERE e."sequence" > coalesce(r."version", 0)
      LIMIT es_limit + 1
    ) AS es_unfolded
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
        MESSAGE = format('more than %s events are not folded yet', es_limit),
        HINT = 'Writers would wait while they are folded. If they may wait, run SET es_rollup.history_limit = N with a larger N before the migration.';
  END IF;
  IF EXISTS (SELECT FROM "public"."carts") THEN
    es_ids := ARRAY(
      SELECT DISTINCT e."id"::uuid
      FROM "public"."cart_events" AS e LEFT JOIN "public"."carts" AS r ON r."id" = e."id"
      WHERE e."sequence" > coalesce(r."version", 0)
        OR e."sequence" < 1
    );
  END IF;
  BEGIN
    WITH es_folded AS MATERIALIZED (
      SELECT f.es_state, r."version" AS es_base
      FROM "public"."carts_fold"(es.es_ids::uuid[], NULL::uuid, NULL::uuid, es.es_ids IS NOT NULL, NULL::bigint, NULL::timestamp with time zone, false) AS f
        LEFT JOIN "public"."carts" AS r ON r."id" = (f.es_state)."id"
    ), es_moved AS (
      UPDATE "public"."carts" AS r SET
        "version" = (f.es_state)."version",
        "modified_at" = (f.es_state)."modified_at",
        "status" = (f.es_state)."status",
        "items_ever" = (f.es_state)."items_ever",
        "submitted_at" = (f.es_state)."submitted_at",
        "total" = (f.es_state)."total",
        "published_at" = (f.es_state)."published_at"
      FROM es_folded AS f
      WHERE r."id" = (f.es_state)."id" AND r."version" < (f.es_state)."version" AND f.es_base IS NOT NULL
    ), es_missing AS (
      INSERT INTO "public"."carts" AS r ("id", "version", "created_at", "modified_at", "status", "items_ever", "submitted_at", "total", "published_at")
      SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."status", (f.es_state)."items_ever", (f.es_state)."submitted_at", (f.es_state)."total", (f.es_state)."published_at"
      FROM es_folded AS f
      WHERE f.es_base IS NULL
      ON CONFLICT ("id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "status" = excluded."status",
        "items_ever" = excluded."items_ever",
        "submitted_at" = excluded."submitted_at",
        "total" = excluded."total",
        "published_at" = excluded."published_at"
      WHERE r."version" < excluded."version"
    )
    SELECT "public"."carts_put"(array_agg((f.es_state)."id"), array_agg(coalesce(f.es_base, 0)), array_agg((f.es_state)."version"), false) INTO es_entities FROM es_folded AS f;
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
          coalesce(' of entity ' || regexp_replace(left(NULL::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."cart_events"',
          CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
          format('"%s"."%s"', es_schema, es_table)),
        HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
        SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
    END;
  END;
  -- Statistics of an empty table would mislead the planner.
  IF es_entities > 0 THEN
    ANALYZE "public"."carts";
  END IF;
  -- Restores the session's settings.
  es_path := current_setting('es_rollup.search_path', true);
  PERFORM set_config('row_security', current_setting('es_rollup.row_security', true), true);
  PERFORM set_config('es_rollup.search_path', '', true);
  PERFORM set_config('search_path', substr(es_path, 2), true);
END
$es_rollup$;
