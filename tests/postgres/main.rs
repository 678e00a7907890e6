//! Behaviour on a real PostgreSQL. Each test has a database of its own.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod bad_input;
mod catching_up;
mod column_types;
mod concurrency;
mod constraints;
mod installing;
mod kept;
mod models;
mod order;
mod parity;
mod row_form;
mod security;
mod shorthands;
mod support;
mod tags;
mod values;
