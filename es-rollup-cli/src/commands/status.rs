//! `status`: the rollups of a database.

use crate::answer::{Answer, Ending};
use crate::arguments::Status;
use crate::connection::connect;
use crate::failure::Failure;
use crate::models;
use crate::progress::some;
use crate::rollups::{self, Rollup, Trigger};
use es_rollup_core::emit;
use es_rollup_core::migrations::Chain;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as};

/// What is known of one rollup.
struct Known {
    lines: Vec<String>,
    value: Value,
    is_fine: bool,
}

/// Where the database is in the chain of migrations.
enum Place<'a> {
    Ready,
    Behind(Vec<&'a str>),
    Ahead,
    NoChain,
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
        known.push(of_rollup(&mut connection, rollup, chains.as_deref()).await?);
    }
    let is_missing =
        |chain: &&Chain| wanted.is_none() && rollups.iter().all(|rollup| rollup.name != chain.table);
    known.extend(chains.iter().flatten().filter(is_missing).map(not_installed));
    let lines: Vec<String> = known.iter().flat_map(|known| known.lines.clone()).collect();
    let values: Vec<Value> = known.iter().map(|known| known.value.clone()).collect();
    let ending = if known.iter().all(|known| known.is_fine) { Ending::Fine } else { Ending::Difference };
    Ok(Answer::new(output.json, &lines, &json!({ "rollups": values }), ending))
}

async fn of_rollup(
    connection: &mut PgConnection,
    rollup: &Rollup,
    chains: Option<&[Chain]>,
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
    let trigger = rollups::trigger(connection, model).await?;
    let left = match trigger {
        Trigger::Fills => left(connection, rollup).await?,
        Trigger::Fires | Trigger::Off(_) => None,
    };
    let (word, told) = told(&trigger, left, &model.root.table.name);
    let mut lines = vec![
        name.clone(),
        format!("  events      {events}"),
        format!("  model       {fingerprint} ({})", model.event),
        format!("  owner       {}", rollup.owner),
        format!("  triggers    {told}"),
    ];
    let mut value = json!({
        "rollup": name, "events": events, "fingerprint": fingerprint, "enum": model.event, "owner": rollup.owner,
        "triggers": word, "left": left.and_then(|left| left.entities), "refused": left.map(|left| left.refused),
    });
    let mut is_fine = trigger == Trigger::Fires;
    if let Some(chains) = chains {
        let place = place(chains, name, &fingerprint);
        let (word, told) = place.told();
        lines.push(format!("  migrations  {told}"));
        value["migrations"] = word.into();
        value["missing"] = match &place {
            Place::Behind(missing) => missing.clone().into(),
            Place::Ready | Place::Ahead | Place::NoChain => Value::Array(Vec::new()),
        };
        is_fine &= matches!(place, Place::Ready);
    }
    Ok(Known { lines, value, is_fine })
}

/// The state of the triggers, in one word and in a sentence.
fn told(trigger: &Trigger, left: Option<Left>, inserted: &str) -> (&'static str, String) {
    match (trigger, left) {
        (Trigger::Fires, _) => ("fire", "fire".into()),
        (Trigger::Off(off), _) => {
            let what = if off.iter().any(|name| name == inserted) {
                "new events do not reach the rows"
            } else {
                "events that are changed or deleted are not followed"
            };
            ("off", format!("missing or disabled: {}; {what}", off.join(", ")))
        }
        (Trigger::Fills, None) => ("filling", "fire, and rows are being filled".into()),
        (Trigger::Fills, Some(Left { entities: None, .. })) => {
            ("filling", "fire, and rows have to be filled: es-rollup fill".into())
        }
        (Trigger::Fills, Some(Left { entities: Some(entities), refused })) => {
            let left = some(entities.unsigned_abs(), "entity is", "entities are");
            let not = if refused > 0 { format!(", of which {refused} did not fold") } else { String::new() };
            ("filling", format!("fire, and {left} left to be filled{not}: es-rollup fill"))
        }
    }
}

/// How many entities are to be filled.
#[derive(Clone, Copy)]
struct Left {
    /// `None` if they are not listed yet.
    entities: Option<i64>,
    refused: i64,
}

/// How many are left, if this role may know.
async fn left(connection: &mut PgConnection, rollup: &Rollup) -> Result<Option<Left>, Failure> {
    let todo = rollup.objects()?.todo;
    let sql = format!(
        "SELECT count(*) FILTER (WHERE id IS NOT NULL), count(refused), count(*) FILTER (WHERE id IS NULL) FROM {todo}"
    );
    let counted: sqlx::Result<(i64, i64, i64)> = query_as(AssertSqlSafe(sql)).fetch_one(connection).await;
    match counted {
        Ok((entities, refused, listed)) => {
            Ok(Some(Left { entities: (listed > 0).then_some(entities), refused }))
        }
        // The owner alone may read it; and the fill may have ended a moment ago.
        Err(error) if ["42501", "42P01"].contains(&crate::failure::code_of(&error).as_str()) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Place<'_> {
    /// In one word, and in a sentence.
    fn told(&self) -> (&'static str, String) {
        match self {
            Self::Ready => ("ready", "ready".into()),
            Self::Behind(missing) => ("behind", format!("behind: apply {}", missing.join(", "))),
            Self::Ahead => ("ahead", "ahead: no migration in the directory leads to this model".into()),
            Self::NoChain => ("none", "none of this rollup in the directory".into()),
        }
    }
}

fn place<'a>(chains: &'a [Chain], name: &str, fingerprint: &str) -> Place<'a> {
    let Some(chain) = chains.iter().find(|chain| chain.table == name) else { return Place::NoChain };
    let Some(at) = chain.steps.iter().rposition(|step| step.fingerprint == fingerprint) else {
        return Place::Ahead;
    };
    let missing: Vec<&str> = chain.steps.iter().skip(at + 1).map(|step| step.name.as_str()).collect();
    if missing.is_empty() { Place::Ready } else { Place::Behind(missing) }
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
