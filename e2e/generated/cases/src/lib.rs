//! Random event enums, described as data.
//!
//! A description is made by chance from a seed (`generate`), written down as Rust source for the derive (`source`),
//! and folded as it is (`reference`) over streams that are made from it (`streams`). It knows nothing of es-rollup:
//! what an attribute means is said in the two tables, `operations` and `types`, one line each. A new operation or a
//! new type is a new line there.

pub mod broken;
pub mod description;
pub mod dice;
pub mod drawn;
pub mod events;
pub mod generate;
pub mod operations;
pub mod reference;
pub mod source;
pub mod streams;
pub mod types;
pub mod views;
