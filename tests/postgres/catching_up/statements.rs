//! Statements that store nothing, and what becomes of transactions.

use super::versions;
use crate::fixtures::UserEvent;
use crate::support::{everything, insert, insertion, installed, role, row, rows_are_folds, user, uuid};
use serde_json::json;
use sqlx::{Acquire, AssertSqlSafe};

#[tokio::test]
async fn a_statement_without_rows_changes_nothing() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = everything::<UserEvent>(pool).await;
    insert::<UserEvent>(pool, []).await.expect("no rows are taken");
    assert_eq!(everything::<UserEvent>(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn rows_that_a_conflict_skips_are_not_folded() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let sql = format!("{} ON CONFLICT (id, sequence) DO NOTHING", insertion::<UserEvent>());
    // Sequence 2 is stored already, and its payload here is another one.
    let other = json!({"type": "role_granted", "role": role(99)});
    let offers = [(vec![2], 0), (vec![2, 3], 1), (vec![5, 2, 4, 1], 2)];
    for (sequences, taken) in offers {
        let ids = vec![uuid(1); sequences.len()];
        let payloads = vec![other.clone(); sequences.len()];
        let done = sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(ids)
            .bind(sequences)
            .bind(payloads)
            .execute(pool)
            .await
            .expect("the rest is taken");
        assert_eq!(done.rows_affected(), taken);
        assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    }
    assert_eq!(versions(pool).await, [5]);
    database.close().await;
}

#[tokio::test]
async fn statements_of_one_transaction_follow_one_another() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    for rows in
        [user(uuid(1), 1..=1), user(uuid(1), 2..=4), [user(uuid(2), 1..=2), user(uuid(1), 5..=5)].concat()]
    {
        insert::<UserEvent>(&mut *transaction, rows).await.expect("good events are taken");
    }
    assert_eq!(versions(&mut *transaction).await, [5, 2]);
    transaction.commit().await.expect("committed");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn what_is_rolled_back_leaves_nothing() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = everything::<UserEvent>(pool).await;
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<UserEvent>(&mut *transaction, [user(uuid(1), 3..=3), user(uuid(2), 1..=1)].concat())
        .await
        .expect("good events are taken");
    transaction.rollback().await.expect("rolled back");
    assert_eq!(everything::<UserEvent>(pool).await, before);
    insert::<UserEvent>(pool, [user(uuid(1), 3..=3), user(uuid(2), 1..=1)].concat()).await.expect("taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn a_savepoint_takes_back_what_came_after_it() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let mut kept = transaction.begin().await.expect("a savepoint");
    insert::<UserEvent>(&mut *kept, user(uuid(1), 3..=3)).await.expect("good events are taken");
    let mut undone = kept.begin().await.expect("a savepoint");
    let other = json!({"type": "role_revoked", "role": role(3)});
    insert::<UserEvent>(&mut *undone, [row(uuid(1), 4, other)]).await.expect("a good event is taken");
    insert::<UserEvent>(&mut *undone, user(uuid(2), 1..=1)).await.expect("good events are taken");
    assert_eq!(versions(&mut *undone).await, [4, 1]);
    undone.rollback().await.expect("the savepoint is there");
    assert_eq!(versions(&mut *kept).await, [3]);
    insert::<UserEvent>(&mut *kept, user(uuid(1), 4..=5)).await.expect("good events are taken");
    kept.commit().await.expect("the savepoint is there");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 6..=6)).await.expect("good events are taken");
    transaction.commit().await.expect("committed");
    assert_eq!(versions(pool).await, [6]);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}
