//! What the comparison cannot meet of the objects and of what is around them, with the test that notices it.

use super::super::mutation;
use super::Mutation;

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "notes.rs: the session decides how names are quoted",
            "pg_catalog.replace(pg_catalog.array_to_string(p.proconfig, ','), pg_catalog.chr(34), '')",
            "pg_catalog.array_to_string(p.proconfig, ',')",
        ),
        "security::settings::the_migration_is_applied_where_all_identifiers_are_quoted",
    ),
    (
        mutation("notes.rs: whether a function is STRICT", "p.proisstrict,", "false,"),
        "security::settings::what_decides_how_a_function_runs_is_seen_to_change",
    ),
    (
        mutation("notes.rs: a function is left out", "'@1_refuse'),", "'@1_nobody'),"),
        "security::settings::what_decides_how_a_function_runs_is_seen_to_change",
    ),
    (
        mutation(
            "plain.rs: nothing else is on the rollup",
            "OR NOT @3\nAND NOT @1_extended\"(@2::pg_catalog.regclass))",
            "OR NOT @3)",
        ),
        "paths::what_others_put_on_the_rollup_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation("direct.rs: no table is small", "AND c.reltuples >= 0", "AND false"),
        "plans::no_statement_form_reads_a_whole_table_that_has_grown",
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
            "EXECUTE format('REVOKE ALL ON ROUTINE",
            "PERFORM format('REVOKE ALL ON ROUTINE",
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
            "WHERE EXISTS (\nSELECT\nFROM pg_trigger AS t JOIN pg_proc",
            "WHERE true OR EXISTS (\nSELECT\nFROM pg_trigger AS t JOIN pg_proc",
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
        mutation(
            "guarded.rs: nothing is",
            "(es_rollup) OR EXISTS (\nSELECT FROM pg_constraint",
            "(es_rollup) OR false AND EXISTS (\nSELECT FROM pg_constraint",
        ),
        "foreign_constraints::what_is_said_of_somebody_elses_constraint_shows_no_value",
    ),
    (
        mutation("guarded.rs: everything is", "AND c.conname NOT IN (@1)\n", "\n"),
        "foreign_constraints::what_the_migration_makes_is_nobody_elses_constraint",
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
        mutation(
            "guarded.rs: no column is named like a variable",
            "starts_with(a.attname::text, 'es_')",
            "false",
        ),
        "altered::columns_that_come_to_the_rollup_or_go_are_of_no_matter",
    ),
];
