//! Behaviour on a real PostgreSQL. Each test has a database of its own.

mod altered;
mod bad_input;
mod catching_up;
mod column_types;
mod concurrency;
mod constraints;
#[path = "../fixtures/mod.rs"]
mod fixtures;
mod folding;
mod foreign_constraints;
mod ids;
mod increasing;
mod installing;
mod kept;
mod layout;
mod models;
mod order;
mod parity;
mod planted;
mod planting;
mod readme;
mod reinstalling;
mod relation;
mod replays;
mod replication;
mod restoring;
mod reverting;
mod row_form;
mod security;
mod shorthands;
mod support;
mod tags;
mod truncating;
mod unseen;
mod values;
