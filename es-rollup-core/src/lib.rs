//! The model, the SQL emission and the fold that `es-rollup` generates code for.
//!
//! Use it through the `es-rollup` crate. It depends on nothing but the crates whose types it knows, each
//! behind a feature.

pub mod emit;
mod error;
mod fold;
pub mod model;
pub mod sql;
mod sql_type;
mod types;

pub use error::{ErrorKind, FoldError};
pub use fold::{Fold, Recorded, Refusal, Rollup, State};
pub use sql_type::{SqlType, TypeInfo};
