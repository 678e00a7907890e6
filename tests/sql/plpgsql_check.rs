//! `plpgsql_check`: static analysis of every emitted function and `DO` block, with all its warnings on.

use std::io::Write as _;

use es_rollup_core::emit;
use es_rollup_core::model::Model;
use sqlx::PgPool;

use crate::emissions::{Emission, emissions};
use crate::server::{prepared, run};

/// Accepted findings, by a part of their text. A finding that no longer occurs has to be removed here.
const ACCEPTED: &[(&str, &str)] = &[
    (
        "name of variable \"order\" is reserved keyword",
        "a check refers to columns by their own names, and the declarations quote them",
    ),
    ("never read variable \"es_set\"", "an assignment sets a setting in less time than a PERFORM"),
    (
        "composite OUT variable \"es_state\" is not single argument",
        "the fold returns rows, and its callers read the state from them as one value",
    ),
];

/// Reports a missing checker, bypassing the test harness's capture of output. In CI it fails the test.
fn missing(reason: &str) {
    let line = format!("not run: plpgsql_check, because {reason} (Debian: postgresql-15-plpgsql-check)");
    assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{line}: CI has to run every test");
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Creates the extension, or returns why it cannot.
async fn extension(pool: &PgPool) -> Result<(), String> {
    let known = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check')";
    if !sqlx::query_scalar::<_, bool>(known).fetch_one(pool).await.expect("the catalogue can be read") {
        return Err("the server does not have it".to_owned());
    }
    let made = sqlx::query("CREATE EXTENSION plpgsql_check").execute(pool).await;
    made.map(drop).map_err(|error| format!("it cannot be created: {error}"))
}

/// The `DO` blocks of both migrations as functions, because the checker only accepts functions.
fn blocks(emission: &Emission) -> Vec<String> {
    let of = |kind: &str, text: &str| -> Vec<String> {
        let bodies = text.split("\nDO $es_rollup$\n").skip(1).map(|rest| {
            let (body, _) = rest.split_once("\n$es_rollup$;").expect("a block has an end");
            format!("() RETURNS void LANGUAGE plpgsql AS $es_rollup$\n{body}\n$es_rollup$")
        });
        bodies
            .enumerate()
            .map(|(at, rest)| format!("CREATE FUNCTION public.{kind}_block_{at}{rest}"))
            .collect()
    };
    [of("migration", emission.migration), of("revert", emission.revert)].concat()
}

/// Every PL/pgSQL function that does not belong to an extension.
const FUNCTIONS: &str = "
    SELECT p.oid::regprocedure::text, p.prorettype = 'trigger'::regtype
    FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
    WHERE l.lanname = 'plpgsql' AND NOT EXISTS (
      SELECT FROM pg_depend AS d
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
    ORDER BY 1";

const FINDINGS: &str = "
    SELECT concat_ws(' ', level, sqlstate, 'line', lineno, statement || ':', message, detail, hint, context)
    FROM plpgsql_check_function_tb(
      $1::regprocedure,
      relid => CASE WHEN $2 THEN $3::regclass ELSE 0 END,
      oldtable => CASE WHEN $2 THEN 'es_old' END,
      newtable => CASE WHEN $2 THEN 'es_new' END,
      fatal_errors => false,
      all_warnings => true
    )";

/// The checker's findings in one emission, and the number of functions and blocks that it checked.
async fn check(pool: &PgPool, emission: &Emission) -> (Vec<String>, usize) {
    run(pool, emission.migration).await;
    for block in blocks(emission) {
        run(pool, &block).await;
    }
    let functions: Vec<(String, bool)> =
        sqlx::query_as(FUNCTIONS).fetch_all(pool).await.expect("the catalogue can be read");
    let mut found = Vec::new();
    for (function, is_trigger) in &functions {
        let findings: Vec<String> = sqlx::query_scalar(FINDINGS)
            .bind(function)
            .bind(is_trigger)
            .bind(emission.event_table)
            .fetch_all(pool)
            .await
            .unwrap_or_else(|error| panic!("{function} cannot be checked: {error}"));
        found.extend(findings.into_iter().map(|finding| format!("{function}: {finding}")));
    }
    (found, functions.len())
}

#[tokio::test]
async fn functions_and_blocks_are_clean() {
    let mut found = Vec::new();
    for emission in emissions() {
        let database = prepared(&emission).await;
        if let Err(reason) = extension(database.pool()).await {
            missing(&reason);
            return database.close().await;
        }
        let (findings, checked) = check(database.pool(), &emission).await;
        assert!(checked >= 6, "{}: only {checked} functions and blocks were found", emission.name);
        found.extend(findings);
        database.close().await;
    }
    let (accepted, mut wrong): (Vec<String>, Vec<String>) =
        found.into_iter().partition(|finding| ACCEPTED.iter().any(|(part, _)| finding.contains(part)));
    wrong.extend(
        ACCEPTED
            .iter()
            .filter(|(part, _)| !accepted.iter().any(|finding| finding.contains(part)))
            .map(|(part, _)| format!("accepted, but no longer found: {part}")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The functions that exist only while rows are filled, and the blocks of the migration that creates them.
#[tokio::test]
async fn functions_of_a_fill_are_clean() {
    for emission in emissions() {
        let database = prepared(&emission).await;
        if let Err(reason) = extension(database.pool()).await {
            missing(&reason);
            return database.close().await;
        }
        let model = Model::read(emission.model).expect("the derive writes what can be read");
        // Even without any event.
        let filling = format!("SET LOCAL es_rollup.history_limit = -1;\n{}", emit::installation(&model));
        let name = emission.name;
        let (found, checked) =
            check(database.pool(), &Emission { migration: filling.leak(), ..emission }).await;
        assert!(checked >= 12, "{name}: only {checked} functions and blocks were found");
        let wrong: Vec<String> = found
            .into_iter()
            .filter(|finding| !ACCEPTED.iter().any(|(part, _)| finding.contains(part)))
            .collect();
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
        database.close().await;
    }
}

#[tokio::test]
async fn a_bad_function_is_found() {
    let [emission, ..] = emissions();
    let database = prepared(&emission).await;
    if let Err(reason) = extension(database.pool()).await {
        missing(&reason);
        return database.close().await;
    }
    let bad = emission.migration.replacen(
        "FOR EACH STATEMENT",
        "-- no column has this name\n  FOR EACH STATEMENT",
        1,
    );
    let bad =
        bad.replace("\"modified_at\" = es_row.\"modified_at\"", "\"modified_at\" = es_row.\"modified\"");
    assert_ne!(bad, emission.migration);
    let emission = Emission { migration: bad.leak(), ..emission };
    let (found, _) = check(database.pool(), &emission).await;
    assert!(found.iter().any(|finding| finding.contains("has no field \"modified\"")), "{found:?}");
    database.close().await;
}
