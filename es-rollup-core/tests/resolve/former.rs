//! Columns and views with the names that they had before: the model that they become, and the way from one to the other.

use crate::support::Draft;
use es_rollup_core::emit;
use es_rollup_core::evolve::{Alteration, Altered, Class, Diff, Renamed, Sign, Touched, diff, migration};
use es_rollup_core::model::Model;
use es_rollup_core::resolve::resolve;

fn model(draft: &Draft) -> Model {
    let model = resolve(&draft.declarations).unwrap_or_else(|faults| panic!("{faults:?}"));
    // With what a database has of it.
    let description = emit::text(&model, emit::description(&model));
    let read = Model::read(&description).expect("it is read");
    assert_eq!(emit::text(&read, emit::description(&read)), description);
    read
}

/// A user with columns of these words, which read the same keys whatever they are called.
fn user(first: &str, second: &str, on_enum: &[&str]) -> Model {
    let fields = [("email", "String", first), ("job", "String", second)];
    model(&Draft::new().on_enum(on_enum).variant("Created", &["create"], &fields))
}

/// A cart with a view, by the words after its name and those of its fields.
fn cart(view: &str, words: &str, [part, column]: [&str; 2]) -> Model {
    let fields = [("item", "String", part), ("number", "i64", column)];
    let draft = Draft::new().view(view, words).variant("Put", &[&format!("{view}(add)")], &fields);
    model(&draft)
}

fn renamed(was: &str, is: &str) -> Renamed {
    Renamed { was: was.into(), is: is.into() }
}

/// What the diff says, each with its class.
fn said(diff: &Diff) -> Vec<(String, Class)> {
    diff.changes.iter().map(|change| (change.to_string(), change.class)).collect()
}

/// The change and the way back from it.
fn both(old: &Model, new: &Model) -> [Diff; 2] {
    [diff(old, new), diff(new, old)].map(|diff| diff.expect("it can be changed"))
}

#[test]
fn a_former_name_is_kept_with_the_model_and_is_no_part_of_its_meaning() {
    let with = user("set = \"email\"", "set = \"role\", was = \"position\"", &[]);
    let without = user("set = \"email\"", "set = \"role\"", &[]);
    assert_eq!(with.root.columns[1].was.as_deref(), Some("position"));
    assert_eq!(with.fingerprint(), without.fingerprint());
    let [there, back] = both(&with, &without);
    assert!(there.changes.is_empty() && back.changes.is_empty());
    let view =
        cart("items", "key(sku), was = \"articles\"", ["items(key = \"sku\", was = \"code\")", "items(set)"]);
    assert_eq!(view.views[0].was.as_deref(), Some("articles"));
    assert_eq!(view.views[0].parts()[0].was.as_deref(), Some("code"));
}

#[test]
fn a_column_with_another_name_is_the_same_one_and_nobody_is_folded_again() {
    let old = user(
        "set",
        "set = \"position\", unique",
        &["index(position, email)", "check(named = \"position <> ''\")"],
    );
    let new = user(
        "set",
        "set = \"role\", unique, was = \"position\"",
        &["index(role, email)", "check(named = \"role <> ''\")"],
    );
    let [there, back] = both(&old, &new);
    assert_eq!(said(&there), [("~ column position -> role: it is called role now".into(), Class::Breaking)]);
    assert_eq!(
        said(&back),
        [("~ column role -> position: it is called position now".into(), Class::Breaking)]
    );
    assert_eq!([there.changes[0].sign, back.changes[0].sign], [Sign::Renamed, Sign::RenamedBack]);
    let table = Altered {
        renamed: vec![renamed("position", "role")],
        renamed_constraints: vec![
            renamed("user_events_rollup_position_email_idx", "user_events_rollup_role_email_idx"),
            renamed("user_events_rollup_position_key", "user_events_rollup_role_key"),
        ],
        ..Altered::default()
    };
    let Alteration { tables, touched, .. } = &there.alteration;
    assert_eq!((tables.as_slice(), touched), ([table].as_slice(), &Touched::Nobody));
    let sql = migration(&old, &new).expect("it can be changed");
    let rename = "ALTER TABLE \"public\".\"user_events_rollup\" RENAME COLUMN \"position\" TO \"role\";";
    assert!(sql.contains(rename), "{sql}");
    assert!(!sql.contains("ADD COLUMN") && !sql.contains("DROP COLUMN"), "{sql}");
}

#[test]
fn a_column_can_get_another_name_and_another_meaning_at_once() {
    let old = user("set", "set = \"position\"", &[]);
    let fields =
        [("email", "String", "set"), ("job", "Option<i64>", "set = \"role\", was = \"position\", index")];
    let new = model(&Draft::new().variant("Created", &["create"], &fields));
    let [there, back] = both(&old, &new);
    let table = &there.alteration.tables[0];
    assert_eq!(table.renamed, [renamed("position", "role")]);
    assert_eq!(table.retyped, ["role"]);
    assert_eq!(table.constrained, ["user_events_rollup_role_idx"]);
    assert_eq!(there.alteration.touched, Touched::Among(vec!["created".into()]));
    assert_eq!(back.alteration.tables[0].renamed, [renamed("role", "position")]);
    assert_eq!(back.alteration.tables[0].retyped, ["position"]);
    assert_eq!(back.alteration.tables[0].unconstrained, ["user_events_rollup_role_idx"]);
}

#[test]
fn a_view_with_another_name_keeps_its_table_and_so_do_the_parts_of_its_key() {
    let old = cart("articles", "key(code), index(number)", ["articles(key = \"code\")", "articles(set)"]);
    let new = cart(
        "items",
        "key(sku), index(number), was = \"articles\"",
        ["items(key = \"sku\", was = \"code\")", "items(set)"],
    );
    let [there, back] = both(&old, &new);
    let tables = ["user_events_rollup_articles", "user_events_rollup_items"];
    assert_eq!(
        said(&there),
        [
            (format!("~ view {} -> {1}: its table is renamed", tables[0], tables[1]), Class::Breaking),
            ("~ column items.code -> sku: it is called sku now".into(), Class::Breaking),
        ]
    );
    let table = there.alteration.tables.iter().find(|table| table.table.is_some()).expect("the view");
    assert_eq!(table.table, Some(renamed(tables[0], tables[1])));
    assert_eq!(table.renamed, [renamed("code", "sku")]);
    assert_eq!(
        table.renamed_constraints,
        [renamed("user_events_rollup_articles_number_idx", "user_events_rollup_items_number_idx")]
    );
    assert_eq!(there.alteration.touched, Touched::Nobody);
    assert!(there.alteration.created.is_empty() && there.alteration.dropped.is_empty());
    assert_eq!(back.changes[0].sign, Sign::RenamedBack);
    assert_eq!(back.alteration.tables[1].table, Some(renamed(tables[1], tables[0])));
}

#[test]
fn a_former_name_that_the_model_before_does_not_have_says_nothing() {
    let neither = user("set", "ignore", &[]);
    let new = user("set", "set = \"role\", was = \"position\"", &[]);
    let [there, _] = both(&neither, &new);
    assert_eq!(said(&there)[1].0, "+ column role text: filled from created");
    // Nor does one that is there beside the new one: it is another column, and goes.
    let two = user("set = \"position\"", "set = \"role\"", &[]);
    let [there, _] = both(&two, &user("ignore", "set = \"role\", was = \"position\"", &[]));
    assert_eq!(said(&there)[0], ("- column position: the column is dropped".into(), Class::Breaking));
}

#[test]
fn what_could_have_been_two_columns_before_is_refused_both_ways() {
    let old = user("set", "set = \"position\", was = \"job\"", &[]);
    let new = user("set = \"job\"", "set = \"role\", was = \"position\"", &[]);
    for (one, other) in [(&old, &new), (&new, &old)] {
        let refused = diff(one, other).expect_err("it cannot be told").to_string();
        assert!(
            refused.contains("could be job or role") || refused.contains("could be role or job"),
            "{refused}"
        );
        assert!(refused.contains("rename it in a migration of its own"), "{refused}");
    }
}

#[test]
fn the_table_of_a_view_does_not_move_to_another_schema() {
    let old = cart("articles", "key(item)", ["", "articles(set)"]);
    let mut new = cart("items", "key(item), was = \"articles\"", ["", "items(set)"]);
    new.views[0].table.schema = "elsewhere".into();
    let refused = diff(&old, &new).expect_err("it is another schema").to_string();
    assert_eq!(
        refused,
        "the table of the view items is in another schema than that of articles: move it back, or remove `was`"
    );
}

#[test]
fn the_history_follows_the_root() {
    let old = with_history("set = \"position\"");
    let new = with_history("set = \"role\", was = \"position\"");
    let [there, _] = both(&model(&old), &model(&new));
    assert_eq!(there.changes.len(), 1);
    assert_eq!(there.alteration.touched, Touched::Nobody);
    let tables = &there.alteration.tables;
    assert_eq!(tables.len(), 2);
    assert!(tables.iter().all(|table| table.renamed == [renamed("position", "role")]));
}

fn with_history(words: &str) -> Draft {
    let mut draft = Draft::new().variant("Created", &["create"], &[("job", "String", words)]);
    draft.declarations.history = Some(draft.mark("history"));
    draft
}

#[test]
fn a_former_name_that_cannot_be_is_said_at_its_place() {
    let with = |first: &str, second: &str| {
        let fields = [("a", "String", "set"), ("b", "String", first), ("c", "String", second)];
        Draft::new().variant("Created", &["create"], &fields).faults()
    };
    let cases = [
        ("set, was = \"b\"", "", "`b` is the name that the column has now"),
        ("set, was = \"a\"", "", "`a` is a column of the rollup, so it did not become `b`"),
        ("set, was = \"id\"", "", "no column was called `id`"),
        ("set, was = \"es_x\"", "", "no column was called `es_x`"),
        ("set, was = \"\"", "", "the former name is empty"),
        ("set, was = \"Ä\"", "", "`Ä` is not a valid name here"),
        ("was = \"x\"", "", "`was` must accompany an operation"),
        ("set, was = \"x\"", "set, was = \"x\"", "`x` became `b` already"),
        (
            "set = \"d\", was = \"x\"",
            "set = \"e\", set = \"f\", was = \"y\"",
            "`was` is the former name of one column",
        ),
    ];
    for (first, second, begin) in cases {
        let faults = with(first, second);
        let [fault] = faults.as_slice() else { panic!("{first}, {second}: {faults:?}") };
        assert!(fault.split_once(": ").is_some_and(|(_, said)| said.starts_with(begin)), "{fault}");
    }
}
