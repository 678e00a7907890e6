//! What the subjects are put through.

pub mod batches;
pub mod clients;
pub mod fold;
pub mod ladders;
pub mod rebuild;

use crate::cost::Cost;

/// One measurement.
#[derive(Debug, Clone)]
pub struct Sample {
    pub workload: String,
    pub subject: String,
    pub round: usize,
    pub events: f64,
    pub cost: Cost,
    /// Of single transactions, in microseconds: the median and the 99th percentile.
    pub latency: Option<(f64, f64)>,
    /// Of the table that keeps the rows with its index, in bytes.
    pub storage: Option<f64>,
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub quick: bool,
}

impl Scale {
    pub const fn of(self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}
