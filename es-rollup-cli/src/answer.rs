//! What a command has found out, for people or for programs.

use crate::failure::Failure;
use serde_json::Value;
use std::io::Write as _;
use std::process::ExitCode;

/// How a command has ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Nothing is wrong.
    Fine,
    /// There is a difference, or something lags behind.
    Difference,
    /// It did not come to its end.
    Failed(Failure),
}

/// Text from the database as it is shown to people: it may have characters that would move the cursor of a terminal.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { '?' } else { one }).collect()
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Answer {
    text: String,
    ending: Ending,
}

impl Answer {
    /// The lines, or the value if it is asked for.
    pub(crate) fn new(json: bool, lines: &[String], value: &Value, ending: Ending) -> Self {
        let text = if json {
            format!("{value:#}\n")
        } else {
            lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
        };
        Self { text, ending }
    }

    /// A text as it is, such as SQL.
    pub(crate) fn text(text: String) -> Self {
        Self { text, ending: Ending::Fine }
    }

    /// Nothing but how it has ended: another program has said the rest.
    pub(crate) fn ended(ending: Ending) -> Self {
        Self { text: String::new(), ending }
    }

    /// Prints it, and returns the code with which the process ends.
    pub(crate) fn tell(self) -> ExitCode {
        // Whoever reads may have gone, as `head` does.
        let _ = std::io::stdout().write_all(self.text.as_bytes());
        match self.ending {
            Ending::Fine => ExitCode::SUCCESS,
            Ending::Difference => ExitCode::from(1),
            Ending::Failed(failure) => failure.tell(),
        }
    }
}
