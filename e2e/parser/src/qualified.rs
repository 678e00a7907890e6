//! What an expression looks up by a name without a schema, according to PostgreSQL's own parser.

use serde_json::{Map, Value};

/// Nodes that look nothing up.
const PLAIN: [&str; 21] = [
    "AArrayExpr",
    "AConst",
    "Alias",
    "AStar",
    "BooleanTest",
    "BoolExpr",
    "CaseWhen",
    "CoalesceExpr",
    "ColumnRef",
    "CommonTableExpr",
    "Integer",
    "List",
    "MinMaxExpr",
    "NullTest",
    "RangeFunction",
    "RangeSubselect",
    "ResTarget",
    "SelectStmt",
    "String",
    "TypeCast",
    "TypeName",
];

/// How the names of the rollup's functions end, which are in the schema of the rollup.
const OWN: [&str; 7] = ["_guarded", "_plain", "_extended", "_small", "_leaves", "_each", "_put"];

/// The relations without a schema: the transition table, and what a WITH clause names. Both come before every table.
const NEAR: [&str; 2] = ["es_new", "es_moved"];

/// Everything that the expression looks up by a name without a schema, or unseen.
pub(crate) fn unqualified(expression: &str) -> Vec<String> {
    unqualified_in(&format!("SELECT {expression}"))
}

/// The same of a statement.
pub(crate) fn unqualified_in(sql: &str) -> Vec<String> {
    let parsed = pg_query::parse(sql, 0).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let tree = serde_json::to_value(&parsed.protobuf).expect("a tree can be written as JSON");
    let mut found = Vec::new();
    visit(&tree, &mut found);
    found
}

fn visit(tree: &Value, found: &mut Vec<String>) {
    match tree {
        Value::Array(all) => all.iter().for_each(|one| visit(one, found)),
        Value::Object(members) => {
            if let Some(Value::Object(node)) = members.get("node") {
                for (kind, content) in node {
                    found.extend(fault(kind, content));
                }
            }
            for (name, content) in members {
                if name == "type_name" && !content.is_null() {
                    found.extend(name_of("type", content, "names"));
                }
                visit(content, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What is wrong with one node.
fn fault(kind: &str, content: &Value) -> Option<String> {
    match kind {
        "FuncCall" => name_of("function", content, "funcname"),
        "CollateClause" => name_of("collation", content, "collname"),
        "TypeName" => name_of("type", content, "names"),
        "AExpr" => {
            // OP, OP_ANY and OP_ALL name their operator; the others look one up: IN, LIKE, BETWEEN, NULLIF …
            let is_named = matches!(content["kind"].as_u64(), Some(1..=3));
            if is_named {
                name_of("operator", content, "name")
            } else {
                Some(format!("an operator of kind {}: {}", content["kind"], content["name"]))
            }
        }
        "CaseExpr" => {
            let compares = content.get("arg").is_some_and(|arg| !arg.is_null());
            compares.then(|| "CASE x WHEN y looks up an operator".into())
        }
        "SubLink" => {
            let compares = content["oper_name"].as_array().is_some_and(|name| !name.is_empty())
                || content.get("testexpr").is_some_and(|test| !test.is_null());
            compares.then(|| "IN (SELECT …) looks up an operator".into())
        }
        "JoinExpr" => {
            let compares = content["is_natural"] == true
                || content["using_clause"].as_array().is_some_and(|columns| !columns.is_empty());
            compares.then(|| "JOIN … USING looks up an operator".into())
        }
        "IndexElem" => {
            let named = ["collation", "opclass"]
                .map(|name| content[name].as_array().is_some_and(|name| !name.is_empty()));
            named.contains(&true).then(|| "a conflict target looks up a name".into())
        }
        "RangeVar" | "InsertStmt" | "UpdateStmt" | "DeleteStmt" => relation(content),
        _ if PLAIN.contains(&kind) => None,
        _ => Some(format!("{kind} is not known to look nothing up")),
    }
}

/// What is wrong with the name of a relation, in a FROM clause or of a statement that writes.
fn relation(content: &Value) -> Option<String> {
    let named = content.get("relation").unwrap_or(content);
    let part = |name: &str| named[name].as_str().unwrap_or_default();
    let is_known = !part("schemaname").is_empty() || NEAR.contains(&part("relname"));
    (!is_known).then(|| format!("RangeVar {}", part("relname")))
}

fn name_of(what: &str, content: &Value, member: &str) -> Option<String> {
    let text = |part: &Value| {
        let string: Option<&Map<String, Value>> = part["node"]["String"].as_object();
        string.and_then(|string| string.get("sval")?.as_str()).unwrap_or("?").to_string()
    };
    let parts: Vec<String> =
        content[member].as_array().map(|parts| parts.iter().map(text).collect()).unwrap_or_default();
    let is_own =
        what == "function" && OWN.iter().any(|end| parts.last().is_some_and(|name| name.ends_with(end)));
    let is_qualified = parts.len() == 2 && (parts[0] == "pg_catalog" || is_own);
    (!is_qualified).then(|| format!("{what} {}", parts.join(".")))
}

#[test]
fn what_looks_up_a_name_is_found() {
    for (expression, part) in [
        ("a = b", "operator ="),
        ("a OPERATOR(public.=) b", "operator public.="),
        ("lower(a)", "function lower"),
        ("public.lower(a)", "function public.lower"),
        ("a::uuid", "type uuid"),
        ("a::text[]", "type text"),
        ("a COLLATE \"C\"", "collation C"),
        ("a IN ('x')", "an operator of kind"),
        ("a IN (SELECT 'x')", "looks up an operator"),
        ("a BETWEEN 1 AND 2", "an operator of kind"),
        ("a LIKE 'x'", "an operator of kind"),
        ("a IS DISTINCT FROM b", "an operator of kind"),
        ("nullif(a, b)", "an operator of kind"),
        ("CASE a WHEN 'x' THEN 1 END", "CASE x WHEN y"),
        ("(SELECT 1 FROM t)", "RangeVar"),
        ("(SELECT 1 ORDER BY a)", "SortBy"),
        ("-a", "operator -"),
    ] {
        let found = unqualified(expression);
        assert!(found.iter().any(|one| one.contains(part)), "{expression}: {found:?}");
    }
}

#[test]
fn what_is_qualified_or_looks_nothing_up_is_not_found() {
    for expression in [
        "a OPERATOR(pg_catalog.=) -1",
        "a OPERATOR(pg_catalog.=) ANY (ARRAY['x'])",
        "CASE WHEN a IS NULL THEN coalesce(b, 'x') END",
        "a::numeric(20,0)",
        "a::timestamp with time zone",
        "a::pg_catalog.text[]",
        "a COLLATE pg_catalog.\"C\"",
        "NOT EXISTS (SELECT FROM pg_catalog.jsonb_each(a) AS b(c, d) WHERE c IS NOT TRUE)",
    ] {
        assert_eq!(unqualified(expression), <[String; 0]>::default(), "{expression}");
    }
}
