//! What a program finds when it starts: whether the database has its model, and whether somebody has changed the rollup by
//! hand.

use crate::applied::{folder, migrator, up};
use crate::support::verdict;
use crate::users::{cleared, first, replaced, second, third, without};
use es_rollup::Rollup;
use es_rollup::migrations::Entry;
use es_rollup::startup::{Verdict, check_sql, judge};
use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, Executor, PgPool};

#[tokio::test]
async fn a_program_finds_out_at_its_start_whether_it_can_work() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([
        Entry::of::<first::UserEvent>(),
        Entry::of::<second::UserEvent>(),
        Entry::of::<third::UserEvent>(),
        Entry::of::<without::UserEvent>(),
    ]);
    up(&folder, pool, 1).await;
    assert_eq!(verdict::<first::UserEvent>(pool).await, Verdict::NotInstalled);
    up(&folder, pool, 2).await;
    assert_eq!(verdict::<first::UserEvent>(pool).await, Verdict::Ready);
    insta::assert_snapshot!("a_program_before_its_migration", verdict::<second::UserEvent>(pool).await);
    up(&folder, pool, 3).await;
    insta::assert_snapshot!("a_program_after_the_next_migration", verdict::<first::UserEvent>(pool).await);
    assert_eq!(verdict::<second::UserEvent>(pool).await, Verdict::Ready);
    insta::assert_snapshot!("a_program_of_another_branch", verdict::<cleared::UserEvent>(pool).await);
    insta::assert_snapshot!("a_program_with_other_ids", verdict::<replaced::UserEvent>(pool).await);
    up(&folder, pool, 5).await;
    insta::assert_snapshot!("a_program_whose_column_is_gone", verdict::<third::UserEvent>(pool).await);
    // An installation over what is there forgets nothing of the past, and the way back ends it.
    pool.execute(without::UserEvent::MIGRATION_SQL).await.expect("it is installed again");
    assert!(matches!(verdict::<third::UserEvent>(pool).await, Verdict::Incompatible { .. }));
    migrator(&folder).await.undo(pool, 4).await.expect("the way back");
    assert_eq!(verdict::<third::UserEvent>(pool).await, Verdict::Ready);
    assert!(matches!(verdict::<without::UserEvent>(pool).await, Verdict::Compatible { .. }));
    migrator(&folder).await.undo(pool, 3).await.expect("the way back");
    assert!(matches!(verdict::<third::UserEvent>(pool).await, Verdict::Behind { .. }));
    up(&folder, pool, 5).await;
    assert!(matches!(verdict::<third::UserEvent>(pool).await, Verdict::Incompatible { .. }));
    pool.execute("ALTER TABLE user_events DISABLE TRIGGER user_events_rollup").await.expect("it is disabled");
    assert_eq!(verdict::<without::UserEvent>(pool).await, Verdict::TriggerOff);
    for (switch, expected) in [
        ("ENABLE TRIGGER user_events_rollup", Verdict::Ready),
        ("DISABLE TRIGGER user_events_rollup_updated", Verdict::TriggerOff),
        ("ENABLE ALWAYS TRIGGER user_events_rollup_updated", Verdict::Ready),
        ("ENABLE REPLICA TRIGGER user_events_rollup_deleted", Verdict::TriggerOff),
        ("ENABLE TRIGGER user_events_rollup_deleted", Verdict::Ready),
    ] {
        let alter = format!("ALTER TABLE user_events {switch}");
        pool.execute(AssertSqlSafe(alter)).await.expect("it is switched");
        assert_eq!(verdict::<without::UserEvent>(pool).await, expected, "{switch}");
    }
    // Another trigger that has the name of one, and one that empties nothing.
    for (edit, undo) in [
        (
            "CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE OR REPLACE TRIGGER user_events_rollup AFTER INSERT ON user_events
             FOR EACH STATEMENT EXECUTE FUNCTION audited()",
            "DROP TRIGGER user_events_rollup ON user_events; DROP FUNCTION audited",
        ),
        (
            "CREATE OR REPLACE TRIGGER user_events_rollup AFTER INSERT ON user_events
             REFERENCING NEW TABLE AS es_new FOR EACH STATEMENT WHEN (false)
             EXECUTE FUNCTION user_events_rollup_apply()",
            "DROP TRIGGER user_events_rollup ON user_events",
        ),
        (
            "ALTER TABLE user_events DISABLE TRIGGER user_events_rollup_truncate",
            "ALTER TABLE user_events ENABLE TRIGGER user_events_rollup_truncate",
        ),
    ] {
        pool.execute(edit).await.expect("it is edited");
        assert_eq!(verdict::<without::UserEvent>(pool).await, Verdict::TriggerOff, "{edit}");
        pool.execute(undo).await.expect("it is gone");
        pool.execute(without::UserEvent::MIGRATION_SQL).await.expect("it is installed again");
        assert_eq!(verdict::<without::UserEvent>(pool).await, Verdict::Ready, "{edit}");
    }
    pool.execute("DROP TRIGGER user_events_rollup_deleted ON user_events").await.expect("it is dropped");
    assert_eq!(verdict::<without::UserEvent>(pool).await, Verdict::TriggerOff);
    database.close().await;
}

#[tokio::test]
async fn functions_that_somebody_has_changed_by_hand_are_found() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<first::UserEvent>(), Entry::of::<third::UserEvent>()]);
    up(&folder, pool, 3).await;
    let edited = |otherwise, function: &str| Verdict::Edited {
        functions: vec![format!("public.user_events_rollup_{function}")],
        otherwise: Box::new(otherwise),
    };
    for (edit, function) in [
        (
            "DO $do$ BEGIN EXECUTE (SELECT replace(pg_get_functiondef(oid), 'NULL', 'null')
             FROM pg_proc WHERE proname = 'user_events_rollup_fold'); END $do$",
            "fold",
        ),
        ("ALTER FUNCTION user_events_rollup_apply SECURITY INVOKER", "apply"),
        ("ALTER FUNCTION user_events_rollup_verify RESET row_security", "verify"),
        ("ALTER FUNCTION user_events_rollup_refuse STRICT", "refuse"),
        ("DROP FUNCTION user_events_rollup_changes", "changes"),
    ] {
        pool.execute(edit).await.expect("it is edited");
        assert_eq!(verdict::<third::UserEvent>(pool).await, edited(Verdict::Ready, function), "{edit}");
        pool.execute(third::UserEvent::MIGRATION_SQL).await.expect("it is installed again");
        assert_eq!(verdict::<third::UserEvent>(pool).await, Verdict::Ready, "{edit}");
    }
    // What the migration would refuse: another function of the same name, and another owner.
    let role = unprivileged(pool).await;
    for (edit, undo) in [
        (
            "CREATE FUNCTION user_events_rollup_at(text) RETURNS int LANGUAGE sql AS 'SELECT 1'".to_string(),
            "DROP FUNCTION user_events_rollup_at(text)",
        ),
        (
            format!("ALTER FUNCTION user_events_rollup_at OWNER TO {role}"),
            "ALTER FUNCTION user_events_rollup_at OWNER TO CURRENT_USER",
        ),
    ] {
        pool.execute(AssertSqlSafe(edit.clone())).await.expect("it is edited");
        assert_eq!(verdict::<third::UserEvent>(pool).await, edited(Verdict::Ready, "at"), "{edit}");
        pool.execute(third::UserEvent::MIGRATION_SQL).await.expect_err("it is refused");
        pool.execute(undo).await.expect("it is undone");
    }
    // What changes nothing is none of it, and anybody may ask, however names are quoted.
    pool.execute("ALTER FUNCTION user_events_rollup_at COST 7").await.expect("it is altered");
    for session in [format!("SET ROLE {role}"), "SET quote_all_identifiers = on".into()] {
        let mut connection = pool.acquire().await.expect("a connection").detach();
        connection.execute(AssertSqlSafe(session)).await.expect("it is set");
        let sql = check_sql::<third::UserEvent>();
        let (model, trigger, edited): (Option<String>, Option<String>, Option<String>) =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut connection).await.expect("anybody may ask");
        let verdict = judge::<third::UserEvent>(model.as_deref(), trigger.as_deref(), edited.as_deref());
        assert_eq!(verdict, Verdict::Ready);
    }
    // As an earlier release has installed it, nobody knows.
    pool.execute(
        "DO $do$ BEGIN EXECUTE (
           SELECT regexp_replace(pg_get_functiondef(oid), '\n-- [^\n]*\t[^\n]*(?=\n)', '', 'g')
           FROM pg_proc WHERE proname = 'user_events_rollup_model'
         ); END $do$;
         DROP FUNCTION user_events_rollup_changes",
    )
    .await
    .expect("it has no checksums");
    assert_eq!(verdict::<third::UserEvent>(pool).await, Verdict::Ready);
    pool.execute(AssertSqlSafe(format!("DROP ROLE {role}"))).await.expect("it owns nothing");
    database.close().await;
}

/// A role that may not do anything.
async fn unprivileged(pool: &PgPool) -> String {
    let name: String = sqlx::query_scalar("SELECT quote_ident(current_database() || '_nobody')")
        .fetch_one(pool)
        .await
        .expect("a name");
    pool.execute(AssertSqlSafe(format!("CREATE ROLE {name}"))).await.expect("it is created");
    name
}
