//! What each event does to the rows of a view, for the documentation of their struct.

use crate::rollup_enum::RollupEnum;
use es_rollup_core::model::{Empty, Model, Rule, Touch, View};
use syn::ext::IdentExt;

/// A Markdown list of the events that do something.
pub(super) fn rows(rollup: &RollupEnum<'_>, model: &Model, at: usize) -> String {
    let event = &rollup.input.original.ident;
    let view = &model.views[at];
    let rules = model.variants.iter().zip(&view.rules).zip(&rollup.input.variants);
    let lines = rules.filter(|((_, rule), _)| **rule != Rule::NOTHING).map(|((variant, rule), written)| {
        let name = written.original.ident.unraw();
        let each = rule.each.map(|place| &variant.fields[place].name);
        let each = each.map(|field| format!(", for each element of `{field}`")).unwrap_or_default();
        format!("- [`{name}`]({event}::{name}): {}{each}\n", words(view, rule).join(", then "))
    });
    lines.collect()
}

/// What an event does to rows, step by step.
fn words(view: &View, rule: &Rule) -> Vec<String> {
    let part = |part: &usize| view.parts()[*part].name.as_str();
    let empty = rule.empty.as_ref().map(|empty| match empty {
        Empty::All => "`empty`".to_string(),
        Empty::Matching(parts) => {
            let parts: Vec<&str> = parts.iter().map(|(place, _)| part(place)).collect();
            format!("`empty({})`", parts.join(", "))
        }
    });
    let touch = match rule.touch {
        Touch::Nothing => None,
        Touch::Change => Some("changes the row".to_string()),
        Touch::Create | Touch::Add | Touch::Remove | Touch::Delete => Some(format!("`{}`", rule.touch.key())),
    };
    empty.into_iter().chain(touch).collect()
}
