//! No traces are left, however the process that used a server ends.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};

const PROGRAM: &str = env!("CARGO_BIN_EXE_es-rollup-test-server");

/// The temporary folder of a process with a server. It must be empty in the end.
struct Traces(PathBuf);

impl Traces {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("{test}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        // With the permissions of /tmp, because root's server runs as another user.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o1777)).unwrap();
        Self(folder)
    }

    /// Starts a process with a server that ends when the process does.
    fn start(&self, command: &mut Command) -> Child {
        command.env("TMPDIR", &self.0).env_remove("DATABASE_URL");
        if std::env::var_os("ES_ROLLUP_SERVER").is_some_and(|it| it == "url") {
            command.env_remove("ES_ROLLUP_SERVER");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            match command.spawn() {
                // A process that another test is about to start holds the copy of the program open until it has begun.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < patience => {
                    sleep(Duration::from_millis(10));
                }
                started => return started.unwrap(),
            }
        }
    }

    fn assert_none(self) {
        let patience = Instant::now() + Duration::from_secs(20);
        // Fails as long as the folder is not empty.
        while let Err(error) = fs::remove_dir(&self.0) {
            assert!(Instant::now() < patience, "{}: {error}", self.0.display());
            sleep(Duration::from_millis(10));
        }
    }
}

/// The URL that the process prints once its database exists.
fn url(process: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[tokio::test]
async fn a_process_that_ends_leaves_no_server_and_no_folder() {
    let traces = Traces::new("ends");
    let mut process = traces.start(&mut Command::new(PROGRAM));
    let url = url(&mut process);
    PgConnection::connect(&url).await.unwrap().close().await.unwrap();
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
    traces.assert_none();
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_no_server_and_no_folder() {
    let traces = Traces::new("killed");
    let mut process = traces.start(&mut Command::new(PROGRAM));
    let url = url(&mut process);
    // Still connected while the process is killed.
    let connection = PgConnection::connect(&url).await.unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    traces.assert_none();
    drop(connection);
    assert!(PgConnection::connect(&url).await.is_err());
}

#[test]
fn a_process_that_is_killed_while_its_server_starts_leaves_no_folder() {
    let traces = Traces::new("killed-early");
    for delay in (0..150).step_by(6) {
        let mut process = traces.start(&mut Command::new(PROGRAM));
        sleep(Duration::from_millis(delay));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    traces.assert_none();
}

#[test]
fn an_ordinary_user_without_a_home_can_run_it() {
    let traces = Traces::new("ordinary");
    // Another user may have no access to the checkout.
    let program = traces.0.join("program");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();

    let mut command = Command::new(&program);
    // That user would have to build the embedded server first.
    command.env_remove("HOME").current_dir("/").env("ES_ROLLUP_SERVER", "programs");
    if is_root(&program) {
        command.uid(65534).gid(65534);
    }
    let mut process = traces.start(&mut command);
    let url = url(&mut process);
    drop(process.stdin.take());
    let output = process.wait_with_output().unwrap();
    fs::remove_file(&program).unwrap();
    traces.assert_none();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("no initdb and postgres were found") {
        assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "CI must have the server programs");
        eprintln!("not run without server programs: an_ordinary_user_without_a_home_can_run_it");
        return;
    }
    assert!(output.status.success() && !url.is_empty(), "{said}");
}

/// Whether root made the file.
fn is_root(file: &Path) -> bool {
    fs::metadata(file).unwrap().uid() == 0
}
