//! Behaviour on a real PostgreSQL. Each test has a database of its own.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod bad_input;
mod catching_up;
mod column_types;
mod concurrency;
mod constraints;
mod ids;
mod installing;
mod models;
mod order;
mod parity;
mod planting;
mod reinstalling;
mod restoring;
mod reverting;
mod row_form;
mod security;
mod support;
mod tags;
mod truncating;
mod values;
