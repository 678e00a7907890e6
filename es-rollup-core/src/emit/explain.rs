//! A readable table of what each event does to each column.

use super::columns::type_name;
use super::constraints;
use crate::model::{Empty, Key, Literal, Model, Rule, Source, Touch, Variant, View};

/// The tables of all views after that of the root.
pub(super) fn explained(model: &Model) -> String {
    let views = model.views.iter().map(|view| {
        let key: Vec<String> =
            view.parts().iter().map(|part| format!("{} ({})", part.name, type_name(part))).collect();
        let key = if key.is_empty() { "at most one row for each entity".into() } else { key.join(", ") };
        format!("\n{}: {key}\n\n{}", view.name, explain(model, view))
    });
    explain(model, &model.root) + &views.collect::<String>()
}

fn explain(model: &Model, view: &View) -> String {
    let mut head = vec!["event".to_string(), "row".to_string()];
    for column in &view.columns {
        let null = if column.nullable { "" } else { " not null" };
        let retired = if column.retired { ", retired" } else { "" };
        head.push(format!("{} ({}{null}{retired})", column.name, type_name(column)));
    }
    let mut rows = vec![head.clone(), head.iter().map(|_| "---".to_string()).collect()];
    // A variant that serde never reads is never stored.
    let read = |variant: &&Variant| !variant.wire.is_empty();
    for (variant, rule) in model.variants.iter().zip(&view.rules).filter(|(variant, _)| read(variant)) {
        let row = match view.key {
            Key::Entity => of_entity(rule).to_string(),
            Key::Parts(_) | Key::Version if *rule == Rule::NOTHING => continue,
            Key::Parts(_) | Key::Version => of_view(view, variant, rule),
        };
        let mut cells = vec![variant.wire.first().unwrap_or(&variant.name).clone(), row.clone()];
        for place in 0..view.columns.len() {
            let written: Vec<String> = rule
                .steps
                .iter()
                .filter(|step| step.column == place)
                .map(|step| {
                    let key = step.operation.key();
                    match shown(variant, &step.source) {
                        None => key.to_string(),
                        // The field is only mentioned when its name differs from the column's.
                        Some(value) if value == view.columns[place].name => key.to_string(),
                        Some(value) => format!("{key} {value}"),
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

/// What an event does to the row of its entity.
const fn of_entity(rule: &Rule) -> &'static str {
    match rule.touch {
        Touch::Create => "create",
        Touch::Nothing => "ignore",
        Touch::Add | Touch::Change if rule.steps.is_empty() => "ignore",
        Touch::Add | Touch::Change => "",
        Touch::Remove | Touch::Delete => "delete",
    }
}

/// What an event does to rows of a view, with the values that choose them if these have other names than the key.
fn of_view(view: &View, variant: &Variant, rule: &Rule) -> String {
    let parts = |parts: &[(usize, Source)]| {
        let parts = parts.iter().filter_map(|(place, source)| {
            let name = &view.parts()[*place].name;
            shown(variant, source)
                .map(|value| if value == *name { value } else { format!("{name} = {value}") })
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    let empty = rule.empty.as_ref().map(|empty| match empty {
        Empty::All => "empty".to_string(),
        Empty::Matching(matching) => format!("empty {}", parts(matching)),
    });
    let word = match rule.touch {
        Touch::Nothing => None,
        Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete => Some(rule.touch.key()),
    };
    let key: Vec<(usize, Source)> = rule.key.iter().cloned().enumerate().collect();
    let each = rule.each.map_or("", |_| "each ");
    let row = word.map(|word| format!("{word} {each}{}", parts(&key)).trim_end().to_string());
    empty.into_iter().chain(row).collect::<Vec<_>>().join(", ")
}

/// A value in words; `None` if there is none.
fn shown(variant: &Variant, source: &Source) -> Option<String> {
    Some(match source {
        Source::Nothing => return None,
        Source::Field(field) => variant.fields[*field].label(),
        Source::Literal(Literal::Bool(value)) => value.to_string(),
        Source::Literal(Literal::Integer(value)) => value.to_string(),
        Source::Literal(Literal::Text(value)) => format!("\"{value}\""),
        Source::RecordedAt => "recorded time".into(),
        Source::Sequence => "sequence".into(),
    })
}
