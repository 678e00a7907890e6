//! Which events are folded, and what is said of others.

use super::super::Mutation;
use super::mutation;

pub(super) const ALL: &[Mutation] = &[
    mutation(
        "step.rs: counters begin with 1",
        "es_row.\"created_at\" := es_event.\"recorded_at\";\nes_row.@1 := 0;",
        "es_row.\"created_at\" := es_event.\"recorded_at\";\nes_row.@1 := 1;",
    ),
    mutation(
        "step.rs: members begin NULL",
        "es_row.\"created_at\" := es_event.\"recorded_at\";\nes_row.@1 := '{}';",
        "es_row.\"created_at\" := es_event.\"recorded_at\";\nNULL;",
    ),
    mutation(
        "step.rs: every event begins, `=` → `>=`",
        "IF es_version = 0 THEN\nes_row",
        "IF es_version >= 0 THEN\nes_row",
    ),
    mutation(
        "step.rs: created when modified",
        r#"es_row."modified_at" := es_event."recorded_at";"#,
        r#"es_row."modified_at" := es_event."recorded_at"; es_row."created_at" := es_row."modified_at";"#,
    ),
    mutation(
        "step.rs: modified when created",
        r#"es_row."modified_at" := es_event."recorded_at";"#,
        r#"es_row."modified_at" := coalesce(es_row."modified_at", es_event."recorded_at");"#,
    ),
    mutation("step.rs: the version plus 1", "es_version := es_sequence;", "es_version := es_sequence + 1;"),
    mutation(
        "step.rs: events after the end",
        "IF es_deleted THEN\nPERFORM @1'RU011'",
        "IF false THEN\nPERFORM @1'RU011'",
    ),
    mutation("step.rs: the end does not end", "es_deleted := true;", "es_deleted := false;"),
    mutation("step.rs: create, `NOT IN` → `IN`", "IF es_tag NOT IN (@1) THEN", "IF es_tag IN (@1) THEN"),
    mutation("step.rs: anything creates", "IF es_tag NOT IN (@1) THEN", "IF false THEN"),
    mutation("step.rs: create twice", "IF es_version > 0 THEN\nPERFORM", "IF false THEN\nPERFORM"),
    mutation("step.rs: create never", "IF es_version > 0 THEN\nPERFORM", "IF true THEN\nPERFORM"),
    mutation(
        "step.rs: what is unknown was not created",
        "THEN 'RU003' ELSE 'RU006' END",
        "THEN 'RU003' ELSE 'RU003' END",
    ),
    mutation("step.rs: `other` without a type", "IF es_tag IS NULL THEN\nPERFORM", "IF false THEN\nPERFORM"),
    mutation(
        "step.rs: what is unknown is ignored",
        "PERFORM @1(CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END@2;",
        "NULL;",
    ),
    mutation(
        "step.rs: what has no type is unknown",
        "CASE WHEN es_tag IS NULL THEN 'RU007' ELSE 'RU006' END",
        "'RU006'",
    ),
    mutation(
        "event.rs: content of a struct",
        "IF (jsonb_typeof(es_content) = 'object') IS NOT TRUE THEN",
        "IF false THEN",
    ),
    mutation(
        "event.rs: content of a tuple",
        "IF (jsonb_typeof(es_content) = 'array') IS NOT TRUE THEN",
        "IF false THEN",
    ),
    mutation("event.rs: content of a unit", "IF jsonb_typeof(es_content) <> 'null' THEN", "IF false THEN"),
    mutation(
        "event.rs: content of an external unit",
        "IF jsonb_typeof(@1) = 'object' AND (jsonb_typeof(es_content) = 'null') IS NOT TRUE THEN",
        "IF false THEN",
    ),
    mutation("event.rs: no content of an external newtype", "IF es_content IS NULL THEN", "IF false THEN"),
    mutation(
        "event.rs: two keys where there is one",
        "'object' AND es_content - es_tag = '{}' THEN",
        "'object' THEN",
    ),
    mutation(
        "event.rs: a tag that is no string",
        "es_tag := CASE WHEN jsonb_typeof(@1 -> @2) = 'string' THEN @3 END;",
        "es_tag := @3;",
    ),
    mutation(
        "refuse.rs: a missing key is null",
        "WHEN es_value IS NULL THEN 'RU008'",
        "WHEN es_value IS NULL THEN 'RU009'",
    ),
    mutation("refuse.rs: null is wrong", "= 'null' THEN 'RU009'", "= 'null' THEN 'RU010'"),
    mutation("refuse.rs: the column is not named", ", COLUMN = es_column;", ";"),
    mutation("refuse.rs: the table is not named", ", TABLE = '@1'", ""),
    mutation(
        "refuse.rs: the version for the sequence",
        "is refused: %s', es_sequence,",
        "is refused: %s', es_version,",
    ),
    mutation(
        "table.rs: a column may be NULL",
        "\"modified_at\" timestamp with time zone NOT NULL,\n\"@1\" @2 NOT NULL",
        "\"modified_at\" timestamp with time zone NOT NULL,\n\"@1\" @2",
    ),
    mutation("trigger.rs: for updates", "AFTER INSERT ON", "AFTER UPDATE ON"),
    mutation("revert.rs: a function stays", "EXECUTE format('DROP ROUTINE %s', es_one.es_name);", "NULL;"),
];
