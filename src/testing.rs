//! A test kit for your own events: given these events, is the state what you expect, in Rust and in
//! PostgreSQL alike?
#![doc = ""]
#![doc = include_str!("../docs/testing.md")]

mod check;
mod column;
mod columns;
mod compare;
mod database;
mod derived;
mod difference;
mod driver;
mod history;
mod insertion;
mod kit;
mod outcome;
mod parity;
mod probe;
mod stream;
mod tables;
mod views;

#[doc(hidden)]
pub use column::{Column, Held, Seen, Typed};
#[doc(hidden)]
pub use columns::Columns;
pub use difference::Difference;
pub use driver::Driver;
pub use kit::KitOn;
pub use outcome::{Outcome, Refused};
pub use parity::Parity;
#[doc(hidden)]
pub use probe::{AsEqual, AsJson, AsShown, AsTime, NoJson, NoTime, NotEqual, NotShown, Probe};
#[doc(hidden)]
pub use serde::{Serialize, Serializer};
pub use stream::Testable;
#[doc(hidden)]
pub use views::{RowPair, ViewColumns, ViewRow, rows, typed_rows};

#[cfg(feature = "testing")]
pub use driver::sqlx_0_9::Sqlx;

/// The test kit on sqlx 0.9.
#[cfg(feature = "testing")]
pub type Kit<E> = KitOn<E, Sqlx>;

/// The test kit for crates that depend on sqlx 0.8, as es-entity does.
#[cfg(feature = "testing-sqlx-0-8")]
pub mod sqlx_0_8 {
    pub use super::driver::sqlx_0_8::Sqlx;

    /// The test kit on sqlx 0.8.
    pub type Kit<E> = super::KitOn<E, Sqlx>;
}
