//! What the comparison cannot meet of the look at the catalogue, with the test that notices it.

use super::super::mutation;
use super::Mutation;

const PUT: &str = "plain::whatever_is_put_on_a_table_it_is_not_plain_any_more";
const SINCE: &str = "plain::what_was_put_on_a_table_since_the_snapshot_is_noticed";

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
    (
        mutation(
            "plain.rs: forced policies",
            "OR c.relforcerowsecurity OR c.relispartition OR",
            "OR c.relispartition OR",
        ),
        PUT,
    ),
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
        mutation("plain.rs: partitions", "OR c.relispartition OR c.relhassubclass)", "OR c.relhassubclass)"),
        PUT,
    ),
    (mutation("plain.rs: children", "OR c.relispartition OR c.relhassubclass)", "OR c.relispartition)"), PUT),
    (mutation("plain.rs: statistics", "AND s.stxexprs IS NOT NULL)", "AND false)"), PUT),
    (
        mutation(
            "direct.rs: statistics",
            "SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext AS s WHERE s.stxrelid = es_rollup",
            "SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext AS s WHERE false",
        ),
        PUT,
    ),
    (mutation("direct.rs: children", "i.inhparent = es_rollup", "false"), PUT),
    (mutation("direct.rs: partitions", "<> current_user\nOR c.relispartition", "<> current_user"), PUT),
    (
        mutation(
            "guarded.rs: partitions",
            "c.oid = es_rollup AND c.relispartition\n) OR EXISTS (",
            "false\n) OR EXISTS (",
        ),
        PUT,
    ),
    (
        mutation(
            "since.rs: the table",
            "SELECT c.xmax FROM pg_class AS c WHERE c.oid = es_table",
            "SELECT c.xmax FROM pg_class AS c WHERE false",
        ),
        SINCE,
    ),
    (
        mutation("since.rs: its columns", "a.attrelid = es_table AND a.attnum > 0\n) AS r", "false\n) AS r"),
        SINCE,
    ),
    (mutation("since.rs: its indexes", ") OR pg_indexes_size(es_table) >", ") OR 0 >"), SINCE),
    (
        mutation("since.rs: what came to nothing", "IS DISTINCT FROM 'aborted' END", "IS NOT NULL END"),
        "plain::what_was_not_put_on_a_table_in_the_end_does_not_count",
    ),
    (
        mutation(
            "since.rs: another trigger",
            ") OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable') AND (",
            ") OR false AND (",
        ),
        "plain::a_transaction_that_began_before_a_trigger_was_created_runs_it_under_the_path_of_the_rollup",
    ),
    (
        mutation(
            "since.rs: the path of the session",
            r#"AND NOT "public"."core_user_events_rollup_unseen"(es_table)"#,
            "",
        ),
        "plain::a_transaction_that_began_before_a_trigger_was_created_runs_it_under_the_path_of_the_rollup",
    ),
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
