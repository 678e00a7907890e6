//! [attribute reference]: crate::reference
//! [views]: crate::reference#views
//! [error reference]: crate::reference#errors
//! [operating guide]: crate::reference#operating-a-rollup
#![cfg_attr(any(feature = "testing", feature = "testing-sqlx-0-8"), doc = "[testing guide]: crate::testing")]
#![cfg_attr(feature = "migrations", doc = "[evolving]: mod@crate::migrations")]
//! [performance page]: https://github.com/es-rollup/es-rollup/blob/main/docs/performance.md
//! [command page]: https://github.com/es-rollup/es-rollup/blob/main/docs/command.md
//! [example output]: https://github.com/es-rollup/es-rollup/blob/main/examples/users/output.txt
//! [example migration]: https://github.com/es-rollup/es-rollup/blob/main/examples/users/users.sql
//! [parity test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/parity.rs
//! [types test]: https://github.com/es-rollup/es-rollup/blob/main/tests/types.rs
//! [order test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/order.rs
//! [constraints test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/constraints.rs
//! [bad input test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/bad_input.rs
//! [catching up test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/catching_up.rs
//! [concurrency test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/concurrency.rs
//! [security test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/security.rs
//! [ui tests]: https://github.com/es-rollup/es-rollup/tree/main/tests/ui
//! [restoring test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/restoring.rs
//! [replication test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/replication.rs
//! [mutations test]: https://github.com/es-rollup/es-rollup/blob/main/tests/postgres/models/mutations.rs
//! [generated test]: https://github.com/es-rollup/es-rollup/tree/main/e2e/generated
//! [sql test]: https://github.com/es-rollup/es-rollup/blob/main/tests/sql.rs
//! [licence MIT]: https://github.com/es-rollup/es-rollup/blob/main/LICENSE-MIT
//! [licence Apache]: https://github.com/es-rollup/es-rollup/blob/main/LICENSE-APACHE
#![doc = ""]
// The first definition of a link wins: in rustdoc these replace the README's, which point to files.
#![doc = include_str!("../README.md")]

pub use es_rollup_core::sql::Sql;
pub use es_rollup_core::sql_type;
pub use es_rollup_core::{
    ErrorKind, Fold, FoldError, Number, Recorded, Rollup, Row, Rows, SqlType, State, Torn, TornRead, TypeInfo,
};
/// Folds an enum of events into their current state, in Rust and in PostgreSQL.
///
/// ```
/// use es_rollup::Rollup;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Rollup)]
/// #[serde(tag = "type", rename_all = "snake_case")]
/// #[rollup(events = "user_events", id = i64)]
/// enum UserEvent {
///     #[rollup(create)]
///     Registered { #[rollup(set)] email: String },
///     RoleGranted { #[rollup(set = "role")] role: String },
///     #[rollup(clear = "role")]
///     RoleRevoked,
///     #[rollup(ignore)]
///     LoggedIn,
/// }
///
/// fn columns(user: UserRollup) -> (String, Option<String>) {
///     (user.email, user.role)
/// }
/// assert_eq!(UserEvent::ROLLUP_TABLE, r#""public"."user_events_rollup""#);
/// assert!(UserEvent::MIGRATION_SQL.contains(r#""email" text NOT NULL,"#));
/// ```
pub use es_rollup_derive::Rollup;
/// Makes your own type usable as the type of a column.
///
/// ```
/// use es_rollup::SqlType;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
/// struct UserId(uuid::Uuid);
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
/// #[serde(rename_all = "snake_case")]
/// enum Plan {
///     Free,
///     PaidYearly,
/// }
///
/// #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, SqlType)]
/// #[rollup(number)]
/// struct Cents(i64);
/// ```
pub use es_rollup_derive::SqlType;

#[cfg(feature = "migrations")]
pub mod migrations;
mod refusal;
#[cfg(feature = "migrations")]
pub mod startup;
#[cfg(any(feature = "testing", feature = "testing-sqlx-0-8"))]
pub mod testing;

pub use refusal::{Reason, Refusal, refusal_of};

/// Nothing to call: the references of attributes and of errors, and a guide for operating the database.
///
/// [error reference]: #errors
/// [violations of constraints]: #violations-of-constraints
/// [views]: #views
/// [history]: #history
/// [json]: #json
/// [check]: #check
/// [unique]: #unique
/// [who installs]: #who-installs
/// [operating guide]: #operating-a-rollup
/// [command]: https://github.com/es-rollup/es-rollup/blob/main/docs/command.md
#[cfg_attr(any(feature = "testing", feature = "testing-sqlx-0-8"), doc = "[testing guide]: crate::testing")]
#[cfg_attr(feature = "migrations", doc = "[evolving]: mod@crate::migrations")]
#[doc = ""]
#[doc = include_str!("../docs/attributes.md")]
#[doc = include_str!("../docs/errors.md")]
#[doc = include_str!("../docs/operating.md")]
#[cfg(any(doc, doctest))]
pub mod reference {}

/// The SQL in the README is that of its quick start.
///
/// ```
/// use es_rollup::Rollup;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Rollup)]
/// #[serde(tag = "type", rename_all = "snake_case")]
/// #[rollup(events = "core_user_events", id = uuid::Uuid)]
/// enum UserEvent {
///     #[rollup(create)]
///     Initialized { #[rollup(set)] email: String },
///     RoleGranted { #[rollup(set = "role")] role: String },
///     #[rollup(clear = "role")]
///     RoleRevoked {},
///     #[rollup(ignore)]
///     PasswordResetRequested {},
/// }
///
/// fn unindented(text: &str) -> String {
///     text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
/// }
/// let migration = unindented(UserEvent::MIGRATION_SQL);
/// let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
/// let blocks: Vec<&str> = readme.split("```sql\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
/// assert_eq!(blocks.len(), 2);
/// for block in blocks {
///     assert!(migration.contains(&unindented(block)), "not in the migration:\n{block}");
/// }
/// ```
#[cfg(doctest)]
mod readme {}

/// Expands to nothing unless the test kit is enabled.
#[cfg(not(any(feature = "testing", feature = "testing-sqlx-0-8")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __es_rollup_kit {
    ($($columns:tt)*) => {};
}

#[doc(hidden)]
pub mod __private {
    pub use crate::__es_rollup_kit as kit;
    pub use es_rollup_core::model::{Order, Part};
    pub use es_rollup_core::sql::{Sql, text};
    pub use es_rollup_core::template::{Filling, Template, Texts};
    pub use es_rollup_core::{
        Cloned, DefaultTime, Defaulted, Edit, Fingerprint, Flag, FromText, Holder, Kept, Layout, Moment,
        Number, PlainTime, RecordedTime, Refusal, TypeInfo, is_std, is_text_of, untorn,
    };
    #[cfg(feature = "serde_json")]
    pub use es_rollup_core::{
        Context, inside, inside_each, inside_field, inside_field_each, read_as, read_as_each,
        read_as_each_optional,
    };
}
