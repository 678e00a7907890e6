//! A database to experiment with: prints its URL and keeps the database until standard input ends.

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
