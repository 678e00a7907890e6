-- es-rollup ca168c752f9636b3: keeps the current state of each entity in "public"."wallet_events".
-- Generated from the enum WalletEvent: to change it, change the enum and generate a new migration. Run it in one
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
  es_events := to_regclass('"public"."wallet_events"');
  IF es_events IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the event table "public"."wallet_events" does not exist',
      HINT = 'Create it first, or name it with its schema: #[rollup(events = "schema.table")].';
  END IF;
  IF (SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallet_events" is not an ordinary table (it is partitioned, a partition, inherited or a view)',
      HINT = 'A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('only the owner of "public"."wallet_events" can install a rollup on it, and %I is not the owner', current_user),
      HINT = format('Run SET ROLE %I before the migration.',
        (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
  END IF;
  -- One migration of this rollup at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended('es-rollup "public"."wallets"', 0));
END
$es_rollup$;

-- Waits for current writers, and makes new ones wait until the migration commits; readers do not wait. The event
-- table is locked before the rollup, as writers do. Outside a transaction this fails, before anything is created.
LOCK TABLE "public"."wallet_events" IN SHARE ROW EXCLUSIVE MODE;

-- Checks what can change while the migration waits for the lock.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass('"public"."wallet_events"');
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
      MESSAGE = '"public"."wallet_events" is not an ordinary table (it is partitioned, a partition, inherited or a view)',
      HINT = 'A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('only the owner of "public"."wallet_events" can install a rollup on it, and %I is not the owner', current_user),
      HINT = format('Run SET ROLE %I before the migration.',
        (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
  END IF;
  IF (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
    RAISE WARNING USING MESSAGE = 'the owner of "public"."wallet_events" is a superuser, so the functions of the rollup run with all privileges',
      HINT = 'Let a role that is not a superuser own the event table, and migrate as that role.';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('bigint'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'id' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."wallet_events" is %s, but the rollup needs %s, NOT NULL', '"id"', coalesce(es_found, 'missing'), concat_ws(' or ', 'bigint')),
      HINT = 'Alter the column, or name the Rust type of its ids: #[rollup(id = ...)].';
  END IF;
  IF EXISTS (
    SELECT
    FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation
    WHERE a.attrelid = es_events AND a.attname = 'id' AND NOT c.collisdeterministic
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'column "id" of "public"."wallet_events" has a collation that is not deterministic',
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
      MESSAGE = format('column %s of "public"."wallet_events" is %s, but the rollup needs %s, NOT NULL', '"sequence"', coalesce(es_found, 'missing'), concat_ws(' or ', 'smallint', 'integer', 'bigint')),
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
      MESSAGE = format('column %s of "public"."wallet_events" is %s, but the rollup needs %s, NOT NULL', '"event"', coalesce(es_found, 'missing'), concat_ws(' or ', 'jsonb')),
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
      MESSAGE = format('column %s of "public"."wallet_events" is %s, but the rollup needs %s, NOT NULL', '"recorded_at"', coalesce(es_found, 'missing'), concat_ws(' or ', 'timestamp with time zone')),
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
      MESSAGE = '"public"."wallet_events" has no unique index on ("id", "sequence") alone',
      HINT = 'Add UNIQUE ("id", "sequence"), not deferrable and not partial: it keeps two writers from appending the same event.';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."wallets"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate')
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
    WHERE p.oid = to_regprocedure('"public"."wallets_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF to_regclass('"public"."wallets"') IS NOT NULL AND (es_found IS NULL OR (
    SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass('"public"."wallets"')
  )) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallets" exists and is not a rollup',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.';
  END IF;
  IF es_found IS NULL AND EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate')
    UNION ALL
    SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname = 'wallets'
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or type with a name that "public"."wallets" needs already exists',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  IF strpos(es_found, '{"fingerprint":"ca168c752f9636b3"') = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallets" was generated from another model of WalletEvent',
      HINT = 'Run the migrations that lead from its model to this one. If there are none, run the REVERT_SQL of the release that created it, then this migration: the rollup is then folded again from the events.';
  END IF;
  PERFORM set_config('es_rollup.earlier',
    coalesce((
      SELECT string_agg(t.line || E'\n', '' ORDER BY t.nth)
      FROM unnest(string_to_array(es_found, E'\n')) WITH ORDINALITY AS t (line, nth)
      WHERE starts_with(t.line, '-- earlier model ')
    ), ''), true);
  IF to_regclass('"public"."wallets_es_todo"') IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallets" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."wallets_fill"().';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."wallets"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."wallets"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."wallets"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."wallets"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = es_events AND t.tgname IN ('wallets', 'wallets_truncate', 'wallets_updated', 'wallets_deleted', 'wallets_guard')
      AND NOT (p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate'))
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the event table already has a trigger %s, but "public"."wallets" needs that name', es_found),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('wallets_pkey') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."wallets"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."wallets" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."wallets_transactions"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_transactions_guarded', 'wallets_transactions_at', 'wallets_transactions_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_transactions_guarded', 'wallets_transactions_at', 'wallets_transactions_as_of')
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
    WHERE p.oid = to_regprocedure('"public"."wallets_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF to_regclass('"public"."wallets_transactions"') IS NOT NULL AND (es_found IS NULL OR (
    SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass('"public"."wallets_transactions"')
  )) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallets_transactions" exists and is not a rollup',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.';
  END IF;
  IF es_found IS NULL AND EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_transactions_guarded', 'wallets_transactions_at', 'wallets_transactions_as_of')
    UNION ALL
    SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname = 'wallets_transactions'
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or type with a name that "public"."wallets_transactions" needs already exists',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."wallets_transactions"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."wallets_transactions"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."wallets_transactions"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."wallets_transactions"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('wallets_transactions_pkey') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."wallets_transactions"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."wallets_transactions" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  -- Any role that may create objects in the schema could have created one under a name that the rollup needs.
  es_found := (
    SELECT min(n.es_name)
    FROM (
      SELECT c.oid::regclass::text
      FROM pg_class AS c
      WHERE c.oid = to_regclass('"public"."wallets_history"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_history_guarded')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_history_guarded')
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
    WHERE p.oid = to_regprocedure('"public"."wallets_model"()') AND strpos(p.prosrc, '{"fingerprint":"') > 0
  );
  IF to_regclass('"public"."wallets_history"') IS NOT NULL AND (es_found IS NULL OR (
    SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass('"public"."wallets_history"')
  )) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallets_history" exists and is not a rollup',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.';
  END IF;
  IF es_found IS NULL AND EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_history_guarded')
    UNION ALL
    SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace('"public"') AND y.typname = 'wallets_history'
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or type with a name that "public"."wallets_history" needs already exists',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  es_found := (
    SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
    WHERE t.tgrelid = to_regclass('"public"."wallets_history"') AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the trigger %s on %s runs a function that is not owned by %I', es_found, '"public"."wallets_history"', current_user),
      HINT = 'Drop the trigger, or make the owner of the rollup the owner of its function.';
  END IF;
  es_found := (
    SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.oid = to_regclass('"public"."wallets_history"') AND c.relkind = 'r'
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('the rule %s on %s changes what is written', es_found, '"public"."wallets_history"'),
      HINT = 'Drop the rule.';
  END IF;
  es_found := (
    SELECT min(c.relname)
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('"public"') AND c.relname IN ('wallets_history_pkey') AND NOT EXISTS (
      SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('"public"."wallets_history"')
    )
  );
  IF es_found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('%s already exists, but an index of "public"."wallets_history" needs that name', quote_ident(es_found)),
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  -- Whether events were folded before.
  PERFORM set_config('es_rollup.again', (to_regclass('"public"."wallets"') IS NOT NULL)::text, true);
END
$es_rollup$;

-- One row per entity. The space left in each page lets updates stay in it (HOT), so no index belongs on
-- columns that change.
CREATE TABLE IF NOT EXISTS "public"."wallets" (
  "id" bigint NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  "balance" bigint NOT NULL,
  "rejections" bigint NOT NULL,
  "last_event" text NOT NULL,
  CONSTRAINT "wallets_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "no_overdraft" CHECK (balance >= 0)
) WITH (fillfactor = 75);
COMMENT ON TABLE "public"."wallets" IS 'es-rollup ca168c752f9636b3: the current state of each entity in "public"."wallet_events", folded from its events (WalletEvent)';

-- Rows of the entities, written under the lock of the entity's row in the rollup. The space left in each page lets
-- updates stay in it (HOT), unless they change a column that has an index.
CREATE TABLE IF NOT EXISTS "public"."wallets_transactions" (
  "id" bigint NOT NULL,
  "number" bigint NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  "kind" text NOT NULL,
  "amount" bigint NOT NULL,
  "reason" text,
  CONSTRAINT "wallets_transactions_pkey" PRIMARY KEY ("id", "number")
) WITH (fillfactor = 75);
COMMENT ON TABLE "public"."wallets_transactions" IS 'es-rollup ca168c752f9636b3: the transactions of each entity in "public"."wallet_events", folded from its events (WalletEvent)';

-- One row per event: the row of the entity after it.
CREATE TABLE IF NOT EXISTS "public"."wallets_history" (
  "id" bigint NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  "balance" bigint NOT NULL,
  "rejections" bigint NOT NULL,
  "last_event" text NOT NULL,
  CONSTRAINT "wallets_history_pkey" PRIMARY KEY ("id", "version")
);
COMMENT ON TABLE "public"."wallets_history" IS 'es-rollup ca168c752f9636b3: the state of each entity in "public"."wallet_events" after each event, folded from its events (WalletEvent)';

-- The model of the rollup as JSON. A rollup is recognised by this function, which every dump contains.
CREATE OR REPLACE FUNCTION "public"."wallets_model"()
  RETURNS text
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
SELECT $es_rollup_model$
{"fingerprint":"ca168c752f9636b3","model":{"format":3,"fingerprint":"ca168c752f9636b3","meaning":{"types":{"t1":{"name":"bigint","qualified":"bigint","identity":"integer.1(-9223372036854775808 to 9223372036854775807)","accepts":"CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END","read":"es_value::bigint","default":"0::bigint","number":"es_number OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_number OPERATOR(pg_catalog.<=) 9223372036854775807","order":"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t2":{"name":"text","qualified":"pg_catalog.text","identity":"text.1","accepts":"pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')","default":"''::pg_catalog.text","number":null,"order":" COLLATE pg_catalog.\"C\"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false},"t3":{"name":"text","qualified":"pg_catalog.text","identity":"text.1","accepts":"pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'","read":"(es_value OPERATOR(pg_catalog.#>>) '{}')","default":"''::pg_catalog.text","number":null,"order":" COLLATE pg_catalog.\"C\"","equality":true,"values":null,"exact_keys":false,"changes":false,"null":false,"wide":false,"raises":false}},"store":{"table":{"schema":"public","name":"wallet_events"},"id":"id","id_type":"t1","sequence":"sequence","order":"contiguous","payload":"event","recorded_at":"recorded_at"},"tagging":{"form":"internal","tag":"type"},"trigger":"statement","events":{"opened":{"names":["opened"],"other":false,"shape":"unit","life":"create"},"credited":{"names":["credited"],"other":false,"shape":"struct","life":"change"},"debited":{"names":["debited"],"other":false,"shape":"struct","life":"change"},"debit_rejected":{"names":["debit_rejected"],"other":false,"shape":"struct","life":"change"}},"root":{"table":{"schema":"public","name":"wallets"},"columns":{"balance":{"type":"t1","kind":"counter","nullable":false},"rejections":{"type":"t1","kind":"counter","nullable":false},"last_event":{"type":"t2","kind":"value","nullable":false}},"constraints":{"no_overdraft":{"kind":"check","expression":"balance >= 0"}},"rules":{"opened":[["last_event","set",{"literal":"opened"}]],"credited":[["balance","increment",{"keys":["amount"],"type":"t1","many":false,"optional":false,"absent":"refused"}],["last_event","set",{"literal":"credited"}]],"debited":[["balance","decrement",{"keys":["amount"],"type":"t1","many":false,"optional":false,"absent":"refused"}],["last_event","set",{"literal":"debited"}]],"debit_rejected":[["rejections","increment",{"literal":1}],["last_event","set",{"literal":"debit_rejected"}]]}},"views":[{"name":"transactions","key":{"number":{"type":"t1","kind":"value","nullable":false}},"table":{"schema":"public","name":"wallets_transactions"},"columns":{"kind":{"type":"t2","kind":"value","nullable":false},"amount":{"type":"t1","kind":"value","nullable":false},"reason":{"type":"t3","kind":"value","nullable":true}},"constraints":{},"rules":{"credited":{"touch":"create","key":[{"envelope":"sequence"}],"steps":[["kind","set",{"literal":"credited"}],["amount","set",{"keys":["amount"],"type":"t1","many":false,"optional":false,"absent":"refused"}]]},"debited":{"touch":"create","key":[{"envelope":"sequence"}],"steps":[["kind","set",{"literal":"debited"}],["amount","set",{"keys":["amount"],"type":"t1","many":false,"optional":false,"absent":"refused"}]]},"debit_rejected":{"touch":"create","key":[{"envelope":"sequence"}],"steps":[["kind","set",{"literal":"debit_rejected"}],["amount","set",{"keys":["amount"],"type":"t1","many":false,"optional":false,"absent":"refused"}],["reason","set",{"keys":["reason"],"type":"t3","many":false,"optional":false,"absent":"refused"}]]}}}],"history":{"schema":"public","name":"wallets_history"}},"labels":{"enum":"WalletEvent","events":{"opened":{"name":"Opened"},"credited":{"name":"Credited"},"debited":{"name":"Debited"},"debit_rejected":{"name":"DebitRejected"}},"expects":{"t1":"an integer from -9223372036854775808 to 9223372036854775807","t2":"a string","t3":"a string"}}}}
$es_rollup_model$
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_model" FROM PUBLIC;

DO $es_rollup$
BEGIN
  IF to_regprocedure('"public"."wallets_put"(bigint, bigint, bigint, boolean)') IS NOT NULL THEN
    DROP FUNCTION "public"."wallets_put"(bigint, bigint, bigint, boolean);  -- that of an earlier release
  END IF;
END
$es_rollup$;

-- Folds the events of entities, of each above a version and up to another, into the tables that have several rows for
-- it, and returns how many entities there are. It is called after the entities' rows in the rollup were written, which
-- other transactions wait for.
CREATE OR REPLACE FUNCTION "public"."wallets_put"(es_ids bigint[], es_froms bigint[], es_uptos bigint[], es_inside boolean)
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
  es_entity bigint;  -- the entity that is being folded
  es_above bigint;  -- the version above which its events are folded
  es_last bigint;  -- the version up to which they are
  es_event record;  -- the current event
  es_sequence bigint;  -- its sequence
  es_version bigint := 0::bigint;  -- that of the event before it
  es_tag text;  -- the event's type
  es_value jsonb;  -- the current value
BEGIN
  IF NOT es_inside AND ("public"."wallets_transactions_guarded"('"public"."wallets_transactions"'::regclass) OR "public"."wallets_history_guarded"('"public"."wallets_history"'::regclass)) THEN
    FOR es_place IN 1 .. coalesce(cardinality(es_ids), 0) LOOP
      es_entity := es_ids[es_place];
      -- In a block that shows no values.
      BEGIN
        PERFORM "public"."wallets_put"(ARRAY[es_entity]::bigint[], ARRAY[es_froms[es_place]], ARRAY[es_uptos[es_place]], true);
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
              coalesce(' of entity ' || regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."wallet_events"',
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
      DELETE FROM "public"."wallets_transactions" AS v WHERE v."id" = es.es_entity;
      DELETE FROM "public"."wallets_history" AS v WHERE v."id" = es.es_entity;
    END IF;
    IF es_above > 0 AND NOT EXISTS (
      SELECT FROM "public"."wallets_history" AS h WHERE h."id" = es.es_entity AND h."version" = es.es_above
    ) THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('the history %s of entity %s has no row for version %s', '"public"."wallets_history"', regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), es_above),
        HINT = 'Fold the entity again: SELECT "public"."wallets_rebuild"(ARRAY[id]).', SCHEMA = 'public', TABLE = 'wallets_history';
    END IF;
    INSERT INTO "public"."wallets_history" ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
    SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event"
    FROM "public"."wallets_fold"(ARRAY[es.es_entity]::bigint[], NULL::bigint, NULL::bigint, false, es_uptos[es_place]::bigint, NULL::timestamp with time zone, true, es.es_above::bigint) AS f
    WHERE NOT f.es_deleted;
  END LOOP;
  FOR es_event IN
    SELECT s.es_place::integer AS es_place, e.*
    FROM unnest((SELECT es_ids)) WITH ORDINALITY AS s (es_id, es_place)
      CROSS JOIN LATERAL (
        SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."wallet_events" AS e
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
      PERFORM "public"."wallets_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
    END IF;
    IF es_tag IN ('credited', 'debited', 'debit_rejected') THEN
      <<es_view>>
      DECLARE  -- transactions
        es_row "public"."wallets_transactions"%ROWTYPE;  -- the current row
        es_key_1 bigint;  -- its "number"
      BEGIN
        CASE es_tag
        WHEN 'credited' THEN  -- Credited
          -- set number: the sequence
          es_key_1 := es_sequence::bigint;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."number" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set kind
          es_row."kind" := 'credited';
          -- set amount: Credited.amount
          es_value := es_event."event" -> 'amount';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."amount" := es_value::bigint;
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'amount'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          INSERT INTO "public"."wallets_transactions"
            ("id", "number", "version", "created_at", "modified_at", "kind", "amount", "reason")
          VALUES
            (es_row."id", es_row."number", es_row."version", es_row."created_at", es_row."modified_at", es_row."kind", es_row."amount", es_row."reason")
          ON CONFLICT ("id", "number") DO NOTHING;
          IF NOT FOUND THEN
            PERFORM "public"."wallets_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
        WHEN 'debited' THEN  -- Debited
          -- set number: the sequence
          es_key_1 := es_sequence::bigint;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."number" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set kind
          es_row."kind" := 'debited';
          -- set amount: Debited.amount
          es_value := es_event."event" -> 'amount';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."amount" := es_value::bigint;
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'amount'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          INSERT INTO "public"."wallets_transactions"
            ("id", "number", "version", "created_at", "modified_at", "kind", "amount", "reason")
          VALUES
            (es_row."id", es_row."number", es_row."version", es_row."created_at", es_row."modified_at", es_row."kind", es_row."amount", es_row."reason")
          ON CONFLICT ("id", "number") DO NOTHING;
          IF NOT FOUND THEN
            PERFORM "public"."wallets_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
        WHEN 'debit_rejected' THEN  -- DebitRejected
          -- set number: the sequence
          es_key_1 := es_sequence::bigint;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."number" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set kind
          es_row."kind" := 'debit_rejected';
          -- set amount: DebitRejected.amount
          es_value := es_event."event" -> 'amount';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."amount" := es_value::bigint;
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'amount'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          -- set reason: DebitRejected.reason
          es_value := es_event."event" -> 'reason';
          IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."reason" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'reason'::text, 'reason'::text, 'a string'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          INSERT INTO "public"."wallets_transactions"
            ("id", "number", "version", "created_at", "modified_at", "kind", "amount", "reason")
          VALUES
            (es_row."id", es_row."number", es_row."version", es_row."created_at", es_row."modified_at", es_row."kind", es_row."amount", es_row."reason")
          ON CONFLICT ("id", "number") DO NOTHING;
          IF NOT FOUND THEN
            PERFORM "public"."wallets_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
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
        PERFORM "public"."wallets_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
      END IF;
    END LOOP;
  END IF;
  IF "public"."wallets_extended"('"public"."wallets"'::regclass) OR "public"."wallets_extended"('"public"."wallets_transactions"'::regclass) OR "public"."wallets_extended"('"public"."wallets_history"'::regclass) THEN
    SELECT s.es_id, s.es_upto INTO es_entity, es_last
    FROM unnest(es_ids, es_uptos) WITH ORDINALITY AS s (es_id, es_upto, es_place)
    WHERE EXISTS (SELECT FROM "public"."wallets" AS r WHERE r."id" = s.es_id AND r."version" > s.es_upto)
    ORDER BY s.es_place LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('while event %s of entity %s in %s was folded, a trigger on the rollup inserted a later event of the entity',
          es_last, regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), '"public"."wallet_events"'),
        HINT = 'Insert it in a trigger on the event table instead.', SCHEMA = 'public', TABLE = 'wallets';
    END IF;
  END IF;
  RETURN coalesce(cardinality(es_ids), 0)::bigint;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_put" FROM PUBLIC;

-- Raises every error about an event. Values are not shown: messages end up in logs.
CREATE OR REPLACE FUNCTION "public"."wallets_refuse"(
  es_kind text, es_entity text, es_sequence bigint, es_version bigint, es_tag text,
  es_column text DEFAULT NULL, es_key text DEFAULT NULL, es_expects text DEFAULT NULL, es_value jsonb DEFAULT NULL,
  es_constraint text DEFAULT NULL,
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
  es_table text := coalesce(es_view, '"public"."wallets"');
  es_names text[] := parse_ident(es_table);
BEGIN
  IF es_view IS NULL THEN
    -- Rows may come in any order, and the first event is compared with the row only when it is written. The error is
    -- the one of the lowest sequence.
    SELECT min(e."sequence")::bigint INTO es_lower
    FROM "public"."wallet_events" AS e
      LEFT JOIN "public"."wallets" AS r ON r."id" = e."id"
      LEFT JOIN "public"."wallet_events" AS n ON n."id" = e."id" AND n."sequence" = es_sequence
    WHERE e."id" = es_entity::bigint AND e."sequence" <= es_sequence
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
      es_constraint := NULL;
    END IF;
    -- A view may refuse an event before this one. The error is the one of the lowest sequence.
    es_before := (
      SELECT max(e."sequence")::bigint FROM "public"."wallet_events" AS e
      WHERE e."id" = es_entity::bigint AND e."sequence" <= es_version AND e."sequence" < es_sequence
    );
    IF current_setting('es_rollup.refolds', true) = 'true' THEN
      -- The stored rows count for nothing.
      PERFORM FROM "public"."wallets_views"(es_entity::bigint, es_before);
    ELSIF current_setting('transaction_read_only') = 'off' THEN
      SELECT r."version" INTO es_lower FROM "public"."wallets" AS r WHERE r."id" = es_entity::bigint FOR NO KEY UPDATE;
      es_lower := coalesce(es_lower, 0);
      IF es_lower < es_before THEN
        PERFORM "public"."wallets_put"(ARRAY[es_entity::bigint]::bigint[], ARRAY[es_lower], ARRAY[es_before], false);
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
  END, regexp_replace(left(es_entity, 100), '[[:cntrl:]]', '?', 'g'), '"public"."wallet_events"',
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
        WHEN '23514' THEN format('check "%s" does not hold after it', es_constraint)
      END
    END) || coalesce(' (in ' || es_view || ')', '');
  es_detail := CASE
    WHEN es_constraint IS NOT NULL THEN format('Check "%s" of %s requires: %s', es_constraint, es_table, es_expects)
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
    WHEN '23514' THEN 'Do not write the event, or change the check in Rust and migrate.'
  END;
  IF es_key IS NULL AND es_kind = 'RU010' THEN
    es_hint := 'Write the time at which the event was recorded.';
  ELSIF es_kind = 'RU001' AND es_sequence = es_version + 1 THEN
    es_hint := 'A trigger or a rule removed the event from the event table before it was folded. Change it or drop it.';
  END IF;
  IF es_constraint IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = es_names[1], TABLE = es_names[2], CONSTRAINT = es_constraint;
  ELSIF es_column IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = es_names[1], TABLE = es_names[2];
  ELSE
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = es_names[1], TABLE = es_names[2], COLUMN = es_column;
  END IF;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_refuse" FROM PUBLIC;

-- Whether something may have been put on a table that a query does not see, because its snapshot is older than what
-- PostgreSQL itself goes by. The first trigger, a rule, a policy, a check, a column, a partition or a child replace the
-- table's row in pg_class, and a change of a column replaces that in pg_attribute: whoever did it is the xmax of the row
-- that is seen. An index is counted in the size of all. A further trigger leaves no trace.
CREATE OR REPLACE FUNCTION "public"."wallets_unseen"(es_table regclass)
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
REVOKE ALL ON FUNCTION "public"."wallets_unseen" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."wallets_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."wallets_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('wallets_pkey', 'no_overdraft')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('wallets_pkey', 'no_overdraft')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'balance', 'rejections', 'last_event')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_guarded" FROM PUBLIC;

-- Whether a table certainly has nothing but what the migration created, and no column named like a variable here.
-- es_required: its columns that are not NULL. es_own: the names of its constraints.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."wallets_plain"(es_table regclass, es_required text[], es_own text[])
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
    AND NOT "public"."wallets_unseen"(es_table)
  FROM pg_class AS c WHERE c.oid = es_table
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_plain" FROM PUBLIC;

-- Whether something on the rollup may run code that looks up names: a trigger, a policy, a rule, a domain, a partition or
-- a child, or an index, a constraint, statistics or a default with a function, an operator or an operator class that is
-- not PostgreSQL's own. Also true if something may be there that is not seen yet. Declared IMMUTABLE so that it becomes a
-- constant in the plans that call it: each of them depends on the table by its name, and is made again when the table
-- changes.
CREATE OR REPLACE FUNCTION "public"."wallets_extended"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."wallets_unseen"(es_rollup)
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
REVOKE ALL ON FUNCTION "public"."wallets_extended" FROM PUBLIC;

-- Whether a table is so small that a plan may read all of it. Declared IMMUTABLE so that it becomes a constant in the
-- plans that call it. PostgreSQL expects a table without statistics to grow, and one with statistics not to.
CREATE OR REPLACE FUNCTION "public"."wallets_small"(es_table regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT pg_relation_size(es_table) < 131072 AND c.reltuples >= 0 FROM pg_class AS c WHERE c.oid = es_table
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_small" FROM PUBLIC;

-- Folds events of the event table, in one pass, and returns the state of each entity of which it folded any.
-- es_ids: the entities; NULL for those whose id is above es_after and not above es_to, and a NULL of these for no bound.
-- es_stored: begin each entity at its row and not at nothing.
-- es_upto: the last sequence. es_until: end an entity before its first event that was recorded later. NULL for no end.
-- es_each: return the state after each event and not only after the last.
-- es_from: begin each entity at the row that the history has for this version; 0 for nothing.
-- es_event_type is the type of the last event, and es_deleted whether it ended the stream. If it did, es_state is the row
-- before it.
CREATE OR REPLACE FUNCTION "public"."wallets_fold"(
  es_ids bigint[], es_after bigint, es_to bigint, es_stored boolean, es_upto bigint,
  es_until timestamp with time zone, es_each boolean, es_from bigint
)
  RETURNS TABLE (es_state "public"."wallets", es_event_type text, es_deleted boolean)
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
  es_begin ALIAS FOR es_from;
  es_row ALIAS FOR es_state;  -- the row of the entity so far
  es_tag ALIAS FOR es_event_type;  -- the event's type
  es_event record;  -- the current event
  es_entity bigint;  -- the entity that is being folded
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
      SELECT DISTINCT e."id"::bigint
      FROM "public"."wallet_events" AS e
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
    SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
    FROM "public"."wallet_events" AS e
    WHERE es.es_entities IS NULL
      AND (es.es_above IS NULL OR e."id" > es.es_above) AND (es.es_last_id IS NULL OR e."id" <= es.es_last_id)
      AND (es.es_last IS NULL OR e."sequence" <= es.es_last)
    UNION ALL
    SELECT e.*
    FROM unnest(es.es_entities) AS n (es_id)
      LEFT JOIN LATERAL (
        SELECT r."version" FROM "public"."wallets" AS r WHERE es.es_from_rows AND r."id" = n.es_id OFFSET 0
      ) AS r ON true
      CROSS JOIN LATERAL (
        SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."wallet_events" AS e
        WHERE e."id" = n.es_id AND e."sequence" > coalesce(r."version", es.es_begin)
          AND e."sequence" <= coalesce(es.es_last, 9223372036854775807)
        UNION ALL
        -- An event below the first is refused, whatever the row includes.
        SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
        FROM "public"."wallet_events" AS e
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
        SELECT r.* INTO es_row FROM "public"."wallets" AS r WHERE r."id" = es.es_entity;
      ELSIF es_from > 0 THEN
        SELECT h."id", h."version", h."created_at", h."modified_at", h."balance", h."rejections", h."last_event"
        INTO es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."balance", es_row."rejections", es_row."last_event"
        FROM "public"."wallets_history" AS h
        WHERE h."id" = es.es_entity AND h."version" = es.es_begin;
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
      PERFORM "public"."wallets_refuse"(CASE WHEN es_sequence < 1 THEN 'RU002' ELSE 'RU001' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
    END IF;
    IF es_version = 0 THEN
      IF es_tag NOT IN ('opened') THEN
        es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
        PERFORM "public"."wallets_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN es_tag IN ('credited', 'debited', 'debit_rejected') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
      END IF;
      es_row."id" := es_entity;
      es_row."created_at" := es_event."recorded_at";
      es_row."balance" := 0;
      es_row."rejections" := 0;
    END IF;
    CASE es_tag
    WHEN 'opened' THEN  -- Opened
      IF es_version > 0 THEN
        PERFORM "public"."wallets_refuse"('RU004'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'opened';
    WHEN 'credited' THEN  -- Credited
      -- increment balance: Credited.amount
      es_value := es_event."event" -> 'amount';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        es_by := es_value::bigint;
        IF (CASE WHEN es_by >= 0 THEN es_row."balance" <= ('9223372036854775807'::bigint - es_by) ELSE es_row."balance" >= ('-9223372036854775808'::bigint - es_by) END) THEN
          es_row."balance" := es_row."balance" + es_by;
        ELSE
          PERFORM "public"."wallets_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'balance'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
        END IF;
      ELSE
        PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'credited';
    WHEN 'debited' THEN  -- Debited
      -- decrement balance: Debited.amount
      es_value := es_event."event" -> 'amount';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        es_by := es_value::bigint;
        IF (CASE WHEN es_by >= 0 THEN es_row."balance" >= ('-9223372036854775808'::bigint + es_by) ELSE es_row."balance" <= ('9223372036854775807'::bigint + es_by) END) THEN
          es_row."balance" := es_row."balance" - es_by;
        ELSE
          PERFORM "public"."wallets_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'balance'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
        END IF;
      ELSE
        PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'debited';
    WHEN 'debit_rejected' THEN  -- DebitRejected
      -- increment rejections
      es_by := 1;
      IF (CASE WHEN es_by >= 0 THEN es_row."rejections" <= ('9223372036854775807'::bigint - es_by) ELSE es_row."rejections" >= ('-9223372036854775808'::bigint - es_by) END) THEN
        es_row."rejections" := es_row."rejections" + es_by;
      ELSE
        PERFORM "public"."wallets_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'rejections'::text, 'rejections'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'debit_rejected';
    ELSE
      es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
      PERFORM "public"."wallets_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
    END CASE;
    IF (es_event."recorded_at" >= '0001-01-01 00:00:00+00' AND es_event."recorded_at" <= '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."wallets_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb, NULL::text, NULL::text);
    END IF;
    es_version := es_sequence;
    es_row."version" := es_version;
    es_row."modified_at" := es_event."recorded_at";
    DECLARE  -- the columns that the checks read, after the event
      "balance" "public"."wallets"."balance"%TYPE := es_row."balance";
    BEGIN
      IF (balance >= 0) IS FALSE THEN
        PERFORM "public"."wallets_refuse"('23514'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, 'balance >= 0'::text, NULL::jsonb, 'no_overdraft'::text, NULL::text);
      END IF;
    END;
    IF es_each THEN
      es_row."version" := es_version;
      RETURN NEXT;
    END IF;
  END LOOP;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_fold" FROM PUBLIC;

-- The row of one entity as it was after one of its events, folded from nothing. There is none if the entity has no
-- such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."wallets_at"(es_id bigint, es_version bigint)
  RETURNS SETOF "public"."wallets"
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM "public"."wallets_fold"(ARRAY[es_id]::bigint[], NULL::bigint, NULL::bigint, false, es_version::bigint, NULL::timestamp with time zone, false, 0::bigint) AS f
  WHERE NOT f.es_deleted AND (f.es_state)."version" = es_version
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_at" FROM PUBLIC;

-- The row of one entity as it was at a time, folded from nothing: after all events before the first that was recorded
-- later. There is none if its first event was, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."wallets_as_of"(es_id bigint, es_time timestamp with time zone)
  RETURNS SETOF "public"."wallets"
  LANGUAGE sql
  STABLE STRICT  -- no row for NULL
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM "public"."wallets_fold"(ARRAY[es_id]::bigint[], NULL::bigint, NULL::bigint, false, NULL::bigint, es_time::timestamp with time zone, false, 0::bigint) AS f
  WHERE NOT f.es_deleted
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_as_of" FROM PUBLIC;

-- What each event of one entity changed: a row for each column that it changed, with the values before and after it.
-- What ends a stream leaves nothing. Compared byte by byte, since not every type has an operator for it.
CREATE OR REPLACE FUNCTION "public"."wallets_changes"(es_id bigint)
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
    FROM "public"."wallets_fold"(ARRAY[es_id]::bigint[], NULL::bigint, NULL::bigint, false, NULL::bigint, NULL::timestamp with time zone, true, 0::bigint) AS f
    WINDOW es_order AS (ORDER BY (f.es_state)."version")
  ) AS s CROSS JOIN LATERAL (
    VALUES
      (1, 'balance', to_jsonb((s.es_was)."balance"), to_jsonb((s.es_is)."balance"), ROW((s.es_was)."balance")::record *<> ROW((s.es_is)."balance")::record),
      (2, 'rejections', to_jsonb((s.es_was)."rejections"), to_jsonb((s.es_is)."rejections"), ROW((s.es_was)."rejections")::record *<> ROW((s.es_is)."rejections")::record),
      (3, 'last_event', to_jsonb((s.es_was)."last_event"), to_jsonb((s.es_is)."last_event"), ROW((s.es_was)."last_event")::record *<> ROW((s.es_is)."last_event")::record)
  ) AS c (es_place, es_column, es_was, es_is, es_differs)
  WHERE c.es_differs
  ORDER BY s.es_sequence, c.es_place;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_changes" FROM PUBLIC;

-- Folds the events of one entity up to a version from nothing, and returns the rows that each view has then. It writes
-- nothing, and is called for entities that the rollup's own fold has accepted.
CREATE OR REPLACE FUNCTION "public"."wallets_views"(es_id bigint, es_upto bigint)
  RETURNS TABLE (es_view_1 "public"."wallets_transactions"[])
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
  es_rows_1 "public"."wallets_transactions"[];  -- rows of transactions; what is gone is NULL
  es_places_1 integer[] := ARRAY[]::integer[];  -- where those are that are there
  es_ordered_1 integer := 0;  -- how many of these places are in the order of the keys, before the latest ones
  es_low integer;  -- the place is behind so many others
  es_high integer;
  es_middle integer;
  es_end integer;  -- where the ordered places end, or the latest ones
BEGIN
  FOR es_event IN
    SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
    FROM "public"."wallet_events" AS e
    WHERE e."id" = es.es_entity AND e."sequence" <= es.es_last
    ORDER BY e."sequence"
  LOOP
    es_sequence := es_event."sequence";
    es_tag := es_event."event" ->> 'type';
    IF es_sequence <> es_version + 1 THEN
      PERFORM "public"."wallets_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
    END IF;
    IF es_tag IN ('credited', 'debited', 'debit_rejected') THEN
      <<es_view>>
      DECLARE  -- transactions
        es_row "public"."wallets_transactions"%ROWTYPE;  -- the current row
        es_key_1 bigint;  -- its "number"
      BEGIN
        CASE es_tag
        WHEN 'credited' THEN  -- Credited
          -- set number: the sequence
          es_key_1 := es_sequence::bigint;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."number" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set kind
          es_row."kind" := 'credited';
          -- set amount: Credited.amount
          es_value := es_event."event" -> 'amount';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."amount" := es_value::bigint;
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'amount'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          es_low := 0;
          es_high := es_ordered_1;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF (es_rows_1[es_places_1[es_middle + 1]])."number" < es_key_1 THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_1[es_places_1[es_low + 1]])."number" = es_key_1;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_1);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_1);
          END LOOP;
          IF es_found THEN
            PERFORM "public"."wallets_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
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
            es_rows_1 := ARRAY(SELECT es_kept FROM unnest(es_rows_1) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."number");
            es_places_1 := ARRAY(SELECT generate_series(1, cardinality(es_rows_1)));
            es_ordered_1 := cardinality(es_rows_1);
          END IF;
        WHEN 'debited' THEN  -- Debited
          -- set number: the sequence
          es_key_1 := es_sequence::bigint;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."number" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set kind
          es_row."kind" := 'debited';
          -- set amount: Debited.amount
          es_value := es_event."event" -> 'amount';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."amount" := es_value::bigint;
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'amount'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          es_low := 0;
          es_high := es_ordered_1;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF (es_rows_1[es_places_1[es_middle + 1]])."number" < es_key_1 THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_1[es_places_1[es_low + 1]])."number" = es_key_1;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_1);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_1);
          END LOOP;
          IF es_found THEN
            PERFORM "public"."wallets_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
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
            es_rows_1 := ARRAY(SELECT es_kept FROM unnest(es_rows_1) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."number");
            es_places_1 := ARRAY(SELECT generate_series(1, cardinality(es_rows_1)));
            es_ordered_1 := cardinality(es_rows_1);
          END IF;
        WHEN 'debit_rejected' THEN  -- DebitRejected
          -- set number: the sequence
          es_key_1 := es_sequence::bigint;
          es_row := NULL;
          es_row."id" := es_entity;
          es_row."number" := es_key_1;
          es_row."created_at" := es_event."recorded_at";
          -- set kind
          es_row."kind" := 'debit_rejected';
          -- set amount: DebitRejected.amount
          es_value := es_event."event" -> 'amount';
          IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
            es_row."amount" := es_value::bigint;
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'amount'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          -- set reason: DebitRejected.reason
          es_value := es_event."event" -> 'reason';
          IF (pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string') THEN
            es_row."reason" := (es_value OPERATOR(pg_catalog.#>>) '{}');
          ELSE
            PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'reason'::text, 'reason'::text, 'a string'::text, es_value, NULL::text, '"public"."wallets_transactions"'::text);
          END IF;
          es_row."version" := es_sequence;
          es_row."modified_at" := es_event."recorded_at";
          es_low := 0;
          es_high := es_ordered_1;
          LOOP
            es_end := es_high;
            WHILE es_low < es_high LOOP
              es_middle := (es_low + es_high) / 2;
              IF (es_rows_1[es_places_1[es_middle + 1]])."number" < es_key_1 THEN
                es_low := es_middle + 1;
              ELSE
                es_high := es_middle;
              END IF;
            END LOOP;
            es_found := es_low < es_end AND (es_rows_1[es_places_1[es_low + 1]])."number" = es_key_1;
            EXIT WHEN es_found OR es_end >= cardinality(es_places_1);
            es_low := es_end;  -- then among the latest ones
            es_high := cardinality(es_places_1);
          END LOOP;
          IF es_found THEN
            PERFORM "public"."wallets_refuse"('RU014'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, '"public"."wallets_transactions"'::text);
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
            es_rows_1 := ARRAY(SELECT es_kept FROM unnest(es_rows_1) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."number");
            es_places_1 := ARRAY(SELECT generate_series(1, cardinality(es_rows_1)));
            es_ordered_1 := cardinality(es_rows_1);
          END IF;
        END CASE;
      END;
    END IF;
    es_version := es_sequence;
  END LOOP;
  es_view_1 := ARRAY(SELECT es_kept FROM unnest(es_rows_1) AS es_kept WHERE es_kept."id" IS NOT NULL ORDER BY es_kept."number");
  RETURN NEXT;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_views" FROM PUBLIC;

-- The same without locks: the caller holds those of the tables, or of the entities' rows.
CREATE OR REPLACE FUNCTION "public"."wallets_refold"(es_ids bigint[])
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
  es_touched bigint[];  -- the entities whose rows of other tables differed
BEGIN
  PERFORM set_config('es_rollup.refolds', 'true', true);
  BEGIN
    WITH es_folded AS MATERIALIZED (
      SELECT f.es_state
      FROM "public"."wallets_fold"(es.es_entities::bigint[], NULL::bigint, NULL::bigint, false, NULL::bigint, NULL::timestamp with time zone, false, 0::bigint) AS f
      WHERE NOT f.es_deleted
    ), es_drift AS MATERIALIZED (
      SELECT r."id" AS es_id, f.es_state
      FROM es_folded AS f
        FULL JOIN (SELECT r.* FROM "public"."wallets" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."balance", r."rejections", r."last_event")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event")::record
    ), es_dropped AS (
      DELETE FROM "public"."wallets" AS r USING es_drift AS d
      WHERE r."id" = d.es_id AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended AS (
      UPDATE "public"."wallets" AS r SET
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at",
        "balance" = (d.es_state)."balance",
        "rejections" = (d.es_state)."rejections",
        "last_event" = (d.es_state)."last_event"
      FROM es_drift AS d
      WHERE r."id" = d.es_id AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing AS (
      INSERT INTO "public"."wallets" AS r ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
      SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event"
      FROM es_drift AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "balance" = excluded."balance",
        "rejections" = excluded."rejections",
        "last_event" = excluded."last_event"
      WHERE r."version" < excluded."version"
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM es_dropped) + (SELECT count(*) FROM es_mended) + (SELECT count(*) FROM es_missing)
    INTO es_changed;
    -- The same in the other tables.
    WITH es_states AS MATERIALIZED (
      SELECT f.*
      FROM (SELECT r."id", r."version" FROM "public"."wallets" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities) ORDER BY r."id" OFFSET 0) AS r
        CROSS JOIN LATERAL "public"."wallets_views"(r."id", r."version") AS f
    ), es_folded_1 AS MATERIALIZED (
      SELECT v AS es_state
      FROM es_states AS s CROSS JOIN LATERAL unnest(s.es_view_1) AS v
    ), es_drift_1 AS MATERIALIZED (
      SELECT r."id" AS es_id, r."number" AS es_key_1, f.es_state
      FROM es_folded_1 AS f
        FULL JOIN (SELECT r.* FROM "public"."wallets_transactions" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id" AND r."number" = (f.es_state)."number"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."number", r."version", r."created_at", r."modified_at", r."kind", r."amount", r."reason")::record *<> ROW((f.es_state)."id", (f.es_state)."number", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."kind", (f.es_state)."amount", (f.es_state)."reason")::record
    ), es_dropped_1 AS (
      DELETE FROM "public"."wallets_transactions" AS r USING es_drift_1 AS d
      WHERE r."id" = d.es_id AND r."number" = d.es_key_1 AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended_1 AS (
      UPDATE "public"."wallets_transactions" AS r SET
        "number" = (d.es_state)."number",
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at",
        "kind" = (d.es_state)."kind",
        "amount" = (d.es_state)."amount",
        "reason" = (d.es_state)."reason"
      FROM es_drift_1 AS d
      WHERE r."id" = d.es_id AND r."number" = d.es_key_1 AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing_1 AS (
      INSERT INTO "public"."wallets_transactions" AS r ("id", "number", "version", "created_at", "modified_at", "kind", "amount", "reason")
      SELECT (f.es_state)."id", (f.es_state)."number", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."kind", (f.es_state)."amount", (f.es_state)."reason"
      FROM es_drift_1 AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id", "number") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "kind" = excluded."kind",
        "amount" = excluded."amount",
        "reason" = excluded."reason"
      WHERE r."version" < excluded."version"
      RETURNING 1
    ), es_folded_2 AS MATERIALIZED (
      SELECT f.es_state
      FROM "public"."wallets_fold"(es.es_entities::bigint[], NULL::bigint, NULL::bigint, false, NULL::bigint, NULL::timestamp with time zone, true, 0::bigint) AS f
      WHERE NOT f.es_deleted
    ), es_drift_2 AS MATERIALIZED (
      SELECT r."id" AS es_id, r."version" AS es_key_1, f.es_state
      FROM es_folded_2 AS f
        FULL JOIN (SELECT r.* FROM "public"."wallets_history" AS r WHERE es.es_entities IS NULL OR r."id" = ANY (es.es_entities)) AS r ON r."id" = (f.es_state)."id" AND r."version" = (f.es_state)."version"
      -- Compared byte by byte, since not every type has an operator for it.
      WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."balance", r."rejections", r."last_event")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event")::record
    ), es_dropped_2 AS (
      DELETE FROM "public"."wallets_history" AS r USING es_drift_2 AS d
      WHERE r."id" = d.es_id AND r."version" = d.es_key_1 AND (d.es_state)."id" IS NULL
      RETURNING 1
    ), es_mended_2 AS (
      UPDATE "public"."wallets_history" AS r SET
        "version" = (d.es_state)."version",
        "created_at" = (d.es_state)."created_at",
        "modified_at" = (d.es_state)."modified_at",
        "balance" = (d.es_state)."balance",
        "rejections" = (d.es_state)."rejections",
        "last_event" = (d.es_state)."last_event"
      FROM es_drift_2 AS d
      WHERE r."id" = d.es_id AND r."version" = d.es_key_1 AND (d.es_state)."id" IS NOT NULL
      RETURNING 1
    ), es_missing_2 AS (
      INSERT INTO "public"."wallets_history" AS r ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
      SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event"
      FROM es_drift_2 AS f
      WHERE f.es_id IS NULL
      ON CONFLICT ("id", "version") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "balance" = excluded."balance",
        "rejections" = excluded."rejections",
        "last_event" = excluded."last_event"
      WHERE r."version" < excluded."version"
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM es_dropped_1) + (SELECT count(*) FROM es_mended_1) + (SELECT count(*) FROM es_missing_1) + (SELECT count(*) FROM es_dropped_2) + (SELECT count(*) FROM es_mended_2) + (SELECT count(*) FROM es_missing_2),
      ARRAY(SELECT coalesce(d.es_id, (d.es_state)."id") FROM es_drift_1 AS d UNION SELECT coalesce(d.es_id, (d.es_state)."id") FROM es_drift_2 AS d)
    INTO es_more, es_touched;
    es_changed := es_changed + es_more;
    -- A transaction whose snapshot is older does not see the new rows, and must not get to write the entity's row.
    UPDATE "public"."wallets" AS r SET "version" = r."version" WHERE r."id" = ANY (es_touched);
  EXCEPTION WHEN integrity_constraint_violation THEN
    DECLARE
      es_schema pg_catalog.text;
      es_table pg_catalog.text;
      es_column pg_catalog.text;
      es_constraint pg_catalog.text;
    BEGIN
      GET STACKED DIAGNOSTICS es_schema = SCHEMA_NAME, es_table = TABLE_NAME, es_column = COLUMN_NAME,
        es_constraint = CONSTRAINT_NAME;
      -- The fold refuses an event after which a check of the rollup does not hold. Its message stays.
      IF es_schema = 'public' AND es_table = 'wallets' AND es_constraint IN ('no_overdraft') THEN
        RAISE;
      END IF;
      RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('events%s in %s are refused: they violate %s of %s',
          coalesce(' of entity ' || regexp_replace(left(NULL::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."wallet_events"',
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
REVOKE ALL ON FUNCTION "public"."wallets_refold" FROM PUBLIC;

-- Folds entities again from nothing, or all if es_ids is NULL, and returns how many rows were changed, inserted or
-- deleted. The event table decides: a row without events goes, and so does what later events had made of a row if
-- those events are gone.
CREATE OR REPLACE FUNCTION "public"."wallets_rebuild"(es_ids bigint[])
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
BEGIN
  -- Waits for current writers, and makes new ones wait: one of them could have read a row before it is mended, and
  -- would write it back as it was. The event table before the rollup, as writers do.
  LOCK TABLE "public"."wallet_events" IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE "public"."wallets" IN EXCLUSIVE MODE;
  RETURN "public"."wallets_refold"(es_ids);
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_rebuild" FROM PUBLIC;

-- Compares rows with the fold of their events, in one snapshot and without any lock, and returns what differs: rows
-- that are missing, rows that nothing accounts for (unexpected), and rows that are different, with their columns but no
-- values; es_version is that of a row of the history. es_after, es_to: the entities whose id is above the first and not above the second; NULL for no
-- bound. A row is different, too, if it is behind its events.
CREATE OR REPLACE FUNCTION "public"."wallets_verify"(es_after bigint, es_to bigint)
  RETURNS TABLE (es_id bigint, es_table regclass, es_version bigint, es_difference text, es_columns text[])
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
    FROM "public"."wallets_fold"(NULL::bigint[], es.es_above, es.es_last_id, false, NULL::bigint, NULL::timestamp with time zone, false, 0::bigint) AS f
    WHERE NOT f.es_deleted
  )
  SELECT coalesce(r."id", (f.es_state)."id")::bigint, '"public"."wallets"'::regclass, NULL::bigint,
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END,
      CASE WHEN ROW(r."balance")::record *<> ROW((f.es_state)."balance")::record THEN 'balance' END,
      CASE WHEN ROW(r."rejections")::record *<> ROW((f.es_state)."rejections")::record THEN 'rejections' END,
      CASE WHEN ROW(r."last_event")::record *<> ROW((f.es_state)."last_event")::record THEN 'last_event' END
    ], NULL) END
  FROM es_folded AS f
    FULL JOIN (
      SELECT r.* FROM "public"."wallets" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id"
  WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."balance", r."rejections", r."last_event")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event")::record
  ORDER BY 1;
  RETURN QUERY
  WITH es_folded AS MATERIALIZED (
    SELECT f.es_state
    FROM "public"."wallets_fold"(NULL::bigint[], es.es_above, es.es_last_id, false, NULL::bigint, NULL::timestamp with time zone, true, 0::bigint) AS f
    WHERE NOT f.es_deleted
  )
  SELECT coalesce(r."id", (f.es_state)."id")::bigint, '"public"."wallets_history"'::regclass, coalesce(r."version", (f.es_state)."version"),
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END,
      CASE WHEN ROW(r."balance")::record *<> ROW((f.es_state)."balance")::record THEN 'balance' END,
      CASE WHEN ROW(r."rejections")::record *<> ROW((f.es_state)."rejections")::record THEN 'rejections' END,
      CASE WHEN ROW(r."last_event")::record *<> ROW((f.es_state)."last_event")::record THEN 'last_event' END
    ], NULL) END
  FROM es_folded AS f
    FULL JOIN (
      SELECT r.* FROM "public"."wallets_history" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id" AND r."version" = (f.es_state)."version"
  WHERE ROW(r."id", r."version", r."created_at", r."modified_at", r."balance", r."rejections", r."last_event")::record *<> ROW((f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event")::record
  ORDER BY 1, 3;
  RETURN QUERY
  WITH es_states AS MATERIALIZED (
    SELECT s.*
    FROM (
      SELECT f.es_state
      FROM "public"."wallets_fold"(NULL::bigint[], es.es_above, es.es_last_id, false, NULL::bigint, NULL::timestamp with time zone, false, 0::bigint) AS f
      WHERE NOT f.es_deleted
    ) AS f CROSS JOIN LATERAL "public"."wallets_views"((f.es_state)."id", (f.es_state)."version") AS s
  ), es_folded_1 AS MATERIALIZED (
    SELECT v AS es_state
    FROM es_states AS s CROSS JOIN LATERAL unnest(s.es_view_1) AS v
  )
  SELECT coalesce(r."id", (f.es_state)."id")::bigint, '"public"."wallets_transactions"'::regclass, NULL::bigint,
    CASE WHEN r."id" IS NULL THEN 'missing' WHEN (f.es_state)."id" IS NULL THEN 'unexpected' ELSE 'different' END,
    CASE WHEN r."id" IS NOT NULL AND (f.es_state)."id" IS NOT NULL THEN array_remove(ARRAY[
      CASE WHEN ROW(r."id")::record *<> ROW((f.es_state)."id")::record THEN 'id' END,
      CASE WHEN ROW(r."number")::record *<> ROW((f.es_state)."number")::record THEN 'number' END,
      CASE WHEN ROW(r."version")::record *<> ROW((f.es_state)."version")::record THEN 'version' END,
      CASE WHEN ROW(r."created_at")::record *<> ROW((f.es_state)."created_at")::record THEN 'created_at' END,
      CASE WHEN ROW(r."modified_at")::record *<> ROW((f.es_state)."modified_at")::record THEN 'modified_at' END,
      CASE WHEN ROW(r."kind")::record *<> ROW((f.es_state)."kind")::record THEN 'kind' END,
      CASE WHEN ROW(r."amount")::record *<> ROW((f.es_state)."amount")::record THEN 'amount' END,
      CASE WHEN ROW(r."reason")::record *<> ROW((f.es_state)."reason")::record THEN 'reason' END
    ], NULL) END
  FROM es_folded_1 AS f
    FULL JOIN (
      SELECT r.* FROM "public"."wallets_transactions" AS r
      WHERE (es.es_above IS NULL OR r."id" > es.es_above) AND (es.es_last_id IS NULL OR r."id" <= es.es_last_id)
    ) AS r ON r."id" = (f.es_state)."id" AND r."number" = (f.es_state)."number"
  WHERE ROW(r."id", r."number", r."version", r."created_at", r."modified_at", r."kind", r."amount", r."reason")::record *<> ROW((f.es_state)."id", (f.es_state)."number", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."kind", (f.es_state)."amount", (f.es_state)."reason")::record
  ORDER BY 1, 2;
  PERFORM set_config('es_rollup.refolds', 'false', true);
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_verify" FROM PUBLIC;

-- Whether a command of this transaction folded an event after the one that inserted it. Then it is not a replay: a
-- row of the same statement was folded first, or a trigger inserted further events.
CREATE OR REPLACE FUNCTION "public"."wallets_folded"(es_id bigint, es_sequence bigint)
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
    FROM "public"."wallets" AS r JOIN "public"."wallet_events" AS e ON e."id" = r."id" AND e."sequence" = es.es_at
    WHERE r."id" = es.es_entity AND r.cmin::text::bigint > e.cmin::text::bigint
      AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
  );
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_folded" FROM PUBLIC;

-- Folds the events of one entity that its row does not include yet, from the event table, and returns the
-- version reached. For an entity that was never folded, or whose events were inserted while the trigger was disabled.
CREATE OR REPLACE FUNCTION "public"."wallets_catch_up"(es_id bigint)
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
  es_entity bigint := es_id;
  es_folded record;  -- what the fold returns
  es_row "public"."wallets"%ROWTYPE;  -- the new row
  es_base bigint;  -- the version in the table; 0 if there is no row
BEGIN
  IF to_regclass('"public"."wallets_es_todo"') IS NOT NULL AND current_setting('es_rollup.steps', true) IS DISTINCT FROM 'true' THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."wallets" is being filled after a change',
      HINT = 'Fill it to the end first, in a session without a transaction: CALL "public"."wallets_fill"().';
  END IF;
  FOR es_try IN 1 .. 20 LOOP
    SELECT r."version" INTO es_base FROM "public"."wallets" AS r WHERE r."id" = es.es_entity FOR UPDATE;
    es_base := coalesce(es_base, 0);
    -- In a statement of its own, which sees every event that the locked row includes.
    SELECT f.es_state, f.es_deleted INTO es_folded
    FROM "public"."wallets_fold"(ARRAY[es.es_entity]::bigint[], NULL::bigint, NULL::bigint, true, NULL::bigint, NULL::timestamp with time zone, false, 0::bigint) AS f;
    IF NOT FOUND THEN
      -- Nothing is left to fold. Another transaction may have created the row in the meantime.
      RETURN coalesce((SELECT r."version" FROM "public"."wallets" AS r WHERE r."id" = es.es_entity), 0);
    END IF;
    es_row := es_folded.es_state;
    IF "public"."wallets_guarded"('"public"."wallets"'::regclass) THEN
      BEGIN
        IF es_base = 0 THEN
          INSERT INTO "public"."wallets"
            ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
          VALUES
            (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."balance", es_row."rejections", es_row."last_event")
          ON CONFLICT ("id") DO NOTHING;
        ELSE
          UPDATE "public"."wallets" AS r SET
            "version" = es_row."version",
            "modified_at" = es_row."modified_at",
            "balance" = es_row."balance",
            "rejections" = es_row."rejections",
            "last_event" = es_row."last_event"
          WHERE r."id" = es_row."id" AND r."version" = es.es_base;
        END IF;
        IF FOUND THEN
          PERFORM "public"."wallets_put"(ARRAY[es_entity]::bigint[], ARRAY[es_base], ARRAY[(es_folded.es_state)."version"], false);
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
          -- The fold refuses an event after which a check of the rollup does not hold. Its message stays.
          IF es_schema = 'public' AND es_table = 'wallets' AND es_constraint IN ('no_overdraft') THEN
            RAISE;
          END IF;
          RAISE EXCEPTION USING ERRCODE = SQLSTATE,
            MESSAGE = format('events%s in %s are refused: they violate %s of %s',
              coalesce(' of entity ' || regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."wallet_events"',
              CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
              format('"%s"."%s"', es_schema, es_table)),
            HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
            SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
        END;
      END;
    ELSE
      IF es_base = 0 THEN
        INSERT INTO "public"."wallets"
          ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
        VALUES
          (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."balance", es_row."rejections", es_row."last_event")
        ON CONFLICT ("id") DO NOTHING;
      ELSE
        UPDATE "public"."wallets" AS r SET
          "version" = es_row."version",
          "modified_at" = es_row."modified_at",
          "balance" = es_row."balance",
          "rejections" = es_row."rejections",
          "last_event" = es_row."last_event"
        WHERE r."id" = es_row."id" AND r."version" = es.es_base;
      END IF;
      IF FOUND THEN
        PERFORM "public"."wallets_put"(ARRAY[es_entity]::bigint[], ARRAY[es_base], ARRAY[(es_folded.es_state)."version"], false);
        RETURN (es_folded.es_state)."version";
      END IF;
    END IF;
    -- Another transaction created the row in the meantime: fold from it, it is locked now.
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = format('the rollup row of entity %s kept changing', regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g')), HINT = 'Try again.';
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_catch_up" FROM PUBLIC;

-- Folds the events of one statement: each entity's in the order of their sequence, with one write per entity. It runs
-- under any search path: up to where it sets one, whatever is looked up by name has its schema.
CREATE OR REPLACE FUNCTION "public"."wallets_apply"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_event pg_catalog.record;  -- the current event
  es_entity bigint;  -- the entity that is being folded
  es_row "public"."wallets"%ROWTYPE;  -- its row so far
  es_version bigint;  -- the version of that row
  es_sequence bigint;  -- the event's sequence
  es_base bigint;  -- the version in the table; 0 if there is no row
  es_tag pg_catalog.text;  -- the event's type
  es_value pg_catalog.jsonb;  -- the current value
  es_by bigint;  -- by how much a counter moves
  es_grown boolean := "public"."wallets_small"('"public"."wallets"'::pg_catalog.regclass) AND pg_catalog.pg_relation_size('"public"."wallets"'::pg_catalog.regclass) OPERATOR(pg_catalog.>=) 131072;  -- whether a plan may read the whole rollup, which has grown
  es_direct boolean := NOT es_grown AND ("public"."wallets_plain"('"public"."wallets"'::pg_catalog.regclass, ARRAY['id', 'version', 'created_at', 'modified_at', 'balance', 'rejections', 'last_event'], ARRAY['wallets_pkey', 'no_overdraft'])
      OR NOT "public"."wallets_guarded"('"public"."wallets"'::pg_catalog.regclass)
        AND NOT "public"."wallets_extended"('"public"."wallets"'::pg_catalog.regclass)) AND ("public"."wallets_plain"('"public"."wallets_history"'::pg_catalog.regclass, ARRAY['id', 'version', 'created_at', 'modified_at', 'balance', 'rejections', 'last_event'], ARRAY['wallets_history_pkey'])
      OR NOT "public"."wallets_history_guarded"('"public"."wallets_history"'::pg_catalog.regclass)
        AND NOT "public"."wallets_extended"('"public"."wallets_history"'::pg_catalog.regclass));  -- whether single rows can be found and written here
  es_ids bigint[];  -- the statement's entities that may have a row, in their order
  es_many boolean;  -- whether the rows are found and written together
  es_path pg_catalog.text;  -- the session's settings
  es_seqscan pg_catalog.text;
  es_jit pg_catalog.text;
  es_set pg_catalog.text;  -- what a setting was set to
  es_stored CURSOR FOR  -- the rows of all of them, in that order
    SELECT r.*
    FROM unnest(es.es_ids) WITH ORDINALITY AS n (es_id, es_place)
      LEFT JOIN LATERAL (SELECT r.* FROM "public"."wallets" AS r WHERE r."id" = n.es_id OFFSET 0) AS r ON true
    ORDER BY n.es_place;
  es_rows "public"."wallets"[];  -- the rows of earlier entities that are not written yet
  es_bases bigint[];  -- the versions of those rows in the table
  es_written bigint;
  es_more bigint;
BEGIN
  IF TG_RELID OPERATOR(pg_catalog.<>) '"public"."wallet_events"'::pg_catalog.regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is derived from %s',
        '"public"."wallets"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."wallet_events"'),
      HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'wallets';
  END IF;
  -- Usually a statement has one event.
  SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at", (
    SELECT e."id"::bigint FROM "es_new" AS e OFFSET 1 LIMIT 1
  ) AS es_second INTO es_event
  FROM "es_new" AS e LIMIT 1;
  IF es_event.es_second IS NOT NULL THEN
    IF EXISTS (SELECT FROM "es_new" AS e OFFSET 1000) THEN
      -- A plan that is made for so many events would be compiled at each later call, too.
      es_jit := pg_catalog.current_setting('jit');
      es_set := pg_catalog.set_config('jit', 'off', true);
    END IF;
  ELSIF es_direct AND es_event."recorded_at" OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND es_event."recorded_at" OPERATOR(pg_catalog.<=) '9999-12-31 23:59:59.999999+00' THEN
    es_entity := es_event."id";
    es_sequence := es_event."sequence";
    es_tag := es_event."event" OPERATOR(pg_catalog.->>) 'type';
    -- An ordinary event directly follows its row or begins its stream. Events that end the stream, or need more than one
    -- statement, take the general path.
    IF es_tag IS NULL THEN
      NULL;
    ELSIF es_tag OPERATOR(pg_catalog.=) 'debit_rejected' THEN  -- DebitRejected
      UPDATE "public"."wallets" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at",
        "rejections" = r."rejections" OPERATOR(pg_catalog.+) 1,
        "last_event" = 'debit_rejected'
      WHERE r."id" OPERATOR(pg_catalog.=) es_entity
        AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence
        AND (r."rejections" OPERATOR(pg_catalog.<=) ('9223372036854775807'::bigint OPERATOR(pg_catalog.-) 1));
      IF FOUND THEN
        PERFORM "public"."wallets_put"(ARRAY[es_entity]::bigint[], ARRAY[es_sequence OPERATOR(pg_catalog.-) 1], ARRAY[es_sequence], false);
        RETURN NULL;
      END IF;
    END IF;
    es_entity := NULL;
  END IF;
  -- The rest runs under a search path of its own.
  es_path := pg_catalog.current_setting('search_path');
  es_set := pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  SELECT coalesce(array_agg(e.es_id ORDER BY e.es_id) FILTER (WHERE e.es_first <> 1), '{}'), count(*) > 1 OR NOT es_direct INTO es_ids, es_many
  FROM (SELECT e."id"::bigint AS es_id, min(e."sequence") AS es_first FROM "es_new" AS e GROUP BY 1) AS e;
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
    SELECT e."id"::bigint AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
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
        IF es_version IS NULL OR es_version = es_base THEN
          NULL;  -- nothing is left to write
        ELSIF es_event."id" IS NULL AND es_bases IS NULL AND es_direct THEN
          -- Usually a statement has one entity.
          IF es_base = 0 THEN
            INSERT INTO "public"."wallets"
              ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
            VALUES
              (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."balance", es_row."rejections", es_row."last_event")
            ON CONFLICT ("id") DO NOTHING;
          ELSE
            UPDATE "public"."wallets" AS r SET
              "version" = es_row."version",
              "modified_at" = es_row."modified_at",
              "balance" = es_row."balance",
              "rejections" = es_row."rejections",
              "last_event" = es_row."last_event"
            WHERE r."id" = es_row."id" AND r."version" = es.es_base;
          END IF;
          IF NOT FOUND THEN
            -- The row exists or has moved.
            PERFORM "public"."wallets_refuse"('RU002'::text, e."id"::bigint::text, e."sequence"::bigint, r."version", CASE WHEN jsonb_typeof(e."event" -> 'type') = 'string' THEN e."event" ->> 'type' END, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text)
            FROM "es_new" AS e JOIN "public"."wallets" AS r ON r."id" = e."id" AND r."id" = es.es_entity
            WHERE e."sequence" <= r."version" AND NOT "public"."wallets_folded"(e."id"::bigint, e."sequence"::bigint)
            ORDER BY e."id", e."sequence"
            LIMIT 1;
            -- Another transaction has folded meanwhile: continue from the row as it is now.
            es_base := "public"."wallets_catch_up"(es_entity);
            IF es_base < es_version THEN
              PERFORM "public"."wallets_refuse"('RU001'::text, es_entity::text, es_version, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
            END IF;
          ELSE
            PERFORM "public"."wallets_put"(ARRAY[es_entity]::bigint[], ARRAY[es_base], ARRAY[es_version], false);
          END IF;
        ELSE
          es_rows := array_append(es_rows, es_row);
          es_bases := array_append(es_bases, es_base);
        END IF;
        IF cardinality(es_bases) >= 1000 OR es_event."id" IS NULL AND es_bases IS NOT NULL THEN
          IF "public"."wallets_guarded"('"public"."wallets"'::regclass) THEN
            BEGIN
              WITH es_moved AS (
                UPDATE "public"."wallets" AS r SET
                    "version" = (n.es_row)."version",
                    "modified_at" = (n.es_row)."modified_at",
                    "balance" = (n.es_row)."balance",
                    "rejections" = (n.es_row)."rejections",
                    "last_event" = (n.es_row)."last_event"
                FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base
                RETURNING r."id", n.es_base, r."version"
              )
              SELECT "public"."wallets_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_written
              FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
              IF es_written < cardinality(es_bases) THEN
                WITH es_moved AS (
                  INSERT INTO "public"."wallets" AS r ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
                  SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."balance", (n.es_row)."rejections", (n.es_row)."last_event"
                  FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                  WHERE n.es_base = 0
                  ON CONFLICT ("id") DO NOTHING
                  RETURNING r."id", 0::bigint AS es_base, r."version"
                )
                SELECT "public"."wallets_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_more
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
                -- The fold refuses an event after which a check of the rollup does not hold. Its message stays.
                IF es_schema = 'public' AND es_table = 'wallets' AND es_constraint IN ('no_overdraft') THEN
                  RAISE;
                END IF;
                RAISE EXCEPTION USING ERRCODE = SQLSTATE,
                  MESSAGE = format('events%s in %s are refused: they violate %s of %s',
                    coalesce(' of entity ' || regexp_replace(left(CASE cardinality(es_bases) WHEN 1 THEN (es_rows[1])."id"::text END, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."wallet_events"',
                    CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
                    format('"%s"."%s"', es_schema, es_table)),
                  HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
                  SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
              END;
            END;
          ELSE
            WITH es_moved AS (
              UPDATE "public"."wallets" AS r SET
                  "version" = (n.es_row)."version",
                  "modified_at" = (n.es_row)."modified_at",
                  "balance" = (n.es_row)."balance",
                  "rejections" = (n.es_row)."rejections",
                  "last_event" = (n.es_row)."last_event"
              FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
              WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base
              RETURNING r."id", n.es_base, r."version"
            )
            SELECT "public"."wallets_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_written
            FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
            IF es_written < cardinality(es_bases) THEN
              WITH es_moved AS (
                INSERT INTO "public"."wallets" AS r ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
                SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."balance", (n.es_row)."rejections", (n.es_row)."last_event"
                FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                WHERE n.es_base = 0
                ON CONFLICT ("id") DO NOTHING
                RETURNING r."id", 0::bigint AS es_base, r."version"
              )
              SELECT "public"."wallets_put"(array_agg(m."id"), array_agg(m.es_base), array_agg(m."version"), false) INTO es_more
              FROM (SELECT m.* FROM es_moved AS m ORDER BY m."id" OFFSET 0) AS m;
              es_written := es_written + es_more;
            END IF;
          END IF;
          IF es_written < cardinality(es_bases) THEN
            -- Some rows exist or have moved.
            PERFORM "public"."wallets_refuse"('RU002'::text, e."id"::bigint::text, e."sequence"::bigint, r."version", CASE WHEN jsonb_typeof(e."event" -> 'type') = 'string' THEN e."event" ->> 'type' END, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text)
            FROM "es_new" AS e JOIN "public"."wallets" AS r ON r."id" = e."id" JOIN unnest(es.es_rows) AS n ON n."id" = r."id"
            WHERE e."sequence" <= r."version" AND NOT "public"."wallets_folded"(e."id"::bigint, e."sequence"::bigint)
            ORDER BY e."id", e."sequence"
            LIMIT 1;
            -- Another transaction has folded some of them meanwhile: continue from their rows as they are now.
            PERFORM "public"."wallets_refuse"('RU001'::text, n."id"::text, n."version", n.es_reached, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text)
            FROM (
              SELECT n."id", n."version", "public"."wallets_catch_up"(n."id") AS es_reached
              FROM unnest(es.es_rows) AS n LEFT JOIN "public"."wallets" AS r ON r."id" = n."id"
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
          SELECT r.* INTO es_row FROM "public"."wallets" AS r WHERE r."id" = es.es_entity;
        END IF;
        es_base := coalesce(es_row."version", 0);
        es_version := es_base;
      END IF;
      IF es_version IS NULL THEN
        NULL;  -- folded from the event table
      ELSIF es_sequence <= es_base THEN
        -- Already folded. That is fine if a later command of this transaction did it (a trigger that itself
        -- inserts events); otherwise the row is ahead of the event table.
        CONTINUE WHEN es_sequence > 0 AND "public"."wallets_folded"(es_entity, es_sequence);
        PERFORM "public"."wallets_refuse"('RU002'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
      ELSIF es_sequence <> es_version + 1 THEN
        -- The row is behind, or an event is missing: fold from the event table.
        es_base := "public"."wallets_catch_up"(es_entity);
        es_version := NULL;  -- nothing is left to fold
      END IF;
      IF es_version IS NULL THEN
        IF es_sequence > es_base THEN
          PERFORM "public"."wallets_refuse"('RU001'::text, es_entity::text, es_sequence, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
        END IF;
        CONTINUE;
      END IF;
      IF es_version = 0 THEN
        IF es_tag NOT IN ('opened') THEN
          es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
          PERFORM "public"."wallets_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN es_tag IN ('credited', 'debited', 'debit_rejected') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
        END IF;
        es_row."id" := es_entity;
        es_row."created_at" := es_event."recorded_at";
        es_row."balance" := 0;
        es_row."rejections" := 0;
      END IF;
    END IF;
    CASE es_tag
    WHEN 'opened' THEN  -- Opened
      IF es_version > 0 THEN
        PERFORM "public"."wallets_refuse"('RU004'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'opened';
    WHEN 'credited' THEN  -- Credited
      -- increment balance: Credited.amount
      es_value := es_event."event" -> 'amount';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        es_by := es_value::bigint;
        IF (CASE WHEN es_by >= 0 THEN es_row."balance" <= ('9223372036854775807'::bigint - es_by) ELSE es_row."balance" >= ('-9223372036854775808'::bigint - es_by) END) THEN
          es_row."balance" := es_row."balance" + es_by;
        ELSE
          PERFORM "public"."wallets_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'balance'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
        END IF;
      ELSE
        PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'credited';
    WHEN 'debited' THEN  -- Debited
      -- decrement balance: Debited.amount
      es_value := es_event."event" -> 'amount';
      IF (CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 AND es_value::numeric OPERATOR(pg_catalog.<=) 9223372036854775807 ELSE false END) THEN
        es_by := es_value::bigint;
        IF (CASE WHEN es_by >= 0 THEN es_row."balance" >= ('-9223372036854775808'::bigint + es_by) ELSE es_row."balance" <= ('9223372036854775807'::bigint + es_by) END) THEN
          es_row."balance" := es_row."balance" - es_by;
        ELSE
          PERFORM "public"."wallets_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'balance'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
        END IF;
      ELSE
        PERFORM "public"."wallets_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'balance'::text, 'amount'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'debited';
    WHEN 'debit_rejected' THEN  -- DebitRejected
      -- increment rejections
      es_by := 1;
      IF (CASE WHEN es_by >= 0 THEN es_row."rejections" <= ('9223372036854775807'::bigint - es_by) ELSE es_row."rejections" >= ('-9223372036854775808'::bigint - es_by) END) THEN
        es_row."rejections" := es_row."rejections" + es_by;
      ELSE
        PERFORM "public"."wallets_refuse"('RU012'::text, es_entity::text, es_sequence, es_version, es_tag, 'rejections'::text, 'rejections'::text, 'an integer from -9223372036854775808 to 9223372036854775807'::text, es_value, NULL::text, NULL::text);
      END IF;
      -- set last_event
      es_row."last_event" := 'debit_rejected';
    ELSE
      es_tag := CASE WHEN jsonb_typeof(es_event."event" -> 'type') = 'string' THEN es_event."event" ->> 'type' END;
      PERFORM "public"."wallets_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text);
    END CASE;
    IF (es_event."recorded_at" >= '0001-01-01 00:00:00+00' AND es_event."recorded_at" <= '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."wallets_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb, NULL::text, NULL::text);
    END IF;
    es_version := es_sequence;
    es_row."version" := es_version;
    es_row."modified_at" := es_event."recorded_at";
    DECLARE  -- the columns that the checks read, after the event
      "balance" "public"."wallets"."balance"%TYPE := es_row."balance";
    BEGIN
      IF (balance >= 0) IS FALSE THEN
        PERFORM "public"."wallets_refuse"('23514'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, 'balance >= 0'::text, NULL::jsonb, 'no_overdraft'::text, NULL::text);
      END IF;
    END;
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
REVOKE ALL ON FUNCTION "public"."wallets_apply" FROM PUBLIC;

-- Folds the entities again of which events were changed or deleted. If what is left does not fold, the statement fails.
CREATE OR REPLACE FUNCTION "public"."wallets_edited"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_ids bigint[];  -- the entities whose events have changed
BEGIN
  IF TG_RELID OPERATOR(pg_catalog.<>) '"public"."wallet_events"'::pg_catalog.regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is derived from %s',
        '"public"."wallets"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."wallet_events"'),
      HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'wallets';
  END IF;
  IF TG_OP = 'DELETE' THEN
    es_ids := ARRAY(SELECT DISTINCT e."id"::bigint FROM "es_old" AS e);
  ELSE
    -- Compared byte by byte: not every type has an operator for it, and what is equal need not fold alike.
    es_ids := ARRAY(
      SELECT DISTINCT i.es_id
      FROM (SELECT e."id", e."sequence", e."event", e."recorded_at" FROM "es_old" AS e) AS o
        FULL JOIN (SELECT e."id", e."sequence", e."event", e."recorded_at" FROM "es_new" AS e) AS n ON n."id" = o."id" AND n."sequence" = o."sequence"
        CROSS JOIN LATERAL (VALUES (o."id"::bigint), (n."id"::bigint)) AS i (es_id)
      WHERE ROW(o."id", o."sequence", o."event", o."recorded_at")::record *<> ROW(n."id", n."sequence", n."event", n."recorded_at")::record AND i.es_id IS NOT NULL
    );
  END IF;
  IF cardinality(es_ids) = 0 THEN
    RETURN NULL;
  END IF;
  IF pg_trigger_depth() > 1 THEN
    -- Inside another trigger, an event can go before its own trigger has folded it, which would fold it afterwards.
    PERFORM "public"."wallets_refuse"('RU001'::text, e."id"::bigint::text, e."sequence"::bigint, least(coalesce(r."version", 0), e."sequence"::bigint - 1), NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::text, NULL::text)
    FROM "es_old" AS e LEFT JOIN "public"."wallets" AS r ON r."id" = e."id"::bigint
    WHERE e."sequence" > coalesce(r."version", 0) AND NOT EXISTS (
      SELECT FROM "public"."wallet_events" AS s WHERE s."id" = e."id" AND s."sequence" = e."sequence"
    )
    ORDER BY e."id", e."sequence"
    LIMIT 1;
  END IF;
  -- Waits for current writers, and makes new ones wait. The event table before the rollup, as writers do.
  LOCK TABLE "public"."wallet_events" IN SHARE ROW EXCLUSIVE MODE;
  -- A row becomes one that was folded after the events that this transaction has written: their trigger may fire later in
  -- the same statement, and what does not fold is not refused as a replay.
  UPDATE "public"."wallets" AS r SET "version" = r."version"
  WHERE r."id" = ANY (es.es_ids) AND EXISTS (
    SELECT
    FROM "public"."wallet_events" AS e
    WHERE e."id" = r."id" AND CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((e.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END
      AND (CASE WHEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295) >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 2147483648 + ((r.xmin::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 2147483648) & 4294967295))::text::xid8) = 'in progress' ELSE false END AND r.cmin::text::bigint > e.cmin::text::bigint) IS NOT TRUE
  );
  PERFORM "public"."wallets_rebuild"(es_ids);
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_edited" FROM PUBLIC;

-- Empties the rollup when the event table is emptied.
CREATE OR REPLACE FUNCTION "public"."wallets_truncate"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
BEGIN
  IF TG_RELID IS DISTINCT FROM to_regclass('"public"."wallet_events"') OR TG_OP <> 'TRUNCATE' THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = 'the rollup "public"."wallets" can only be emptied by a TRUNCATE of "public"."wallet_events"', HINT = 'Rename the event table back to "public"."wallet_events", or run the REVERT_SQL and then a migration for its new name.';
  END IF;
  -- A statement that names both tables has already emptied it.
  IF pg_relation_size('"public"."wallets"') > 0 OR pg_relation_size('"public"."wallets_transactions"') > 0 OR pg_relation_size('"public"."wallets_history"') > 0 THEN
    TRUNCATE TABLE "public"."wallets", "public"."wallets_transactions", "public"."wallets_history";
  END IF;
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_truncate" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."wallets_transactions_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."wallets_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('wallets_transactions_pkey')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('wallets_transactions_pkey')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'number', 'kind', 'amount')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_transactions_guarded" FROM PUBLIC;

-- The rows of one entity as they were after one of its events, folded from nothing, in the order of their keys. There
-- are none if the entity has no such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION "public"."wallets_transactions_at"(es_id bigint, es_version bigint)
  RETURNS SETOF "public"."wallets_transactions"
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT v.*
  FROM "public"."wallets_at"(es_id, es_version) AS r
    CROSS JOIN LATERAL "public"."wallets_views"(r."id", r."version") AS f
    CROSS JOIN LATERAL unnest(f.es_view_1) AS v
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_transactions_at" FROM PUBLIC;

-- The same at a time: after all events before the first that was recorded later.
CREATE OR REPLACE FUNCTION "public"."wallets_transactions_as_of"(es_id bigint, es_time timestamp with time zone)
  RETURNS SETOF "public"."wallets_transactions"
  LANGUAGE sql
  STABLE STRICT  -- no row for NULL
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT v.*
  FROM "public"."wallets_as_of"(es_id, es_time) AS r
    CROSS JOIN LATERAL "public"."wallets_views"(r."id", r."version") AS f
    CROSS JOIN LATERAL unnest(f.es_view_1) AS v
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_transactions_as_of" FROM PUBLIC;

-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.
CREATE OR REPLACE FUNCTION "public"."wallets_history_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT "public"."wallets_unseen"(es_rollup) OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('wallets_history_pkey')
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ('wallets_history_pkey')
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ('id', 'version', 'created_at', 'modified_at', 'balance', 'rejections', 'last_event')
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."wallets_history_guarded" FROM PUBLIC;

-- Revokes what default privileges may have granted, and creates the triggers on the event table. An existing
-- trigger that is the same is left as it is.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass('"public"."wallet_events"');
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
      WHERE c.oid = to_regclass('"public"."wallets"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate')
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
      WHERE c.oid = to_regclass('"public"."wallets_transactions"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_transactions_guarded', 'wallets_transactions_at', 'wallets_transactions_as_of')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_transactions_guarded', 'wallets_transactions_at', 'wallets_transactions_as_of')
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
      WHERE c.oid = to_regclass('"public"."wallets_history"') AND pg_get_userbyid(c.relowner) <> current_user
      UNION ALL
      SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
      WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_history_guarded')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_history_guarded')
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
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_model', 'wallets_put', 'wallets_refuse', 'wallets_unseen', 'wallets_guarded', 'wallets_plain', 'wallets_extended', 'wallets_small', 'wallets_leaves', 'wallets_fold', 'wallets_at', 'wallets_as_of', 'wallets_changes', 'wallets_views', 'wallets_refold', 'wallets_rebuild', 'wallets_verify', 'wallets_folded', 'wallets_catch_up', 'wallets_apply', 'wallets_each', 'wallets_replica', 'wallets_edited', 'wallets_truncate') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."wallets"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."wallets"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  -- Only the owner may run the functions and write the rollup, whatever was granted by default.
  FOR es_grant IN
    SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
    FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_transactions_guarded', 'wallets_transactions_at', 'wallets_transactions_as_of') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."wallets_transactions"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."wallets_transactions"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  -- Only the owner may run the functions and write the rollup, whatever was granted by default.
  FOR es_grant IN
    SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
    FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('wallets_history_guarded') AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  FOR es_grant IN
    SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = to_regclass('"public"."wallets_history"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
    UNION
    SELECT c.oid::regclass, a.privilege_type, a.grantee
    FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
    WHERE c.oid = to_regclass('"public"."wallets_history"') AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
      CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
  END LOOP;
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'wallets' AND t.tgfoid = to_regprocedure('"public"."wallets_apply"()')
      AND t.tgtype = 4 AND t.tgnewtable = 'es_new' AND t.tgoldtable IS NULL AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "wallets"
    AFTER INSERT ON "public"."wallet_events"
    REFERENCING NEW TABLE AS "es_new"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."wallets_apply"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."wallet_events" ENABLE ALWAYS TRIGGER "wallets";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."wallet_events" ENABLE REPLICA TRIGGER "wallets";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."wallet_events" DISABLE TRIGGER "wallets";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "wallets" on "public"."wallet_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."wallet_events" ENABLE TRIGGER "wallets"; until then the rollup is not updated.';
  END IF;
  -- A TRUNCATE of the event table empties the rollup.
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets_truncate');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'wallets_truncate' AND t.tgfoid = to_regprocedure('"public"."wallets_truncate"()')
      AND t.tgtype = 32 AND t.tgnewtable IS NULL AND t.tgoldtable IS NULL AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "wallets_truncate"
    AFTER TRUNCATE ON "public"."wallet_events"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."wallets_truncate"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."wallet_events" ENABLE ALWAYS TRIGGER "wallets_truncate";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."wallet_events" ENABLE REPLICA TRIGGER "wallets_truncate";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."wallet_events" DISABLE TRIGGER "wallets_truncate";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "wallets_truncate" on "public"."wallet_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."wallet_events" ENABLE TRIGGER "wallets_truncate"; until then the rollup is not updated.';
  END IF;
  -- Events that are changed are folded again. Like the next trigger, it fires when the one for an INSERT does.
  es_enabled := coalesce(
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets_updated'),
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets')
  );
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'wallets_updated' AND t.tgfoid = to_regprocedure('"public"."wallets_edited"()')
      AND t.tgtype = 16 AND t.tgnewtable = 'es_new' AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "wallets_updated"
    AFTER UPDATE ON "public"."wallet_events"
    REFERENCING OLD TABLE AS "es_old" NEW TABLE AS "es_new"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."wallets_edited"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."wallet_events" ENABLE ALWAYS TRIGGER "wallets_updated";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."wallet_events" ENABLE REPLICA TRIGGER "wallets_updated";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."wallet_events" DISABLE TRIGGER "wallets_updated";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "wallets_updated" on "public"."wallet_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."wallet_events" ENABLE TRIGGER "wallets_updated"; until then the rollup is not updated.';
  END IF;
  -- Events that are deleted are taken back.
  es_enabled := coalesce(
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets_deleted'),
    (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets')
  );
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'wallets_deleted' AND t.tgfoid = to_regprocedure('"public"."wallets_edited"()')
      AND t.tgtype = 8 AND t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "wallets_deleted"
    AFTER DELETE ON "public"."wallet_events"
    REFERENCING OLD TABLE AS "es_old"
      FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."wallets_edited"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."wallet_events" ENABLE ALWAYS TRIGGER "wallets_deleted";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."wallet_events" ENABLE REPLICA TRIGGER "wallets_deleted";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."wallet_events" DISABLE TRIGGER "wallets_deleted";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "wallets_deleted" on "public"."wallet_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."wallet_events" ENABLE TRIGGER "wallets_deleted"; until then the rollup is not updated.';
  END IF;
  -- Never fires. PostgreSQL does not let a table with such a trigger become a partition or a child of another
  -- table, which would let in rows that the statement trigger does not see. An INSERT ignores it.
  es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'wallets_guard');
  IF NOT EXISTS (
    SELECT
    FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgname = 'wallets_guard' AND t.tgfoid = to_regprocedure('"public"."wallets_apply"()')
      AND t.tgtype = 9 AND t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NOT NULL
      AND t.tgconstraint = 0 AND t.tgattr::text = ''
  ) THEN
    CREATE OR REPLACE TRIGGER "wallets_guard"
    AFTER DELETE ON "public"."wallet_events"
    REFERENCING OLD TABLE AS "es_old"
      FOR EACH ROW WHEN (false)
    EXECUTE FUNCTION "public"."wallets_apply"();
    IF es_enabled = 'A' THEN
      ALTER TABLE "public"."wallet_events" ENABLE ALWAYS TRIGGER "wallets_guard";
    ELSIF es_enabled = 'R' THEN
      ALTER TABLE "public"."wallet_events" ENABLE REPLICA TRIGGER "wallets_guard";
    ELSIF es_enabled = 'D' THEN
      ALTER TABLE "public"."wallet_events" DISABLE TRIGGER "wallets_guard";
    END IF;
  END IF;
  IF es_enabled = 'D' THEN
    RAISE WARNING USING MESSAGE = 'the trigger "wallets_guard" on "public"."wallet_events" is disabled and stays disabled', HINT = 'Enable it with ALTER TABLE "public"."wallet_events" ENABLE TRIGGER "wallets_guard"; until then the rollup is not updated.';
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
  SELECT p.prosrc INTO STRICT es_model FROM pg_proc AS p WHERE p.oid = to_regprocedure('"public"."wallets_model"()');
  SELECT string_agg(format(E'-- %s\t%s\t%s\n', n.nspname, p.proname,
    pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(',',
      p.pronargs, p.pronargdefaults, p.proretset, p.proisstrict, p.prosecdef, p.provolatile, p.proparallel,
      pg_catalog.replace(pg_catalog.array_to_string(p.proconfig, ','), pg_catalog.chr(34), ''), p.prosrc
    ), pg_catalog.getdatabaseencoding())), 'hex'), 16)
  ), '' ORDER BY n.nspname, p.proname) INTO STRICT es_checksums
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE (n.nspname, p.proname) IN (
    ('public', 'wallets_put'),
    ('public', 'wallets_refuse'),
    ('public', 'wallets_unseen'),
    ('public', 'wallets_guarded'),
    ('public', 'wallets_plain'),
    ('public', 'wallets_extended'),
    ('public', 'wallets_small'),
    ('public', 'wallets_fold'),
    ('public', 'wallets_at'),
    ('public', 'wallets_as_of'),
    ('public', 'wallets_changes'),
    ('public', 'wallets_views'),
    ('public', 'wallets_refold'),
    ('public', 'wallets_rebuild'),
    ('public', 'wallets_verify'),
    ('public', 'wallets_folded'),
    ('public', 'wallets_catch_up'),
    ('public', 'wallets_apply'),
    ('public', 'wallets_edited'),
    ('public', 'wallets_truncate'),
    ('public', 'wallets_transactions_guarded'),
    ('public', 'wallets_transactions_at'),
    ('public', 'wallets_transactions_as_of'),
    ('public', 'wallets_history_guarded')
  );
  EXECUTE format('CREATE OR REPLACE FUNCTION "public"."wallets_model"()
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
  es_ids bigint[];  -- the entities to fold; NULL for all
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
      FROM "public"."wallet_events" AS e LEFT JOIN "public"."wallets" AS r ON r."id" = e."id"
      WHERE e."sequence" > coalesce(r."version", 0)
      LIMIT es_limit + 1
    ) AS es_unfolded
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
        MESSAGE = format('more than %s events are not folded yet', es_limit),
        HINT = 'Writers would wait while they are folded. If they may wait, run SET es_rollup.history_limit = N with a larger N before the migration.';
  END IF;
  IF EXISTS (SELECT FROM "public"."wallets") THEN
    es_ids := ARRAY(
      SELECT DISTINCT e."id"::bigint
      FROM "public"."wallet_events" AS e LEFT JOIN "public"."wallets" AS r ON r."id" = e."id"
      WHERE e."sequence" > coalesce(r."version", 0)
        OR e."sequence" < 1
    );
  END IF;
  BEGIN
    WITH es_folded AS MATERIALIZED (
      SELECT f.es_state, r."version" AS es_base
      FROM "public"."wallets_fold"(es.es_ids::bigint[], NULL::bigint, NULL::bigint, es.es_ids IS NOT NULL, NULL::bigint, NULL::timestamp with time zone, false, 0::bigint) AS f
        LEFT JOIN "public"."wallets" AS r ON r."id" = (f.es_state)."id"
    ), es_moved AS (
      UPDATE "public"."wallets" AS r SET
        "version" = (f.es_state)."version",
        "modified_at" = (f.es_state)."modified_at",
        "balance" = (f.es_state)."balance",
        "rejections" = (f.es_state)."rejections",
        "last_event" = (f.es_state)."last_event"
      FROM es_folded AS f
      WHERE r."id" = (f.es_state)."id" AND r."version" < (f.es_state)."version" AND f.es_base IS NOT NULL
    ), es_missing AS (
      INSERT INTO "public"."wallets" AS r ("id", "version", "created_at", "modified_at", "balance", "rejections", "last_event")
      SELECT (f.es_state)."id", (f.es_state)."version", (f.es_state)."created_at", (f.es_state)."modified_at", (f.es_state)."balance", (f.es_state)."rejections", (f.es_state)."last_event"
      FROM es_folded AS f
      WHERE f.es_base IS NULL
      ON CONFLICT ("id") DO UPDATE SET
        "version" = excluded."version",
        "modified_at" = excluded."modified_at",
        "balance" = excluded."balance",
        "rejections" = excluded."rejections",
        "last_event" = excluded."last_event"
      WHERE r."version" < excluded."version"
    )
    SELECT "public"."wallets_put"(array_agg((f.es_state)."id"), array_agg(coalesce(f.es_base, 0)), array_agg((f.es_state)."version"), false) INTO es_entities FROM es_folded AS f;
  EXCEPTION WHEN integrity_constraint_violation THEN
    DECLARE
      es_schema pg_catalog.text;
      es_table pg_catalog.text;
      es_column pg_catalog.text;
      es_constraint pg_catalog.text;
    BEGIN
      GET STACKED DIAGNOSTICS es_schema = SCHEMA_NAME, es_table = TABLE_NAME, es_column = COLUMN_NAME,
        es_constraint = CONSTRAINT_NAME;
      -- The fold refuses an event after which a check of the rollup does not hold. Its message stays.
      IF es_schema = 'public' AND es_table = 'wallets' AND es_constraint IN ('no_overdraft') THEN
        RAISE;
      END IF;
      RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('events%s in %s are refused: they violate %s of %s',
          coalesce(' of entity ' || regexp_replace(left(NULL::text, 100), '[[:cntrl:]]', '?', 'g'), ''), '"public"."wallet_events"',
          CASE es_constraint WHEN '' THEN format('NOT NULL of column "%s"', es_column) ELSE format('constraint "%s"', es_constraint) END,
          format('"%s"."%s"', es_schema, es_table)),
        HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
        SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
    END;
  END;
  -- Statistics of an empty table would mislead the planner.
  IF es_entities > 0 THEN
    ANALYZE "public"."wallets";
  END IF;
  -- Restores the session's settings.
  es_path := current_setting('es_rollup.search_path', true);
  PERFORM set_config('row_security', current_setting('es_rollup.row_security', true), true);
  PERFORM set_config('es_rollup.search_path', '', true);
  PERFORM set_config('search_path', substr(es_path, 2), true);
END
$es_rollup$;
