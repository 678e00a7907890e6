//! `rebuild`: folds entities again from nothing.

use crate::answer::{Answer, Ending, shown};
use crate::arguments::{Rebuild, Walk};
use crate::ask::can_ask;
use crate::commands::refold::{Refolded, refold, told};
use crate::entities;
use crate::failure::Failure;
use crate::progress::{Progress, some};
use crate::rollups::{self, Rollup};
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::Objects;
use serde_json::json;

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
    let question = format!("Rebuild {which} of {name}? Writers wait for about 100 ms at a time.");
    for id in id.iter().chain(&walk.after) {
        entities::check(&mut session.work, &objects, id).await?;
    }
    if !session.agrees(&question, walk.yes).await? {
        return Ok(Answer::new(output.json, &["nothing was rebuilt".into()], &json!(null), Ending::Fine));
    }
    let mut done = Refolded::default();
    let mut rest = String::new();
    let rebuilt = if id.is_empty() {
        all(&mut session, &rollup, &objects, walk, &mut done, &mut rest).await
    } else {
        refold(&mut session, &objects, id, &mut done).await
    };
    let ending = match rebuilt {
        Err(failure) => Ending::Failed(failure.resumable("what is rebuilt stays so", &rest)),
        Ok(()) if done.unfolded.is_empty() => Ending::Fine,
        Ok(()) => Ending::Difference,
    };
    let mut lines = vec![format!("{name}: {}", done.told())];
    lines.extend(told(&done.unfolded));
    let unfolded: Vec<_> = done.unfolded.iter().map(|(id, why)| json!({ "id": id, "error": why })).collect();
    let value = json!({ "rollup": name, "rows": done.rows, "refused": unfolded });
    Ok(Answer::new(output.json, &lines, &value, ending))
}

/// All of them. After a failure, `rest` is what to add to the command.
async fn all(
    session: &mut Session,
    rollup: &Rollup,
    objects: &Objects,
    walk: &Walk,
    done: &mut Refolded,
    rest: &mut String,
) -> Result<(), Failure> {
    let mut progress = Progress::new(&format!("rebuild {}", rollup.name));
    let count = session.ask(async |work| entities::count(work, objects).await).await?;
    let mut after = walk.after.clone();
    let mut settled = 0;
    loop {
        progress.set(settled, count);
        *rest = go_on(after.as_deref());
        let most = walk.batch;
        let listed = session
            .ask(async |work| entities::next(work, objects, after.as_deref(), most, 1.0).await)
            .await?;
        let Some(last) = listed.last().map(|entity| entity.id.clone()) else { break };
        let ids: Vec<String> = listed.into_iter().map(|entity| entity.id).collect();
        refold(session, objects, &ids, done).await?;
        *rest = go_on(Some(&last));
        after = Some(last);
        settled += ids.len() as u64;
        if session.is_interrupted {
            return Err(Trouble::Interrupted.into());
        }
    }
    progress.set(settled, settled);
    Ok(())
}

/// An id as an argument in a shell: it can be any text.
fn quoted(id: &str) -> String {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.');
    if !id.is_empty() && !id.starts_with('-') && id.chars().all(is_plain) {
        return id.to_string();
    }
    format!("'{}'", shown(id).replace('\'', "'\\''"))
}

/// Where to go on.
pub(crate) fn go_on(after: Option<&str>) -> String {
    after.map(|id| format!(" with --after {}", quoted(id))).unwrap_or_default()
}
