//! The service with the enum of `first`.

use es_rollup_deploys::first::{COLUMNS, UserEvent};
use es_rollup_deploys::serve;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    serve::<UserEvent>(COLUMNS).await
}
