//! Columns and views that get another name: what the test says, and what a database with readers keeps.

use crate::applied::{folder, insert, migrator, refused, rows, text, up};
use crate::support::{Folder, verdict};
use es_rollup::migrations::Entry;
use es_rollup::startup::Verdict;
use es_rollup_test_server::Database;
use sqlx::{Executor, PgPool};

/// As it began.
mod before {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(
        events = "user_events",
        id = i64,
        index(position),
        check(named = "position <> ''"),
        view(licences, key(product)),
    )]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set = "position")]
            job: String,
        },
        #[rollup(licences(add))]
        Licensed {
            product: String,
            #[rollup(licences(set))]
            seats: i64,
        },
    }
}

/// With other names, and nothing else.
mod after {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(
        events = "user_events",
        id = i64,
        index(role),
        check(named = "role <> ''"),
        view(subscriptions, key(plan), was = "licences"),
    )]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set = "role", was = "position")]
            job: String,
        },
        #[rollup(subscriptions(add))]
        Licensed {
            #[rollup(subscriptions(key = "plan", was = "product"))]
            product: String,
            #[rollup(subscriptions(set = "places", was = "seats"))]
            seats: i64,
        },
    }
}

/// Two releases later: the former names are not written any more, and the licences are counted.
mod later {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(
        events = "user_events",
        id = i64,
        index(role),
        check(named = "role <> ''"),
        view(subscriptions, key(plan)),
    )]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set = "role")]
            job: String,
        },
        #[rollup(count = "licences", subscriptions(add))]
        Licensed {
            #[rollup(subscriptions(key = "plan"))]
            product: String,
            #[rollup(subscriptions(set = "places"))]
            seats: i64,
        },
    }
}

async fn found(pool: &PgPool, sql: &'static str) -> String {
    let found: Option<String> = sqlx::query_scalar(sql).fetch_one(pool).await.expect("it is found");
    found.unwrap_or_default()
}

#[test]
fn a_column_with_another_name_is_told_as_what_it_is_and_breaks_programs() {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", "");
    folder.write(&[Entry::of::<before::UserEvent>()]);
    let (is_fine, text) = folder.compare(&[Entry::of::<after::UserEvent>()]);
    assert!(!is_fine);
    insta::assert_snapshot!("renamed", text);
    let (is_fine, _) = folder.settle(&[Entry::of::<after::UserEvent>()], Some("write"));
    assert!(!is_fine, "it is only written if it is meant");
    let (is_fine, text) = folder.settle(&[Entry::of::<after::UserEvent>()], Some("write:breaking"));
    assert!(is_fine, "{text}");
    let (is_fine, text) = folder.compare(&[Entry::of::<after::UserEvent>()]);
    assert!(is_fine, "{text}");
}

#[tokio::test]
async fn readers_keep_what_they_have_on_columns_and_tables_with_other_names() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([
        Entry::of::<before::UserEvent>(),
        Entry::of::<after::UserEvent>(),
        Entry::of::<later::UserEvent>(),
    ]);
    up(&folder, pool, 2).await;
    insert(pool, 1, 1, r#"{"type": "hired", "job": "clerk"}"#).await.expect("an event");
    insert(pool, 1, 2, r#"{"type": "licensed", "product": "a", "seats": 3}"#).await.expect("another");
    pool.execute(
        "CREATE VIEW clerks AS SELECT id, position FROM user_events_rollup WHERE position = 'clerk';
         CREATE VIEW seats AS SELECT product, seats FROM user_events_rollup_licences;
         GRANT SELECT (position) ON user_events_rollup TO pg_monitor;
         GRANT SELECT ON user_events_rollup_licences TO pg_monitor;
         COMMENT ON COLUMN user_events_rollup.position IS 'what somebody is'",
    )
    .await
    .expect("readers have something there");
    let modified = "SELECT xmin::text || ctid::text FROM user_events_rollup";
    let row = found(pool, modified).await;
    for (version, rename) in [(3, true), (2, false), (3, true)] {
        if rename {
            up(&folder, pool, version).await;
        } else {
            migrator(&folder).await.undo(pool, version).await.expect("the way back");
        }
        assert_eq!(found(pool, "SELECT position FROM clerks").await, "clerk");
        assert_eq!(found(pool, "SELECT product || seats FROM seats").await, "a3");
        let (role, table) = if rename {
            ("role", "user_events_rollup_subscriptions")
        } else {
            ("position", "user_events_rollup_licences")
        };
        let granted = format!(
            "SELECT concat_ws(' ', has_column_privilege('pg_monitor', 'user_events_rollup', '{role}', 'SELECT'),
               has_table_privilege('pg_monitor', '{table}', 'SELECT'), col_description(a.attrelid, a.attnum))
             FROM pg_attribute AS a WHERE a.attrelid = 'user_events_rollup'::regclass AND a.attname = '{role}'"
        );
        let granted: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(granted)).fetch_one(pool).await.expect("the catalog");
        assert_eq!(granted, "t t what somebody is");
        assert_eq!(found(pool, modified).await, row, "nobody is folded again");
    }
    up(&folder, pool, 4).await;
    insert(pool, 1, 3, r#"{"type": "licensed", "product": "b", "seats": 1}"#).await.expect("an event");
    assert_eq!(rows(pool).await, [r#"{"id": 1, "role": "clerk", "version": 3, "licences": 2}"#]);
    assert_eq!(
        found(pool, "SELECT string_agg(product || seats, ' ' ORDER BY product) FROM seats").await,
        "a3 b1"
    );
    database.close().await;
}

#[tokio::test]
async fn a_program_is_told_what_its_column_is_called_now() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<before::UserEvent>(), Entry::of::<after::UserEvent>()]);
    up(&folder, pool, 2).await;
    assert_eq!(verdict::<before::UserEvent>(pool).await, Verdict::Ready);
    insta::assert_snapshot!("a_program_before_a_rename", verdict::<after::UserEvent>(pool).await);
    up(&folder, pool, 3).await;
    insta::assert_snapshot!(
        "a_program_whose_column_has_another_name",
        verdict::<before::UserEvent>(pool).await
    );
    assert_eq!(verdict::<after::UserEvent>(pool).await, Verdict::Ready);
    database.close().await;
}

#[tokio::test]
async fn a_name_that_somebody_has_given_to_something_else_is_not_taken() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<before::UserEvent>(), Entry::of::<after::UserEvent>()]);
    up(&folder, pool, 2).await;
    let rollup = "\"public\".\"user_events_rollup\"";
    for (make, drop, message) in [
        (
            "ALTER TABLE user_events_rollup ADD COLUMN role text",
            "ALTER TABLE user_events_rollup DROP COLUMN role",
            format!("the column role of {rollup} is not the rollup's, but the migration needs that name"),
        ),
        (
            "CREATE INDEX user_events_rollup_role_idx ON user_events_rollup (version)",
            "DROP INDEX user_events_rollup_role_idx",
            format!("user_events_rollup_role_idx already exists, but a constraint or index of {rollup} needs that name"),
        ),
        (
            "CREATE TABLE user_events_rollup_subscriptions ()",
            "DROP TABLE user_events_rollup_subscriptions",
            "\"public\".\"user_events_rollup_subscriptions\" already exists, but a table of the rollup needs that name".into(),
        ),
        (
            "ALTER TABLE user_events_rollup_licences ADD COLUMN places bigint",
            "ALTER TABLE user_events_rollup_licences DROP COLUMN places",
            "the column places of \"public\".\"user_events_rollup_licences\" is not the rollup's, but the migration needs that name"
                .into(),
        ),
        (
            "CREATE TABLE of_somebody (CONSTRAINT user_events_rollup_subscriptions_pkey PRIMARY KEY (a), a int)",
            "DROP TABLE of_somebody",
            "user_events_rollup_subscriptions_pkey already exists, but a constraint or index of \"public\".\"user_events_rollup_licences\" needs that name"
                .into(),
        ),
    ] {
        pool.execute(make).await.expect("it is made");
        assert_eq!(refused(pool, text(&folder, "0003")).await, format!("RU020: {message}"));
        pool.execute(drop).await.expect("it is dropped");
    }
    up(&folder, pool, 3).await;
    database.close().await;
}
