//! `PostgreSQL` in a process of its own: prints its URL, serves one connection at a time on loopback, and goes with its
//! folder when standard input ends.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use pglite_oxide::{PgliteProxy, PgliteServer};

fn main() -> Result<()> {
    // Of this server only its folder is used: it stops for good at the first connection that a client breaks off, as
    // every failing test may do.
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

/// In a thread of its own, so that neither an error nor a panic is the end of the server.
fn serve_one(proxy: &PgliteProxy, listener: &TcpListener) {
    let served = thread::scope(|scope| scope.spawn(|| proxy.accept_tcp_once(listener)).join());
    if let Ok(Err(error)) = served {
        eprintln!("a connection of the embedded server broke off: {error:#}");
    }
}

/// Tries again while a statement that is still running puts new files there.
fn remove(root: &Path) {
    for _ in 0..500 {
        let _ = fs::remove_dir_all(root);
        if !root.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
