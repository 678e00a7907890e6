//! `rebuild`: folds entities again from nothing.

use crate::answer::{Answer, Ending};
use crate::arguments::Rebuild;
use crate::ask::{agrees, can_ask};
use crate::commands::refold::{Refolded, refold, told};
use crate::entities;
use crate::failure::Failure;
use crate::progress::{Progress, some};
use crate::rollups::{self, Rollup};
use crate::session::Session;
use es_rollup_core::emit::Objects;
use serde_json::json;
use std::time::Instant;

pub(crate) async fn run(arguments: &Rebuild) -> Result<Answer, Failure> {
    let Rebuild { database, chosen, id, walk, output } = arguments;
    can_ask(walk.yes)?;
    let mut session = Session::open(database).await?;
    let wanted = chosen.rollup.as_deref();
    let rollup = rollups::one(&mut session.work, wanted).await?;
    rollups::trust(std::slice::from_ref(&rollup), wanted)?;
    let objects = rollup.objects()?;
    let name = &rollup.name;
    let which =
        if id.is_empty() { "all entities".into() } else { some(id.len() as u64, "entity", "entities") };
    let question = format!("Rebuild {which} of {name}? Writers wait while each batch is folded.");
    for id in id.iter().chain(&walk.after) {
        entities::check(&mut session.work, &objects, id).await?;
    }
    if !agrees(&question, walk.yes) {
        return Ok(Answer::new(output.json, &["nothing was rebuilt".into()], &json!(null), Ending::Fine));
    }
    let mut done = Refolded::default();
    let after = if id.is_empty() {
        all(&mut session, &rollup, &objects, arguments, &mut done).await?
    } else {
        named(&mut session, &objects, id, &mut done).await?
    };
    let ending = match after {
        Some(next) => {
            Ending::Interrupted(format!("what is rebuilt stays so\n  next: run the same command again{next}"))
        }
        None if done.unfolded.is_empty() => Ending::Fine,
        None => Ending::Difference,
    };
    let mut lines = vec![format!("{name}: {}", done.told())];
    lines.extend(told(&done.unfolded));
    let unfolded: Vec<_> = done.unfolded.iter().map(|(id, why)| json!({ "id": id, "error": why })).collect();
    let value = json!({ "rollup": name, "rows": done.rows, "refused": unfolded });
    Ok(Answer::new(output.json, &lines, &value, ending))
}

/// The entities that are named. After an interruption, what to add to the command.
async fn named(
    session: &mut Session,
    objects: &Objects,
    ids: &[String],
    done: &mut Refolded,
) -> Result<Option<String>, Failure> {
    Ok(match refold(session, objects, ids).await? {
        Some(refolded) => {
            *done = refolded;
            None
        }
        None => Some(String::new()),
    })
}

/// All of them. After an interruption, what to add to the command.
async fn all(
    session: &mut Session,
    rollup: &Rollup,
    objects: &Objects,
    arguments: &Rebuild,
    done: &mut Refolded,
) -> Result<Option<String>, Failure> {
    let walk = &arguments.walk;
    let mut progress = Progress::new(&format!("rebuild {}", rollup.name));
    let count = entities::count(&mut session.work, objects).await?;
    let mut after = walk.after.clone();
    let mut settled = 0;
    loop {
        progress.set(settled, count);
        let listed = entities::next(&mut session.work, objects, after.as_deref(), walk.batch, 1.0).await?;
        let Some(last) = listed.last().map(|entity| entity.id.clone()) else { break };
        let ids: Vec<String> = listed.into_iter().map(|entity| entity.id).collect();
        let begun = Instant::now();
        let Some(refolded) = refold(session, objects, &ids).await? else { return Ok(Some(go_on(after))) };
        done.rows += refolded.rows;
        done.unfolded.extend(refolded.unfolded);
        after = Some(last);
        settled += ids.len() as u64;
        // Writers have waited: half of the time is theirs.
        if session.is_interrupted || !session.pause(begun.elapsed()).await {
            return Ok(Some(go_on(after)));
        }
    }
    progress.set(settled, settled);
    Ok(None)
}

/// Where to go on.
pub(crate) fn go_on(after: Option<String>) -> String {
    after.map(|id| format!(" with --after {id}")).unwrap_or_default()
}
