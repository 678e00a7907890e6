//! Ways to insert events, and to write rows in an application that keeps them itself.

use crate::events::{Stored, User};
use sqlx::postgres::PgConnection;
use std::fmt::Write as _;

const INSERT_ONE: &str = "INSERT INTO user_events (id, sequence, event_type, event, recorded_at) VALUES ($1, $2, $3, $4::jsonb, $5)";

const INSERT_MANY: &str = "INSERT INTO user_events (id, sequence, event_type, event, recorded_at)
    SELECT n.id, n.sequence, n.event_type, n.event::jsonb, n.recorded_at
    FROM UNNEST($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[])
      AS n (id, sequence, event_type, event, recorded_at)";

const STAGE: &str = "INSERT INTO staged (place, id, sequence, event_type, event, recorded_at)
    SELECT n.place, n.id, n.sequence, n.event_type, n.event::jsonb, n.recorded_at
    FROM UNNEST($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[]) WITH ORDINALITY
      AS n (id, sequence, event_type, event, recorded_at, place)";

const UPDATE_ONE: &str =
    "UPDATE user_events_rollup SET version = $2, modified_at = $3, email = $4, name = $5,
      active = $6, verified = $7, authentication_id = $8, role = $9, suspended_for = $10, logins = $11,
      last_login_at = $12, points = $13
    WHERE id = $1 AND version < $2";

const KEEP_MANY: &str = "INSERT INTO user_events_rollup (id, version, created_at, modified_at, email, name, active,
      verified, authentication_id, role, suspended_for, logins, last_login_at, points)
    SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
      $7::boolean[], $8::boolean[], $9::uuid[], $10::text[], $11::text[], $12::bigint[], $13::timestamptz[],
      $14::bigint[])
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, modified_at = excluded.modified_at,
      email = excluded.email, name = excluded.name, active = excluded.active, verified = excluded.verified,
      authentication_id = excluded.authentication_id, role = excluded.role,
      suspended_for = excluded.suspended_for, logins = excluded.logins, last_login_at = excluded.last_login_at,
      points = excluded.points";

pub async fn one(connection: &mut PgConnection, event: &Stored) -> sqlx::Result<()> {
    sqlx::query(INSERT_ONE)
        .bind(event.id)
        .bind(event.sequence)
        .bind(event.event_type)
        .bind(&event.event)
        .bind(event.recorded_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// One statement, in the order given.
pub async fn many(connection: &mut PgConnection, events: &[Stored]) -> sqlx::Result<()> {
    unnested(connection, INSERT_MANY, events).await
}

/// Stages events for the loop in the server; places count from 1.
pub async fn stage(connection: &mut PgConnection, events: &[Stored]) -> sqlx::Result<()> {
    sqlx::query("TRUNCATE staged").execute(&mut *connection).await?;
    unnested(connection, STAGE, events).await?;
    sqlx::query("VACUUM ANALYZE staged").execute(connection).await?;
    Ok(())
}

async fn unnested(connection: &mut PgConnection, sql: &'static str, events: &[Stored]) -> sqlx::Result<()> {
    sqlx::query(sql)
        .bind(events.iter().map(|it| it.id).collect::<Vec<_>>())
        .bind(events.iter().map(|it| it.sequence).collect::<Vec<_>>())
        .bind(events.iter().map(|it| it.event_type).collect::<Vec<_>>())
        .bind(events.iter().map(|it| it.event.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|it| it.recorded_at).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes the row of an entity that already has one.
pub async fn keep_row(connection: &mut PgConnection, user: &User) -> sqlx::Result<()> {
    let done = sqlx::query(UPDATE_ONE)
        .bind(user.id)
        .bind(user.version)
        .bind(user.modified_at)
        .bind(&user.email)
        .bind(&user.name)
        .bind(user.active)
        .bind(user.verified)
        .bind(user.authentication_id)
        .bind(&user.role)
        .bind(&user.suspended_for)
        .bind(user.logins)
        .bind(user.last_login_at)
        .bind(user.points)
        .execute(connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Writes the rows of entities that may or may not have one.
pub async fn keep_rows(connection: &mut PgConnection, users: &[&User]) -> sqlx::Result<()> {
    let at = users.iter();
    sqlx::query(KEEP_MANY)
        .bind(at.clone().map(|it| it.id.0).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.version).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.created_at).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.modified_at).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.email.as_str()).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.name.as_str()).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.active).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.verified).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.authentication_id).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.role.as_deref()).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.suspended_for.as_deref()).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.logins).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.last_login_at).collect::<Vec<_>>())
        .bind(at.clone().map(|it| it.points).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Events as `COPY` reads them.
pub fn copy_text(events: &[Stored]) -> String {
    let mut text = String::with_capacity(events.len() * 160);
    for it in events {
        // The JSON of these events has no backslashes or control characters, which COPY would interpret.
        writeln!(text, "{}\t{}\t{}\t{}\t{}", it.id, it.sequence, it.event_type, it.event, it.recorded_at)
            .expect("text can be written to");
    }
    text
}

pub async fn copy(connection: &mut PgConnection, text: &str) -> sqlx::Result<()> {
    let mut sink = connection
        .copy_in_raw("COPY user_events (id, sequence, event_type, event, recorded_at) FROM STDIN")
        .await?;
    for chunk in text.as_bytes().chunks(1 << 20) {
        sink.send(chunk).await?;
    }
    sink.finish().await?;
    Ok(())
}
