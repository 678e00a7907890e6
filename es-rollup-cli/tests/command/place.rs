//! A database, a folder, and the command run there.

use crate::enums::{first, second};
use es_rollup::Rollup;
use es_rollup::migrations::{Entry, settle};
use es_rollup_core::evolve;
use es_rollup_core::model::Model;
use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, Executor as _, query_scalar};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a command has printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// All of it, for snapshots: without what differs from time to time and from server to server.
    pub(crate) fn shown(&self) -> String {
        let Self { code, out, err } = self;
        let code = code.map_or("no code".into(), |code| format!("exit code {code}"));
        let lines = out.lines().chain(err.lines()).map(|line| match line.split_once("  owner       ") {
            Some(_) => "  owner       OWNER".into(),
            None => without_number(&without_number(line, "", " s"), "(os error ", ")"),
        });
        [code].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    }
}

/// The line with N for the number between two texts.
fn without_number(line: &str, before: &str, after: &str) -> String {
    let found = line.match_indices(after).find_map(|(end, _)| {
        let rest = line[..end].trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        (rest.len() < end && rest.ends_with(before)).then(|| format!("{rest}N{}", &line[end..]))
    });
    found.unwrap_or_else(|| line.into())
}

/// A database and a folder of its own, which are gone after the test.
pub(crate) struct Place {
    pub(crate) database: Database,
    folder: PathBuf,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    /// With an event table for each enum, and nothing else yet.
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("es-rollup-cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let place = Self { database: Database::create().await, folder };
        for table in ["order_events", "parcel_events"] {
            place
                .sql(&format!(
                    "CREATE TABLE {table} (id bigint NOT NULL, sequence integer NOT NULL, event_type varchar NOT NULL,
                     event jsonb NOT NULL, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence))"
                ))
                .await;
        }
        place
    }

    /// With the first rollup installed, and orders of three events each.
    pub(crate) async fn with_orders(orders: u32) -> Self {
        let place = Self::new().await;
        place.sql(first::OrderEvent::MIGRATION_SQL).await;
        place
            .sql(&format!(
                "INSERT INTO order_events (id, sequence, event_type, event, recorded_at)
                 SELECT o, s, 'x', e, now() FROM generate_series(1, {orders}) AS o, (VALUES
                   (1, '{{\"type\": \"placed\", \"customer\": \"Ann\"}}'::jsonb),
                   (2, '{{\"type\": \"paid\", \"cents\": 100}}'), (3, '{{\"type\": \"paid\", \"cents\": 50}}')
                 ) AS v (s, e)"
            ))
            .await;
        place
    }

    /// The same after the change, which leaves the rows for later.
    pub(crate) async fn filling(orders: u32) -> Self {
        let place = Self::with_orders(orders).await;
        place.change().await;
        place
    }

    pub(crate) async fn change(&self) {
        let [old, new] = models();
        let change = evolve::migration(&old, &new).expect("a change");
        self.sql(&format!("SET LOCAL es_rollup.history_limit = 1;\n{change}")).await;
    }

    /// Runs SQL in one transaction.
    pub(crate) async fn sql(&self, sql: &str) {
        let mut transaction = self.database.pool().begin().await.expect("a transaction");
        transaction.execute(AssertSqlSafe(sql.to_string())).await.expect("it works");
        transaction.commit().await.expect("it commits");
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(self.database.pool()).await.expect("a number")
    }

    /// A file in the folder.
    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("the file is written");
        path
    }

    /// A directory in the folder with the migrations of both enums, one after the other.
    pub(crate) fn migrations(&self) -> PathBuf {
        let path = self.folder.join("migrations");
        std::fs::create_dir_all(&path).expect("a directory");
        std::fs::write(path.join("0001_order_events.up.sql"), "CREATE TABLE order_events ();\n")
            .expect("a file");
        for entry in [Entry::of::<first::OrderEvent>(), Entry::of::<second::OrderEvent>()] {
            let report = settle(&path, "migrations", "es_rollup_migrations", &[entry], Some("write"), false);
            assert!(report.is_fine(), "{}", report.text());
        }
        path
    }

    /// The command in the folder, with the database in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).env("DATABASE_URL", self.database.url());
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("the command runs"))
    }

    /// The command, which goes on by itself.
    pub(crate) fn started(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Sends ^C, and waits for the end.
pub(crate) fn interrupt(child: Child) -> Ran {
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().expect("kill runs").success());
    Ran::of(&child.wait_with_output().expect("it ends"))
}

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_es-rollup")
}

/// The models before and after the change.
pub(crate) fn models() -> [Model; 2] {
    [first::OrderEvent::MODEL, second::OrderEvent::MODEL].map(|model| Model::read(model).expect("a model"))
}
