-- es-rollup c860c7fb32aaa48a: keeps the current state of each entity in "public"."core_user_events".
-- Made from the enum UserEvent: change the enum and make a new migration, do not edit this one. Run it in one
-- transaction. It can be run again: what is there stays, what is not folded yet is folded.

-- Refuses to install where the trigger would be skipped or could not be trusted.
DO $es_rollup$
DECLARE
  es_events pg_catalog.oid;
  es_found pg_catalog.text;
  es_fits pg_catalog.bool;
BEGIN
  -- Names without a schema are PostgreSQL's own, to the end of the migration.
  PERFORM pg_catalog.set_config('es_rollup.search_path',
    pg_catalog.concat('=', pg_catalog.current_setting('search_path')), true);
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  -- One migration of this rollup at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended('es-rollup "public"."core_user_events_rollup"', 0));
  IF current_setting('server_version_num')::integer < 140000 THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'the rollup needs PostgreSQL 14 or newer',
      HINT = 'Upgrade the server.';
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
      MESSAGE = '"public"."core_user_events" is no plain table: partitioned, a partition, inherited or a view',
      HINT = 'A statement trigger does not see rows that are inserted straight into a partition or a child table. Use a plain table, or for a partitioned one #[rollup(trigger = "row")].';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('uuid'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'id' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"id"', coalesce(es_found, 'not there'), concat_ws(' or ', 'uuid')),
      HINT = 'Alter the event table, or name its layout and id type in #[rollup(...)].';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'sequence' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"sequence"', coalesce(es_found, 'not there'), concat_ws(' or ', 'smallint', 'integer', 'bigint')),
      HINT = 'Alter the event table, or name its layout and id type in #[rollup(...)].';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('jsonb'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'event' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"event"', coalesce(es_found, 'not there'), concat_ws(' or ', 'jsonb')),
      HINT = 'Alter the event table, or name its layout and id type in #[rollup(...)].';
  END IF;
  es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ('timestamp with time zone'::regtype)
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = 'recorded_at' AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = format('column %s of "public"."core_user_events" is %s, but the rollup needs %s, NOT NULL', '"recorded_at"', coalesce(es_found, 'not there'), concat_ws(' or ', 'timestamp with time zone')),
      HINT = 'Alter the event table, or name its layout and id type in #[rollup(...)].';
  END IF;
  -- The concurrency rests on this index: two writers cannot both append an entity's next event.
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
      HINT = 'Add UNIQUE (id, sequence), not deferrable and not partial: it is what keeps two writers from appending the same event.';
  END IF;
  es_found := obj_description(to_regclass('"public"."core_user_events_rollup"'), 'pg_class');
  IF to_regclass('"public"."core_user_events_rollup"') IS NOT NULL AND starts_with(es_found, 'es-rollup ') IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" exists and is no rollup',
      HINT = 'Name another table: #[rollup(table = "...")].';
  END IF;
  IF to_regclass('"public"."core_user_events_rollup"') IS NULL AND (
    EXISTS (
      SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('"public"') AND p.proname IN ('core_user_events_rollup_apply', 'core_user_events_rollup_catch_up', 'core_user_events_rollup_refuse', 'core_user_events_rollup_guarded', 'core_user_events_rollup_leaves', 'core_user_events_rollup_replica')
    ) OR EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = 'core_user_events_rollup')
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = 'a function or a trigger that "public"."core_user_events_rollup" needs the name of is there already',
      HINT = 'Drop it, or name another table: #[rollup(table = "...")].';
  END IF;
  IF NOT starts_with(es_found, 'es-rollup c860c7fb32aaa48a:') THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
      MESSAGE = '"public"."core_user_events_rollup" was made from another model of UserEvent',
      HINT = 'Run the REVERT_SQL of the release that made it, then this migration: the rollup is folded anew from the events.';
  END IF;
END
$es_rollup$;

-- One row an entity. The room left in each page lets updates stay in it (HOT), so no index belongs on
-- columns that change.
CREATE TABLE IF NOT EXISTS "public"."core_user_events_rollup" (
  "id" uuid NOT NULL,
  "version" bigint NOT NULL,
  "created_at" timestamp with time zone NOT NULL,
  "modified_at" timestamp with time zone NOT NULL,
  "email" text NOT NULL,
  "authentication_id" uuid,
  "role" uuid,
  CONSTRAINT "core_user_events_rollup_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 75);
COMMENT ON TABLE "public"."core_user_events_rollup" IS 'es-rollup c860c7fb32aaa48a: the current state of each entity in "public"."core_user_events", folded from its events (UserEvent)';

-- Raises every error about an event. Values are not shown: messages end up in logs.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_refuse"(
  es_kind text, es_entity text, es_sequence bigint, es_version bigint, es_tag text,
  es_column text DEFAULT NULL, es_key text DEFAULT NULL, es_expects text DEFAULT NULL, es_value jsonb DEFAULT NULL
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
DECLARE
  es_message text;
  es_detail text;
  es_hint text;
BEGIN
  IF es_kind IS NULL THEN
    es_kind := CASE
      WHEN es_value IS NULL THEN 'RU008'
      WHEN jsonb_typeof(es_value) = 'null' THEN 'RU009'
      ELSE 'RU010'
    END;
  END IF;
  es_message := format('event %s%s of entity %s in %s is refused: %s', es_sequence,
  CASE
    WHEN left(es_tag, 40) ~ '^[A-Za-z][A-Za-z0-9_.:-]*$' AND left(es_tag, 40) !~ '[0-9]{5}'
    THEN format(' (%s%s)', left(es_tag, 40), CASE WHEN length(es_tag) > 40 THEN '...' END)
  END, regexp_replace(left(es_entity, 100), '[[:cntrl:]]', '?', 'g'), '"public"."core_user_events"',
    CASE
      WHEN es_kind = 'RU001' AND es_sequence = es_version + 1 THEN 'the log does not hold it'
      ELSE CASE es_kind
        WHEN 'RU001' THEN 'an event before it is missing from the log'
        WHEN 'RU002' THEN 'the rollup is already folded past it'
        WHEN 'RU003' THEN 'the stream does not begin with an event that creates'
        WHEN 'RU004' THEN 'it creates an entity that exists already'
        WHEN 'RU006' THEN 'its type is unknown'
        WHEN 'RU007' THEN 'its payload does not have the form that serde writes'
        WHEN 'RU008' THEN 'a key is missing'
        WHEN 'RU009' THEN 'a value is null'
        WHEN 'RU010' THEN 'a value does not fit its column'
        WHEN 'RU011' THEN 'the stream has ended: the entity is deleted'
        WHEN 'RU012' THEN 'a counter would leave the range of its type'
      END
    END);
  es_detail := CASE
    WHEN es_kind = 'RU012' THEN format('Column "%s" of %s cannot hold the result.', es_column, '"public"."core_user_events_rollup"')
    WHEN es_kind = 'RU007' AND es_column IS NOT NULL THEN format(
      'Column "%s" of %s is kept from key "%s", which is given under more than one of its names.',
      es_column, '"public"."core_user_events_rollup"', es_key)
    WHEN es_column IS NOT NULL AND es_key IS NULL THEN format(
      'Column "%s" of %s is kept from column "%s": expected %s.', es_column, '"public"."core_user_events_rollup"', 'recorded_at', es_expects)
    WHEN es_column IS NOT NULL THEN format('Column "%s" of %s is kept from key "%s": expected %s, %s.',
      es_column, '"public"."core_user_events_rollup"', es_key, es_expects,
      coalesce('which this JSON ' || jsonb_typeof(es_value) || ' is not', 'but there is no such key'))
    ELSE format('The rollup %s is folded up to event %s, counting this statement''s.', '"public"."core_user_events_rollup"', es_version)
  END;
  es_hint := CASE es_kind
    WHEN 'RU001' THEN 'Events of an entity are numbered from 1 without gaps. Insert the missing event first, or in the same statement.'
    WHEN 'RU002' THEN 'The event was folded once already, or its sequence is below 1. A stream goes on at its version + 1.'
    WHEN 'RU003' THEN 'Insert the event that creates the entity first.'
    WHEN 'RU004' THEN 'Use a new id for a new entity.'
    WHEN 'RU006' THEN 'Apply the migration of the release that writes this event before that release starts.'
    WHEN 'RU007' THEN 'Write the payload as serde serialises the event.'
    WHEN 'RU008' THEN 'Write the key, or give the field a default in Rust and migrate.'
    WHEN 'RU009' THEN 'Write a value, or make the field an Option in Rust and migrate.'
    WHEN 'RU010' THEN 'Write the value as serde serialises the field.'
    WHEN 'RU011' THEN 'Nothing follows the event that deletes. Use a new id for a new entity.'
    WHEN 'RU012' THEN 'Use a wider type for the field in Rust and migrate, or do not write the event.'
  END;
  IF es_key IS NULL AND es_kind = 'RU010' THEN
    es_hint := 'Write the time at which the event was recorded.';
  ELSIF es_kind = 'RU001' AND es_sequence = es_version + 1 THEN
    es_hint := 'Something took the event out of the event table before it was folded: a trigger, or a rule.';
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

-- Whether the rollup has constraints of somebody else's, or columns that are called like variables here.
-- Declared IMMUTABLE to become a constant of the plans that ask: each of them depends on the table by its name and is
-- made anew when the table changes.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_guarded"(es_rollup regclass)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ('core_user_events_rollup_pkey')
      OR c.confrelid = es_rollup
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

-- Folds the events of one entity that its row does not hold yet, from the event table, and gives the
-- version reached. For an entity that was never folded, and for one whose events came while the trigger was off.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_catch_up"(es_id uuid)
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- what a policy would hide is an error
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_event record;  -- the event at hand
  es_entity uuid;  -- the entity that is being folded
  es_row "public"."core_user_events_rollup"%ROWTYPE;  -- its row, as far as it is folded
  es_version bigint;  -- how far that is
  es_sequence bigint;  -- the event's sequence
  es_base bigint;  -- how far the table has it; 0 when it has no row
  es_tag text;  -- the event's type
  es_content jsonb;  -- what holds its fields
  es_value jsonb;  -- the value at hand
BEGIN
  es_entity := es_id;
  SELECT e."id"::uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at" INTO es_event
  FROM "public"."core_user_events" AS e
  WHERE e."id" = es.es_entity AND e."sequence" < 1
  ORDER BY e."sequence"
  LIMIT 1;
  IF FOUND THEN
    es_version := 0;
    es_sequence := es_event."sequence";
    es_content := es_event."event";
    es_tag := CASE jsonb_typeof(es_content -> 'type') WHEN 'string' THEN es_content ->> 'type' END;
    PERFORM "public"."core_user_events_rollup_refuse"('RU002'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
  END IF;
  FOR es_try IN 1 .. 20 LOOP
    SELECT r.* INTO es_row FROM "public"."core_user_events_rollup" AS r WHERE r."id" = es.es_entity FOR UPDATE;
    es_base := coalesce(es_row."version", 0);
    es_version := es_base;
    FOR es_event IN
      SELECT e."id"::uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
      FROM "public"."core_user_events" AS e
      WHERE e."id" = es.es_entity AND e."sequence" > es.es_base
      ORDER BY e."sequence"
    LOOP
      es_sequence := es_event."sequence";
      es_content := es_event."event";
      es_tag := CASE jsonb_typeof(es_content -> 'type') WHEN 'string' THEN es_content ->> 'type' END;
      IF es_sequence <> es_version + 1 THEN
        PERFORM "public"."core_user_events_rollup_refuse"('RU001'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      END IF;
      IF es_version = 0 THEN
        IF es_tag NOT IN ('initialized') THEN
          PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IN ('authentication_id_updated', 'role_granted', 'role_revoked', 'access_reviewed') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
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
        es_value := es_content -> 'email';
        IF (jsonb_typeof(es_value) = 'string') THEN
          es_row."email" := (es_value #>> '{}');
        ELSE
          PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'email'::text, 'email'::text, 'a string'::text, es_value);
        END IF;
      WHEN 'authentication_id_updated' THEN  -- AuthenticationIdUpdated
        -- set authentication_id: AuthenticationIdUpdated.authentication_id
        es_value := es_content -> 'authentication_id';
        IF ((es_value #>> '{}') LIKE '________-____-____-____-____________' AND (es_value #>> '{}') ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' OR es_value::text ~ '^"[0-9a-fA-F]{32}"$') THEN
          es_row."authentication_id" := (es_value #>> '{}')::uuid;
        ELSE
          PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'authentication_id'::text, 'authentication_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
        END IF;
      WHEN 'role_granted' THEN  -- RoleGranted
        -- set role: RoleGranted.role
        es_value := es_content -> 'role';
        IF ((es_value #>> '{}') LIKE '________-____-____-____-____________' AND (es_value #>> '{}') ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' OR es_value::text ~ '^"[0-9a-fA-F]{32}"$') THEN
          es_row."role" := (es_value #>> '{}')::uuid;
        ELSE
          PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'role'::text, 'role'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
        END IF;
      WHEN 'role_revoked' THEN  -- RoleRevoked
        -- clear role
        es_row."role" := NULL;
      WHEN 'access_reviewed' THEN  -- AccessReviewed
        NULL;  -- moves the version only
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      END CASE;
      IF (es_event."recorded_at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
        PERFORM "public"."core_user_events_rollup_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb);
      END IF;
      es_version := es_sequence;
      es_row."modified_at" := es_event."recorded_at";
    END LOOP;
    IF es_version = es_base THEN
      RETURN es_version;
    END IF;
    es_row."version" := es_version;
    IF "public"."core_user_events_rollup_guarded"('"public"."core_user_events_rollup"'::regclass) THEN
      BEGIN
        IF es_base = 0 THEN
          INSERT INTO "public"."core_user_events_rollup"
            ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role")
          VALUES
            (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."email", es_row."authentication_id", es_row."role")
          ON CONFLICT ("id") DO NOTHING;
        ELSE
          UPDATE "public"."core_user_events_rollup" AS r SET
            "version" = es_row."version",
            "modified_at" = es_row."modified_at",
            "email" = es_row."email",
            "authentication_id" = es_row."authentication_id",
            "role" = es_row."role"
          WHERE r."id" = es_row."id" AND r."version" = es.es_base;
        END IF;
        IF FOUND THEN
          RETURN es_version;
        END IF;
      EXCEPTION WHEN integrity_constraint_violation THEN
        DECLARE
          es_schema text;
          es_table text;
          es_column text;
          es_constraint text;
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
          ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role")
        VALUES
          (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."email", es_row."authentication_id", es_row."role")
        ON CONFLICT ("id") DO NOTHING;
      ELSE
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_row."version",
          "modified_at" = es_row."modified_at",
          "email" = es_row."email",
          "authentication_id" = es_row."authentication_id",
          "role" = es_row."role"
        WHERE r."id" = es_row."id" AND r."version" = es.es_base;
      END IF;
      IF FOUND THEN
        RETURN es_version;
      END IF;
    END IF;
    -- Somebody else made the row in the meantime: look again, it is locked now.
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = format('the rollup row of entity %s kept changing', regexp_replace(left(es_entity::text, 100), '[[:cntrl:]]', '?', 'g')), HINT = 'Try again.';
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_catch_up" FROM PUBLIC;

-- Folds the events of one statement: each entity's in the order of their sequence, and one write for each.
CREATE OR REPLACE FUNCTION "public"."core_user_events_rollup_apply"()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_event record;  -- the event at hand
  es_entity uuid;  -- the entity that is being folded
  es_row "public"."core_user_events_rollup"%ROWTYPE;  -- its row, as far as it is folded
  es_version bigint;  -- how far that is
  es_sequence bigint;  -- the event's sequence
  es_base bigint;  -- how far the table has it; 0 when it has no row
  es_tag text;  -- the event's type
  es_content jsonb;  -- what holds its fields
  es_value jsonb;  -- the value at hand
  es_ordinary boolean := true;  -- whether the event is an ordinary one
  es_ids uuid[];  -- the statement's entities, in their order
  es_many boolean;  -- whether there are several
  es_stored CURSOR FOR  -- the rows of all of them, in that order
    SELECT r.*
    FROM unnest(es.es_ids) WITH ORDINALITY AS n (es_id, es_place)
      LEFT JOIN LATERAL (SELECT r.* FROM "public"."core_user_events_rollup" AS r WHERE r."id" = n.es_id OFFSET 0) AS r ON true
    ORDER BY n.es_place;
  es_rows "public"."core_user_events_rollup"[];  -- the rows of entities before it, to be written
  es_bases bigint[];  -- how far the table has those
  es_written bigint;
  es_more bigint;
BEGIN
  IF TG_RELID <> '"public"."core_user_events"'::regclass THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('the trigger of the rollup %s fires for "%s"."%s", but the rollup is kept from %s',
        '"public"."core_user_events_rollup"', TG_TABLE_SCHEMA, TG_TABLE_NAME, '"public"."core_user_events"'),
      HINT = 'If the event table was renamed, give it its name back. If another table is to be the event table, or the event table became a partition, drop this trigger and run the migration again.',
      SCHEMA = 'public', TABLE = 'core_user_events_rollup';
  END IF;
  -- A statement of one event, as mostly.
  SELECT e."id"::uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at", EXISTS (SELECT FROM "es_new" OFFSET 1) AS es_others INTO es_event
  FROM "es_new" AS e LIMIT 1;
  IF NOT es_event.es_others AND NOT "public"."core_user_events_rollup_guarded"('"public"."core_user_events_rollup"'::regclass) AND es_event."recorded_at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00' THEN
    es_entity := es_event."id";
    es_sequence := es_event."sequence";
    es_content := es_event."event";
    es_tag := CASE jsonb_typeof(es_content -> 'type') WHEN 'string' THEN es_content ->> 'type' END;
    -- The ordinary event: its row stands right before it. All else goes the long way.
    CASE es_tag
    WHEN 'authentication_id_updated' THEN  -- AuthenticationIdUpdated
      es_value := es_content -> 'authentication_id';
      IF ((es_value #>> '{}') LIKE '________-____-____-____-____________' AND (es_value #>> '{}') ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' OR es_value::text ~ '^"[0-9a-fA-F]{32}"$') THEN
        es_row."authentication_id" := (es_value #>> '{}')::uuid;
      ELSE
        es_ordinary := false;
      END IF;
      IF es_ordinary THEN
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_sequence,
          "modified_at" = es_event."recorded_at",
          "authentication_id" = es_row."authentication_id"
        WHERE r."id" = es_entity
          AND r."version" + 1 = es_sequence;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    WHEN 'role_granted' THEN  -- RoleGranted
      es_value := es_content -> 'role';
      IF ((es_value #>> '{}') LIKE '________-____-____-____-____________' AND (es_value #>> '{}') ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' OR es_value::text ~ '^"[0-9a-fA-F]{32}"$') THEN
        es_row."role" := (es_value #>> '{}')::uuid;
      ELSE
        es_ordinary := false;
      END IF;
      IF es_ordinary THEN
        UPDATE "public"."core_user_events_rollup" AS r SET
          "version" = es_sequence,
          "modified_at" = es_event."recorded_at",
          "role" = es_row."role"
        WHERE r."id" = es_entity
          AND r."version" + 1 = es_sequence;
        IF FOUND THEN
          RETURN NULL;
        END IF;
      END IF;
    WHEN 'role_revoked' THEN  -- RoleRevoked
      UPDATE "public"."core_user_events_rollup" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at",
        "role" = NULL
      WHERE r."id" = es_entity
        AND r."version" + 1 = es_sequence;
      IF FOUND THEN
        RETURN NULL;
      END IF;
    WHEN 'access_reviewed' THEN  -- AccessReviewed
      UPDATE "public"."core_user_events_rollup" AS r SET
        "version" = es_sequence,
        "modified_at" = es_event."recorded_at"
      WHERE r."id" = es_entity
        AND r."version" + 1 = es_sequence;
      IF FOUND THEN
        RETURN NULL;
      END IF;
    ELSE
      NULL;  -- begins or ends the stream, or does more than one statement can
    END CASE;
    es_entity := NULL;
  END IF;
  es_ids := ARRAY(SELECT DISTINCT e."id" FROM "es_new" AS e ORDER BY e."id");
  es_many := cardinality(es_ids) > 1;
  IF es_many THEN
    es_stored := NULL;  -- a name of its own, since a trigger can be at work within a trigger
    OPEN es_stored;
  END IF;
  FOR es_event IN
    SELECT e."id"::uuid AS "id", e."sequence"::bigint AS "sequence", e."event", e."recorded_at"
    FROM "es_new" AS e
    -- The last row, without an entity, ends the one before it.
    UNION ALL SELECT NULL, NULL, NULL, NULL
    ORDER BY "id", "sequence"
  LOOP
    es_sequence := es_event."sequence";
    es_content := es_event."event";
    es_tag := CASE jsonb_typeof(es_content -> 'type') WHEN 'string' THEN es_content ->> 'type' END;
    IF es_event."id" = es_entity AND es_sequence = es_version + 1 THEN
      NULL;  -- goes on
    ELSE
      IF es_event."id" IS DISTINCT FROM es_entity THEN
        es_row."version" := es_version;
        IF es_version IS NULL OR es_version = es_base THEN
          NULL;  -- nothing of it is left to be written
        ELSIF es_event."id" IS NULL AND es_bases IS NULL AND NOT "public"."core_user_events_rollup_guarded"('"public"."core_user_events_rollup"'::regclass) THEN
          -- The statement's only entity, as mostly.
          IF es_base = 0 THEN
            INSERT INTO "public"."core_user_events_rollup"
              ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role")
            VALUES
              (es_row."id", es_row."version", es_row."created_at", es_row."modified_at", es_row."email", es_row."authentication_id", es_row."role")
            ON CONFLICT ("id") DO NOTHING;
          ELSE
            UPDATE "public"."core_user_events_rollup" AS r SET
              "version" = es_row."version",
              "modified_at" = es_row."modified_at",
              "email" = es_row."email",
              "authentication_id" = es_row."authentication_id",
              "role" = es_row."role"
            WHERE r."id" = es_row."id" AND r."version" = es.es_base;
          END IF;
          IF NOT FOUND THEN
            -- Somebody else folded meanwhile: go on from where the row is now.
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
                  "role" = (n.es_row)."role"
              FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
              WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base;
              GET DIAGNOSTICS es_written = ROW_COUNT;
              IF es_written < cardinality(es_bases) THEN
                INSERT INTO "public"."core_user_events_rollup" ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role")
                SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."email", (n.es_row)."authentication_id", (n.es_row)."role"
                FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
                WHERE n.es_base = 0
                ON CONFLICT ("id") DO NOTHING;
                GET DIAGNOSTICS es_more = ROW_COUNT;
                es_written := es_written + es_more;
              END IF;
            EXCEPTION WHEN integrity_constraint_violation THEN
              DECLARE
                es_schema text;
                es_table text;
                es_column text;
                es_constraint text;
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
                "role" = (n.es_row)."role"
            FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
            WHERE n.es_base > 0 AND r."id" = (n.es_row)."id" AND r."version" = n.es_base;
            GET DIAGNOSTICS es_written = ROW_COUNT;
            IF es_written < cardinality(es_bases) THEN
              INSERT INTO "public"."core_user_events_rollup" ("id", "version", "created_at", "modified_at", "email", "authentication_id", "role")
              SELECT (n.es_row)."id", (n.es_row)."version", (n.es_row)."created_at", (n.es_row)."modified_at", (n.es_row)."email", (n.es_row)."authentication_id", (n.es_row)."role"
              FROM (SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n
              WHERE n.es_base = 0
              ON CONFLICT ("id") DO NOTHING;
              GET DIAGNOSTICS es_more = ROW_COUNT;
              es_written := es_written + es_more;
            END IF;
          END IF;
          IF es_written < cardinality(es_bases) THEN
            -- Somebody else folded some of them meanwhile: go on from where their rows are now.
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
        IF es_many THEN
          FETCH es_stored INTO es_row;
        ELSE
          SELECT r.* INTO es_row FROM "public"."core_user_events_rollup" AS r WHERE r."id" = es.es_entity;
        END IF;
        es_base := coalesce(es_row."version", 0);
        es_version := es_base;
      END IF;
      IF es_version IS NULL THEN
        NULL;  -- folded from the log
      ELSIF es_sequence <= es_base THEN
        -- Folded already. That is in order where a later command of this transaction did it (a trigger that
        -- inserts events in its turn); otherwise the row is ahead of the log.
        CONTINUE WHEN es_sequence > 0 AND EXISTS (
          SELECT
          FROM "public"."core_user_events_rollup" AS r JOIN "public"."core_user_events" AS e ON e."id" = r."id" AND e."sequence" = es.es_sequence
          WHERE r."id" = es.es_entity AND r.cmin::text::bigint > e.cmin::text::bigint
            AND CASE WHEN age(r.xmin) <= 0 THEN pg_xact_status((pg_current_xact_id()::text::bigint - age(r.xmin))::text::xid8) = 'in progress' ELSE false END
        );
        PERFORM "public"."core_user_events_rollup_refuse"('RU002'::text, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
      ELSIF es_sequence <> es_version + 1 THEN
        -- The row is behind its log, or an event is missing: the log tells.
        es_base := "public"."core_user_events_rollup_catch_up"(es_entity);
        es_version := NULL;  -- nothing of it is left to be folded
      END IF;
      IF es_version IS NULL THEN
        IF es_sequence > es_base THEN
          PERFORM "public"."core_user_events_rollup_refuse"('RU001'::text, es_entity::text, es_sequence, es_base, NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb);
        END IF;
        CONTINUE;
      END IF;
    END IF;
    IF es_version = 0 THEN
      IF es_tag NOT IN ('initialized') THEN
        PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IN ('authentication_id_updated', 'role_granted', 'role_revoked', 'access_reviewed') THEN 'RU003' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
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
      es_value := es_content -> 'email';
      IF (jsonb_typeof(es_value) = 'string') THEN
        es_row."email" := (es_value #>> '{}');
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'email'::text, 'email'::text, 'a string'::text, es_value);
      END IF;
    WHEN 'authentication_id_updated' THEN  -- AuthenticationIdUpdated
      -- set authentication_id: AuthenticationIdUpdated.authentication_id
      es_value := es_content -> 'authentication_id';
      IF ((es_value #>> '{}') LIKE '________-____-____-____-____________' AND (es_value #>> '{}') ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' OR es_value::text ~ '^"[0-9a-fA-F]{32}"$') THEN
        es_row."authentication_id" := (es_value #>> '{}')::uuid;
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'authentication_id'::text, 'authentication_id'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
      END IF;
    WHEN 'role_granted' THEN  -- RoleGranted
      -- set role: RoleGranted.role
      es_value := es_content -> 'role';
      IF ((es_value #>> '{}') LIKE '________-____-____-____-____________' AND (es_value #>> '{}') ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' OR es_value::text ~ '^"[0-9a-fA-F]{32}"$') THEN
        es_row."role" := (es_value #>> '{}')::uuid;
      ELSE
        PERFORM "public"."core_user_events_rollup_refuse"(NULL::text, es_entity::text, es_sequence, es_version, es_tag, 'role'::text, 'role'::text, 'a UUID, as 32 hexadecimal digits with or without the usual hyphens'::text, es_value);
      END IF;
    WHEN 'role_revoked' THEN  -- RoleRevoked
      -- clear role
      es_row."role" := NULL;
    WHEN 'access_reviewed' THEN  -- AccessReviewed
      NULL;  -- moves the version only
    ELSE
      PERFORM "public"."core_user_events_rollup_refuse"(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END, es_entity::text, es_sequence, es_version, es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);
    END CASE;
    IF (es_event."recorded_at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00') IS NOT TRUE THEN
      PERFORM "public"."core_user_events_rollup_refuse"('RU010'::text, es_entity::text, es_sequence, es_version, es_tag, 'modified_at'::text, NULL::text, 'a time in the years 1 to 9999'::text, NULL::jsonb);
    END IF;
    es_version := es_sequence;
    es_row."modified_at" := es_event."recorded_at";
  END LOOP;
  IF es_many THEN
    CLOSE es_stored;
  END IF;
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION "public"."core_user_events_rollup_apply" FROM PUBLIC;

-- Waits for the writers that are at work and keeps new ones waiting until the migration commits; readers go on.
CREATE OR REPLACE TRIGGER "core_user_events_rollup"
  AFTER INSERT ON "public"."core_user_events"
  REFERENCING NEW TABLE AS "es_new"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "public"."core_user_events_rollup_apply"();

-- Folds the events that were there before the trigger.
DO $es_rollup$
DECLARE
  es_limit pg_catalog.int8;
  es_entities pg_catalog.int8;
  es_path pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  es_limit := coalesce(nullif(current_setting('es_rollup.history_limit', true), '')::bigint, 1000000);
  IF es_limit < (
    SELECT count(*)
    FROM (
      SELECT
      FROM "public"."core_user_events" AS e LEFT JOIN "public"."core_user_events_rollup" AS r ON r."id" = e."id"
      WHERE e."sequence" > coalesce(r."version", 0)
      LIMIT es_limit + 1
    ) AS es_unfolded
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'RU020',
        MESSAGE = format('more than %s events are not folded yet', es_limit),
        HINT = 'Writers would wait while they are folded. If they may, say SET es_rollup.history_limit = a larger number before the migration.';
  END IF;
  PERFORM "public"."core_user_events_rollup_refuse"('RU002', e."id"::text, e."sequence", 0, NULL)
  FROM "public"."core_user_events" AS e
  WHERE e."sequence" < 1;
  SELECT count("public"."core_user_events_rollup_catch_up"(es_behind.id)) INTO es_entities
  FROM (
    SELECT e."id" AS id
    FROM "public"."core_user_events" AS e LEFT JOIN "public"."core_user_events_rollup" AS r ON r."id" = e."id"
    GROUP BY e."id", r."version"
    HAVING max(e."sequence") > coalesce(r."version", 0)
    ORDER BY e."id"
  ) AS es_behind;
  -- Statistics only of a table that holds something: of an empty one they would mislead the planner.
  IF es_entities > 0 THEN
    ANALYZE "public"."core_user_events_rollup";
  END IF;
  -- Names are the session's again.
  es_path := current_setting('es_rollup.search_path', true);
  IF starts_with(es_path, '=') THEN
    PERFORM set_config('search_path', substr(es_path, 2), true);
    PERFORM set_config('es_rollup.search_path', '', true);
  END IF;
END
$es_rollup$;
