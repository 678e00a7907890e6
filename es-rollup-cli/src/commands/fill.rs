//! `fill`: fills the rows that a migration has left for later.

mod counted;
mod indexes;

use crate::answer::{Answer, Ending, shown};
use crate::arguments::Fill;
use crate::failure::{Failure, code_of, message_of};
use crate::progress::{Progress, some, took};
use crate::rollups::{self, Rollup};
use crate::session::{Session, is_transient};
use crate::trouble::Trouble;
use counted::Counted;
use es_rollup_core::ErrorKind;
use es_rollup_core::emit::Objects;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _, query_as};
use std::time::{Duration, Instant};

/// How many entities that do not fold are printed.
const PRINTED: usize = 20;

/// How often a fill goes on after another session was in its way.
const TRIES: u32 = 10;

/// The SQLSTATEs of rows for which a check does not hold, or which lack a value, although all are filled.
const BY_HAND: [&str; 2] = ["23514", "23502"];

/// An entity that does not fold, and why.
type Refused = (String, String);

/// How filling one rollup has ended.
enum Filled {
    /// All rows are filled.
    Whole,
    /// All but these.
    But(Vec<Refused>),
}

pub(crate) async fn run(arguments: &Fill) -> Result<Answer, Failure> {
    let Fill { database, chosen, batch, output } = arguments;
    let mut session = Session::open(database).await?;
    let wanted = chosen.rollup.as_deref();
    let rollups = rollups::chosen(&mut session.work, wanted).await?;
    let mut filling = Vec::new();
    for rollup in rollups {
        // What looks like a rollup of somebody else may not be one.
        if wanted.is_none() && !rollup.is_own && rollup.model.is_err() {
            continue;
        }
        let objects = rollup.objects()?;
        if rollups::is_filling(&mut session.work, &objects).await? {
            filling.push((rollup, objects));
        }
    }
    let (rollups, objects): (Vec<Rollup>, Vec<Objects>) = filling.into_iter().unzip();
    rollups::trust(&rollups, wanted)?;
    let (mut lines, mut values, mut ending) = (Vec::new(), Vec::new(), Ending::Fine);
    for (rollup, objects) in rollups.iter().zip(&objects) {
        let begun = Instant::now();
        let name = &rollup.name;
        // The one before had ended when the signal came.
        if session.is_interrupted {
            ending = Ending::Failed(
                Failure::from(Trouble::Interrupted).resumable("the other rollups are not filled", ""),
            );
            break;
        }
        match fill(&mut session, rollup, objects, *batch).await {
            Ok(Filled::Whole) => {
                lines.push(format!("{name} is filled, in {}", took(begun.elapsed())));
                values.push(json!({ "rollup": name, "filled": true, "refused": [] }));
            }
            Ok(Filled::But(refused)) => {
                lines.extend(told(name, objects, &refused));
                values.push(json!({
                    "rollup": name, "filled": false,
                    "refused": refused.iter().map(|(id, why)| json!({ "id": id, "error": why })).collect::<Vec<_>>(),
                }));
                ending = Ending::Difference;
            }
            Err(failure) => {
                values.push(json!({ "rollup": name, "filled": false, "refused": [] }));
                let kept = format!("what is filled of {name} stays so, and writers go on");
                ending = Ending::Failed(failure.resumable(&kept, ""));
                break;
            }
        }
    }
    if lines.is_empty() && values.is_empty() {
        lines.push("no rollup has to be filled".into());
    }
    Ok(Answer::new(output.json, &lines, &json!({ "rollups": values }), ending))
}

/// Calls the procedure until it has ended.
async fn fill(
    session: &mut Session,
    rollup: &Rollup,
    objects: &Objects,
    batch: i32,
) -> Result<Filled, Failure> {
    let mut progress = Progress::new(&format!("fill {}", rollup.name));
    let mut counted = Counted::default();
    let mut tried = 0;
    let call = format!("CALL {}({batch})", objects.fill);
    indexes::build(session, objects, &progress).await?;
    let outcome = loop {
        tried += 1;
        let look = async |watch: &mut PgConnection| {
            if let Some((done, all)) = counted.look(watch, objects).await {
                progress.set(done, all);
            }
        };
        match session.run(async |work| work.execute(AssertSqlSafe(call.clone())).await, look).await {
            Err(Trouble::Database(error)) if tried < TRIES && is_transient(&error) => {
                progress.note(&format!("another session was in the way ({}); going on", code_of(&error)));
            }
            outcome => break outcome,
        }
        if !session.pause(Duration::from_millis(500) * tried).await {
            break Err(Trouble::Interrupted);
        }
    };
    if let (Ok(_), Some(all)) = (&outcome, counted.all()) {
        progress.set(all, all);
    }
    match outcome {
        Ok(_) => Ok(Filled::Whole),
        Err(Trouble::Database(error)) if code_of(&error) == ErrorKind::Install.sqlstate() => {
            let refused = refused(&mut session.work, objects).await?;
            if refused.is_empty() { Err(error.into()) } else { Ok(Filled::But(refused)) }
        }
        Err(Trouble::Database(error)) if BY_HAND.contains(&code_of(&error).as_str()) => {
            Err(Failure::database(
                format!("{} ({}): somebody has written rows by hand", message_of(&error), code_of(&error)),
                format!("es-rollup rebuild --rollup {}", shown(&rollup.name)),
            ))
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// The entities that do not fold.
async fn refused(connection: &mut PgConnection, objects: &Objects) -> sqlx::Result<Vec<Refused>> {
    let sql = format!(
        "SELECT id::text, refused FROM {} WHERE refused IS NOT NULL AND id IS NOT NULL ORDER BY id",
        objects.todo
    );
    query_as(AssertSqlSafe(sql)).fetch_all(connection).await
}

fn told(name: &str, objects: &Objects, refused: &[Refused]) -> Vec<String> {
    let count = refused.len();
    let mut lines =
        vec![format!("{name} is not filled: {} not fold", some(count as u64, "entity does", "entities do"))];
    lines.extend(refused.iter().take(PRINTED).map(|(id, why)| format!("  {}  {}", shown(id), shown(why))));
    if count > PRINTED {
        lines.push(format!(
            "  and {} more: SELECT id, refused FROM {} WHERE refused IS NOT NULL",
            count - PRINTED,
            objects.todo
        ));
    }
    lines.push(
        "  next: correct their events and run the same command again, or apply the way back of the migration"
            .into(),
    );
    lines
}
