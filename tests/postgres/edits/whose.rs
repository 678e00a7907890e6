//! Who may change events, and for which table the function runs.

use super::{is_refused, rows_are_folds, with_two};
use crate::relation::{FORMS, append, folded, rows as rows_of, stream, with_form};
use crate::security::{acting, execute, forget, with_role};
use crate::support::{refusal, run, uuid};
use sqlx::{AssertSqlSafe, Executor};

#[tokio::test]
async fn whoever_may_delete_or_change_events_needs_no_right_on_the_rollup() {
    for form in FORMS {
        let (table, _) = form;
        let sql = format!(
            "GRANT SELECT, DELETE, UPDATE (event) ON {table} TO app;
             ALTER TABLE {table}_rollup ENABLE ROW LEVEL SECURITY;"
        );
        with_role(with_two(form).await, &sql, async move |pool, app| {
            let mut connection = acting(&pool, &app).await;
            let refused = execute(&mut connection, &format!("DELETE FROM {table}_rollup")).await;
            assert_eq!(refusal(refused).code(), "42501");
            let delete = format!("DELETE FROM {table} WHERE sequence = 3 AND id = '{}'", uuid(1));
            execute(&mut connection, &delete).await.expect("deleted");
            let change =
                format!("UPDATE {table} SET event = event || '{{\"amount\": 40}}' WHERE sequence = 2");
            execute(&mut connection, &change).await.expect("changed");
            let prefix = format!("DELETE FROM {table} WHERE sequence = 1");
            assert_eq!(refusal(execute(&mut connection, &prefix).await).code(), "RU001");
            forget(connection).await;
            assert_eq!(rows_of(&pool, table).await, [(2, 45), (3, 47)], "{table}");
            rows_are_folds(&pool, table).await;
        })
        .await;
    }
}

/// Rows that a policy hides from whoever changes one event are folded all the same.
#[tokio::test]
async fn events_that_a_policy_hides_from_a_role_are_folded_all_the_same() {
    for form in FORMS {
        let (table, _) = form;
        let sql = format!(
            "GRANT SELECT, DELETE ON {table} TO app;
             ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table}_rollup ENABLE ROW LEVEL SECURITY;
             CREATE POLICY last ON {table} USING (sequence = 3);"
        );
        with_role(with_two(form).await, &sql, async move |pool, app| {
            let mut connection = acting(&pool, &app).await;
            execute(&mut connection, &format!("DELETE FROM {table}")).await.expect("what it sees is deleted");
            forget(connection).await;
            assert_eq!(rows_of(&pool, table).await, folded(&[2, 2]), "{table}");
            rows_are_folds(&pool, table).await;
        })
        .await;
    }
}

/// Another's constraint is violated by what an event is changed to.
#[tokio::test]
async fn a_constraint_of_somebody_elses_refuses_without_showing_values() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        run(pool, &format!("ALTER TABLE {table}_rollup ADD CONSTRAINT small CHECK (balance < 4000)"))
            .await
            .expect("a constraint");
        let sql = format!("UPDATE {table} SET event = event || '{{\"amount\": 4321}}' WHERE sequence = 2");
        let message = is_refused(pool, table, &sql, "23514").await;
        assert!(!message.contains("4321"), "{message}");
        let error = refusal(run(pool, &sql).await);
        assert!(!format!("{:?}", error.detail()).contains("4321"), "{error:?}");
        database.close().await;
    }
}

#[tokio::test]
async fn the_function_does_not_run_for_a_table_of_somebody_elses() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        let [updated, deleted] = if table.contains("row") {
            ["FOR EACH ROW", "FOR EACH ROW"]
        } else {
            [
                "REFERENCING OLD TABLE AS es_old NEW TABLE AS es_new FOR EACH STATEMENT",
                "REFERENCING OLD TABLE AS es_old FOR EACH STATEMENT",
            ]
        };
        let mut connection = pool.acquire().await.expect("a connection");
        let forge = format!(
            "CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL);
             INSERT INTO pg_temp.{table} SELECT * FROM public.{table};
             CREATE TRIGGER forged AFTER UPDATE ON pg_temp.{table} {updated}
               EXECUTE FUNCTION public.{table}_rollup_edited();
             CREATE TRIGGER forged_too AFTER DELETE ON pg_temp.{table} {deleted}
               EXECUTE FUNCTION public.{table}_rollup_edited()"
        );
        connection.execute(AssertSqlSafe(forge)).await.expect("a table of its own");
        for _ in 0..2 {
            for forged in [
                format!("DELETE FROM pg_temp.{table}"),
                format!("UPDATE pg_temp.{table} SET sequence = sequence + 1 WHERE sequence = 3"),
            ] {
                let error = refusal(connection.execute(AssertSqlSafe(forged)).await);
                assert_eq!(error.code(), "42501", "{error}");
                assert!(error.message().contains("_rollup\" fires for \""), "{error}");
            }
            // Once before the session has used the function and once after.
            let own = format!(
                "DELETE FROM public.{table} WHERE sequence = (SELECT max(sequence) FROM public.{table})"
            );
            connection.execute(AssertSqlSafe(own)).await.expect("its own table is followed");
        }
        connection.close().await.expect("closed");
        assert_eq!(rows_of(pool, table).await, folded(&[1, 1]), "{table}");
        database.close().await;
    }
}

#[tokio::test]
async fn an_event_table_with_another_name_is_refused_until_it_has_its_name_again() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        run(
            pool,
            &format!("ALTER TABLE {table} RENAME TO old; CREATE TABLE {table} (LIKE old INCLUDING ALL)"),
        )
        .await
        .expect("renamed");
        for sql in ["DELETE FROM old WHERE sequence = 3", "UPDATE old SET event = '{}' WHERE sequence = 3"] {
            assert_eq!(refusal(run(pool, sql).await).code(), "42501", "{table}, {sql}");
        }
        run(pool, &format!("DROP TABLE {table}; ALTER TABLE old RENAME TO {table}")).await.expect("renamed");
        run(pool, &format!("DELETE FROM {table} WHERE sequence = 3")).await.expect("what is left folds");
        assert_eq!(rows_of(pool, table).await, folded(&[2, 2]), "{table}");
        database.close().await;
    }
}

/// The columns may change their types while sessions are open that have used the triggers.
#[tokio::test]
async fn columns_may_change_their_types_while_a_session_is_open() {
    es_rollup_test_server::needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, 1..=5)).await.expect("good events are taken");
        let mut open = pool.acquire().await.expect("a session");
        for (sequence, ty) in [(5, "bigint"), (4, "integer"), (3, "smallint"), (2, "bigint")] {
            let sql = format!(
                "UPDATE {table} SET event = event || '{{\"amount\": 9}}' WHERE sequence = {sequence};
                 DELETE FROM {table} WHERE sequence = {sequence}"
            );
            open.execute(AssertSqlSafe(sql)).await.expect("what is left folds");
            run(pool, &format!("ALTER TABLE {table} ALTER COLUMN sequence TYPE {ty}"))
                .await
                .expect("altered");
        }
        assert_eq!(rows_of(pool, table).await, folded(&[1]), "{table}");
        drop(open);
        database.close().await;
    }
}
