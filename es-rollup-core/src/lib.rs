//! The model, the SQL emission and the fold that `es-rollup` generates code for.
//!
//! Use it through the `es-rollup` crate.

pub mod sql;
mod sql_type;
mod types;

pub use sql_type::{SqlType, TypeInfo};
