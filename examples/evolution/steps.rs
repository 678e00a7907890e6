//! What the example shows, year by year.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use es_rollup::Rollup;
use sqlx::migrate::Migrator;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::support::print::{heading, list, prose, sql, table};
use super::support::store::{self, Clock, Events};
use super::years::{first, second, third};

/// All years, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out)?;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/evolution/migrations");
    let mut newspaper =
        Newspaper { pool, migrator: Migrator::new(directory).await?, clock: Clock::starting(1_700_000_000) };
    newspaper.first(out).await?;
    newspaper.second(out).await?;
    newspaper.third(out).await?;
    newspaper.back(out).await
}

/// A subscription of the example.
const fn number(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

struct Newspaper<'a> {
    pool: &'a PgPool,
    migrator: Migrator,
    clock: Clock,
}

impl Newspaper<'_> {
    async fn first(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        use first::SubscriptionEvent::{Paid, PlanChanged, Started};
        heading(out, "The first year: subscriptions begin, and of payments nothing is kept")?;
        self.migrate(out, 2).await?;
        let ann = [
            Started { email: "ann@example.org".into(), plan: "weekend".into() },
            Paid { cents: 1_900 },
            Paid { cents: 1_900 },
            PlanChanged { plan: "daily".into() },
        ];
        self.append(1, 0, &ann).await?;
        self.append(2, 0, &[Started { email: "ben@example.org".into(), plan: "daily".into() }]).await?;
        self.rows(out).await?;
        prose(out, "The readers' team gets to see the subscriptions:")?;
        let grant = "GRANT SELECT ON subscriptions TO pg_monitor";
        sql(out, grant)?;
        sqlx::raw_sql(grant).execute(self.pool).await?;
        Ok(())
    }

    async fn second(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        use second::SubscriptionEvent::Paused;
        heading(out, "The second year: subscriptions can be paused")?;
        let paused = [Paused { paused_until: chrono::NaiveDate::from_ymd_opt(2025, 2, 1).ok_or("no date")? }];
        let early = self.append(2, 1, &paused).await;
        let refused = early.err().as_ref().and_then(store::refused::<second::SubscriptionEvent>);
        prose(out, &format!("Before the migration, the new event is refused: {refused:?}."))?;
        self.migrate(out, 3).await?;
        self.append(2, 1, &paused).await?;
        self.rows(out).await
    }

    async fn third(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        use third::SubscriptionEvent::{Paid, Resumed};
        heading(out, "The third year: payments are counted, the old ones too")?;
        self.migrate(out, 4).await?;
        self.rows(out).await?;
        self.append(1, 4, &[Paid { cents: 2_900 }]).await?;
        self.append(2, 2, &[Resumed {}, Paid { cents: 2_900 }]).await?;
        self.rows(out).await?;
        let folds = store::folded::<third::SubscriptionEvent>(self.pool).await?;
        let query = format!("{} ORDER BY r.id", third::SubscriptionEvent::STATE_SQL);
        let rows: Vec<third::SubscriptionRollup> =
            sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_all(self.pool).await?;
        if folds != rows {
            return Err("the rows are not the fold".into());
        }
        prose(out, &format!("All {} rows equal the fold in Rust.", rows.len()))?;
        let granted = "SELECT has_table_privilege('pg_monitor', 'subscriptions', 'SELECT')";
        let granted: bool = sqlx::query_scalar(granted).fetch_one(self.pool).await?;
        prose(out, &format!("The readers' team can still see them: {granted}."))
    }

    async fn back(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "The way back")?;
        // Connections of its own, since sqlx keeps its lock when a migration fails.
        let mut connection = self.pool.acquire().await?.detach();
        self.migrator.undo(&mut connection, 3).await?;
        prose(out, "The third migration is taken back:")?;
        self.rows(out).await?;
        prose(out, "The second one cannot be, since an event is stored that the first model does not know:")?;
        let refused = self.migrator.undo(&mut connection, 2).await;
        let refused = refused.err().ok_or("the event is forgotten")?;
        list(out, [("error", message(&refused))])?;
        drop::<PgConnection>(connection);
        Ok(())
    }

    /// Applies the migrations up to a version, and shows how the last one alters the table.
    async fn migrate(&self, out: &mut impl Write, version: i64) -> Result<(), Box<dyn Error>> {
        self.migrator.run_to(version, self.pool).await?;
        let mut migrations = self.migrator.iter();
        let migration = migrations.find(|one| one.version == version && one.migration_type.is_up_migration());
        let migration = migration.ok_or("the migration is there")?;
        prose(out, &format!("Migration {version}, {}, has:", migration.description))?;
        let is_shown = |line: &&str| {
            ["ALTER TABLE", "CREATE TABLE", "CREATE INDEX"].iter().any(|word| line.starts_with(word))
                && line.contains(third::SubscriptionEvent::ROLLUP_TABLE)
        };
        let lines = migration.sql.as_str().lines().map(|line| line.trim_start().trim_end_matches(" ("));
        let lines = lines.filter(is_shown);
        sql(out, &lines.collect::<Vec<_>>().join("\n"))
    }

    async fn append<E: Events + Rollup<Id = Uuid>>(
        &mut self,
        subscription: u128,
        version: i64,
        events: &[E],
    ) -> sqlx::Result<()> {
        store::append(self.pool, &number(subscription), version, self.clock.now(), None, events).await
    }

    /// Prints what the table has, whatever that is this year.
    async fn rows(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let columns = "SELECT attname::text FROM pg_attribute
                       WHERE attrelid = 'subscriptions'::regclass AND attnum > 0 AND NOT attisdropped
                         AND attname <> ALL ('{id,created_at,modified_at}') ORDER BY attnum";
        let columns: Vec<String> = sqlx::query_scalar(columns).fetch_all(self.pool).await?;
        let rows = "SELECT to_jsonb(s) FROM subscriptions AS s ORDER BY id";
        let rows: Vec<serde_json::Value> = sqlx::query_scalar(rows).fetch_all(self.pool).await?;
        let shown = |value: &serde_json::Value| match value {
            serde_json::Value::Null => "-".to_string(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut lines = vec![columns.clone()];
        lines.extend(rows.iter().map(|row| columns.iter().map(|column| shown(&row[column])).collect()));
        table(out, &lines)
    }
}

/// What the database says, without what sqlx adds.
fn message(error: &sqlx::migrate::MigrateError) -> String {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = source {
        if let Some(database) = one.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error) {
            return database.message().to_string();
        }
        source = one.source();
    }
    error.to_string()
}
