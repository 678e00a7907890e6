//! The examples: what they print, their migrations, and what they promise.
//!
//! After an intended change, `ES_ROLLUP_UPDATE=1 cargo test --test example` updates the files.

#![allow(
    clippy::duplicate_mod,
    reason = "each example is a program of its own, and takes in what they share"
)]
#![allow(clippy::module_inception, reason = "the test of an example has its name")]

mod cart;
mod files;
mod groups;
mod races;
mod roles;
mod tickets;
mod users;
mod wallet;
