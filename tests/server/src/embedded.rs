//! The third choice: the embedded server, built on demand and run as a child process.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::ladder::Server;
use crate::say::say;
use crate::target::target_folder;

/// Builds the embedded server if necessary and starts it. It ends with this process.
pub(crate) fn start(reason: &str) -> Result<Server, String> {
    let target =
        target_folder().ok_or("cannot build the embedded server: cargo's target folder is not known")?;
    let target = target.join("embedded");
    let program = target.join("debug/es-rollup-embedded-server");
    if !program.is_file() {
        say(&format!("{reason}: building the embedded server, which takes about ten minutes the first time"));
    }
    build(&target)?;

    // Its caches also belong in the target folder. Which of the two variables sets their place depends on the system.
    let caches = target.join("caches");
    let mut child = Command::new(&program)
        .env("HOME", &caches)
        .env("XDG_CACHE_HOME", &caches)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let mut url = String::new();
    let read = BufReader::new(child.stdout.take().expect("standard output is piped")).read_line(&mut url);
    if !read.is_ok_and(|length| length > 0) {
        return Err("the embedded server did not start".to_owned());
    }
    Ok(Server {
        url: url.trim_end().to_owned(),
        version: None,
        origin: "embedded server (loopback, one connection at a time)".to_owned(),
        several_connections: false,
        _lifeline: child.stdin.take(),
    })
}

fn build(target: &Path) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--locked", "--manifest-path"]);
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../embedded/Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    // Compiler settings of a test run, such as coverage or a target, would needlessly rebuild the server.
    for variable in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
    ] {
        command.env_remove(variable);
    }
    let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("cannot build the embedded server:\n{}", String::from_utf8_lossy(&output.stderr)))
}
