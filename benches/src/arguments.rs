//! What the benchmark is asked to run.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

use crate::subject::{SUBJECTS, Subject};

/// Measures what es-rollup costs.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Smaller sizes and fewer rounds, for a first look
    #[arg(long)]
    pub quick: bool,
    /// The folder for the figures
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    pub out: PathBuf,
    /// Runs only these parts
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    only: Vec<Part>,
    /// Adds another way of keeping the row to the comparison
    ///
    /// The file is applied after `sql/events.sql` and can be a variant of what `--migration` prints, to see what a
    /// change would save.
    #[arg(long, value_name = "FILE.sql")]
    with: Vec<String>,
    /// Prints the migration that is measured, and runs nothing
    #[arg(long)]
    pub migration: bool,
}

/// The parts, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Fold,
    Lone,
    Clients,
    Hot,
    Statements,
    Counters,
    Copy,
    Rebuild,
    Ladders,
    Items,
    History,
}

impl Arguments {
    /// The parts to run.
    pub fn parts(&self) -> &[Part] {
        if self.only.is_empty() { Part::value_variants() } else { &self.only }
    }

    /// What is compared: the built-in subjects and those from files.
    pub fn subjects(&self) -> Result<Vec<Subject>, String> {
        let mut subjects = SUBJECTS.to_vec();
        let mut letters = 'P'..='Z';
        for file in &self.with {
            let letter = letters.next().ok_or("too many --with arguments")?;
            subjects.push(Subject::of_file(letter, file)?);
        }
        Ok(subjects)
    }

    /// The title of the results.
    pub fn title(&self) -> String {
        let values = self.only.iter().filter_map(Part::to_possible_value);
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        let size = if self.quick { "a quick run (smaller sizes, fewer rounds)" } else { "a full run" };
        if names.is_empty() {
            format!("Figures of {size}")
        } else {
            format!("Figures of {size} of {}", names.join(", "))
        }
    }
}
