//! A database to try things in: prints its URL and keeps it until standard input ends.

use std::io::{Read as _, stdin};

use es_rollup_test_server::Database;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let database = Database::create().await;
    println!("{}", database.url());
    stdin().read_to_end(&mut Vec::new())?;
    database.close().await;
    Ok(())
}
