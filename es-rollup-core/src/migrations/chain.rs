//! The past of each rollup: its migrations lead from model to model, the first of them from nothing.

use super::directory::{Directory, Found};
use super::file::{Arrow, Migration};
use crate::model::Model;

/// The newest model of one rollup, and how it came to be.
#[derive(Debug)]
pub struct Chain {
    /// The rollup's table, quoted.
    pub table: String,
    /// The models after each migration, with the migration's file.
    pub steps: Vec<Step>,
}

/// A migration of a chain.
#[derive(Debug)]
pub struct Step {
    /// The name of its file.
    pub name: String,
    /// The model to which it leads.
    pub model: Model,
    /// The fingerprint of that model.
    pub fingerprint: String,
    /// Whether it installs the rollup.
    pub is_install: bool,
}

impl Chain {
    /// The newest of its migrations.
    pub fn head(&self) -> Option<&Step> {
        self.steps.last()
    }
}

/// The chains of all rollups in the directory, in the order of their first migrations.
///
/// # Errors
///
/// Everything that does not fit, each with what to do about it.
pub fn chains(directory: &Directory) -> Result<Vec<Chain>, Vec<String>> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut faults = Vec::new();
    for Found { name, version, migration } in &directory.found {
        let Migration { table, arrow, model } = match migration {
            Ok(migration) => migration,
            Err(fault) => {
                faults.push(format!(
                    "{name} is not as it was written: {fault}\n  take the file as it was, from version control"
                ));
                continue;
            }
        };
        let at = chains.iter().position(|chain| chain.table == *table).unwrap_or_else(|| {
            chains.push(Chain { table: table.clone(), steps: Vec::new() });
            chains.len() - 1
        });
        let chain = &mut chains[at];
        if let Some(fault) = misfit(chain, name, *version, arrow) {
            faults.push(fault);
        }
        chain.steps.push(Step {
            name: name.clone(),
            model: model.clone(),
            fingerprint: arrow.to().into(),
            is_install: matches!(arrow, Arrow::Install { .. }),
        });
    }
    if faults.is_empty() { Ok(chains) } else { Err(faults) }
}

/// What the file with the newest models has to say.
pub fn heads(chains: &[Chain]) -> String {
    let mut lines: Vec<String> = chains
        .iter()
        .filter_map(|chain| Some(format!("{} {}\n", chain.table, chain.head()?.fingerprint)))
        .collect();
    lines.sort();
    lines.concat()
}

/// Why a migration does not continue a chain, if it does not.
fn misfit(chain: &Chain, name: &str, version: u64, arrow: &Arrow) -> Option<String> {
    let table = &chain.table;
    match (chain.head(), arrow) {
        (None, Arrow::Install { .. }) => None,
        (None, Arrow::Change { from, .. }) => Some(format!(
            "{name} changes {table} from the model {from}, but no migration before it installs the rollup\n  \
             a file was deleted: take it back from version control"
        )),
        // The same model again, after a squash.
        (Some(head), Arrow::Install { to }) if head.fingerprint == *to => None,
        (Some(head), Arrow::Install { to }) => Some(format!(
            "{name} installs {table} with the model {to}, but {} leads to {}",
            head.name, head.fingerprint
        )),
        (Some(head), Arrow::Change { from, .. }) if head.fingerprint == *from => None,
        (Some(head), Arrow::Change { from, to }) => {
            let fork = chain.steps.iter().rposition(|step| step.fingerprint == *from);
            Some(match fork.and_then(|at| chain.steps.get(at + 1)) {
                Some(other) => format!(
                    "two migrations of {table} start from {from}:\n  {} -> {}\n  {name} -> {to}\n  \
                     replace the one that is applied nowhere, usually the newer:\n    \
                     ES_ROLLUP_MIGRATIONS=redo:{version} cargo test",
                    other.name, other.fingerprint
                ),
                None => format!(
                    "{name} changes {table} from the model {from}, but {} leads to {}\n  \
                     a file between them was deleted: take it back from version control",
                    head.name, head.fingerprint
                ),
            })
        }
    }
}
