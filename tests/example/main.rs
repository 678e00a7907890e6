//! The examples: what they print, their migrations, and what they promise.
//!
//! After an intended change, `ES_ROLLUP_UPDATE=1 cargo test --test example` updates the files.

mod files;
mod groups;
mod users;
