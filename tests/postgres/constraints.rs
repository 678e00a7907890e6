//! Constraints and indexes: what the database holds rows to beyond the fold.

mod checks;
mod ended;
mod indexes;
mod unique;

use crate::fixtures::MemberEvent;
use crate::support::{Row, Stored, row};
use serde_json::{Value, json};
use sqlx::PgPool;

impl Stored for MemberEvent {
    const ID_TYPE: &'static str = "bigint";
}

/// The first event of a member of tenant 1.
fn joined(id: i64, email: &str) -> Row {
    row(id, 1, json!({"type": "joined", "tenant": 1, "email": email, "badge": null}))
}

fn event(id: i64, sequence: i32, ty: &str, key: &str, value: impl Into<Value>) -> Row {
    row(id, sequence, json!({"type": ty, key: value.into()}))
}

fn paid(id: i64, sequence: i32, amount: i64) -> Row {
    event(id, sequence, "paid", "amount", amount)
}

fn charged(id: i64, sequence: i32, amount: i64) -> Row {
    event(id, sequence, "charged", "amount", amount)
}

fn moved(id: i64, sequence: i32, email: &str) -> Row {
    event(id, sequence, "email_changed", "email", email)
}

fn badged(id: i64, sequence: i32, badge: i64) -> Row {
    event(id, sequence, "badge_given", "badge", badge)
}

/// The members' numbers and addresses, in order.
async fn emails(pool: &PgPool) -> Vec<(i64, String)> {
    sqlx::query_as("SELECT id, email FROM club.member ORDER BY id").fetch_all(pool).await.expect("the rows")
}
