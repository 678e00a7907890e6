//! The end of a fill: what must hold in every row is checked before the last lock.

use super::{filling_between, number, told};
use crate::changing::{drift, is_filling, run_outside, without_notes};
use crate::support::run;
use crate::views::cart;
use es_rollup_core::evolve;
use es_rollup_core::model::{Column, Kind, Model, Operation, Step, Trigger};
use es_rollup_test_server::needs_several_connections;
use sqlx::Executor;

/// The carts with items that have their names in a column of their own, too.
fn with_names(mut model: Model) -> Model {
    let items = &mut model.views[0];
    let ty = items.parts()[0].ty;
    items.columns.push(Column {
        name: "named".into(),
        ty,
        kind: Kind::Value,
        nullable: false,
        retired: false,
        was: None,
    });
    let column = items.columns.len() - 1;
    for rule in items.rules.iter_mut().filter(|rule| !rule.steps.is_empty()) {
        rule.steps.push(Step { column, operation: Operation::Set, source: rule.key[0].clone() });
    }
    model
}

/// What the catalog says of the checks and of the new column: those that are proven, those that are not, and whether the
/// column is required.
async fn proven(pool: &sqlx::PgPool) -> [i64; 3] {
    let checks = "SELECT count(*) FROM pg_constraint WHERE conname IN ('priced', 'es_required') AND";
    [
        number(pool, &format!("{checks} convalidated")).await,
        number(pool, &format!("{checks} NOT convalidated")).await,
        number(pool, "SELECT count(*) FROM pg_attribute WHERE attname = 'named' AND attnotnull").await,
    ]
}

/// A transaction that has written events keeps the fill from its end.
#[tokio::test]
async fn what_must_hold_in_every_row_is_checked_before_writers_have_to_wait() {
    needs_several_connections!();
    let new = with_names(cart::model(Trigger::Statement));
    let old = without_notes(cart::model(Trigger::Statement));
    for goes_back in [false, true] {
        let database = filling_between(&old, &new).await;
        let pool = database.pool();
        let mut writer = pool.acquire().await.expect("a connection");
        writer.execute("BEGIN; LOCK TABLE cart_events IN ROW EXCLUSIVE MODE").await.expect("a lock");
        let mut filler = pool.acquire().await.expect("a connection");
        filler.execute("SET es_rollup.patience = '300 ms'").await.expect("a setting");
        let outcome = filler.execute("CALL carts_fill(1000)").await.map(drop);
        assert_eq!(told(outcome).0, "RU020");
        // The rows are filled, and the checks hold, but nothing is required yet.
        assert_eq!(proven(pool).await, [2, 0, 0]);
        writer.execute("ROLLBACK").await.expect("the lock is given back");
        if goes_back {
            run(pool, &evolve::migration(&new, &old).expect("a way back")).await.expect("it goes back");
            assert_eq!(proven(pool).await, [0, 0, 0]);
        } else {
            run_outside(pool, "CALL carts_fill()").await.expect("it ends");
            assert_eq!(proven(pool).await, [1, 0, 1]);
        }
        assert!(!is_filling(pool).await);
        assert_eq!(drift(pool).await, 0);
        drop((writer, filler));
        database.close().await;
    }
}
