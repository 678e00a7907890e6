//! The words of views: which rows an event means, what it does to them, and what is wrong.

use crate::support::Draft;
use es_rollup_core::model::{Column, Empty, Key, Literal, Origin, Rule, Source, Touch, Variant};
use es_rollup_core::resolve::resolve;

/// A view with two parts in its key, and an event that makes its rows.
fn draft() -> Draft {
    let made = [("item", "String", ""), ("size", "i64", ""), ("price", "i64", "v(set)")];
    Draft::new().view("v", "key(item, size)").variant("Made", &["create, v(create)"], &made)
}

/// What the last variant does to the view, with its fields.
fn rule(words: &[&str], fields: &[(&str, &str, &str)]) -> (Rule, Variant) {
    let draft = draft().variant("Changed", words, fields);
    let mut model = resolve(&draft.declarations).unwrap_or_else(|faults| panic!("{faults:?}"));
    let rule = model.views.remove(0).rules.pop().expect("a rule");
    (rule, model.variants.pop().expect("a variant"))
}

fn labels(variant: &Variant) -> Vec<(String, Origin)> {
    variant.fields.iter().map(|field| (field.label(), field.origin)).collect()
}

#[test]
fn a_view_has_a_table_a_key_and_columns_that_are_null_unless_each_new_row_fills_them() {
    let more = [("item", "String", ""), ("size", "i64", ""), ("note", "String", "v(set)")];
    let draft = draft().variant("Noted", &["v(add)"], &more);
    let model = resolve(&draft.declarations).expect("a model");
    let view = &model.views[0];
    assert_eq!((view.name.as_str(), view.table.name.as_str()), ("v", "user_events_rollup_v"));
    let shown = |column: &Column| (column.name.clone(), column.nullable);
    let Key::Parts(parts) = &view.key else { panic!("a key with parts") };
    assert_eq!(parts.iter().map(shown).collect::<Vec<_>>(), [("item".into(), false), ("size".into(), false)]);
    let columns: Vec<_> = view.columns.iter().map(shown).collect();
    assert_eq!(columns, [("price".into(), true), ("note".into(), true)]);
    assert!(model.root.columns.is_empty());
}

#[test]
fn the_word_for_the_row_or_else_a_column_says_what_happens_to_it() {
    let key = [("item", "String", ""), ("size", "i64", "")];
    let touch = |words: &str| rule(&[words], &key).0.touch;
    assert_eq!(touch("v(create)"), Touch::Create);
    assert_eq!(touch("v(add)"), Touch::Add);
    assert_eq!(touch("v(remove)"), Touch::Remove);
    assert_eq!(touch("v(delete)"), Touch::Delete);
    assert_eq!(touch("v(clear = \"price\")"), Touch::Change);
    assert_eq!(touch("v(empty)"), Touch::Nothing);
}

#[test]
fn a_part_of_the_key_comes_from_its_namesake_unless_something_else_gives_it() {
    let (named, variant) = rule(&["v(add)"], &[("item", "String", ""), ("size", "i64", "")]);
    assert_eq!(named.key, [Source::Field(0), Source::Field(1)]);
    assert_eq!(labels(&variant), [("item".into(), Origin::Payload), ("size".into(), Origin::Payload)]);
    let marked = [
        ("size", "i64", ""),
        ("item", "String", ""),
        ("thing", "Json", "v(key = \"item\", path = \"id\", as = String)"),
    ];
    let (marked, variant) = rule(&["v(add)"], &marked);
    assert_eq!(marked.key, [Source::Field(0), Source::Field(1)]);
    assert_eq!(variant.fields[0].label(), "thing.id");
    let (fixed, _) = rule(&["v(add, sequence = \"size\", set(item = \"a\"))"], &[("size", "i64", "")]);
    assert_eq!(fixed.key, [Source::Literal(Literal::Text("a".into())), Source::Sequence]);
    let (beside, variant) = rule(&["v(add, context(key = \"item\", as = String))"], &[("size", "i64", "")]);
    assert_eq!(beside.key, [Source::Field(0), Source::Field(1)]);
    assert_eq!(variant.fields[0].origin, Origin::Context);
}

#[test]
fn a_set_takes_what_is_no_part_of_the_key_and_not_marked_in_the_view() {
    let fields = [
        ("item", "String", "set"),
        ("size", "i64", ""),
        ("price", "i64", "increment = \"n\""),
        ("x", "i64", "v(ignore)"),
    ];
    let (set, _) = rule(&["v(add, set)"], &fields);
    assert_eq!(set.steps.iter().map(|step| step.column).collect::<Vec<_>>(), [0]);
}

#[test]
fn the_parts_of_an_element_and_its_other_values_are_inside_it() {
    let prices =
        "v(key = \"item\", path = \"of.item\", as = String), v(set = \"price\", path = \"price\", as = i64)";
    let (each, variant) = rule(&[], &[("prices", "Vec<Json>", prices), ("size", "i64", "")]);
    assert_eq!((each.touch, each.each), (Touch::Change, Some(0)));
    let expected = [
        ("prices".to_string(), Origin::Payload),
        ("prices.of.item".into(), Origin::Element),
        ("size".into(), Origin::Payload),
        ("prices.price".into(), Origin::Element),
    ];
    assert_eq!(labels(&variant), expected);
    let wholes: Vec<bool> = variant.fields.iter().map(|field| field.whole.is_some()).collect();
    assert_eq!(wholes, [false, true, false, false]);
    assert!(variant.fields[0].many && !variant.fields[1].many);
    let (of_set, variant) = rule(&["v(remove)"], &[("item", "BTreeSet<String>", ""), ("size", "i64", "")]);
    assert_eq!((of_set.each, variant.fields[0].ascending), (Some(0), true));
    assert_eq!(labels(&variant)[1], ("item".into(), Origin::Element));
}

#[test]
fn rows_are_emptied_by_parts_that_the_event_has() {
    let (all, _) = rule(&["v(empty)"], &[("item", "String", "")]);
    assert_eq!((all.empty, all.key.len()), (Some(Empty::All), 0));
    let (some, variant) = rule(&["v(empty(size))"], &[("item", "String", ""), ("size", "i64", "")]);
    assert_eq!(some.empty, Some(Empty::Matching(vec![(1, Source::Field(0))])));
    assert_eq!(labels(&variant), [("size".into(), Origin::Payload)]);
    let (replaced, _) =
        rule(&["v(empty(item), create)"], &[("item", "String", ""), ("size", "Vec<i64>", "")]);
    assert_eq!((replaced.touch, replaced.each.is_some(), replaced.key.len()), (Touch::Create, true, 2));
}

#[test]
fn what_is_wrong_with_rows_is_said_at_its_place() {
    let faults = |words: &str, fields: &[(&str, &str, &str)]| {
        let beginning = |fault: String| fault.split(';').next().unwrap_or_default().to_string();
        draft().variant("Changed", &[words], fields).faults().into_iter().map(beginning).collect::<Vec<_>>()
    };
    let key = [("item", "String", ""), ("size", "i64", "")];
    assert_eq!(
        faults("v(create, remove)", &key),
        ["remove: `Changed` already has `create` for the row of `v`"]
    );
    assert_eq!(
        faults("v(remove)", &key[..1]),
        ["remove: `Changed` does not say which row of `v` it means, since nothing gives `size`"]
    );
    assert_eq!(
        faults("v(empty(sizes))", &key),
        ["sizes: the key of `v` has no part `sizes`"]
            .map(|_| "empty(sizes): the key of `v` has no part `sizes`")
    );
    assert_eq!(
        faults("delete, v(remove)", &key),
        ["remove: `Changed` deletes the entity, and with it its rows of every view"]
    );
    assert_eq!(
        faults("v(add)", &[("item", "Option<String>", ""), ("size", "i64", "")]),
        ["String: a part of a key always has a value, and this is an `Option` of `String`"]
    );
    assert_eq!(
        faults(
            "v(create)",
            &[("item", "String", ""), ("size", "i64", ""), ("a", "i64", "v(set = \"size\")")]
        ),
        ["set = \"size\": `size` is a part of the key of `v`, so it cannot be changed"]
    );
}
