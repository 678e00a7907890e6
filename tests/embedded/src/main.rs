//! `PostgreSQL` in a separate process: prints its URL and serves one connection at a time on loopback. When standard
//! input ends, it stops and removes its folder.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use pglite_oxide::{PgliteProxy, PgliteServer};

fn main() -> Result<()> {
    // Only the folder of this server is used. The server itself stops for good once a client drops a connection, which
    // any failing test may do.
    let folder = PgliteServer::builder().temporary().start()?;
    let root = folder.root().to_owned();
    let proxy = PgliteProxy::new(&root);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        loop {
            serve_one(&proxy, &listener);
        }
    });

    println!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable");
    io::stdout().flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    drop(folder);
    remove(&root);
    Ok(())
}

/// Runs in its own thread, so that neither an error nor a panic stops the server.
fn serve_one(proxy: &PgliteProxy, listener: &TcpListener) {
    let served = thread::scope(|scope| scope.spawn(|| proxy.accept_tcp_once(listener)).join());
    if let Ok(Err(error)) = served {
        eprintln!("a connection to the embedded server was lost: {error:#}");
    }
}

/// Retries, because a statement that is still running may create new files there.
fn remove(root: &Path) {
    for _ in 0..500 {
        let _ = fs::remove_dir_all(root);
        if !root.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
