//! How a single event writes the row of a view that it chooses.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "chosen.rs: the row of any entity is changed",
        "WHERE v.\"id\" OPERATOR(pg_catalog.=) es.es_entity@1\nAND (NOT @2)\nAND v.\"version\" OPERATOR(pg_catalog.<) es_sequence",
        "WHERE true@1\nAND v.\"version\" OPERATOR(pg_catalog.<) es_sequence",
    ),
    mutation(
        "chosen.rs: a row is changed without its first part",
        "es.es_entity AND v.@1 OPERATOR(pg_catalog.=) es_view.es_key_1",
        "es.es_entity AND v.@1 IS NOT NULL",
    ),
    mutation(
        "chosen.rs: a row is changed without its second part",
        " AND v.@1 OPERATOR(pg_catalog.=) es_view.es_key_2",
        "",
    ),
    mutation(
        "chosen.rs: the parts are swapped",
        "(es_entity, es_key_1, es_key_2,",
        "(es_entity, es_key_2, es_key_1,",
    ),
    mutation(
        "chosen.rs: a row that is there counts as created",
        "VALUES\n(es_entity, es_@1)\nON CONFLICT (@2) DO NOTHING;\nIF FOUND THEN\nRETURN NULL;\nEND IF;\nEND",
        "VALUES\n(es_entity, es_@1)\nON CONFLICT (@2) DO NOTHING;\nRETURN NULL;\nEND",
    ),
    mutation(
        "chosen.rs: a row that is missing counts as deleted",
        "DELETE FROM @1 AS v\nWHERE v.\"id\" OPERATOR(pg_catalog.=) es.es_entity@2\nAND (@3);\nIF FOUND THEN\nRETURN NULL;\nEND IF;",
        "DELETE FROM @1 AS v\nWHERE v.\"id\" OPERATOR(pg_catalog.=) es.es_entity@2\nAND (@3);\nRETURN NULL;",
    ),
    mutation(
        "chosen.rs: what is written is left to be written again",
        "AND v.\"version\" OPERATOR(pg_catalog.<) es_sequence;\nIF FOUND THEN\nRETURN NULL;\nEND IF;",
        "AND v.\"version\" OPERATOR(pg_catalog.<) es_sequence;",
    ),
    mutation(
        "chosen.rs: no row",
        "THEN  -- @1\n<<es_view>>",
        "THEN\nRETURN NULL;\nEND IF;\nIF false THEN  -- @1\n<<es_view>>",
    ),
];
