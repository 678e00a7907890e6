//! What the comparison cannot meet of the folds of the log, with the test that notices it.

use super::super::mutation;
use super::Mutation;

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "replays.rs: an overtaken event counts as folded",
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
            "order.rs: policies hide events from the short way",
            "AND NOT (pg_catalog.row_security_active(@1::pg_catalog.regclass::pg_catalog.oid) OR EXISTS (",
            "AND NOT (EXISTS (",
        ),
        "increasing::an_event_after_one_that_a_policy_hides_is_refused",
    ),
    (
        mutation(
            "order.rs: policies hide events",
            "(es_sequence <= es_version OR (row_security_active(@1::regclass::oid) OR EXISTS (",
            "(es_sequence <= es_version OR (EXISTS (",
        ),
        "increasing::an_event_after_one_that_a_policy_hides_is_refused",
    ),
    (
        mutation(
            "order.rs: any sequence may come next",
            "IF es_sequence <= es_version@1 THEN",
            "IF false@1 THEN",
        ),
        "increasing::an_event_of_the_log_with_a_sequence_below_one_is_refused_when_the_log_is_folded",
    ),
    (
        mutation(
            "filter.rs: a subscriber folds every row",
            "IF (NEW.\"@1\" = '@2') IS NOT TRUE THEN",
            "IF false THEN",
        ),
        "filters::a_subscriber_folds_the_rows_that_the_filter_selects",
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
        "catching_up::histories::a_sequence_below_one_that_came_while_there_was_no_trigger_is_refused_where_nothing_is_behind",
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
            "replays.rs: one that begins is not compared with its row",
            "-- The row exists or has moved.\nPERFORM @1\nFROM @2\nWHERE ",
            "PERFORM @1\nFROM @2\nWHERE false AND ",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation(
            "replays.rs: one that begins and ends is not compared with its row",
            "-- The stream has ended, or may have.\nPERFORM @1\nFROM @2\nWHERE ",
            "PERFORM @1\nFROM @2\nWHERE false AND ",
        ),
        "replays::a_stream_that_begins_again_where_its_row_is_left_is_refused",
    ),
    (
        mutation(
            "replays.rs: of many that begin, none is compared with its row",
            "-- Some rows exist or have moved.\nPERFORM @1\nFROM @2\nWHERE ",
            "PERFORM @1\nFROM @2\nWHERE false AND ",
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
        mutation("catch_up.rs: policies hide events", "SET row_security = off", ""),
        "unseen::policies_that_hide_rows_from_the_owner_too_hide_no_event_from_the_fold",
    ),
    (
        mutation("fold.rs: events below the first", "AND e.\"sequence\" < 1\nOFFSET", "AND false\nOFFSET"),
        "replays::catching_up_refuses_an_event_below_the_first",
    ),
    (
        mutation("catch_up.rs: it gives up otherwise", "'serialization_failure'", "'raise_exception'"),
        "unseen::a_row_that_keeps_changing_is_a_failure_to_serialise",
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
        mutation(
            "order.rs: a stream that its first event deletes has a row",
            "IF es_folded.es_deleted AND es_base = 0 AND NOT EXISTS (",
            "IF false AND NOT EXISTS (",
        ),
        "constraints::ended::a_stream_that_its_first_event_deletes_leaves_no_row_and_breaks_no_check",
    ),
    (
        mutation("at.rs: any version", r#"AND (f.es_state)."version" = es_version"#, ""),
        "folding::past::an_entity_as_it_was_is_a_row_or_none",
    ),
];
