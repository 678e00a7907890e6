//! Who folds into the views and the history, and which events.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "apply.rs: one row, and nothing else",
        "ELSE\nPERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[es_base], ARRAY[es_version], false);\nEND IF;\nELSE",
        "END IF;\nELSE",
    ),
    mutation(
        "each.rs: one row, and nothing else",
        "ELSE\nPERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[es_base], ARRAY[es_version], false);\nEND IF;\nEND;",
        "END IF;\nEND;",
    ),
    mutation(
        "write.rs: rows that move, and nothing else",
        "SELECT @1_put\"(array_agg(m.\"id\"), array_agg(m.es_base), array_agg(m.\"version\"), false) INTO es_written",
        "SELECT count(*) INTO es_written",
    ),
    mutation(
        "write.rs: rows that are new, and nothing else",
        "SELECT @1_put\"(array_agg(m.\"id\"), array_agg(m.es_base), array_agg(m.\"version\"), false) INTO es_more",
        "SELECT count(*) INTO es_more",
    ),
    mutation(
        "write.rs: the base of a row that moved is its version",
        "RETURNING r.\"id\", n.es_base, r.\"version\"",
        "RETURNING r.\"id\", r.\"version\" AS es_base, r.\"version\"",
    ),
    mutation(
        "catch_up.rs: the row, and nothing else",
        "IF FOUND THEN\nPERFORM @1_put\"(ARRAY[es_entity]::@3[], ARRAY[es_base], ARRAY[(es_folded.es_state)@2;\n",
        "IF FOUND THEN\n",
    ),
    mutation(
        "catch_up.rs: rows of views stay when the entity ends",
        "DELETE FROM @1 AS r WHERE r.\"id\" = es.es_entity;\nDELETE FROM @2 AS v WHERE v.\"id\" = es.es_entity;",
        "DELETE FROM @1 AS r WHERE r.\"id\" = es.es_entity;",
    ),
    mutation(
        "ordinary.rs: the row, and nothing else",
        "IF FOUND THEN\nPERFORM @1_put\"(@2;\nRETURN NULL;",
        "IF FOUND THEN\nRETURN NULL;",
    ),
    mutation(
        "ordinary.rs: other tables without the event",
        "_put\"(ARRAY[es_entity]::@1[], ARRAY[es_sequence OPERATOR(pg_catalog.-) 1], ARRAY[es_sequence], false)",
        "_put\"(ARRAY[es_entity]::@1[], ARRAY[es_sequence], ARRAY[es_sequence], false)",
    ),
    mutation(
        "put.rs: the first entity for all",
        "es_entity := es_ids[es_event.es_place];",
        "es_entity := es_ids[1];",
    ),
    mutation(
        "put.rs: the version of the first entity for all",
        "es_version := es_froms[es_event.es_place];",
        "es_version := es_froms[1];",
    ),
    mutation(
        "put.rs: the version stays before the first event",
        "es_froms[es_event.es_place] := es_sequence;",
        "NULL;",
    ),
    mutation(
        "put.rs: entities after the first are left out",
        "FROM unnest((SELECT es_ids)) WITH",
        "FROM unnest((SELECT es_ids[1:1])) WITH",
    ),
    mutation(
        "put.rs: the history of the first entity for all",
        "es_entity := es_ids[es_place];\nes_above := es_froms[es_place];",
        "es_entity := es_ids[1];\nes_above := es_froms[1];",
    ),
    mutation(
        "put.rs: the history of all entities begins where that of the first does",
        "es_above := es_froms[es_place];",
        "es_above := es_froms[1];",
    ),
    mutation(
        "history.rs: rows, and nothing else",
        "SELECT @1_put\"(@2, false) INTO es_entities",
        "SELECT count(*) INTO es_entities",
    ),
    mutation(
        "rebuild.rs: other tables stay as they are",
        "WHERE ROW(@1)::record *<> ROW(@2)::record\n), es_dropped_1",
        "WHERE false\n), es_dropped_1",
    ),
    mutation(
        "rebuild.rs: rows of other tables that nothing accounts for stay",
        "AND (d.es_state).\"id\" IS NULL\nRETURNING 1\n), es_mended_1",
        "AND false\nRETURNING 1\n), es_mended_1",
    ),
    mutation(
        "rebuild.rs: rows of other tables that differ stay",
        "FROM es_drift_1 AS d\nWHERE @1 AND (d.es_state).\"id\" IS NOT NULL",
        "FROM es_drift_1 AS d\nWHERE false",
    ),
    mutation(
        "rebuild.rs: rows that other tables lack are not written",
        "FROM es_drift_1 AS f\nWHERE f.es_id IS NULL",
        "FROM es_drift_1 AS f\nWHERE false",
    ),
    mutation(
        "rebuild.rs: rows of other tables are not counted",
        "es_changed := es_changed + es_more;",
        "NULL;",
    ),
    mutation(
        "rebuild.rs: views without the last event",
        "CROSS JOIN LATERAL @1_views\"(r.\"id\", r.\"version\") AS f\n), es_folded_1",
        "CROSS JOIN LATERAL @1_views\"(r.\"id\", r.\"version\" - 1) AS f\n), es_folded_1",
    ),
    mutation(
        "verify.rs: views are not compared",
        "RETURN QUERY\nWITH es_states",
        "IF true THEN RETURN; END IF;\nRETURN QUERY\nWITH es_states",
    ),
    mutation(
        "at.rs: a time is no bound",
        "false, NULL::bigint, es_time::@1, false",
        "false, NULL::bigint, NULL::@1, false",
    ),
    mutation("changes.rs: every column is changed", "WHERE c.es_differs", "WHERE c.es_place > 0"),
    mutation(
        "changes.rs: the end of a stream changes nothing",
        "CASE WHEN NOT f.es_deleted THEN f.es_state END AS es_is",
        "f.es_state AS es_is",
    ),
    mutation(
        "refuse.rs: a view has refused nothing before in a fold from nothing",
        "PERFORM FROM @1_views\"(@2, es_before);",
        "NULL;",
    ),
    mutation("truncate.rs: another table is left", "TRUNCATE TABLE @1, @2;", "TRUNCATE TABLE @1;"),
    mutation("refuse.rs: no event before is looked at", "IF es_lower < es_before THEN", "IF false THEN"),
    mutation(
        "refuse.rs: the refused event is one before",
        "<= es_version AND e.@1 < es_sequence\n",
        "<= es_version + 1 AND e.@1 <= es_sequence\n",
    ),
    mutation(
        "refuse.rs: the last event before is not looked at",
        "<= es_version AND e.@1 < es_sequence\n",
        "< es_version AND e.@1 < es_sequence\n",
    ),
];
