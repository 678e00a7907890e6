//! How the ordinary event is folded in one statement.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "ordinary.rs: no guard",
        "r.\"id\" OPERATOR(pg_catalog.=) es_entity\nAND r.\"version\" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence",
        "r.\"id\" OPERATOR(pg_catalog.=) es_entity",
    ),
    mutation(
        "ordinary.rs: guard, `+ 1` → `+ 2`",
        "r.\"version\" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence",
        "r.\"version\" OPERATOR(pg_catalog.+) 2 OPERATOR(pg_catalog.=) es_sequence",
    ),
    mutation(
        "ordinary.rs: guard, `=` → `<=`",
        "r.\"version\" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence",
        "r.\"version\" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.<=) es_sequence",
    ),
    mutation(
        "ordinary.rs: any row",
        "WHERE r.\"id\" OPERATOR(pg_catalog.=) es_entity\nAND",
        "WHERE true\nAND",
    ),
    mutation("ordinary.rs: the version stays", "\"version\" = es_sequence,", "\"version\" = r.\"version\","),
    mutation(
        "ordinary.rs: the time stays",
        "\"modified_at\" = es_event.\"recorded_at\"",
        "\"modified_at\" = r.\"modified_at\"",
    ),
    mutation("ordinary.rs: what is refused is ordinary", "es_ordinary := false;", "NULL;"),
    mutation(
        "ordinary.rs: any sum is in bounds",
        "AND (CASE WHEN es_row.@1 OPERATOR(pg_catalog.>=) 0 THEN @2 END)",
        "AND true",
    ),
    mutation(
        "ordinary.rs: what is done is done again",
        "IF FOUND THEN\nRETURN NULL;",
        "IF NOT FOUND THEN\nRETURN NULL;",
    ),
    mutation(
        "ordinary.rs: increment, `+` → `-`",
        " = r.@1 OPERATOR(pg_catalog.+) es_row.",
        " = r.@1 OPERATOR(pg_catalog.-) es_row.",
    ),
    mutation(
        "ordinary.rs: decrement, `-` → `+`",
        " = r.@1 OPERATOR(pg_catalog.-) es_row.",
        " = r.@1 OPERATOR(pg_catalog.+) es_row.",
    ),
    mutation(
        "ordinary.rs: count, `+ 1` → `+ 2`",
        " = r.@1 OPERATOR(pg_catalog.+) 1",
        " = r.@1 OPERATOR(pg_catalog.+) 2",
    ),
    mutation("ordinary.rs: greatest → least", "greatest(r.", "least(r."),
    mutation("ordinary.rs: least → greatest", "least(r.", "greatest(r."),
    mutation("ordinary.rs: toggle leaves it", "= NOT coalesce(r.", "= coalesce(r."),
    mutation(
        "ordinary.rs: add what is a member already",
        "CASE WHEN @1 OPERATOR(pg_catalog.<>) ALL (r.@2) THEN",
        "CASE WHEN true THEN",
    ),
    mutation(
        "ordinary.rs: append what is removed",
        "= pg_catalog.array_remove(r.",
        "= pg_catalog.array_append(r.",
    ),
    mutation(
        "ordinary.rs: remove what is added",
        "THEN pg_catalog.array_append(r.",
        "THEN pg_catalog.array_remove(r.",
    ),
    mutation(
        "ordinary.rs: remove what is pushed",
        "= pg_catalog.array_append(r.",
        "= pg_catalog.array_remove(r.",
    ),
    mutation(
        "ordinary.rs: content of any shape",
        "IF (pg_catalog.jsonb_typeof(es_content) OPERATOR(pg_catalog.=) @1) IS NOT TRUE THEN",
        "IF false THEN",
    ),
    mutation(
        "ordinary.rs: content of a unit",
        "IF pg_catalog.jsonb_typeof(es_content) OPERATOR(pg_catalog.<>) 'null' THEN",
        "IF false THEN",
    ),
    mutation(
        "ordinary.rs: two keys where there is one",
        "OPERATOR(pg_catalog.=) 'object' AND es_content OPERATOR(pg_catalog.-) es_tag OPERATOR(pg_catalog.=) '{}' THEN",
        "OPERATOR(pg_catalog.=) 'object' THEN",
    ),
    mutation(
        "ordinary.rs: a tag that is no string",
        "es_tag := CASE WHEN pg_catalog.jsonb_typeof(@1 OPERATOR(pg_catalog.->) @2) OPERATOR(pg_catalog.=) 'string' THEN @3 END;",
        "es_tag := @3;",
    ),
    mutation(
        "ordinary.rs: the alias is not read",
        ":= coalesce(es_content OPERATOR(pg_catalog.->) @1, @2);",
        ":= es_content OPERATOR(pg_catalog.->) @1;",
    ),
    mutation(
        "ordinary.rs: null inside is not absent",
        ":= CASE WHEN pg_catalog.jsonb_typeof(@1) OPERATOR(pg_catalog.<>) 'null' THEN @1 END;",
        ":= @1;",
    ),
    mutation(
        "ordinary.rs: a stream begins at any sequence",
        "es_sequence OPERATOR(pg_catalog.=) 1@1 THEN\nINSERT",
        "true@1 THEN\nINSERT",
    ),
    mutation(
        "ordinary.rs: a stream begins at another version",
        "VALUES\n(es_entity, es_sequence,",
        "VALUES\n(es_entity, es_sequence OPERATOR(pg_catalog.+) 1,",
    ),
    mutation("ordinary.rs: a stream begins with other numbers", ", (0)::@1 OPERATOR", ", (1)::@1 OPERATOR"),
    mutation(
        "ordinary.rs: what is read last is not checked",
        "IF es_ordinary AND (@1) THEN",
        "IF es_ordinary THEN",
    ),
    mutation(
        "ordinary.rs: another type",
        "ELSIF es_tag OPERATOR(pg_catalog.=) '@1' THEN",
        "ELSIF es_tag OPERATOR(pg_catalog.<>) '@1' THEN",
    ),
];
