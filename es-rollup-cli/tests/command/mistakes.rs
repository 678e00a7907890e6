//! What is said to a mistake: one message with what to do next, and a code that says whose it is.

use crate::enums::other;
use crate::place::{Place, Ran, program};
use es_rollup::Rollup as _;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;
use std::process::Command;

fn run(arguments: &[&str]) -> String {
    let mut command = Command::new(program());
    command.args(arguments).env_remove("DATABASE_URL").current_dir(env!("CARGO_MANIFEST_DIR"));
    Ran::of(&command.output().expect("the command runs")).shown()
}

#[test]
fn mistakes_without_a_database() {
    let nowhere = "postgres://ann:secret@127.0.0.1:1/shop";
    let all = [
        run(&["status"]),
        run(&["status", "--database-url", nowhere]),
        run(&["status", "--database-url", "shop"]),
        run(&["check"]),
        run(&["explain", "nothing.sql"]),
        run(&["explain", "Cargo.toml"]),
        run(&["verify", "--sample", "0", "--database-url", nowhere]),
    ];
    let all = all.join("\n");
    assert!(!all.contains("secret"), "{all}");
    assert_snapshot!(all);
}

#[tokio::test]
async fn mistakes_with_names() {
    needs_several_connections!();
    let place = Place::new().await;
    let mut all = vec![place.run(&["verify"]).shown()];
    place.sql(other::ParcelEvent::MIGRATION_SQL).await;
    all.push(place.run(&["status", "--rollup", "parcel"]).shown());
    all.push(place.run(&["status", "--rollup", "x"]).shown());
    place.sql(crate::enums::first::OrderEvent::MIGRATION_SQL).await;
    all.push(place.run(&["at", "1", "1"]).shown());
    all.push(place.run(&["verify", "--after", "1"]).shown());
    all.push(place.run(&["explain", "--rollup", "public.orders"]).shown());
    all.push(place.run(&["diff", "db", "db", "--rollup", "parcels"]).shown());
    all.push(place.run(&["status", "--role", "nobody"]).shown());
    assert_snapshot!(all.join("\n"));
}
