//! The workloads that are measured.

pub mod batches;
pub mod clients;
pub mod fold;
pub mod history;
pub mod item_ladders;
pub mod items;
pub mod ladder;
pub mod ladders;
pub mod rebuild;
pub mod turns;

use crate::cost::Cost;
use crate::subject::Lab;

/// What the names of workloads begin with that only count.
pub const COUNTED: &str = "counted: ";

/// What the names of workloads begin with that insert events of carts.
pub const OF_ITEMS: &str = "items: ";

/// What the names of workloads begin with that compare histories.
pub const OF_HISTORY: &str = "history: ";

/// Workloads with subjects of their own, and so with tables of their own.
pub const APART: [&str; 3] = [COUNTED, OF_ITEMS, OF_HISTORY];

/// One measurement.
#[derive(Debug, Clone)]
pub struct Sample {
    pub workload: String,
    pub subject: String,
    pub round: usize,
    pub events: f64,
    pub cost: Cost,
    /// The duration of single transactions in microseconds: the median and the 99th percentile.
    pub latency: Option<(f64, f64)>,
    /// The size of the rollup table with its index, in bytes.
    pub storage: Option<f64>,
}

/// The measurement of a subject.
fn sample(workload: &str, lab: &Lab, round: usize, events: usize, cost: Cost) -> Sample {
    Sample {
        workload: workload.to_owned(),
        subject: lab.subject.letter.to_string(),
        round,
        events: events as f64,
        cost,
        latency: None,
        storage: None,
    }
}

/// The amount of data and the number of rounds.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub quick: bool,
}

impl Scale {
    pub const fn of(self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}
