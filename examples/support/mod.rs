//! What the examples share.

#![allow(dead_code, reason = "each example uses some of it")]

pub(crate) mod print;
pub(crate) mod store;
