//! Asks before something is changed.

use crate::failure::Failure;
use std::io::{IsTerminal as _, Write as _, stdin};
use tokio::sync::oneshot;

/// Refuses where nobody could answer, before anything is done.
pub(crate) fn can_ask(yes: bool) -> Result<(), Failure> {
    if yes || stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage("rows are to be rebuilt, and nobody can be asked here", "pass --yes"))
}

/// Whether the user agrees. The answer is read in a thread of its own, which a signal does not have to wait for.
pub(crate) fn ask(question: &str) -> oneshot::Receiver<bool> {
    let _ = write!(std::io::stderr(), "{question} [y/N] ");
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let answered = stdin().read_line(&mut line);
        tell.send(answered.is_ok() && matches!(line.trim(), "y" | "Y" | "yes"))
    });
    told
}
