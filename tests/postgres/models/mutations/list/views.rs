//! What a view does with an event: which rows it finds, and what it writes.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "put.rs: the version itself is folded again",
        "AND e.@1 > es_froms[s.es_place::integer] AND",
        "AND e.@1 >= es_froms[s.es_place::integer] AND",
    ),
    mutation("put.rs: all events are folded again", "AND e.@1 > es_froms[s.es_place::integer] AND", "AND"),
    mutation(
        "put.rs: the last event is left out",
        "AND e.@1 <= es_uptos[s.es_place::integer]\nORDER",
        "AND e.@1 < es_uptos[s.es_place::integer]\nORDER",
    ),
    mutation("put.rs: the events of all entities", "WHERE e.@1 = s.es_id", "WHERE e.@1 IS NOT NULL"),
    mutation(
        "put.rs: the last event comes first",
        "ORDER BY e.@1\n) AS e\nLOOP",
        "ORDER BY e.@1 DESC\n) AS e\nLOOP",
    ),
    mutation(
        "put.rs: a type of event that the view does not take",
        "IF es_tag IN ('@1', @2) THEN\n<<es_view>>",
        "IF es_tag IN (@2) THEN\n<<es_view>>",
    ),
    mutation(
        "put.rs: no type of event is another",
        "IF es_tag NOT IN (@1) THEN\n<<es_view>>",
        "IF true THEN\n<<es_view>>",
    ),
    mutation(
        "put.rs: rows are not emptied",
        "THEN  -- @1\nDELETE FROM @2 AS v WHERE v.\"id\" = es.es_entity;",
        "THEN  -- @1",
    ),
    mutation(
        "put.rs: rows are emptied before each element",
        "DELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity;\nes_list := @2;\nIF jsonb_typeof(es_list) = 'array' THEN\nes_elements := es_list;\nFOR @3 LOOP",
        "es_list := @2;\nIF jsonb_typeof(es_list) = 'array' THEN\nes_elements := es_list;\nFOR @3 LOOP\nDELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity;",
    ),
    mutation(
        "put.rs: rows of all entities are deleted",
        "DELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity AND",
        "DELETE FROM @1 AS v WHERE",
    ),
    mutation(
        "put.rs: rows are deleted without the first part",
        "DELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity AND v.@2 = es_view.es_key_1",
        "DELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity AND true",
    ),
    mutation(
        "put.rs: rows are deleted without the second part",
        "DELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity AND v.@2 = es_view.es_key_1 AND v.@3 = es_view.es_key_2",
        "DELETE FROM @1 AS v WHERE v.\"id\" = es.es_entity AND v.@2 = es_view.es_key_1",
    ),
    mutation(
        "put.rs: the row of any entity is found",
        "SELECT v.* INTO es_row FROM @1 AS v WHERE v.\"id\" = es.es_entity AND",
        "SELECT v.* INTO es_row FROM @1 AS v WHERE",
    ),
    mutation(
        "put.rs: a row is found without its first part",
        "SELECT v.* INTO es_row FROM @1 AS v WHERE v.\"id\" = es.es_entity AND v.@2 = es_view.es_key_1",
        "SELECT v.* INTO es_row FROM @1 AS v WHERE v.\"id\" = es.es_entity AND true",
    ),
    mutation(
        "put.rs: a row is found without its second part",
        " AND v.@1 = es_view.es_key_1 AND v.@2 = es_view.es_key_2;\nes_found",
        " AND v.@1 = es_view.es_key_1;\nes_found",
    ),
    mutation(
        "put.rs: the parts are swapped",
        "es_row.@1 := es_key_1;\nes_row.@2 := es_key_2;",
        "es_row.@1 := es_key_2;\nes_row.@2 := es_key_1;",
    ),
    mutation(
        "put.rs: the second part is the first",
        "= es_view.es_key_1 AND v.@1 = es_view.es_key_2",
        "= es_view.es_key_1 AND v.@1::text = es_view.es_key_1::text",
    ),
    mutation(
        "write.rs: rows of all entities are changed",
        "WHERE v.\"id\" = es.es_entity AND v.@1;\nELSE",
        "WHERE v.@1;\nELSE",
    ),
    mutation(
        "write.rs: a row of a view gets another time of creation",
        "AS v SET\n\"version\" = es_row.\"version\",\n\"modified_at\" = es_row.\"modified_at\"",
        "AS v SET\n\"version\" = es_row.\"version\",\n\"modified_at\" = es_row.\"modified_at\", \"created_at\" = es_row.\"modified_at\"",
    ),
    mutation(
        "write.rs: the time of a change of a view is not written",
        "AS v SET\n\"version\" = es_row.\"version\",\n\"modified_at\" = es_row.\"modified_at\"",
        "AS v SET\n\"version\" = es_row.\"version\"",
    ),
    mutation(
        "write.rs: the version of a row of a view is not written",
        "AS v SET\n\"version\" = es_row.\"version\",",
        "AS v SET",
    ),
    mutation(
        "write.rs: a column of a view is not written",
        "AS v SET\n\"version\" = es_row.\"version\",\n\"modified_at\" = es_row.\"modified_at\",\n@1 = es_row.@1",
        "AS v SET\n\"version\" = es_row.\"version\",\n\"modified_at\" = es_row.\"modified_at\",\n@1 = v.@1",
    ),
    mutation(
        "put.rs: a new row has no time of creation",
        "es_row.@1 := es_key_1;\nes_row.\"created_at\" := @2;",
        "es_row.@1 := es_key_1;",
    ),
    mutation(
        "put.rs: a row has the version before",
        "es_row.\"version\" := es_sequence;\n",
        "es_row.\"version\" := es_version;\n",
    ),
    mutation(
        "put.rs: a row that is added begins with nothing",
        "IF NOT es_found THEN\nes_row.\"id\" := es_entity;",
        "IF NOT es_found THEN\nes_row.\"id\" := es_entity;\nEND IF;\nIF false THEN",
    ),
    mutation(
        "put.rs: a row that is added is always new",
        "IF es_found THEN\nUPDATE",
        "IF false THEN\nUPDATE",
    ),
    mutation("put.rs: a row that is added is never new", "IF es_found THEN\nUPDATE", "IF true THEN\nUPDATE"),
    mutation(
        "put.rs: the first element only",
        "FOR es_nth IN 0 .. jsonb_array_length(es_elements) - 1 LOOP\nes_element :=",
        "FOR es_nth IN 0 .. least(jsonb_array_length(es_elements) - 1, 0) LOOP\nes_element :=",
    ),
    mutation(
        "put.rs: not the first element",
        "FOR es_nth IN 0 .. jsonb_array_length(es_elements) - 1 LOOP\nes_element :=",
        "FOR es_nth IN 1 .. jsonb_array_length(es_elements) - 1 LOOP\nes_element :=",
    ),
    mutation(
        "put.rs: not the last element",
        "FOR es_nth IN 0 .. jsonb_array_length(es_elements) - 1 LOOP\nes_element :=",
        "FOR es_nth IN 0 .. jsonb_array_length(es_elements) - 2 LOOP\nes_element :=",
    ),
    mutation(
        "change.rs: elements of a set in their order",
        "SELECT coalesce(jsonb_agg(es_value ORDER BY es_key@1, es_nth), '[]')\nFROM (\nSELECT DISTINCT ON (es_key@1) es_value, es_key, es_nth\nFROM (",
        "SELECT coalesce(jsonb_agg(es_value ORDER BY es_nth), '[]')\nFROM (\nSELECT DISTINCT ON (es_key@1) es_value, es_key, es_nth\nFROM (",
    ),
    mutation(
        "put.rs: a row that is missing is not changed",
        "SELECT v.* INTO es_row @1\nIF NOT FOUND THEN\nPERFORM @2('RU013'@3;\nEND IF;",
        "SELECT v.* INTO es_row @1\n",
    ),
    mutation(
        "put.rs: a row that is missing is not deleted",
        "DELETE FROM @1\nIF NOT FOUND THEN\nPERFORM @2('RU013'@3;\nEND IF;",
        "DELETE FROM @1\n",
    ),
    mutation(
        "put.rs: a row that exists is left as it is",
        "IF NOT FOUND THEN\nPERFORM @1('RU014'@2;\nEND IF;",
        "NULL;",
    ),
    mutation(
        "put.rs: a row that exists is overwritten",
        "ON CONFLICT (@1) DO NOTHING;\nIF NOT FOUND THEN\nPERFORM @2('RU014'",
        "ON CONFLICT (@1) DO UPDATE SET \"version\" = excluded.\"version\";\nIF NOT FOUND THEN\nPERFORM @2('RU014'",
    ),
    mutation(
        "constraints.rs: a check of a view is not tested",
        "IF (@1) IS FALSE THEN\nPERFORM @2('23514'@3, 'bound'::text, '@4",
        "IF false THEN\nPERFORM @2('23514'@3, 'bound'::text, '@4",
    ),
    mutation(
        "constraints.rs: a check of a view is about the root",
        ", 'bound'::text, '@1'::text);",
        ", 'bound'::text, NULL::text);",
    ),
];
