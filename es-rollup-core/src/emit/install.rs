//! How installing and reverting refuse, and what both require of their transaction.

use super::text::{indent, literal};
use crate::ErrorKind;

/// `RAISE` of an install error; the message is an SQL expression.
pub(super) fn raise_install(message: &str, hint: &str, margin: usize) -> String {
    let text = format!(
        "RAISE EXCEPTION USING ERRCODE = '{}',\n  MESSAGE = {message},\n  HINT = {};",
        ErrorKind::Install.sqlstate(),
        literal(hint)
    );
    indent(&text, margin).trim_start().into()
}

/// One check: `IF condition THEN RAISE … END IF;`, after the statements that it needs.
pub(super) fn check(before: &str, condition: &str, message: &str, hint: &str) -> String {
    let raise = raise_install(message, hint, 2);
    format!("{before}IF {condition} THEN\n  {raise}\nEND IF;")
}

/// With an older snapshot, the migration would not see the events of writers for which the lock has waited.
pub(super) fn isolation() -> String {
    isolation_of("the migration", "Begin its transaction with BEGIN ISOLATION LEVEL READ COMMITTED.")
}

/// The same for something else.
pub(super) fn isolation_of(who: &str, hint: &str) -> String {
    check(
        "",
        "current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted')",
        &format!(
            "format('{who} runs at isolation level %s, at which it would not see what is committed while it waits', current_setting('transaction_isolation'))"
        ),
        hint,
    )
}

/// The transaction's settings are lost if each statement is a separate transaction.
pub(super) fn in_one_transaction() -> String {
    check(
        "",
        "pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE",
        "'the migration does not run in one transaction'",
        "Begin a transaction before its first statement.",
    )
}
