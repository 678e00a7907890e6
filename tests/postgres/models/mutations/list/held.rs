//! How rows are kept that are folded without being written.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "held.rs: a row is looked for among those before it",
        "THEN\nes_low := es_middle + 1;",
        "THEN\nes_low := es_middle + 2;",
    ),
    mutation("held.rs: the search ends early", "ELSE\nes_high := es_middle;", "ELSE\nes_high := es_low;"),
    mutation(
        "held.rs: another row is the one",
        "es_found := es_low < es_end AND @1 = es_key_1",
        "es_found := es_low < es_end AND true",
    ),
    mutation(
        "held.rs: keys are compared without their last part",
        "= es_key_1 AND @1 = es_key_2;",
        "= es_key_1;",
    ),
    mutation(
        "held.rs: a row without a key is never there",
        "es_found := cardinality(@1) > 0;",
        "es_found := false;",
    ),
    mutation(
        "held.rs: the latest rows are not looked at",
        "EXIT WHEN es_found OR es_end >= cardinality(@1);",
        "EXIT;",
    ),
    mutation(
        "held.rs: a new row is not added",
        "es_places_1[es_low + 1] := cardinality(es_rows_1);",
        "NULL;",
    ),
    mutation(
        "held.rs: every new row has the greatest key",
        "IF es_low = es_ordered_1 AND es_low = cardinality(es_places_1) THEN",
        "IF es_low <= es_ordered_1 AND es_ordered_1 = cardinality(es_places_1) THEN",
    ),
    mutation("held.rs: a row is not changed", "es_rows_1[es_places_1[es_low + 1]] := es_row;", "NULL;"),
    mutation(
        "held.rs: another row is changed",
        "es_rows_1[es_places_1[es_low + 1]] := es_row;",
        "es_rows_1[es_places_1[1]] := es_row;",
    ),
    mutation("held.rs: a row stays", "es_rows_1[es_places_1[es_low + 1]] := NULL;", "NULL;"),
    mutation(
        "held.rs: rows with a part of the key stay",
        "IS NOT NULL AND NOT (@1) ORDER BY",
        "IS NOT NULL ORDER BY",
    ),
    mutation("held.rs: rows stay when all go", "THEN  -- @1\nes_rows_1 := NULL;", "THEN  -- @1\nNULL;"),
    mutation(
        "views.rs: the last event is left out",
        "= es.es_entity AND e.@1 <= es.es_last\nORDER",
        "= es.es_entity AND e.@1 < es.es_last\nORDER",
    ),
];
