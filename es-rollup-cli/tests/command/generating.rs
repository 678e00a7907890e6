//! `generate` runs the test of a project, whatever cargo builds there.

use crate::place::{Ran, program};
use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program in the place of cargo: it knows one test or none, and shows how it was called.
fn cargo(name: &str, tests: &str, code: u8) -> PathBuf {
    let path = std::env::temp_dir().join(format!("es-rollup-cargo-{name}-{}", std::process::id()));
    let text = format!(
        "#!/bin/sh
case \" $* \" in
  *' --list '*) printf '{tests}';;
  *) echo \"$ES_ROLLUP_MIGRATIONS: cargo $*\"; exit {code};;
esac
"
    );
    std::fs::write(&path, text).expect("the file is written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    path
}

fn run(cargo: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(program());
    command.arg("generate").args(arguments).env("CARGO", cargo).env_remove("ES_ROLLUP_MIGRATIONS");
    Ran::of(&command.output().expect("the command runs"))
}

#[test]
fn the_test_is_told_to_write() {
    let cargo = cargo("writes", "tests::es_rollup_migrations: test\\n", 0);
    let ran = run(&cargo, &["--breaking", "--", "-p", "shop"]);
    assert_eq!(ran.out, "write:breaking: cargo test --quiet -p shop es_rollup_migrations\n");
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let ran = run(&cargo, &["--redo", "--test", "migrations_of_users"]);
    assert_eq!(ran.out, "redo: cargo test --quiet migrations_of_users\n");
    std::fs::remove_file(cargo).expect("it is there");
}

#[test]
fn a_test_that_fails_is_a_difference() {
    let cargo = cargo("fails", "tests::es_rollup_migrations: test\\n", 101);
    let ran = run(&cargo, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    std::fs::remove_file(cargo).expect("it is there");
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let none = cargo("nothing", "", 0);
    let shown = [run(&none, &[]), run(&none, &["--", "-p", "shop"]), run(Path::new("/nowhere/cargo"), &[])];
    assert_snapshot!(shown.map(|ran| ran.shown()).join("\n\n"));
    std::fs::remove_file(none).expect("it is there");
}
