//! The order of rows in a statement is the planner's, and the rollup must not depend on it.

use crate::fixtures::UserEvent;
use crate::support::{Row, insert, installed, role, row, rows_are_folds, run, user, uuid};
use chrono::{DateTime, Utc};
use es_rollup_test_server::Database;
use serde_json::{Value, json};
use sqlx::{Executor, PgConnection, PgPool};
use uuid::Uuid;

/// Entities in a batch, and events of each: fewer than some 700 entities are joined without being reordered.
const ENTITIES: usize = 1_000;
const EVENTS: i32 = 5;

/// A prepared statement gets its generic plan, which reorders, at its sixth execution.
const EXECUTIONS: i32 = 8;

/// What `create_all` of es-entity 0.12.6 and later says, to the letter.
const CREATE_ALL: &str = "WITH new_rows AS (INSERT INTO core_users (created_at, id, email) \
    SELECT COALESCE($1, NOW()), unnested.id, unnested.email \
    FROM UNNEST($2, $3) AS unnested(id, email) RETURNING id) \
    INSERT INTO core_user_events (id, recorded_at, sequence, event_type, event) \
    SELECT unnested.id, COALESCE($1, NOW()), unnested.sequence, unnested.event_type, unnested.event \
    FROM UNNEST($4, $5::INT[], $6::TEXT[], $7::JSONB[]) AS unnested(id, sequence, event_type, event) \
    JOIN new_rows ON new_rows.id = unnested.id RETURNING recorded_at";

/// What its `update_all` says.
const UPDATE_ALL: &str = "WITH updated AS (UPDATE core_users SET email = unnested.email \
    FROM UNNEST($2, $3) AS unnested(id, email) WHERE core_users.id = unnested.id RETURNING core_users.id) \
    INSERT INTO core_user_events (id, recorded_at, sequence, event_type, event) \
    SELECT unnested.id, COALESCE($1, NOW()), unnested.sequence, unnested.event_type, unnested.event \
    FROM UNNEST($4, $5::INT[], $6::TEXT[], $7::JSONB[]) AS unnested(id, sequence, event_type, event) \
    JOIN updated ON updated.id = unnested.id RETURNING recorded_at";

/// A rollup as others keep it: a row trigger that copies the version before, and takes an entity of which there is
/// none for a new one.
const PEER: &str = "
    CREATE TABLE core_users (id uuid PRIMARY KEY, created_at timestamptz NOT NULL, email text NOT NULL);
    CREATE TABLE peer_rollup (id uuid, version integer, email text, role uuid, PRIMARY KEY (id, version));
    CREATE FUNCTION peer_apply() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      state peer_rollup;
    BEGIN
      SELECT * INTO state FROM peer_rollup WHERE id = NEW.id AND version = NEW.sequence - 1;
      state.id := NEW.id;
      state.version := NEW.sequence;
      IF NEW.event_type = 'initialized' THEN
        state.email := NEW.event ->> 'email';
      ELSIF NEW.event_type = 'role_granted' THEN
        state.role := NEW.event ->> 'role';
      END IF;
      INSERT INTO peer_rollup SELECT state.*;
      RETURN NULL;
    END
    $$;
    CREATE TRIGGER peer AFTER INSERT ON core_user_events FOR EACH ROW EXECUTE FUNCTION peer_apply();";

async fn with_peer() -> Database {
    let database = installed::<UserEvent>("uuid").await;
    run(database.pool(), PEER).await.expect("the peer's rollup is installed");
    database
}

/// Executes a statement of es-entity's as the library does: for all entities at once, their events one after another.
async fn write_all(connection: &mut PgConnection, statement: &'static str, ids: &[Uuid], from: i32, to: i32) {
    let events: Vec<Row> = ids.iter().flat_map(|id| user(id, from..=to)).collect();
    let emails: Vec<String> = ids.iter().map(|id| format!("{id}@example.org")).collect();
    let event_ids: Vec<Uuid> = ids.iter().flat_map(|id| (from..=to).map(|_| *id)).collect();
    let sequences: Vec<i32> = events.iter().map(|row| row.sequence).collect();
    let types: Vec<&str> = events.iter().map(|row| row.payload["type"].as_str().expect("a type")).collect();
    let payloads: Vec<&Value> = events.iter().map(|row| &row.payload).collect();
    let written = sqlx::query(statement)
        .bind(None::<DateTime<Utc>>)
        .bind(ids)
        .bind(emails)
        .bind(event_ids)
        .bind(&sequences)
        .bind(types)
        .bind(payloads)
        .fetch_all(&mut *connection)
        .await
        .expect("the batch is written");
    assert_eq!(written.len(), sequences.len());
}

fn random_ids() -> Vec<Uuid> {
    (0..ENTITIES).map(|_| Uuid::new_v4()).collect()
}

/// In how many entities the peer's last version is not what the events say.
async fn peer_is_wrong_about(pool: &PgPool) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*)
         FROM core_user_events_rollup AS r
         JOIN peer_rollup AS p USING (id, version)
         WHERE (p.email, p.role) IS DISTINCT FROM (r.email, r.role)",
    )
    .fetch_one(pool)
    .await
    .expect("both are compared")
}

/// Whether the connection has come to use a generic plan for a prepared statement.
async fn uses_a_generic_plan(connection: &mut PgConnection, statement: &str) -> bool {
    sqlx::query_scalar("SELECT sum(generic_plans) > 0 FROM pg_prepared_statements WHERE statement = $1")
        .bind(statement)
        .fetch_one(connection)
        .await
        .expect("the statement is prepared")
}

/// 8 batches of 1,000 new entities with 5 events each. What a peer makes of the same rows is the proof that they
/// do come out of order. No planner setting is needed for that.
#[tokio::test]
async fn batches_of_new_entities_come_out_right_where_a_row_trigger_goes_wrong() {
    let database = with_peer().await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    for _ in 0..EXECUTIONS {
        write_all(&mut connection, CREATE_ALL, &random_ids(), 1, EVENTS).await;
    }
    assert!(uses_a_generic_plan(&mut connection, CREATE_ALL).await);
    drop(connection);
    let wrong = peer_is_wrong_about(database.pool()).await;
    println!("new entities: the peer's state is wrong in {wrong} of {}", ENTITIES * 8);
    assert!(wrong > 0, "the rows came in order: this test tells nothing");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, ENTITIES * 8);
    database.close().await;
}

/// The same for 1,000 entities that get 5 events more, 8 times.
#[tokio::test]
async fn batches_for_old_entities_come_out_right_where_a_row_trigger_goes_wrong() {
    let database = with_peer().await;
    let ids = random_ids();
    let mut connection = database.pool().acquire().await.expect("a connection");
    // One event each keeps its order whatever the plan.
    write_all(&mut connection, CREATE_ALL, &ids, 1, 1).await;
    for execution in 0..EXECUTIONS {
        let from = 2 + execution * EVENTS;
        write_all(&mut connection, UPDATE_ALL, &ids, from, from + EVENTS - 1).await;
    }
    assert!(uses_a_generic_plan(&mut connection, UPDATE_ALL).await);
    drop(connection);
    let wrong = peer_is_wrong_about(database.pool()).await;
    println!("old entities: the peer's state is wrong in {wrong} of {ENTITIES}");
    assert!(wrong > 0, "the rows came in order: this test tells nothing");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, ENTITIES);
    database.close().await;
}

/// Every permutation, by Heap's algorithm.
fn permutations(rows: &mut Vec<Row>, length: usize, found: &mut Vec<Vec<Row>>) {
    if length <= 1 {
        return found.push(rows.clone());
    }
    for at in 0..length {
        permutations(rows, length - 1, found);
        rows.swap(if length.is_multiple_of(2) { at } else { 0 }, length - 1);
    }
}

/// A stream in which every event undoes or replaces what an earlier one did.
fn quarrel(id: &str) -> Vec<Row> {
    let payloads = [
        json!({"type": "initialized", "id": id, "email": "ada@example.org"}),
        json!({"type": "role_granted", "role": role(1)}),
        json!({"type": "role_revoked", "role": role(1)}),
        json!({"type": "role_granted", "role": role(2)}),
        json!({"type": "password_reset_requested"}),
    ];
    (1..).zip(payloads).map(|(sequence, payload)| row(id, sequence, payload)).collect()
}

#[tokio::test]
async fn a_stream_comes_out_right_from_every_order_of_its_events_in_one_statement() {
    let database = installed::<UserEvent>("uuid").await;
    let mut orders = Vec::new();
    permutations(&mut quarrel(&uuid(0)), 5, &mut orders);
    assert_eq!(orders.len(), 120);
    for (number, mut rows) in (0..).zip(orders) {
        for row in &mut rows {
            row.id = uuid(number);
        }
        insert::<UserEvent>(database.pool(), rows).await.expect("any order is taken");
    }
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 120);
    let different: Vec<(i64, String, Option<Uuid>)> =
        sqlx::query_as("SELECT DISTINCT version, email, role FROM core_user_events_rollup")
            .fetch_all(database.pool())
            .await
            .expect("the rows are read");
    assert_eq!(different, [(5, "ada@example.org".to_string(), role(2).parse().ok())]);
    database.close().await;
}

#[tokio::test]
async fn streams_come_out_right_when_their_events_are_mixed() {
    let database = installed::<UserEvent>("uuid").await;
    // Two of every three entities are new in the second statement; the others go on from their second event.
    let [mut first, mut second] = [Vec::new(), Vec::new()];
    for number in 0..300 {
        let mut rows = quarrel(&uuid(number));
        if number % 3 == 0 {
            first.extend(rows.drain(..2));
        }
        second.extend(rows);
    }
    // Backwards, and by steps that share no factor with the number of rows.
    first.reverse();
    let mixed = (0..second.len()).map(|at| second[at * 757 % second.len()].clone()).collect::<Vec<_>>();
    insert::<UserEvent>(database.pool(), first).await.expect("any order is taken");
    insert::<UserEvent>(database.pool(), mixed).await.expect("any order is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 300);
    database.close().await;
}

#[tokio::test]
async fn a_copy_comes_out_right_backwards() {
    let database = installed::<UserEvent>("uuid").await;
    let mut lines: Vec<String> = (0..100)
        .flat_map(|number| quarrel(&uuid(number)))
        .map(|row| format!("{}\t{}\t-\t{}\t2026-01-01T00:00:00Z\n", row.id, row.sequence, row.payload))
        .collect();
    lines.reverse();
    let mut connection = database.pool().acquire().await.expect("a connection");
    let mut copy = connection
        .copy_in_raw("COPY core_user_events (id, sequence, event_type, event, recorded_at) FROM STDIN")
        .await
        .expect("a copy begins");
    copy.send(lines.concat().as_bytes()).await.expect("the rows are sent");
    copy.finish().await.expect("the rows are taken");
    drop(connection);
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 100);
    database.close().await;
}

/// Both parts are one statement to the trigger, and which is executed first is the server's affair.
#[tokio::test]
async fn events_of_two_parts_of_one_statement_come_out_right() {
    let database = installed::<UserEvent>("uuid").await;
    let id = uuid(1);
    let values = |sequence: i32, payload: &Value| format!("('{id}', {sequence}, '-', '{payload}', now())");
    let rows = quarrel(&id);
    let part = |sequences: [usize; 2]| {
        let [one, other] = sequences.map(|at| values(rows[at - 1].sequence, &rows[at - 1].payload));
        format!(
            "INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at) VALUES {one}, {other}"
        )
    };
    let sql = format!("WITH later AS ({} RETURNING id) {} RETURNING id", part([3, 4]), part([2, 1]));
    run(database.pool(), &sql).await.expect("both parts are taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

#[tokio::test]
async fn events_of_a_merge_come_out_right() {
    let database = installed::<UserEvent>("uuid").await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::integer")
        .fetch_one(&mut *connection)
        .await
        .expect("the version");
    if version >= 150_000 {
        insert::<UserEvent>(&mut *connection, &quarrel(&uuid(1))[..2]).await.expect("good events are taken");
        let given = serde_json::to_string(
            &quarrel(&uuid(1)).iter().rev().map(|row| json!([row.sequence, row.payload])).collect::<Vec<_>>(),
        )
        .expect("JSON");
        let sql = format!(
            "MERGE INTO core_user_events AS e
             USING (SELECT (g ->> 0)::integer AS sequence, g -> 1 AS event FROM jsonb_array_elements('{given}') AS g) AS n
             ON e.id = '{id}' AND e.sequence = n.sequence
             WHEN NOT MATCHED THEN INSERT (id, sequence, event_type, event, recorded_at)
               VALUES ('{id}', n.sequence, '-', n.event, now())",
            id = uuid(1)
        );
        connection.execute(sqlx::AssertSqlSafe(sql)).await.expect("the merge is taken");
    }
    drop(connection);
    rows_are_folds::<UserEvent>(database.pool()).await;
    database.close().await;
}

/// Rows are written a thousand at a time, so that a statement of any size fits into memory.
#[tokio::test]
async fn more_entities_than_are_kept_at_a_time_are_all_written() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let entities = 2_345_u32;
    let of_all = |sequences: std::ops::RangeInclusive<i32>| {
        let rows = (0..entities).flat_map(|number| user(uuid(number), sequences.clone())).rev();
        rows.collect::<Vec<Row>>()
    };
    for sequences in [1..=2, 3..=3] {
        insert::<UserEvent>(pool, of_all(sequences)).await.expect("the batch is taken");
    }
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, entities as usize);
    database.close().await;
}
