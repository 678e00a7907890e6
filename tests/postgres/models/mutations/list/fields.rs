//! What a step does to a column.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation("expression.rs: `+` → `-`", " + es_by;", " - es_by;"),
    mutation("expression.rs: `-` → `+`", " - es_by;", " + es_by;"),
    mutation("expression.rs: numeric, `+` → `-`", "::numeric + (", "::numeric - ("),
    mutation("expression.rs: numeric, `-` → `+`", "::numeric - (", "::numeric + ("),
    mutation("change.rs: counts two", "es_by := 1;", "es_by := 2;"),
    mutation(
        "expression.rs: any sum is in bounds",
        "IF (CASE WHEN es_by >= 0 THEN @1 END) THEN",
        "IF (true) THEN",
    ),
    mutation("expression.rs: downwards for upwards", "CASE WHEN es_by >= 0 THEN", "CASE WHEN es_by < 0 THEN"),
    mutation("expression.rs: up to the highest", " <= ('@1'::bigint - es_by)", " < ('@1'::bigint - es_by)"),
    mutation("expression.rs: down to the lowest", " >= ('@1'::bigint - es_by)", " > ('@1'::bigint - es_by)"),
    mutation(
        "expression.rs: decrement down to the lowest",
        " >= ('@1'::bigint + es_by)",
        " > ('@1'::bigint + es_by)",
    ),
    mutation(
        "expression.rs: decrement up to the highest",
        " <= ('@1'::bigint + es_by)",
        " < ('@1'::bigint + es_by)",
    ),
    mutation("expression.rs: greatest → least", ":= greatest(", ":= least("),
    mutation("expression.rs: least → greatest", ":= least(", ":= greatest("),
    mutation(
        "expression.rs: max in the database's order",
        r#":= greatest(es_row.@1 COLLATE pg_catalog."C","#,
        ":= greatest(es_row.@1,",
    ),
    mutation(
        "expression.rs: min in the database's order",
        r#":= least(es_row.@1 COLLATE pg_catalog."C","#,
        ":= least(es_row.@1,",
    ),
    mutation("expression.rs: toggle leaves it", ":= NOT coalesce(es_row.", ":= coalesce(es_row."),
    mutation(
        "expression.rs: nothing is toggled to false",
        ":= NOT coalesce(es_row.@1, false)",
        ":= NOT coalesce(es_row.@1, true)",
    ),
    mutation(
        "expression.rs: add what is a member already",
        "CASE WHEN @1 <> ALL (es_row.@2) THEN",
        "CASE WHEN true THEN",
    ),
    mutation("expression.rs: add, `<> ALL` → `= ALL`", "<> ALL (", "= ALL ("),
    mutation("expression.rs: add, `ALL` → `ANY`", "<> ALL (", "<> ANY ("),
    mutation(
        "expression.rs: append → prepend",
        "es_row.@1 := array_append(es_row.@1, @2);",
        "es_row.@1 := array_prepend(@2, es_row.@1);",
    ),
    mutation(
        "expression.rs: push does nothing",
        "-- push @1\nes_value := @2;\nIF (@3) THEN\nes_row.@4 := array_append(@5);",
        "-- push @1\nes_value := @2;\nIF (@3) THEN\nNULL;",
    ),
    mutation("expression.rs: remove does nothing", "es_row.@1 := array_remove(es_row.@1, @2);", "NULL;"),
    mutation("expression.rs: remove → append", ":= array_remove(", ":= array_append("),
    mutation("change.rs: no overflow", "IF (es_number OPERATOR(pg_catalog.>=) @1) THEN", "IF (true) THEN"),
    mutation(
        "change.rs: upper bound, `<=` → `<`",
        "es_number OPERATOR(pg_catalog.>=) @1 AND es_number OPERATOR(pg_catalog.<=) @2)",
        "es_number OPERATOR(pg_catalog.>=) @1 AND es_number OPERATOR(pg_catalog.<) @2)",
    ),
    mutation(
        "change.rs: lower bound, `>=` → `>`",
        "es_number OPERATOR(pg_catalog.>=) @1 AND es_number OPERATOR(pg_catalog.<=) @2)",
        "es_number OPERATOR(pg_catalog.>) @1 AND es_number OPERATOR(pg_catalog.<=) @2)",
    ),
    mutation(
        "expression.rs: clear makes a counter 1",
        "-- clear @1\nes_row.@2 := 0;",
        "-- clear @1\nes_row.@2 := 1;",
    ),
    mutation(
        "expression.rs: clear makes a counter NULL",
        "-- clear @1\nes_row.@2 := 0;",
        "-- clear @1\nes_row.@2 := NULL;",
    ),
    mutation("expression.rs: clear keeps members", "-- clear @1\nes_row.@2 := '{}';", "-- clear @1\nNULL;"),
    mutation("change.rs: clear keeps a value", "-- clear @1\nes_row.@2 := NULL;", "-- clear @1\nNULL;"),
    mutation("change.rs: None keeps a value", "= 'null' THEN\nes_row.@1 := NULL;", "= 'null' THEN\nNULL;"),
    mutation("change.rs: None keeps a counter", "= 'null' THEN\nes_row.@1 := 0;", "= 'null' THEN\nNULL;"),
    mutation(
        "field.rs: an absent key is not None",
        "es_value IS NULL OR jsonb_typeof(es_value) = 'null'",
        "jsonb_typeof(es_value) = 'null'",
    ),
    mutation(
        "field.rs: null is not None",
        "es_value IS NULL OR jsonb_typeof(es_value) = 'null'",
        "es_value IS NULL",
    ),
    mutation(
        "change.rs: no default",
        "IF es_value IS NULL THEN\nes_row.@1 := @2;",
        "IF es_value IS NULL THEN\nNULL;",
    ),
    mutation(
        "change.rs: the default for null too",
        "IF es_value IS NULL THEN\nes_row",
        "IF es_value IS NULL OR jsonb_typeof(es_value) = 'null' THEN\nes_row",
    ),
    mutation("change.rs: absent lists refused", "IF es_list IS NULL THEN", "IF false THEN"),
    mutation("field.rs: a key under two names", "num_nonnulls(@1) > 1", "num_nonnulls(@1) > 2"),
    mutation("field.rs: the alias is not read", ":= coalesce(es_content -> @1, @2);", ":= es_content -> @1;"),
    mutation("change.rs: elements from the second", "FOR es_at IN 0 ..", "FOR es_at IN 1 .."),
    mutation(
        "change.rs: elements but the last",
        "jsonb_array_length(es_list) - 1",
        "jsonb_array_length(es_list) - 2",
    ),
    mutation(
        "change.rs: elements backwards",
        "FOR es_at IN 0 .. jsonb_array_length(es_list) - 1",
        "FOR es_at IN REVERSE jsonb_array_length(es_list) - 1 .. 0",
    ),
    mutation("change.rs: the first element each time", "es_list -> es_at;", "es_list -> 0;"),
    mutation("change.rs: no array, no matter", "IF jsonb_typeof(es_list) = 'array' THEN", "IF true THEN"),
    mutation(
        "field.rs: an internal newtype with its tag",
        "es_value := es_event.@1 - '@2';",
        "es_value := es_event.@1;",
    ),
    mutation("change.rs: a literal is not set", "-- set @1\nes_row.@2 := '@3';", "-- set @1\nNULL;"),
    mutation("change.rs: `true` → `false`", "es_row.@1 := true;", "es_row.@1 := false;"),
    mutation(
        "change.rs: the time of the first event",
        ": the recorded time\nes_row.@1 := es_event.@2;",
        ": the recorded time\nes_row.@1 := es_row.\"created_at\";",
    ),
    mutation("change.rs: the sequence plus 1", ":= es_sequence::bigint;", ":= es_sequence::bigint + 1;"),
    mutation("change.rs: the version for the sequence", ":= es_sequence::bigint;", ":= es_base;"),
    mutation(
        "field.rs: null inside is not absent",
        ":= CASE WHEN jsonb_typeof(@1) <> 'null' THEN @1 END;",
        ":= @1;",
    ),
    mutation("field.rs: a path backwards", "-> 'it''s' -> '0'", "-> '0' -> 'it''s'"),
    mutation(
        "field.rs: a path without its end",
        "CASE WHEN jsonb_typeof(es_value -> @1) <> 'null' THEN es_value -> @1 END",
        "CASE WHEN jsonb_typeof(es_value) <> 'null' THEN es_value END",
    ),
    mutation("field.rs: the payload for the context", r#"es_event."context" ->"#, r#"es_event."event" ->"#),
    mutation(
        "field.rs: a path in the context without its first key",
        r#"es_event."context" -> 'é' ->"#,
        r#"es_event."context" ->"#,
    ),
    mutation(
        "types: an integer with a fraction",
        "pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 AND ",
        "",
    ),
    mutation(
        "types: one more than an i8",
        "es_value::numeric OPERATOR(pg_catalog.<=) 127 ELSE",
        "es_value::numeric OPERATOR(pg_catalog.<=) 128 ELSE",
    ),
    mutation(
        "types: one less than a u64",
        "OPERATOR(pg_catalog.>=) 0 AND es_value::numeric OPERATOR(pg_catalog.<=) 18446744073709551615 ELSE",
        "OPERATOR(pg_catalog.>=) 0 AND es_value::numeric OPERATOR(pg_catalog.<=) 18446744073709551614 ELSE",
    ),
    mutation(
        "types: anything for a string",
        "(pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string')",
        "(true)",
    ),
    mutation(
        "types: anything for a bool",
        "(pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'boolean')",
        "(true)",
    ),
];
