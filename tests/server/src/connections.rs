//! Connections to the server, and how many of them it takes at a time.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::ladder::{Server, server};
use crate::say::say;

/// Whether the server takes several connections at a time; the embedded one does not.
///
/// # Panics
///
/// If no server can be had.
pub fn several_connections() -> bool {
    server().several_connections
}

/// [`several_connections`], and if not, says by its name that a test is not run.
///
/// # Panics
///
/// In CI (`CI` is `true`), where every test has to run; or if no server can be had.
pub fn several_connections_or_say(name: &str) -> bool {
    if several_connections() {
        return true;
    }
    let line = format!("not run on this server (one connection at a time): {name}");
    assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{line}: CI forbids that");
    say(&line);
    false
}

/// Ends a test that needs several connections at a time where the server takes only one, and says so by its name.
///
/// A test that returns something gives it: `needs_several_connections!(Ok(()))`.
#[macro_export]
macro_rules! needs_several_connections {
    () => {
        $crate::needs_several_connections!(())
    };
    ($value:expr) => {{
        fn here() {}
        // The path of the test is that of an item in it, less what the compiler and we have put at its end.
        let name =
            ::std::any::type_name_of_val(&here).trim_end_matches("::here").replace("::{{closure}}", "");
        if !$crate::several_connections_or_say(&name) {
            return $value;
        }
    }};
}

/// Waits until nobody else in this process uses a server that takes one connection at a time.
pub(crate) async fn turn(server: &Server) -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::const_new(());
    if server.several_connections { None } else { Some(TURN.lock().await) }
}

/// A connection for one statement: a pool must not be shared by the runtimes of several tests.
pub(crate) async fn connect(server: &Server) -> PgConnection {
    let origin = &server.origin;
    let Ok(connected) = timeout(Duration::from_mins(1), PgConnection::connect(&server.url)).await else {
        let hint =
            if server.several_connections { "" } else { ": is a connection of an earlier test still open?" };
        panic!("{origin} does not answer{hint}");
    };
    connected.unwrap_or_else(|error| panic!("cannot connect to {origin}: {error}"))
}
