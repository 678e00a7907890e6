//! The arguments of the command.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Looks at the rollups in a PostgreSQL database, and fills, verifies and rebuilds them.
///
/// Exit codes: 0 fine; 1 a difference, or something lags behind; 2 wrong arguments; 3 an error of the database; 4 interrupted,
/// and the same command goes on.
#[derive(Debug, Parser)]
#[command(name = "es-rollup", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the rollups with their models and triggers, and whether the migrations are ahead
    Status(Status),
    /// Checks that the migrations in a directory form one chain for each rollup
    Check(Check),
    /// Writes the migrations that the enums of a Rust project lack
    Generate(Generate),
    /// Shows what changes from one model to another
    Diff(Diff),
    /// Shows what each event does to each column
    Explain(Explain),
    /// Prints SQL that follows from models
    #[command(subcommand)]
    Sql(Sql),
    /// Fills the rows that a migration has left for later
    Fill(Fill),
    /// Compares rows with the fold of their events
    Verify(Verify),
    /// Folds entities again from nothing
    Rebuild(Rebuild),
    /// Shows the row of an entity as it was after one of its events, or at a time
    At(At),
    /// Shows which event of an entity changed which column
    Changes(Changes),
    /// Applies a migration, says what happened, and rolls it back
    Rehearse(Rehearse),
}

/// Where the database is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Database {
    /// The database, such as <postgres://user@host/name>
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Becomes this role after connecting, usually the owner of the event table
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
}

/// Which rollups.
#[derive(Args, Clone, Debug)]
pub(crate) struct Chosen {
    /// The rollup's table, with or without its schema
    #[arg(long, value_name = "TABLE")]
    pub(crate) rollup: Option<String>,
}

/// How results are printed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Output {
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Compares with the newest models in this directory of migrations
    #[arg(long, value_name = "DIR")]
    pub(crate) migrations: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The directory of migrations
    #[arg(long, value_name = "DIR", default_value = "migrations")]
    pub(crate) migrations: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Generate {
    /// Writes migrations that are breaking, too
    #[arg(long, conflicts_with_all = ["redo", "squash"])]
    pub(crate) breaking: bool,
    /// Replaces the newest migration of each rollup, or the one with this version
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "", conflicts_with = "squash")]
    pub(crate) redo: Option<String>,
    /// Writes a migration that installs the present model
    #[arg(long)]
    pub(crate) squash: bool,
    /// The test that writes them
    #[arg(long, value_name = "NAME", default_value = "es_rollup_migrations")]
    pub(crate) test: String,
    /// Arguments of cargo test, such as -p shop
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) cargo: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// The old model: a migration, a JSON file with a model, a directory of migrations for its newest model, or db
    pub(crate) from: String,
    /// The new model
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The model: a migration, a JSON file with a model, a directory of migrations for its newest model, or db
    #[arg(default_value = "db")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

/// What SQL to print.
#[derive(Debug, Subcommand)]
pub(crate) enum Sql {
    /// The migration that installs a model
    Install(Explain),
    /// The migration that removes a rollup
    Revert(Explain),
    /// The migration from one model to another
    Change(Change),
}

#[derive(Args, Debug)]
pub(crate) struct Change {
    /// The old model, as for diff
    pub(crate) from: String,
    /// The new model
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

#[derive(Args, Debug)]
pub(crate) struct Fill {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// About how many events a transaction folds
    #[arg(long, value_name = "EVENTS", default_value_t = 1000, value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) batch: i32,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Verifies only so many of the entities, chosen at random, such as 1%
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) sample: Option<f64>,
    /// Rebuilds the entities whose rows differ
    #[arg(long)]
    pub(crate) repair: bool,
    #[command(flatten)]
    pub(crate) walk: Walk,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Only this entity; may be given several times
    #[arg(long, value_name = "ID", conflicts_with = "after", allow_hyphen_values = true)]
    pub(crate) id: Vec<String>,
    #[command(flatten)]
    pub(crate) walk: Walk,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// How the entities of a rollup are gone through.
#[derive(Args, Clone, Debug)]
pub(crate) struct Walk {
    /// How many entities are taken at a time
    #[arg(long, value_name = "ENTITIES", default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) batch: i64,
    /// Goes on after this entity, where an earlier call was interrupted
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) after: Option<String>,
    /// Does not ask before rows are rebuilt
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct At {
    /// The entity
    #[arg(allow_hyphen_values = true)]
    pub(crate) id: String,
    /// The sequence of the event
    #[arg(required_unless_present = "time")]
    pub(crate) version: Option<i64>,
    /// The time, such as 2026-01-31T12:00:00Z, instead of an event
    #[arg(long, value_name = "TIME", conflicts_with = "version")]
    pub(crate) time: Option<String>,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Changes {
    /// The entity
    #[arg(allow_hyphen_values = true)]
    pub(crate) id: String,
    /// Only these columns
    #[arg(long, value_name = "COLUMN")]
    pub(crate) column: Vec<String>,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Rehearse {
    /// The migration
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// A part of the whole, written with or without a percent sign.
fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent / 100.0),
        Ok(_) | Err(_) => Err("write a number above 0 and up to 100, such as 1%".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, percent};
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_sample_is_a_part_of_the_whole() {
        assert_eq!(percent("25%"), Ok(0.25));
        assert_eq!(percent("100"), Ok(1.0));
        for wrong in ["0%", "101%", "some", ""] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
