//! `diff`: what changes from one model to another.

use crate::answer::{Answer, Ending};
use crate::arguments::Diff;
use crate::failure::Failure;
use crate::models::load;
use es_rollup_core::emit;
use es_rollup_core::evolve::{self, Change, statements};
use es_rollup_core::model::Model;
use serde_json::{Value, json};

pub(crate) async fn run(arguments: &Diff) -> Result<Answer, Failure> {
    let Diff { from, to, database, chosen, output } = arguments;
    let old = load(from, database, chosen).await?;
    let new = load(to, database, chosen).await?;
    let diff = compare(&old, &new)?;
    let [was, is] = [&old, &new].map(|model| model.fingerprint().unwrap_or_default());
    let is_same = was == is;
    let name = emit::qualified(&new.root.table);
    let mut lines = vec![if is_same {
        format!("{name}  both have the model {is}")
    } else {
        format!("{name}  {was} -> {is}")
    }];
    lines.extend(diff.lines().iter().map(|line| format!("  {line}")));
    let mut tables = Vec::new();
    if !is_same {
        let sql = emit::change(&old, &new, &diff.alteration);
        let (found, others) = statements(&sql);
        lines.extend(found.iter().map(|line| format!("  {line}")));
        lines.push(format!("  (functions and checks: {others} lines)"));
        tables.extend(found.into_iter().map(Value::from));
    }
    let value = json!({
        "rollup": name, "from": was, "to": is, "breaking": diff.is_breaking(),
        "changes": diff.changes.iter().map(as_json).collect::<Vec<_>>(), "statements": tables,
    });
    let ending = if is_same { Ending::Fine } else { Ending::Difference };
    Ok(Answer::new(output.json, &lines, &value, ending))
}

/// The difference, or why there is no way from one to the other.
pub(crate) fn compare(old: &Model, new: &Model) -> Result<evolve::Diff, Failure> {
    evolve::diff(old, new).map_err(|refused| {
        Failure::usage(
            format!(
                "{} cannot be changed in place:\n  {}",
                emit::qualified(&old.root.table),
                refused.0.join("\n  ")
            ),
            "declare a rollup with another table beside it, move its readers, and revert the old one",
        )
    })
}

pub(crate) fn as_json(change: &Change) -> Value {
    json!({
        "sign": change.sign.character().to_string(), "what": change.what.word(), "name": change.name,
        "class": change.class.word(), "note": change.note,
    })
}
