//! The service with the enum of `renamed`.

use es_rollup_deploys::renamed::{COLUMNS, UserEvent};
use es_rollup_deploys::serve;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    serve::<UserEvent>(COLUMNS).await
}
