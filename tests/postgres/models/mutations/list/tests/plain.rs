//! What the comparison cannot meet of the look at the catalogue, with the test that notices it.

use super::super::mutation;
use super::Mutation;

const PUT: &str = "plain::whatever_is_put_on_a_table_it_is_not_plain_any_more";

pub(super) const ALL: &[(Mutation, &str)] = &[
    (
        mutation(
            "plain.rs: rules",
            "SELECT NOT (c.relhasrules OR c.relrowsecurity",
            "SELECT NOT (c.relrowsecurity",
        ),
        PUT,
    ),
    (mutation("plain.rs: policies", "(c.relhasrules OR c.relrowsecurity OR", "(c.relhasrules OR"), PUT),
    (mutation("plain.rs: forced policies", "OR c.relforcerowsecurity)\nAND", ")\nAND"), PUT),
    (
        mutation(
            "plain.rs: triggers",
            "(NOT t.tgisinternal OR t.tgconstrrelid <> 0)",
            "t.tgconstrrelid <> 0",
        ),
        PUT,
    ),
    (
        mutation(
            "plain.rs: foreign keys",
            "(NOT t.tgisinternal OR t.tgconstrrelid <> 0)",
            "NOT t.tgisinternal",
        ),
        PUT,
    ),
    (
        mutation(
            "plain.rs: the rollup's own deferred constraints",
            "(NOT t.tgisinternal OR t.tgconstrrelid <> 0)",
            "true",
        ),
        "plain::a_table_is_plain_as_the_migration_makes_it",
    ),
    (mutation("plain.rs: domains", "(a.atttypid >= 12000 OR", "("), PUT),
    (mutation("plain.rs: defaults", "OR a.atthasdef OR", "OR"), PUT),
    (mutation("plain.rs: required columns", "OR a.attnotnull AND a.attname <> ALL (es_required)", ""), PUT),
    (
        mutation(
            "plain.rs: names of variables",
            "(es_required)\nOR starts_with(a.attname::text, 'es_')",
            "(es_required)",
        ),
        PUT,
    ),
    (mutation("plain.rs: indexes on expressions", "(i.indexprs IS NOT NULL OR", "("), PUT),
    (mutation("plain.rs: partial indexes", "OR i.indpred IS NOT NULL OR", "OR"), PUT),
    (mutation("plain.rs: operator classes", "OR 12000 <= ANY (i.indclass)", ""), PUT),
    (
        mutation("plain.rs: unique indexes", "OR (i.indisunique OR i.indisexclusion)", "OR i.indisexclusion"),
        PUT,
    ),
    (mutation("plain.rs: exclusion", "OR (i.indisunique OR i.indisexclusion)", "OR i.indisunique"), PUT),
    (mutation("plain.rs: checks", "AND (c.relchecks = 0 OR NOT EXISTS (", "AND (true OR NOT EXISTS ("), PUT),
    (
        mutation(
            "plain.rs: checks of another name",
            "AND (k.conname <> ALL (es_own) OR EXISTS (",
            "AND (EXISTS (",
        ),
        "plain::a_check_that_calls_a_function_is_not_plain_whatever_its_name_is",
    ),
    (
        mutation(
            "plain.rs: what a check calls",
            "d.objid = k.oid AND d.refclassid <>",
            "d.objid = 0 AND d.refclassid <>",
        ),
        "plain::a_check_that_calls_a_function_is_not_plain_whatever_its_name_is",
    ),
    (
        mutation(
            "guarded.rs: the whole catalogue of constraints",
            "WHERE c.conrelid = es_rollup AND c.contype IN",
            "WHERE (c.conrelid = es_rollup OR c.confrelid = es_rollup) AND c.contype IN",
        ),
        "plain::no_session_reads_a_whole_catalogue",
    ),
    (
        mutation(
            "guarded.rs: who refers to the rollup",
            "WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup",
            "WHERE false",
        ),
        "foreign_constraints::a_row_that_is_referred_to_is_not_taken_away_and_no_value_is_shown",
    ),
];
