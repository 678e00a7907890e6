//! Whoever may create functions beside ours cannot have them called in place of ours.

use crate::fixtures::MemberEvent;
use crate::relation::{FORMS, append, folded, rows, stream, with_form};
use crate::support::{insert, installed, refusal, row, run};
use serde_json::json;

/// Overloads that fit a call better than ours would, if the call left anything open.
fn overloads(prefix: &str) -> String {
    let lists = [
        ("refuse", "text, text, bigint, bigint, text"),
        ("refuse", "text, text, integer, bigint, text"),
        ("refuse", "text, text, bigint, integer, text, text DEFAULT ''"),
        ("refuse", "text, text, bigint, bigint, text, text, text, text"),
        ("refuse", "varchar, text, bigint, bigint, text, varchar, varchar, varchar, jsonb"),
        ("refuse", "text, text, bigint, bigint, text, name, name, name, jsonb"),
        ("refuse", "text, text, bigint, bigint, text, text, text, text, json"),
        ("refuse", "VARIADIC text[]"),
        ("catch_up", "text"),
        ("catch_up", "VARIADIC uuid[]"),
        ("fold", "uuid[], uuid, uuid, boolean, integer, timestamptz, boolean"),
        ("fold", "uuid[], uuid, uuid, boolean, bigint, timestamp, boolean"),
        ("fold", "text[], text, text, boolean, bigint, timestamptz, boolean"),
        ("fold", "anyarray, anyelement, anyelement, boolean, bigint, timestamptz, boolean"),
        ("fold", "uuid[], uuid, uuid, boolean, bigint, timestamptz, VARIADIC boolean[]"),
        ("guarded", "oid"),
        ("guarded", "text"),
        ("leaves", "oid"),
    ];
    let made = lists.map(|(name, arguments)| {
        let returns = match name {
            "refuse" => "void",
            "catch_up" => "bigint",
            "guarded" => "boolean",
            "fold" => "TABLE (es_state int, es_event_type text, es_deleted boolean)",
            _ => "oid[]",
        };
        format!(
            "CREATE FUNCTION {prefix}_{name}({arguments}) RETURNS {returns} LANGUAGE plpgsql IMMUTABLE
             AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;"
        )
    });
    made.concat()
}

#[tokio::test]
async fn a_function_of_the_same_name_and_other_arguments_is_not_called() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [1])).await.expect("good events are taken");
        run(pool, &overloads(&format!("{table}_rollup"))).await.expect("functions are planted");
        let mut fresh = pool.acquire().await.expect("a connection");
        let bad = [
            ("RU001", vec![(1, 7, json!({"type": "reset"}))]),
            ("RU002", vec![(1, 0, json!({"type": "reset"}))]),
            ("RU003", vec![(2, 1, json!({"type": "reset"}))]),
            ("RU004", vec![(1, 2, json!({"type": "opened", "amount": 1, "owners": []}))]),
            ("RU006", vec![(1, 2, json!({"type": "nonsense"}))]),
            ("RU007", vec![(1, 2, json!({}))]),
            ("RU008", vec![(1, 2, json!({"type": "deposited"}))]),
            ("RU010", vec![(1, 2, json!({"type": "deposited", "amount": "1"}))]),
            ("RU012", vec![(1, 2, json!({"type": "deposited", "amount": i64::MAX}))]),
        ];
        for (code, rows) in bad {
            let error = refusal(append(&mut *fresh, table, &rows).await);
            assert_eq!(error.code(), code, "{error}");
        }
        append(&mut *fresh, table, &[stream(2, [2, 1]), stream(1, [3, 2])].concat()).await.expect("taken");
        append(&mut *fresh, table, &stream(1, [4])).await.expect("taken");
        assert_eq!(rows(pool, table).await, folded(&[4, 2]));
        drop(fresh);
        database.close().await;
    }
}

/// PostgreSQL takes neither where one has a default for what the call leaves out: nothing is stored, and nobody else's
/// function runs.
#[tokio::test]
async fn a_function_that_makes_a_call_ambiguous_is_not_called_either() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let planted = format!(
            "CREATE FUNCTION {table}_rollup_catch_up(uuid, integer DEFAULT 1) RETURNS bigint LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$"
        );
        run(pool, &planted).await.expect("a function is planted");
        // An event whose entity has to be folded from the event table.
        assert_eq!(refusal(append(pool, table, &stream(1, [2])).await).code(), "42725");
        database.close().await;
    }
}

#[tokio::test]
async fn a_check_is_reported_by_the_rollups_own_function() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    let joined = row(1, 1, json!({"type": "joined", "tenant": 1, "email": "a@b", "badge": null}));
    insert::<MemberEvent>(pool, [joined]).await.expect("a good event");
    run(pool, &overloads("club.member")).await.expect("functions are planted");
    let charged = row(1, 2, json!({"type": "charged", "amount": 1}));
    let error = refusal(insert::<MemberEvent>(pool, [charged]).await);
    assert_eq!((error.code(), error.constraint()), ("23514", Some("no_overdraft")), "{error}");
    let unknown = row(1, 2, json!({"type": "nonsense"}));
    assert_eq!(refusal(insert::<MemberEvent>(pool, [unknown]).await).code(), "RU006");
    database.close().await;
}
