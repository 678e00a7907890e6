//! `check`: the migrations in a directory are one chain for each rollup, and none was edited.

use crate::answer::{Answer, Ending};
use crate::arguments::Check;
use crate::failure::Failure;
use crate::models::files;
use es_rollup_core::migrations::{HEADS, chains, heads};
use serde_json::json;

pub(crate) fn run(arguments: &Check) -> Result<Answer, Failure> {
    let Check { migrations, output } = arguments;
    let directory = files(migrations)?;
    let (mut faults, chains) = match chains(&directory) {
        Ok(chains) => (Vec::new(), chains),
        Err(faults) => (faults, Vec::new()),
    };
    if faults.is_empty() && directory.heads != heads(&chains) {
        faults.push(format!(
            "{HEADS} is not what the migrations say\n  write it:  ES_ROLLUP_MIGRATIONS=write cargo test es_rollup_migrations"
        ));
    }
    let newest = chains.iter().filter_map(|chain| Some((chain, chain.head()?)));
    let mut lines: Vec<String> = faults.iter().map(|fault| format!("error: {fault}")).collect();
    let mut rollups = Vec::new();
    for (chain, head) in newest {
        let count = chain.steps.len();
        lines.push(format!(
            "{}  {}  {count} {}, the newest is {}",
            chain.table,
            head.fingerprint,
            if count == 1 { "migration" } else { "migrations" },
            head.name
        ));
        rollups.push(json!({
            "rollup": chain.table, "fingerprint": head.fingerprint, "migrations": count, "newest": head.name,
        }));
    }
    // Whoever asks expects some: it may be another directory.
    if lines.is_empty() {
        lines.push(format!("{} has no migration of a rollup", migrations.display()));
    }
    let ending = if faults.is_empty() && !rollups.is_empty() { Ending::Fine } else { Ending::Difference };
    Ok(Answer::new(output.json, &lines, &json!({ "rollups": rollups, "faults": faults }), ending))
}
