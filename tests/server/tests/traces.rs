//! Nothing stays behind, however the process that used a server ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_es-rollup-test-server");

/// A process with an ephemeral cluster, and what there is to see of the cluster from outside.
struct User {
    process: Child,
    folder: PathBuf,
    server: String,
}

impl User {
    /// `None`, said by name, where no server programs are found.
    fn start(test: &str, command: &mut Command) -> Option<Self> {
        command.env("ES_ROLLUP_SERVER", "programs").env_remove("DATABASE_URL");
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        if url.is_empty() {
            let output = process.wait_with_output().unwrap();
            let reason = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(reason.contains("no initdb and postgres were found"), "{reason}");
            assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{test} needs server programs");
            eprintln!("not run without server programs: {test}");
            return None;
        }
        let host = url.trim_start_matches("postgres://postgres@").split(':').next().unwrap();
        let folder = PathBuf::from(host.replace("%2F", "/"));
        let status = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
        let server = status.lines().next().unwrap().to_owned();
        assert!(is_alive(&server));
        Some(Self { process, folder, server })
    }

    fn assert_gone(self) {
        let patience = Instant::now() + Duration::from_secs(20);
        while self.folder.exists() || is_alive(&self.server) {
            assert!(
                Instant::now() < patience,
                "{} or process {} is left",
                self.folder.display(),
                self.server
            );
            sleep(Duration::from_millis(10));
        }
    }
}

fn is_alive(process: &str) -> bool {
    Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_process_that_ends_leaves_no_server_and_no_folder() {
    let test = "a_process_that_ends_leaves_no_server_and_no_folder";
    let Some(mut user) = User::start(test, &mut Command::new(PROGRAM)) else { return };
    drop(user.process.stdin.take());
    assert!(user.process.wait().unwrap().success());
    user.assert_gone();
}

#[test]
fn a_process_that_is_killed_leaves_no_server_and_no_folder() {
    let test = "a_process_that_is_killed_leaves_no_server_and_no_folder";
    let Some(mut user) = User::start(test, &mut Command::new(PROGRAM)) else { return };
    user.process.kill().unwrap();
    user.process.wait().unwrap();
    user.assert_gone();
}

#[test]
fn a_process_that_is_killed_while_its_server_starts_leaves_no_folder() {
    let parent = std::env::temp_dir().join(format!("es-rollup-kills-{}", std::process::id()));
    fs::create_dir(&parent).unwrap();
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o1777)).unwrap();
    for delay in (0..150).step_by(6) {
        let mut command = Command::new(PROGRAM);
        command.env("TMPDIR", &parent).env("ES_ROLLUP_SERVER", "programs").env_remove("DATABASE_URL");
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(delay));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let patience = Instant::now() + Duration::from_secs(20);
    // Fails as long as something is in it.
    while let Err(error) = fs::remove_dir(&parent) {
        assert!(Instant::now() < patience, "{}: {error}", parent.display());
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_ordinary_user_without_a_home_can_run_it() {
    let test = "an_ordinary_user_without_a_home_can_run_it";
    // Another user may have no way into the checkout.
    let folder = std::env::temp_dir().join(format!("es-rollup-copy-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let program = folder.join("program");
    fs::copy(PROGRAM, &program).unwrap();
    for path in [&folder, &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    let mut command = Command::new(&program);
    command.env_remove("HOME").current_dir("/");
    if is_root(&folder) {
        command.uid(65534).gid(65534);
    }
    let user = User::start(test, &mut command);
    fs::remove_dir_all(&folder).unwrap();
    let Some(mut user) = user else { return };
    assert!(!is_root(&user.folder));
    drop(user.process.stdin.take());
    assert!(user.process.wait().unwrap().success());
    user.assert_gone();
}

/// Whether root made the folder.
fn is_root(folder: &Path) -> bool {
    fs::metadata(folder).unwrap().uid() == 0
}
