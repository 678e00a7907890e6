//! Random declarations, most of them wrong.

use crate::support::Draft;
use es_rollup_core::model::Operation;
use es_rollup_core::resolve::resolve;
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

type Drawn = (String, Vec<(String, Vec<(&'static str, String)>)>);

fn drawn() -> impl Strategy<Value = Drawn> {
    let field = (prop::sample::select(&TYPES[..]), words(2));
    let variant = (words(2), prop::collection::vec(field, 0..3));
    (words(2), prop::collection::vec(variant, 0..4))
}

fn draft((on_enum, variants): &Drawn) -> Draft {
    let names = ["a", "b", "c"];
    let events = ["Created", "Changed", "Moved", "Gone"];
    let draft = Draft::new().on_enum(&[on_enum]);
    variants.iter().zip(events).fold(draft, |draft, ((words, fields), event)| {
        let fields: Vec<(&str, &str, &str)> =
            fields.iter().zip(names).map(|((ty, words), name)| (name, *ty, words.as_str())).collect();
        draft.variant(event, &[words], &fields)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_declarations_become_faults_or_a_model_that_can_be_emitted(drawn in drawn()) {
        let draft = draft(&drawn);
        match resolve(&draft.declarations) {
            Ok(model) => prop_assert_eq!(model.validate(), Ok(())),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in &faults {
                    prop_assert!(fault.mark.0 < draft.places.len());
                    prop_assert!(!fault.message.ends_with(['.', '!']), "{}", fault.message);
                }
                prop_assert_eq!(Err(faults), resolve(&draft.declarations));
            }
        }
    }
}

#[test]
fn enough_random_declarations_are_right() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let right = (0..2000)
        .filter(|_| {
            let drawn = drawn().new_tree(&mut runner).expect("a value").current();
            resolve(&draft(&drawn).declarations).is_ok()
        })
        .count();
    assert!(right > 20, "{right} of 2000");
}
