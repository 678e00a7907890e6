//! [`SqlType`](crate::SqlType) for the types that events are made of, a file a crate they come from.
//!
//! Each type's `accepts` was written against what serde reads and what the column holds; `tests/types.rs`
//! of the facade compares the two on a real PostgreSQL.

mod standard;
