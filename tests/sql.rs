//! The emitted SQL: how it reads, and what a server and the checkers say about it.
//!
//! | checker | where it runs |
//! |---|---|
//! | snapshots of every text (insta) | everywhere |
//! | squawk's parser and its rules for migrations | everywhere: it is a crate |
//! | a real server: applied twice, reverted | everywhere, on whatever server the tests have |
//! | `plpgsql_check`, on functions and `DO` blocks | where the server has the extension; says so where not |
//! | PostgreSQL 18's own parser | `e2e/parser`, which `.ci/run` runs: it takes libclang to build |

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
#[path = "sql/server.rs"]
mod server;
#[path = "sql/snapshots.rs"]
mod snapshots;
#[path = "sql/squawk.rs"]
mod squawk;

/// The same enums, expanded a second time.
#[expect(clippy::duplicate_mod, reason = "what is made from one source twice has to be the same")]
#[path = "sql/again.rs"]
mod again;
