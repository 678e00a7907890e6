//! The model, the SQL emission and the fold that `es-rollup` generates code for.
//!
//! Use it through the `es-rollup` crate. Its only dependencies are the crates whose types it supports, each
//! behind a feature, and with the feature `resolve` one that compares names.

#[cfg(feature = "evolve")]
mod alteration;
mod bounds;
mod described;
pub mod emit;
mod error;
#[cfg(feature = "evolve")]
pub mod evolve;
mod fingerprint;
mod flag;
mod fold;
mod foreign;
#[cfg(feature = "serde_json")]
mod inside;
mod is_std;
mod kept;
mod layout;
#[cfg(feature = "migrations")]
pub mod migrations;
pub mod model;
mod number;
mod own;
mod recorded_time;
#[cfg(feature = "evolve")]
mod renamed;
#[cfg(feature = "resolve")]
pub mod resolve;
mod rows;
pub mod sql;
mod sql_type;
#[doc(hidden)]
pub mod template;
mod text_value;
mod torn;
mod type_info;
mod types;

pub use error::{ErrorKind, FoldError};
pub use fingerprint::Fingerprint;
#[doc(hidden)]
pub use flag::Flag;
pub use fold::{Defaulted, Fold, Recorded, Refusal, Rollup, State};
#[cfg(feature = "serde_json")]
pub use inside::{
    Context, inside, inside_each, inside_field, inside_field_each, read_as, read_as_each,
    read_as_each_optional,
};
#[doc(hidden)]
pub use is_std::is_std;
#[doc(hidden)]
pub use kept::{Cloned, Kept, Moment};
#[doc(hidden)]
pub use layout::Layout;
pub use number::Number;
#[doc(hidden)]
pub use own::Own;
#[doc(hidden)]
pub use recorded_time::{PlainTime, RecordedTime};
#[doc(hidden)]
pub use rows::{Edit, Holder};
pub use rows::{Row, Rows};
pub use sql_type::SqlType;
pub use text_value::{FromText, is_text_of};
#[doc(hidden)]
pub use torn::untorn;
pub use torn::{Torn, TornRead};
pub use type_info::TypeInfo;

/// The type of recorded times unless the enum sets one: `chrono::DateTime<Utc>`.
#[cfg(feature = "chrono")]
#[doc(hidden)]
pub type DefaultTime = chrono::DateTime<chrono::Utc>;

/// A placeholder for the missing type of recorded times.
#[cfg(not(feature = "chrono"))]
#[doc(hidden)]
pub type DefaultTime = SwitchOnChronoOrNameATimeType;

/// The name says what to do: enable the feature `chrono`, or write `time = …` on the enum.
#[cfg(not(feature = "chrono"))]
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub enum SwitchOnChronoOrNameATimeType {}
