//! A description as Rust source.

use crate::description::{Column, Deed, Enum, Field, From, Inside, Row, Shape, Tagging, Variant};
use crate::operations::Takes;
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
    let _ = writeln!(
        text,
        "#[rollup(events = {:?}, id = {}, state = State, derive(Debug, Clone, Serialize){form})]",
        format!("{}_events", subject.module()),
        subject.id.rust()
    );
    for deed in &subject.everywhere {
        let _ = writeln!(text, "#[rollup({})]", operation(subject, deed, None));
    }
    let variants: Vec<String> = subject.variants.iter().map(|one| variant(subject, one)).collect();
    let _ = writeln!(text, "pub enum Event {{\n{}}}", variants.concat());
    text
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
    let one_word = variant.set_by_one_word(&subject.columns).next().is_some();
    keys.extend(one_word.then(|| "set".into()));
    keys.extend(variant.deeds.iter().map(|deed| operation(subject, deed, None)));
    if !keys.is_empty() {
        let _ = writeln!(text, "    #[rollup({})]", keys.join(", "));
    }
    let _ = write!(text, "    {}", variant.ident());
    match variant.shape {
        Shape::Unit => {}
        Shape::Tuple => text.push_str("(i32, String)"),
        Shape::Newtype => {
            let _ = write!(text, "({})", field(subject, &variant.fields[0], false));
        }
        Shape::Struct => {
            text.push_str(" {\n");
            for one in &variant.fields {
                let _ = writeln!(text, "        {},", field(subject, one, one_word));
            }
            text.push_str("    }");
        }
    }
    text.push_str(",\n");
    text
}

/// A field, which is set by the variant's `set` unless it says otherwise, if there is one.
fn field(subject: &Enum, field: &Field, one_word: bool) -> String {
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
    for deed in &field.deeds {
        let written = operation(subject, deed, Some(field));
        let left = if one_word && field.is_set_by_its_name(&subject.columns) {
            written.strip_prefix("set").expect("a field that is set").trim_start_matches(", ")
        } else {
            &written
        };
        if !left.is_empty() {
            let _ = write!(text, "#[rollup({left})] ");
        }
    }
    if one_word && field.deeds.is_empty() {
        text.push_str("#[rollup(ignore)] ");
    }
    if !field.words.is_empty() {
        let _ = write!(text, "{}: ", ident(&field.ident()));
    }
    text.push_str(&typed(field.ty.rust, field.optional, field.many.then_some(field.set.unwrap_or("Vec"))));
    text
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

fn operation(subject: &Enum, deed: &Deed, field: Option<&Field>) -> String {
    let Column { name, ty, .. } = subject.columns[deed.column];
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
