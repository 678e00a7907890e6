//! The tables and plots of ladders.

use super::{PROCESSOR, by_round};
use crate::plot::{self, Failure, Series};
use crate::statistics::Spread;
use crate::workload::Sample;
use crate::workload::ladder::Ladder;
use std::fmt::Write as _;

/// A step of a ladder: the size, and the median of each line.
type Step = (f64, Vec<f64>);

fn climbed(ladder: Ladder, samples: &[Sample]) -> Vec<Step> {
    let sizes = std::iter::successors(Some(1), |step| Some(step * 10)).take_while(|step| *step <= 10_000_000);
    let step = |size: usize| {
        let name = ladder.workload(size);
        let medians = ladder.lines.iter().map(|(letter, _)| {
            Some(Spread::of(by_round(samples, &name, letter, PROCESSOR).map(|(_, it)| it))?.median)
        });
        Some((size as f64, medians.collect::<Option<Vec<f64>>>()?))
    };
    sizes.filter_map(step).collect()
}

pub(super) fn steps(ladder: Ladder, samples: &[Sample]) -> String {
    let climbed = climbed(ladder, samples);
    if climbed.is_empty() {
        return String::new();
    }
    let letters: Vec<&str> = ladder.lines.iter().map(|(letter, _)| *letter).collect();
    let [others @ .., ours] = letters.as_slice() else { return String::new() };
    let mut heads = vec![ladder.axis.to_owned()];
    heads.extend(letters.iter().map(|it| (*it).to_owned()));
    heads.extend(others.iter().map(|it| format!("{ours} to {it}")));
    heads.extend(letters.iter().skip(1).map(|it| format!("growth of {it}")));
    let mut text = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    let mut before: Option<&Step> = None;
    for step in &climbed {
        let (size, costs) = step;
        let mut cells = vec![size.to_string()];
        cells.extend(costs.iter().map(|it| format!("{it:.1}")));
        let [others @ .., ours] = costs.as_slice() else { continue };
        cells.extend(others.iter().map(|it| format!("{:.2}", ours / it)));
        cells.extend((1..costs.len()).map(|line| {
            before.map_or("–".to_owned(), |(at, earlier)| {
                let exponent = (costs[line] / earlier[line]).ln() / (size / at).ln();
                let mark = if exponent > 0.3 { ", superlinear" } else { "" };
                format!("{exponent:.2}{mark}")
            })
        }));
        writeln!(text, "| {} |", cells.join(" | ")).expect("text");
        before = Some(step);
    }
    text
}

pub(super) fn climb(ladder: Ladder, samples: &[Sample]) -> Result<Option<String>, Failure> {
    let climbed = climbed(ladder, samples);
    if climbed.is_empty() {
        return Ok(None);
    }
    let points = |line: usize| climbed.iter().map(|(size, costs)| (*size, costs[line])).collect();
    let lines = ladder.lines.iter().enumerate();
    let series: Vec<Series> = lines.map(|(line, (_, name))| Series { name, points: points(line) }).collect();
    plot::lines(ladder.title, ladder.axis, "processor time an event, µs", &series).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Cost;

    const LADDER: Ladder = Ladder {
        file: "test",
        title: "a test",
        axis: "items",
        lines: &[("A", "events only"), ("H", "by hand"), ("D", "es-rollup")],
    };

    fn sample(step: usize, subject: &str, processor: f64) -> Sample {
        Sample {
            workload: LADDER.workload(step),
            subject: subject.to_owned(),
            round: 0,
            events: 1.0,
            cost: Cost { processor, ..Cost::default() },
            latency: None,
            storage: None,
        }
    }

    #[test]
    fn a_step_is_compared_with_the_others_and_with_the_step_before() {
        let costs = [(1, [1.0, 2.0, 4.0]), (10, [1.0, 20.0, 4.0])];
        let samples = costs.iter().flat_map(|(step, costs)| {
            LADDER.lines.iter().zip(costs).map(|((letter, _), cost)| sample(*step, letter, *cost))
        });
        let samples: Vec<Sample> = samples.collect();
        let table = steps(LADDER, &samples);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "| items | A | H | D | D to A | D to H | growth of H | growth of D |");
        assert_eq!(lines[2], "| 1 | 1.0 | 2.0 | 4.0 | 4.00 | 2.00 | – | – |");
        assert_eq!(lines[3], "| 10 | 1.0 | 20.0 | 4.0 | 4.00 | 0.20 | 1.00, superlinear | 0.00 |");
    }
}
