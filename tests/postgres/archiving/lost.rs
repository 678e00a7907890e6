//! Archived entities that have lost their rows, whatever the order of a store, and whether streams can end or not.

use super::{FORMS, append, archive, course, delete, lines, packed, rows_are_folds, sent};
use crate::fixtures::{ParcelEvent, ParcelRowEvent};
use crate::support::{event_table, refusal, run};
use es_rollup::Rollup;
use es_rollup_core::emit;
use es_rollup_core::model::{Life, Model, Order};
use es_rollup_test_server::Database;

/// Each form in each order, without an event that deletes.
fn models() -> impl Iterator<Item = (&'static str, Model)> {
    let models =
        [ParcelEvent::MODEL, ParcelRowEvent::MODEL].map(|model| Model::read(model).expect("a model"));
    let forms = FORMS.into_iter().zip(models).map(|((table, ..), model)| (table, model));
    forms.flat_map(|(table, mut model)| {
        let end = model.variants.iter().position(|variant| variant.life == Life::Delete).expect("an end");
        model.variants.remove(end);
        let Model { root, views, history, .. } = &mut model;
        for view in std::iter::once(root).chain(views).chain(history) {
            view.rules.remove(end);
        }
        [Order::Contiguous, Order::Increasing].map(|order| {
            let mut model = model.clone();
            model.store.order = order;
            (table, model)
        })
    })
}

#[tokio::test]
async fn the_next_event_of_an_entity_without_a_row_is_folded_from_its_base() {
    for (table, model) in models() {
        let database = Database::create().await;
        let pool = database.pool();
        run(pool, &event_table(table, "bigint")).await.expect("the event table");
        run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
        for id in 1..=3 {
            append(pool, table, id, 1, &course()).await.expect("taken");
            archive(pool, table, id, 4).await.expect("archived");
        }
        delete(pool, table, "sequence <= 4").await.expect("they are archived");
        let order = model.store.order;
        let lost = format!(
            "DELETE FROM {table}_rollup; DELETE FROM {table}_rollup_items; DELETE FROM {table}_rollup_history WHERE version > 4"
        );
        run(pool, &lost).await.expect("the owner may");
        for sequence in [1, 2, 4] {
            let event = if sequence == 1 { sent() } else { packed("pen", 1) };
            let error = refusal(append(pool, table, 1, sequence, &[event]).await);
            assert_eq!(error.code(), "RU002", "{table}, {order:?}, {sequence}: {error}");
        }
        // Alone, and beside another one.
        append(pool, table, 1, 7, &[packed("cap", 1)]).await.expect("it follows");
        let both =
            [2, 3].map(|id| format!("({id}, 7, '-', '{}', '2007-01-01 00:00:00+00')", packed("cap", 1)));
        let both = both.join(", ");
        run(
            pool,
            &format!("INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES {both}"),
        )
        .await
        .expect("they follow");
        rows_are_folds(pool, table).await;
        let read = format!(
            "SELECT concat_ws(' ', version, place, things, route, insured) FROM {table}_rollup ORDER BY id"
        );
        assert_eq!(
            lines(pool, read).await.expect("the rows"),
            ["7 Basel 4 {Olten,Basel} 0.1"; 3],
            "{order:?}"
        );
        // If nothing is left but the bases, the migration brings the rows back.
        for id in 1..=3 {
            archive(pool, table, id, 7).await.expect("archived");
        }
        delete(pool, table, "true").await.expect("they are archived");
        run(pool, &format!("DELETE FROM {table}_rollup; DELETE FROM {table}_rollup_items"))
            .await
            .expect("gone");
        run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
        rows_are_folds(pool, table).await;
        append(pool, table, 1, 8, &[packed("cap", 1)]).await.expect("the stream goes on");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// Nothing is kept of it but its version.
#[tokio::test]
async fn an_entity_without_columns_and_times_can_be_archived() {
    for (table, mut model) in models() {
        let Model { root, views, history, store, .. } = &mut model;
        store.recorded_at = None;
        views.clear();
        root.columns.clear();
        root.rules.iter_mut().for_each(|rule| rule.steps.clear());
        if let Some(history) = history {
            history.columns.clear();
        }
        let database = Database::create().await;
        let pool = database.pool();
        run(pool, &event_table(table, "bigint")).await.expect("the event table");
        run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
        append(pool, table, 1, 1, &course()).await.expect("taken");
        archive(pool, table, 1, 4).await.expect("archived");
        delete(pool, table, "sequence <= 4").await.expect("they are archived");
        let versions =
            format!("SELECT concat(v.es_id, v.es_difference) FROM {table}_rollup_verify(NULL, NULL) AS v");
        assert_eq!(lines(pool, versions).await.expect("verified"), [""; 0]);
        append(pool, table, 1, 7, &[packed("cap", 1)]).await.expect("the stream goes on");
        database.close().await;
    }
}
