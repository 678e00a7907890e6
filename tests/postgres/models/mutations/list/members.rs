//! How changes of sets and lists are collected and merged.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation("members.rs: nothing is merged", "IF es_changes >= @1 THEN  --", "IF false THEN  --"),
    mutation(
        "members.rs: a list is merged from its end",
        "es_row.@1 := es_row.@1 || es_members_@2;",
        "es_row.@1 := es_members_@2 || es_row.@1;",
    ),
    mutation(
        "members.rs: what is collected comes first",
        "FROM unnest(es_row.@1 || es.es_members_@2, array_fill",
        "FROM unnest(es.es_members_@2 || es_row.@1, array_fill",
    ),
    mutation(
        "members.rs: members are added twice",
        "coalesce(n.es_removed, 0) AND n.es_before IS NOT TRUE",
        "coalesce(n.es_removed, 0)",
    ),
    mutation(
        "members.rs: members stay where they were before they were removed",
        "WHERE n.es_place > coalesce(n.es_removed, 0) AND",
        "WHERE",
    ),
    mutation(
        "members.rs: members whose removal is not the last change are gone",
        "n.es_place > coalesce(n.es_removed, 0)",
        "n.es_removed IS NULL",
    ),
    mutation(
        "members.rs: members in their own order",
        "n.es_before IS NOT TRUE\nORDER BY n.es_place",
        "n.es_before IS NOT TRUE\nORDER BY n.es_member",
    ),
    mutation(
        "members.rs: members of which none is removed, in their own order",
        ", n.es_place\n) AS n\nORDER BY n.es_place",
        ", n.es_place\n) AS n\nORDER BY n.es_member",
    ),
    mutation(
        "members.rs: the last of equal members is kept",
        ", n.es_place\n) AS n\nORDER BY n.es_place",
        ", n.es_place DESC\n) AS n\nORDER BY n.es_place",
    ),
    mutation(
        "members.rs: removals are additions",
        "es_added_@1 := array_append(es_added_@1, false);",
        "es_added_@1 := array_append(es_added_@1, true);",
    ),
    mutation(
        "members.rs: the members of the row were removed",
        "array_fill(true, ARRAY[cardinality(",
        "array_fill(false, ARRAY[cardinality(",
    ),
    mutation(
        "members.rs: what was merged stays collected",
        ");\nes_members_@1 := NULL;\nes_added_@1 := NULL;\nEND IF;",
        ");\nEND IF;",
    ),
    mutation(
        "members.rs: a list that was merged stays collected",
        "|| es_members_@1;\nes_members_@1 := NULL;",
        "|| es_members_@1;",
    ),
    mutation("members.rs: clear does not forget", ":= '{}';\nes_members_@1 := NULL;", ":= '{}';"),
    mutation(
        "members.rs: clear forgets only the members",
        ":= '{}';\nes_members_@1 := NULL;\nes_added_@1 := NULL;",
        ":= '{}';\nes_members_@1 := NULL;",
    ),
    mutation(
        "members.rs: the member before is collected",
        "es_members_@1 := array_append(es_members_@1, es_member_@1);",
        "es_members_@1 := array_append(es_members_@1, (es_members_@1)[cardinality(es_members_@1)]);",
    ),
    mutation(
        "members.rs: each state without what is collected",
        "CASE WHEN NOT es_each THEN 0::bigint END",
        "0",
    ),
    mutation(
        "members.rs: the first values are not pushed",
        "-- push @1\nes_value := @2;\nIF (@3) THEN\nIF @4 THEN\n@5\n@6\nELSE\nes_row.@7 := array_append(@8);",
        "-- push @1\nes_value := @2;\nIF (@3) THEN\nIF @4 THEN\n@5\n@6\nELSE\nNULL;",
    ),
];
