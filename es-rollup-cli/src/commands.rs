//! The commands, one in each file.

mod at;
mod changes;
mod check;
mod diff;
mod explain;
mod fill;
mod generate;
mod rebuild;
mod refold;
mod rehearse;
mod sql;
mod status;
mod verify;

use crate::answer::Answer;
use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Does what the arguments say.
pub(crate) async fn run(Arguments { command }: Arguments) -> Result<Answer, Failure> {
    match command {
        Command::Status(arguments) => status::run(&arguments).await,
        Command::Check(arguments) => check::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments).await,
        Command::Explain(arguments) => explain::run(&arguments).await,
        Command::Sql(arguments) => sql::run(&arguments).await,
        Command::Fill(arguments) => fill::run(&arguments).await,
        Command::Verify(arguments) => verify::run(&arguments).await,
        Command::Rebuild(arguments) => rebuild::run(&arguments).await,
        Command::At(arguments) => at::run(&arguments).await,
        Command::Changes(arguments) => changes::run(&arguments).await,
        Command::Rehearse(arguments) => rehearse::run(&arguments).await,
    }
}
