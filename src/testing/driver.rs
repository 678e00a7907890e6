//! What the kit needs from a PostgreSQL client, and the two clients that it supports.

/// A version of sqlx.
#[expect(async_fn_in_trait, reason = "sealed, and its futures run where they are created")]
pub trait Driver: sealed::Sealed + 'static {
    #[doc(hidden)]
    type Connection: Send + 'static;

    /// Connects to the database of the URL, or to another one of the same server.
    #[doc(hidden)]
    async fn connect(url: &str, database: Option<&str>) -> Result<Self::Connection, Failure>;

    /// Runs SQL of any number of statements.
    #[doc(hidden)]
    async fn run(connection: &mut Self::Connection, sql: &str) -> Result<(), Failure>;

    /// The rows of one statement. Every column and every parameter is text.
    #[doc(hidden)]
    async fn rows(
        connection: &mut Self::Connection,
        sql: &str,
        parameters: &[&str],
    ) -> Result<Vec<Row>, Failure>;

    #[doc(hidden)]
    async fn close(connection: Self::Connection);
}

/// A row of texts.
pub(super) type Row = Vec<Option<String>>;

mod sealed {
    #[expect(unnameable_types, reason = "this is what seals the trait")]
    pub trait Sealed {}
}

/// Why a statement has no result.
#[doc(hidden)]
#[derive(Debug)]
pub enum Failure {
    /// The server refused it.
    Refused(Box<Report>),
    /// Anything else.
    Other(String),
}

/// The error that the server reports.
#[doc(hidden)]
#[derive(Debug)]
pub struct Report {
    pub(super) sqlstate: String,
    pub(super) message: String,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) table: Option<String>,
    pub(super) column: Option<String>,
    pub(super) constraint: Option<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Other(text) => out.write_str(text),
            Self::Refused(report) => {
                write!(out, "{}: {}", report.sqlstate, report.message)?;
                let more = [("detail", &report.detail), ("hint", &report.hint)];
                more.into_iter()
                    .filter_map(|(name, text)| Some((name, text.as_ref()?)))
                    .try_for_each(|(name, text)| write!(out, "\n{name}: {text}"))
            }
        }
    }
}

/// Implements the trait with one version of sqlx; `$sql` turns a `&str` into what that version takes as SQL.
macro_rules! driver {
    ($(#[$doc:meta])* $name:ident, $sqlx:ident, $sql:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::testing::driver::sealed::Sealed for $name {}

        impl $crate::testing::driver::Driver for $name {
            type Connection = $sqlx::PgConnection;

            async fn connect(url: &str, database: Option<&str>) -> Result<Self::Connection, Failure> {
                let mut options: $sqlx::postgres::PgConnectOptions = url.parse().map_err(failure)?;
                if let Some(database) = database {
                    options = options.database(database);
                }
                $sqlx::ConnectOptions::connect(&options).await.map_err(failure)
            }

            async fn run(connection: &mut Self::Connection, sql: &str) -> Result<(), Failure> {
                $sqlx::raw_sql($sql(sql)).execute(connection).await.map(drop).map_err(failure)
            }

            async fn rows(
                connection: &mut Self::Connection,
                sql: &str,
                parameters: &[&str],
            ) -> Result<Vec<Row>, Failure> {
                use $sqlx::Row as _;
                // Not cached by the connection: the user of the kit may alter the table meanwhile.
                let query = $sqlx::query($sql(sql)).persistent(false);
                let query = parameters.iter().fold(query, |query, parameter| query.bind(*parameter));
                let rows = query.fetch_all(connection).await.map_err(failure)?;
                let texts = |row: &$sqlx::postgres::PgRow| (0..row.len()).map(|at| row.try_get(at)).collect();
                rows.iter().map(texts).collect::<Result<_, _>>().map_err(failure)
            }

            async fn close(connection: Self::Connection) {
                // If this fails, the server still notices that the connection has ended.
                let _ = $sqlx::Connection::close(connection).await;
            }
        }

        fn failure(error: $sqlx::Error) -> Failure {
            let report = error
                .as_database_error()
                .and_then(|error| error.try_downcast_ref::<$sqlx::postgres::PgDatabaseError>())
                .map(|error| Report {
                    sqlstate: error.code().into(),
                    message: error.message().into(),
                    detail: error.detail().map(Into::into),
                    hint: error.hint().map(Into::into),
                    schema: error.schema().map(Into::into),
                    table: error.table().map(Into::into),
                    column: error.column().map(Into::into),
                    constraint: error.constraint().map(Into::into),
                });
            match report {
                Some(report) => Failure::Refused(Box::new(report)),
                None => Failure::Other(error.to_string()),
            }
        }
    };
}

#[cfg(feature = "testing")]
pub(super) mod sqlx_0_9 {
    use super::{Failure, Report, Row};

    fn sql(sql: &str) -> sqlx::AssertSqlSafe<&str> {
        sqlx::AssertSqlSafe(sql)
    }

    driver! {
        /// sqlx 0.9.
        Sqlx, sqlx, sql
    }
}

#[cfg(feature = "testing-sqlx-0-8")]
pub(super) mod sqlx_0_8 {
    use super::{Failure, Report, Row};

    driver! {
        /// sqlx 0.8.
        Sqlx, sqlx_0_8, std::convert::identity
    }
}
