//! Entities that are archived: where their folds begin, and what is kept of what was before.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "base.rs: archived events are folded with all others",
        "<= es.es_last) AND NOT EXISTS (SELECT FROM @1 AS b WHERE ",
        "<= es.es_last) AND NOT EXISTS (SELECT FROM @1 AS b WHERE false AND ",
    ),
    mutation(
        "base.rs: an entity begins at nothing",
        "WHERE b.\"id\" = es.es_entity;\nIF es_archived IS NULL OR es_ended THEN",
        "WHERE false;\nIF es_archived IS NULL OR es_ended THEN",
    ),
    mutation(
        "base.rs: an entity without later events is lost",
        " OR es_archived IS NOT NULL AND NOT es_deleted)",
        ")",
    ),
    mutation("base.rs: an entity that had ended is there", "es_archived IS NOT NULL AND es_ended;", "false;"),
    mutation("base.rs: what was before is made up", "IF es_last < es_archived", "IF false"),
    mutation(
        "fold.rs: events that the base includes",
        "coalesce(r.\"version\", b.\"version\", ",
        "coalesce(r.\"version\", ",
    ),
    mutation(
        "order.rs: an entity that has lost its row begins at nothing",
        " OR es_version = 0 AND EXISTS (SELECT FROM @1 AS b WHERE b.\"id\" = es.es_entity))",
        ")",
    ),
    mutation("fold.rs: a base counts beside a row", "WHERE r.\"version\" IS NULL AND ", "WHERE "),
    mutation(
        "base.rs: the rows of views are lost",
        "FROM jsonb_array_elements(es_begun -> @1) AS b (es_row)",
        "FROM jsonb_array_elements(es_begun -> @1) AS b (es_row) WHERE false",
    ),
    mutation(
        "base.rs: views begin at nothing",
        "es_version := es_archived;\nDECLARE",
        "es_version := 0;\nDECLARE",
    ),
    mutation(
        "base.rs: the tables of views begin at nothing",
        "es_above := coalesce((SELECT b.\"version\" FROM @1 AS b WHERE b.\"id\" = es.es_entity), 0);",
        "es_above := 0;",
    ),
    mutation(
        "base.rs: the tables of views lack the rows of the base",
        "(es.es_entity, es.es_above) AS f CROSS JOIN LATERAL unnest(f.@1) AS v;",
        "(es.es_entity, es.es_above) AS f CROSS JOIN LATERAL unnest(f.@1) AS v WHERE false;",
    ),
    mutation(
        "base.rs: the history before the base is lost",
        " AND r.\"version\" < b.\"version\")",
        " AND false)",
    ),
    mutation(
        "base.rs: the history at the base is lost",
        " AND v.\"version\" <= b.\"version\")",
        " AND v.\"version\" < b.\"version\")",
    ),
    mutation(
        "archive.rs: archived before counts for nothing",
        "IF es_upto <= es_base THEN\nRETURN es_base;",
        "IF es_upto <= es_base THEN\nRETURN 0;",
    ),
];
