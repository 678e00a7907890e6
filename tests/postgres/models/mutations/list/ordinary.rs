//! How the ordinary event is folded in one statement.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "ordinary.rs: no guard",
        "r.\"id\" = es_entity\nAND r.\"version\" + 1 = es_sequence",
        "r.\"id\" = es_entity",
    ),
    mutation(
        "ordinary.rs: guard, `+ 1` → `+ 2`",
        "r.\"version\" + 1 = es_sequence",
        "r.\"version\" + 2 = es_sequence",
    ),
    mutation(
        "ordinary.rs: guard, `=` → `<=`",
        "r.\"version\" + 1 = es_sequence",
        "r.\"version\" + 1 <= es_sequence",
    ),
    mutation("ordinary.rs: any row", "WHERE r.\"id\" = es_entity\nAND", "WHERE true\nAND"),
    mutation("ordinary.rs: the version stays", "\"version\" = es_sequence,", "\"version\" = r.\"version\","),
    mutation(
        "ordinary.rs: the time stays",
        "\"modified_at\" = es_event.\"recorded_at\"",
        "\"modified_at\" = r.\"modified_at\"",
    ),
    mutation("ordinary.rs: what is refused is ordinary", "es_ordinary := false;", "NULL;"),
    mutation(
        "ordinary.rs: overflow is ordinary",
        "(SELECT @1 FROM (SELECT @2 AS es_number) AS es_counted)",
        "true",
    ),
    mutation(
        "ordinary.rs: what is done is done again",
        "IF FOUND THEN\nRETURN NULL;",
        "IF NOT FOUND THEN\nRETURN NULL;",
    ),
    mutation("ordinary.rs: increment, `+` → `-`", "::numeric + (es_row.", "::numeric - (es_row."),
    mutation("ordinary.rs: decrement, `-` → `+`", "::numeric - (es_row.", "::numeric + (es_row."),
    mutation(
        "ordinary.rs: count, `+ 1` → `+ 2`",
        " = r.@1::numeric + (1)::numeric",
        " = r.@1::numeric + (2)::numeric",
    ),
    mutation("ordinary.rs: greatest → least", "greatest(r.", "least(r."),
    mutation("ordinary.rs: least → greatest", "least(r.", "greatest(r."),
    mutation("ordinary.rs: toggle leaves it", "= NOT coalesce(r.", "= coalesce(r."),
    mutation(
        "ordinary.rs: add what is a member already",
        "CASE WHEN @1 <> ALL (r.@2) THEN",
        "CASE WHEN true THEN",
    ),
    mutation("ordinary.rs: append what is removed", "= array_remove(r.", "= array_append(r."),
];
