//! The subjects of the comparison: ways to keep the row, each in a separate database with the same event table.

use crate::carts::{self, RootEvent};
use crate::cost::Session;
use crate::events::{CountedEvent, GroupEvent, Stored, User, history, row, row_history, statement};
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
    /// The SQL to run after the event table is created.
    install: &'static [&'static str],
    pub keeps: Keeps,
    /// The tables that follow the events, the one with the current row first.
    pub tables: &'static [&'static str],
}

const ROLLUP: &[&str] = &["user_events_rollup"];
pub const HISTORY: &str = "user_events_rollup_history";
pub const ITEMS: &str = "user_events_rollup_items";
const WITH_HISTORY: &[&str] = &["user_events_rollup", HISTORY];
const WITH_ITEMS: &[&str] = &["user_events_rollup", ITEMS];

impl Subject {
    /// A subject that an SQL file sets up.
    pub fn of_file(letter: char, path: &str) -> Result<Self, String> {
        let sql = fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
        // Leaked to be static, like the texts of the other subjects.
        let (name, install) = (path.to_owned().leak(), vec![&*sql.leak()].leak());
        Ok(Self { letter, name, install, keeps: Keeps::Trigger, tables: ROLLUP })
    }

    /// Whether the server has what the subject needs.
    pub async fn is_available(self) -> sqlx::Result<bool> {
        if self.keeps != Keeps::View {
            return Ok(true);
        }
        let database = Database::create().await;
        let mut session = Session::open(database.url()).await?;
        let found =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_ivm')")
                .fetch_one(&mut session.connection)
                .await?;
        database.close().await;
        Ok(found)
    }
}

/// What keeps the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    Nobody,
    Trigger,
    /// A trigger that keeps every version of the row, in the last of its tables.
    Versions,
    Application,
    /// A trigger, but the row only has the number of events.
    Counter,
    /// A view of the number of events, which follows its table in everything.
    View,
}

impl Keeps {
    /// Whether the row has everything that the fold gives.
    pub const fn is_whole(self) -> bool {
        match self {
            Self::Trigger | Self::Versions | Self::Application => true,
            Self::Nobody | Self::Counter | Self::View => false,
        }
    }
}

pub const EVENTS: &str = include_str!("sql/events.sql");

/// All subjects. The others are compared with the first one.
pub const SUBJECTS: &[Subject] = &[
    Subject { letter: 'A', name: "events only", install: &[], keeps: Keeps::Nobody, tables: &[] },
    Subject {
        letter: 'B',
        name: "peer's row trigger",
        install: &[include_str!("sql/peer.sql")],
        keeps: Keeps::Versions,
        tables: ROLLUP,
    },
    Subject {
        letter: 'C',
        name: "row trigger by hand",
        install: &[include_str!("sql/latest_table.sql"), include_str!("sql/hand.sql")],
        keeps: Keeps::Trigger,
        tables: ROLLUP,
    },
    Subject {
        letter: 'D',
        name: "es-rollup",
        install: &[statement::UserEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
        tables: ROLLUP,
    },
    Subject {
        letter: 'E',
        name: "es-rollup, row by row",
        install: &[row::UserEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
        tables: ROLLUP,
    },
    Subject {
        letter: 'F',
        name: "application",
        install: &[include_str!("sql/latest_table.sql")],
        keeps: Keeps::Application,
        tables: ROLLUP,
    },
];

/// Ways to keep only the number of a user's events.
pub const COUNTERS: &[Subject] = &[
    Subject { letter: 'A', name: "events only", install: &[], keeps: Keeps::Nobody, tables: &[] },
    Subject {
        letter: 'D',
        name: "es-rollup",
        install: &[CountedEvent::MIGRATION_SQL],
        keeps: Keeps::Counter,
        tables: ROLLUP,
    },
    Subject {
        letter: 'G',
        name: "pg_ivm",
        install: &[include_str!("sql/ivm.sql")],
        keeps: Keeps::View,
        tables: ROLLUP,
    },
];

/// Ways to keep carts and their items.
pub const CARTS: &[Subject] = &[
    Subject { letter: 'A', name: "events only", install: &[], keeps: Keeps::Nobody, tables: &[] },
    Subject {
        letter: 'H',
        name: "statement trigger by hand",
        install: &[include_str!("sql/hand_items.sql")],
        keeps: Keeps::Trigger,
        tables: WITH_ITEMS,
    },
    Subject {
        letter: 'I',
        name: "es-rollup without the view",
        install: &[RootEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
        tables: ROLLUP,
    },
    Subject {
        letter: 'D',
        name: "es-rollup",
        install: &[carts::statement::CartEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
        tables: WITH_ITEMS,
    },
    Subject {
        letter: 'E',
        name: "es-rollup, row by row",
        install: &[carts::row::CartEvent::MIGRATION_SQL],
        keeps: Keeps::Trigger,
        tables: WITH_ITEMS,
    },
];

/// Ways to keep every version of the row, beside the bare insert and es-rollup without a history.
pub const VERSIONS: &[Subject] = &[
    SUBJECTS[0],
    SUBJECTS[1],
    SUBJECTS[3],
    Subject {
        letter: 'J',
        name: "es-rollup with a history",
        install: &[history::UserEvent::MIGRATION_SQL],
        keeps: Keeps::Versions,
        tables: WITH_HISTORY,
    },
    Subject {
        letter: 'K',
        name: "es-rollup with a history, row by row",
        install: &[row_history::UserEvent::MIGRATION_SQL],
        keeps: Keeps::Versions,
        tables: WITH_HISTORY,
    },
];

/// es-rollup with a set instead of users.
pub const GROUPS: Subject = Subject {
    letter: 'D',
    name: "es-rollup",
    install: &[GroupEvent::MIGRATION_SQL],
    keeps: Keeps::Trigger,
    tables: ROLLUP,
};

/// A subject with its database.
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

    /// Empties the tables and inserts events, and the rows that the application would have written.
    pub async fn reset(&self, events: &[Stored], world: &World) -> sqlx::Result<()> {
        self.fill(events).await?;
        if self.subject.keeps == Keeps::Application && !events.is_empty() {
            let mut session = self.session().await?;
            let states: Vec<&User> = world.states().collect();
            for states in states.chunks(5000) {
                insert::keep_rows(&mut session.connection, states).await?;
            }
            self.settle(&mut session.connection).await?;
        }
        Ok(())
    }

    /// Empties the tables and inserts events.
    pub async fn fill(&self, events: &[Stored]) -> sqlx::Result<()> {
        let mut session = self.session().await?;
        let it = &mut session.connection;
        sqlx::query("TRUNCATE user_events, staged").execute(&mut *it).await?;
        if self.subject.keeps != Keeps::View {
            for table in self.subject.tables {
                sqlx::query(AssertSqlSafe(format!("TRUNCATE {table}"))).execute(&mut *it).await?;
            }
        }
        if !events.is_empty() {
            insert::copy(it, &insert::copy_text(events)).await?;
            self.settle(it).await?;
        }
        Ok(())
    }

    /// Leaves the tables as autovacuum would, which is off so that it does not slow down one of the subjects.
    pub async fn settle(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        for table in ["user_events"].iter().chain(self.subject.tables) {
            sqlx::query(AssertSqlSafe(format!("VACUUM ANALYZE {table}"))).execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// The size of the tables that follow the events, with their indexes, in bytes.
    pub async fn storage(&self, connection: &mut PgConnection) -> sqlx::Result<Option<f64>> {
        if self.subject.tables.is_empty() {
            return Ok(None);
        }
        let size = "SELECT sum(pg_total_relation_size(n::regclass))::float8 FROM unnest($1::text[]) AS n";
        sqlx::query_scalar(size).bind(self.subject.tables).fetch_one(connection).await.map(Some)
    }

    /// Runs before each measurement, so that for every subject the first change of a page logs the whole page.
    pub async fn checkpoint(&self) -> sqlx::Result<()> {
        let mut session = self.session().await?;
        sqlx::query("CHECKPOINT").execute(&mut session.connection).await?;
        Ok(())
    }

    /// Compares every row with the fold, because the timing of a wrong subject is worthless.
    pub async fn verify(&self, world: &World, workload: &str) -> sqlx::Result<()> {
        let mut session = self.session().await?;
        let it = &mut session.connection;
        let expected: i64 = world.states().map(|user| user.version).sum();
        let events: i64 = sqlx::query_scalar("SELECT count(*) FROM user_events").fetch_one(&mut *it).await?;
        let Subject { letter, name, keeps, .. } = self.subject;
        assert_eq!(events, expected, "{workload}: {letter} ({name}) has a wrong number of events");
        if matches!(keeps, Keeps::Counter | Keeps::View) {
            let rows: Vec<(Uuid, i64)> =
                sqlx::query_as("SELECT id, events FROM user_events_rollup").fetch_all(&mut *it).await?;
            assert_eq!(
                rows.len(),
                world.ids.len(),
                "{workload}: {letter} ({name}) has a wrong number of rows"
            );
            let rows: HashMap<Uuid, i64> = rows.into_iter().collect();
            for state in world.states() {
                let events = rows.get(&state.id.0);
                assert_eq!(events, Some(&state.version), "{workload}: {letter} ({name}) counts wrongly");
            }
        }
        if !keeps.is_whole() {
            return Ok(());
        }
        let rows: Vec<User> =
            sqlx::query_as("SELECT DISTINCT ON (id) * FROM user_events_rollup ORDER BY id, version DESC")
                .fetch_all(it)
                .await?;
        let rows: HashMap<Uuid, User> = rows.into_iter().map(|row| (row.id.0, row)).collect();
        assert_eq!(rows.len(), world.ids.len(), "{workload}: {letter} ({name}) has a wrong number of rows");
        for state in world.states() {
            assert_eq!(
                rows.get(&state.id.0),
                Some(state),
                "{workload}: {letter} ({name}) has a row that differs from the fold"
            );
        }
        Ok(())
    }

    pub async fn close(self) {
        self.database.close().await;
    }
}

/// The migration, which also folds events that are not yet folded when it is applied again.
pub const CATCH_UP: &str = statement::UserEvent::MIGRATION_SQL;
