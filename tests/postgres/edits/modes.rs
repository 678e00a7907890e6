//! When the triggers fire: as the trigger for an INSERT does, if nobody says otherwise.

use super::{rows_are_folds, with_two};
use crate::relation::{FORMS, folded, rows as rows_of};
use crate::support::run;
use sqlx::{AssertSqlSafe, PgPool};

/// The modes of the triggers for an INSERT, an UPDATE and a DELETE.
async fn modes(pool: &PgPool, table: &str) -> String {
    let sql = format!(
        "SELECT string_agg(coalesce(t.tgenabled::text, '-'), '' ORDER BY n.place)
         FROM unnest('{{\"\", _updated, _deleted}}'::text[]) WITH ORDINALITY AS n (suffix, place)
           LEFT JOIN pg_trigger AS t ON t.tgrelid = '{table}'::regclass AND t.tgname = '{table}_rollup' || n.suffix"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("the triggers are read")
}

/// As a release leaves it that did not follow events.
async fn as_before(pool: &PgPool, table: &str) {
    let sql = format!(
        "DROP TRIGGER {table}_rollup_updated ON {table}; DROP TRIGGER {table}_rollup_deleted ON {table};
         DROP FUNCTION {table}_rollup_edited"
    );
    run(pool, &sql).await.expect("dropped");
}

#[tokio::test]
async fn triggers_that_come_later_fire_when_the_first_one_does() {
    for form in FORMS {
        let (table, migration) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        assert_eq!(modes(pool, table).await, "OOO");
        for (switch, mode) in
            [("ENABLE ALWAYS", "A"), ("ENABLE REPLICA", "R"), ("DISABLE", "D"), ("ENABLE", "O")]
        {
            run(pool, &format!("ALTER TABLE {table} {switch} TRIGGER {table}_rollup"))
                .await
                .expect("switched");
            as_before(pool, table).await;
            run(pool, migration).await.expect("the migration is applied");
            assert_eq!(modes(pool, table).await, mode.repeat(3), "{table}");
        }
        // What somebody has switched stays so.
        run(pool, &format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rollup_deleted"))
            .await
            .expect("switched");
        run(pool, &format!("ALTER TABLE {table} DISABLE TRIGGER {table}_rollup_updated"))
            .await
            .expect("switched");
        run(pool, migration).await.expect("the migration is applied");
        assert_eq!(modes(pool, table).await, "ODA", "{table}");
        run(pool, &format!("DELETE FROM {table} WHERE sequence = 3")).await.expect("what is left folds");
        assert_eq!(rows_of(pool, table).await, folded(&[2, 2]), "{table}");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}
