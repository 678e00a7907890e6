//! Tables of the parts that are not compared with the bare insert.

use super::{Figure, PROCESSOR, WALL, by_round, cell, plain};
use crate::statistics::{Spread, quantile};
use crate::workload::Sample;
use std::fmt::Write as _;

/// The subjects of a workload, in the order in which they ran.
fn subjects_of<'a>(samples: &'a [Sample], workload: &str) -> Vec<&'a str> {
    let mut subjects: Vec<&str> = Vec::new();
    for it in samples.iter().filter(|it| it.workload == workload) {
        if !subjects.contains(&it.subject.as_str()) {
            subjects.push(&it.subject);
        }
    }
    subjects
}

/// The storage after the workload whose name begins so.
pub(super) fn storage(samples: &[Sample], workload: &str) -> String {
    let with = samples.iter().filter(|it| it.round == 0 && it.storage.is_some());
    let with: Vec<&Sample> = with.filter(|it| it.workload.starts_with(workload)).collect();
    let Some(first) = with.first() else { return String::new() };
    let mut text = format!("| {} | bytes per event |\n|---|---|\n", plain(&first.workload));
    for it in with {
        let bytes = it.storage.unwrap_or(f64::NAN) / it.events;
        writeln!(text, "| {} | {bytes:.0} |", it.subject).expect("text");
    }
    text
}

pub(super) fn rebuilds(samples: &[Sample]) -> String {
    let Some(name) = samples.iter().map(|it| it.workload.as_str()).find(|it| it.starts_with("rebuild"))
    else {
        return String::new();
    };
    let seconds = |subject: &str, figure: Figure| {
        let of = samples.iter().filter(|it| it.workload == name && it.subject == subject);
        Spread::of(of.map(|it| figure(it) * it.events / 1e6))
    };
    let ours = seconds("es-rollup", PROCESSOR).map_or(f64::NAN, |it| it.median);
    let mut text = format!("| {name} | processor, s | wall, s | to es-rollup |\n|---|---|---|---|\n");
    for subject in subjects_of(samples, name) {
        let processor = seconds(subject, PROCESSOR);
        let to_ours = processor.map_or(f64::NAN, |it| it.median / ours);
        writeln!(
            text,
            "| {subject} | {} | {} | {to_ours:.2} |",
            cell(processor),
            cell(seconds(subject, WALL))
        )
        .expect("text");
    }
    text
}

pub(super) fn folds(samples: &[Sample]) -> String {
    let mut names: Vec<&str> =
        samples.iter().map(|it| it.workload.as_str()).filter(|it| it.starts_with("fold")).collect();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    let mut text =
        "| workload | by hand, ns | es-rollup, ns | ratio | quartiles |\n|---|---|---|---|---|\n".to_owned();
    for name in names {
        let median = |subject| {
            Spread::of(by_round(samples, name, subject, PROCESSOR).map(|(_, value)| value * 1e3))
                .map_or(f64::NAN, |it| it.median)
        };
        let hand: Vec<(usize, f64)> = by_round(samples, name, "by hand", PROCESSOR).collect();
        let mut ratios: Vec<f64> = by_round(samples, name, "es-rollup", PROCESSOR)
            .zip(&hand)
            .map(|((_, ours), (_, hand))| ours / hand)
            .collect();
        ratios.sort_by(f64::total_cmp);
        let at = |place| quantile(&ratios, place);
        writeln!(
            text,
            "| {name} | {:.1} | {:.1} | {:.3} | {:.3}–{:.3} |",
            median("by hand"),
            median("es-rollup"),
            at(0.5),
            at(0.25),
            at(0.75)
        )
        .expect("text");
    }
    text
}
