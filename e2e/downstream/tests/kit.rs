//! The kit for tests, on sqlx 0.8.

use es_rollup_e2e_downstream::{Cents, OrderEvent, OrderId, Status};
use es_rollup_test_server::Database;
use rollup::ErrorKind;
use rollup::testing::sqlx_0_8::Kit;
use uuid::Uuid;

const ID: OrderId = OrderId(Uuid::from_u128(7));

fn opened() -> OrderEvent {
    OrderEvent::Opened { customer: "Ada".into() }
}

fn added(price: i64) -> OrderEvent {
    OrderEvent::ItemAdded { price: Cents(price), labels: vec!["gift".into()], note: None }
}

#[tokio::test]
async fn both_folds_of_an_order_are_equal() {
    let database = Database::create().await;
    let kit = Kit::<OrderEvent>::connect(database.url());

    let order = kit.given(&ID, [opened(), added(250), added(1_000), OrderEvent::Paid]).state();
    assert_eq!((order.status, order.total, order.items), (Status::Paid, Cents(1_250), 2));
    assert!(kit.given(&ID, [opened(), OrderEvent::Dropped]).deleted());
    let refused = kit.given(&ID, [opened(), added(i64::MAX), added(1)]).refused();
    assert_eq!((refused.kind, refused.sequence), (Some(ErrorKind::Overflow), Some(3)));
    assert_eq!(refused.column.as_deref(), Some("total"));

    let streams = (0..5).map(|count| std::iter::once(opened()).chain((0..count).map(added)));
    let parity = kit.parity(|at| OrderId(Uuid::from_u128(at as u128)), streams);
    assert_eq!((parity.states, parity.together), (5, 5), "{parity}");

    kit.execute("DROP TRIGGER order_events_rollup ON order_events");
    let difference = kit.check(&ID, &[opened()]).expect_err("there is no row");
    assert!(difference.to_string().contains("PostgreSQL has no row"), "{difference}");

    drop(kit);
    database.close().await;
}
