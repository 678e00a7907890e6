//! Measures what es-rollup costs: `cargo run --release -p es-rollup-bench`, or with `-- --quick` for a first look.
//!
//! `--help` lists the arguments.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

mod arguments;
mod carts;
mod cost;
mod events;
mod hand;
mod insert;
mod machine;
mod plot;
mod report;
mod statistics;
mod streams;
mod subject;
mod workload;

use std::time::Instant;

use clap::Parser;

use crate::arguments::{Arguments, Part};
use crate::report::Report;
use crate::subject::Lab;
use crate::workload::{
    Sample, Scale, batches, clients, fold, history, item_ladders, items, ladders, rebuild,
};

/// As durable as a server is by default, and with so much room that no checkpoint slows down one of the subjects.
const SETTINGS: [(&str, &str); 11] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "2GB"),
    ("work_mem", "64MB"),
    ("maintenance_work_mem", "256MB"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "1h"),
    ("autovacuum", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("max_parallel_maintenance_workers", "0"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    if arguments.migration {
        print!("{}", subject::CATCH_UP);
        return Ok(());
    }
    let scale = Scale { quick: arguments.quick };
    let subjects = arguments.subjects()?;
    let chosen = |part| arguments.parts().contains(&part);
    let begin = Instant::now();
    let say = |what: &str| println!("{:6.1} s  {what}", begin.elapsed().as_secs_f64());
    let mut samples: Vec<Sample> = Vec::new();

    es_rollup_test_server::insist_on_cluster(&SETTINGS);
    let mut labs = Vec::new();
    for subject in &subjects {
        labs.push(Lab::set_up(*subject).await?);
    }
    let machine = machine::describe(&mut labs[0].session().await?).await?;
    println!("{machine}");

    if chosen(Part::Fold) {
        say("fold in Rust");
        fold::fold(scale, &mut samples);
    }
    if chosen(Part::Lone) {
        say("lone inserts in the server");
        batches::one_by_one(&labs, scale, &mut samples).await?;
    }
    if chosen(Part::Clients) {
        say("clients");
        clients::apart(&labs, scale, &mut samples).await?;
    }
    if chosen(Part::Hot) {
        say("clients on the same users");
        clients::hot(&labs, scale, &mut samples).await?;
    }
    if chosen(Part::Statements) {
        say("statements of many events");
        batches::statements(&labs, scale, &mut samples).await?;
    }
    if chosen(Part::Counters) {
        say("counters");
        batches::counters(scale, &mut samples).await?;
    }
    if chosen(Part::Copy) {
        say("COPY");
        batches::copy(&labs, scale, &mut samples).await?;
    }
    if chosen(Part::Rebuild) {
        say("rebuild");
        rebuild::rebuild(&labs, scale, &mut samples).await?;
    }
    if chosen(Part::Ladders) {
        say("ladders");
        ladders::ladders(&labs, scale, &mut samples).await?;
    }
    for lab in labs {
        lab.close().await;
    }
    if chosen(Part::Items) {
        say("items");
        items::items(scale, &mut samples).await?;
        say("ladders of items");
        item_ladders::ladders(scale, &mut samples).await?;
    }
    if chosen(Part::History) {
        say("history");
        history::history(scale, &mut samples).await?;
    }
    say("done");
    let report = Report { subjects: &subjects, samples: &samples };
    report.write(&arguments.out, &machine, &arguments.title())?;
    println!("{}", report.tables());
    println!("written to {}", arguments.out.display());
    Ok(())
}
