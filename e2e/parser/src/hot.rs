//! The trigger's function runs under any search path, so nothing in it may be looked up by a name without a schema.

use serde_json::Value;

use crate::qualified::{unqualified, unqualified_in};
use crate::tests::{migrations, without_row_types};

/// Where the statement form begins to run under a search path that it has set itself.
const PINNED: &str = "  -- The rest runs under a search path of its own.\n";

/// The name and the text of each trigger function that does not set the search path, up to where it sets one.
fn functions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, migration) in migrations() {
        for statement in pg_query::split_with_parser(&migration).expect("it parses") {
            let is_trigger = statement.contains("\n  RETURNS trigger\n");
            let Some((head, body)) = statement.split_once("AS $es_rollup$\n").filter(|_| is_trigger) else {
                continue;
            };
            if head.contains("SET search_path") {
                continue;
            }
            let hot = match body.split_once(PINNED) {
                Some((hot, _)) => format!("{hot}  RETURN NULL;\nEND\n$es_rollup$"),
                None => body.to_owned(),
            };
            found.push((name.clone(), format!("{head}AS $es_rollup$\n{hot}")));
        }
    }
    found
}

/// The function as one that the parser describes: not of a trigger, and without the cursor, whose query is planned where
/// the search path is set.
fn described(text: &str) -> Value {
    let mut text =
        text.replace("RETURNS trigger", "RETURNS integer").replace("ALIAS FOR NEW;", "pg_catalog.record;");
    if let Some((before, rest)) = text.split_once("  es_stored CURSOR FOR") {
        let (_, after) = rest.split_once(";\n").expect("the end of the cursor's query");
        text = format!("{before}{after}");
    }
    pg_query::parse_plpgsql(&without_row_types(&text)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Everything that the function looks up by a name without a schema, and the number of texts that were looked at.
fn looked_up(text: &str) -> (Vec<String>, usize) {
    let (mut found, mut count) = (types(text), 0);
    visit(&described(text), &mut found, &mut count);
    (found, count)
}

/// What follows a variable's name and looks nothing up: the first words of types that are keywords, and of declarations.
const FIXED: [&str; 11] = [
    "bigint",
    "boolean",
    "double",
    "integer",
    "interval",
    "numeric",
    "real",
    "smallint",
    "timestamp",
    "ALIAS",
    "CURSOR",
];

/// The types of variables that are neither keywords nor have a schema. The parser's description has them as it
/// understands them, not as they are written.
fn types(text: &str) -> Vec<String> {
    let (_, declared) = text.split_once("DECLARE\n").expect("variables");
    let (declared, _) = declared.split_once("BEGIN\n").expect("a body");
    let ty = |line: &str| {
        let (_, rest) = line.strip_prefix("  es_")?.split_once(' ')?;
        let ty = rest.split([';', ' ']).next()?.trim_end_matches("[]");
        // A keyword may have a precision.
        let name = ty.split('(').next()?;
        let is_fixed = FIXED.contains(&name);
        (!is_fixed && !ty.starts_with("pg_catalog.") && !ty.starts_with('"')).then(|| format!("type {ty}"))
    };
    declared.lines().filter_map(ty).collect()
}

fn visit(tree: &Value, found: &mut Vec<String>, count: &mut usize) {
    match tree {
        Value::Array(all) => all.iter().for_each(|one| visit(one, found, count)),
        Value::Object(members) => {
            if let Some(query) = members.get("query").and_then(Value::as_str) {
                *count += 1;
                let value = query.split_once(" := ").map_or(query, |(_, value)| value);
                let is_statement = ["SELECT ", "UPDATE ", "INSERT ", "DELETE ", "WITH "]
                    .iter()
                    .any(|verb| query.starts_with(verb));
                found.extend(if is_statement { unqualified_in(query) } else { unqualified(value) });
            }
            members.values().for_each(|one| visit(one, found, count));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn nothing_in_a_trigger_function_is_looked_up_by_a_name_without_a_schema() {
    let functions = functions();
    assert!(functions.len() >= 10, "only {} functions", functions.len());
    for (name, text) in functions {
        let (found, count) = looked_up(&text);
        assert!(found.is_empty(), "{name}: {found:#?}");
        assert!(count >= 8, "{name}: only {count} texts were looked at");
    }
}

#[test]
fn what_a_trigger_function_looks_up_is_found() {
    let (_, text) = functions().into_iter().next().expect("a function");
    for (qualified, bare) in [
        ("OPERATOR(pg_catalog.=)", "="),
        ("OPERATOR(pg_catalog.->)", "->"),
        ("pg_catalog.jsonb_typeof", "jsonb_typeof"),
        ("::pg_catalog.regclass", "::regclass"),
        ("es_tag pg_catalog.text", "es_tag text"),
    ] {
        assert!(text.contains(qualified), "{qualified}");
        let (found, _) = looked_up(&text.replace(qualified, bare));
        assert!(!found.is_empty(), "{bare}");
    }
}
