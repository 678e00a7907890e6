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
            "catch_up.rs: a stream that cannot end begins without a look at its base",
            "ELSIF es_base = 0 AND EXISTS (SELECT FROM @1 AS b WHERE b.\"id\" = es.es_entity) THEN",
            "ELSIF false THEN",
        ),
        "archiving::lost::the_next_event_of_an_entity_without_a_row_is_folded_from_its_base",
    ),
    (
        mutation(
            "edited.rs: plans outlast the number of bases",
            "SET enable_seqscan = off  -- plans outlast the statistics that they were made from\nSET jit = off  -- the costs of such plans are no measure of their work\nAS $es_rollup$\n#variable_conflict use_column\n<<es>>\nDECLARE\nes_ids @1[];  -- the entities whose events have changed",
            "AS $es_rollup$\n#variable_conflict use_column\n<<es>>\nDECLARE\nes_ids @1[];  -- the entities whose events have changed",
        ),
        "archiving::plans::no_plan_that_was_made_beside_few_bases_reads_many",
    ),
    (
        mutation(
            "edited.rs: bases newer than the snapshot are not seen",
            "SELECT n.es_id, 0, '{}', '{}' FROM unnest(es.es_ids) AS n (es_id)",
            "SELECT n.es_id, 0, '{}', '{}' FROM unnest(es.es_ids) AS n (es_id) WHERE false",
        ),
        "archiving::refused::a_transaction_that_began_before_an_entity_was_archived_fails",
    ),
    (
        mutation(
            "archive.rs: a base goes back",
            "WHERE b.\"version\" < excluded.\"version\";\nIF NOT FOUND",
            "WHERE true;\nIF NOT FOUND",
        ),
        "archiving::races::of_two_that_archive_an_entity_the_one_that_gets_further_wins",
    ),
    (
        mutation(
            "archive.rs: what is written is not read again",
            "IF es_kept.es_state *<> es_folded.es_state",
            "IF false",
        ),
        "archiving::refused::a_type_that_does_not_read_what_it_writes_is_refused",
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
