//! What is refused while events are archived, or because they are.

use super::{
    FORMS, append, archive, course, delete, delivered, lines, packed, rows, rows_are_folds, sent, with_form,
    with_parcels,
};
use crate::security::{acting, execute, forget, with_role};
use crate::support::{event_table, refusal, run};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor as _};

#[tokio::test]
async fn the_beginning_of_a_stream_cannot_be_deleted_before_it_is_archived() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        archive(pool, table, 1, 2).await.expect("archived");
        let before = rows(pool, table).await;
        let error = refusal(delete(pool, table, "sequence <= 3").await);
        assert_eq!(error.code(), "RU001", "{error}");
        let hint = error.hint().expect("a hint");
        assert!(hint.contains(&format!("{table}_rollup_archive")), "{hint}");
        assert_eq!(rows(pool, table).await, before);
        database.close().await;
    }
}

#[tokio::test]
async fn only_an_event_that_is_folded_can_be_the_last_archived_one() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        for (id, upto) in [("1", "7"), ("1", "0"), ("1", "NULL"), ("2", "1"), ("NULL", "1")] {
            let sql = format!("SELECT {table}_rollup_archive({id}, {upto})");
            let error = refusal(run(pool, &sql).await);
            assert_eq!(error.code(), "RU001", "{sql}: {error}");
            assert!(error.message().ends_with(&format!("has no event {upto}")), "{error}");
        }
        // Rows that are behind their events could not catch up once these are deleted.
        for sql in [
            format!("UPDATE {table}_rollup SET version = 3"),
            format!("DELETE FROM {table}_rollup_history WHERE version = 4"),
        ] {
            run(pool, &sql).await.expect("the owner may");
            let error = refusal(archive(pool, table, 1, 4).await.map(drop));
            assert_eq!(error.code(), "55000", "{error}");
            assert!(error.message().ends_with("is not folded up to event 4"), "{error}");
            run(pool, &format!("SELECT {table}_rollup_rebuild(NULL)")).await.expect("it is mended");
        }
        assert_eq!(archive(pool, table, 1, 4).await.expect("archived"), 4);
        database.close().await;
    }
}

#[tokio::test]
async fn an_older_snapshot_and_a_rollup_that_is_filled_are_refused() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        let mut transaction = pool.begin().await.expect("a transaction");
        transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.expect("set");
        let error = refusal(archive(&mut *transaction, table, 1, 4).await.map(drop));
        assert_eq!(error.code(), "RU020", "{error}");
        transaction.rollback().await.expect("rolled back");
        // As a change leaves it that has many events.
        run(pool, &format!("CREATE TABLE {table}_rollup_es_todo (id bigint UNIQUE, refused text)"))
            .await
            .expect("made");
        let error = refusal(archive(pool, table, 1, 4).await.map(drop));
        assert_eq!((error.code(), error.message().contains("is being filled")), ("RU020", true), "{error}");
        run(pool, &format!("DROP TABLE {table}_rollup_es_todo")).await.expect("dropped");
        // A function of another model.
        run(pool, &format!("CREATE OR REPLACE FUNCTION {table}_rollup_model() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '{{\"fingerprint\":\"0\"' $$"))
            .await
            .expect("replaced");
        let error = refusal(archive(pool, table, 1, 4).await.map(drop));
        assert_eq!(error.code(), "40001", "{error}");
        database.close().await;
    }
}

#[tokio::test]
async fn nothing_empties_or_drops_a_rollup_while_entities_are_archived() {
    for form in FORMS {
        let (table, migration, revert) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        archive(pool, table, 1, 4).await.expect("archived");
        delete(pool, table, "sequence <= 4").await.expect("they are archived");
        let before = rows(pool, table).await;
        let error = refusal(run(pool, &format!("TRUNCATE {table}")).await);
        assert_eq!(
            (error.code(), error.table()),
            ("55000", Some(&*format!("{table}_rollup_base"))),
            "{error}"
        );
        let error = refusal(run(pool, revert).await);
        assert_eq!((error.code(), error.message().contains("are archived")), ("RU020", true), "{error}");
        assert_eq!(rows(pool, table).await, before);
        // The migration leaves bases as they are.
        run(pool, migration).await.expect("nothing is left to do");
        assert_eq!(rows(pool, table).await, before);
        rows_are_folds(pool, table).await;
        run(pool, &format!("TRUNCATE {table}, {table}_rollup_base")).await.expect("all is emptied");
        assert_eq!(rows(pool, table).await.len(), 0);
        append(pool, table, 1, 1, &[sent()]).await.expect("the stream begins anew");
        archive(pool, table, 1, 1).await.expect("archived");
        run(pool, &format!("DELETE FROM {table}_rollup_base")).await.expect("given up");
        run(pool, revert).await.expect("nothing is archived");
        let left = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'parcel%' AND relname NOT LIKE '%events' AND relname NOT LIKE '%events_%key' AND relname NOT LIKE '%events_pkey'",
        );
        assert_eq!(left.fetch_one(pool).await.expect("the catalog"), 0, "{table}");
        database.close().await;
    }
}

#[tokio::test]
async fn an_event_that_was_archived_is_refused_when_it_comes_again() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        append(pool, table, 2, 1, &[sent(), delivered()]).await.expect("taken");
        archive(pool, table, 1, 4).await.expect("archived");
        archive(pool, table, 2, 2).await.expect("archived");
        delete(pool, table, "id = 2 OR sequence <= 4").await.expect("they are archived");
        for (id, sequence) in [(1, 1), (1, 4), (2, 1)] {
            let error = refusal(append(pool, table, id, sequence, &[sent()]).await);
            assert_eq!(error.code(), "RU002", "{table}, {id}, {sequence}: {error}");
            assert!(error.message().starts_with(&format!("event {sequence} ")), "{error}");
        }
        // Beside another entity, too.
        let both = format!(
            "INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
             VALUES (2, 1, '-', '{sent}', now()), (3, 1, '-', '{sent}', now())",
            sent = sent()
        );
        assert_eq!(refusal(run(pool, &both).await).code(), "RU002", "{table}");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn only_the_owner_archives_and_writes_bases() {
    for form in FORMS {
        let (table, ..) = form;
        let grants = format!("GRANT SELECT, INSERT, DELETE ON {table} TO app;");
        with_role(with_form(form).await, &grants, move |pool, app| async move {
            // What was granted before, the migration takes back.
            run(&pool, &format!("GRANT ALL ON {table}_rollup_base TO {app}")).await.expect("granted");
            run(&pool, form.1).await.expect("the migration is applied");
            append(&pool, table, 1, 1, &course()).await.expect("taken");
            let mut connection = acting(&pool, &app).await;
            for sql in [
                format!("SELECT {table}_rollup_archive(1, 4)"),
                format!("DELETE FROM {table}_rollup_base"),
                format!("INSERT INTO {table}_rollup_base VALUES (1, 4, now(), '{{}}', '{{}}', '{{}}')"),
            ] {
                assert_eq!(refusal(execute(&mut connection, &sql).await).code(), "42501", "{sql}");
            }
            archive(&pool, table, 1, 4).await.expect("archived");
            let delete = format!("DELETE FROM {table} WHERE sequence <= 4");
            execute(&mut connection, &delete).await.expect("they are archived");
            append(&mut *connection, table, 1, 7, &[packed("cap", 2)]).await.expect("the stream goes on");
            forget(connection).await;
            rows_are_folds(&pool, table).await;
        })
        .await;
    }
}

/// An entity that ends after its base, so that nothing but the base holds what it was before.
#[tokio::test]
async fn no_archived_event_comes_again_whatever_has_become_of_the_entity() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 4).await;
        let pool = database.pool();
        for id in 1..=2 {
            append(pool, table, id, 7, &[delivered()]).await.expect("taken");
        }
        for (id, upto) in [(1, 4), (2, 7), (3, 4), (4, 4)] {
            archive(pool, table, id, upto).await.expect("archived");
        }
        delete(pool, table, "sequence <= 4").await.expect("they are archived");
        run(pool, &format!("DELETE FROM {table}_rollup WHERE id = 4")).await.expect("the owner may");
        for (id, sequence) in [(1, 1), (1, 2), (1, 4), (2, 2), (2, 4), (3, 3), (4, 2), (4, 4)] {
            let event = if sequence == 1 { sent() } else { packed("pen", 1) };
            let error = refusal(append(pool, table, id, sequence, &[event]).await);
            assert_eq!(error.code(), "RU002", "{table}, {id}, {sequence}: {error}");
        }
        // Behind a later one of the same statement.
        let both = [(3, 7), (3, 3)]
            .map(|(id, sequence)| format!("({id}, {sequence}, '-', '{}', now())", packed("pen", 1)));
        let both = format!(
            "INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES {}",
            both.join(", ")
        );
        assert_eq!(refusal(run(pool, &both).await).code(), "RU002", "{table}");
        append(pool, table, 3, 7, &[packed("pen", 1)]).await.expect("the stream goes on");
        run(pool, &format!("SELECT {table}_rollup_rebuild(ARRAY[4])")).await.expect("it is mended");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// In a snapshot from before, an entity is not archived.
#[tokio::test]
async fn a_transaction_that_began_before_an_entity_was_archived_fails() {
    needs_several_connections!();
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 3).await;
        let pool = database.pool();
        append(pool, table, 3, 7, &[delivered()]).await.expect("taken");
        let update = "SET event = event || '{\"to\": \"Chur\"}' WHERE id = 1 AND sequence = 3";
        for level in ["REPEATABLE READ", "SERIALIZABLE"] {
            for sql in [
                format!("UPDATE {table} {update}"),
                format!("DELETE FROM {table} WHERE id = 1 AND sequence >= 3"),
                format!("DELETE FROM {table} WHERE id = 3 AND sequence = 7"),
                format!("TRUNCATE {table}"),
            ] {
                let mut transaction = pool.begin().await.expect("a transaction");
                let begin = format!("SET TRANSACTION ISOLATION LEVEL {level}; SELECT FROM {table} LIMIT 1");
                transaction.execute(AssertSqlSafe(begin)).await.expect("its snapshot");
                archive(pool, table, 1, 4).await.expect("archived");
                archive(pool, table, 3, 7).await.expect("archived");
                let error = refusal(transaction.execute(AssertSqlSafe(sql.clone())).await.map(drop));
                assert_eq!(error.code(), "40001", "{level}, {sql}: {error}");
                transaction.rollback().await.expect("rolled back");
                rows_are_folds(pool, table).await;
                run(pool, &format!("DELETE FROM {table}_rollup_base")).await.expect("given up");
            }
            // What nobody has archived, and what was archived before, is followed as ever.
            archive(pool, table, 1, 4).await.expect("archived");
            let mut transaction = pool.begin().await.expect("a transaction");
            let sql = format!(
                "SET TRANSACTION ISOLATION LEVEL {level};
                 DELETE FROM {table} WHERE id IN (1, 2) AND sequence = (SELECT max(sequence) FROM {table} WHERE id = 1)"
            );
            transaction.execute(AssertSqlSafe(sql)).await.expect("what is left folds");
            transaction.commit().await.expect("committed");
            rows_are_folds(pool, table).await;
            let bases =
                lines(pool, format!("SELECT concat(id, ' ', version) FROM {table}_rollup_base")).await;
            assert_eq!(bases.expect("the bases"), ["1 4"]);
            run(pool, &format!("DELETE FROM {table}_rollup_base")).await.expect("given up");
        }
        database.close().await;
    }
}

/// An owner may hide rows from itself.
#[tokio::test]
async fn a_policy_that_hides_bases_is_an_error() {
    for form in FORMS {
        let (table, _, revert) = form;
        let grants = "GRANT CREATE ON SCHEMA public TO app;";
        with_role(with_form(form).await, grants, move |pool, app| async move {
            append(&pool, table, 1, 1, &course()).await.expect("taken");
            archive(&pool, table, 1, 4).await.expect("archived");
            let owned = lines(
                &pool,
                format!(
                    "SELECT format('ALTER %s %s OWNER TO {app}', 'TABLE', oid::regclass) FROM pg_class
                     WHERE relname LIKE '{table}%' AND relkind = 'r'
                     UNION ALL
                     SELECT format('ALTER ROUTINE %s OWNER TO {app}', oid::regprocedure) FROM pg_proc
                     WHERE proname LIKE '{table}_rollup%'"
                ),
            );
            run(&pool, &owned.await.expect("what there is").join("; ")).await.expect("it is given away");
            let hide = "ENABLE ROW LEVEL SECURITY";
            run(&pool, &format!("ALTER TABLE {table}_rollup_base {hide}; ALTER TABLE {table}_rollup_base FORCE ROW LEVEL SECURITY"))
                .await
                .expect("hidden");
            let mut connection = acting(&pool, &app).await;
            for sql in [format!("TRUNCATE {table}"), revert.into(), format!("SELECT {table}_rollup_archive(1, 5)")] {
                let error = refusal(execute(&mut connection, &sql).await);
                assert_eq!(error.code(), "42501", "{sql}: {error}");
            }
            forget(connection).await;
            let bases = lines(&pool, format!("SELECT concat(id, ' ', version) FROM {table}_rollup_base")).await;
            assert_eq!(bases.expect("the bases"), ["1 4"]);
        })
        .await;
    }
}

/// Somebody has said how such a value becomes a text, and it is not how it is read.
#[tokio::test]
async fn a_type_that_does_not_read_what_it_writes_is_refused() {
    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "label_events", id = i64, archive, view(tags, key(number)))]
    enum LabelEvent {
        Printed {
            #[rollup(set, sql_type = "public.colour")]
            label: String,
        },
        #[rollup(tags(add))]
        Tagged {
            number: i64,
            #[rollup(tags(set, sql_type = "public.colour"))]
            tag: String,
        },
    }
    let database = Database::create().await;
    let pool = database.pool();
    run(
        pool,
        "CREATE TYPE colour AS ENUM ('a', 'b', 'c');
         CREATE FUNCTION colour_text(colour) RETURNS text LANGUAGE sql IMMUTABLE
           AS $$ SELECT CASE WHEN $1 = 'c' THEN 'a' ELSE enum_out($1)::text END $$;
         CREATE CAST (colour AS text) WITH FUNCTION colour_text(colour)",
    )
    .await
    .expect("the type");
    run(pool, &event_table("label_events", "bigint")).await.expect("the event table");
    run(pool, LabelEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let printed = |label: &str| json!({"type": "printed", "label": label});
    let tagged = |tag: &str| json!({"type": "tagged", "number": 1, "tag": tag});
    append(pool, "label_events", 1, 1, &[printed("a"), tagged("b")]).await.expect("taken");
    append(pool, "label_events", 2, 1, &[printed("c"), tagged("b")]).await.expect("taken");
    append(pool, "label_events", 3, 1, &[printed("a"), tagged("c")]).await.expect("taken");
    assert_eq!(archive(pool, "label_events", 1, 2).await.expect("it reads what it writes"), 2);
    for id in 2..=3 {
        let error = refusal(archive(pool, "label_events", id, 2).await.map(drop));
        assert_eq!(error.code(), "0A000", "{error}");
        assert!(error.message().starts_with(&format!("entity {id} in ")), "{error}");
    }
    let bases = lines(pool, "SELECT id::text FROM label_events_rollup_base".into()).await;
    assert_eq!(bases.expect("the bases"), ["1"]);
    database.close().await;
}
