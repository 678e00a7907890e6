//! Constraints on a rollup's rows, and indexes over them.

use super::Table;

/// A constraint on the rollup's rows, or an index over them. It refers to columns by name, because they may include
/// the columns that every rollup has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// A condition that no event may make false. A NULL condition holds, as in SQL.
    Check {
        /// Its name, which errors contain.
        name: String,
        /// An SQL expression over the rollup's columns.
        expression: String,
    },
    /// No two rows have the same values once their transaction commits. NULLs are distinct.
    Unique {
        /// Its name, which errors contain.
        name: String,
        /// The columns; none of them holds many values.
        columns: Vec<String>,
    },
    /// An index that is not unique.
    Index {
        /// Its name.
        name: String,
        /// The columns: values and counters, or a single column that holds many values.
        columns: Vec<String>,
    },
}

impl Constraint {
    /// A unique constraint, named after its table and columns.
    ///
    /// ```
    /// use es_rollup_core::model::{Constraint, Table};
    ///
    /// let unique = Constraint::unique(&Table::parse("users"), vec!["tenant".into(), "email".into()]);
    /// assert_eq!(unique.name(), "users_tenant_email_key");
    /// ```
    pub fn unique(table: &Table, columns: Vec<String>) -> Self {
        Self::Unique { name: format!("{}_{}_key", table.name, columns.join("_")), columns }
    }

    /// An index, named after its table and columns.
    pub fn index(table: &Table, columns: Vec<String>) -> Self {
        Self::Index { name: format!("{}_{}_idx", table.name, columns.join("_")), columns }
    }

    /// Its name in the database.
    pub fn name(&self) -> &str {
        match self {
            Self::Check { name, .. } | Self::Unique { name, .. } | Self::Index { name, .. } => name,
        }
    }
}
