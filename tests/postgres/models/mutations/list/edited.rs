//! Events that are changed or deleted.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "edited.rs: deletes are ignored",
        "IF cardinality(es_ids) = 0 THEN",
        "IF TG_OP = 'DELETE' OR cardinality(es_ids) = 0 THEN",
    ),
    mutation(
        "edited.rs: updates are ignored",
        "IF cardinality(es_ids) = 0 THEN",
        "IF TG_OP = 'UPDATE' OR cardinality(es_ids) = 0 THEN",
    ),
    mutation(
        "edited.rs: deletes are ignored row by row",
        "THEN TG_OP = 'DELETE' OR ROW(OLD.",
        "THEN TG_OP <> 'DELETE' AND ROW(OLD.",
    ),
    mutation(
        "edited.rs: updates are ignored row by row",
        "THEN TG_OP = 'DELETE' OR ROW(OLD.",
        "THEN TG_OP = 'DELETE' OR false AND ROW(OLD.",
    ),
    mutation(
        "edited.rs: rows are not marked as folded",
        "WHERE r.\"id\" = ANY (es.es_ids) AND EXISTS (",
        "WHERE r.\"id\" = ANY (es.es_ids) AND NOT EXISTS (",
    ),
    mutation(
        "edited.rs: an entity without events is left alone",
        "AS e WHERE e.\"@1\" = ANY (es.es_ids)@2)\nOR EXISTS (SELECT FROM @3 AS r WHERE r.\"id\" = ANY (es.es_ids))",
        "AS e WHERE e.\"@1\" = ANY (es.es_ids)@2)",
    ),
];
