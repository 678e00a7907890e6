//! How events, refusals and values are printed.

use super::events::FileEvent;
use super::support::print::list;
use es_rollup::ErrorKind;
use sqlx::postgres::PgDatabaseError;
use std::error::Error;
use std::io::Write;
use uuid::Uuid;

/// Prints the payloads, without the content of the audit data.
pub(super) fn show_events(out: &mut impl Write, events: &[&FileEvent]) -> Result<(), Box<dyn Error>> {
    let lines = events.iter().map(|event| {
        let fields = event.event.as_object().into_iter().flatten();
        let fields = fields.filter(|(key, _)| !["type", "audit_info"].contains(&key.as_str()));
        let fields = fields.map(|(key, value)| format!(r#""{key}":{value},"#)).collect::<Vec<_>>().concat();
        let payload = format!(r#"{{"type":"{}",{fields}"audit_info":{{…}}}}"#, event.event_type);
        (format!("event {}", event.sequence), payload)
    });
    list(out, lines)
}

/// Prints the database's error for a statement that it must refuse.
pub(super) fn show_refusal(out: &mut impl Write, outcome: sqlx::Result<()>) -> Result<(), Box<dyn Error>> {
    let Err(error) = outcome else {
        return Err("the bad event was accepted".into());
    };
    let refusal = error.as_database_error().and_then(|it| it.try_downcast_ref::<PgDatabaseError>());
    // Each kind of error has its own SQLSTATE, and the fold in Rust has the same kinds.
    let kind = refusal.and_then(|it| ErrorKind::from_sqlstate(it.code()));
    let (Some(refusal), Some(kind)) = (refusal, kind) else {
        return Err(error.into());
    };
    let sqlstate = format!("{}, in Rust ErrorKind::{kind:?}", refusal.code());
    let fields = [
        ("SQLSTATE", Some(sqlstate.as_str())),
        ("message", Some(refusal.message())),
        ("detail", refusal.detail()),
        ("hint", refusal.hint()),
        ("table", refusal.table()),
        ("column", refusal.column()),
    ];
    list(out, fields.into_iter().filter_map(|(label, text)| Some((label, text?))))
}

/// The last four digits of an id. They are random, while the first digits encode the time.
pub(super) fn short(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("…{}", &digits[digits.len() - 4..])
}

pub(super) fn or_null(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "NULL".to_owned())
}
