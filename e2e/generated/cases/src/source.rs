//! A description as Rust source.

use crate::description::{Column, Deed, Enum, Field, From, Inside, Row, Shape, Tagging, Variant};
use crate::operations::{KEY, Takes};
use crate::views::{Empty, Touch};
use std::fmt::Write as _;

/// Names of columns that Rust takes for something else.
const KEYWORDS: [&str; 3] = ["type", "final", "yield"];

fn ident(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.into() }
}

/// The enum's attributes and the enum, without `derive`.
pub fn source(subject: &Enum) -> String {
    let mut text = String::new();
    let mut serde = Vec::new();
    match subject.tagging {
        Tagging::Internal => serde.push("tag = \"type\"".to_string()),
        Tagging::Adjacent => serde.push("tag = \"kind\", content = \"data\"".into()),
        Tagging::External => {}
    }
    serde.extend(subject.variants_case.serde().map(|case| format!("rename_all = {case:?}")));
    serde.extend(subject.fields_case.serde().map(|case| format!("rename_all_fields = {case:?}")));
    if !serde.is_empty() {
        let _ = writeln!(text, "#[serde({})]", serde.join(", "));
    }
    let form = if subject.by_row { ", trigger = \"row\"" } else { "" };
    let history = if subject.history { ", history" } else { "" };
    // With views, the state is a struct around that of the entity's own row.
    let state = if subject.views.is_empty() { "State" } else { "Root" };
    let _ = writeln!(
        text,
        "#[rollup(events = {:?}, id = {}, state = {state}, derive(Debug, Clone, Serialize){form}{history})]",
        format!("{}_events", subject.module()),
        subject.id.rust()
    );
    if let Some(retired) = retired(subject, None) {
        let _ = writeln!(text, "#[rollup({retired})]");
    }
    for (at, view) in subject.views.iter().enumerate() {
        let parts: Vec<String> = view.key().iter().map(|part| ident(part.name)).collect();
        let key = if parts.is_empty() { String::new() } else { format!(", key({})", parts.join(", ")) };
        let retired = retired(subject, Some(at)).map_or_else(String::new, |retired| format!(", {retired}"));
        let _ = writeln!(text, "#[rollup(view({}{key}{retired}))]", ident(view.name));
    }
    for deed in &subject.everywhere {
        let _ = writeln!(text, "#[rollup({})]", operation(subject, deed, None));
    }
    let variants: Vec<String> = subject.variants.iter().map(|one| variant(subject, one)).collect();
    let _ = writeln!(text, "pub enum Event {{\n{}}}", variants.concat());
    text
}

/// What is written of the columns of a table that are retired.
fn retired(subject: &Enum, view: Option<usize>) -> Option<String> {
    let names: Vec<String> = subject.retired(view).map(|column| ident(column.name)).collect();
    (!names.is_empty()).then(|| format!("retired({})", names.join(", ")))
}

fn variant(subject: &Enum, variant: &Variant) -> String {
    let mut text = String::new();
    let mut serde: Vec<String> = variant.rename.iter().map(|name| format!("rename = {name:?}")).collect();
    serde.extend(variant.aliases.iter().map(|name| format!("alias = {name:?}")));
    serde.extend(variant.other.then(|| "other".into()));
    serde.extend(variant.skipped.then(|| "skip".into()));
    if !serde.is_empty() {
        let _ = writeln!(text, "    #[serde({})]", serde.join(", "));
    }
    let mut keys: Vec<String> = Vec::new();
    match variant.row {
        Row::Create => keys.push("create".into()),
        Row::Delete => keys.push("delete".into()),
        Row::Ignore => keys.push("ignore".into()),
        Row::Change => {}
    }
    keys.extend(words(subject, variant, None));
    for (at, view) in subject.views.iter().enumerate() {
        let mut inside = Vec::new();
        let rule = &variant.rules[at];
        inside.extend(rule.empty.as_ref().map(|empty| match empty {
            Empty::All => "empty".to_string(),
            Empty::Matching(parts) => {
                let parts = parts.iter().map(|part| ident(view.columns[*part].name));
                format!("empty({})", parts.collect::<Vec<_>>().join(", "))
            }
        }));
        match rule.touch {
            Touch::Nothing | Touch::Change => {}
            Touch::Create | Touch::Add | Touch::Remove | Touch::Delete => {
                inside.push(rule.touch.word().into());
            }
        }
        inside.extend(words(subject, variant, Some(at)));
        if !inside.is_empty() {
            keys.push(format!("{}({})", ident(view.name), inside.join(", ")));
        }
    }
    if !keys.is_empty() {
        let _ = writeln!(text, "    #[rollup({})]", keys.join(", "));
    }
    let _ = write!(text, "    {}", variant.ident());
    match variant.shape {
        Shape::Unit => {}
        Shape::Tuple => text.push_str("(i32, String)"),
        Shape::Newtype => {
            let _ = write!(text, "({})", field(subject, variant, 0));
        }
        Shape::Struct => {
            text.push_str(" {\n");
            for at in 0..variant.fields.len() {
                let _ = writeln!(text, "        {},", field(subject, variant, at));
            }
            text.push_str("    }");
        }
    }
    text.push_str(",\n");
    text
}

/// What is written on a variant about one table, apart from the row as a whole.
fn words(subject: &Enum, variant: &Variant, view: Option<usize>) -> Vec<String> {
    let one_word = variant.set_by_one_word(subject, view).next().is_some();
    let deeds = variant.deeds.iter().filter(|deed| deed.view == view);
    let deeds = deeds.map(|deed| operation(subject, deed, None));
    one_word.then(|| "set".into()).into_iter().chain(deeds).collect()
}

/// A field, which is set by the variant's `set` unless it says otherwise, if there is one.
fn field(subject: &Enum, variant: &Variant, at: usize) -> String {
    let field = &variant.fields[at];
    let mut text = String::new();
    let mut serde: Vec<String> = field.rename.iter().map(|name| format!("rename = {name:?}")).collect();
    serde.extend(field.aliases.iter().map(|name| format!("alias = {name:?}")));
    serde.extend(field.default.then(|| "default".into()));
    if let Some((literal, _)) = field.default_literal {
        serde.push(format!("default = \"crate::defaults::{}\"", function(literal, field.optional)));
    }
    if !serde.is_empty() {
        let _ = write!(text, "#[serde({})] ", serde.join(", "));
    }
    for view in [None].into_iter().chain((0..subject.views.len()).map(Some)) {
        for word in on_field(subject, variant, field, view) {
            let _ = match view {
                None => write!(text, "#[rollup({word})] "),
                Some(at) => write!(text, "#[rollup({}({word}))] ", ident(subject.views[at].name)),
            };
        }
    }
    if !field.words.is_empty() {
        let _ = write!(text, "{}: ", ident(&field.ident()));
    }
    text.push_str(&typed(field.ty.rust, field.optional, field.many.then_some(field.set.unwrap_or("Vec"))));
    text
}

/// What is written on a field about one table; each in an attribute of its own.
fn on_field(subject: &Enum, variant: &Variant, field: &Field, view: Option<usize>) -> Vec<String> {
    let is_this = |one: &Field| std::ptr::eq(one, field);
    let one_word = variant.set_by_one_word(subject, view).next().is_some();
    let is_set = variant.set_by_one_word(subject, view).any(is_this);
    let mut words = Vec::new();
    let mut says_nothing = true;
    for deed in field.deeds_of(view) {
        says_nothing = false;
        let written = operation(subject, deed, Some(field));
        let name = subject.column(deed).name;
        let is_its_name = name == field.ident() && matches!(deed.from, From::Field);
        let (left, former) = match deed.operation.key {
            "set" if is_set => (written.strip_prefix("set").expect("a field that is set"), former(name)),
            // The field is this part because it is called so.
            key if key == KEY.key && is_its_name => {
                (written.split_once(", ").map_or("", |(_, left)| left), String::new())
            }
            _ => (written.as_str(), former(name)),
        };
        let left = format!("{left}{former}");
        let left = left.trim_start_matches(", ");
        words.extend((!left.is_empty()).then(|| left.to_string()));
    }
    if one_word && says_nothing {
        words.push("ignore".into());
    }
    words
}

/// The function of the crate that returns the literal, or `Some` of it.
fn function(literal: &str, optional: bool) -> String {
    let name = match literal {
        "true" => "yes",
        "false" => "no",
        "3" => "three",
        "7" => "seven",
        "\"a\"" => "text_a",
        "\"it's\"" => "text_its",
        "\"free\"" => "plan_free",
        "\"paid-yearly\"" => "plan_paid_yearly",
        _ => panic!("no function returns {literal}"),
    };
    if optional { format!("some_{name}") } else { name.into() }
}

fn typed(ty: &str, optional: bool, many: Option<&str>) -> String {
    let ty = many.map_or_else(|| ty.into(), |many| format!("{many}<{ty}>"));
    if optional { format!("Option<{ty}>") } else { ty }
}

/// The name that some columns had before, which changes nothing.
fn former(column: &str) -> String {
    if column.len() % 2 == 0 { format!(", was = \"{column}_before\"") } else { String::new() }
}

fn operation(subject: &Enum, deed: &Deed, field: Option<&Field>) -> String {
    let Column { name, ty, .. } = *subject.column(deed);
    let key = deed.operation.key;
    let value = format!("{key} = {name:?}");
    let keep = if deed.operation.keep { ", keep" } else { "" };
    let inside = |Inside { path, optional, many }: &Inside| {
        let ty = typed(ty.rust, *optional, many.then_some("Vec"));
        format!("{value}, path = {:?}, as = {ty}{keep}", path.join("."))
    };
    match (&deed.from, deed.operation.takes) {
        (From::Literal(literal, _), _) => format!("{key}({} = {literal})", ident(name)),
        (From::Inside(place), _) => inside(place),
        (From::Context(place), _) => format!("context({})", inside(place)),
        // The field's name is the column's.
        (From::Field, Takes::Value) => {
            let field = field.expect("a field");
            let default = field
                .default_literal
                .map_or_else(String::new, |(literal, _)| format!(", default = {literal}"));
            let value = if key == "set" && field.ident() == *name { key } else { &value };
            format!("{value}{keep}{default}")
        }
        (From::Field | From::Nothing, _) => value,
    }
}
