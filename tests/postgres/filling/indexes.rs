//! Indexes that are built before a change, while others go on to write.

use super::{carts_between, filling_between, number, told};
use crate::changing::{drift, is_filling, run_outside, without_notes};
use crate::fixtures::MemberEvent;
use crate::support::{installed, run};
use crate::views::EVENTS;
use crate::views::cart;
use es_rollup::Rollup as _;
use es_rollup_core::emit::{self, Index};
use es_rollup_core::evolve;
use es_rollup_core::model::{Constraint, Model, Table, Trigger};
use sqlx::PgPool;

/// The carts with an index of their items.
fn with_index(mut model: Model, columns: &[&str]) -> Model {
    let columns = columns.iter().map(|column| (*column).to_string()).collect();
    model.views[0].constraints.push(Constraint::Index { name: "found".into(), columns });
    model
}

/// Which index it is. Without one, there is no number.
async fn index(pool: &PgPool) -> i64 {
    number(pool, "SELECT coalesce(to_regclass('found')::oid::bigint, 0)").await
}

#[tokio::test]
async fn an_index_that_was_built_before_a_change_is_taken() {
    let old = cart::model(Trigger::Statement);
    let new = with_index(old.clone(), &["price", "item"]);
    let (database, change) = carts_between(&old, &new, EVENTS).await;
    let pool = database.pool();
    run_outside(pool, "CREATE INDEX CONCURRENTLY found ON carts_items (price, item)")
        .await
        .expect("it is built");
    let built = index(pool).await;
    run(pool, &change).await.expect("it is the index of the change");
    assert_eq!(index(pool).await, built);
    let back = evolve::migration(&new, &old).expect("a way back");
    run(pool, &back).await.expect("it is the rollup's now");
    assert_eq!(index(pool).await, 0);
    run(pool, &change).await.expect("nothing is in the way");
    assert_ne!(index(pool).await, 0);
    database.close().await;
}

#[tokio::test]
async fn an_index_is_known_whatever_its_names_and_its_method_are() {
    let mut old = cart::model(Trigger::Statement);
    old.root.table = Table { schema: "Of \"mine\"".into(), name: "car't 100%".into() };
    old.views[0].table = Table { schema: "Of \"mine\"".into(), name: "It%s".into() };
    let mut new = old.clone();
    let constraint = |name: &str, columns: &[&str]| Constraint::Index {
        name: name.into(),
        columns: columns.iter().map(|column| (*column).to_string()).collect(),
    };
    new.views[0].constraints.push(constraint("Where \"it\"'s 5%", &["price", "item"]));
    let events = format!("CREATE SCHEMA \"Of \"\"mine\"\"\"; {EVENTS}");
    let (database, change) = carts_between(&old, &new, &events).await;
    let pool = database.pool();
    let [index] = <[Index; 1]>::try_from(emit::objects(&new).indexes).expect("one index");
    run_outside(pool, &index.create_concurrently).await.expect("it is built");
    let number_of = format!("SELECT '{}'::regclass::oid::bigint", index.name.replace('\'', "''"));
    let built = number(pool, &number_of).await;
    // PostgreSQL shows the definition with all names quoted then.
    run(pool, &format!("SET LOCAL quote_all_identifiers = on;\n{change}")).await.expect("it is the one");
    assert_eq!(number(pool, &number_of).await, built);
    database.close().await;
}

#[tokio::test]
async fn an_index_of_members_that_was_built_before_a_change_is_taken() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    let new = Model::read(MemberEvent::MODEL).expect("a model");
    let mut old = new.clone();
    old.root.constraints.retain(|constraint| constraint.name() != "member_tags_idx");
    run(pool, &evolve::migration(&new, &old).expect("a change")).await.expect("it is dropped");
    run_outside(pool, "CREATE INDEX CONCURRENTLY member_tags_idx ON club.member USING gin (tags)")
        .await
        .expect("it is built");
    let number_of = "SELECT 'club.member_tags_idx'::regclass::oid::bigint";
    let built = number(pool, number_of).await;
    run(pool, &evolve::migration(&old, &new).expect("a change")).await.expect("it is the one");
    assert_eq!(number(pool, number_of).await, built);
    database.close().await;
}

#[tokio::test]
async fn an_index_that_is_another_one_is_refused_before_a_change() {
    let old = cart::model(Trigger::Statement);
    let new = with_index(old.clone(), &["price"]);
    let (database, change) = carts_between(&old, &new, EVENTS).await;
    let pool = database.pool();
    for other in [
        "CREATE INDEX found ON carts_items (item)",
        "CREATE INDEX found ON carts_items (price, item)",
        "CREATE INDEX found ON carts_items (price DESC)",
        "CREATE INDEX found ON carts_items (price) INCLUDE (item)",
        "CREATE INDEX found ON carts_items (price) WHERE price > 1",
        "CREATE INDEX found ON carts_items (abs(price))",
        "CREATE INDEX found ON carts_items USING hash (price)",
        "CREATE UNIQUE INDEX found ON carts_items (price, id, item)",
        "CREATE INDEX found ON carts (version)",
        "CREATE INDEX found ON carts_items (price);
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'found'::regclass",
    ] {
        run(pool, other).await.expect("it is built");
        let expected =
            "found already exists, but a constraint or index of \"public\".\"carts_items\" needs that name";
        assert_eq!(told(run(pool, &change).await), ("RU020".into(), expected.into()), "{other}");
        run(pool, "DROP INDEX found").await.expect("it is dropped");
    }
    run(pool, &change).await.expect("nothing is in the way");
    database.close().await;
}

#[tokio::test]
async fn an_index_of_a_column_that_gets_another_name_cannot_be_built_before() {
    let mut old = cart::model(Trigger::Statement);
    old.views[0].constraints.clear();
    let mut new = with_index(old.clone(), &["cost"]);
    let column = &mut new.views[0].columns[0];
    column.was = Some(std::mem::replace(&mut column.name, "cost".into()));
    let (database, change) = carts_between(&old, &new, EVENTS).await;
    let pool = database.pool();
    run(pool, "CREATE INDEX found ON carts_items (price)").await.expect("it is built");
    let expected =
        "found already exists, but a constraint or index of \"public\".\"carts_items\" needs that name";
    assert_eq!(told(run(pool, &change).await), ("RU020".into(), expected.into()));
    run(pool, "DROP INDEX found").await.expect("it is dropped");
    run(pool, &change).await.expect("nothing is in the way");
    assert_ne!(index(pool).await, 0);
    database.close().await;
}

#[tokio::test]
async fn an_index_that_was_built_during_a_fill_is_taken_at_its_end() {
    let old = without_notes(cart::model(Trigger::Statement));
    let new = with_index(cart::model(Trigger::Statement), &["notes"]);
    let database = filling_between(&old, &new).await;
    let pool = database.pool();
    run_outside(pool, "CREATE INDEX CONCURRENTLY found ON carts_items (notes)").await.expect("it is built");
    let built = index(pool).await;
    // As it is left by a build that was cancelled.
    let invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'found'::regclass";
    run(pool, invalid).await.expect("it is marked");
    let expected =
        "\"public\".\"found\" is not the index that the change would build, or its build has not finished";
    assert_eq!(told(run_outside(pool, "CALL carts_fill()").await), ("RU020".into(), expected.into()));
    assert!(is_filling(pool).await);
    run(pool, "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'found'::regclass")
        .await
        .expect("it is marked");
    run_outside(pool, "CALL carts_fill()").await.expect("it is the index of the change");
    assert!(!is_filling(pool).await);
    assert_eq!(index(pool).await, built);
    assert_eq!(drift(pool).await, 0);
    database.close().await;
}
