//! A readable table of what each event does to each column.

use super::columns::type_name;
use super::constraints;
use crate::model::{Literal, Model, Source, Touch, Variant, View};

pub(super) fn explain(model: &Model, view: &View) -> String {
    let mut head = vec!["event".to_string(), "row".to_string()];
    for column in &view.columns {
        let null = if column.nullable { "" } else { " not null" };
        head.push(format!("{} ({}{null})", column.name, type_name(column)));
    }
    let mut rows = vec![head.clone(), head.iter().map(|_| "---".to_string()).collect()];
    // A variant that serde never reads is never stored.
    let read = |variant: &&Variant| !variant.wire.is_empty();
    for (variant, rule) in model.variants.iter().zip(&view.rules).filter(|(variant, _)| read(variant)) {
        let row = match rule.touch {
            Touch::Create => "create",
            Touch::Nothing => "ignore",
            Touch::Add | Touch::Change if rule.steps.is_empty() => "ignore",
            Touch::Add | Touch::Change => "",
            Touch::Remove | Touch::Delete => "delete",
        };
        let mut cells = vec![variant.wire.first().unwrap_or(&variant.name).clone(), row.to_string()];
        for place in 0..view.columns.len() {
            let written: Vec<String> = rule
                .steps
                .iter()
                .filter(|step| step.column == place)
                .map(|step| {
                    let key = step.operation.key();
                    match &step.source {
                        Source::Nothing => key.to_string(),
                        Source::Field(field) => match variant.fields[*field].label() {
                            // The field is only mentioned when its name differs from the column's.
                            label if label == view.columns[place].name => key.to_string(),
                            label => format!("{key} {label}"),
                        },
                        Source::Literal(Literal::Bool(value)) => format!("{key} {value}"),
                        Source::Literal(Literal::Integer(value)) => format!("{key} {value}"),
                        Source::Literal(Literal::Text(value)) => format!("{key} \"{value}\""),
                        Source::RecordedAt => format!("{key} recorded time"),
                        Source::Sequence => format!("{key} sequence"),
                    }
                })
                .collect();
            cells.push(written.join(", "));
        }
        rows.push(cells);
    }
    let lines: Vec<String> = rows
        .iter()
        .map(|cells| {
            format!(
                "| {} |",
                cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | ")
            )
        })
        .collect();
    lines.join("\n") + "\n" + &constraints::explained(view)
}
