//! What the comparison cannot meet, with the test that notices it.

use super::super::Mutation;
use super::mutation;

pub(in super::super) const BY_TESTS: &[(Mutation, &str)] = &[
    (
        mutation(
            "each.rs: replay, `<=` → `<`",
            "IF es_sequence <= es_base THEN\n-- @1\n-- statement, or",
            "IF es_sequence < es_base THEN\n-- @1\n-- statement, or",
        ),
        "row_form::an_event_in_the_place_of_one_that_was_deleted_is_refused_row_by_row",
    ),
    (
        mutation(
            "direct.rs: nothing else is on the rollup",
            "NOT @1_extended\"(@2::pg_catalog.regclass) AND",
            "true AND",
        ),
        "paths::what_others_put_on_the_rollup_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation(
            "singles.rs: whatever is on the rollup",
            "IF es_direct AND es_event.es_second",
            "IF es_event.es_second",
        ),
        "paths::what_others_put_on_the_rollup_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation(
            "singles.rs: a counter of any size",
            "THEN (
SELECT @1 FROM (SELECT CASE",
            "THEN (
SELECT true FROM (SELECT CASE",
        ),
        "bad_input::beside::a_bad_event_beside_one_of_another_entity_is_refused_as_it_is_alone",
    ),
    (
        mutation(
            "singles.rs: any event begins a stream",
            "OPERATOR(pg_catalog.=) 1@1\nOFFSET 0",
            "OPERATOR(pg_catalog.>) 0@1\nOFFSET 0",
        ),
        "bad_input::beside::an_event_that_creates_but_is_not_the_first_is_refused_beside_one_that_is",
    ),
    (
        mutation(
            "singles.rs: at any time",
            "OPERATOR(pg_catalog.>) 0\nEND AND @1 OPERATOR(pg_catalog.>=) '0001-01-01 00:00:00+00' AND",
            "OPERATOR(pg_catalog.>) 0\nEND AND",
        ),
        "unseen::an_event_that_was_recorded_at_no_time_that_rust_reads_is_refused",
    ),
    (
        mutation("direct.rs: no table is small", "AND c.reltuples >= 0", "AND false"),
        "plans::no_statement_form_reads_a_whole_table_that_has_grown",
    ),
    (
        mutation(
            "apply.rs: many rows are found by any plan",
            "set_config('enable_seqscan', 'off', true);\nes_set",
            "set_config('enable_seqscan', 'on', true);\nes_set",
        ),
        "plans::no_statement_form_reads_a_whole_table_that_has_grown",
    ),
    (
        mutation(
            "order.rs: an overtaken event counts as folded",
            "IF es_sequence <= es_base AND NOT",
            "IF false AND NOT",
        ),
        "increasing::of_two_writers_the_one_that_was_overtaken_is_refused",
    ),
    (
        mutation(
            "order.rs: the last sequence for the first",
            "min(e.@1)::bigint AS es_first",
            "max(e.@1)::bigint + 10 AS es_first",
        ),
        "increasing::of_two_writers_the_one_that_was_overtaken_is_refused",
    ),
    (
        mutation(
            "order.rs: policies hide events",
            "AND NOT (row_security_active(@1::regclass::oid) OR EXISTS (",
            "AND NOT (EXISTS (",
        ),
        "increasing::an_event_after_one_that_a_policy_hides_is_refused",
    ),
    (
        mutation(
            "order.rs: a row that is ahead was written",
            r#"r."version" IS DISTINCT FROM n."version""#,
            r#"r."version" < n."version""#,
        ),
        "increasing::of_two_writers_the_one_that_was_overtaken_is_refused",
    ),
    (
        mutation(
            "order.rs: a row that is ahead includes the event",
            "IF (es_base >= es_sequence AND",
            "IF (es_base >= es_sequence OR",
        ),
        "increasing::a_subscriber_folds_rows_of_one_transaction_in_whatever_order_they_come",
    ),
    (
        mutation(
            "rebuild.rs: writers go on meanwhile",
            "The event table before the rollup, as writers do.\nLOCK TABLE @1 IN SHARE ROW EXCLUSIVE MODE;",
            "The event table before the rollup, as writers do.\nLOCK TABLE @1 IN ACCESS SHARE MODE;",
        ),
        "concurrency::rebuilds::a_writer_during_a_rebuild_does_not_write_back_what_was_wrong",
    ),
    (
        mutation(
            "change.rs: what cannot be read raises",
            "EXCEPTION WHEN data_exception OR integrity_constraint_violation OR syntax_error THEN",
            "EXCEPTION WHEN division_by_zero THEN",
        ),
        "values::what_a_cast_refuses_is_refused_as_a_wrong_value",
    ),
    (
        mutation(
            "apply.rs: replay below 1, `> 0` dropped",
            "CONTINUE WHEN es_sequence > 0 AND",
            "CONTINUE WHEN",
        ),
        "catching_up::triggers::sequence_zero_is_refused_though_a_trigger_of_the_users_begins_a_stream_that_never_ends",
    ),
    (
        mutation(
            "transaction.rs: what another transaction folded was folded here",
            "WHERE @1 AND r.cmin::text::bigint > e.cmin::text::bigint\nAND CASE @2 END\n);",
            "WHERE @1\n);",
        ),
        "bad_input::sequences::an_event_in_the_place_of_one_that_was_deleted_is_refused",
    ),
    (
        mutation(
            "transaction.rs: what an earlier command folded was folded by a later one",
            "WHERE @1 AND r.cmin::text::bigint > e.cmin::text::bigint\nAND CASE @2 END\n);",
            "WHERE @1 AND CASE @2 END\n);",
        ),
        "bad_input::sequences::an_event_in_the_place_of_one_that_was_deleted_is_refused_in_the_same_transaction",
    ),
    (
        mutation(
            "apply.rs: what a later command folded is a replay",
            "CONTINUE WHEN es_sequence > 0 AND",
            "CONTINUE WHEN false AND",
        ),
        "catching_up::triggers::a_row_trigger_of_the_users_may_append_the_next_event",
    ),
    (
        mutation(
            "apply.rs: what has no row begins",
            "OR es_base = 0 AND (@1 OR EXISTS (",
            "OR false AND (@1 OR EXISTS (",
        ),
        "catching_up::triggers::a_trigger_of_the_users_may_append_the_event_that_ends",
    ),
    (
        mutation(
            "apply.rs: one that was not written is left so",
            "IF NOT FOUND THEN\n-- The row exists or has moved.",
            "IF false THEN\n",
        ),
        "concurrency::races::a_writer_whose_row_changes_under_its_hands_folds_from_the_log",
    ),
    (
        mutation(
            "apply.rs: some that were not written are left so",
            "IF es_written < cardinality(es_bases) THEN\n-- Some rows",
            "IF false THEN\n-- Some rows",
        ),
        "concurrency::races::a_writer_whose_row_changes_under_its_hands_folds_from_the_log",
    ),
    (
        mutation(
            "apply.rs: what is gone meanwhile stays gone",
            "WHERE r.\"version\" IS NULL OR r.\"version\" < n.\"version\"\n)",
            "WHERE r.\"version\" < n.\"version\"\n)",
        ),
        "concurrency::races::a_writer_whose_row_changes_under_its_hands_folds_from_the_log",
    ),
    (
        mutation(
            "transaction.rs: what another transaction folded was folded here, row by row",
            "WHERE @1 AND r.cmin::text::bigint > e.cmin::text::bigint\nAND CASE @2 END\n);",
            "WHERE @1\n);",
        ),
        "row_form::an_event_in_the_place_of_one_that_was_deleted_is_refused_row_by_row",
    ),
    (
        mutation(
            "transaction.rs: what an earlier command folded was folded by a later one, row by row",
            "WHERE @1 AND r.cmin::text::bigint > e.cmin::text::bigint\nAND CASE @2 END\n);",
            "WHERE @1 AND CASE @2 END\n);",
        ),
        "row_form::an_event_in_the_place_of_one_that_was_deleted_is_refused_row_by_row",
    ),
    (
        mutation(
            "each.rs: one that was not written is left so",
            "-- Another transaction has folded meanwhile@1\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nEND IF;\nEND;\nEND",
            "NULL;\nEND IF;\nEND;\nEND",
        ),
        "row_form::a_row_that_changes_under_the_writers_hands_is_folded_from_the_log",
    ),
    (
        mutation(
            "write.rs: one over any version",
            r#"WHERE r."id" = es_row."id" AND r."version" = es.es_base;"#,
            r#"WHERE r."id" = es_row."id";"#,
        ),
        "concurrency::races::a_writer_whose_row_changes_under_its_hands_folds_from_the_log",
    ),
    (
        mutation(
            "write.rs: many over any version",
            r#"AND r."id" = (n.es_row)."id" AND r."version" = n.es_base;"#,
            r#"AND r."id" = (n.es_row)."id";"#,
        ),
        "concurrency::races::a_writer_whose_row_changes_under_its_hands_folds_from_the_log",
    ),
    (
        mutation("write.rs: many, all are inserted", "WHERE n.es_base = 0\n", "WHERE true\n"),
        "concurrency::races::a_writer_whose_row_changes_under_its_hands_folds_from_the_log",
    ),
    (
        mutation("catch_up.rs: the row is not locked", " FOR UPDATE;", ";"),
        "concurrency::races::a_writer_of_the_event_after_next_waits_for_the_writer_of_the_next",
    ),
    (
        mutation(
            "catch_up.rs: the row at the first try, the row at the second",
            "FOR es_try IN 1 .. 20 LOOP\nSELECT r.\"version\" INTO es_base@1;",
            "SELECT r.\"version\" INTO es_base@1;\nFOR es_try IN 1 .. 20 LOOP",
        ),
        "concurrency::races::a_writer_of_the_event_that_ends_is_right_beside_somebody_who_catches_up",
    ),
    (
        mutation("catch_up.rs: one try", "FOR es_try IN 1 .. 20 LOOP", "FOR es_try IN 1 .. 1 LOOP"),
        "concurrency::races::a_writer_of_the_event_that_ends_is_right_beside_somebody_who_catches_up",
    ),
    (
        mutation(
            "catch_up.rs: somebody else's row is an error",
            "es_row.\"modified_at\"@1)\nON CONFLICT (\"id\") DO NOTHING;\nELSE",
            "es_row.\"modified_at\"@1);\nELSE",
        ),
        "concurrency::races::a_writer_of_the_event_that_ends_is_right_beside_somebody_who_catches_up",
    ),
    (
        mutation("history.rs: sequences below 1 where nothing is behind", "OR e.\"sequence\" < 1\n);", ");"),
        "catching_up::histories::a_history_with_a_sequence_below_one_is_refused",
    ),
    (
        mutation(
            "history.rs: what ended is inserted",
            "WHERE NOT f.es_deleted AND f.es_base IS NULL",
            "WHERE f.es_base IS NULL",
        ),
        "catching_up::histories::the_migration_creates_no_row_for_a_stream_that_has_ended",
    ),
    (
        mutation(
            "apply.rs: the search path stays",
            "PERFORM set_config('search_path', es_path, true);",
            "NULL;",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "apply.rs: the search path of the transaction becomes the session's",
            "PERFORM set_config('search_path', es_path, true);",
            "PERFORM set_config('search_path', es_path, false);",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "apply.rs: no table is scanned from then on",
            "PERFORM set_config('enable_seqscan', es_seqscan, true);",
            "NULL;",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "apply.rs: tables are scanned from then on",
            "PERFORM set_config('enable_seqscan', es_seqscan, true);",
            "PERFORM set_config('enable_seqscan', 'on', true);",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "ordinary.rs: what a check reads is ordinary",
            "IF es_tag IS NULL THEN\nNULL;\n",
            r#"IF es_tag IS NULL THEN
NULL;
ELSIF es_tag = 'charged' THEN
UPDATE "club"."member" AS r SET "version" = es_sequence, "balance" = r."balance" - (es_content ->> 'amount')::bigint
WHERE r."id" = es_entity AND r."version" + 1 = es_sequence;
IF FOUND THEN
RETURN NULL;
END IF;
"#,
        ),
        "constraints::checks::where_events_are_cut_into_statements_does_not_matter",
    ),
    (
        mutation(
            "order.rs: one that begins is not compared with its row",
            "-- The row exists or has moved.\nPERFORM @1\nFROM @2\nWHERE ",
            "PERFORM @1\nFROM @2\nWHERE false AND ",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation(
            "order.rs: one that begins and ends is not compared with its row",
            "-- The stream has ended, or may have.\nPERFORM @1\nFROM @2\nWHERE ",
            "PERFORM @1\nFROM @2\nWHERE false AND ",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation(
            "order.rs: of many that begin, none is compared with its row",
            "-- Some rows exist or have moved.\nPERFORM @1\nFROM @2\nWHERE ",
            "PERFORM @1\nFROM @2\nWHERE false AND ",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation(
            "each.rs: what begins is not compared with its row",
            "IF NOT FOUND THEN\nes_version := CASE WHEN es_sequence = 1 THEN",
            "IF NOT FOUND THEN\nes_version := CASE WHEN false THEN",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation(
            "each.rs: what begins and ends is not compared with its row",
            "catch-up function deletes its row.\nes_version := CASE WHEN es_sequence = 1 THEN",
            "catch-up function deletes its row.\nes_version := CASE WHEN false THEN",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation("transaction.rs: everything was folded here", "RETURN EXISTS (", "RETURN true OR EXISTS ("),
        "bad_input::sequences::an_event_in_the_place_of_one_that_was_deleted_is_refused",
    ),
    (
        mutation(
            "transaction.rs: whichever event was folded here",
            r#"AND e."sequence" = es.es_at"#,
            r#"AND e."sequence" <> es.es_at"#,
        ),
        "bad_input::sequences::an_event_in_the_place_of_one_that_was_deleted_is_refused_in_the_same_transaction",
    ),
    (
        mutation("history.rs: no limit", "IF es_limit < (", "IF false AND es_limit < ("),
        "catching_up::histories::more_history_than_the_limit_is_refused_until_the_limit_is_raised",
    ),
    (
        mutation("history.rs: limit, `<` → `<=`", "IF es_limit < (", "IF es_limit <= ("),
        "catching_up::histories::more_history_than_the_limit_is_refused_until_the_limit_is_raised",
    ),
    (
        mutation("table.rs: a name that nobody knows", " CHECK (@1 IN (@2))", ""),
        "column_types::no_column_of_an_enum_holds_what_rust_cannot_read",
    ),
    (
        mutation(
            "preflight.rs: a partitioned table",
            "(SELECT c.relkind <> 'r' OR",
            "(SELECT c.relkind NOT IN ('r', 'p') OR",
        ),
        "installing::tables::a_partitioned_table_is_refused",
    ),
    (
        mutation("preflight.rs: a view", "(SELECT c.relkind <> 'r' OR", "(SELECT"),
        "installing::tables::a_view_is_refused",
    ),
    (
        mutation("preflight.rs: a table with children", "OR c.relhassubclass FROM", "FROM"),
        "installing::tables::a_table_with_children_is_refused",
    ),
    (
        mutation(
            "preflight.rs: a table with a parent",
            "OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events) THEN",
            "THEN",
        ),
        "installing::tables::a_table_with_a_parent_is_refused",
    ),
    (
        mutation(
            "preflight.rs: the row form beside children",
            "OR c.relkind = 'r' AND c.relhassubclass FROM",
            "FROM",
        ),
        "row_form::the_row_form_refuses_what_it_would_see_a_part_of",
    ),
    (
        mutation("preflight.rs: an index that is not unique", "AND i.indisunique", ""),
        "installing::indexes::an_index_that_is_not_unique_is_refused",
    ),
    (
        mutation("preflight.rs: an index that is not valid", "AND i.indisvalid", ""),
        "installing::indexes::an_index_that_is_not_valid_is_refused",
    ),
    (
        mutation("preflight.rs: a deferrable index", "AND i.indimmediate", ""),
        "installing::indexes::a_deferrable_constraint_is_refused",
    ),
    (
        mutation("preflight.rs: a partial index", "AND i.indpred IS NULL", ""),
        "installing::indexes::a_partial_index_is_refused",
    ),
    (
        mutation("preflight.rs: an index of three columns", "AND i.indnkeyatts = 2", ""),
        "installing::indexes::an_index_on_other_columns_is_refused",
    ),
    (
        mutation("preflight.rs: columns that may be NULL", "a.attnotnull AND a.atttypid", "a.atttypid"),
        "installing::columns::columns_that_may_be_null_are_refused",
    ),
    (
        mutation(
            "preflight.rs: json for jsonb",
            "a.atttypid IN ('jsonb'::regtype)",
            "a.atttypid IN ('jsonb'::regtype, 'json'::regtype)",
        ),
        "installing::columns::json_in_place_of_jsonb_is_refused",
    ),
    (
        mutation(
            "preflight.rs: what is not a rollup",
            "IS NOT NULL AND (es_found IS NULL OR (",
            "IS NOT NULL AND (false OR (",
        ),
        "installing::names::a_name_that_something_else_has_is_refused",
    ),
    (
        mutation(
            "preflight.rs: a function of the user's",
            "IF es_found IS NULL AND EXISTS (",
            "IF false AND EXISTS (",
        ),
        "installing::names::a_name_that_a_function_or_a_trigger_of_the_users_has_is_refused",
    ),
    (
        mutation("preflight.rs: another model", "IF strpos(es_found,", "IF false AND strpos(es_found,"),
        "installing::names::another_models_rollup_is_refused_and_goes_on",
    ),
    (
        mutation(
            "preflight.rs: any isolation level",
            "IF current_setting('transaction_isolation')",
            "IF false AND current_setting('transaction_isolation')",
        ),
        "reinstalling::at_a_stricter_isolation_level_the_migration_and_its_reversal_are_refused",
    ),
    (
        mutation(
            "preflight.rs: the event table is not locked",
            "LOCK TABLE @1 IN SHARE ROW EXCLUSIVE MODE;",
            "SELECT;",
        ),
        "reinstalling::applied_again_beside_writers_the_migration_kills_none",
    ),
    (
        mutation(
            "preflight.rs: any installer",
            "IF NOT EXISTS (\nSELECT FROM pg_class AS c WHERE c.oid = es_events AND",
            "IF false AND NOT EXISTS (\nSELECT FROM pg_class AS c WHERE c.oid = es_events AND",
        ),
        "security::ownership::a_superuser_is_told_to_install_as_the_owner_and_the_owners_functions_run_as_the_owner",
    ),
    (
        mutation(
            "preflight.rs: row level security hides rows",
            "PERFORM set_config('row_security', 'off', true);",
            "",
        ),
        "security::policies::forced_row_level_security_is_an_error_and_hides_nothing",
    ),
    (
        mutation("preflight.rs: a planted table", "pg_get_userbyid(c.relowner) <> current_user", "false"),
        "planting::a_planted_table_is_refused_whatever_its_comment_says",
    ),
    (
        mutation("preflight.rs: a planted function", "pg_get_userbyid(p.proowner) <> current_user", "false"),
        "planting::planted_functions_are_refused",
    ),
    (
        mutation("preflight.rs: an overload", "HAVING count(*) > 1", "HAVING count(*) > 9"),
        "planting::another_function_of_the_same_name_is_refused_when_the_migration_is_applied_again",
    ),
    (
        mutation("preflight.rs: a planted trigger", "AND NOT u.rolsuper", "AND false"),
        "planting::foreign_triggers_and_rules_on_a_rollup_are_named_and_refused",
    ),
    (
        mutation("preflight.rs: any collation", "AND NOT c.collisdeterministic", "AND false"),
        "ids::ids_of_a_collation_that_is_not_deterministic_are_refused",
    ),
    (
        mutation(
            "preflight.rs: another encoding",
            "NOT IN ('UTF8', 'LATIN1')",
            "NOT IN ('UTF8', 'LATIN1', 'KOI8R')",
        ),
        "ids::the_greatest_text_is_kept_only_where_bytes_are_ordered_as_characters_are",
    ),
    (
        mutation(
            "trigger.rs: EXECUTE stays granted",
            "EXECUTE format('REVOKE ALL ON FUNCTION",
            "PERFORM format('REVOKE ALL ON FUNCTION",
        ),
        "planting::default_privileges_give_nobody_more_than_to_read",
    ),
    (
        mutation(
            "trigger.rs: rights on the table stay granted",
            "EXECUTE format('REVOKE %I ON TABLE",
            "PERFORM format('REVOKE %I ON TABLE",
        ),
        "planting::default_privileges_give_nobody_more_than_to_read",
    ),
    (
        mutation(
            "trigger.rs: made anew each time",
            "IF NOT EXISTS (\nSELECT\nFROM pg_trigger AS t",
            "IF true OR NOT EXISTS (\nSELECT\nFROM pg_trigger AS t",
        ),
        "reinstalling::a_trigger_fires_when_somebody_has_said_that_it_does",
    ),
    (
        mutation("trigger.rs: made anew as usual", "IF es_enabled = 'A' THEN", "IF false THEN"),
        "reinstalling::a_trigger_fires_when_somebody_has_said_that_it_does",
    ),
    (
        mutation(
            "history.rs: what has ended is folded again",
            "current_setting('es_rollup.again') = 'true'",
            "false",
        ),
        "reinstalling::what_has_ended_is_not_folded_again",
    ),
    (
        mutation(
            "history.rs: what has ended is never folded",
            "current_setting('es_rollup.again') = 'true'",
            "true",
        ),
        "reinstalling::a_first_installation_folds_what_has_ended_and_refuses_what_does_not_fold",
    ),
    (
        mutation(
            "table.rs: TRUNCATE of any table",
            "IF TG_RELID IS DISTINCT FROM",
            "IF false AND TG_RELID IS DISTINCT FROM",
        ),
        "truncating::truncating_any_other_table_does_not_empty_the_rollup",
    ),
    (
        mutation("table.rs: what is empty is truncated", "IF pg_relation_size(@1) > 0 THEN", "IF true THEN"),
        "truncating::truncating_the_event_table_empties_the_rollup",
    ),
    (
        mutation(
            "revert.rs: what is not a rollup",
            "IF es_found IS NULL AND (es_rollup IS NOT NULL",
            "IF false AND (es_rollup IS NOT NULL",
        ),
        "installing::removal::reverting_does_not_touch_a_table_that_is_no_rollup",
    ),
    (
        mutation(
            "relation.rs: any relation",
            "IF TG_RELID OPERATOR(pg_catalog.<>) '@1'::pg_catalog.regclass THEN",
            "IF false THEN",
        ),
        "relation::the_function_does_not_run_for_a_table_of_somebody_elses",
    ),
    (
        mutation(
            "relation.rs: any relation, row by row",
            "IF coalesce(pg_catalog.pg_partition_root(TG_RELID), TG_RELID) OPERATOR(pg_catalog.<>) @1\nOR @2 IS NOT TRUE THEN",
            "IF false THEN",
        ),
        "relation::the_function_does_not_run_for_a_table_of_somebody_elses",
    ),
    (
        mutation(
            "relation.rs: a partition of a table without the trigger",
            "WHERE EXISTS (\nSELECT FROM pg_trigger AS t",
            "WHERE true OR EXISTS (\nSELECT FROM pg_trigger AS t",
        ),
        "relation::an_event_table_that_became_a_partition_is_refused_row_by_row",
    ),
    (
        mutation(
            "relation.rs: a plan from before the trigger",
            "IF coalesce(pg_catalog.pg_partition_root(TG_RELID), TG_RELID) OPERATOR(pg_catalog.<>) @1\nOR @2 IS NOT TRUE THEN",
            "IF true THEN",
        ),
        "relation::a_session_that_used_the_trigger_in_a_snapshot_from_before_it_goes_on",
    ),
    (
        mutation("step.rs: the sequence as it is", "::bigint AS \"sequence\"", " AS \"sequence\""),
        "altered::the_sequence_gets_wider_while_a_session_is_open",
    ),
    (
        mutation(
            "step.rs: a younger transaction's row is this one's",
            "pg_xact_status(@1::xid8) = 'in progress'",
            "true",
        ),
        "replays::a_row_that_a_younger_transaction_wrote_is_not_this_transactions",
    ),
    (
        mutation(
            "step.rs: any recorded time",
            "IF (@1 >= '0001-01-01 @2' AND @1 <= @3) IS NOT TRUE THEN",
            "IF false THEN",
        ),
        "unseen::an_event_that_was_recorded_at_no_time_that_rust_reads_is_refused",
    ),
    (
        mutation(
            "ordinary.rs: any recorded time",
            "AND es_event.\"recorded_at\" OPERATOR(pg_catalog.>=) @1 AND @2 OPERATOR(pg_catalog.<=) @3 THEN",
            "THEN",
        ),
        "unseen::an_event_that_was_recorded_at_no_time_that_rust_reads_is_refused",
    ),
    (
        mutation(
            "apply.rs: what the event table does not hold",
            "IF es_sequence > es_base THEN",
            "IF false THEN",
        ),
        "unseen::an_event_that_the_log_does_not_hold_is_refused_where_the_log_is_folded",
    ),
    (
        mutation(
            "each.rs: what the event table does not hold",
            "IF es_base < es_sequence THEN",
            "IF false THEN",
        ),
        "unseen::an_event_that_the_log_does_not_hold_is_refused_where_the_log_is_folded",
    ),
    (
        mutation("catch_up.rs: policies hide events", "SET row_security = off", ""),
        "unseen::policies_that_hide_rows_from_the_owner_too_hide_no_event_from_the_fold",
    ),
    (
        mutation(
            "fold.rs: events below the first of one entity",
            "AND e.\"sequence\" < 1\nOFFSET",
            "AND false\nOFFSET",
        ),
        "replays::catching_up_refuses_an_event_below_the_first",
    ),
    (
        mutation("catch_up.rs: it gives up otherwise", "'serialization_failure'", "'raise_exception'"),
        "unseen::a_row_that_keeps_changing_is_a_failure_to_serialise",
    ),
    (
        mutation(
            "refuse.rs: the first row that is refused",
            "IF es_lower < es_sequence OR @1 THEN",
            "IF false THEN",
        ),
        "replays::what_a_statement_is_refused_for_does_not_depend_on_the_order_of_its_rows",
    ),
    (
        mutation("refuse.rs: any type is shown", "~ '^[A-Za-z][A-Za-z0-9_.:-]*$'", "~ '.'"),
        "foreign_constraints::a_type_that_may_be_anything_is_not_shown_or_cut_short",
    ),
    (
        mutation("refuse.rs: numbers are shown", "!~ '[0-9]{5}'", "~ '.'"),
        "foreign_constraints::a_type_that_may_be_anything_is_not_shown_or_cut_short",
    ),
    (
        mutation(
            "guarded.rs: nothing is",
            "SELECT EXISTS (\nSELECT FROM pg_constraint",
            "SELECT false AND EXISTS (\nSELECT FROM pg_constraint",
        ),
        "foreign_constraints::what_is_said_of_somebody_elses_constraint_shows_no_value",
    ),
    (
        mutation("guarded.rs: everything is", "AND c.conname NOT IN (@1)\n", "\n"),
        "foreign_constraints::what_the_migration_makes_is_nobody_elses_constraint",
    ),
    (
        mutation(
            "refuse.rs: calls that leave arguments out",
            ", es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);",
            ", es_tag);",
        ),
        "planted::a_function_of_the_same_name_and_other_arguments_is_not_called",
    ),
    (
        mutation("revert.rs: the table stays", "DROP TABLE \"@1\".\"@2\";", "NULL;"),
        "installing::removal::reverting_leaves_nothing_but_the_events",
    ),
    (
        mutation(
            "revert.rs: rights are not looked at",
            "WHERE NOT pg_has_role(n.es_owner, 'USAGE')",
            "WHERE false",
        ),
        "reverting::whoever_lacks_a_right_is_refused_before_anything_is_dropped",
    ),
    (
        mutation(
            "revert.rs: no lock",
            "PERFORM pg_advisory_xact_lock(hashtextextended(@1, 0));\n\n-- The existing objects",
            "-- The existing objects",
        ),
        "reverting::beside_a_migration_the_reversal_waits_and_the_other_way_round",
    ),
    (
        mutation("fold.rs: each entity ends the pass", "es_past := false;\nEND IF;", "END IF;"),
        "folding::a_fold_until_a_time_ends_each_entity_before_its_first_later_event",
    ),
    (
        mutation(
            "fold.rs: each and the last",
            "IF es_version > es_base AND NOT es_each THEN",
            "IF es_version > es_base THEN",
        ),
        "folding::a_range_of_the_log_is_some_entities_or_those_between_two_ids",
    ),
    (
        mutation("at.rs: any version", r#"AND (f.es_state)."version" = es_version"#, ""),
        "folding::an_entity_as_it_was_is_a_row_or_none",
    ),
];
