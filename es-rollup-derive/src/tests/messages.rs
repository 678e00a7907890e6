//! The catalogue of messages: each mistake alone, with all of its errors.

use super::{errors, parsed};
use crate::{rollup, sql_type};
use std::fmt::Write;

/// Each item with its errors.
pub(super) fn catalogue(
    items: &[String],
    derive: fn(&syn::DeriveInput) -> proc_macro2::TokenStream,
) -> String {
    let mut catalogue = String::new();
    for item in items {
        writeln!(catalogue, "{item}").expect("a string accepts any text");
        let errors = errors(derive(&parsed(item)));
        assert!(!errors.is_empty(), "no mistake in {item}");
        for error in errors {
            check_style(&error);
            writeln!(catalogue, "  {error}").expect("a string accepts any text");
        }
        catalogue.push('\n');
    }
    catalogue
}

/// Lower case, one sentence without a full stop, no jargon of the parsers.
fn check_style(error: &str) {
    let first = error.chars().next().expect("an error has a message");
    assert!(!first.is_uppercase() || error.starts_with("SQL "), "{error}");
    assert!(!error.ends_with(['.', '!']), "{error}");
    assert!(!error.contains(". "), "{error}");
    let words = error.split(|letter: char| !letter.is_alphanumeric());
    for jargon in ["meta", "lit", "word", "ident", "token", "tokens", "parse"] {
        assert!(words.clone().all(|word| word != jargon), "{error}");
    }
}

/// Enums that are valid except for their options.
fn options(options: &[&str]) -> Vec<String> {
    let item = |options: &&str| format!("{options} enum E {{ #[rollup(create)] A }}");
    options.iter().map(item).collect()
}

/// Enums that are valid except for their variants.
fn variants(variants: &[&str]) -> Vec<String> {
    let item = |variants: &&str| format!("#[rollup(events = \"e\", id = i64)] enum E {{ {variants} }}");
    variants.iter().map(item).collect()
}

#[test]
fn of_options() {
    let items = options(&[
        "",
        "#[rollup]",
        "#[rollup()]",
        "#[rollup = \"e\"]",
        "#[rollup(events = \"e\")]",
        "#[rollup(id = i64)]",
        "#[rollup(event = \"e\", id = i64)]",
        "#[rollup(nonsense, events = \"e\", id = i64)]",
        "#[rollup(events = e, id = i64)]",
        "#[rollup(events = \"e\", id = \"i64\")]",
        "#[rollup(events = \"e\" id = i64)]",
        "#[rollup(events = \"e\", id = i64, id = i32)]",
        "#[rollup(events = \"e\", id = i64, create)]",
        "#[rollup(events = \"e\", id = i64, vis = \"public\")]",
        "#[rollup(events = \"e\", id = i64, state = a::B)]",
        "#[rollup(events = \"e\", id = i64, derive = Debug)]",
        "#[rollup(events = \"e\", id = i64, crate = (a))]",
        "#[rollup(events = \"E\", id = i64)]",
        "#[rollup(events = \"a.b.c\", id = i64)]",
        "#[rollup(events = \"e\", id = i64, table = \"e\")]",
        "#[rollup(events = \"e2345678901234567890123456789012345678901234567890\", id = i64)]",
        "#[rollup(events = \"e\", id = i64)] #[serde(untagged)]",
        "#[rollup(events = \"e\", id = i64)] #[serde(from = \"F\")]",
        "#[rollup(events = \"e\", id = i64)] #[serde(remote = \"F\")]",
        "#[rollup(events = \"e\", id = i64)] #[serde(variant_identifier)]",
        "#[rollup(events = \"e\", id = i64)] #[serde(tag = \"\\\\\")]",
        "#[rollup(events = \"e\", id = i64)] #[serde(rename_all(serialize = \"lowercase\"))]",
    ]);
    insta::assert_snapshot!("options", catalogue(&items, rollup::derive));
}

#[test]
fn of_variants_and_fields() {
    let items = variants(&[
        "",
        "#[serde(skip)] A",
        "A",
        "#[rollup] A",
        "#[rollup(creat)] A",
        "#[rollup(nonsense)] A",
        "#[rollup(create = true)] A",
        "#[rollup(create, create)] A",
        "#[rollup(create, ignore)] A",
        "#[rollup(create, delete)] A",
        "#[rollup(create)] #[serde(skip)] A, #[rollup(create)] B",
        "#[rollup(events = \"e\")] A",
        "#[rollup(set)] A",
        "#[rollup(set = \"a\")] A",
        "#[rollup(set())] A",
        "#[rollup(set(a = 1.5))] A",
        "#[rollup(clear)] A",
        "A { #[rollup(set)] a: u8 }, #[rollup(clear = a)] B",
        "#[rollup(add = \"a\")] A",
        "A { #[rollup(set)] name: u8 }, #[rollup(clear = \"nam\")] B",
        "A { #[rollup(set)] name: u8 }, #[rollup(clear = \"zzz\")] B",
        "#[rollup(clear = \"zzz\")] A",
        "A { #[rollup] a: u8 }",
        "A { #[rollup(sett)] a: u8 }",
        "A { #[rollup(nonsense)] a: u8 }",
        "A { #[rollup(set = 3)] a: u8 }",
        "A { #[rollup(set = a)] a: u8 }",
        "A { #[rollup(set(a = 1))] a: u8 }",
        "A { #[rollup(create)] a: u8 }",
        "A { #[rollup(count = \"a\")] a: u8 }",
        "A { #[rollup(set, clear = \"a\")] a: u8 }",
        "A { #[rollup(set)] a: u8 }, B { #[rollup(set)] a: u16 }",
        "A { #[rollup(set)] a: u8 }, B { #[rollup(add = \"a\")] b: u8 }",
        "A { #[rollup(set)] a: u8 }, #[rollup(set(a = \"x\"))] B",
        "A { #[rollup(set)] a: Option<Option<u8>> }",
        "A { #[rollup(set)] id: u8 }",
        "A { #[rollup(set)] ctid: u8 }",
        "A { #[rollup(set)] es_a: u8 }",
        "A { #[rollup(set = \"self\")] a: u8 }",
        "A { #[rollup(set = \"a-b\")] a: u8 }",
        "A(#[rollup(set)] u8)",
        "A(#[rollup(set)] u8, u8)",
        "A { #[rollup(set)] #[serde(flatten)] a: u8 }",
        "A { #[rollup(set)] #[serde(skip)] a: u8 }",
        "A { #[rollup(set)] #[serde(skip_serializing)] a: u8 }",
        "A { #[rollup(set)] #[serde(with = \"f\")] a: u8 }",
        "A { #[rollup(set)] #[serde(default = \"f\")] a: u8 }",
        "A { #[rollup(set)] #[serde(default = \"f\")] a: Option<u8> }",
        "A { #[rollup(set)] #[serde(rename(serialize = \"b\"))] a: u8 }",
        "A { #[rollup(set)] #[serde(rename = \"\\u{1}\")] a: u8 }",
        "#[serde(untagged)] A { #[rollup(set)] a: u8 }",
        "#[serde(with = \"f\")] A { #[rollup(set)] a: u8 }",
        "#[serde(rename = \"$es_rollup$\")] A { #[rollup(set)] a: u8 }",
    ]);
    insta::assert_snapshot!("variants_and_fields", catalogue(&items, rollup::derive));
}

#[test]
fn of_constraints() {
    let item = |keys: &str, variants: &str| {
        format!("#[rollup(events = \"e\", id = i64, {keys})] enum E {{ {variants} }}")
    };
    let valid = "#[rollup(create)] A { #[rollup(set)] a: u8, #[rollup(add = \"b\")] b: u8, #[rollup(set)] c: Option<u8> }";
    let on_enum = [
        "check",
        "check = \"a > 0\"",
        "check()",
        "check(\"a > 0\")",
        "check(positive)",
        "check(positive = a > 0)",
        "check(positive = 3)",
        "check(Positive = \"a > 0\")",
        "check(positive_abcd_a23456789012345678901234567890123456789012345678901234 = \"a > 0\")",
        "check(positive = \"a > 0\"), check(positive = \"a > 1\")",
        "check(e_rollup_pkey = \"a > 0\")",
        "check(e_rollup_a_key = \"a > 0\"), unique(a)",
        "check(positive = \"\")",
        "check(positive = \"a > 0;\")",
        "check(positive = \"a > 0 -- really\")",
        "check(positive = \"a /* really */ > 0\")",
        "check(positive = \"(a > 0\")",
        "check(positive = \"a > 0)\")",
        "check(positive = \"a <> '\")",
        "check(positive = \"a > 0, c > 0\")",
        "check(positive = \"a > $1\")",
        "check(positive = \"a > '\\\\'\")",
        "check(positive = \"a\\n> 0\")",
        "check(positive = \"a > '$es_rollup$'\")",
        "check(positive = \"amount > 0\")",
        "check(new = \"creted_at > now()\")",
        "unique",
        "unique = \"a\"",
        "unique()",
        "unique(\"a\")",
        "unique(a, z)",
        "unique(a, modifed_at)",
        "unique(a, a)",
        "unique(b)",
        "unique(a), unique(a)",
        "index",
        "index()",
        "index(z)",
        "index(a, b)",
        "index(a), index(a)",
        "not_null",
        "retired",
        "retired()",
        "retired(z, a, a)",
        "retired(version)",
    ];
    let mut items: Vec<String> = on_enum.iter().map(|keys| item(keys, valid)).collect();
    let on_variants = [
        "#[rollup(create)] A { #[rollup(unique)] a: u8 }",
        "#[rollup(create)] A { #[rollup(set)] #[rollup(index)] a: u8 }",
        "#[rollup(create)] A { #[rollup(set, not_null, not_null)] a: u8 }",
        "#[rollup(create)] A { #[rollup(set, unique(a))] a: u8 }",
        "#[rollup(create)] A { #[rollup(set, unique = \"a\")] a: u8 }",
        "#[rollup(create)] A { #[rollup(set, not_null = true)] a: u8 }",
        "#[rollup(create)] A { #[rollup(set, check(positive = \"a > 0\"))] a: u8 }",
        "#[rollup(create)] A(#[rollup(set, unique)] u8)",
        "#[rollup(create)] A { #[rollup(nonsense, unique)] a: u8 }",
        "#[rollup(create, unique)] A { #[rollup(set)] a: u8 }",
        "#[rollup(create)] A { #[rollup(add = \"a\", unique)] a: u8 }",
        "#[rollup(create)] A { #[rollup(push = \"a\", unique)] a: Vec<u8> }",
        "A { #[rollup(set, not_null)] a: u8 }",
        "#[rollup(create)] A { #[rollup(set, not_null)] a: Option<u8> }",
        "#[rollup(create)] A { #[rollup(max = \"a\", not_null)] a: Option<u8> }",
        "#[rollup(create)] A { #[rollup(set, not_null)] a: u8 }, #[rollup(create)] B, #[rollup(clear = \"a\")] C, D { #[rollup(set)] a: Option<u8> }",
        "#[rollup(set(a = true), not_null)] A",
        "#[rollup(at = \"a\", not_null)] A",
        "A { #[rollup(retired)] a: u8 }",
        "A { #[rollup(set, retired, retired)] a: u8 }",
        "A { #[rollup(set, retired = \"a\")] a: u8 }",
        "A { #[rollup(increment = \"a\", retired)] a: u8 }, #[rollup(count = \"b\", retired)] B",
        "#[rollup(set(a = 3), retired)] A, B { #[rollup(decrement = \"a\")] a: u8 }",
    ];
    items.extend(variants(&on_variants));
    insta::assert_snapshot!("constraints", catalogue(&items, rollup::derive));
}

#[test]
fn of_items() {
    let items = [
        "#[rollup(events = \"e\", id = i64)] struct S { a: u8 }",
        "struct S;",
        "union U { a: u8 }",
        "#[rollup(events = \"e\", id = i64)] enum E<T> { A { #[rollup(set)] a: T } }",
        "#[rollup(events = \"e\", id = i64)] enum E<const N: usize> { A { #[rollup(set)] a: u8 } }",
        "#[rollup(events = \"e\", id = i64)] enum E<'a> where 'a: 'static { A { #[rollup(set)] a: &'a str } }",
        "#[rollup(events = \"e\", id = i64)] enum E<'a> { A { #[rollup(set)] a: Text<'a> } }",
    ];
    insta::assert_snapshot!("items", catalogue(&items.map(String::from), rollup::derive));
}

#[test]
fn of_values_inside_fields_and_in_the_context() {
    let fields = [
        "#[rollup(set = \"c\", path = \"a\")] a: V",
        "#[rollup(set = \"c\", path = \"a.\", as = u8)] a: V",
        "#[rollup(set = \"c\", path = \"\", as = u8)] a: V",
        "#[rollup(set = \"c\", path = \"a\\\\\", as = u8)] a: V",
        "#[rollup(set = \"c\", as = u8)] a: Option<V>",
        "#[rollup(set = \"c\", as = Option<u8>)] a: V",
        "#[rollup(set = \"c\", as = u8)] #[serde(default)] a: V",
        "#[rollup(set, keep)] a: u8",
        "#[rollup(max = \"c\", keep)] a: Option<u8>",
        "#[rollup(keep)] a: Option<u8>",
        "#[rollup(set, keep = true)] a: Option<u8>",
        "#[rollup(set, keep, keep)] a: Option<u8>",
        "#[rollup(set)] #[serde(default = \"f\")] a: u8",
        "#[rollup(set, default = 5)] a: u8",
        "#[rollup(set, default = 500)] #[serde(default = \"f\")] a: u8",
        "#[rollup(set, default = \"x\")] #[serde(default = \"f\")] a: u8",
        "#[rollup(set, default = true)] #[serde(default = \"f\")] a: String",
        "#[rollup(set, default = \"a\\\\b\")] #[serde(default = \"f\")] a: String",
        "#[rollup(set, default = 18446744073709551615)] #[serde(default = \"f\")] a: u64",
        "#[rollup(set, default = 1.5)] #[serde(default = \"f\")] a: f64",
        "#[rollup(set, default)] #[serde(default = \"f\")] a: u8",
        "#[rollup(add = \"c\", default = 5)] #[serde(default = \"f\")] a: Vec<u8>",
        "#[rollup(set = \"c\", path = \"a\", as = u8, default = 5)] #[serde(default = \"f\")] a: V",
        "#[rollup(set = \"c\", path = \"a\", as = u8, default = 5)] a: V",
        "#[rollup(set, default = f)] #[serde(default = \"f\")] a: u8",
        "#[rollup(ignore)] a: u8",
        "#[rollup(set, ignore)] a: u8",
        "#[rollup(path = \"a\", as = u8)] a: V",
        "#[rollup(set = \"c\")] #[rollup(path = \"a\", as = u8)] a: V",
        "#[rollup(set = \"c\", path = \"a\", path = \"b\", as = u8)] a: V",
        "#[rollup(set = \"c\", path = 5, as = u8)] a: V",
        "#[rollup(set = \"c\", path = \"a\", as = 5)] a: V",
        "#[rollup(set = \"c\", path = \"a\", as = u8)] #[serde(default)] a: V",
        "#[rollup(set = \"c\", path = \"a\", as = u8)] #[serde(with = \"f\")] a: V",
        "#[rollup(set, sql_type = \"numeric(12,2)\")] a: V",
        "#[rollup(set, sql_type = \"money\")] a: V",
        "#[rollup(set, sql_type = \"inet[]\")] a: V",
        "#[rollup(set, sql_type = \"; DROP\")] a: V",
        "#[rollup(set, sql_type = \"inet\")] #[serde(default)] a: V",
        "#[rollup(add = \"c\", sql_type = \"inet\")] a: V",
        "#[rollup(set = \"c\", sql_type = \"inet\")] a: V, #[rollup(set = \"c\")] b: V",
        "#[rollup(set = \"c\", sql_type = \"inet\")] a: V }, B { #[rollup(set = \"c\", sql_type = \"cidr\")] a: V",
        "#[rollup(sql_type = \"inet\")] a: V",
    ];
    let variants = [
        "context(set = \"c\", path = \"a\")",
        "context(path = \"a\", as = u8)",
        "context(set, as = u8)",
        "context(clear = \"c\", as = u8)",
        "context()",
        "context",
        "context = \"c\"",
        "context(events = \"e\")",
        "context(sett = \"c\", as = u8)",
        "context(set = \"c\", as = u8, as = u8)",
        "context(set = \"c\", as = u8, keep)",
        "context(max = \"c\", as = Option<u8>, keep)",
        "context(set = \"c\", as = u8, default = 5)",
        "sequence",
        "sequence = 5",
        "event_type",
        "event_type = 5",
        "event_type(c)",
        "event_type = \"c\", event_type = \"c\"",
        "event_type = \"c\", set(c = 5)",
        "set(c = 18446744073709551615)",
        "set(c = \"a\\\\b\")",
        "context(set = \"c\", as = u8), set(c = true)",
    ];
    let event = "#[rollup(events = \"e\", id = i64)]";
    let mut items: Vec<String> =
        fields.iter().map(|field| format!("{event} enum E {{ A {{ {field} }} }}")).collect();
    items.extend(variants.iter().map(|keys| format!("{event} enum E {{ #[rollup({keys})] A }}")));
    items.extend([
        format!("{event} #[rollup(context(set = \"c\", as = u8))] enum E {{ #[rollup(set(c = true))] A, #[rollup(ignore)] B }}"),
        format!("{event} #[rollup(context(set = \"c\", as = u8), context(set = \"c\", as = u8))] enum E {{ #[rollup(ignore)] A, #[rollup(ignore)] B }}"),
        format!("{event} #[rollup(context(set = \"Bad\", as = u8))] enum E {{ #[rollup(ignore)] A, #[rollup(ignore)] B }}"),
        format!("{event} #[rollup(context(set = \"c\", as = u8))] enum E {{ A, #[rollup(ignore)] B }}"),
        format!("{event} #[rollup(event_type = \"c\")] enum E {{ #[rollup(ignore)] A, #[rollup(ignore)] #[serde(other)] B }}"),
        format!("{event} enum E {{ #[rollup(ignore)] A, #[rollup(event_type = \"c\")] #[serde(other)] B }}"),
        format!("{event} enum E {{ A {{ #[rollup(set = \"n\")] n: u8 }}, #[rollup(set(n = 300))] B }}"),
    ]);
    insta::assert_snapshot!("values", catalogue(&items, rollup::derive));
}

#[test]
fn of_a_set_on_a_variant() {
    let variants = [
        "#[rollup(set)] A",
        "#[rollup(set)] A {}",
        "#[rollup(set)] A(u8)",
        "#[rollup(set)] A(u8, #[rollup(ignore)] u8)",
        "#[rollup(set, set)] A { a: u8 }",
        "#[rollup(set = true)] A { a: u8 }",
        "#[rollup(set, ignore)] A { a: u8 }",
        "#[rollup(set, delete)] A { a: u8 }",
        "#[rollup(set, unique)] A { a: u8 }",
        "#[rollup(set)] A { id: u8 }",
        "#[rollup(set)] A { es_a: u8, version: u8 }",
        "#[rollup(set)] A { #[serde(flatten)] a: V }",
        "#[rollup(set)] A { #[serde(with = \"f\")] a: V }",
        "#[rollup(set)] A { a: Option<Option<u8>> }",
        "#[rollup(set)] A { #[serde(skip)] a: u8 }",
        "#[rollup(set)] A { #[rollup(ignore)] a: u8 }",
        "#[rollup(set)] A { #[rollup(set = \"b\")] a: u8, #[rollup(clear = \"b\")] c: u8 }",
        "#[rollup(set)] A { #[rollup(ignore, max = \"b\")] a: u8, b: u8 }",
        "#[rollup(set)] A { #[rollup(ignored)] a: u8, b: u8 }",
        "#[rollup(set, set(a = 5))] A { a: u8 }",
        "#[rollup(set)] A { #[serde(default = \"f\")] a: u8 }",
    ];
    let event = "#[rollup(events = \"e\", id = i64)]";
    let items: Vec<String> = variants.iter().map(|one| format!("{event} enum E {{ {one} }}")).collect();
    insta::assert_snapshot!("set_on_a_variant", catalogue(&items, rollup::derive));
}

#[test]
fn of_column_types() {
    let items = [
        "struct S;",
        "struct S { a: u8 }",
        "struct S(u8, u8);",
        "union U { a: u8 }",
        "enum E {}",
        "enum E { A(u8) }",
        "enum E { #[rollup(set)] A }",
        "#[serde(tag = \"t\")] enum E { A }",
        "enum E { A, #[serde(other)] B }",
        "enum E { #[serde(rename(serialize = \"a\"))] A }",
        "enum E { #[serde(rename = \"\\n\")] A }",
        "#[rollup(number)] enum E { A }",
        "#[rollup] struct S(u8);",
        "#[rollup(numbers)] struct S(u8);",
        "#[rollup(events = \"e\")] struct S(u8);",
        "struct S(#[rollup(set)] u8);",
        "struct S(Option<u8>);",
        "struct S(#[serde(with = \"f\")] u8);",
        "#[serde(into = \"u8\")] struct S(u8);",
        "#[rollup(json)] struct S(u8);",
        "#[rollup(json)] enum E { A(u8, u8) }",
        "#[rollup(json)] enum E { A }",
        "#[rollup(json)] #[serde(untagged)] enum E { A(u8) }",
        "#[rollup(json)] enum E { A { a: u8 }, #[serde(other)] B }",
        "#[rollup(json)] enum E<T> { A { a: T } }",
        "#[serde(default = 3)] struct S(u8);",
        "#[repr(i16)] enum E { A }",
        "#[rollup(repr)] enum E { A }",
        "#[rollup(repr)] struct S(u8);",
        "#[repr(u8)] #[rollup(repr, text)] enum E { A }",
        "#[repr(u8)] #[rollup(repr)] enum E { A = 1 + 1 }",
        "#[rollup(sql_type = \"money\")] struct S(u64);",
        "#[rollup(sql_type = \"bigint\")] enum E { A }",
        "#[rollup(json, json)] struct S { a: u8 }",
        "#[rollup(json = true)] struct S { #[serde(flatten)] a: u8 }",
    ];
    insta::assert_snapshot!("column_types", catalogue(&items.map(String::from), sql_type::derive));
}
