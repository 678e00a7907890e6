//! Connections to the server, and how many it accepts at a time.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::ladder::{Server, server};
use crate::say::say;

/// Whether the server accepts several connections at a time; the embedded one does not.
///
/// # Panics
///
/// If no server is available.
pub fn several_connections() -> bool {
    server().several_connections
}

/// Returns [`several_connections`]; if that is false, prints that the named test is not run.
///
/// # Panics
///
/// In CI (`CI` is `true`), where every test has to run, or if no server is available.
pub fn several_connections_or_say(name: &str) -> bool {
    if several_connections() {
        return true;
    }
    let line = format!("not run on this server (one connection at a time): {name}");
    assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{line}: CI has to run every test");
    say(&line);
    false
}

/// Ends a test that needs several connections at a time if the server accepts only one, and prints the test's name.
///
/// Pass the test's return value, if it has one: `needs_several_connections!(Ok(()))`.
#[macro_export]
macro_rules! needs_several_connections {
    () => {
        $crate::needs_several_connections!(())
    };
    ($value:expr) => {{
        fn here() {}
        // The path of an item inside the test, without the item's name and what the compiler has added.
        let name =
            ::std::any::type_name_of_val(&here).trim_end_matches("::here").replace("::{{closure}}", "");
        if !$crate::several_connections_or_say(&name) {
            return $value;
        }
    }};
}

/// If the server accepts one connection at a time, waits until no other test in this process uses it.
pub(crate) async fn turn(server: &Server) -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::const_new(());
    if server.several_connections { None } else { Some(TURN.lock().await) }
}

/// A connection for one statement. The runtimes of several tests must not share a pool.
pub(crate) async fn connect(server: &Server) -> PgConnection {
    let origin = &server.origin;
    let Ok(connected) = timeout(Duration::from_mins(1), PgConnection::connect(&server.url)).await else {
        let hint =
            if server.several_connections { "" } else { ": is a connection of an earlier test still open?" };
        panic!("{origin} does not answer{hint}");
    };
    connected.unwrap_or_else(|error| panic!("cannot connect to {origin}: {error}"))
}
