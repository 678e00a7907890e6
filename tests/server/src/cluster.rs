//! The second choice: an ephemeral cluster from the server programs on this machine.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::folder::Folder;
use crate::ladder::Server;
use crate::programs::Programs;
use crate::template::Template;
use crate::url;

/// Starts a cluster that ends with this process. `settings` override the defaults for tests.
pub(crate) fn start(programs: &Programs, settings: &[(&str, &str)]) -> Result<Server, String> {
    let (server, holder) = held(programs, settings)?;
    Ok(Server { _lifeline: Some(holder.lifeline), ..server })
}

/// The same, with its holder: the cluster ends with that.
pub(crate) fn held(programs: &Programs, settings: &[(&str, &str)]) -> Result<(Server, Holder), String> {
    let folder = Folder::planned()?;
    let path = folder.path.to_str().ok_or("the temporary folder has a name that is not UTF-8")?.to_owned();
    // The holder starts first, so that a process that removes the folder exists before the folder does.
    let mut holder = Holder::spawn(programs, folder, settings)?;
    holder.ask("make")?;
    let data = holder.folder.path.join("data");
    let template = Template::of(programs);
    if !template.as_ref().is_some_and(|it| it.copy_to(&data, holder.folder.account)) {
        holder.ask("initialize")?;
        if let Some(template) = template {
            template.keep(&data);
        }
    }
    holder.ask("start")?;
    let server = Server {
        url: url::of_socket(&path, 5432),
        version: Some(programs.version.clone()),
        origin: format!("ephemeral cluster from {} (unix socket)", programs.folder.display()),
        several_connections: true,
        _lifeline: None,
    };
    Ok((server, holder))
}

/// The shell that starts the server and outlives this process just long enough to clean up.
#[derive(Debug)]
pub(crate) struct Holder {
    lifeline: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: Folder,
}

impl Holder {
    fn spawn(programs: &Programs, folder: Folder, settings: &[(&str, &str)]) -> Result<Self, String> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", include_str!("holder.sh"), "es-rollup-holder"])
            .arg(&folder.path)
            .arg(&programs.folder)
            .args(settings.iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]));
        // Its own process group shields it from the terminal's Ctrl-C. `/`, because its account may have no access to
        // our working folder.
        command.process_group(0).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(account) = folder.account {
            command.uid(account.uid).gid(account.gid);
        }
        let mut child = command.spawn().map_err(|error| format!("cannot start /bin/sh: {error}"))?;
        let lifeline = child.stdin.take().expect("standard input is piped");
        let answers = BufReader::new(child.stdout.take().expect("standard output is piped"));
        Ok(Self { lifeline, answers, folder })
    }

    /// Lets it do what the word says.
    pub(crate) fn ask(&mut self, word: &str) -> Result<(), String> {
        let folder = &self.folder;
        let mut answer = String::new();
        let asked = writeln!(self.lifeline, "{word}").and_then(|()| self.answers.read_line(&mut answer));
        if asked.is_ok() && answer.trim_end() == "done" {
            return Ok(());
        }
        let log = fs::read_to_string(folder.path.join("log")).unwrap_or_default();
        let whose = match folder.account {
            Some(account) => format!(" (as the user {}: PostgreSQL refuses to run as root)", account.uid),
            None => String::new(),
        };
        let path = folder.path.display();
        Err(format!("the ephemeral cluster in {path} did not {word}{whose}:\n{log}"))
    }
}
