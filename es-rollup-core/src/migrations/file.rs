//! What a migration says about itself: a line with the models between which it leads, and the model that it leads to.

use super::described::model_in;
use crate::model::Model;

/// The beginning of the line.
const MARK: &str = "-- es-rollup ";

/// Between which models a migration leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// It installs the rollup.
    Install {
        /// The model that it leads to.
        to: String,
    },
    /// It changes the rollup.
    Change {
        /// The model from which it leads.
        from: String,
        /// The model that it leads to.
        to: String,
    },
}

impl Arrow {
    /// The model that it leads to, as a fingerprint.
    pub fn to(&self) -> &str {
        match self {
            Self::Install { to } | Self::Change { to, .. } => to,
        }
    }

    /// The line of a migration of the rollup with that table, quoted.
    pub fn line(&self, table: &str) -> String {
        match self {
            Self::Install { to } => format!("{MARK}install {table} -> {to}"),
            Self::Change { from, to } => format!("{MARK}change {table} {from} -> {to}"),
        }
    }

    /// The line, read: the table and the models.
    fn read(line: &str) -> Option<(String, Self)> {
        let (kind, rest) = line.strip_prefix(MARK)?.split_once(' ')?;
        let (before, to) = rest.rsplit_once(" -> ")?;
        let to = to.trim_end().to_string();
        match kind {
            "install" => Some((before.into(), Self::Install { to })),
            "change" => {
                let (table, from) = before.rsplit_once(' ')?;
                Some((table.into(), Self::Change { from: from.into(), to }))
            }
            _ => None,
        }
    }
}

/// A migration of a rollup.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The rollup's table, quoted.
    pub table: String,
    /// Between which models it leads.
    pub arrow: Arrow,
    /// The model that it leads to.
    pub model: Model,
}

/// The migrations in the text of a file, of which one that has both directions has the way there; a sentence for what is
/// wrong with one.
pub fn read(text: &str) -> Vec<Result<Migration, String>> {
    let text = text.split(super::name::DOWN).next().unwrap_or(text);
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(at) = next_line(rest) {
        rest = &rest[at..];
        let line = rest.lines().next().unwrap_or_default();
        let after = &rest[line.len()..];
        // Its own part of the text ends where the next one begins.
        let own = &after[..next_line(after).unwrap_or(after.len())];
        if let Some((table, arrow)) = Arrow::read(line) {
            found.push(one(table, arrow, own));
        }
        rest = after;
    }
    found
}

/// Where the next line with models begins.
fn next_line(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if Arrow::read(line.trim_end()).is_some() {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn one(table: String, arrow: Arrow, text: &str) -> Result<Migration, String> {
    let model = model_in(text)?;
    let fingerprint = model.fingerprint().unwrap_or_default();
    if fingerprint != arrow.to() {
        return Err(format!(
            "it says that it leads to the model {}, but the model in it is {fingerprint}",
            arrow.to()
        ));
    }
    if crate::emit::qualified(&model.root.table) != table {
        return Err(format!("it says that it is about {table}, but the model in it is about another table"));
    }
    Ok(Migration { table, arrow, model })
}
