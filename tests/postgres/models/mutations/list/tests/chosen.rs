//! What the comparison cannot meet of the rows of views that single events choose, with the test that notices it.

use super::super::mutation;
use super::Mutation;

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "chosen.rs: a row that is ahead is changed",
            "AND v.\"version\" OPERATOR(pg_catalog.<) es_sequence",
            "AND true",
        ),
        "views::chosen::a_single_event_is_not_folded_into_a_row_that_is_ahead_of_it",
    ),
    (
        mutation(
            "chosen.rs: what a stream left behind stays when it begins anew",
            "IF es_sequence OPERATOR(pg_catalog.>) 1 AND (@1_plain",
            "IF (@1_plain",
        ),
        "views::chosen::situations::a_stream_that_begins_anew_keeps_no_rows_of_before",
    ),
    (
        mutation(
            "plain.rs: a view with a trigger is written under any search path",
            "OR NOT @3\nAND NOT @1_extended\"('@2'::pg_catalog.regclass)) THEN  -- ",
            "OR NOT @3) THEN  -- ",
        ),
        "views::chosen::situations::what_others_put_on_a_view_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation("direct.rs: a domain runs nothing", "AND t.typtype = 'd'\n", "AND false\n"),
        "views::chosen::situations::what_others_put_on_a_view_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation(
            "direct.rs: an index with a domain runs nothing",
            "AND (SELECT t.typtype FROM pg_type AS t WHERE t.oid = d.refobjid) = 'd'",
            "AND false",
        ),
        "paths::what_others_put_on_the_rollup_runs_under_a_search_path_of_postgresqls_own",
    ),
    (
        mutation(
            "direct.rs: policies of another owner hide rows",
            "OR c.relrowsecurity AND pg_get_userbyid(c.relowner) <> current_user",
            "",
        ),
        "views::chosen::situations::a_row_that_a_policy_hides_is_an_error_and_stays",
    ),
    (
        mutation(
            "direct.rs: rows of a view that has grown are written one by one",
            "AND (NOT @1_small\"(@2) OR (SELECT pg_catalog.pg_relation_size(@2)) OPERATOR(pg_catalog.<) 131072)",
            "AND true",
        ),
        "plans::no_row_form_reads_a_whole_view_that_has_grown",
    ),
];
