//! What the fold does not see: it is refused, never passed over.

use crate::fixtures::UserEvent;
use crate::models::mutations::asked_for;
use crate::relation::{FORMS, append, folded, rows, stream, with_form};
use crate::security::{acting, execute, forget, with_role};
use crate::support::{event_table, everything, insert, installed, refusal, run, user, uuid};
use es_rollup::ErrorKind;
use es_rollup_test_server::Database;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

/// Policies that hide rows from everybody, the owner among them.
const POLICIES: [&str; 5] = [
    "ALTER TABLE @ ENABLE ROW LEVEL SECURITY; ALTER TABLE @ FORCE ROW LEVEL SECURITY;
     CREATE POLICY write ON @ FOR INSERT WITH CHECK (true)",
    "ALTER TABLE @_rollup ENABLE ROW LEVEL SECURITY; ALTER TABLE @_rollup FORCE ROW LEVEL SECURITY",
    "ALTER TABLE @_rollup ENABLE ROW LEVEL SECURITY; ALTER TABLE @_rollup FORCE ROW LEVEL SECURITY;
     CREATE POLICY write ON @_rollup FOR INSERT WITH CHECK (true)",
    "ALTER TABLE @_rollup ENABLE ROW LEVEL SECURITY; ALTER TABLE @_rollup FORCE ROW LEVEL SECURITY;
     CREATE POLICY all_but_one ON @_rollup USING (version < 2)",
    "ALTER TABLE @_rollup ENABLE ROW LEVEL SECURITY; ALTER TABLE @_rollup FORCE ROW LEVEL SECURITY;
     CREATE POLICY reads ON @_rollup FOR SELECT USING (true); CREATE POLICY writes ON @_rollup FOR INSERT WITH CHECK (true)",
];

/// The owner is no superuser, so FORCE holds for the trigger's function too: an event is folded or refused.
#[tokio::test]
async fn policies_that_hide_rows_from_the_owner_too_hide_no_event_from_the_fold() {
    for (table, migration) in FORMS {
        for policies in POLICIES {
            let database = Database::create().await;
            run(database.pool(), &event_table(table, "uuid")).await.expect("the event table is made");
            let sql =
                format!("GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE {table} OWNER TO app");
            with_role(database, &sql, move |pool, app| async move {
                let mut owner = acting(&pool, &app).await;
                execute(&mut owner, &asked_for(migration)).await.expect("the owner installs");
                append(&mut *owner, table, &[stream(1, 1..=2), stream(2, 1..=2)].concat())
                    .await
                    .expect("good events are taken");
                execute(&mut owner, &policies.replace('@', table)).await.expect("policies are made");
                let mut refused = 0;
                let ways = [
                    stream(1, [3]),
                    stream(1, 4..=5),
                    [stream(1, [6]), stream(2, [3])].concat(),
                    stream(3, [1]),
                    [stream(4, [1]), stream(5, [2, 1])].concat(),
                    stream(1, [40]),
                    [stream(1, [50]), stream(6, [1])].concat(),
                    stream(7, [2]),
                ];
                for way in ways {
                    if let Err(error) = append(&mut *owner, table, &way).await {
                        let error = refusal::<()>(Err(error));
                        assert_eq!(error.code(), "42501", "{policies}: {error}");
                        refused += 1;
                    }
                    // What was taken is folded: nothing is in the log that is not in its row.
                    let unfolded: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                        "SELECT count(*) FROM {table} AS e LEFT JOIN {table}_rollup AS r ON r.id = e.id
                         WHERE e.sequence > coalesce(r.version, 0)"
                    )))
                    .fetch_one(&pool)
                    .await
                    .expect("the log is compared");
                    assert_eq!(unfolded, 0, "{policies}");
                }
                assert!(refused >= 3, "gaps are never taken: {policies}");
                forget(owner).await;
            })
            .await;
        }
    }
}

/// Somebody else than the event table's owner owns the functions, and a policy hides the events from them.
#[tokio::test]
async fn policies_that_hide_events_from_the_functions_owner_are_an_error() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let sql = format!(
            "GRANT USAGE, CREATE ON SCHEMA public TO app; GRANT SELECT ON {table} TO app;
             ALTER TABLE {table}_rollup OWNER TO app; ALTER FUNCTION {table}_rollup_apply OWNER TO app;
             ALTER FUNCTION {table}_rollup_catch_up OWNER TO app; ALTER FUNCTION {table}_rollup_refuse OWNER TO app;
             ALTER FUNCTION {table}_rollup_guarded OWNER TO app; ALTER FUNCTION {table}_rollup_fold OWNER TO app;{leaves}
             ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            leaves = if table.contains("row") {
                format!("ALTER FUNCTION {table}_rollup_leaves OWNER TO app;")
            } else {
                String::new()
            }
        );
        with_role(database, &sql, move |pool, _| async move {
            for way in [stream(1, [1]), stream(1, [2]), [stream(1, [1]), stream(2, [7])].concat()] {
                let error = refusal(append(&pool, table, &way).await);
                assert_eq!(error.code(), "42501", "{error}");
            }
            assert_eq!(rows(&pool, table).await, []);
        })
        .await;
    }
}

/// A trigger of the user's takes the event out of the log again before the rollup is folded.
#[tokio::test]
async fn an_event_that_the_log_does_not_hold_is_refused_where_the_log_is_folded() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, 1..=2)).await.expect("good events are taken");
        let takes = format!(
            "CREATE FUNCTION takes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               DELETE FROM {table} WHERE id = NEW.id AND sequence = NEW.sequence AND NEW.event ? 'gone';
               RETURN NULL;
             END $$;
             CREATE TRIGGER \"0\" AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION takes()"
        );
        run(pool, &takes).await.expect("a trigger before the rollup's");
        let gone = |id: u32, sequence| {
            let payload = if sequence == 1 {
                json!({"type": "opened", "amount": 5, "owners": [], "gone": true})
            } else {
                json!({"type": "deposited", "amount": 2, "gone": true})
            };
            (id, sequence, payload)
        };
        for (way, id, sequence) in [
            (vec![gone(2, 1)], 2, 1),
            ([stream(3, [1]), vec![gone(2, 1)]].concat(), 2, 1),
            ([stream(2, [1]), vec![gone(2, 2)]].concat(), 2, 2),
        ] {
            let error = refusal(append(pool, table, &way).await);
            // Row by row, what is taken out later was in the log when the first row was folded.
            if error.code() == ErrorKind::Replay.sqlstate() && table.contains("row") && sequence == 2 {
                continue;
            }
            assert_eq!(error.code(), ErrorKind::Gap.sqlstate(), "{way:?}: {error}");
            let says = format!(
                "event {sequence} of entity {} in \"public\".\"{table}\" is refused: the event table does not hold it",
                uuid(id)
            );
            assert_eq!(error.message(), says);
        }
        // The row is behind its log, so that the log has to be folded.
        run(pool, &format!("UPDATE {table}_rollup SET version = 1, balance = 5")).await.expect("behind");
        let error = refusal(append(pool, table, &[gone(1, 3)]).await);
        assert_eq!(error.code(), ErrorKind::Gap.sqlstate(), "{error}");
        append(pool, table, &stream(1, [3])).await.expect("what the log holds is taken");
        assert_eq!(rows(pool, table).await, folded(&[3]));
        database.close().await;
    }
}

/// Rust reads no such time.
#[tokio::test]
async fn an_event_that_was_recorded_at_no_time_that_rust_reads_is_refused() {
    let times = ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "10000-01-01 00:00:00+00"];
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &[stream(1, 1..=2), stream(2, [1])].concat()).await.expect("taken");
        let event = |id: u32, sequence: i32, time: &str| {
            let (_, _, payload) = &stream(id, [sequence])[0];
            format!("('{}', {sequence}, '-', '{payload}', '{time}')", uuid(id))
        };
        let write = format!("INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES ");
        let is_refused = async |values: &[String], sequence: i32| {
            let sql = format!("{write}{}", values.join(", "));
            let error = refusal(pool.execute(AssertSqlSafe(sql)).await);
            assert_eq!((error.code(), error.column()), ("RU010", Some("modified_at")), "{error}");
            assert!(error.message().starts_with(&format!("event {sequence} (")), "{error}");
            assert!(error.detail().is_some_and(|detail| detail.contains("\"recorded_at\"")), "{error:?}");
        };
        for time in times {
            is_refused(&[event(1, 3, time)], 3).await;
            // An event that one statement could fold.
            let thawed = |id: u32, sequence: i32, time: &str| {
                format!("('{}', {sequence}, '-', '{{\"type\": \"thawed\"}}', '{time}')", uuid(id))
            };
            is_refused(&[thawed(1, 3, time)], 3).await;
            is_refused(&[thawed(1, 3, time), thawed(2, 2, "now")], 3).await;
            is_refused(&[event(1, 3, time), event(1, 4, "now")], 3).await;
            is_refused(&[event(1, 4, time), event(1, 3, "now"), event(2, 2, "now")], 4).await;
            is_refused(&[event(3, 1, time)], 1).await;
            is_refused(&[event(3, 1, "now"), event(3, 2, time)], 2).await;
        }
        run(pool, &format!("ALTER TABLE {table} DISABLE TRIGGER USER; {write}{}; ALTER TABLE {table} ENABLE TRIGGER USER", event(2, 2, "infinity")))
            .await
            .expect("any event is stored");
        is_refused(&[event(2, 3, "now")], 2).await;
        for time in ["0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"] {
            let sequence = if time.starts_with('0') { 3 } else { 4 };
            run(pool, &format!("{write}{}", event(1, sequence, time))).await.expect("the ends are taken");
        }
        assert_eq!(rows(pool, table).await, folded(&[4, 1]));
        database.close().await;
    }
}

/// Whatever keeps the row from being written, the writer may try again.
#[tokio::test]
async fn a_row_that_keeps_changing_is_a_failure_to_serialise() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = everything::<UserEvent>(pool).await;
    // Nothing is written, as if somebody else had been faster each time.
    let faster = "CREATE FUNCTION faster() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER faster BEFORE UPDATE ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION faster()";
    run(pool, faster).await.expect("the trigger is made");
    for rows in
        [user(uuid(1), 3..=3), user(uuid(1), 3..=4), [user(uuid(1), 3..=3), user(uuid(2), 1..=1)].concat()]
    {
        let error = refusal(insert::<UserEvent>(pool, rows).await);
        assert_eq!(error.code(), "40001", "{error}");
        assert_eq!(error.message(), format!("the rollup row of entity {} kept changing", uuid(1)));
        assert_eq!(error.hint(), Some("Try again."));
    }
    assert_eq!(everything::<UserEvent>(pool).await, before);
    database.close().await;
}
