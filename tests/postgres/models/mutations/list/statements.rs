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
    mutation(
        "apply.rs: rows in another order",
        "array_agg(e.es_id ORDER BY e.es_id)",
        "array_agg(e.es_id ORDER BY e.es_id DESC)",
    ),
    mutation("apply.rs: rows of some", "LEFT JOIN LATERAL (", "JOIN LATERAL ("),
    mutation(
        "apply.rs: a row an event",
        "min(e.@1) AS es_first FROM @2 GROUP BY 1) AS e;",
        "min(e.@1) AS es_first FROM @2 GROUP BY 1, e.@1) AS e;",
    ),
    mutation(
        "apply.rs: rows of those that begin, `<>` → `=`",
        "FILTER (WHERE e.es_first <> 1)",
        "FILTER (WHERE e.es_first = 1)",
    ),
    mutation(
        "apply.rs: rows of those that begin too",
        "FILTER (WHERE e.es_first <> 1)",
        "FILTER (WHERE true)",
    ),
    mutation(
        "apply.rs: what begins with the row of the one before",
        "es_row := NULL;  -- there is no row yet",
        "NULL;",
    ),
    mutation(
        "apply.rs: what begins, `= 1` → `<= 2`",
        "IF es_sequence = 1 THEN\nes_row := NULL;",
        "IF es_sequence <= 2 THEN\nes_row := NULL;",
    ),
    mutation(
        "apply.rs: what begins, `= 1` → `< 1`",
        "IF es_sequence = 1 THEN\nes_row := NULL;",
        "IF es_sequence < 1 THEN\nes_row := NULL;",
    ),
    mutation(
        "apply.rs: the row is the one before",
        "FETCH es_stored INTO es_row;",
        "FETCH RELATIVE 0 FROM es_stored INTO es_row;",
    ),
    mutation("apply.rs: many are alone", "IF es_event.es_second IS NOT NULL THEN", "IF false THEN"),
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
        "-- The stream has ended, or may have.\nPERFORM @1\nFROM @2\nWHERE @3\nORDER BY @4\nLIMIT 1;\nes_base := @5;",
        "es_base := es_version;",
    ),
    mutation(
        "apply.rs: what ended stays where sequences increase",
        "-- The stream has ended, or may have.\nes_base := @1;",
        "-- The stream has ended, or may have.\nes_base := es_version;",
    ),
    mutation(
        "apply.rs: what ended is written",
        "ELSIF es_deleted OR es_base = 0 AND (@1 OR EXISTS (",
        "ELSIF false AND (@1 OR EXISTS (",
    ),
    mutation(
        "apply.rs: the next entity has ended too",
        "es_version := es_base;\nes_deleted := false;\nEND IF;\nIF es_version IS NULL",
        "es_version := es_base;\nEND IF;\nIF es_version IS NULL",
    ),
    mutation(
        "each.rs: what begins is a replay of its own fold",
        "IF es_version IS NOT NULL THEN\nIF NOT @1 THEN",
        "IF es_version IS NOT NULL THEN\nIF true THEN",
    ),
    mutation("each.rs: replay below 1, dropped", "IF es_sequence < 1 OR NOT", "IF NOT"),
    mutation(
        "each.rs: replay below 1, `< 1` → `< 0`",
        "IF es_sequence < 1 OR NOT",
        "IF es_sequence < 0 OR NOT",
    ),
    mutation("each.rs: replay, `NOT` dropped", "IF es_sequence < 1 OR NOT", "IF es_sequence < 1 OR"),
    mutation(
        "transaction.rs: the statement's own fold is a replay, `>` → `<`",
        "WHERE @1 AND r.cmin::text::bigint > e.cmin::text::bigint",
        "WHERE @1 AND r.cmin::text::bigint < e.cmin::text::bigint",
    ),
    mutation("transaction.rs: nothing was folded here", "RETURN EXISTS (", "RETURN false AND EXISTS ("),
    mutation(
        "each.rs: replay is not refused",
        "IF es_sequence < 1 OR NOT @1 THEN\nIF current_setting(@2\n@3\n@4\n) THEN\n@5\nEND IF;\nPERFORM @6;",
        "IF es_sequence < 1 OR NOT @1 THEN\nNULL;",
    ),
    mutation(
        "each.rs: what is folded is folded again",
        "END IF;\nPERFORM @1;\nEND IF;\nRETURN;\nELSIF",
        "END IF;\nPERFORM @1;\nEND IF;\nELSIF",
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
        "-- The row is behind@1\nIF current_setting('session_replication_role')@7\nSELECT FROM pg_trigger AS t\nWHERE @8\n) THEN\nRETURN;@9\nEND IF;\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN",
        "-- The row is behind@1\nNULL;\nRETURN",
    ),
    mutation(
        "each.rs: the event is folded after the log",
        "-- The row is behind@1\nIF current_setting('session_replication_role')@7\nSELECT FROM pg_trigger AS t\nWHERE @8\n) THEN\nRETURN;@9\nEND IF;\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN;",
        "-- The row is behind@1\nPERFORM @2;",
    ),
    mutation(
        "each.rs: the version begins with 0",
        "es_version := es_base;\nIF es_sequence <= es_base",
        "es_version := 0;\nIF es_sequence <= es_base",
    ),
    mutation(
        "each.rs: what ended stays",
        "WHERE @8\n) THEN\nRETURN;  -- checked once all rows of the publisher's transaction have arrived\nEND IF;\nes_base := @2;\nIF @3 THEN\nPERFORM @4;\nEND IF;\nRETURN;\nEND IF;\nIF es_base = 0",
        "WHERE @8\n) THEN\nRETURN;\nEND IF;\nRETURN;\nEND IF;\nIF es_base = 0",
    ),
    mutation(
        "each.rs: what ended is written",
        "IF es_deleted OR es_base = 0 AND (@1 OR EXISTS (",
        "IF false AND (@1 OR EXISTS (",
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
    mutation(
        "catch_up.rs: the base is 0",
        "FOR UPDATE;\nes_base := coalesce(es_base, 0);",
        "FOR UPDATE;\nes_base := 0;",
    ),
    mutation("catch_up.rs: what ended stays", "IF es_folded.es_deleted THEN\nDELETE FROM @1;\nEND IF;", ""),
    mutation(
        "catch_up.rs: nothing is written",
        "IF NOT FOUND THEN\n-- Nothing is left",
        "IF true THEN\n-- Nothing is left",
    ),
    mutation(
        "fold.rs: `>` → `>=`",
        r#"AND e."sequence" > coalesce(r."version", 0)"#,
        r#"AND e."sequence" >= coalesce(r."version", 0)"#,
    ),
    mutation(
        "fold.rs: all of the log",
        r#"AND e."sequence" > coalesce(r."version", 0)"#,
        r#"AND e."sequence" > 0"#,
    ),
    mutation(
        "fold.rs: the log of all entities",
        r#"WHERE e."id" = n.es_id AND e."sequence" > coalesce("#,
        r#"WHERE e."sequence" > coalesce("#,
    ),
    mutation("fold.rs: the last sequence", r#"AND e."sequence" <= coalesce(es.es_last, @1)"#, ""),
    mutation("fold.rs: a gap is not refused", "IF es_sequence <> es_version + 1 OR", "IF"),
    mutation(
        "fold.rs: gap, `<>` → `<`",
        "IF es_sequence <> es_version + 1 OR",
        "IF es_sequence < es_version + 1 OR",
    ),
    mutation(
        "fold.rs: recorded later, `>` → `>=`",
        "OR coalesce(@1 > es_until, false)",
        "OR coalesce(@1 >= es_until, false)",
    ),
    mutation(
        "fold.rs: recorded later, the next goes on",
        "es_past := es_past OR coalesce",
        "es_past := coalesce",
    ),
    mutation("fold.rs: recorded later", "CONTINUE WHEN es_past;", ""),
    mutation(
        "fold.rs: the next entity has ended too",
        "es_deleted := false;\nes_past",
        "es_deleted := coalesce(es_deleted, false);\nes_past",
    ),
    mutation("fold.rs: the row of the one before", "es_row := NULL;\nIF es_stored", "IF es_stored"),
    mutation(
        "fold.rs: the stored row is not read",
        "IF es_stored THEN\nSELECT r.*",
        "IF false THEN\nSELECT r.*",
    ),
    mutation("fold.rs: the last only", "IF es_each THEN", "IF false THEN"),
    mutation("apply.rs: the cursor is left open", "CLOSE es_stored;", "NULL;"),
    mutation("rebuild.rs: what has ended", "WHERE NOT f.es_deleted\n)", ")"),
    mutation("rebuild.rs: nothing is dropped", "AND (d.es_state).\"id\" IS NULL", "AND false"),
    mutation("rebuild.rs: nothing is mended", "AND (d.es_state).\"id\" IS NOT NULL", "AND false"),
    mutation("rebuild.rs: nothing is missing", "WHERE f.es_id IS NULL", "WHERE false"),
    mutation("rebuild.rs: a column is not written", ",\n\"@1\" = (d.es_state).\"@1\"\nFROM", "\nFROM"),
    mutation(
        "rebuild.rs: the stored rows count",
        "_fold\"(es.es_entities::@1, false, NULL",
        "_fold\"(es.es_entities::@1, true, NULL",
    ),
    mutation(
        "history.rs: what is behind stays",
        "WHERE r.\"id\" = (f.es_state).\"id\" AND r.\"version\" < (f.es_state).\"version\"",
        "WHERE false",
    ),
    mutation("history.rs: what has no row stays", "f.es_base IS NULL\nON CONFLICT", "false\nON CONFLICT"),
    mutation("history.rs: what ended stays", "WHERE f.es_deleted AND r.\"id\"", "WHERE false AND r.\"id\""),
    mutation(
        "history.rs: nothing is folded",
        "FROM es_folded AS f\nWHERE",
        "FROM es_folded AS f\nWHERE false AND",
    ),
    mutation(
        "history.rs: what has a row is folded no further",
        r#"WHERE e."sequence" > coalesce(r."version", 0)"#,
        r#"WHERE r."version" IS NULL"#,
    ),
];
