//! What the comparison cannot meet of the folds of a statement, with the test that notices it.

use super::super::mutation;
use super::Mutation;

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "step.rs: a first event without a type is unknown",
            "CASE WHEN es_tag IS NULL THEN 'RU007' WHEN",
            "CASE WHEN",
        ),
        "bad_input::payloads::a_tag_that_is_a_number_is_refused_as_the_first_event",
    ),
    (
        mutation(
            "step.rs: a first event has the type that it was compared by",
            "es_tag := CASE WHEN jsonb_typeof(@1 -> @2) = 'string' THEN @3 END;
PERFORM @4(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN",
            "PERFORM @4(CASE WHEN es_tag IS NULL THEN 'RU007' WHEN",
        ),
        "bad_input::payloads::a_tag_that_is_a_number_is_refused_as_the_first_event",
    ),
    (
        mutation(
            "history.rs: rows of views stay when the entity has ended",
            "DELETE FROM @1 AS v WHERE NOT EXISTS (SELECT FROM @2 AS r WHERE r.\"id\" = v.\"id\");",
            "",
        ),
        "views::a_later_installation_takes_the_rows_of_an_entity_that_has_ended_unseen",
    ),
    (
        mutation(
            "history.rs: other tables from the first event on",
            "_put\"(array_agg((f.es_state).\"id\"), array_agg(coalesce(f.es_base, 0)),",
            "_put\"(array_agg((f.es_state).\"id\"), array_agg(0::bigint),",
        ),
        "history::a_later_installation_folds_on_from_the_row_before_and_not_without_it",
    ),
    (
        mutation(
            "apply.rs: one row, and all events again",
            "PERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[es_base], ARRAY[es_version], false);\nEND IF;\nELSE",
            "PERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[0::bigint], ARRAY[es_version], false);\nEND IF;\nELSE",
        ),
        "history::several_events_are_refused_where_the_row_before_them_is_missing",
    ),
    (
        mutation(
            "each.rs: one row, and all events again",
            "PERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[es_base], ARRAY[es_version], false);\nEND IF;\nEND;",
            "PERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[0::bigint], ARRAY[es_version], false);\nEND IF;\nEND;",
        ),
        "history::an_event_that_takes_no_short_way_is_refused_where_the_row_before_it_is_missing",
    ),
    (
        mutation(
            "catch_up.rs: all events again",
            "_put\"(ARRAY[es_entity]::@1[], ARRAY[es_base], ARRAY[(es_folded.es_state)",
            "_put\"(ARRAY[es_entity]::@1[], ARRAY[0::bigint], ARRAY[(es_folded.es_state)",
        ),
        "history::events_are_caught_up_from_the_row_before_them_and_not_without_it",
    ),
    (
        mutation(
            "put.rs: the row of the element before",
            "es_row := NULL;\nes_row.\"id\" := es_entity;\nes_row.@1 := es_key_1;",
            "es_row.\"id\" := es_entity;\nes_row.@1 := es_key_1;",
        ),
        "views::a_row_of_an_element_begins_with_nothing_of_the_element_before",
    ),
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
            "singles.rs: whatever is on the rollup",
            "IF es_direct AND es_event.es_second",
            "IF es_event.es_second",
        ),
        "paths::what_others_put_on_the_rollup_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation(
            "ordinary.rs: numeric overflow is ordinary",
            "(SELECT @1 FROM (SELECT @2 AS es_number) AS es_counted)",
            "true",
        ),
        "counters::a_counter_moves_to_both_ends_of_its_range_and_no_further_in_the_row_form",
    ),
    (
        mutation(
            "singles.rs: a numeric counter of any size",
            "THEN (\nSELECT @1 FROM (SELECT CASE",
            "THEN (\nSELECT true FROM (SELECT CASE",
        ),
        "counters::a_counter_moves_to_both_ends_of_its_range_and_no_further_in_the_statement_form",
    ),
    (
        mutation(
            "singles.rs: a counter of any size",
            "THEN CASE WHEN es_@1 OPERATOR(pg_catalog.>=) 0 THEN @2 END",
            "THEN true",
        ),
        "bad_input::beside::a_bad_event_beside_one_of_another_entity_is_refused_as_it_is_alone",
    ),
    (
        mutation(
            "singles.rs: a field twice",
            " AND (pg_catalog.num_nonnulls(@1) OPERATOR(pg_catalog.>) 1) IS NOT TRUE",
            "",
        ),
        "bad_input::beside::an_event_with_a_field_under_both_of_its_names_is_refused_alone_and_beside_one_of_another_entity",
    ),
    (
        mutation(
            "ordinary.rs: a key under two names",
            "IF pg_catalog.num_nonnulls(@1) OPERATOR(pg_catalog.>) 1",
            "IF pg_catalog.num_nonnulls(@1) OPERATOR(pg_catalog.>) 2",
        ),
        "bad_input::beside::an_event_with_a_field_under_both_of_its_names_is_refused_alone_and_beside_one_of_another_entity",
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
        mutation(
            "apply.rs: many rows are found by any plan",
            "set_config('enable_seqscan', 'off', true);\nes_set",
            "set_config('enable_seqscan', 'on', true);\nes_set",
        ),
        "plans::no_statement_form_reads_a_whole_table_that_has_grown",
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
        mutation(
            "apply.rs: the search path stays",
            "es_set := set_config('search_path', es_path, true);",
            "NULL;",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "apply.rs: the search path of the transaction becomes the session's",
            "es_set := set_config('search_path', es_path, true);",
            "es_set := set_config('search_path', es_path, false);",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "apply.rs: no table is scanned from then on",
            "es_set := set_config('enable_seqscan', es_seqscan, true);",
            "NULL;",
        ),
        "security::settings::a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are",
    ),
    (
        mutation(
            "apply.rs: tables are scanned from then on",
            "es_set := set_config('enable_seqscan', es_seqscan, true);",
            "es_set := set_config('enable_seqscan', 'on', true);",
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
UPDATE "club"."member" AS r SET "version" = es_sequence, "balance" = r."balance" - (es_event."event" ->> 'amount')::bigint
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
        mutation("event.rs: the sequence as it is", "::bigint AS \"sequence\"", " AS \"sequence\""),
        "altered::the_sequence_gets_wider_while_a_session_is_open",
    ),
    (
        mutation(
            "transaction.rs: a younger transaction's row is this one's",
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
            "refuse.rs: calls that leave arguments out",
            ", es_tag, NULL::text, NULL::text, NULL::text, NULL::jsonb);",
            ", es_tag);",
        ),
        "planted::a_function_of_the_same_name_and_other_arguments_is_not_called",
    ),
    (
        mutation(
            "transaction.rs: the rows of this transaction are those of its next part",
            ">= pg_current_xact_id_if_assigned()::text::bigint THEN",
            "> pg_current_xact_id_if_assigned()::text::bigint THEN",
        ),
        "replays::a_transaction_that_asked_for_an_age_before_it_wrote_knows_its_own_rows",
    ),
];
