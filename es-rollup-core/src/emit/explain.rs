//! What each event does to each column, for people.

use super::text::part;
use crate::model::{Model, Operation, Part, Row, Source, View};

pub(super) fn explain(model: &Model, view: &View) -> String {
    let mut head = vec!["event".to_string(), "row".to_string()];
    for column in &view.columns {
        let null = if column.nullable { "" } else { " not null" };
        head.push(format!("{} ({}{null})", column.name, part(&column.ty, Part::Name)));
    }
    let mut rows = vec![head.clone(), head.iter().map(|_| "---".to_string()).collect()];
    for (variant, transition) in model.variants.iter().zip(&view.transitions) {
        let row = match transition.row {
            Row::Create => "create",
            Row::Change => "",
        };
        let mut cells = vec![variant.wire.first().unwrap_or(&variant.name).clone(), row.to_string()];
        for place in 0..view.columns.len() {
            let written: Vec<String> = transition
                .steps
                .iter()
                .filter(|step| step.column == place)
                .map(|step| match (step.operation, step.source) {
                    (Operation::Set, Source::Field(field)) => {
                        format!("set from {}", variant.fields[field].name)
                    }
                    (operation, _) => operation.key().to_string(),
                })
                .collect();
            cells.push(written.join(", "));
        }
        rows.push(cells);
    }
    rows.iter().map(|cells| format!("| {} |\n", cells.join(" | ").replace("|  |", "| |"))).collect()
}
