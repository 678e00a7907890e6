//! `verify`: compares rows with the fold of their events.

mod range;

use crate::answer::{Answer, Ending};
use crate::arguments::Verify;
use crate::ask::can_ask;
use crate::commands::rebuild::go_on;
use crate::commands::refold::{Refolded, Unfolded, refold, told};
use crate::entities::{self, Entity};
use crate::failure::Failure;
use crate::progress::{Progress, some};
use crate::rollups::{self, Rollup};
use crate::session::Session;
use es_rollup_core::emit::Objects;
use range::{Difference, ranges};
use serde_json::{Value, json};

/// What was found in one rollup.
#[derive(Default)]
struct Found {
    verified: u64,
    /// Whether the installation is of a release that compares no rows of views.
    without_views: bool,
    differences: Vec<Difference>,
    unfolded: Vec<Unfolded>,
    /// What to add to the command after a failure.
    rest: String,
    /// What a repair has done.
    repaired: Option<Refolded>,
}

pub(crate) async fn run(arguments: &Verify) -> Result<Answer, Failure> {
    let Verify { database, chosen, output, repair, walk, .. } = arguments;
    if *repair {
        can_ask(walk.yes)?;
    }
    let mut session = Session::open(database).await?;
    let wanted = chosen.rollup.as_deref();
    let rollups = rollups::chosen(&mut session.work, wanted).await?;
    rollups::trust(&rollups, wanted)?;
    if walk.after.is_some() {
        rollups::only(&rollups)?;
    }
    let (mut lines, mut values, mut ending) = (Vec::new(), Vec::new(), Ending::Fine);
    for rollup in &rollups {
        let objects = rollup.objects()?;
        if rollups::is_filling(&mut session.work, &objects).await? {
            lines.push(format!(
                "{}: not verified, since it is being filled\n  next: fill it first: es-rollup fill",
                rollup.name
            ));
            values.push(json!({ "rollup": rollup.name, "verified": 0, "filling": true }));
            ending = Ending::Difference;
            continue;
        }
        if let Some(id) = &walk.after {
            entities::check(&mut session.work, &objects, id).await?;
        }
        let mut found = Found {
            without_views: !rollups::compares_views(&mut session.work, &objects).await?,
            ..Found::default()
        };
        let verified = verify(&mut session, rollup, &objects, arguments, &mut found).await;
        let mended = match verified {
            Ok(()) if *repair && !found.differences.is_empty() => {
                mend(&mut session, rollup, &objects, walk.yes, &mut found).await
            }
            verified => verified,
        };
        // Before the first batch, there is nothing to say but the error.
        if mended.is_ok() || found.verified > 0 {
            lines.extend(lines_of(&rollup.name, &found));
        }
        values.push(value_of(&rollup.name, &found));
        if let Err(failure) = mended {
            let kept = format!("{} is not verified to its end", rollup.name);
            ending = Ending::Failed(failure.resumable(&kept, &found.rest));
            break;
        }
        let is_mended = found.repaired.is_some_and(|repaired| repaired.unfolded.is_empty());
        if found.without_views || !found.unfolded.is_empty() || !found.differences.is_empty() && !is_mended {
            ending = Ending::Difference;
        }
    }
    Ok(Answer::new(output.json, &lines, &json!({ "rollups": values }), ending))
}

/// Goes through all entities, or a sample of them.
async fn verify(
    session: &mut Session,
    rollup: &Rollup,
    objects: &Objects,
    arguments: &Verify,
    found: &mut Found,
) -> Result<(), Failure> {
    let Verify { sample, walk, .. } = arguments;
    let mut progress = Progress::new(&format!("verify {}", rollup.name));
    let count = session.ask(async |work| entities::count(work, objects).await).await?;
    let share = sample.unwrap_or(1.0);
    let mut after = walk.after.clone();
    let mut settled = 0;
    loop {
        progress.set(settled, count);
        found.rest = go_on(after.as_deref());
        let most = walk.batch;
        let listed = session
            .ask(async |work| entities::next(work, objects, after.as_deref(), most, share).await)
            .await?;
        let Some(Entity { id: last, .. }) = listed.last() else { break };
        for range in ranges(after.as_deref(), &listed) {
            range::verify(session, objects, range, found).await?;
            found.verified += range.ids.len() as u64;
        }
        settled += listed.len() as u64;
        after = Some(last.clone());
    }
    progress.set(settled, settled);
    found.rest.clear();
    Ok(())
}

/// Rebuilds the entities that differ.
async fn mend(
    session: &mut Session,
    rollup: &Rollup,
    objects: &Objects,
    yes: bool,
    found: &mut Found,
) -> Result<(), Failure> {
    let mut ids: Vec<String> = found.differences.iter().map(|difference| difference.id.clone()).collect();
    // One of them may differ in its own row and in its history.
    ids.sort();
    ids.dedup();
    let question = format!(
        "Rebuild {} of {}? Writers wait for about 100 ms at a time.",
        some(ids.len() as u64, "entity", "entities"),
        rollup.name
    );
    if session.agrees(&question, yes).await? {
        let mut refolded = Refolded::default();
        let mended = refold(session, objects, &ids, &mut refolded).await;
        found.repaired = Some(refolded);
        mended?;
    }
    Ok(())
}

fn lines_of(name: &str, found: &Found) -> Vec<String> {
    let Found { verified, without_views, differences, unfolded, rest: _, repaired } = found;
    let count: i64 = differences.iter().map(|difference| difference.rows).sum();
    let count = match u64::try_from(count).unwrap_or_default() {
        0 => "no difference".into(),
        count => some(count, "difference", "differences"),
    };
    let mut lines = vec![format!("{name}: {count} in {}", some(*verified, "entity", "entities"))];
    lines.extend(differences.iter().map(|difference| format!("  {difference}")));
    match repaired {
        Some(repaired) => {
            lines.push(format!("  repaired: {}", repaired.told()));
            lines.extend(told(&repaired.unfolded));
        }
        None if !differences.is_empty() => lines.push("  next: the same command with --repair".into()),
        None => {}
    }
    lines.extend(told(unfolded));
    if *without_views {
        lines.push(
            "  rows of views are not compared by the release that installed it\n  next: apply MIGRATION_SQL of this release again, which leaves rows as they are"
                .into(),
        );
    }
    lines
}

fn value_of(name: &str, found: &Found) -> Value {
    let Found { verified, without_views, differences, unfolded, rest: _, repaired } = found;
    let unfolded = unfolded.iter().chain(repaired.iter().flat_map(|repaired| &repaired.unfolded));
    json!({
        "rollup": name,
        "verified": verified,
        "views": !without_views,
        "differences": differences.iter().map(Difference::as_json).collect::<Vec<_>>(),
        "refused": unfolded.map(|(id, why)| json!({ "id": id, "error": why })).collect::<Vec<_>>(),
        "repaired_rows": repaired.as_ref().map(|repaired| repaired.rows),
    })
}
