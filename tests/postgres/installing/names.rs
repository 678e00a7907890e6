//! Names that others have, and names that mean something to SQL.

use super::{is_refused, table};
use crate::fixtures::{UserEvent, UserId};
use crate::support::{
    catalog, everything, insert, installed, refusal, rows_are_folds, run, user, uuid, with_events,
};
use es_rollup::Rollup;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[tokio::test]
async fn a_name_that_something_else_has_is_refused() {
    for object in [
        "TABLE core_user_events_rollup ()",
        "VIEW core_user_events_rollup AS SELECT",
        "SEQUENCE core_user_events_rollup",
    ] {
        let sql = format!("{}; CREATE {object}", table(", UNIQUE (id, sequence)"));
        is_refused(&sql, "core_user_events_rollup\" exists and is not a rollup").await;
    }
}

#[tokio::test]
async fn a_table_with_a_comment_of_its_own_is_no_rollup() {
    let sql = format!(
        "{}; CREATE TABLE core_user_events_rollup (); COMMENT ON TABLE core_user_events_rollup IS 'es-roll'",
        table(", UNIQUE (id, sequence)")
    );
    is_refused(&sql, "exists and is not a rollup").await;
}

/// A function or a trigger of the user's is not to be replaced in silence.
#[tokio::test]
async fn a_name_that_a_function_or_a_trigger_of_the_users_has_is_refused() {
    let function = "CREATE FUNCTION core_user_events_rollup_apply() RETURNS trigger LANGUAGE plpgsql \
        AS $$ BEGIN RETURN NULL; END $$";
    let trigger = "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; \
        CREATE TRIGGER core_user_events_rollup AFTER INSERT ON core_user_events EXECUTE FUNCTION mine()";
    for object in [function, trigger] {
        is_refused(&format!("{}; {object}", table(", UNIQUE (id, sequence)")), "core_user_events_rollup")
            .await;
    }
}

/// The same events with another idea of them, for the same table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(
    events = "core_user_events",
    id = UserId,
    table = "core_user_events_rollup",
    state = LaterUser,
    derive(Debug, Clone, PartialEq, sqlx::FromRow)
)]
enum LaterUserEvent {
    #[rollup(create)]
    Initialized {
        #[rollup(set = "address")]
        email: String,
    },
    #[rollup(ignore)]
    RoleGranted {},
}

#[tokio::test]
async fn another_models_rollup_is_refused_and_goes_on() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = (catalog(pool).await, everything::<UserEvent>(pool).await);
    let error = refusal(run(pool, LaterUserEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020");
    assert_eq!(
        error.message(),
        "\"public\".\"core_user_events_rollup\" was generated from another model of LaterUserEvent"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("REVERT_SQL")), "{error:?}");
    assert_eq!((catalog(pool).await, everything::<UserEvent>(pool).await), before);
    insert::<UserEvent>(pool, user(uuid(1), 3..=3)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);

    // The way that the hint shows.
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    run(pool, LaterUserEvent::MIGRATION_SQL).await.expect("the other migration is applied");
    assert_eq!(rows_are_folds::<LaterUserEvent>(pool).await, 1);
    assert_eq!(refusal(run(pool, UserEvent::MIGRATION_SQL).await).code(), "RU020");
    database.close().await;
}

#[tokio::test]
async fn two_rollups_of_one_event_table_go_side_by_side() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(
        events = "core_user_events",
        id = UserId,
        table = "core_user_emails",
        state = EmailOfUser,
        derive(Debug, Clone, PartialEq, sqlx::FromRow)
    )]
    enum EmailEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        #[rollup(ignore)]
        RoleGranted {},
    }
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    run(pool, EmailEvent::MIGRATION_SQL).await.expect("the second migration is applied");
    insert::<UserEvent>(pool, [user(uuid(2), 1..=2), user(uuid(1), 3..=3)].concat()).await.expect("taken");
    rows_are_folds::<UserEvent>(pool).await;
    assert_eq!(rows_are_folds::<EmailEvent>(pool).await, 2);
    run(pool, UserEvent::REVERT_SQL).await.expect("the first migration is reverted");
    insert::<UserEvent>(pool, user(uuid(1), 4..=4)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<EmailEvent>(pool).await, 2);
    database.close().await;
}

/// Names that mean something to SQL, to PL/pgSQL or to the emitted text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "select", rename_all = "snake_case")]
#[rollup(
    events = "user.order",
    table = "user.table",
    id = i64,
    state = Reserved,
    derive(Debug, Clone, PartialEq, sqlx::FromRow)
)]
enum ReservedEvent {
    #[rollup(create)]
    Begin {
        #[rollup(set)]
        end: String,
        #[rollup(set)]
        new: i64,
        #[rollup(set)]
        old: i64,
        #[rollup(set)]
        found: bool,
    },
    Case {
        #[rollup(set)]
        when: i32,
        #[rollup(set = "null")]
        all: i32,
        #[rollup(set)]
        tg_op: String,
        #[rollup(set)]
        sequence: i32,
        #[rollup(set)]
        payload: serde_json::Value,
        #[rollup(set)]
        recorded_at: String,
        #[rollup(set)]
        event: String,
        #[rollup(set)]
        last: bool,
    },
    Loop {
        #[rollup(set)]
        r: i32,
        #[rollup(set)]
        e: i32,
        #[rollup(set)]
        sqlstate: String,
        #[rollup(set = "user")]
        current_user: Option<String>,
    },
    #[rollup(clear = "null", clear = "when", clear = "last")]
    Exit {
        #[rollup(set = "found_too")]
        #[serde(default)]
        found: Option<bool>,
    },
}

#[tokio::test]
async fn names_may_be_reserved_words() {
    let database = with_events::<ReservedEvent>("bigint").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    run(pool, ReservedEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let events = [
        ReservedEvent::Begin { end: "x".into(), new: 1, old: 2, found: false },
        ReservedEvent::Case {
            when: 3,
            all: 4,
            tg_op: "DELETE".into(),
            sequence: 5,
            payload: json!({"select": 1}),
            recorded_at: "never".into(),
            event: "none".into(),
            last: true,
        },
        ReservedEvent::Loop { r: 6, e: 7, sqlstate: "00000".into(), current_user: Some("me".into()) },
    ];
    for cut in [1, 3] {
        let id = i64::try_from(cut).expect("small");
        let rows: Vec<_> = (1_i32..)
            .zip(&events)
            .map(|(sequence, event)| (id, sequence, serde_json::to_value(event).expect("JSON")))
            .collect();
        for part in rows.chunks(cut) {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO \"user\".\"order\" (id, sequence, event_type, event, recorded_at) ",
            );
            query.push_values(part, |mut values, (id, sequence, event)| {
                values.push_bind(id).push_bind(sequence).push("'-'").push_bind(event).push("now()");
            });
            query.build().execute(pool).await.expect("good events are taken");
        }
    }
    assert_eq!(rows_are_folds::<ReservedEvent>(pool).await, 2);
    run(pool, ReservedEvent::REVERT_SQL).await.expect("the migration is reverted");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}
