//! Measures what es-rollup costs: `cargo run --release -p es-rollup-bench`, or with `-- --quick` for a first look.
//!
//! `--out FOLDER` sets the folder for the figures (`target/bench` by default). `--only WORD` runs only the parts whose
//! name contains the word. `--with FILE.sql` adds one more way of keeping the row to the comparison. The file is
//! applied after `sql/events.sql` and can be a variant of what `--migration` prints, to see what a change would save.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

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

use std::path::PathBuf;
use std::time::Instant;

use crate::report::Report;
use crate::subject::{Lab, SUBJECTS, Subject};
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

struct Arguments {
    scale: Scale,
    out: PathBuf,
    only: Option<String>,
    subjects: Vec<Subject>,
}

fn arguments() -> Result<Arguments, String> {
    let mut result = Arguments {
        scale: Scale { quick: false },
        out: PathBuf::from("target/bench"),
        only: None,
        subjects: SUBJECTS.to_vec(),
    };
    let mut letters = 'P'..='Z';
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => result.scale.quick = true,
            "--out" => result.out = value()?.into(),
            "--only" => result.only = Some(value()?),
            "--with" => {
                let letter = letters.next().ok_or("too many --with arguments")?;
                result.subjects.push(Subject::of_file(letter, &value()?)?);
            }
            other => {
                return Err(format!(
                    "unknown argument {other}; the arguments are --quick, --out FOLDER, --only WORD and --with FILE"
                ));
            }
        }
    }
    Ok(result)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().skip(1).eq(["--migration"]) {
        print!("{}", subject::CATCH_UP);
        return Ok(());
    }
    let Arguments { scale, out, only, subjects } = arguments()?;
    let chosen = |name: &str| only.as_ref().is_none_or(|word| name.contains(word.as_str()));
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

    if chosen("fold") {
        say("fold in Rust");
        fold::fold(scale, &mut samples);
    }
    if chosen("lone") {
        say("lone inserts in the server");
        batches::one_by_one(&labs, scale, &mut samples).await?;
    }
    if chosen("clients") {
        say("clients");
        clients::apart(&labs, scale, &mut samples).await?;
    }
    if chosen("hot") {
        say("clients on the same users");
        clients::hot(&labs, scale, &mut samples).await?;
    }
    if chosen("statements") {
        say("statements of many events");
        batches::statements(&labs, scale, &mut samples).await?;
    }
    if chosen("counters") {
        say("counters");
        batches::counters(scale, &mut samples).await?;
    }
    if chosen("copy") {
        say("COPY");
        batches::copy(&labs, scale, &mut samples).await?;
    }
    if chosen("rebuild") {
        say("rebuild");
        rebuild::rebuild(&labs, scale, &mut samples).await?;
    }
    if chosen("ladders") {
        say("ladders");
        ladders::ladders(&labs, scale, &mut samples).await?;
    }
    for lab in labs {
        lab.close().await;
    }
    if chosen("items") {
        say("items");
        items::items(scale, &mut samples).await?;
    }
    if chosen("ladders of items") {
        say("ladders of items");
        item_ladders::ladders(scale, &mut samples).await?;
    }
    if chosen("history") {
        say("history");
        history::history(scale, &mut samples).await?;
    }
    say("done");
    let report = Report { subjects: &subjects, samples: &samples };
    report.write(&out, &machine, scale)?;
    println!("{}", report.tables());
    println!("written to {}", out.display());
    Ok(())
}
