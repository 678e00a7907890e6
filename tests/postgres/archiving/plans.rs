//! Plans that were made while few entities were archived, once there are many.

use super::{FORMS, delivered, moved, packed, sent, with_parcels};
use es_rollup_test_server::Database;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// How many entities are archived in the end.
const MANY: i64 = 2_000;

fn insert(table: &str, id: i64, sequence: i64, event: &Value) -> String {
    format!(
        "INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES ({id}, {sequence}, '-', '{event}', now())"
    )
}

/// What may happen to entities, each with a name. Those with numbers from `first` on are archived, but for one.
fn statements(table: &str, first: i64) -> Vec<(&'static str, String)> {
    let new = first + 10 * MANY;
    vec![
        (
            "an archived event that is deleted",
            format!("DELETE FROM {table} WHERE id = {first} AND sequence = 1"),
        ),
        (
            "one that is changed",
            format!("UPDATE {table} SET event = '{}' WHERE id = {first} AND sequence = 2", sent()),
        ),
        ("a new entity", insert(table, new, 1, &sent())),
        ("its next event", insert(table, new, 2, &packed("pen", 1))),
        (
            "two events of it",
            format!("{}, ({new}, 4, '-', '{}', now())", insert(table, new, 3, &moved("Zug")), moved("Chur")),
        ),
        ("archiving it", format!("SELECT {table}_rollup_archive({new}, 2)")),
        (
            "catching up",
            format!("DELETE FROM {table}_rollup WHERE id = {new}; SELECT {table}_rollup_catch_up({new})"),
        ),
        ("its end", insert(table, new, 5, &delivered())),
        ("archiving its end", format!("SELECT {table}_rollup_archive({new}, 5)")),
        ("the state of one", format!("SELECT {table}_rollup_at({first}, 6)")),
    ]
}

/// How many bases a statement finds by reading all of them.
async fn read(connection: &mut PgConnection, table: &str, statement: &str) -> i64 {
    let counted = format!(
        "SELECT seq_tup_read::bigint FROM pg_stat_xact_all_tables WHERE relid = '{table}_rollup_base'::regclass"
    );
    let mut transaction = connection.begin().await.expect("a transaction");
    let count = || sqlx::query_scalar::<_, i64>(AssertSqlSafe(counted.clone()));
    let before = count().fetch_one(&mut *transaction).await.expect("a count");
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *transaction)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    let after = count().fetch_one(&mut *transaction).await.expect("a count");
    transaction.commit().await.expect("it commits");
    after - before
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[tokio::test]
async fn no_plan_that_was_made_beside_few_bases_reads_many() {
    for form in FORMS {
        let (table, ..) = form;
        let database: Database = with_parcels(form, 20).await;
        let mut session = database.pool().acquire().await.expect("a session");
        run(&mut session, &format!("SELECT {table}_rollup_archive(n, 2) FROM generate_series(1, 8) AS n"))
            .await;
        run(&mut session, "ANALYZE").await;
        // A plan is kept from the sixth execution on.
        for first in 1..=8 {
            for (_, statement) in statements(table, first) {
                read(&mut session, table, &statement).await;
            }
        }
        run(
            &mut session,
            &format!(
                "INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
                 SELECT 100 + n, s, '-', e.event, now()
                 FROM generate_series(1, {MANY}) AS n, (SELECT sequence AS s, event FROM {table} WHERE id = 20) AS e;
                 SELECT {table}_rollup_archive(100 + n, 2) FROM generate_series(1, {MANY}) AS n"
            ),
        )
        .await;
        let mut found = Vec::new();
        for first in 101..=108 {
            for (what, statement) in statements(table, first) {
                let rows = read(&mut session, table, &statement).await;
                if rows > 0 {
                    found.push(format!("{what}: {rows}"));
                }
            }
        }
        assert_eq!(found, [""; 0], "{table}");
        drop(session);
        super::rows_are_folds(database.pool(), table).await;
        database.close().await;
    }
}
