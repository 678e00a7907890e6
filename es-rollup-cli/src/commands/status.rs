//! `status`: the rollups of a database.

mod place;
mod triggers;

use crate::answer::{Answer, Ending};
use crate::arguments::Status;
use crate::connection::connect;
use crate::failure::Failure;
use crate::models;
use crate::rollups::{self, Condition, Rollup, Trigger, shown};
use es_rollup_core::emit;
use es_rollup_core::migrations::Chain;
use place::{Place, place};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use triggers::{left, told};

/// What is known of one rollup.
struct Known {
    lines: Vec<String>,
    value: Value,
    is_fine: bool,
}

pub(crate) async fn run(arguments: &Status) -> Result<Answer, Failure> {
    let Status { database, chosen, migrations, output } = arguments;
    let chains = match migrations {
        Some(path) => Some(models::directory(path)?.1),
        None => None,
    };
    let mut connection = connect(database).await?;
    let wanted = chosen.rollup.as_deref();
    // Without a rollup, the directory still says what is to come.
    let rollups = match (wanted, &chains) {
        (None, Some(_)) => rollups::all(&mut connection).await?,
        (Some(_), _) | (None, None) => rollups::chosen(&mut connection, wanted).await?,
    };
    let mut known = Vec::new();
    for rollup in &rollups {
        known.push(of_rollup(&mut connection, rollup, chains.as_deref(), wanted.is_some()).await?);
    }
    let is_missing =
        |chain: &&Chain| wanted.is_none() && rollups.iter().all(|rollup| rollup.name != chain.table);
    known.extend(chains.iter().flatten().filter(is_missing).map(not_installed));
    let mut lines: Vec<String> = known.iter().flat_map(|known| known.lines.clone()).collect();
    if lines.is_empty() {
        lines.push("the database has no rollup, and the directory has no migration of one".into());
    }
    let is_elsewhere = chains.as_ref().is_some_and(Vec::is_empty) && !known.is_empty();
    if is_elsewhere {
        lines.push("the directory has no migration of a rollup".into());
    }
    let values: Vec<Value> = known.iter().map(|known| known.value.clone()).collect();
    let ending = if !is_elsewhere && known.iter().all(|known| known.is_fine) {
        Ending::Fine
    } else {
        Ending::Difference
    };
    Ok(Answer::new(output.json, &lines, &json!({ "rollups": values }), ending))
}

async fn of_rollup(
    connection: &mut PgConnection,
    rollup: &Rollup,
    chains: Option<&[Chain]>,
    is_named: bool,
) -> Result<Known, Failure> {
    let name = &rollup.name;
    let model = match &rollup.model {
        Ok(model) => model,
        Err(fault) => {
            return Ok(Known {
                lines: vec![name.clone(), format!("  model       cannot be read: {fault}")],
                value: json!({ "rollup": name, "fault": fault }),
                is_fine: false,
            });
        }
    };
    let fingerprint = model.fingerprint().unwrap_or_default();
    let events = emit::qualified(&model.store.table);
    let Condition { trigger, edited } = rollups::condition(connection, model).await?;
    let left = match trigger {
        // What looks like the table of another owner may be a view that runs code of its own.
        Trigger::Fills if rollup.is_own || is_named => left(connection, rollup).await?,
        Trigger::Fires | Trigger::Fills | Trigger::Off(_) => None,
    };
    let (word, told) = told(&trigger, left, &model.root.table.name);
    let mut lines = vec![
        name.clone(),
        format!("  events      {events}"),
        format!("  model       {fingerprint} ({})", model.event),
        format!("  owner       {}", rollup.owner),
        format!("  triggers    {told}"),
        format!("  functions   {}", functions(rollup, edited.as_deref(), &trigger)),
    ];
    let mut value = json!({
        "rollup": name, "events": events, "fingerprint": fingerprint, "enum": model.event, "owner": rollup.owner,
        "triggers": word, "left": left.and_then(|left| left.entities), "refused": left.map(|left| left.refused),
        "edited": edited,
    });
    if let Trigger::Off(off) = &trigger {
        value["off"] = off.clone().into();
    }
    let mut is_fine = trigger == Trigger::Fires && edited.is_none_or(|edited| edited.is_empty());
    if let Some(chains) = chains {
        let place = place(chains, name, &fingerprint);
        let (word, told) = place.told();
        lines.push(format!("  migrations  {told}"));
        value["migrations"] = word.into();
        value["missing"] = match &place {
            Place::Behind(missing) => missing.clone().into(),
            Place::Ready | Place::Ahead | Place::NoChain => Value::Array(Vec::new()),
        };
        is_fine &= matches!(place, Place::Ready | Place::NoChain);
    }
    Ok(Known { lines, value, is_fine })
}

/// Whether the functions are those that were installed.
fn functions(rollup: &Rollup, edited: Option<&[String]>, trigger: &Trigger) -> String {
    let edited = match edited {
        None => return "not known, since an earlier release has installed them".into(),
        Some([]) => return "as installed".into(),
        Some(edited) => edited.join(", "),
    };
    let first = match trigger {
        Trigger::Fires | Trigger::Off(_) => "",
        Trigger::Fills => "fill its rows, then ",
    };
    let install = format!("apply what `es-rollup sql install --rollup {}` prints", shown(rollup));
    format!("missing, or changed by hand: {edited}; {first}{install}")
}

/// A rollup that only the directory has.
fn not_installed(chain: &Chain) -> Known {
    let missing: Vec<&str> = chain.steps.iter().map(|step| step.name.as_str()).collect();
    Known {
        lines: vec![
            chain.table.clone(),
            format!("  migrations  not installed: apply {}", missing.join(", ")),
        ],
        value: json!({ "rollup": chain.table, "migrations": "not installed", "missing": missing }),
        is_fine: false,
    }
}
