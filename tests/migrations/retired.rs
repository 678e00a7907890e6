//! Columns that programs stop to read before they are dropped: no release reads a column that is gone.

use crate::applied::{EVENTS, insert, migrator, rows, up};
use crate::support::{Folder, verdict};
use es_rollup::migrations::Entry;
use es_rollup::startup::Verdict;
use es_rollup::{Recorded, Rollup};
use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

/// As it began.
mod before {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, view(licences, key(product)))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set)]
            name: String,
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(licences(add))]
        Licensed {
            product: String,
            #[rollup(licences(set))]
            seats: i64,
        },
    }
}

/// The database still keeps the role and the seats, for programs that read them.
mod keeping {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, retired(role), view(licences, key(product)))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set)]
            name: String,
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(licences(add))]
        Licensed {
            product: String,
            #[rollup(licences(set, retired))]
            seats: i64,
        },
    }
}

/// Nobody reads them any more.
mod without {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, view(licences, key(product)))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set)]
            name: String,
            role: String,
        },
        #[rollup(licences(add))]
        Licensed { product: String, seats: i64 },
    }
}

/// The migrations between the three, none of which is breaking.
fn written() -> Folder {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", EVENTS);
    folder.put("0001_events.down.sql", "DROP TABLE user_events");
    let entries = [
        Entry::of::<before::UserEvent>(),
        Entry::of::<keeping::UserEvent>(),
        Entry::of::<without::UserEvent>(),
    ];
    for entry in entries {
        let (is_fine, text) = folder.settle(&[entry], Some("write"));
        assert!(is_fine, "{text}");
    }
    folder
}

#[test]
fn a_column_that_is_retired_is_dropped_without_breaking_anything() {
    let folder = Folder::new();
    folder.write(&[Entry::of::<before::UserEvent>()]);
    let (is_fine, text) = folder.settle(&[Entry::of::<without::UserEvent>()], Some("write"));
    assert!(!is_fine && text.contains("breaking"), "{text}");
    insta::assert_snapshot!("retired", folder.compare(&[Entry::of::<keeping::UserEvent>()]).1);
    folder.write(&[Entry::of::<keeping::UserEvent>()]);
    insta::assert_snapshot!("dropped_after_that", folder.compare(&[Entry::of::<without::UserEvent>()]).1);
}

/// A state as the query for states has it, which is what the program reads.
async fn state<E: Rollup>(session: &mut PgConnection) -> String {
    sqlx::query(E::STATE_SQL).fetch_all(&mut *session).await.expect("it was prepared once");
    let sql = format!("SELECT to_jsonb(s) - 'created_at' - 'modified_at' FROM ({}) AS s", E::STATE_SQL);
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(session).await.expect("it has all columns");
    let mut state: serde_json::Value = row.get(0);
    for licence in state["licences"].as_array_mut().expect("rows") {
        let licence = licence.as_object_mut().expect("a row");
        for name in ["id", "version", "created_at", "modified_at"] {
            licence.remove(name);
        }
    }
    state.to_string()
}

#[tokio::test]
async fn programs_of_two_releases_always_go_on() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = written();
    up(&folder, pool, 2).await;
    insert(pool, 1, 1, r#"{"type": "hired", "name": "Ada", "role": "admin"}"#).await.expect("taken");
    insert(pool, 1, 2, r#"{"type": "licensed", "product": "ide", "seats": 3}"#).await.expect("taken");
    let all = r#"{"id": 1, "licences": [{"product": "ide", "seats": 3}], "name": "Ada", "role": "admin", "version": 2}"#;
    let fewer = r#"{"id": 1, "licences": [{"product": "ide"}], "name": "Ada", "version": 2}"#;
    let is = |found: String, expected: &str| {
        let [found, expected] = [&found, expected].map(serde_json::from_str::<serde_json::Value>);
        assert_eq!(found.expect("JSON"), expected.expect("JSON"));
    };
    // A session that has prepared both queries before, and keeps them.
    let session = &mut PgConnection::connect(database.url()).await.expect("a connection");
    is(state::<before::UserEvent>(session).await, all);
    is(state::<keeping::UserEvent>(session).await, fewer);
    let kept = rows(pool).await;
    // Nobody's rows change, and programs of both releases read them.
    up(&folder, pool, 3).await;
    assert_eq!(rows(pool).await, kept);
    assert!(matches!(verdict::<before::UserEvent>(pool).await, Verdict::Compatible { .. }));
    assert_eq!(verdict::<keeping::UserEvent>(pool).await, Verdict::Ready);
    insert(pool, 2, 1, r#"{"type": "hired", "name": "Bob", "role": "clerk"}"#).await.expect("taken");
    let role: String = sqlx::query_scalar("SELECT role FROM user_events_rollup WHERE id = 2")
        .fetch_one(pool)
        .await
        .expect("it is kept");
    assert_eq!(role, "clerk");
    pool.execute("DELETE FROM user_events WHERE id = 2").await.expect("it ends");
    is(state::<before::UserEvent>(session).await, all);
    is(state::<keeping::UserEvent>(session).await, fewer);
    // The one that is two releases old is told so.
    up(&folder, pool, 4).await;
    assert!(matches!(verdict::<before::UserEvent>(pool).await, Verdict::Incompatible { .. }));
    assert!(matches!(verdict::<keeping::UserEvent>(pool).await, Verdict::Compatible { .. }));
    is(state::<keeping::UserEvent>(session).await, fewer);
    is(state::<without::UserEvent>(session).await, fewer);
    // And back.
    migrator(&folder).await.undo(pool, 2).await.expect("the way back");
    is(state::<before::UserEvent>(session).await, all);
    assert_eq!(rows(pool).await, kept);
    database.close().await;
}

/// With an event after which the retired column is empty, which programs before it do not read.
mod empty {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, retired(role), view(licences, key(product)))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Hired {
            #[rollup(set)]
            name: String,
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(create)]
        Imported {
            #[rollup(set)]
            name: String,
        },
        #[rollup(licences(add))]
        Licensed {
            product: String,
            #[rollup(licences(set, retired))]
            seats: i64,
        },
    }
}

#[tokio::test]
async fn programs_do_not_mind_that_a_retired_column_can_be_empty() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = Folder::new();
    folder.put("0001_events.up.sql", EVENTS);
    folder.put("0001_events.down.sql", "DROP TABLE user_events");
    for entry in [Entry::of::<before::UserEvent>(), Entry::of::<keeping::UserEvent>()] {
        folder.write(&[entry]);
    }
    let (is_fine, text) = folder.settle(&[Entry::of::<empty::UserEvent>()], Some("write"));
    assert!(is_fine, "{text}");
    up(&folder, pool, 4).await;
    assert!(matches!(verdict::<before::UserEvent>(pool).await, Verdict::Incompatible { .. }));
    assert!(matches!(verdict::<keeping::UserEvent>(pool).await, Verdict::Compatible { .. }));
    assert_eq!(verdict::<empty::UserEvent>(pool).await, Verdict::Ready);
    // Nobody who reads the column may meet such a row: that is breaking.
    let folder = Folder::new();
    folder.write(&[Entry::of::<before::UserEvent>()]);
    let (is_fine, text) = folder.settle(&[Entry::of::<empty::UserEvent>()], Some("write"));
    assert!(!is_fine && text.contains("it can be NULL now"), "{text}");
    database.close().await;
}

/// With a column that not every value fits.
mod narrow {
    use es_rollup::{Rollup, SqlType};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SqlType)]
    #[rollup(sql_type = "bigint")]
    pub(crate) struct Amount(pub(crate) u64);

    #[derive(Serialize, Deserialize, Rollup)]
    #[rollup(events = "purse_events", id = i64)]
    pub(crate) enum PurseEvent {
        #[rollup(set(open = true))]
        Filled {
            #[rollup(set, retired)]
            with: Amount,
        },
    }
}

#[test]
fn a_fold_in_rust_has_no_column_that_is_retired_and_refuses_what_the_database_refuses() {
    use narrow::{Amount, PurseEvent, PurseRollup};

    let now = chrono::Utc::now();
    let folded =
        |amount| PurseEvent::fold([Recorded::new(&1, 1, now, &PurseEvent::Filled { with: Amount(amount) })]);
    let PurseRollup { id, version, created_at: _, modified_at: _, open } =
        folded(3).expect("it folds").expect("it is there");
    assert_eq!((id, version, open), (1, 1, Some(true)));
    let error = folded(u64::MAX).expect_err("it is no bigint");
    assert!(error.to_string().contains("with"), "{error}");
}
