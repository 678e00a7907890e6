//! `rehearse`: applies a migration, says what happened, and rolls it back.

use crate::answer::{Answer, Ending};
use crate::arguments::Rehearse;
use crate::commands::diff::as_json;
use crate::connection::connect;
use crate::failure::{Failure, code_of, message_of};
use crate::models::{self, of_text};
use crate::progress::took;
use crate::rollups;
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::{self, Objects};
use es_rollup_core::evolve;
use es_rollup_core::migrations::DOWN;
use es_rollup_core::model::Model;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, query, query_scalar};
use std::time::{Duration, Instant};

/// Runs the text of a setting, in which PostgreSQL then refuses a COMMIT.
const EXECUTE: &str =
    "DO $es_rollup_cli$ BEGIN EXECUTE pg_catalog.current_setting('es_rollup_cli.text'); END $es_rollup_cli$";

/// What the migration would have done.
struct Rehearsed {
    time: Duration,
    /// Whether rows are filled afterwards, for each of its rollups.
    fills: Vec<bool>,
}

pub(crate) async fn run(arguments: &Rehearse) -> Result<Answer, Failure> {
    let Rehearse { file, database, output } = arguments;
    let text = models::read(file)?;
    let shown = file.display();
    if text.lines().next().is_some_and(|line| line.starts_with("-- no-transaction")) {
        return Err(Failure::usage(
            format!("{shown} runs without a transaction, so that it cannot be rolled back"),
            "rehearse it on a copy of the database",
        ));
    }
    let there = text.split(DOWN).next().unwrap_or(&text);
    let models = of_text(there).map_err(|fault| {
        Failure::usage(
            format!("{shown} is no migration of a rollup: {fault}"),
            "name one that es-rollup has written",
        )
    })?;
    let mut lines = Vec::new();
    let mut values = Vec::new();
    let mut connection = connect(database).await?;
    let installed = rollups::all(&mut connection).await?;
    for model in &models {
        let name = emit::qualified(&model.root.table);
        let old =
            installed.iter().find(|rollup| rollup.name == name).and_then(|rollup| rollup.model.as_ref().ok());
        let (line, value) = from(&name, old, model);
        lines.extend(line);
        values.push(value);
    }
    let objects: Vec<Objects> = models.iter().map(emit::objects).collect();
    let mut session = Session::open(database).await?;
    let begun = Instant::now();
    let outcome = session.ask(async |work| rehearse(work, there, &objects).await).await;
    let (ending, error) = match outcome {
        Ok(Rehearsed { time, fills }) => {
            lines.push(format!("it was applied in {}, and rolled back", took(time)));
            for (fills, model) in fills.into_iter().zip(&models) {
                let name = emit::qualified(&model.root.table);
                lines.push(if fills {
                    format!("{name} has to be filled afterwards: es-rollup fill")
                } else {
                    format!("{name} needs no fill afterwards")
                });
            }
            (Ending::Fine, None)
        }
        Err(Trouble::Interrupted) => {
            (Ending::Failed(Failure::from(Trouble::Interrupted).resumable("nothing was changed", "")), None)
        }
        Err(Trouble::Database(error)) if error.as_database_error().is_some() => {
            let told = format!("{} ({})", message_of(&error), code_of(&error));
            lines.push(format!("it failed after {}: {told}", took(begun.elapsed())));
            let hint = error
                .as_database_error()
                .and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?.hint());
            lines.extend(hint.map(|hint| format!("  next: {hint}")));
            (Ending::Difference, Some(told))
        }
        Err(Trouble::Database(error)) => return Err(error.into()),
    };
    let value = json!({
        "milliseconds": u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX), "rollups": values, "error": error,
    });
    Ok(Answer::new(output.json, &lines, &value, ending))
}

/// Between which models it leads.
fn from(name: &str, old: Option<&Model>, new: &Model) -> (Vec<String>, Value) {
    let is = new.fingerprint().unwrap_or_default();
    let was = old.and_then(Model::fingerprint);
    let mut lines = vec![match &was {
        Some(was) => format!("{name}  {was} -> {is}"),
        None => format!("{name}  is not installed -> {is}"),
    }];
    let mut changes = Vec::new();
    if let Some(Ok(diff)) = old.map(|old| evolve::diff(old, new)) {
        lines.extend(diff.lines().into_iter().map(|line| format!("  {line}")));
        changes.extend(diff.changes.iter().map(as_json));
    }
    (lines, json!({ "rollup": name, "from": was, "to": is, "changes": changes }))
}

/// Applies the migration in a transaction that is never committed.
async fn rehearse(work: &mut PgConnection, text: &str, objects: &[Objects]) -> sqlx::Result<Rehearsed> {
    // The names in a file are found as a migration tool finds them.
    work.execute("RESET search_path").await?;
    work.execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let applied = apply(work, text, objects).await;
    work.execute("ROLLBACK").await?;
    applied
}

async fn apply(work: &mut PgConnection, text: &str, objects: &[Objects]) -> sqlx::Result<Rehearsed> {
    query("SELECT pg_catalog.set_config('es_rollup_cli.text', $1, true)")
        .bind(text)
        .execute(&mut *work)
        .await?;
    let begun = Instant::now();
    work.execute(EXECUTE).await?;
    // What is checked at the commit is part of it.
    work.execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
    let time = begun.elapsed();
    let mut fills = Vec::new();
    for objects in objects {
        let fill = query_scalar("SELECT pg_catalog.to_regclass($1) IS NOT NULL").bind(&objects.todo);
        fills.push(fill.fetch_one(&mut *work).await?);
    }
    Ok(Rehearsed { time, fills })
}
