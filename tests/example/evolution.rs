//! `cargo run --example evolution`: its output and its migrations.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/evolution.rs"]
mod evolution;

use crate::files::assert_is_output;
use es_rollup_test_server::Database;

es_rollup::migrations!(
    "examples/evolution/migrations",
    test = migrations_of_subscriptions: evolution::years::third::SubscriptionEvent
);

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    evolution::steps::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("evolution/output.txt", out);
}
