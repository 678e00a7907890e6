//! The SQL that the README asks its readers to write.

use crate::fixtures::UserEvent;
use crate::security::{acting, execute, forget, with_role};
use crate::support::{insert, migration, reversion, rows_are_folds, run, user, uuid};
use es_rollup_test_server::Database;
use sqlx::PgConnection;

/// The blocks of SQL that are marked to be run, in their order.
fn blocks() -> Vec<&'static str> {
    let readme = include_str!("../../README.md");
    readme.split("```sql run\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// How many rows the application sees as the user with this id.
async fn seen(connection: &mut PgConnection, id: &str) -> i64 {
    execute(connection, &format!("SET app.user_id = '{id}'")).await.expect("the setting is set");
    sqlx::query_scalar("SELECT count(*) FROM core_user_events_rollup")
        .fetch_one(connection)
        .await
        .expect("the application may read the rollup")
}

#[tokio::test]
async fn grants_and_policies_of_the_readme_hold_again_after_the_rollup_is_built_anew() {
    let [event_table, grants] = blocks()[..] else { panic!("the README has two blocks to run") };
    let database = Database::create().await;
    run(database.pool(), event_table).await.expect("the event table is created");
    run(database.pool(), migration::<UserEvent>()).await.expect("the migration is applied");
    with_role(database, grants, async move |pool, app| {
        let grants = grants.replace(" app", &format!(" {app}"));
        let others: String = uuid(3);
        insert::<UserEvent>(&pool, [user(uuid(1), 1..=2), user(uuid(2), 1..=1)].concat())
            .await
            .expect("stored");
        let mut connection = acting(&pool, &app).await;
        assert_eq!((seen(&mut connection, &uuid(1)).await, seen(&mut connection, &others).await), (1, 0));
        forget(connection).await;

        let rebuilt = format!("{}{}", reversion::<UserEvent>(), migration::<UserEvent>());
        run(&pool, &rebuilt).await.expect("the rollup is built anew");
        let mut connection = acting(&pool, &app).await;
        let refused = execute(&mut connection, "SELECT FROM core_user_events_rollup").await;
        assert!(refused.is_err(), "the grant is gone with the table");
        forget(connection).await;

        run(&pool, &grants).await.expect("the grants and policies are applied again");
        let mut connection = acting(&pool, &app).await;
        assert_eq!((seen(&mut connection, &uuid(2)).await, seen(&mut connection, &others).await), (1, 0));
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 2);
    })
    .await;
}
