//! How a statement is written that has one event of each of several entities.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation("singles.rs: the others lose their value", r#"ELSE r."@1" END"#, "ELSE NULL END"),
    mutation(
        "singles.rs: any version",
        r#"AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence@1
-- Always true"#,
        "@1
-- Always true",
    ),
    mutation(
        "singles.rs: version, `=` → `<=`",
        r#"AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence@1
-- Always true"#,
        r#"AND r."version" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.<=) es_sequence@1
-- Always true"#,
    ),
    mutation("singles.rs: what is refused is NULL", "THEN es_@1 IS NOT NULL", "THEN true"),
    mutation(
        "singles.rs: what is refused is None",
        "THEN (es_@1 IS NOT NULL OR ",
        "THEN (es_@1 IS NULL OR es_@1 IS NOT NULL OR ",
    ),
    mutation(
        "operands.rs: content of any shape",
        " AND (@1) IS NOT TRUE THEN @2
WHEN es_tag",
        " THEN @2
WHEN es_tag",
    ),
    mutation(
        "singles.rs: what is not written is forgotten",
        "IF es_written OPERATOR(pg_catalog.=) es_events THEN",
        "IF true THEN",
    ),
    mutation(
        "singles.rs: a row that begins is at another version",
        r#"es_event."@1",
es_sequence,"#,
        r#"es_event."@1",
es_sequence OPERATOR(pg_catalog.+) 1,"#,
    ),
    mutation("singles.rs: another operand", "THEN es_2 ", "THEN es_1 "),
    mutation(
        "operands.rs: the field of another event",
        "CASE WHEN es_rule OPERATOR(pg_catalog.=) @1 THEN @2\nWHEN es_rule",
        "CASE WHEN true THEN @2\nWHEN es_rule",
    ),
    mutation(
        "singles.rs: several events of an entity",
        "IF es_events OPERATOR(pg_catalog.=) es_entities",
        "IF true",
    ),
];
