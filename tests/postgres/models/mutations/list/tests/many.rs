//! What only shows with very many rows of one entity in a view, with the test that notices it.

use super::super::mutation;
use super::Mutation;

const TEST: &str = "views::many::very_many_rows_are_folded_from_nothing_in_whatever_order_their_keys_come";

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "held.rs: the latest places are taken for ordered",
            "es_rows_1 := ARRAY(SELECT es_kept FROM @1 ORDER BY @2);",
            "es_rows_1 := ARRAY(SELECT es_kept FROM @1);",
        ),
        TEST,
    ),
    (
        mutation(
            "held.rs: a place that is gone still counts as ordered",
            "es_ordered_1 := es_ordered_1 - 1;",
            "NULL;",
        ),
        TEST,
    ),
    (
        mutation(
            "held.rs: the places after it go",
            "es_places_1 := es_places_1[1 : es_low] || es_places_1[es_low + 2 :];",
            "es_places_1 := es_places_1[1 : es_low];",
        ),
        TEST,
    ),
    (
        mutation(
            "held.rs: the places behind a new one are not moved",
            "es_places_1[es_at + 1] := es_places_1[es_at];",
            "NULL;",
        ),
        TEST,
    ),
    (
        mutation(
            "held.rs: the place of a row that is gone stays",
            "es_places_1 := es_places_1[1 : es_low] || es_places_1[es_low + 2 :];",
            "NULL;",
        ),
        TEST,
    ),
];
