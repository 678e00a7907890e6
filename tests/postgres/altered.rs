//! Columns that change or come while sessions are open: whoever used the trigger before goes on.

use crate::relation::{FORMS, append, folded, rows, stream, with_form};
use crate::support::{event_table, run, uuid};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

/// Entities whose events change no balance, after all others.
const THAWED: [u32; 2] = [5001, 5002];

fn thawed(id: u32, sequence: i32) -> (u32, i32, Value) {
    (id, sequence, json!({"type": "thawed"}))
}

/// The versions of their rows. Whatever was written wrongly is folded anew by the next event that does not follow it.
async fn thawed_versions(session: &mut PgConnection, table: &str) -> Vec<i32> {
    let sql = format!("SELECT version::integer FROM {table}_rollup WHERE id >= '{}'", uuid(THAWED[0]));
    sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(session).await.expect("they are read")
}

/// Appends to two old entities and to a new one in every way: alone, several, and the later event first.
async fn goes_on(session: &mut PgConnection, table: &str, version: &mut i32, next: &mut u32) {
    let at = *version;
    append(&mut *session, table, &stream(1, [at + 1])).await.expect("one event");
    append(&mut *session, table, &stream(1, at + 2..=at + 3)).await.expect("several of one entity");
    append(&mut *session, table, &[stream(2, at + 1..=at + 2), stream(1, [at + 4])].concat())
        .await
        .expect("several of two entities");
    append(&mut *session, table, &stream(2, [at + 4, at + 3])).await.expect("the later event first");
    append(&mut *session, table, &stream(*next, [1])).await.expect("a new entity");
    append(&mut *session, table, &[stream(*next, [3, 2]), stream(*next + 1, [1, 2, 3])].concat())
        .await
        .expect("several of new entities");
    // These can be written at once.
    for id in THAWED {
        append(&mut *session, table, &[thawed(id, at + 1)]).await.expect("an ordinary event");
    }
    assert_eq!(thawed_versions(session, table).await, [at + 1; 2]);
    let both = THAWED.map(|id| thawed(id, at + 2));
    append(&mut *session, table, &both).await.expect("an ordinary event of each of two entities");
    assert_eq!(thawed_versions(session, table).await, [at + 2; 2]);
    for id in THAWED {
        append(&mut *session, table, &[thawed(id, at + 3), thawed(id, at + 4)]).await.expect("two of one");
    }
    *version += 4;
    *next += 2;
}

async fn changes_are_of_no_matter(database: &Database, table: &str, changes: &[String]) {
    let pool = database.pool();
    let mut open = pool.acquire().await.expect("a session");
    append(&mut *open, table, &[1, 2, THAWED[0], THAWED[1]].map(|id| stream(id, [1])).concat())
        .await
        .expect("new entities");
    let (mut version, mut next) = (1, 3);
    goes_on(&mut open, table, &mut version, &mut next).await;
    for change in changes {
        run(pool, change).await.unwrap_or_else(|error| panic!("{change}: {error}"));
        goes_on(&mut open, table, &mut version, &mut next).await;
    }
    let others = usize::try_from(next).expect("small") - 3;
    let expected = [vec![i64::from(version); 2], vec![3; others]].concat();
    let thawed = THAWED.map(|_| (i64::from(version), 5));
    assert_eq!(rows(pool, table).await, [folded(&expected), thawed.to_vec()].concat());
    drop(open);
}

fn wider(table: &str) -> [String; 2] {
    ["integer", "bigint"].map(|ty| format!("ALTER TABLE {table} ALTER COLUMN sequence TYPE {ty}"))
}

#[tokio::test]
async fn the_sequence_gets_wider_while_a_session_is_open() {
    needs_several_connections!();
    for (table, migration) in FORMS {
        let database = Database::create().await;
        let narrow = event_table(table, "uuid").replace("sequence integer", "sequence smallint");
        run(database.pool(), &narrow).await.expect("the event table is made");
        run(database.pool(), migration).await.expect("the migration is applied");
        changes_are_of_no_matter(&database, table, &wider(table)).await;
        database.close().await;
    }
}

#[tokio::test]
async fn the_sequence_of_a_partitioned_table_gets_wider_while_a_session_is_open() {
    needs_several_connections!();
    let (table, migration) = FORMS[1];
    let database = Database::create().await;
    let whole = event_table(table, "uuid").replace("sequence integer", "sequence smallint");
    let parts = format!(
        "{whole} PARTITION BY RANGE (id);
         CREATE TABLE one PARTITION OF {table} FOR VALUES FROM (MINVALUE) TO ('{two}');
         CREATE TABLE other PARTITION OF {table} FOR VALUES FROM ('{two}') TO (MAXVALUE)",
        two = uuid(2)
    );
    run(database.pool(), &parts).await.expect("the event table is made");
    run(database.pool(), migration).await.expect("the migration is applied");
    changes_are_of_no_matter(&database, table, &wider(table)).await;
    database.close().await;
}

#[tokio::test]
async fn columns_that_come_to_the_rollup_or_go_are_of_no_matter() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let changes = [
            "ADD COLUMN note text NOT NULL DEFAULT 'none'",
            "ADD COLUMN search text GENERATED ALWAYS AS (lower(status)) STORED",
            "DROP COLUMN note",
            "ADD COLUMN number integer GENERATED BY DEFAULT AS IDENTITY",
            // What variables are called in the functions.
            "ADD COLUMN es_base bigint DEFAULT -1",
            "ADD COLUMN es_row text, ADD COLUMN es_rows text, ADD COLUMN es_bases bigint, ADD COLUMN es text",
            "ADD COLUMN es_entity uuid, ADD COLUMN es_sequence bigint, ADD COLUMN es_version bigint",
            "ADD COLUMN es_value jsonb, ADD COLUMN es_number numeric, ADD COLUMN es_ids uuid[]",
            "ADD COLUMN es_rule integer DEFAULT 1, ADD COLUMN es_1 text DEFAULT 'x', ADD COLUMN es_5 bigint DEFAULT 7",
            "ADD COLUMN es_tag text, ADD COLUMN es_content jsonb, ADD COLUMN es_accepted boolean DEFAULT true",
            "ADD COLUMN es_member text, ADD COLUMN es_operand text, ADD COLUMN es_events bigint",
            "DROP COLUMN es_sequence, ADD COLUMN es_sequence bigint DEFAULT 7",
        ]
        .map(|change| format!("ALTER TABLE {table}_rollup {change}"));
        changes_are_of_no_matter(&database, table, &changes).await;
        database.close().await;
    }
}

#[tokio::test]
async fn columns_that_come_to_the_events_or_go_are_of_no_matter() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let changes = [
            "ADD COLUMN tenant integer NOT NULL DEFAULT 1",
            "ADD COLUMN kind text GENERATED ALWAYS AS (event ->> 'type') STORED",
            "DROP COLUMN context",
            "DROP COLUMN tenant",
            "ADD COLUMN es_entity uuid, ADD COLUMN es_base bigint, ADD COLUMN es_sequence bigint",
            "ADD COLUMN es_others boolean, ADD COLUMN es_event jsonb, ADD COLUMN es text",
        ]
        .map(|change| format!("ALTER TABLE {table} {change}"));
        changes_are_of_no_matter(&database, table, &changes).await;
        database.close().await;
    }
}
