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
            "direct.rs: a view with a trigger is written under any search path",
            "es_direct_1 boolean := NOT @1 AND NOT @2 AND (",
            "es_direct_1 boolean := NOT @1 AND (",
        ),
        "views::chosen::single_events_are_written_without_reading_them_again",
    ),
    (
        mutation(
            "direct.rs: rows of a view that has grown are written one by one",
            "es_direct_1 boolean := @1; ",
            "es_direct_1 boolean := true; ",
        ),
        "plans::no_row_form_reads_a_whole_view_that_has_grown",
    ),
];
