//! `generate`: writes the migrations that enums lack. The enums are in the user's own program, so its test does it.

use crate::answer::{Answer, Ending};
use crate::arguments::Generate;
use crate::failure::Failure;
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// The variable that tells the test what to write.
const ASKED: &str = "ES_ROLLUP_MIGRATIONS";

/// How the list of tests marks one.
const TEST: &str = ": test";

pub(crate) fn run(arguments: &Generate) -> Result<Answer, Failure> {
    let Generate { test, cargo, .. } = arguments;
    // Without this list, a name that no test has would look like success.
    let listed = cargo_test(arguments)
        .args(["--", "--list", "--format", "terse"])
        .stdout(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .map_err(|error| missing(&error))?;
    if !listed.status.success() {
        return Ok(Answer::ended(Ending::Difference));
    }
    if !String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.ends_with(TEST)) {
        let packages =
            if cargo.is_empty() { ", or its package: es-rollup generate -- -p PACKAGE" } else { "" };
        return Err(Failure::usage(
            format!("no test is called {test}"),
            format!(
                "write es_rollup::migrations!(\"migrations\": YourEvent) in a test, or name yours with --test{packages}"
            ),
        ));
    }
    let status = cargo_test(arguments).env(ASKED, asked(arguments)).status();
    let status = status.map_err(|error| missing(&error))?;
    Ok(Answer::ended(if status.success() { Ending::Fine } else { Ending::Difference }))
}

/// The command that runs the test.
fn cargo_test(arguments: &Generate) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["test", "--quiet"]).args(&arguments.cargo).arg(&arguments.test);
    command
}

/// What the test is to write.
fn asked(arguments: &Generate) -> String {
    let Generate { breaking, redo, squash, test: _, cargo: _ } = arguments;
    match redo {
        Some(newest) if newest.is_empty() => "redo".into(),
        Some(version) => format!("redo:{version}"),
        None if *squash => "squash".into(),
        None if *breaking => "write:breaking".into(),
        None => "write".into(),
    }
}

fn missing(error: &std::io::Error) -> Failure {
    Failure::usage(format!("cargo does not start: {error}"), "run the command where the project is built")
}

#[cfg(test)]
mod tests {
    use crate::arguments::{Arguments, Command};
    use clap::Parser as _;

    fn asked(arguments: &str) -> String {
        let words = ["es-rollup", "generate"].into_iter().chain(arguments.split_whitespace());
        let Command::Generate(generate) = Arguments::parse_from(words).command else {
            panic!("{arguments} is another command")
        };
        super::asked(&generate)
    }

    #[test]
    fn each_flag_is_a_word_of_the_test() {
        let flags = ["", "--breaking", "--redo", "--redo 0003", "--squash", "--redo -- -p shop"];
        let words = flags.map(asked);
        assert_eq!(words, ["write", "write:breaking", "redo", "redo:0003", "squash", "redo"]);
    }
}
