//! facade
pub use es_rollup_core::{ErrorKind, Fold, FoldError, Number, Recorded, Rollup, SqlType, State};
pub use es_rollup_derive::{Rollup, SqlType};

#[doc(hidden)]
pub mod __private {
    pub use es_rollup_core::sql::{Sql, text};
    pub use es_rollup_core::{DefaultTime, FromText, Number, Refusal, TypeInfo, is_text_of};
}
