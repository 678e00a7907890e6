//! The command `es-rollup`: looks at rollups in a database, and fills, verifies and rebuilds them. It needs no enum, since
//! what a migration installs includes the complete model.
#![forbid(unsafe_code)]

mod answer;
mod arguments;
mod ask;
mod commands;
mod connection;
mod entities;
mod failure;
mod interrupt;
mod models;
mod progress;
mod rollups;
mod session;
mod trouble;

use arguments::Arguments;
use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(arguments).await {
        Ok(answer) => answer.tell(),
        Err(failure) => failure.tell(),
    }
}
