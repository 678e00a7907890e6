//! The kit for users' tests, used as they use it, on a real PostgreSQL.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod carts;
mod differences;
mod histories;
mod lifecycle;
mod outcomes;
mod parity;
mod retired;
mod states;
mod support;
mod views;
