//! How the table follows the enum: a new event, a new field of an event that is stored, and the way back.

use std::error::Error;
use std::io::Write;

use serde_json::{Value, json};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgPool};

use super::events::{FileEvent, events_of_the_file, insert_one};
use super::later::{second, third};
use super::migrations;
use super::print::{show_events, show_refusal};
use super::support::print::{heading, list, prose, sql, table};
use super::support::store::{self, Events};

/// The last three steps.
pub(super) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let change = Change { pool, migrator: &migrations().await? };
    let events = events_of_the_file()?;
    let last_of = |user: &str| {
        let email = format!("{user}@halden.example");
        let id = events.iter().find(|event| event.event["email"] == email)?.id;
        events.iter().rfind(|event| event.id == id)
    };
    change.add_an_event(out, last_of("moreau").ok_or("the user has events")?).await?;
    change.add_a_field(out, last_of("okonkwo").ok_or("the user has events")?).await?;
    change.go_back(out).await
}

struct Change<'a> {
    pool: &'a PgPool,
    migrator: &'a Migrator,
}

impl Change<'_> {
    /// 8: a new event, with a column that only it sets.
    async fn add_an_event(&self, out: &mut impl Write, last: &FileEvent) -> Result<(), Box<dyn Error>> {
        heading(out, "8. A new event, and a column for it")?;
        let confirmed = next(last, "phone_confirmed", "phone", "+44 20 7946 0018");
        prose(out, "UserEvent gets an event PhoneConfirmed. The database does not know it yet:")?;
        show_events(out, &[&confirmed])?;
        show_refusal(out, insert_one(self.pool, &confirmed).await)?;
        let mut connection = self.pool.acquire().await?;
        self.migrate(out, &mut connection, 2).await?;
        insert_one(self.pool, &confirmed).await?;
        self.rows(out, &["email", "version", "phone"]).await?;
        self.compare::<second::UserEvent>(out).await
    }

    /// 9: a field of an event that is stored. So the rows are filled from the log, here while others write.
    async fn add_a_field(&self, out: &mut impl Write, last: &FileEvent) -> Result<(), Box<dyn Error>> {
        heading(out, "9. A new field, and rows that are filled from stored events")?;
        prose(
            out,
            "AccessReviewed gets a field `finding`, and reviews are counted, also those that are stored.\n\
             A migration folds up to 20,000 events itself. With this limit, it leaves them for later:",
        )?;
        // A connection of its own, since it keeps the setting.
        let mut connection = self.pool.acquire().await?.detach();
        let limit = "SET es_rollup.history_limit = 10";
        sql(out, limit)?;
        sqlx::raw_sql(limit).execute(&mut connection).await?;
        self.migrate(out, &mut connection, 3).await?;

        prose(out, "Writers go on. A user's first event folds those before it, and the other rows wait:")?;
        let reviewed = next(last, "access_reviewed", "finding", "no second approver");
        show_events(out, &[&reviewed])?;
        insert_one(self.pool, &reviewed).await?;
        self.rows(out, &["email", "version", "reviews", "finding"]).await?;

        prose(out, "The fill folds the others, some at a time, each time in a transaction of its own:")?;
        let fill = "CALL core_user_events_rollup_fill()";
        sql(out, fill)?;
        sqlx::raw_sql(fill).execute(&mut connection).await?;
        self.rows(out, &["email", "version", "reviews", "finding"]).await?;

        self.compare::<third::UserEvent>(out).await
    }

    /// 10: what the migrations did is taken back, as long as no event gets lost.
    async fn go_back(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "10. The way back")?;
        // A connection of its own, since sqlx keeps its lock when a migration fails.
        let mut connection = self.pool.acquire().await?.detach();
        self.migrator.undo(&mut connection, 2).await?;
        prose(out, "Each migration has a way back. That of the third one drops its columns:")?;
        self.rows(out, &["email", "version", "phone"]).await?;
        prose(out, "That of the second one is refused, because it would have to forget an event:")?;
        let refused = self.migrator.undo(&mut connection, 1).await.err().ok_or("the event is forgotten")?;
        list(out, [("error", message(&refused))])
    }

    /// Applies the next migration, and shows how it alters the table.
    async fn migrate(
        &self,
        out: &mut impl Write,
        connection: &mut PgConnection,
        version: i64,
    ) -> Result<(), Box<dyn Error>> {
        self.migrator.run_to(version, connection).await?;
        let mut migrations = self.migrator.iter();
        let migration = migrations.find(|one| one.version == version && one.migration_type.is_up_migration());
        let migration = migration.ok_or("the migration is there")?;
        prose(out, &format!("Migration {version}, {}, has:", migration.description))?;
        let altered = migration.sql.as_str().lines().map(str::trim_start);
        let altered = altered.filter(|line| line.starts_with("ALTER TABLE") && line.contains("_rollup\" "));
        sql(out, &altered.collect::<Vec<_>>().join("\n"))
    }

    /// Compares all rows with the fold of the enum as it is now.
    async fn compare<E>(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>>
    where
        E: Events<State: PartialEq + for<'r> FromRow<'r, PgRow> + Send + Unpin>,
    {
        let folds = store::folded::<E>(self.pool).await?;
        let query = AssertSqlSafe(format!("{} ORDER BY r.id", E::STATE_SQL));
        let rows: Vec<E::State> = sqlx::query_as(query).fetch_all(self.pool).await?;
        if folds != rows {
            return Err("fold and row differ after a change".into());
        }
        prose(out, &format!("All {} rows equal the fold of the new enum.", rows.len()))
    }

    /// Prints the rows of the first four users.
    async fn rows(&self, out: &mut impl Write, columns: &[&str]) -> Result<(), Box<dyn Error>> {
        let select =
            format!("SELECT {} FROM core_user_events_rollup ORDER BY id LIMIT 4", columns.join(", "));
        sql(out, &select)?;
        let rows = AssertSqlSafe(format!("SELECT to_jsonb(r) FROM ({select}) AS r"));
        let rows: Vec<Value> = sqlx::query_scalar(rows).fetch_all(self.pool).await?;
        let shown = |cell: &Value| match cell {
            Value::Null => "NULL".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut lines: Vec<Vec<String>> = vec![columns.iter().map(|&column| column.to_owned()).collect()];
        lines.extend(rows.iter().map(|row| columns.iter().map(|&column| shown(&row[column])).collect()));
        table(out, &lines)
    }
}

/// An event with one field, after the last one of a user.
fn next(last: &FileEvent, event_type: &str, field: &str, value: &str) -> FileEvent {
    FileEvent {
        id: last.id,
        sequence: last.sequence + 1,
        event_type: event_type.to_owned(),
        event: json!({ "type": event_type, field: value, "audit_info": last.event["audit_info"] }),
        recorded_at: last.recorded_at,
    }
}

/// What the database says, without what sqlx adds.
fn message(error: &MigrateError) -> String {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = source {
        if let Some(database) = one.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error) {
            return database.message().to_owned();
        }
        source = one.source();
    }
    error.to_string()
}
