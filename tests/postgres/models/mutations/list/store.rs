//! What a store may be: its order, its filter, whether it records times. The names are those of the layout `LOG`.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "order.rs: nothing is between the version and the event",
        r#"AND e."position" > es.es_version AND e."position" < es.es_sequence"#,
        "AND false",
    ),
    mutation(
        "order.rs: nothing is between the row and the event",
        r#"AND e."position" OPERATOR(pg_catalog.>) r."version" AND e."position" OPERATOR(pg_catalog.<) es.es_sequence"#,
        "AND false",
    ),
    mutation(
        "filter.rs: every row of a statement is an event",
        r#" WHERE e."the ""category""" = 'it''s this'"#,
        "",
    ),
    mutation(
        "filter.rs: every row of the event table is an event",
        r#" AND e."the ""category""" = 'it''s this'"#,
        "",
    ),
    mutation(
        "filter.rs: a row trigger folds every row",
        r#"IF (NEW."the ""category""" OPERATOR(pg_catalog.=) 'it''s this') IS NOT TRUE THEN"#,
        "IF false THEN",
    ),
];
