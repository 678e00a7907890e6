//! Random declarations, most of them wrong.

use crate::support::Draft;
use es_rollup_core::model::Operation;
use es_rollup_core::resolve::{Mark, resolve};
use proptest::prelude::*;

const COLUMNS: [&str; 4] = ["a", "b", "tags", "version"];

const TYPES: [&str; 9] = [
    "String",
    "i32",
    "i64",
    "bool",
    "f64",
    "Option<i64>",
    "Vec<String>",
    "BTreeSet<i64>",
    "Option<Vec<i64>>",
];

/// One word, which may be anywhere.
fn word() -> impl Strategy<Value = String> {
    let short = ["at", "count", "sequence", "event_type"];
    let of_column: Vec<&str> = Operation::ALL.into_iter().map(Operation::key).chain(short).collect();
    let of_column = prop::sample::select(of_column);
    let column = || prop::sample::select(&COLUMNS[..]);
    let alone = prop::sample::select(vec![
        "create",
        "delete",
        "ignore",
        "set",
        "keep",
        "unique",
        "index",
        "not_null",
        "path = \"x.y\"",
        "path = \".\"",
        "as = i64",
        "as = Option<String>",
        "sql_type = \"inet\"",
        "sql_type = \"no\"",
        "default = 5",
        "context(set = \"b\", as = i64)",
        "context(add = \"tags\", path = \"t\", as = Vec<String>)",
        "context(keep)",
        "was = \"before\"",
        "was = \"a\"",
        "was = \"id\"",
    ]);
    prop_oneof![
        6 => (of_column, column()).prop_map(|(key, column)| format!("{key} = \"{column}\"")),
        3 => alone.prop_map(String::from),
        1 => column().prop_map(|column| format!("set({column} = true)")),
        1 => column().prop_map(|column| format!("set({column} = \"text\")")),
        1 => (column(), column()).prop_map(|(one, other)| format!("unique({one}, {other})")),
        1 => column().prop_map(|column| format!("check(c = \"{column} > 0\")")),
    ]
}

fn words(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..=most).prop_map(|words| words.join(", "))
}

/// Words in the brackets of a view, on a variant and on a field.
fn in_view(on_field: bool) -> impl Strategy<Value = String> {
    let variant = [
        "v(create)",
        "v(create, set)",
        "v(add)",
        "v(delete)",
        "v(remove, empty)",
        "v(empty, add, set)",
        "v(empty(a))",
        "v(empty(a, b), create)",
        "v(set)",
        "v(set(a = \"text\"), sequence = \"b\")",
        "v(clear = \"tags\")",
        "v(context(key = \"a\", as = String), count = \"n\")",
        "w(add, at = \"x\")",
        "w(clear = \"x\")",
        "w(remove, unique)",
    ];
    let field = [
        "v(key = \"a\")",
        "v(key = \"b\", path = \"x\", as = i64)",
        "v(key = \"z\")",
        "v(set)",
        "v(set, keep)",
        "v(set = \"b\", path = \"y\", as = Option<String>)",
        "v(add = \"tags\", path = \"t\", as = Vec<String>)",
        "v(increment = \"n\", unique)",
        "v(ignore)",
        "v(path = \"x\")",
        "w(set = \"x\", keep)",
        "w(key = \"a\")",
    ];
    let words = if on_field { field.to_vec() } else { variant.to_vec() };
    let most = if on_field { 1 } else { 2 };
    prop::collection::vec(prop::sample::select(words), 0..=most).prop_map(|words| words.join(", "))
}

/// Variants with views; few other words, so that some are right.
fn drawn_with_views() -> impl Strategy<Value = Drawn> {
    let other = |word: &'static str| prop_oneof![3 => Just(""), 1 => Just(word)];
    let both = |one: String, other: &str| [one.as_str(), other].join(", ");
    let field = |ty: &'static str| {
        let ty = prop_oneof![4 => Just(ty), 1 => prop::sample::select(&TYPES[..])];
        let words = (in_view(true), other("set")).prop_map(move |(one, other)| both(one, other));
        (ty, prop_oneof![2 => Just(String::new()), 1 => words])
    };
    let fields = (field("String"), field("i64"), field("Vec<String>"), 0..4_usize);
    let fields = fields.prop_map(|(a, b, c, count)| [a, b, c].into_iter().take(count).collect::<Vec<_>>());
    let words = (in_view(false), other("create")).prop_map(move |(one, other)| both(one, other));
    let others = prop::collection::vec((words, fields), 0..3);
    others.prop_map(|others| {
        let keys = [("String", String::new()), ("i64", String::new())];
        let first = ("create, v(add), w(add)".to_string(), keys.to_vec());
        (String::new(), [vec![first], others].concat())
    })
}

type Drawn = (String, Vec<(String, Vec<(&'static str, String)>)>);

fn drawn() -> impl Strategy<Value = Drawn> {
    let field = (prop::sample::select(&TYPES[..]), words(2));
    let variant = (words(2), prop::collection::vec(field, 0..3));
    (words(2), prop::collection::vec(variant, 0..4))
}

fn draft((on_enum, variants): &Drawn, views: bool) -> Draft {
    let names = ["a", "b", "c"];
    let events = ["Created", "Changed", "Moved", "Gone"];
    let draft = Draft::new().on_enum(&[on_enum]);
    let draft = if views { draft.view("v", "key(a, b)").view("w", "index(x)") } else { draft };
    variants.iter().zip(events).fold(draft, |draft, ((words, fields), event)| {
        let fields: Vec<(&str, &str, &str)> =
            fields.iter().zip(names).map(|((ty, words), name)| (name, *ty, words.as_str())).collect();
        draft.variant(event, &[words], &fields)
    })
}

/// They become faults at their places, or a model without any.
fn check(drawn: &Drawn, views: bool) -> Result<(), TestCaseError> {
    let draft = draft(drawn, views);
    match resolve(&draft.declarations) {
        Ok(model) => prop_assert_eq!(model.validate(), Ok(())),
        Err(faults) => {
            prop_assert!(!faults.is_empty());
            for fault in &faults {
                prop_assert!(fault.mark.0 < draft.places.len());
                prop_assert!(!fault.message.ends_with(['.', '!']), "{}", fault.message);
                // Of a model that is not valid, only what the compiler says at its place.
                let is_placed = fault.mark != Mark::default() || fault.message.contains("type is not");
                prop_assert!(is_placed, "{}", fault.message);
            }
            prop_assert_eq!(Err(faults), resolve(&draft.declarations));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_declarations_become_faults_or_a_model_that_can_be_emitted(drawn in drawn()) {
        check(&drawn, false)?;
    }

    #[test]
    fn any_views_become_faults_or_a_model_that_can_be_emitted(drawn in drawn_with_views()) {
        check(&drawn, true)?;
    }
}

/// How many of 2000 are right.
fn right(drawn: impl Strategy<Value = Drawn>, views: bool) -> usize {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let is_right = |_: &i32| {
        let drawn = drawn.new_tree(&mut runner).expect("a value").current();
        resolve(&draft(&drawn, views).declarations).is_ok()
    };
    (0..2000).filter(is_right).count()
}

#[test]
fn enough_random_declarations_are_right() {
    let counts = (right(drawn(), false), right(drawn_with_views(), true));
    assert!(counts.0 > 20 && counts.1 > 20, "{counts:?} of 2000");
}
