//! The subscriptions of a newspaper, over three years: the enum of events grows, and the rollup follows.
//!
//! ```sh
//! cargo run --example evolution
//! ```
//!
//! - In the first year, payments are events of which nothing is kept.
//! - In the second, subscriptions can be paused: a new event, and a column that only it sets.
//! - In the third, payments are counted and added up, also those that were stored when nobody counted them.
//!
//! The migrations are in `evolution/migrations`. A test has written each of them when the enum had changed:
//!
//! ```sh
//! ES_ROLLUP_MIGRATIONS=write cargo test migrations_of_subscriptions
//! ```
//!
//! The example applies them one after the other with sqlx, and shows the rows after each. It starts a PostgreSQL server by
//! itself, or uses `DATABASE_URL` if that is set.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[path = "support/mod.rs"]
pub(crate) mod support;

#[path = "evolution/steps.rs"]
pub(crate) mod steps;

#[path = "evolution/years.rs"]
pub(crate) mod years;

use std::error::Error;
use std::io::stdout;

use es_rollup_test_server::Database;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = steps::show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}
