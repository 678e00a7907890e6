//! The history: which rows it keeps, and when.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "versions.rs: an ordinary row is not kept",
        "SELECT @1 FROM es_moved AS m;",
        "SELECT @1 FROM es_moved AS m WHERE false;",
    ),
    mutation(
        "versions.rs: an ordinary row is kept under another version",
        "RETURNING r.\"id\", r.\"version\"",
        "RETURNING r.\"id\", r.\"version\" - 1 AS \"version\"",
    ),
    mutation(
        "versions.rs: a row that begins is kept under another version",
        "RETURNING @1.\"id\", @1.\"version\"@2\n)\nINSERT",
        "RETURNING @1.\"id\", @1.\"version\" + 1 AS \"version\"@2\n)\nINSERT",
    ),
    mutation(
        "versions.rs: other rows are not kept",
        "true, es.es_above::bigint) AS f\nWHERE NOT f.es_deleted;",
        "true, es.es_above::bigint) AS f\nWHERE false;",
    ),
    mutation(
        "versions.rs: the event that deletes is kept",
        "true, es.es_above::bigint) AS f\nWHERE NOT f.es_deleted;",
        "true, es.es_above::bigint) AS f;",
    ),
    mutation(
        "versions.rs: only the last row is kept",
        "true, es.es_above::bigint) AS f\nWHERE",
        "false, es.es_above::bigint) AS f\nWHERE",
    ),
    mutation(
        "versions.rs: all are kept again",
        "true, es.es_above::bigint) AS f\nWHERE",
        "true, 0::bigint) AS f\nWHERE",
    ),
    mutation(
        "versions.rs: later events are kept too",
        ", false, es_uptos[es_place]::bigint, @1es.es_above::bigint) AS f",
        ", false, NULL::bigint, @1es.es_above::bigint) AS f",
    ),
    mutation(
        "fold.rs: the kept row is not read",
        "ELSIF es_from > 0 THEN\nSELECT",
        "ELSIF false THEN\nSELECT",
    ),
    mutation(
        "fold.rs: another kept row is read",
        "AND h.\"version\" = es.es_begin;",
        "ORDER BY h.\"version\" LIMIT 1;",
    ),
    mutation(
        "fold.rs: the kept row of any entity is read",
        "WHERE h.\"id\" = es.es_entity AND h.\"version\" = es.es_begin;",
        "WHERE h.\"version\" = es.es_begin;",
    ),
    mutation(
        "fold.rs: events before the kept row",
        "coalesce(r.\"version\", es.es_begin)",
        "coalesce(r.\"version\", 0)",
    ),
    mutation(
        "rebuild.rs: the history of an entity that has ended goes",
        "FROM @1_fold\"(es.es_entities::@2true, 0::bigint) AS f\nWHERE NOT f.es_deleted\n",
        "FROM @1_fold\"(es.es_entities::@2true, 0::bigint) AS f\nWHERE NOT f.es_deleted AND EXISTS (SELECT FROM @1\" AS x WHERE x.\"id\" = (f.es_state).\"id\")\n",
    ),
    mutation(
        "rebuild.rs: the history is not compared",
        "AND r.\"version\" = (f.es_state).\"version\"\n-- Compared byte by byte, since not every type has an operator for it.\nWHERE ROW",
        "AND r.\"version\" = (f.es_state).\"version\"\n-- Compared byte by byte, since not every type has an operator for it.\nWHERE false AND ROW",
    ),
];
