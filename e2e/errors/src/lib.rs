//! An account, whose rollup refuses what the tests do.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

/// What happens to an account.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "account_events", id = i64, check(no_overdraft = "balance >= 0"))]
pub enum AccountEvent {
    /// Somebody opens it.
    #[rollup(create)]
    Opened {
        /// Who.
        #[rollup(set, unique)]
        owner: String,
    },
    /// Money comes in.
    Deposited {
        /// How much.
        #[rollup(increment = "balance")]
        amount: i64,
    },
    /// Money goes out.
    Withdrawn {
        /// How much.
        #[rollup(decrement = "balance")]
        amount: i64,
    },
}

/// Another rollup of the same database.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[rollup(events = "other_events", id = i64)]
pub enum OtherEvent {
    /// It happened.
    Happened {
        /// What.
        #[rollup(set)]
        what: String,
    },
}

/// The tables, with an account of two events in them, and the rollups.
pub fn prepared() -> String {
    let table = |name| {
        format!(
            "CREATE TABLE {name} (
               id bigint NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
               context jsonb, recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (id, sequence)
             );"
        )
    };
    let rollups = [AccountEvent::MIGRATION_SQL, OtherEvent::MIGRATION_SQL].join("\n");
    let (accounts, others) = (table("account_events"), table("other_events"));
    format!(
        "{accounts} {others} CREATE TABLE plain (x integer PRIMARY KEY); INSERT INTO plain VALUES (1); {rollups} {}",
        insert("account_events", 7, 1, r#"{"type":"opened","owner":"Ada"}"#)
    )
}

/// A statement that appends an event.
pub fn insert(table: &str, id: i64, sequence: i32, event: &str) -> String {
    format!("INSERT INTO {table} (id, sequence, event_type, event) VALUES ({id}, {sequence}, '-', '{event}')")
}

/// Statements that are refused, each with what is to be said of it: reason and SQLSTATE, table, column, constraint.
pub fn refused() -> Vec<(String, Option<&'static str>)> {
    let on_account = |id, sequence, event| insert("account_events", id, sequence, event);
    let unique = on_account(8, 1, r#"{"type":"opened","owner":"Ada"}"#);
    vec![
        (
            on_account(7, 3, r#"{"type":"deposited","amount":1}"#),
            Some("Event(Gap) RU001 account_events_rollup - -"),
        ),
        (
            on_account(7, 1, r#"{"type":"opened","owner":"Ada"}"#),
            Some("Event(Replay) 23505 account_events - account_events_id_sequence_key"),
        ),
        (
            on_account(7, 2, r#"{"type":"deposited","amount":"much"}"#),
            Some("Event(WrongValue) RU010 account_events_rollup balance -"),
        ),
        (
            on_account(7, 2, r#"{"type":"withdrawn","amount":1}"#),
            Some("Check 23514 account_events_rollup - no_overdraft"),
        ),
        (
            format!("SET CONSTRAINTS ALL IMMEDIATE; {unique}"),
            Some("Unique 23505 account_events_rollup - account_events_rollup_owner_key"),
        ),
        // What is not of this rollup.
        (insert("other_events", 7, 2, r#"{"Happened":{"what":"x"}}"#), None),
        ("INSERT INTO plain VALUES (1)".into(), None),
        ("SELECT no_such_function()".into(), None),
    ]
}

/// What is found in an error, in one line.
pub fn told(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let found = es_rollup::refusal_of::<AccountEvent>(error)?;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let (table, column, constraint) = (found.table, found.column, found.constraint);
    Some(format!(
        "{:?} {} {} {} {}",
        found.reason,
        found.sqlstate,
        or_none(table),
        or_none(column),
        or_none(constraint)
    ))
}
