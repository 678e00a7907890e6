//! For any input the derives return complete items: they never panic and never return half an item.

use super::parsed;
use crate::{rollup, sql_type};
use proc_macro2::TokenStream;
use syn::DeriveInput;

fn expands(input: &DeriveInput) {
    for expansion in [rollup::derive(input), sql_type::derive(input)] {
        let written = expansion.to_string();
        assert!(syn::parse2::<syn::File>(expansion).is_ok(), "{written}");
    }
}

const KEYS: [&str; 52] = [
    ",",
    ",,",
    "=",
    "set",
    "set,",
    ",set",
    "set = = \"x\"",
    "set = \"x\" \"y\"",
    "set = concat!(\"a\", \"b\")",
    "set(a = true,, b = 1)",
    "set(a = --1)",
    "set(a = 1u8, b = 0x10, c = 1_000, d = -9223372036854775808)",
    "set(self = 1, r#type = 2, _ = 3)",
    "set((a = 1))",
    "set[a = 1]",
    "set{a = 1}",
    "clear = \"\"",
    "clear = \"\\0\"",
    "clear = \"r#x\"",
    "clear = \"a b\"",
    "clear = \"'\"",
    "clear = \"/*\"",
    "clear = \"größe\"",
    "clear = r#\"a\"#",
    "a::b::c",
    "::set",
    "\"x\", 3, 'c', b\"y\", c\"z\", 1.5",
    "events = \"..\", id = !",
    "events = \"\\u{1}f\\u{2}\", id = [u8; { 16 }]",
    "events = \"a\", id = impl Clone",
    "events = \"a\", id = fn(&'static str) -> (), table = \"a\"",
    "events = \"a\", id = x!(), state = (A, B)",
    "events = \"a\", id = i64, vis = \"pub fn\", derive(,)",
    "events = \"a\", id = i64, vis = \"pub(in\"",
    "events = \"a\", id = i64, crate = <A as B>::C",
    "derive(Debug \"x\")",
    "derive(derive(Debug))",
    "if, while, fn, async, crate, self",
    "create create create",
    "{ } [ ] ( )",
    "check(a = \"a > 0\", a = \"a > 0\"), check((a)), check(a = b\"x\")",
    "unique, unique(a, b), unique(), index(r#type), index = a, not_null, not_null(), retired, retired(), retired = 3",
    "set, unique, index, not_null, clear = \"a\", set(b = 1)",
    "unique(a b), index(,), check(crate = \"\\u{1}f\\u{2}\")",
    "view(), view(,), view(v,), view(v key(a)), view(v, key(self, _, r#type))",
    "view(v, key(a)) view[w] view{x}",
    "view(v, state = (A, B), table = \"..\", vis = \"pub\"), view(view), view(self), view(_)",
    "v(create), v(v(create)), v[create], v{create}, v = create, v",
    "v(create,, set), v(empty()), v(empty(a b)), v(empty(self)), v(key(a))",
    "v(key), v(key = 3), v(key = \"a\" \"b\"), v(key = \"a\", path, as)",
    "v(context(key = \"a\", as = !)), v(context), v(context())",
    "v(\"x\", 3), v(::a), v(set(a = 1u8), sequence = \"a\", at = \"a\")",
];

#[test]
fn any_keys_expand_to_items() {
    for keys in KEYS {
        for attribute in
            [format!("#[rollup({keys})]"), format!("#[rollup[{keys}]]"), format!("#[rollup{{{keys}}}]")]
        {
            expands(&parsed(&format!("{attribute} enum E {{ A }}")));
            expands(&parsed(&format!(
                "#[rollup(events = \"e\", id = i64)] enum E {{ {attribute} A {{ {attribute} a: u8 }} }}"
            )));
            expands(&parsed(&format!(
                "#[rollup(events = \"e\", id = i64)] enum E {{ A({attribute} u8), B({attribute} u8, {attribute} u8) }}"
            )));
            let view = "#[rollup(events = \"e\", id = i64, view(v, key(a, b)))]";
            expands(&parsed(&format!(
                "{view} enum E {{ {attribute} A {{ {attribute} a: u8, b: Vec<u8> }}, #[rollup(v(add))] B {{ a: u8, b: Option }} }}"
            )));
            expands(&parsed(&format!("{attribute} struct S({attribute} u8);")));
            expands(&parsed(&format!("{attribute} struct S {{ {attribute} a: Option<u8> }}")));
        }
    }
}

#[test]
fn any_item_expands_to_items() {
    let items = [
        "enum E {}",
        "#[rollup(events = \"e\", id = i64)] enum E {}",
        "enum E { A = 1, B = 2 }",
        "enum r#enum { r#fn { r#type: r#struct } }",
        "enum E { A(#[rollup(set = \"a\")] Option) }",
        "enum E { A(#[rollup(set = \"a\")] Option<>) }",
        "enum E { A(#[rollup(set = \"a\")] Option<'static>) }",
        "enum E { A(#[rollup(set = \"a\")] Option<1>) }",
        "enum E { A(#[rollup(add = \"a\")] Vec) }",
        "enum E { A(#[rollup(add = \"a\")] Vec<Vec<Option<Vec<u8>>>>) }",
        "enum E { A(#[rollup(set = \"a\")] <A as B<C>>::D) }",
        "enum E { A(#[rollup(set = \"a\")] (((),),)) }",
        "enum E { A(#[rollup(set = \"a\")] mac!()) }",
        "enum E { A(#[rollup(set = \"a\")] dyn for<'a> Fn(&'a u8) -> u8 + 'static) }",
        "enum E<'a, T: 'a, const N: usize> where T: Sized { A { #[rollup(set)] a: &'a [T; N] } }",
        "enum E { A { #[rollup(set)] r#self_: u8, #[rollup(set)] id: u8, #[rollup(set = \"id\")] b: u8 } }",
        "struct S;",
        "struct S {}",
        "struct S<T>(T) where T: Copy;",
        "struct S { a: u8, b: u8 }",
        "#[rollup(json)] struct S {}",
        "#[rollup(json)] struct S<'a, T: 'a>(&'a T) where T: Copy;",
        "#[rollup(json)] struct S { r#type: <A as B<C>>::D, #[serde(rename = \"\", skip)] b: mac!() }",
        "#[rollup(json)] #[serde(default, tag = \"\", untagged)] struct S { a: Option<Option<u8>> }",
        "#[rollup(json)] union U { a: u8 }",
        "union U { a: u8 }",
        "#[serde] enum E { A }",
        "#[serde()] enum E { A }",
        "#[serde = \"x\"] enum E { A }",
        "#[serde(tag)] enum E { A }",
        "#[serde(tag = \"a\", tag = \"b\")] enum E { A }",
        "#[serde(content = \"a\")] enum E { A }",
        "#[serde(tag = \"\", content = \"\")] enum E { #[serde(rename = \"\")] A }",
        "#[serde(tag = \"t\")] enum E { A { #[rollup(set)] t: u8 } }",
        "#[serde(tag = \"t\")] enum E { A(u8, u8) }",
        "#[serde(default)] enum E { A { #[serde(default = \"not a path!\")] #[rollup(set)] a: u8 } }",
        "enum E { #[serde(other)] A { a: u8 }, #[serde(other)] B }",
        "enum E { #[serde(rename = 3, alias = 4)] A }",
        "enum E { #[serde(rename = \"A\")] A, #[serde(rename = \"A\")] B }",
        "enum E { #[serde(skip)] A, #[serde(skip_serializing)] B, #[serde(skip_deserializing)] C }",
        "#[serde(transparent)] struct S { a: u8, #[serde(skip)] b: u8 }",
        "#[serde(transparent)] struct S { #[serde(skip)] a: u8 }",
    ];
    for item in items {
        expands(&parsed(item));
    }
}

#[test]
fn any_order_of_tokens_expands_to_items() {
    const TOKENS: [&str; 44] = [
        "events",
        "id",
        "table",
        "state",
        "derive",
        "vis",
        "time",
        "crate",
        "create",
        "delete",
        "ignore",
        "set",
        "clear",
        "at",
        "add",
        "increment",
        "nonsense",
        "check",
        "unique",
        "index",
        "not_null",
        "retired",
        "(a = \"a > 0\")",
        "=",
        "=",
        ",",
        ",",
        "\"text\"",
        "\"a.b\"",
        "3",
        "true",
        "(a = 1)",
        "(x, y)",
        "-",
        "view(v, key(a))",
        "view(w)",
        "v(create)",
        "v(add, set)",
        "v(key = \"a\")",
        "v(empty(a))",
        "w(add, set)",
        "v",
        "w",
        "key",
    ];
    // A fixed sequence of numbers, so that a failure is reproducible
    // (<https://en.wikipedia.org/wiki/Linear_congruential_generator>).
    let mut state = 1_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % bound
    };
    for _ in 0..2_000 {
        let mut attribute = || {
            let length = 1 + below(6);
            let tokens: Vec<&str> = (0..length).map(|_| TOKENS[below(TOKENS.len())]).collect();
            let tokens: TokenStream = tokens.join(" ").parse().expect("tokens");
            quote::quote!(#[rollup(#tokens)])
        };
        let (one, two, three, four) = (attribute(), attribute(), attribute(), attribute());
        expands(&syn::parse_quote! {
            #one
            enum E {
                #two
                A { #three a: u8 },
                B(#four u8),
            }
        });
    }
}
