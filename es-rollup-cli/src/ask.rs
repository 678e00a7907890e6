//! Asks before something is changed.

use crate::failure::Failure;
use std::io::{IsTerminal as _, Write as _, stdin};

/// Refuses where nobody could answer, before anything is done.
pub(crate) fn can_ask(yes: bool) -> Result<(), Failure> {
    if yes || stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage("rows are to be rebuilt, and nobody can be asked here", "pass --yes"))
}

/// Whether the user agrees, or has agreed by a flag.
pub(crate) fn agrees(question: &str, yes: bool) -> bool {
    if yes {
        return true;
    }
    let _ = write!(std::io::stderr(), "{question} [y/N] ");
    let mut line = String::new();
    let answered = stdin().read_line(&mut line);
    answered.is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}
