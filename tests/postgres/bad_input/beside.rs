//! A bad event in a statement that has one event of each of several entities.

use super::{refusal, user};
use crate::fixtures::{AccountEvent, UserEvent};
use crate::relation::{FORMS, append, folded, rows, stream, with_form};
use crate::support::{insert, installed, row, rows_are_folds, uuid};
use es_rollup::ErrorKind;
use serde_json::json;

#[tokio::test]
async fn a_bad_event_beside_one_of_another_entity_is_refused_as_it_is_alone() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &[stream(1, 1..=2), stream(2, 1..=2)].concat()).await.expect("taken");
        let bad = [
            ("RU001", (2, 4, json!({"type": "reset"}))),
            ("RU002", (2, 0, json!({"type": "reset"}))),
            ("RU003", (3, 1, json!({"type": "reset"}))),
            ("RU004", (2, 3, json!({"type": "opened", "amount": 1, "owners": []}))),
            ("RU006", (2, 3, json!({"type": "nonsense"}))),
            ("RU007", (2, 3, json!({}))),
            ("RU008", (2, 3, json!({"type": "deposited"}))),
            ("RU010", (2, 3, json!({"type": "deposited", "amount": "1"}))),
            ("RU010", (2, 3, json!({"type": "withdrawn", "amount": "1"}))),
            ("RU012", (2, 3, json!({"type": "deposited", "amount": i64::MAX}))),
            ("RU012", (2, 3, json!({"type": "withdrawn", "amount": i64::MIN}))),
        ];
        for (code, event) in bad {
            let thawed = (1, 3, json!({"type": "thawed"}));
            for statement in [
                vec![thawed, event.clone()],
                [stream(1, [3]), vec![event.clone()]].concat(),
                [vec![event.clone()], stream(1, [3])].concat(),
                [stream(1, [3]), vec![event], stream(9, [1])].concat(),
            ] {
                let error = refusal(append(pool, table, &statement).await);
                assert_eq!(error.code(), code, "{table}: {error}");
                assert_eq!(rows(pool, table).await, folded(&[2, 2]), "{table}, {statement:?}");
            }
        }
        append(pool, table, &[stream(1, [3]), stream(2, [3]), stream(3, [1])].concat()).await.expect("taken");
        assert_eq!(rows(pool, table).await, folded(&[3, 3, 1]));
        database.close().await;
    }
}

#[tokio::test]
async fn an_event_that_creates_but_is_not_the_first_is_refused_beside_one_that_is() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let created = json!({"type": "initialized", "id": uuid(2), "email": "x"});
    let statement = [user(uuid(1), 1..=1), vec![row(uuid(2), 2, created)]].concat();
    assert_eq!(refusal(insert::<UserEvent>(pool, &statement).await).code(), "RU001");
    insert::<UserEvent>(pool, &[user(uuid(1), 1..=1), user(uuid(2), 1..=1)].concat()).await.expect("taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn an_event_with_a_field_under_both_of_its_names_is_refused_alone_and_beside_one_of_another_entity() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    let imported = |id: &str, names: &[&str]| {
        let mut data = json!({"openedOn": "2026-01-31", "status": "open"});
        for name in names {
            data[*name] = json!("Ada");
        }
        row(id, 1, json!({"kind": "imported", "data": data}))
    };
    let twice = imported("b", &["holderName", "owner"]);
    for statement in [vec![twice.clone()], vec![imported("a", &["owner"]), twice]] {
        let error = refusal(insert::<AccountEvent>(pool, &statement).await);
        assert_eq!(error.code(), ErrorKind::Malformed.sqlstate(), "{error}");
    }
    let statement = [imported("a", &["owner"]), imported("b", &["holderName"])];
    insert::<AccountEvent>(pool, &statement).await.expect("taken");
    assert_eq!(rows_are_folds::<AccountEvent>(pool).await, 2);
    database.close().await;
}
