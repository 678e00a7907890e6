//! Whether the database has the model of the program: to be asked when a program starts.
//!
//! A program that is deployed before its migration, or long after another one, can find out what to expect. The query needs
//! no privilege, and what it returns is judged without a connection:
//!
//! ```
//! # use es_rollup::Rollup;
//! # #[derive(serde::Serialize, serde::Deserialize, Rollup)]
//! # #[serde(tag = "type", rename_all = "snake_case")]
//! # #[rollup(events = "user_events", id = i64)]
//! # enum UserEvent {
//! #     Registered { #[rollup(set)] email: String },
//! # }
//! use es_rollup::startup::{Verdict, check_sql, judge};
//!
//! # async fn check(pool: &sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
//! let (model, trigger, edited): (Option<String>, Option<String>, Option<String>) =
//!     sqlx::query_as(sqlx::AssertSqlSafe(check_sql::<UserEvent>())).fetch_one(pool).await?;
//! match judge::<UserEvent>(model.as_deref(), trigger.as_deref(), edited.as_deref()) {
//!     Verdict::Ready | Verdict::Compatible { .. } => {}
//!     // Rows are being filled for a program that comes after this one.
//!     Verdict::Filling { changes } if !changes.is_empty() => {}
//!     other => return Err(other.to_string().into()),
//! }
//! # Ok(())
//! # }
//! ```

use crate::Rollup;
use es_rollup_core::emit::{self, EARLIER, FILLING};
use es_rollup_core::evolve::{Change, Diff, Sign, What, diff};
use es_rollup_core::migrations::model_in;
use es_rollup_core::model::Model;
use std::fmt;

/// What the database has, compared with an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The model of the enum, and a trigger that fires.
    Ready,
    /// Another model, under which the program can go on: its events are known, and its columns are there as it reads them.
    /// Rows may hold what the other model makes of the events.
    Compatible {
        /// What the database has more, or does otherwise, each in one line.
        changes: Vec<String>,
    },
    /// No rollup with this table.
    NotInstalled,
    /// A model that the migrations lead on to that of the enum: run them.
    Behind {
        /// What the database does not have yet, each in one line.
        changes: Vec<String>,
    },
    /// A model with which the program cannot work.
    Incompatible {
        /// Why, each in one line.
        reasons: Vec<String>,
    },
    /// The model of the enum or one that is compatible, but some rows are still those of the model before: they are being
    /// filled. Columns that the change has added may be empty, and new views may lack rows.
    Filling {
        /// What the database has more than the enum, or does otherwise, each in one line. If there is nothing, the rows are
        /// being filled for this enum, and may lack what is new in it.
        changes: Vec<String>,
    },
    /// A trigger is missing or disabled, or another one has its name, so that rows are not updated: the one for an INSERT of
    /// events, or one of those that follow events that are changed or deleted, one by one or by a TRUNCATE.
    TriggerOff,
    /// Functions are missing, or not as they were installed: somebody has replaced or altered them by hand. What
    /// `es-rollup sql install` prints brings them back, once no rows are being filled.
    Edited {
        /// Their names, quoted and qualified.
        functions: Vec<String>,
        /// What the verdict is otherwise: ready, compatible or filling.
        otherwise: Box<Self>,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, lines) = match self {
            Self::Ready => ("the rollup is ready", &[][..]),
            Self::Compatible { changes } => {
                ("the rollup has another model, which is compatible", &changes[..])
            }
            Self::NotInstalled => ("the rollup is not installed: run its migrations", &[][..]),
            Self::Behind { changes } => ("the rollup is behind the enum: run its migrations", &changes[..]),
            Self::Incompatible { reasons } => {
                ("the rollup has a model with which this enum cannot work", &reasons[..])
            }
            Self::Filling { changes } if changes.is_empty() => {
                ("the rollup is being filled after a change of its model", &[][..])
            }
            Self::Filling { changes } => {
                ("the rollup has another model, which is compatible, and is being filled", &changes[..])
            }
            Self::TriggerOff => {
                ("a trigger of the rollup is missing, disabled or replaced: rows are not updated", &[][..])
            }
            Self::Edited { functions, otherwise: _ } => (
                "functions of the rollup are not as they were installed: when no rows are being filled, apply what `es-rollup sql install` prints",
                &functions[..],
            ),
        };
        out.write_str(what)?;
        lines.iter().try_for_each(|line| write!(out, "\n  {line}"))
    }
}

/// The query for what [`judge`] needs. It returns one row with three columns of type `text`:
/// - `model`: the model; NULL if there is none;
/// - `trigger`: the mode of the triggers for an INSERT, an UPDATE, a DELETE and a TRUNCATE. If these have different modes, it is one in
///   which a trigger does not fire for writers; if they fire, it says so when rows are being filled. NULL stands for a
///   trigger that is missing, or is another one than the rollup's;
/// - `edited`: the functions that are missing, or not as they were installed, one a line; NULL if there is none, and an empty
///   text if an earlier release has installed them, so that nobody knows.
pub fn check_sql<E: Rollup>() -> String {
    emit::check_sql(&of::<E>())
}

/// Judges what the query of [`check_sql`] has returned.
pub fn judge<E: Rollup>(model: Option<&str>, trigger: Option<&str>, edited: Option<&str>) -> Verdict {
    let Some(body) = model else { return Verdict::NotInstalled };
    let mine = of::<E>();
    let theirs = match model_in(body) {
        Ok(theirs) => theirs,
        Err(reason) => return Verdict::Incompatible { reasons: vec![reason] },
    };
    let verdict = if mine.fingerprint() == theirs.fingerprint() {
        Verdict::Ready
    } else {
        compare(&mine, &theirs, was(body, &mine))
    };
    let verdict = match (verdict, trigger) {
        // They fire always, or in sessions that are no replica.
        (verdict, Some("O" | "A")) => verdict,
        (Verdict::Ready, Some(FILLING)) => Verdict::Filling { changes: Vec::new() },
        (Verdict::Compatible { changes }, Some(FILLING)) => Verdict::Filling { changes },
        (Verdict::Ready | Verdict::Compatible { .. }, Some(_) | None) => Verdict::TriggerOff,
        (verdict, Some(_) | None) => verdict,
    };
    match (verdict, edited) {
        (
            otherwise @ (Verdict::Ready | Verdict::Compatible { .. } | Verdict::Filling { .. }),
            Some(functions),
        ) if !functions.is_empty() => Verdict::Edited {
            functions: functions.lines().map(Into::into).collect(),
            otherwise: Box::new(otherwise),
        },
        (verdict, Some(_) | None) => verdict,
    }
}

fn of<E: Rollup>() -> Model {
    Model::read(E::MODEL).expect("the derive writes what can be read")
}

/// Whether the rollup had this model before.
fn was(body: &str, model: &Model) -> bool {
    let fingerprint = model.fingerprint();
    body.lines()
        .filter_map(|line| line.strip_prefix(EARLIER))
        .any(|earlier| Some(earlier) == fingerprint.as_deref())
}

/// Both models are different.
fn compare(mine: &Model, theirs: &Model, is_earlier: bool) -> Verdict {
    let (to_theirs, to_mine) = match (diff(mine, theirs), diff(theirs, mine)) {
        (Ok(to_theirs), Ok(to_mine)) => (to_theirs, to_mine),
        (Err(refused), _) | (_, Err(refused)) => return Verdict::Incompatible { reasons: refused.0 },
    };
    let missing = lacking(&to_theirs);
    if missing.is_empty() {
        return Verdict::Compatible { changes: lines(&to_theirs) };
    }
    // What the program has more than the database is still to come, unless the database had it before. So are the names
    // that the program says are new.
    let to_come = |change: &&Change| change.sign != Sign::Renamed;
    if is_earlier {
        let too_old = "the rollup had the model of this enum before: the program is too old".to_string();
        Verdict::Incompatible { reasons: [too_old].into_iter().chain(missing).collect() }
    } else if lacking_of(&to_mine, to_come).is_empty() {
        Verdict::Behind { changes: lines(&to_mine) }
    } else {
        Verdict::Incompatible { reasons: missing }
    }
}

/// What the new model of a difference does not have as the old one needs it.
fn lacking(diff: &Diff) -> Vec<String> {
    lacking_of(diff, |_| true)
}

/// The same of some changes.
fn lacking_of(diff: &Diff, counts: impl Fn(&&Change) -> bool) -> Vec<String> {
    let lacks = |change: &&Change| match (change.what, change.sign) {
        (What::Event | What::View | What::History, Sign::Removed | Sign::Renamed | Sign::RenamedBack) => true,
        // One that is gone, has another name or type, or can be NULL now. Those that are retired are not read.
        (What::Column, Sign::Removed | Sign::Renamed | Sign::RenamedBack | Sign::Changed) => {
            change.is_breaking()
        }
        (What::Event | What::View | What::History, Sign::Added | Sign::Changed)
        | (What::Column, Sign::Added)
        | (What::Check | What::Unique | What::Index | What::Archive | What::Trigger | What::Model, _) => {
            false
        }
    };
    diff.changes.iter().filter(counts).filter(lacks).map(line).collect()
}

/// What the database lacks, in words for a program and not for a migration.
fn line(change: &Change) -> String {
    if change.what == What::Event && change.sign == Sign::Removed {
        format!("- event {}: an INSERT of it is refused", change.name)
    } else {
        change.to_string()
    }
}

fn lines(diff: &Diff) -> Vec<String> {
    diff.changes.iter().map(ToString::to_string).collect()
}
