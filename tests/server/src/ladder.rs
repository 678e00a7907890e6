//! Chooses the server.

use std::env;
use std::process::ChildStdin;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tokio::sync::OnceCell;

use crate::cluster::Holder;
use crate::programs::Programs;
use crate::say::say;
use crate::url::with_database;
use crate::{cluster, connections, embedded};

/// A server that accepts connections.
#[derive(Debug)]
pub(crate) struct Server {
    /// The URL of a database on it from which others can be created.
    pub(crate) url: String,
    /// `None` if it has to be queried from the server.
    pub(crate) version: Option<String>,
    pub(crate) origin: String,
    pub(crate) several_connections: bool,
    /// Closing it stops the server. It is in a static, which is never dropped, so it closes when the process ends.
    pub(crate) _lifeline: Option<ChildStdin>,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();

/// Uses an ephemeral cluster with the given settings as the server of this process, whatever the environment says.
/// This is for benchmarks: they need to read the processor time of the server's processes, and a server that does not
/// write to disk would not show what a real one costs.
///
/// # Panics
///
/// If the machine has no server programs, or the process already has a server.
pub fn insist_on_cluster(settings: &[(&str, &str)]) {
    assert!(SERVER.get().is_none(), "the process already has a server");
    let started = SERVER.get_or_init(|| match Programs::find()? {
        Some(programs) => cluster::start(&programs, settings),
        None => {
            Err("no initdb and postgres were found (ES_ROLLUP_PG_BIN, PATH, pg_config, the usual folders)"
                .to_owned())
        }
    });
    if let Err(reason) = started {
        panic!("cannot start an ephemeral PostgreSQL: {reason}");
    }
}

/// A further server of one's own, beside that of the process; it ends with this value.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    holder: Holder,
}

impl Cluster {
    /// Starts one with settings of its own; `None` where the machine has no server programs.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let programs = Programs::find().unwrap_or_else(|reason| panic!("{reason}"))?;
        let (server, holder) = cluster::held(&programs, settings).unwrap_or_else(|reason| panic!("{reason}"));
        Some(Self { server, holder })
    }

    /// The URL of one of its databases, for any client.
    pub fn url(&self, database: &str) -> String {
        with_database(&self.server.url, database)
    }

    /// Kills the process of a session with SIGKILL. The server notices, ends all other sessions too, and recovers.
    ///
    /// What is committed stays, if `synchronous_commit` is on: the files need not be synchronized for that.
    ///
    /// # Panics
    ///
    /// If there is no such process.
    pub fn kill_session(&mut self, pid: i32) {
        self.holder.ask(&format!("kill {pid}")).unwrap_or_else(|reason| panic!("{reason}"));
    }

    /// Kills the server's first process and that of a session with SIGKILL. The others end when they notice: at once, or
    /// when they have done what they are doing.
    ///
    /// # Panics
    ///
    /// If one of the two does not run.
    pub fn kill(&mut self, session: i32) {
        self.holder.ask(&format!("crash {session}")).unwrap_or_else(|reason| panic!("{reason}"));
    }

    /// Starts the server that was killed.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_again(&mut self) {
        let patience = Instant::now() + Duration::from_mins(1);
        // It refuses as long as a session of the killed one is left.
        while let Err(reason) = self.holder.ask("start") {
            assert!(Instant::now() < patience, "{reason}");
            sleep(Duration::from_millis(20));
        }
    }
}

/// The server of this process, started by whoever asks first.
///
/// # Panics
///
/// If no server is available.
pub(crate) fn server() -> &'static Server {
    // A failure is also kept, because a second attempt would only fail more slowly.
    match SERVER.get_or_init(climb) {
        Ok(server) => server,
        Err(reason) => panic!("no PostgreSQL for the tests: {reason}"),
    }
}

fn climb() -> Result<Server, String> {
    let insisted = variable("ES_ROLLUP_SERVER");
    match insisted.as_deref() {
        None => match variable("DATABASE_URL") {
            Some(url) => Ok(given(url)),
            None => match Programs::find()? {
                Some(programs) => cluster::start(&programs, &[]),
                None => embedded::start("no PostgreSQL was found (DATABASE_URL, server programs)"),
            },
        },
        Some("url") => variable("DATABASE_URL")
            .map(given)
            .ok_or("ES_ROLLUP_SERVER is url, but no DATABASE_URL is set".to_owned()),
        Some("programs") => match Programs::find()? {
            Some(programs) => cluster::start(&programs, &[]),
            None => Err("ES_ROLLUP_SERVER is programs, but no initdb and postgres were found \
                (ES_ROLLUP_PG_BIN, PATH, pg_config, the usual folders)"
                .to_owned()),
        },
        Some("embedded") => embedded::start("ES_ROLLUP_SERVER is embedded"),
        Some(other) => Err(format!("ES_ROLLUP_SERVER is {other}, but must be url, programs or embedded")),
    }
}

/// The first choice.
fn given(url: String) -> Server {
    let origin = "the server of DATABASE_URL".to_owned();
    Server { url, version: None, origin, several_connections: true, _lifeline: None }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Describes the version and the source of the server, for example
/// `PostgreSQL 15.18, ephemeral cluster from /usr/lib/postgresql/15/bin (unix socket)`.
///
/// The first call in a process also prints the line.
///
/// # Panics
///
/// If no server is available.
pub async fn server_line() -> String {
    static LINE: OnceCell<String> = OnceCell::const_new();
    LINE.get_or_init(async || {
        let server = server();
        let version = match &server.version {
            Some(version) => version.clone(),
            None => ask_version(server).await,
        };
        let line = format!("PostgreSQL {version}, {}", server.origin);
        say(&line);
        line
    })
    .await
    .clone()
}

async fn ask_version(server: &Server) -> String {
    let _turn = connections::turn(server).await;
    let mut connection = connections::connect(server).await;
    let version = sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await;
    let _: Result<(), sqlx::Error> = PgConnection::close(connection).await;
    version.unwrap_or_else(|error| panic!("cannot read the version of {}: {error}", server.origin))
}
