//! A PostgreSQL server for the tests, examples and benchmarks of es-rollup, with a separate database for each.
//!
//! Nothing has to be installed or started by hand. The server is the first of these that is available:
//!
//! 1. `DATABASE_URL`: that server; each database is created there under a unique name and dropped after use.
//! 2. Server programs on this machine (`ES_ROLLUP_PG_BIN`, `PATH`, `pg_config`, the usual folders): an ephemeral
//!    cluster on a Unix socket, which ends with the process that uses it, even if that is killed.
//! 3. The embedded server of `tests/embedded`, built on demand: one connection at a time.
//!
//! `ES_ROLLUP_SERVER` (`url`, `programs` or `embedded`) selects one of them. Unix only.
//!
//! A test that needs several connections at a time starts with [`needs_several_connections!`], so that it does not
//! hang on the embedded server. To try things by hand, run `cargo run -p es-rollup-test-server`: it prints the URL of
//! a database and keeps the database until standard input ends.
//!
//! ```no_run
//! # async fn example() -> Result<(), sqlx::Error> {
//! let database = es_rollup_test_server::Database::create().await;
//! sqlx::query("CREATE TABLE account (id bigint)").execute(database.pool()).await?;
//! database.close().await;
//! # Ok(())
//! # }
//! ```

mod account;
mod cluster;
mod connections;
mod database;
mod embedded;
mod folder;
mod ladder;
mod programs;
mod say;
mod target;
mod template;
mod url;

pub use connections::{several_connections, several_connections_or_say};
pub use database::Database;
pub use ladder::{Cluster, insist_on_cluster, server_line};
pub use programs::client_program;
