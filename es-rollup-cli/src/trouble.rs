//! Why a statement has no result.

/// Why a statement has no result.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The user has ended it.
    Interrupted,
    /// An error of the database.
    Database(sqlx::Error),
}
