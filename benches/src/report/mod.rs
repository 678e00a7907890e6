//! Writes the figures as Markdown tables, as plots and as raw data.

mod growth;
mod own;

use crate::plot::{self, Failure, Group};
use crate::statistics::Spread;
use crate::subject::{CARTS, COUNTERS, Subject, VERSIONS};
use crate::workload::ladder::Ladder;
use crate::workload::{APART, COUNTED, OF_HISTORY, OF_ITEMS, Sample, item_ladders, ladders};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A figure of a sample.
type Figure = fn(&Sample) -> f64;

const PROCESSOR: Figure = |sample| sample.cost.processor / sample.events;
const WALL: Figure = |sample| sample.cost.wall / sample.events;
const WAL: Figure = |sample| sample.cost.wal / sample.events;

/// All samples and their subjects.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    pub subjects: &'a [Subject],
    pub samples: &'a [Sample],
}

impl Report<'_> {
    /// Writes `results.md`, its plots and `samples.csv` into a folder.
    pub fn write(self, out: &Path, machine: &str, title: &str) -> Result<(), Failure> {
        let samples = self.samples;
        fs::create_dir_all(out)?;
        let mut text = format!("# {title}\n\n{machine}\n{}", self.tables());
        if let Some(plot) = self.comparison()? {
            fs::write(out.join("processor.svg"), plot)?;
            text.insert_str(text.find("\n## ").unwrap_or(text.len()), "\n![processor time](processor.svg)\n");
        }
        for ladder in all_ladders() {
            if let Some(plot) = growth::climb(ladder, samples)? {
                let file = format!("ladder-{}.svg", ladder.file);
                fs::write(out.join(&file), plot)?;
                writeln!(text, "![{}]({file})", ladder.title).expect("text can be written to");
            }
        }
        fs::write(out.join("results.md"), text)?;
        fs::write(out.join("samples.csv"), raw(samples))?;
        Ok(())
    }
}

fn raw(samples: &[Sample]) -> String {
    let mut text =
        "workload,subject,round,events,processor_us,wall_us,wal_bytes,median_us,p99_us\n".to_owned();
    for it in samples {
        let latency = it.latency.map_or(",".to_owned(), |(median, most)| format!("{median:.1},{most:.1}"));
        let cost = it.cost;
        writeln!(
            text,
            "\"{}\",{},{},{},{:.1},{:.1},{:.0},{latency}",
            it.workload, it.subject, it.round, it.events, cost.processor, cost.wall, cost.wal
        )
        .expect("text can be written to");
    }
    text
}

impl Report<'_> {
    /// All tables.
    pub fn tables(self) -> String {
        let samples = self.samples;
        let mut text = String::new();
        let mut section = |title: &str, prose: &str, table: String| {
            if !table.is_empty() {
                write!(text, "\n## {title}\n\n{prose}\n\n{table}").expect("text can be written to");
            }
        };
        section(
            "Processor time of the server",
            &format!(
                "A is in microseconds per event. The others are ratios to A in the same round: the median, with the minimum and the maximum. {}.",
                letters_of(self.subjects)
            ),
            self.compared(PROCESSOR, "µs"),
        );
        section("Wall-clock time", "The same, as seen by the client.", self.compared(WALL, "µs"));
        section("Write-ahead log", "The same, in bytes.", self.compared(WAL, "B"));
        section(
            "Counters",
            "The same events where only their number is kept, as processor time: D is es-rollup with an enum that counts, and G is an incrementally maintained view of the extension pg_ivm.",
            Report { subjects: COUNTERS, ..self }.apart(COUNTED, PROCESSOR, "µs", &[("D", "G")]),
        );
        section(
            "Rows of a view",
            &format!("Carts whose items are rows of a view, as processor time. {}.", letters_of(CARTS)),
            Report { subjects: CARTS, ..self }.apart(OF_ITEMS, PROCESSOR, "µs", &[("D", "H"), ("E", "H")]),
        );
        section(
            "History",
            &format!("Every version of the row is kept, as processor time. {}.", letters_of(VERSIONS)),
            Report { subjects: VERSIONS, ..self }.apart(
                OF_HISTORY,
                PROCESSOR,
                "µs",
                &[("J", "B"), ("K", "B"), ("J", "D")],
            ),
        );
        section(
            "Storage of a history",
            "The size of the tables that follow the events, with their indexes, right after the workload and before any vacuum.",
            own::storage(samples, OF_HISTORY),
        );
        section(
            "Clients",
            "Events per second, then the median and the 99th percentile of a transaction's duration in milliseconds.",
            self.throughput(),
        );
        section(
            "Storage",
            "The size of the rollup table with its index, right after the workload and before any vacuum.",
            own::storage(samples, "COPY"),
        );
        section(
            "Rebuild",
            "In seconds, with the ratio to es-rollup's processor time.",
            own::rebuilds(samples),
        );
        section(
            "The fold in Rust",
            "In nanoseconds per event, with the ratio to the match by hand in the same round and its quartiles.",
            own::folds(samples),
        );
        for ladder in all_ladders() {
            section(
                ladder.title,
                "In microseconds of processor time per event. Growth is the exponent relative to the step before: 0 means that an event costs the same, 1 that its cost grows in proportion.",
                growth::steps(ladder, samples),
            );
        }
        text
    }
}

/// The workloads that are compared with A, in the order in which they ran.
fn compared(samples: &[Sample]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for sample in samples {
        let name = sample.workload.as_str();
        if sample.subject == "A" && !name.starts_with("ladder ") && !names.contains(&name) {
            names.push(name);
        }
    }
    names.retain(|name| APART.iter().all(|prefix| !name.starts_with(prefix)));
    names
}

/// A workload's name without what says to which part it belongs.
fn plain(workload: &str) -> &str {
    APART.iter().find_map(|prefix| workload.strip_prefix(prefix)).unwrap_or(workload)
}

fn letters_of(subjects: &[Subject]) -> String {
    subjects.iter().map(|it| format!("{} is {}", it.letter, it.name)).collect::<Vec<_>>().join(", ")
}

fn all_ladders() -> impl Iterator<Item = Ladder> {
    ladders::LADDERS.into_iter().chain(item_ladders::LADDERS)
}

/// The figure of one subject in each round.
fn by_round<'a>(
    samples: &'a [Sample],
    workload: &'a str,
    subject: &'a str,
    figure: Figure,
) -> impl Iterator<Item = (usize, f64)> + 'a {
    let of = samples.iter().filter(move |it| it.workload == workload && it.subject == subject);
    of.map(move |it| (it.round, figure(it)))
}

fn ratio(samples: &[Sample], workload: &str, subject: &str, to: &str, figure: Figure) -> Option<Spread> {
    let base: Vec<(usize, f64)> = by_round(samples, workload, to, figure).collect();
    Spread::of(by_round(samples, workload, subject, figure).filter_map(|(round, value)| {
        let (_, base) = base.iter().find(|(of, _)| *of == round)?;
        Some(value / base)
    }))
}

fn cell(spread: Option<Spread>) -> String {
    spread.map_or("–".to_owned(), |Spread { median, least, most }| {
        format!("{median:.2} ({least:.2}–{most:.2})")
    })
}

impl Report<'_> {
    fn compared(self, figure: Figure, unit: &str) -> String {
        self.ratios(figure, unit, &compared(self.samples), &[("D", "B"), ("E", "B")])
    }

    /// The workloads of a part that has subjects of its own.
    fn apart(self, part: &str, figure: Figure, unit: &str, between: &[(&str, &str)]) -> String {
        let workloads = self.samples.iter().filter(|it| it.subject == "A").map(|it| it.workload.as_str());
        let mut workloads: Vec<&str> = workloads.filter(|name| name.starts_with(part)).collect();
        workloads.dedup();
        self.ratios(figure, unit, &workloads, between)
    }

    /// The ratios to A, and those between two subjects.
    fn ratios(self, figure: Figure, unit: &str, workloads: &[&str], between: &[(&str, &str)]) -> String {
        let samples = self.samples;
        if workloads.is_empty() {
            return String::new();
        }
        let others: Vec<String> = self.subjects.iter().skip(1).map(|it| it.letter.to_string()).collect();
        let heads: Vec<String> = between.iter().map(|(one, other)| format!("{one} to {other}")).collect();
        let mut text =
            format!("| workload | A, {unit} | {} | {} |\n|---|---|", others.join(" | "), heads.join(" | "));
        text.push_str(&"---|".repeat(others.len() + between.len()));
        text.push('\n');
        for workload in workloads {
            let floor = Spread::of(by_round(samples, workload, "A", figure).map(|(_, value)| value));
            let floor = floor.map_or(f64::NAN, |it| it.median);
            let cells: Vec<String> =
                others.iter().map(|it| cell(ratio(samples, workload, it, "A", figure))).collect();
            let between = between.iter().map(|(one, other)| {
                let spread = ratio(samples, workload, one, other, figure);
                spread.map_or("–".to_owned(), |it| format!("{:.2}", it.median))
            });
            let between: Vec<String> = between.collect();
            let name = plain(workload);
            writeln!(text, "| {name} | {floor:.1} | {} | {} |", cells.join(" | "), between.join(" | "))
                .expect("text");
        }
        text
    }

    fn throughput(self) -> String {
        let samples = self.samples;
        let with: Vec<&str> = compared(samples)
            .into_iter()
            .filter(|name| samples.iter().any(|it| it.workload == *name && it.latency.is_some()))
            .collect();
        if with.is_empty() {
            return String::new();
        }
        let letters: Vec<String> = self.subjects.iter().map(|it| it.letter.to_string()).collect();
        let mut text =
            format!("| workload | {} |\n|---|{}\n", letters.join(" | "), "---|".repeat(letters.len()));
        for workload in with {
            let cells: Vec<String> = letters
                .iter()
                .map(|letter| {
                    let of = || samples.iter().filter(|it| it.workload == workload && it.subject == *letter);
                    let median = |figure: fn(&Sample) -> f64| {
                        Spread::of(of().map(figure)).map_or(f64::NAN, |it| it.median)
                    };
                    let (half, most) = (
                        median(|it| it.latency.map_or(f64::NAN, |it| it.0) / 1e3),
                        median(|it| it.latency.map_or(f64::NAN, |it| it.1) / 1e3),
                    );
                    format!("{:.0}; {half:.2}, {most:.2}", median(|it| it.events / it.cost.wall * 1e6))
                })
                .collect();
            writeln!(text, "| {workload} | {} |", cells.join(" | ")).expect("text");
        }
        text
    }
}

impl Report<'_> {
    fn comparison(self) -> Result<Option<String>, Failure> {
        let samples = self.samples;
        let groups: Vec<Group> = compared(samples)
            .into_iter()
            .map(|workload| {
                let ratio_of = |letter: &str| Some(ratio(samples, workload, letter, "A", PROCESSOR)?.median);
                let values =
                    self.subjects.iter().skip(1).map(|it| ratio_of(&it.letter.to_string())).collect();
                (workload.to_owned(), values)
            })
            .collect();
        if groups.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = self.subjects.iter().skip(1).map(|it| it.name).collect();
        let title = "Processor time of the server, as a ratio to inserting the events only";
        plot::bars(title, &names, &groups).map(Some)
    }
}
