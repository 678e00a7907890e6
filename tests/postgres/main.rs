//! Behaviour on a real PostgreSQL. Each test has a database of its own.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod altered;
mod bad_input;
mod catching_up;
mod column_types;
mod concurrency;
mod constraints;
mod foreign_constraints;
mod installing;
mod models;
mod order;
mod parity;
mod planted;
mod relation;
mod replays;
mod replication;
mod row_form;
mod security;
mod support;
mod tags;
mod unseen;
mod values;
