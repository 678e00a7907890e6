//! The enums again: each derive runs a second time, in the same compiler process.

#[path = "enums.rs"]
pub(crate) mod enums;
#[path = "../fixtures/mod.rs"]
pub(crate) mod fixtures;
