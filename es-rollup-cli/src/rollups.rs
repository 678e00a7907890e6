//! The rollups in a database: each is recognised by the function that holds its model.

use crate::failure::Failure;
use es_rollup_core::emit::{self, FILLING, MODEL_TAG, Objects};
use es_rollup_core::migrations::model_in;
use es_rollup_core::model::{Model, Table};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as, query_scalar};

/// The functions whose body is a model.
const MODELS: &str =
    "SELECT n.nspname::text, left(p.proname::text, -6), p.prosrc, r.rolname::text, r.rolname = current_user
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_roles AS r ON r.oid = p.proowner
WHERE NOT starts_with(n.nspname::text, 'pg_temp_') AND p.pronargs = 0 AND right(p.proname::text, 6) = '_model' AND strpos(p.prosrc, $1) > 0
ORDER BY 1, 2";

/// A rollup that is installed.
#[derive(Debug)]
pub(crate) struct Rollup {
    table: Table,
    /// The table, quoted.
    pub(crate) name: String,
    /// Its model, or why that cannot be read.
    pub(crate) model: Result<Model, String>,
    /// The role that owns its functions.
    pub(crate) owner: String,
    /// Whether that is the role of this session.
    pub(crate) is_own: bool,
}

/// Whether events reach the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// The triggers fire.
    Fires,
    /// They fire, and rows are being filled after a change.
    Fills,
    /// These are missing or disabled, or are others than those of the rollup.
    Off(Vec<String>),
}

impl Rollup {
    /// Its model.
    pub(crate) fn model(&self) -> Result<&Model, Failure> {
        self.model.as_ref().map_err(|fault| {
            Failure::usage(
                format!("the model of {} in the database cannot be read: {fault}", self.name),
                "use the es-rollup of the release that installed it, or apply a migration of this one",
            )
        })
    }

    /// The names of what it consists of.
    pub(crate) fn objects(&self) -> Result<Objects, Failure> {
        self.model().map(emit::objects)
    }

    fn is_called(&self, wanted: &str) -> bool {
        let Table { schema, name } = &self.table;
        wanted == name || wanted == self.name || wanted == format!("{schema}.{name}")
    }
}

/// All rollups of the database.
pub(crate) async fn all(connection: &mut PgConnection) -> Result<Vec<Rollup>, Failure> {
    let rows: Vec<(String, String, String, String, bool)> =
        query_as(MODELS).bind(MODEL_TAG).fetch_all(connection).await?;
    let rollups = rows.into_iter().map(|(schema, name, body, owner, is_own)| {
        let table = Table { schema, name };
        let quoted = emit::qualified(&table);
        let model = model_in(&body).and_then(|model| {
            let about = emit::qualified(&model.root.table);
            if about == quoted { Ok(model) } else { Err(format!("it is about {about}")) }
        });
        Rollup { table, name: quoted, model, owner, is_own }
    });
    Ok(rollups.collect())
}

/// Those with the name, or all.
pub(crate) async fn chosen(
    connection: &mut PgConnection,
    wanted: Option<&str>,
) -> Result<Vec<Rollup>, Failure> {
    let all = all(connection).await?;
    let Some(wanted) = wanted else {
        return if all.is_empty() {
            Err(Failure::usage("the database has no rollup", "apply the migrations that install one"))
        } else {
            Ok(all)
        };
    };
    if all.iter().any(|rollup| rollup.is_called(wanted)) {
        return Ok(all.into_iter().filter(|rollup| rollup.is_called(wanted)).collect());
    }
    let similar = all.iter().map(|rollup| (strsim::jaro_winkler(wanted, &rollup.table.name), rollup));
    let best = similar.filter(|(score, _)| *score > 0.8).max_by(|(one, _), (other, _)| one.total_cmp(other));
    Err(Failure::usage(
        format!("the database has no rollup {wanted}"),
        match best {
            Some((_, rollup)) => format!("did you mean --rollup {}?", shown(rollup)),
            None if all.is_empty() => "it has no rollup at all: apply the migrations that install one".into(),
            None => format!("pass one of these to --rollup: {}", list(&all)),
        },
    ))
}

/// The only one that is meant.
pub(crate) async fn one(connection: &mut PgConnection, wanted: Option<&str>) -> Result<Rollup, Failure> {
    let mut chosen = chosen(connection, wanted).await?;
    only(&chosen)?;
    chosen.pop().ok_or_else(|| Failure::Usage("the database has no rollup".into()))
}

/// Refuses if there are several.
pub(crate) fn only(rollups: &[Rollup]) -> Result<(), Failure> {
    if rollups.len() < 2 {
        return Ok(());
    }
    Err(Failure::usage(
        "there are several rollups, and one is meant here",
        format!("pass one of these to --rollup: {}", list(rollups)),
    ))
}

/// Whether their functions may be called. Functions of another owner run with the rights of this session, so that such a
/// rollup has to be named.
pub(crate) fn trust(rollups: &[Rollup], wanted: Option<&str>) -> Result<(), Failure> {
    match rollups.iter().find(|rollup| wanted.is_none() && !rollup.is_own) {
        None => Ok(()),
        Some(Rollup { name, owner, .. }) => Err(Failure::usage(
            format!("{name} belongs to {owner}, and its functions would run with your rights"),
            format!(
                "become its owner with --role {owner}, or pass those that you trust to --rollup: {}",
                list(rollups)
            ),
        )),
    }
}

/// What of a rollup is not as it was installed.
pub(crate) struct Condition {
    pub(crate) trigger: Trigger,
    /// The functions that are missing, or were replaced or altered by hand; `None` if nobody knows, since an earlier release
    /// has installed them.
    pub(crate) edited: Option<Vec<String>>,
}

/// Whether events reach its rows, and through which functions.
pub(crate) async fn condition(connection: &mut PgConnection, model: &Model) -> Result<Condition, Failure> {
    let (_, mode, edited): (Option<String>, Option<String>, Option<String>) =
        query_as(AssertSqlSafe(emit::check_sql(model))).fetch_one(&mut *connection).await?;
    let trigger = match mode.as_deref() {
        Some("O" | "A") => Trigger::Fires,
        Some(FILLING) => Trigger::Fills,
        Some(_) | None => {
            Trigger::Off(query_scalar(AssertSqlSafe(emit::off_sql(model))).fetch_all(connection).await?)
        }
    };
    let edited = match edited.as_deref() {
        None => Some(Vec::new()),
        Some("") => None,
        Some(names) => Some(names.lines().map(crate::answer::shown).collect()),
    };
    Ok(Condition { trigger, edited })
}

/// Whether rows are being filled.
pub(crate) async fn is_filling(connection: &mut PgConnection, objects: &Objects) -> sqlx::Result<bool> {
    query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&objects.todo).fetch_one(connection).await
}

/// Whether rows of its views are compared with their events. An earlier release did not.
pub(crate) async fn compares_views(connection: &mut PgConnection, objects: &Objects) -> sqlx::Result<bool> {
    let Some(views) = &objects.views else { return Ok(true) };
    query_scalar("SELECT to_regprocedure($1) IS NOT NULL").bind(views).fetch_one(connection).await
}

/// Refuses a function that an installation by an earlier release does not have.
pub(crate) async fn must_have(
    connection: &mut PgConnection,
    rollup: &Rollup,
    function: &str,
    arguments: &str,
) -> Result<(), Failure> {
    let has = query_scalar("SELECT to_regprocedure($1) IS NOT NULL").bind(format!("{function}({arguments})"));
    if has.fetch_one(connection).await? {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{} was installed by an earlier release, without the function {function}", rollup.name),
        format!("apply what `es-rollup sql install --rollup {}` prints", shown(rollup)),
    ))
}

/// As it is passed to `--rollup`.
pub(crate) fn shown(rollup: &Rollup) -> String {
    format!("{}.{}", rollup.table.schema, rollup.table.name)
}

fn list(rollups: &[Rollup]) -> String {
    rollups.iter().map(shown).collect::<Vec<_>>().join(", ")
}
