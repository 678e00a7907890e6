//! The emitted SQL: its text, and the results of running it on a server and through checkers.
//!
//! | checker | where it runs |
//! |---|---|
//! | snapshots of every text (insta) | everywhere |
//! | squawk's parser and its rules for migrations | everywhere, because it is a crate |
//! | a real server: applied twice, reverted | everywhere, on the server that the tests use |
//! | `plpgsql_check`, on functions and `DO` blocks | if the server has the extension; otherwise it says so |
//! | PostgreSQL 18's own parser | in `e2e/parser`, which `.ci/run` runs; building it needs libclang |

#[path = "sql/emissions.rs"]
mod emissions;
#[path = "sql/enums.rs"]
mod enums;
#[path = "sql/fingerprints.rs"]
mod fingerprints;
#[path = "fixtures/mod.rs"]
mod fixtures;
#[path = "sql/known.rs"]
mod known;
#[path = "sql/plpgsql_check.rs"]
mod plpgsql_check;
#[path = "sql/reading.rs"]
mod reading;
#[path = "sql/server.rs"]
mod server;
#[path = "sql/snapshots.rs"]
mod snapshots;
#[path = "sql/squawk.rs"]
mod squawk;

/// The same enums, expanded a second time.
#[expect(clippy::duplicate_mod, reason = "expanding the same source twice must give the same text")]
#[path = "sql/again.rs"]
mod again;
