//! How the rows of a statement and those of the log are folded and written.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation("apply.rs: no order", r#"ORDER BY "id", "sequence""#, ""),
    mutation(
        "apply.rs: not in the order of entities",
        r#"ORDER BY "id", "sequence""#,
        r#"ORDER BY "sequence""#,
    ),
    mutation("apply.rs: backwards", r#"ORDER BY "id", "sequence""#, r#"ORDER BY "id", "sequence" DESC"#),
    mutation(
        "apply.rs: `IS DISTINCT FROM` → `<>`",
        r#"es_event."id" IS DISTINCT FROM es_entity"#,
        r#"es_event."id" <> es_entity"#,
    ),
    mutation(
        "apply.rs: replay, `<=` → `<`",
        "IF es_sequence <= es_base THEN\n-- @1\n-- inserts events)",
        "IF es_sequence < es_base THEN\n-- @1\n-- inserts events)",
    ),
    mutation(
        "apply.rs: replay is not refused",
        ");\nPERFORM @1('RU002'::text, @2;\nELSIF",
        ");\nNULL;\nELSIF",
    ),
    mutation(
        "apply.rs: gap, `<>` → `<`",
        "ELSIF es_sequence <> es_version + 1@1 THEN\n-- @2\nes_base := @3;\nes_version := NULL",
        "ELSIF es_sequence < es_version + 1@1 THEN\n-- @2\nes_base := @3;\nes_version := NULL",
    ),
    mutation(
        "apply.rs: gap, `+ 1` → `+ 2`",
        "ELSIF es_sequence <> es_version + 1@1 THEN\n-- @2\nes_base := @3;\nes_version := NULL",
        "ELSIF es_sequence <> es_version + 2@1 THEN\n-- @2\nes_base := @3;\nes_version := NULL",
    ),
    mutation(
        "apply.rs: a gap is left alone",
        "-- The row is behind@1\nes_base := @2;\nes_version := NULL",
        "-- The row is behind@1\nNULL;\nes_version := NULL",
    ),
    mutation(
        "apply.rs: the log is read and folded",
        "IF es_version IS NULL THEN\nIF es_sequence > es_base",
        "IF false THEN\nIF es_sequence > es_base",
    ),
    mutation(
        "apply.rs: the version begins with 0",
        "es_version := es_base;\nEND IF;\nIF es_version IS NULL",
        "es_version := 0;\nEND IF;\nIF es_version IS NULL",
    ),
    mutation(
        "apply.rs: the base is 0",
        "es_base := coalesce(es_row.\"version\", 0);\nes_version := es_base;\nEND IF;\nIF es_version IS NULL",
        "es_base := 0;\nes_version := es_base;\nEND IF;\nIF es_version IS NULL",
    ),
    mutation(
        "apply.rs: another entity's event goes on",
        r#"IF es_event."id" = es_entity AND es_sequence = es_version + 1 THEN"#,
        "IF es_sequence = es_version + 1 THEN",
    ),
    mutation(
        "apply.rs: any event goes on",
        r#"IF es_event."id" = es_entity AND es_sequence = es_version + 1 THEN"#,
        r#"IF es_event."id" = es_entity THEN"#,
    ),
    mutation(
        "apply.rs: the version is not written",
        "es_row.\"version\" := es_version;\nIF es_version IS NULL",
        "IF es_version IS NULL",
    ),
    mutation("apply.rs: rows in another order", r#"ORDER BY e."id");"#, r#"ORDER BY e."id" DESC);"#),
    mutation("apply.rs: rows of some", "LEFT JOIN LATERAL (", "JOIN LATERAL ("),
    mutation("apply.rs: a row an event", "SELECT DISTINCT e.", "SELECT e."),
    mutation(
        "apply.rs: the row is the one before",
        "FETCH es_stored INTO es_row;",
        "FETCH RELATIVE 0 FROM es_stored INTO es_row;",
    ),
    mutation("apply.rs: many are alone", "IF NOT es_event.es_others AND", "IF es_event.es_others AND"),
    mutation("apply.rs: the first is alone", "IF NOT es_event.es_others AND", "IF true AND"),
    mutation("apply.rs: rows are not kept", "es_rows := array_append(es_rows, es_row);", "NULL;"),
    mutation("apply.rs: the last entity is left out", "UNION ALL SELECT NULL, NULL, NULL, NULL@1\n", "\n"),
    mutation("apply.rs: no exit", r#"EXIT WHEN es_event."id" IS NULL;"#, "NULL;"),
    mutation(
        "apply.rs: written only by the thousand",
        "IF cardinality(es_bases) >= 1000 OR @1 THEN",
        "IF cardinality(es_bases) >= 1000 THEN",
    ),
    mutation("apply.rs: rows are kept after they are written", "es_rows := NULL;", "NULL;"),
    mutation("apply.rs: bases are kept after rows are written", "es_bases := NULL;", "NULL;"),
    mutation(
        "apply.rs: bases are kept as 0",
        "array_append(es_bases, es_base)",
        "array_append(es_bases, 0::bigint)",
    ),
    mutation(
        "apply.rs: what ended stays",
        "ELSIF es_deleted THEN\nes_base := @1;",
        "ELSIF es_deleted THEN\nes_base := es_version;",
    ),
    mutation(
        "apply.rs: what ended is written",
        "ELSIF es_deleted THEN\nes_base := @1;\nIF @2 THEN\nPERFORM @3;\nEND IF;\n",
        "",
    ),
    mutation(
        "apply.rs: the next entity has ended too",
        "es_version := es_base;\nes_deleted := false;\nEND IF;\nIF es_version IS NULL",
        "es_version := es_base;\nEND IF;\nIF es_version IS NULL",
    ),
    mutation(
        "each.rs: replay, `<=` → `<`",
        "IF es_sequence <= es_base THEN\n-- @1\n-- statement, or",
        "IF es_sequence < es_base THEN\n-- @1\n-- statement, or",
    ),
    mutation("each.rs: replay below 1, dropped", "IF es_sequence < 1 OR NOT EXISTS (", "IF NOT EXISTS ("),
    mutation(
        "each.rs: replay below 1, `< 1` → `< 0`",
        "IF es_sequence < 1 OR NOT EXISTS (",
        "IF es_sequence < 0 OR NOT EXISTS (",
    ),
    mutation(
        "each.rs: replay, `NOT EXISTS` → `EXISTS`",
        "IF es_sequence < 1 OR NOT EXISTS (",
        "IF es_sequence < 1 OR EXISTS (",
    ),
    mutation(
        "each.rs: the statement's own fold is a replay, `>` → `<`",
        "AND r.cmin::text::bigint > e.cmin::text::bigint\nAND CASE @1 END\n) THEN",
        "AND r.cmin::text::bigint < e.cmin::text::bigint\nAND CASE @1 END\n) THEN",
    ),
    mutation(
        "each.rs: replay is not refused",
        ") THEN\nPERFORM @1('RU002'::text, @2;\nEND IF;",
        ") THEN\nNULL;\nEND IF;",
    ),
    mutation(
        "each.rs: what is folded is folded again",
        ") THEN\nPERFORM @1;\nEND IF;\nRETURN NULL;\nELSIF",
        ") THEN\nPERFORM @1;\nEND IF;\nELSIF",
    ),
    mutation(
        "each.rs: gap, `<>` → `<`",
        "ELSIF es_sequence <> es_version + 1@1 THEN\n-- @2\nIF current_setting",
        "ELSIF es_sequence < es_version + 1@1 THEN\n-- @2\nIF current_setting",
    ),
    mutation(
        "each.rs: gap, `+ 1` → `+ 2`",
        "ELSIF es_sequence <> es_version + 1@1 THEN\n-- @2\nIF current_setting",
        "ELSIF es_sequence <> es_version + 2@1 THEN\n-- @2\nIF current_setting",
    ),
    mutation(
        "each.rs: a gap is left alone",
        "-- The row is behind@1\nIF current_setting('session_replication_role')@7\nSELECT FROM pg_trigger AS t\nWHERE @8\n) THEN\nRETURN NULL;@9\nEND IF;\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN",
        "-- The row is behind@1\nNULL;\nRETURN",
    ),
    mutation(
        "each.rs: the event is folded after the log",
        "-- The row is behind@1\nIF current_setting('session_replication_role')@7\nSELECT FROM pg_trigger AS t\nWHERE @8\n) THEN\nRETURN NULL;@9\nEND IF;\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN NULL;",
        "-- The row is behind@1\nPERFORM @2;",
    ),
    mutation(
        "each.rs: what has no row begins",
        " OR es_base = 0 OR @1 THEN\n-- @2\nIF current_setting",
        " OR @1 THEN\n-- @2\nIF current_setting",
    ),
    mutation(
        "each.rs: the version begins with 0",
        "es_version := es_base;\nIF es_sequence <= es_base",
        "es_version := 0;\nIF es_sequence <= es_base",
    ),
    mutation(
        "each.rs: what ended stays",
        "IF es_deleted THEN\n-- @1\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN",
        "IF es_deleted THEN\n-- @1\nNULL;\nRETURN",
    ),
    mutation(
        "each.rs: what ended is written",
        "IF es_deleted THEN\n-- @1\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN NULL;",
        "IF false THEN\nNULL;",
    ),
    mutation("write.rs: one, `=` → `<>`", "IF es_base = 0 THEN\nINSERT", "IF es_base <> 0 THEN\nINSERT"),
    mutation(
        "write.rs: columns are swapped",
        "VALUES\n(es_row.\"id\", es_row.\"version\", es_row.\"created_at\", es_row.\"modified_at\"",
        "VALUES\n(es_row.\"id\", es_row.\"version\", es_row.\"modified_at\", es_row.\"created_at\"",
    ),
    mutation("write.rs: a column of one is not written", ",\n\"@1\" = es_row.\"@1\"\nWHERE", "\nWHERE"),
    mutation("write.rs: a column of many is not written", ",\n\"@1\" = (n.es_row).\"@1\"\nFROM", "\nFROM"),
    mutation("write.rs: the version of one is not written", "SET\n\"version\" = es_row.\"version\",", "SET"),
    mutation(
        "write.rs: the version of many is not written",
        "SET\n\"version\" = (n.es_row).\"version\",",
        "SET",
    ),
    mutation("write.rs: many, nothing is updated", "WHERE n.es_base > 0", "WHERE false"),
    mutation("write.rs: many, nothing is inserted", "WHERE n.es_base = 0\n", "WHERE false\n"),
    mutation("catch_up.rs: no order", r#"ORDER BY e."sequence""#, ""),
    mutation("catch_up.rs: backwards", r#"ORDER BY e."sequence""#, r#"ORDER BY e."sequence" DESC"#),
    mutation(
        "catch_up.rs: `>` → `>=`",
        r#"AND e."sequence" > es.es_base"#,
        r#"AND e."sequence" >= es.es_base"#,
    ),
    mutation("catch_up.rs: all of the log", r#"AND e."sequence" > es.es_base"#, r#"AND e."sequence" > 0"#),
    mutation(
        "catch_up.rs: the log of all entities",
        r#"WHERE e."id" = es.es_entity AND e."sequence" > es.es_base"#,
        r#"WHERE e."sequence" > es.es_base"#,
    ),
    mutation("catch_up.rs: a gap is not refused", "IF es_sequence <> es_version + 1 THEN", "IF false THEN"),
    mutation(
        "catch_up.rs: gap, `<>` → `=`",
        "IF es_sequence <> es_version + 1 THEN",
        "IF es_sequence = es_version + 1 THEN",
    ),
    mutation(
        "catch_up.rs: the base is 0",
        "FOR UPDATE;\nes_base := coalesce(es_row.\"version\", 0);",
        "FOR UPDATE;\nes_base := 0;",
    ),
    mutation("catch_up.rs: what ended stays", "IF es_deleted THEN\nDELETE FROM @1;\nEND IF;", ""),
    mutation(
        "catch_up.rs: nothing is written",
        "IF es_version = es_base THEN\nRETURN",
        "IF true THEN\nRETURN",
    ),
    mutation("history.rs: nothing is folded", "ORDER BY id\n) AS", "ORDER BY id LIMIT 0\n) AS"),
    mutation(
        "history.rs: what has a row is folded no further",
        r#"WHERE e."sequence" > coalesce(r."version", 0)"#,
        r#"WHERE r."version" IS NULL"#,
    ),
];
