//! What the comparison cannot meet of events that are changed or deleted, with the test that notices it.

use super::super::mutation;
use super::Mutation;

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "edited.rs: the old ids are ignored",
            "CROSS JOIN LATERAL (VALUES (o.\"@1\"::@2), (n.\"@1\"::@2)) AS i",
            "CROSS JOIN LATERAL (VALUES (n.\"@1\"::@2)) AS i",
        ),
        "edits::an_event_that_gets_another_id_goes_to_another_entity",
    ),
    (
        mutation(
            "edited.rs: the new ids are ignored",
            "CROSS JOIN LATERAL (VALUES (o.\"@1\"::@2), (n.\"@1\"::@2)) AS i",
            "CROSS JOIN LATERAL (VALUES (o.\"@1\"::@2)) AS i",
        ),
        "edits::an_event_that_gets_another_id_goes_to_another_entity",
    ),
    (
        mutation(
            "edited.rs: what is equal is the same",
            "WHERE ROW(o.@1)::record *<> ROW(n.@2)::record AND i.es_id",
            "WHERE ROW(o.@1) IS DISTINCT FROM ROW(n.@2) AND i.es_id",
        ),
        "edits::a_value_that_is_equal_but_not_the_same_is_a_change",
    ),
    (
        mutation(
            "edited.rs: whatever is updated is folded",
            "WHERE ROW(o.@1)::record *<> ROW(n.@2)::record AND i.es_id",
            "WHERE i.es_id",
        ),
        "edits::rows::an_update_of_what_is_not_read_folds_nothing_and_waits_for_nobody",
    ),
    (
        mutation(
            "edited.rs: an event goes before it is folded",
            "IF pg_trigger_depth() > 1 THEN",
            "IF false THEN",
        ),
        "edits::an_event_that_a_trigger_changes_before_it_is_folded_is_folded_as_it_is_then",
    ),
    (
        mutation(
            "replica.rs: what a publisher changes is ignored",
            "IF TG_OP <> 'INSERT' THEN\n",
            "IF TG_OP <> 'INSERT' THEN\nRETURN NULL;\n",
        ),
        "edits::replicated::rows_that_a_publisher_changes_are_followed_at_the_end_of_the_transaction",
    ),
    (
        mutation(
            "trigger.rs: a trigger that comes later is on",
            "es_enabled := coalesce(\n(SELECT @1),\n(SELECT @2)\n);",
            "es_enabled := (SELECT @1);",
        ),
        "edits::modes::triggers_that_come_later_fire_when_the_first_one_does",
    ),
];
