//! The examples: what they print, their migrations, and what they promise.
//!
//! After an intended change, `ES_ROLLUP_UPDATE=1 cargo test --test example` updates the files.

#![allow(
    clippy::duplicate_mod,
    clippy::module_inception,
    reason = "each example is a module here, with its own copy of what they share"
)]

mod files;
mod groups;
mod races;
mod roles;
mod users;
mod wallet;
