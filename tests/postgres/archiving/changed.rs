//! A model that changes while entities are archived.

use super::{FORMS, append, archive, delete, differ, lines, packed, rows_are_folds, with_parcels};
use crate::fixtures::{ParcelEvent, ParcelRowEvent};
use crate::support::{refusal, run};
use es_rollup::Rollup;
use es_rollup_core::evolve;
use es_rollup_core::model::{Constraint, Model, Operation};
use es_rollup_test_server::Database;

fn models() -> impl Iterator<Item = ((&'static str, &'static str, &'static str), Model)> {
    FORMS
        .into_iter()
        .zip([ParcelEvent::MODEL, ParcelRowEvent::MODEL].map(|model| Model::read(model).expect("a model")))
}

/// Two entities, one of which is archived and has lost its first events.
async fn archived(form: (&str, &str, &str)) -> Database {
    let (table, ..) = form;
    let database = with_parcels(form, 2).await;
    let pool = database.pool();
    archive(pool, table, 1, 4).await.expect("archived");
    delete(pool, table, "id = 1 AND sequence <= 4").await.expect("they are archived");
    database
}

fn change(old: &Model, new: &Model) -> String {
    evolve::migration(old, new).expect("a change in place")
}

#[tokio::test]
async fn bases_follow_columns_and_views_that_get_other_names_or_go() {
    for (form, old) in models() {
        let (table, ..) = form;
        let database = archived(form).await;
        let pool = database.pool();
        let mut new = old.clone();
        let root = &mut new.root;
        root.columns.iter_mut().find(|column| column.name == "place").expect("it is there").name =
            "at".into();
        root.columns.iter_mut().find(|column| column.name == "at").expect("it is there").was =
            Some("place".into());
        let view = &mut new.views[0];
        (view.name, view.was) = ("things".into(), Some("items".into()));
        view.table.name = format!("{table}_rollup_things");
        view.columns[0].name = "weight".into();
        view.columns[0].was = Some("grams".into());
        // A column that goes, and comes back empty where its events are archived.
        let insured = root.columns.iter().position(|column| column.name == "insured").expect("it is there");
        root.columns.remove(insured);
        for rule in &mut root.rules {
            rule.steps.retain(|step| step.column != insured);
            rule.steps.iter_mut().filter(|step| step.column > insured).for_each(|step| step.column -= 1);
        }
        let history = new.history.as_mut().expect("a history");
        history.columns.clone_from(&new.root.columns);
        run(pool, &change(&old, &new)).await.expect("nothing has another meaning");
        let base = format!("SELECT concat(state, views) FROM {table}_rollup_base");
        let base = lines(pool, base).await.expect("the base").remove(0);
        for kept in ["\"at\": \"Olten\"", "{\"things\": [", "\"weight\": \"300\""] {
            assert!(base.contains(kept), "{kept}: {base}");
        }
        for gone in ["place", "insured", "grams", "items"] {
            assert!(!base.contains(gone), "{gone}: {base}");
        }
        let found = lines(pool, format!("SELECT v::text FROM {table}_rollup_verify(NULL, NULL) AS v")).await;
        assert_eq!(found.expect("it is verified"), [""; 0], "{table}");
        append(pool, table, 1, 7, &[packed("cap", 1)]).await.expect("the stream goes on");
        let found = lines(pool, format!("SELECT v::text FROM {table}_rollup_verify(NULL, NULL) AS v")).await;
        assert_eq!(found.expect("it is verified"), [""; 0], "{table}");
        // And back: a column that archived events have filled cannot be filled again.
        let error = refusal(run(pool, &change(&new, &old)).await);
        assert_eq!(error.code(), "RU020", "{error}");
        assert!(error.message().ends_with(": 1 of them"), "{error}");
        database.close().await;
    }
}

#[tokio::test]
async fn what_gives_archived_events_another_meaning_is_refused() {
    for (form, old) in models() {
        let (table, ..) = form;
        let database = archived(form).await;
        let pool = database.pool();
        let mut other_operation = old.clone();
        for step in other_operation.root.rules.iter_mut().flat_map(|rule| &mut rule.steps) {
            if step.operation == Operation::Increment {
                step.operation = Operation::Decrement;
            }
        }
        let mut check = old.clone();
        let few = Constraint::Check { name: "few".into(), expression: "things < 100".into() };
        check.root.constraints.push(few);
        let without_history = Model { history: None, ..old.clone() };
        let reasons = [
            (&other_operation, " with events that mean something else in the new model"),
            (&check, ", but in the new model all events have to be folded again"),
        ];
        for (new, reason) in reasons {
            let error = refusal(run(pool, &change(&old, new)).await);
            assert_eq!(error.code(), "RU020", "{error}");
            let message =
                format!("entities of \"public\".\"{table}_rollup\" are archived{reason}: 1 of them");
            assert_eq!(error.message(), message);
        }
        let error = refusal(run(pool, &change(&old, &Model { archive: false, ..old.clone() })).await);
        assert_eq!((error.code(), error.message().contains("are archived, but")), ("RU020", true), "{error}");
        rows_are_folds(pool, table).await;
        // A history that goes cannot come back.
        run(pool, &change(&old, &without_history)).await.expect("nothing has another meaning");
        let error = refusal(run(pool, &change(&without_history, &old)).await);
        assert!(error.message().ends_with(": 1 of them"), "{error}");
        // Once the base is given up, and with it the entity, all of that is possible.
        run(pool, &format!("DELETE FROM {table}_rollup_base; DELETE FROM {table} WHERE id = 1"))
            .await
            .expect("gone");
        run(pool, &change(&without_history, &old)).await.expect("nothing is archived");
        assert_eq!(differ(pool, table).await, (vec![], "0".into()));
        run(pool, &change(&old, &Model { archive: false, ..old.clone() }))
            .await
            .expect("nothing is archived");
        let gone = lines(pool, format!("SELECT (to_regclass('{table}_rollup_base') IS NULL)::text")).await;
        assert_eq!(gone.expect("the catalog"), ["true"]);
        database.close().await;
    }
}
