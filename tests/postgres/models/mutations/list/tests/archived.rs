//! What the comparison cannot meet of archived entities, with the test that notices it.

use super::super::mutation;
use super::Mutation;

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation("base.rs: what was at an earlier time is made up", "OR es_until < es_archived_at", ""),
        "archiving::an_entity_is_shown_as_it_was_from_its_base_on",
    ),
    (
        mutation(
            "archive.rs: the latest time is the earliest",
            "SELECT max(e.@1)\nFROM @2 AS e\nWHERE @3",
            "SELECT min(e.@1)\nFROM @2 AS e\nWHERE @3",
        ),
        "archiving::an_entity_is_shown_as_it_was_from_its_base_on",
    ),
    (
        mutation(
            "base.rs: an archived event is folded again",
            "WHERE es_base = 0 AND b.\"id\" = es.es_entity AND",
            "WHERE false AND",
        ),
        "archiving::refused::an_event_that_was_archived_is_refused_when_it_comes_again",
    ),
    (
        mutation(
            "base.rs: an entity that has ended is unknown",
            ") OR EXISTS (SELECT FROM @1 AS b WHERE b.\"id\" = es.es_entity))",
            "))",
        ),
        "archiving::refused::an_event_that_was_archived_is_refused_when_it_comes_again",
    ),
    (
        mutation(
            "base.rs: changed events are followed that nobody reads",
            "AND @1.@2 BETWEEN 1 AND b.\"version\")",
            "AND false)",
        ),
        "archiving::archived_events_can_be_deleted_and_the_rows_stay",
    ),
    (
        mutation(
            "archive.rs: rows are behind",
            "IF NOT es_folded.es_deleted AND (\nEXISTS",
            "IF false AND (\nEXISTS",
        ),
        "archiving::refused::only_an_event_that_is_folded_can_be_the_last_archived_one",
    ),
];
