//! What is compared: ways to keep the row, each in a database of its own with the same event table.

use crate::cost::Session;
use crate::events::{GroupEvent, Stored, User, row, statement};
use crate::insert;
use crate::streams::World;
use es_rollup::Rollup as _;
use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;
use std::fs;
use uuid::Uuid;

/// One way to keep the row.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub letter: char,
    pub name: &'static str,
    /// Beside the event table.
    install: &'static [&'static str],
    pub keeps: Keeps,
}

impl Subject {
    /// One that a file of SQL makes.
    pub fn of_file(letter: char, path: &str) -> Result<Self, String> {
        let sql = fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
        // For as long as the process, as the others.
        let (name, install) = (path.to_owned().leak(), vec![&*sql.leak()].leak());
        Ok(Self { letter, name, install, keeps: Keeps::Trigger })
    }
}

/// Who keeps the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    Nobody,
    Trigger,
    Application,
}

pub const EVENTS: &str = include_str!("sql/events.sql");

/// All of them. The first is what the others are compared with.
pub const SUBJECTS: &[Subject] = &[
    Subject { letter: 'A', name: "events only", install: &[], keeps: Keeps::Nobody },
    Subject {
        letter: 'B',
        name: "peer's row trigger",
        install: &[include_str!("sql/peer.sql")],
        keeps: Keeps::Trigger,
    },
    Subject {
        letter: 'C',
        name: "row trigger by hand",
        install: &[include_str!("sql/latest_table.sql"), include_str!("sql/hand.sql")],
        keeps: Keeps::Trigger,
    },
    Subject {
        letter: 'D',
        name: "es-rollup",
        install: &[statement::UserEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
    },
    Subject {
        letter: 'E',
        name: "es-rollup, row by row",
        install: &[row::UserEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
    },
    Subject {
        letter: 'F',
        name: "application",
        install: &[include_str!("sql/latest_table.sql")],
        keeps: Keeps::Application,
    },
];

/// Ours with a set instead of users.
pub const GROUPS: Subject =
    Subject { letter: 'D', name: "es-rollup", install: &[GroupEvent::MIGRATION_SQL], keeps: Keeps::Trigger };

/// A subject at work.
#[derive(Debug)]
pub struct Lab {
    pub subject: Subject,
    database: Database,
}

impl Lab {
    pub async fn set_up(subject: Subject) -> sqlx::Result<Self> {
        let database = Database::create().await;
        let mut session = Session::open(database.url()).await?;
        for sql in [EVENTS].iter().chain(subject.install) {
            sqlx::raw_sql(AssertSqlSafe(*sql)).execute(&mut session.connection).await?;
        }
        Ok(Self { subject, database })
    }

    pub async fn session(&self) -> sqlx::Result<Session> {
        Session::open(self.database.url()).await
    }

    /// Empties the tables and puts events in.
    pub async fn reset(&self, events: &[Stored], world: &World) -> sqlx::Result<()> {
        let mut session = self.session().await?;
        let it = &mut session.connection;
        sqlx::query("TRUNCATE user_events, staged").execute(&mut *it).await?;
        if self.subject.keeps != Keeps::Nobody {
            sqlx::query("TRUNCATE user_events_rollup").execute(&mut *it).await?;
        }
        if !events.is_empty() {
            insert::copy(it, &insert::copy_text(events)).await?;
            if self.subject.keeps == Keeps::Application {
                let states: Vec<&User> = world.states().collect();
                for states in states.chunks(5000) {
                    insert::keep_rows(it, states).await?;
                }
            }
            self.settle(it).await?;
        }
        Ok(())
    }

    /// As autovacuum leaves tables that are in use; it is off, so that it does not come at some subject's expense.
    pub async fn settle(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query("VACUUM ANALYZE user_events").execute(&mut *connection).await?;
        if self.subject.keeps != Keeps::Nobody {
            sqlx::query("VACUUM ANALYZE user_events_rollup").execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// What the table that keeps the rows takes with its index, in bytes.
    pub async fn storage(&self, connection: &mut PgConnection) -> sqlx::Result<Option<f64>> {
        if self.subject.keeps == Keeps::Nobody {
            return Ok(None);
        }
        let size = sqlx::query_scalar("SELECT pg_total_relation_size('user_events_rollup')::float8");
        size.fetch_one(connection).await.map(Some)
    }

    /// Before something is measured: afterwards the first change of each page is logged with the whole page.
    pub async fn checkpoint(&self) -> sqlx::Result<()> {
        let mut session = self.session().await?;
        sqlx::query("CHECKPOINT").execute(&mut session.connection).await?;
        Ok(())
    }

    /// Holds every row to the fold: a subject that gets it wrong is not worth its time.
    pub async fn verify(&self, world: &World, workload: &str) -> sqlx::Result<()> {
        let mut session = self.session().await?;
        let it = &mut session.connection;
        let expected: i64 = world.states().map(|user| user.version).sum();
        let events: i64 = sqlx::query_scalar("SELECT count(*) FROM user_events").fetch_one(&mut *it).await?;
        let Subject { letter, name, keeps, .. } = self.subject;
        assert_eq!(events, expected, "{workload}: {letter} ({name}) has another number of events");
        if keeps == Keeps::Nobody {
            return Ok(());
        }
        let rows: Vec<User> =
            sqlx::query_as("SELECT DISTINCT ON (id) * FROM user_events_rollup ORDER BY id, version DESC")
                .fetch_all(it)
                .await?;
        let rows: HashMap<Uuid, User> = rows.into_iter().map(|row| (row.id.0, row)).collect();
        assert_eq!(rows.len(), world.ids.len(), "{workload}: {letter} ({name}) has another number of rows");
        for state in world.states() {
            assert_eq!(
                rows.get(&state.id.0),
                Some(state),
                "{workload}: {letter} ({name}) does not come to what the fold comes to"
            );
        }
        Ok(())
    }

    pub async fn close(self) {
        self.database.close().await;
    }
}

/// The migration again, which folds what is not folded yet.
pub const CATCH_UP: &str = statement::UserEvent::MIGRATION_SQL;
