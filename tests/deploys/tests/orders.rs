//! What a program with an old enum and one with a new enum meet, whichever of them runs before or after the migration.

use es_rollup::Rollup;
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::Model;
use es_rollup_deploys::{added, first, removed, renamed};
use es_rollup_test_server::{Database, needs_several_connections};
use insta::assert_snapshot;
use sqlx::{AssertSqlSafe, Executor as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const OLD: &str = env!("CARGO_BIN_EXE_old");
const NEW: &str = env!("CARGO_BIN_EXE_new");
const RENAMED: &str = env!("CARGO_BIN_EXE_renamed");

const INITIALIZED: &str = r#"{"type": "initialized", "email": "ann@example.org"}"#;
const GRANTED: &str = r#"{"type": "role_granted", "role": "admin"}"#;
const REVIEWED: &str = r#"{"type": "access_reviewed"}"#;
const TIER: &str = r#"{"type": "tier_changed", "tier": 7}"#;

/// A program that runs.
struct Service {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Service {
    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it is text");
        line.trim_end().replace(';', "\n")
    }
}

/// A database with the first rollup, and what was said.
struct Stage {
    database: Database,
    said: Vec<String>,
}

impl Stage {
    async fn new() -> Self {
        let stage = Self { database: Database::create().await, said: Vec::new() };
        stage
            .sql(
                "CREATE TABLE user_events (id bigint NOT NULL, sequence integer NOT NULL, event_type text NOT NULL,
                 event jsonb NOT NULL, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence))",
            )
            .await;
        stage.sql(&emit::installation(&model::<first::UserEvent>())).await;
        stage
    }

    /// Runs SQL in one transaction.
    async fn sql(&self, sql: &str) {
        let mut transaction = self.database.pool().begin().await.expect("a transaction");
        transaction.execute(AssertSqlSafe(sql.to_string())).await.expect("it works");
        transaction.commit().await.expect("it commits");
    }

    /// Changes the rollup from the first model to that of the enum.
    async fn migrate<E: Rollup>(&mut self, settings: &str) {
        let change = evolve::migration(&model::<first::UserEvent>(), &model::<E>()).expect("a change");
        self.sql(&format!("{settings}{change}")).await;
        self.said.push("--- the migration".into());
    }

    fn start(&mut self, name: &'static str, program: &str) -> Service {
        let mut child = Command::new(program)
            .env("DATABASE_URL", self.database.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut service = Service { name, child, input, output };
        let verdict = service.answer();
        self.said.push(format!("{name} starts\n  {verdict}"));
        service
    }

    /// Lets the program insert an event or read a row.
    fn say(&mut self, service: &mut Service, line: &str) {
        writeln!(service.input, "{line}").expect("it listens");
        let answer = service.answer();
        self.said.push(format!("{}: {line}\n  {answer}", service.name));
    }

    fn insert(&mut self, service: &mut Service, id: i64, sequence: i32, event: &str) {
        self.say(service, &format!("{id} {sequence} {event}"));
    }

    fn end(service: Service) {
        let Service { mut child, input, .. } = service;
        drop(input);
        assert!(child.wait().expect("it ends").success());
    }

    async fn close(self) -> String {
        self.database.close().await;
        self.said.join("\n")
    }
}

fn model<E: Rollup>() -> Model {
    Model::read(E::MODEL).expect("a model")
}

#[tokio::test]
async fn an_old_program_goes_on_after_a_migration_that_breaks_nothing() {
    needs_several_connections!();
    let mut stage = Stage::new().await;
    let mut old = stage.start("old", OLD);
    stage.insert(&mut old, 1, 1, INITIALIZED);
    stage.insert(&mut old, 1, 2, REVIEWED);
    stage.say(&mut old, "1");
    stage.say(&mut old, "1 state");
    stage.say(&mut old, "1 *");
    stage.migrate::<added::UserEvent>("").await;
    // It runs on, with the statements that it has prepared before.
    stage.insert(&mut old, 1, 3, GRANTED);
    stage.insert(&mut old, 1, 4, REVIEWED);
    stage.say(&mut old, "1");
    stage.say(&mut old, "1 state");
    stage.say(&mut old, "1 *");
    stage.say(&mut old, "1 *");
    stage.say(&mut old, "1 *");
    let mut later = stage.start("old", OLD);
    stage.insert(&mut later, 1, 5, REVIEWED);
    stage.say(&mut later, "1");
    stage.say(&mut later, "1 state");
    let mut new = stage.start("new", NEW);
    stage.say(&mut new, "1");
    stage.say(&mut new, "1 state");
    stage.insert(&mut new, 1, 6, TIER);
    stage.say(&mut new, "1");
    // An event that the old enum does not know is in the stream now.
    stage.say(&mut old, "1");
    stage.insert(&mut old, 1, 7, REVIEWED);
    stage.say(&mut new, "1");
    Stage::end(old);
    Stage::end(later);
    Stage::end(new);
    assert_snapshot!(stage.close().await);
}

#[tokio::test]
async fn a_new_program_is_behind_before_its_migration() {
    needs_several_connections!();
    let mut stage = Stage::new().await;
    let mut new = stage.start("new", NEW);
    stage.insert(&mut new, 1, 1, INITIALIZED);
    stage.insert(&mut new, 1, 2, REVIEWED);
    stage.insert(&mut new, 1, 3, TIER);
    stage.say(&mut new, "1");
    stage.say(&mut new, "1 state");
    stage.migrate::<added::UserEvent>("").await;
    stage.say(&mut new, "1");
    stage.say(&mut new, "1 state");
    stage.insert(&mut new, 1, 3, TIER);
    stage.say(&mut new, "1");
    Stage::end(stage.start("new", NEW));
    Stage::end(new);
    assert_snapshot!(stage.close().await);
}

#[tokio::test]
async fn programs_find_a_column_by_the_name_of_their_own_enum_only() {
    needs_several_connections!();
    let mut stage = Stage::new().await;
    let mut old = stage.start("old", OLD);
    let mut renamed = stage.start("renamed", RENAMED);
    stage.insert(&mut old, 1, 1, INITIALIZED);
    stage.insert(&mut renamed, 1, 2, GRANTED);
    stage.say(&mut old, "1");
    stage.say(&mut old, "1 state");
    stage.say(&mut renamed, "1");
    stage.migrate::<renamed::UserEvent>("").await;
    stage.insert(&mut old, 1, 3, GRANTED);
    stage.say(&mut old, "1");
    stage.say(&mut old, "1 state");
    stage.say(&mut renamed, "1");
    let mut later = stage.start("old", OLD);
    stage.insert(&mut later, 1, 4, GRANTED);
    stage.say(&mut later, "1");
    stage.say(&mut later, "1 state");
    Stage::end(stage.start("renamed", RENAMED));
    Stage::end(old);
    Stage::end(later);
    Stage::end(renamed);
    assert_snapshot!(stage.close().await);
}

/// What later migrations have taken away is not still to come.
#[tokio::test]
async fn an_old_program_is_told_what_is_gone() {
    needs_several_connections!();
    let mut stage = Stage::new().await;
    let mut old = stage.start("old", OLD);
    stage.insert(&mut old, 1, 1, INITIALIZED);
    stage.migrate::<removed::UserEvent>("").await;
    stage.insert(&mut old, 1, 2, REVIEWED);
    stage.insert(&mut old, 1, 2, GRANTED);
    stage.say(&mut old, "1");
    Stage::end(stage.start("old", OLD));
    Stage::end(old);
    assert_snapshot!(stage.close().await);
}

#[tokio::test]
async fn both_programs_are_told_that_rows_are_being_filled() {
    needs_several_connections!();
    let mut stage = Stage::new().await;
    let mut old = stage.start("old", OLD);
    for id in 1..=2 {
        stage.insert(&mut old, id, 1, INITIALIZED);
        stage.insert(&mut old, id, 2, REVIEWED);
    }
    stage.migrate::<added::UserEvent>("SET LOCAL es_rollup.history_limit = 1;\n").await;
    stage.insert(&mut old, 1, 3, GRANTED);
    stage.say(&mut old, "1");
    stage.say(&mut old, "2");
    let later = stage.start("old", OLD);
    let mut new = stage.start("new", NEW);
    // The event has filled the first row.
    stage.say(&mut new, "1");
    stage.say(&mut new, "2");
    stage.insert(&mut new, 2, 3, TIER);
    stage.say(&mut new, "2");
    stage.database.pool().execute("CALL user_events_rollup_fill()").await.expect("all users fold");
    stage.said.push("--- the fill".into());
    stage.say(&mut new, "2");
    Stage::end(stage.start("old", OLD));
    Stage::end(stage.start("new", NEW));
    Stage::end(old);
    Stage::end(later);
    Stage::end(new);
    assert_snapshot!(stage.close().await);
}
