//! Which columns ids can be in, and how text is ordered.

use crate::fixtures::{AccountEvent, LedgerEvent, UserEvent};
use crate::security::account;
use crate::support::{catalog, edited, event_table, insert, refusal, rows_are_folds, run, with_events};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool};

/// Folds on the way in, in batches, from the log and when it is applied again.
async fn is_folded(pool: &PgPool) {
    insert::<AccountEvent>(pool, account("early")).await.expect("events are stored");
    run(pool, AccountEvent::MIGRATION_SQL).await.expect("the migration is applied");
    for row in account("one by one") {
        insert::<AccountEvent>(pool, [row]).await.expect("a good event is taken");
    }
    insert::<AccountEvent>(pool, [account("many"), account("Many")].concat()).await.expect("taken");
    run(pool, "DELETE FROM bank.account WHERE id IN ('many', 'early')").await.expect("gone");
    run(pool, AccountEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    run(pool, "DELETE FROM bank.account").await.expect("gone");
    let again = "SELECT bank.account_catch_up(id) FROM bank.account_log GROUP BY id";
    run(pool, again).await.expect("folded from the log");
    assert_eq!(rows_are_folds::<AccountEvent>(pool).await, 4);
}

#[tokio::test]
async fn text_ids_may_be_in_a_varchar() {
    for ty in ["varchar", "character varying(40)", "text"] {
        let database = with_events::<AccountEvent>(ty).await;
        is_folded(database.pool()).await;
        database.close().await;
    }
}

#[tokio::test]
async fn text_ids_may_have_a_collation_of_their_own() {
    for ty in ["varchar COLLATE \"C\"", "text COLLATE \"POSIX\""] {
        let database = with_events::<AccountEvent>(ty).await;
        is_folded(database.pool()).await;
        database.close().await;
    }
}

#[tokio::test]
async fn a_range_of_ids_is_that_of_the_rollup_whatever_the_collation_of_the_event_table() {
    for collation in ["C", "und-x-icu"] {
        let database = with_events::<AccountEvent>(&format!("text COLLATE \"{collation}\"")).await;
        let pool = database.pool();
        run(pool, AccountEvent::MIGRATION_SQL).await.expect("the migration is applied");
        for id in ["a", "B", "c", "D"] {
            insert::<AccountEvent>(pool, account(id)).await.expect("good events are taken");
        }
        let ids = ["NULL", "'a'", "'B'", "'c'", "'D'"];
        for (after, to) in ids.iter().flat_map(|after| ids.map(|to| (after, to))) {
            let sql = format!("SELECT count(*) FROM bank.account_verify({after}, {to})");
            let differences: i64 =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("it is verified");
            assert_eq!(differences, 0, "between {after} and {to} in {collation}");
        }
        database.close().await;
    }
}

#[tokio::test]
async fn ids_of_other_types_of_text_are_refused() {
    for ty in ["char(10)", "name", "public.short"] {
        let database = Database::create().await;
        let pool = database.pool();
        let sql = format!(
            "CREATE SCHEMA bank; CREATE DOMAIN public.short AS text; {}",
            event_table("bank.account_log", ty)
        );
        run(pool, &sql).await.expect("the event table is made");
        let before = catalog(pool).await;
        let error = refusal(run(pool, AccountEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "RU020", "{error}");
        assert!(error.message().contains("but the rollup needs text, NOT NULL"), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("#[rollup(id = ...)]")), "{error:?}");
        assert_eq!(catalog(pool).await, before);
        database.close().await;
    }
    // A varchar is not an id of another type.
    let database = with_events::<UserEvent>("varchar").await;
    let error = refusal(run(database.pool(), UserEvent::MIGRATION_SQL).await);
    assert!(error.message().contains("is character varying, but the rollup needs uuid"), "{error}");
    database.close().await;
}

/// The event table would take two spellings for one entity, the rollup for two.
#[tokio::test]
async fn ids_of_a_collation_that_is_not_deterministic_are_refused() {
    for ty in ["text", "varchar"] {
        let database = Database::create().await;
        let pool = database.pool();
        let collation =
            "CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
        if let Err(error) = pool.execute(collation).await {
            println!("not run: the server has no ICU collations: {error}");
            return database.close().await;
        }
        let table = event_table("bank.account_log", &format!("{ty} COLLATE public.ci"));
        run(pool, &format!("CREATE SCHEMA bank; {table}")).await.expect("the event table is made");
        let error = refusal(run(pool, AccountEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "RU020", "{error}");
        assert!(
            error.message().contains("column \"id\" of \"bank\".\"account_log\" has a collation"),
            "{error}"
        );
        run(pool, &format!("ALTER TABLE bank.account_log ALTER COLUMN id TYPE {ty} COLLATE \"C\""))
            .await
            .expect("altered");
        run(pool, AccountEvent::MIGRATION_SQL).await.expect("the way that the hint shows");
        database.close().await;
    }
}

/// Another database beside the test's own, with an encoding.
async fn encoded(outer: &Database, encoding: &str) -> (String, PgPool) {
    let name: String = sqlx::query_scalar("SELECT current_database() || '_' || lower($1)")
        .bind(encoding)
        .fetch_one(outer.pool())
        .await
        .expect("a name");
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'");
    outer.pool().execute(AssertSqlSafe(create)).await.expect("a database");
    let options: PgConnectOptions = outer.url().parse().expect("a URL");
    let pool = PgPool::connect_with(options.database(&name)).await.expect("a connection");
    (name, pool)
}

#[tokio::test]
async fn the_greatest_text_is_kept_only_where_bytes_are_ordered_as_characters_are() {
    needs_several_connections!();
    let outer = Database::create().await;
    for (encoding, is_ordered) in [
        ("UTF8", true),
        ("LATIN1", true),
        ("KOI8R", false),
        ("EUC_JP", false),
        ("WIN1251", false),
        ("SQL_ASCII", false),
    ] {
        let (name, pool) = encoded(&outer, encoding).await;
        run(&pool, &event_table("ledger_events", "uuid")).await.expect("the event table is made");
        run(&pool, &event_table("core_user_events", "uuid")).await.expect("the event table is made");
        // Where nothing is ordered, any encoding will do.
        run(&pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        assert_eq!(edited::<UserEvent>(&pool).await, None, "{encoding}");
        let outcome = run(&pool, LedgerEvent::MIGRATION_SQL).await;
        if is_ordered {
            outcome.expect("the migration is applied");
        } else {
            let error = refusal(outcome);
            assert_eq!(error.code(), "RU020", "{error}");
            assert!(
                error.message().contains(&format!("the encoding of this database is {encoding}")),
                "{error}"
            );
            assert!(error.message().contains("column \"best\" of"), "{error}");
        }
        pool.close().await;
        let drop = format!("DROP DATABASE {name}");
        outer.pool().execute(AssertSqlSafe(drop)).await.expect("the database is dropped");
    }
    outer.close().await;
}
