//! Dumps and what is restored from them, by PostgreSQL's own programs.

use crate::fixtures::{AccountEvent, LedgerRowEvent, UserEvent};
use crate::security::account;
use crate::support::{
    catalog, edited, everything, insert, installed, refusal, row, rows_are_folds, run, user, uuid,
};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, client_program, needs_several_connections};
use serde_json::json;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The programs, or why there are none.
pub(crate) struct Programs {
    pg_dump: PathBuf,
    pg_restore: PathBuf,
    psql: PathBuf,
}

impl Programs {
    pub(crate) async fn find(database: &Database) -> Option<Self> {
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::integer")
            .fetch_one(database.pool())
            .await
            .expect("a version");
        let version = u32::try_from(version).expect("a version");
        let program = |name| client_program(name, version);
        let found = (|| {
            Some(Self {
                pg_dump: program("pg_dump")?,
                pg_restore: program("pg_restore")?,
                psql: program("psql")?,
            })
        })();
        if found.is_none() {
            let line = "not run: no pg_dump, pg_restore and psql of the server's version on this machine";
            assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{line}: CI forbids that");
            println!("{line}");
        }
        found
    }

    fn run<Argument: AsRef<OsStr>>(program: &PathBuf, arguments: &[Argument], input: &[u8]) -> Output {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stdin = child.stdin.take().expect("an input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            // A program that gives up does not read to the end.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("the program ends");
        writer.join().expect("the input is written");
        output
    }

    pub(crate) fn dump(&self, database: &Database, arguments: &[&str]) -> Vec<u8> {
        let output = Self::run(&self.pg_dump, &[&["-d", database.url()], arguments].concat(), b"");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Gives what the program says, where it fails.
    pub(crate) fn restore(&self, database: &Database, dump: &[u8], arguments: &[&str]) -> Result<(), String> {
        // The custom format begins with these letters.
        let output = if dump.starts_with(b"PGDMP") {
            let arguments = [&["-d", database.url(), "--exit-on-error"], arguments].concat();
            Self::run(&self.pg_restore, &arguments, dump)
        } else {
            let arguments =
                [&["-d", database.url(), "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"], arguments].concat();
            Self::run(&self.psql, &arguments, dump)
        };
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

/// A restored database goes on as the first one would.
async fn lives_on(database: &Database, what: &str) {
    let pool = database.pool();
    assert_eq!(edited::<UserEvent>(pool).await, None, "{what}: the functions are as they were installed");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2, "{what}");
    insert::<UserEvent>(pool, [user(uuid(1), 4..=4), user(uuid(3), 1..=1)].concat()).await.expect("taken");
    let gap = insert::<UserEvent>(pool, user(uuid(2), 9..=9)).await;
    assert_eq!(refusal(gap).code(), "RU001", "{what}");
    run(pool, UserEvent::MIGRATION_SQL)
        .await
        .unwrap_or_else(|error| panic!("{what}: applied again: {error}"));
    let open: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
         WHERE p.oid >= 16384 AND a.grantee <> p.proowner",
    )
    .fetch_one(pool)
    .await
    .expect("the privileges are read");
    assert_eq!(open, 0, "{what}");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 3, "{what}");
    run(pool, UserEvent::REVERT_SQL).await.unwrap_or_else(|error| panic!("{what}: reverted: {error}"));
    let left: Vec<String> = catalog(pool).await.into_iter().filter(|line| line.contains("rollup")).collect();
    assert_eq!(left, [""; 0], "{what}");
}

#[tokio::test]
async fn a_full_dump_in_any_form_is_restored_and_goes_on() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let Some(programs) = Programs::find(&database).await else { return database.close().await };
    insert::<UserEvent>(database.pool(), [user(uuid(1), 1..=3), user(uuid(2), 1..=2)].concat())
        .await
        .expect("taken");
    let forms: [&[&str]; 7] = [
        &[],
        &["-Fc"],
        &["--no-comments"],
        &["--no-privileges"],
        &["-Fc", "--no-comments", "--no-privileges", "--no-owner"],
        &["--inserts", "--no-comments"],
        &["-Fc", "--rows-per-insert=2", "--disable-dollar-quoting"],
    ];
    for form in forms {
        let what = format!("pg_dump {}", form.join(" "));
        let restored = Database::create().await;
        let dump = programs.dump(&database, form);
        programs.restore(&restored, &dump, &[]).unwrap_or_else(|error| panic!("{what}: {error}"));
        lives_on(&restored, &what).await;
        restored.close().await;
    }
    // Section by section.
    let dump = programs.dump(&database, &["-Fc"]);
    let restored = Database::create().await;
    for section in ["--section=pre-data", "--section=data", "--section=post-data"] {
        programs.restore(&restored, &dump, &[section]).expect("the section is restored");
    }
    lives_on(&restored, "section by section").await;
    restored.close().await;
    // Over what is there already.
    programs.restore(&database, &dump, &["--clean"]).expect("everything is made anew");
    lives_on(&database, "pg_restore --clean").await;
    database.close().await;
}

#[tokio::test]
async fn a_full_dump_of_the_row_form_is_restored_with_its_partitions() {
    needs_several_connections!();
    let database = Database::create().await;
    let Some(programs) = Programs::find(&database).await else { return database.close().await };
    let table = crate::support::event_table("ledger_row_events", "uuid");
    let sql = format!(
        "{table} PARTITION BY HASH (id);
         CREATE TABLE leaf PARTITION OF ledger_row_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    );
    run(database.pool(), &sql).await.expect("a partitioned table");
    run(database.pool(), LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let rows = [row(uuid(1), 1, json!({"type": "opened", "amount": 5, "owners": []}))];
    insert::<LedgerRowEvent>(database.pool(), rows).await.expect("taken");
    let restored = Database::create().await;
    programs.restore(&restored, &programs.dump(&database, &["--no-comments"]), &[]).expect("restored");
    let rows = [row(uuid(1), 2, json!({"type": "deposited", "amount": 2}))];
    insert::<LedgerRowEvent>(restored.pool(), rows).await.expect("the next event is taken");
    run(restored.pool(), LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    let (_, rows) = everything::<LedgerRowEvent>(restored.pool()).await;
    assert_eq!((&rows[0]["version"], &rows[0]["balance"]), (&json!(2), &json!(7)), "{rows}");
    run(restored.pool(), LedgerRowEvent::REVERT_SQL).await.expect("reverted");
    restored.close().await;
    database.close().await;
}

/// The rollup sorts before the event table here, and so would be restored first.
#[tokio::test]
async fn data_alone_is_restored_without_the_rollups_which_follow_from_the_events() {
    needs_several_connections!();
    let database = installed::<AccountEvent>("text").await;
    let Some(programs) = Programs::find(&database).await else { return database.close().await };
    insert::<AccountEvent>(database.pool(), [account("a"), account("b")].concat()).await.expect("taken");
    let expected = everything::<AccountEvent>(database.pool()).await;
    let full = programs.dump(&database, &["-Fc"]);
    let without = &["--data-only", "--exclude-table-data=bank.account"];
    let ways: [(Vec<u8>, &[&str]); 4] = [
        (programs.dump(&database, without), &[]),
        (programs.dump(&database, &[&["-Fc"], without.as_slice()].concat()), &["--data-only"]),
        (full.clone(), &["--data-only", "--schema=bank", "--table=account_log"]),
        // Only a superuser may do that: triggers are off, and both tables are restored as they were.
        (full.clone(), &["--data-only", "--disable-triggers"]),
    ];
    for (dump, arguments) in ways {
        let restored = installed::<AccountEvent>("text").await;
        programs
            .restore(&restored, &dump, arguments)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        assert_eq!(everything::<AccountEvent>(restored.pool()).await, expected, "{arguments:?}");
        assert_eq!(rows_are_folds::<AccountEvent>(restored.pool()).await, 2);
        restored.close().await;
    }
    // With the rollup's rows it is refused, and says so.
    let restored = installed::<AccountEvent>("text").await;
    let error =
        programs.restore(&restored, &full, &["--data-only", "--single-transaction"]).expect_err("refused");
    assert!(error.contains("RU002") || error.contains("is refused: "), "{error}");
    assert_eq!(everything::<AccountEvent>(restored.pool()).await, (json!([]), json!([])));
    restored.close().await;
    database.close().await;
}

/// A restored event table alone gets its rollup from the migration.
#[tokio::test]
async fn a_rollup_that_was_left_out_is_folded_anew_by_the_migration() {
    needs_several_connections!();
    let database = installed::<AccountEvent>("text").await;
    let Some(programs) = Programs::find(&database).await else { return database.close().await };
    insert::<AccountEvent>(database.pool(), account("a")).await.expect("taken");
    let restored = Database::create().await;
    let dump = programs.dump(&database, &["--exclude-table-data=bank.account"]);
    programs.restore(&restored, &dump, &[]).expect("restored");
    run(restored.pool(), AccountEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    assert_eq!(rows_are_folds::<AccountEvent>(restored.pool()).await, 1);
    restored.close().await;
    database.close().await;
}

/// Comments are for people: who says something else there does not make a rollup unknown.
#[tokio::test]
async fn a_rollup_is_known_without_its_comment() {
    for comment in ["NULL", "'the table of our users'"] {
        let database = installed::<UserEvent>("uuid").await;
        let pool = database.pool();
        run(pool, &format!("COMMENT ON TABLE core_user_events_rollup IS {comment}"))
            .await
            .expect("commented");
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
        run(pool, &format!("COMMENT ON TABLE core_user_events_rollup IS {comment}"))
            .await
            .expect("commented");
        run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
        database.close().await;
    }
}

#[tokio::test]
async fn what_a_rollup_is_can_be_read_from_the_database() {
    let database = installed::<UserEvent>("uuid").await;
    let (fingerprint, model): (String, serde_json::Value) = sqlx::query_as(
        "SELECT core_user_events_rollup_model()::jsonb ->> 'fingerprint', core_user_events_rollup_model()::jsonb -> 'model'",
    )
    .fetch_one(database.pool())
    .await
    .expect("the function is called");
    assert!(UserEvent::MIGRATION_SQL.starts_with(&format!("-- es-rollup {fingerprint}:")), "{fingerprint}");
    assert_eq!(
        model,
        serde_json::from_str::<serde_json::Value>(UserEvent::MODEL).expect("the model is JSON")
    );
    // By whoever may not call it, too.
    let read: String = sqlx::query_scalar(
        "SELECT substring(prosrc FROM '\"fingerprint\":\"([0-9a-f]{16})\"') FROM pg_proc
         WHERE oid = 'core_user_events_rollup_model()'::regprocedure",
    )
    .fetch_one(database.pool())
    .await
    .expect("the source is read");
    assert_eq!(read, fingerprint);
    database.close().await;
}
