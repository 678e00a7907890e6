//! Wrong declarations, each with everything that is said about it.

use crate::support::Draft;

/// A variant that fills `a` with text and counts in `n`, then the one under test.
fn with(words: &[&str], fields: &[(&str, &str, &str)]) -> Vec<String> {
    let good = [("a", "String", "set"), ("n", "i64", "increment = \"n\""), ("t", "String", "add = \"tags\"")];
    Draft::new().variant("Created", &["create"], &good).variant("Changed", words, fields).faults()
}

#[test]
fn what_is_missing_is_named() {
    let mut draft = Draft::new().variant("Created", &["create"], &[]);
    (draft.declarations.events, draft.declarations.id) = (None, None);
    assert_eq!(
        draft.faults(),
        [
            "the enum: the event table is missing; write `#[rollup(events = \"schema.table\", id = ...)]` on the enum",
            "the enum: the type of the entity's id is missing; write `#[rollup(events = \"...\", id = UserId)]` on the enum",
        ]
    );
}

/// The words and the fields of the variant, and how each fault begins.
type Case =
    (&'static [&'static str], &'static [(&'static str, &'static str, &'static str)], &'static [&'static str]);

const SMALL: &[Case] = &[
    (
        &[],
        &[],
        &[
            "Changed: nothing says what `Changed` does to the rollup; add an operation, or write `#[rollup(ignore)]` on it",
        ],
    ),
    (
        &["ignore, clear = \"a\""],
        &[],
        &["ignore: `Changed` is ignored, so it cannot change the rollup; remove `ignore` or the other keys"],
    ),
    (
        &["delete, clear = \"a\""],
        &[],
        &[
            "delete: `Changed` deletes the row, so its other keys have no effect; remove `delete` or the other keys",
        ],
    ),
    (
        &["clear = \"b\""],
        &[],
        &[
            "clear = \"b\": no event sets `b`, so there is nothing to clear; choose a column that this enum sets: `a`, `n`, `tags`",
        ],
    ),
    (
        &[],
        &[("x", "String", "remove = \"tag\"")],
        &["remove = \"tag\": no event adds to `tag`, so there is nothing to remove; did you mean `tags`?"],
    ),
    (
        &["count = \"tags\""],
        &[],
        &[
            "count = \"tags\": `count` does not work on `tags`, which is a set because of `add` in `Created`; use another column",
        ],
    ),
    (
        &["set(a = 1)"],
        &[],
        &[
            "set(a = 1): column `a` is `String`, but this literal has another type; write a value of that type",
        ],
    ),
    (
        &[],
        &[("x", "i64", "set = \"a\"")],
        &[
            "i64: column `a` is `i64` here and `String` in `Created`; use the same type in both places, or two columns",
        ],
    ),
    (
        &["clear = \"a\""],
        &[("a", "String", "set")],
        &["set: `Changed` writes `a` twice; keep one", "clear = \"a\": `a` is first written here"],
    ),
    (
        &[],
        &[("version", "i64", "set")],
        &[
            "set: a column cannot be called `version`: every rollup already has a column with this name; choose another name",
        ],
    ),
    (
        &[],
        &[("x", "i64", "set = \"A\"")],
        &[
            "set = \"A\": `A` is not a valid name here; use lower-case letters, digits and `_`, and do not begin with a digit",
        ],
    ),
    (
        &[],
        &[("x", "i64", "set, keep")],
        &["set: `keep` has no effect, since this value is never absent; use an `Option`, or remove `keep`"],
    ),
    (
        &[],
        &[("x", "Value", "set, path = \"y\"")],
        &[
            "path = \"y\": the type at `path` is missing; write `as = Type` after `path`, or `as = Option<Type>` if the value may be absent",
        ],
    ),
    (
        &["context(set = \"b\")"],
        &[],
        &[
            "context(set = \"b\"): the type of the value in the context is missing; write `as = Type`, or `as = Option<Type>` if the value may be absent",
        ],
    ),
    (
        &[],
        &[("x", "BTreeSet<i64>", "set")],
        &[
            "BTreeSet<i64>: `set` needs a column type for the whole list, and this collection has none; use a `Vec`, or `add` or `push` its elements",
        ],
    ),
    (
        &[],
        &[("x", "BTreeSet<i64>", "push = \"hosts\", sql_type = \"inet\"")],
        &[
            "push = \"hosts\": the elements of a set are taken in ascending order, and `inet` in SQL may have another order than the type in Rust; use a `Vec`",
        ],
    ),
    (
        &[],
        &[("x", "String", "set, sql_type = \"nonsense(\"")],
        &["sql_type = \"nonsense(\": a column cannot be cast to `nonsense(`: "],
    ),
    (
        &["toggle = \"a\""],
        &[],
        &[
            "toggle = \"a\": column `a` is `String`, and `toggle` needs a `bool`; use another column, or change its type to `bool`",
        ],
    ),
    (
        &["toggle = \"tags\""],
        &[],
        &[
            "toggle = \"tags\": `toggle` does not work on `tags`, which is a set because of `add` in `Created`; use another column",
        ],
    ),
    // Keys that a parser would refuse.
    (
        &["set(t = true)"],
        &[("x", "bool", "toggle = \"x\"")],
        &[
            "toggle = \"x\": `toggle` is not allowed here; `#[rollup(toggle = \"column\")]` belongs on a variant",
        ],
    ),
    (
        &["increment = \"n\""],
        &[],
        &[
            "increment = \"n\": `increment` is not allowed here; `#[rollup(increment = \"column\")]` belongs on a field",
        ],
    ),
    (
        &["ignore"],
        &[("x", "i64", "count = \"n\"")],
        &["count = \"n\": `count` is not allowed here; `#[rollup(count = \"column\")]` belongs on a variant"],
    ),
];

#[test]
fn each_small_mistake_has_its_message_at_its_place() {
    let mut wrong = Vec::new();
    for (words, fields, expected) in SMALL {
        let said = with(words, fields);
        let same = said.len() == expected.len()
            && said.iter().zip(*expected).all(|(said, expected)| said.starts_with(expected));
        if !same {
            wrong.push(format!("{words:?} {fields:?} said {said:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn constraints_name_columns_that_can_have_them() {
    let fields = [("email", "String", "set"), ("role", "String", "add = \"roles\"")];
    let words = [
        "unique(emial)",
        "unique(roles)",
        "check(positive = \"balance > 0\")",
        "check(open = \"email > 0; DROP TABLE t\")",
        "index(email), index(email)",
    ];
    let draft = Draft::new().variant("Created", &["create"], &fields).on_enum(&words);
    assert_eq!(
        draft.faults(),
        [
            "unique(emial): the rollup has no column `emial`; did you mean `email`?",
            "unique(roles): `roles` is a set, which cannot be unique; use a column that holds a single value",
            "check(positive = \"balance > 0\"): this condition names no column of the rollup; write a condition on its columns: `email`, `roles`, `id`, `version`, `created_at`, `modified_at`",
            "check(open = \"email > 0; DROP TABLE t\"): a semicolon would end the statement; write a single condition without one",
            "index(email): another constraint is already called `user_events_rollup_email_idx`; keep one, or choose another name",
            "index(email): `user_events_rollup_email_idx` is first used here",
        ]
    );
}

#[test]
fn all_faults_come_at_once_and_in_the_same_order() {
    let draft = || {
        let draft = Draft::new().on_enum(&["event_type = \"last\"", "at = \"Last_At\""]);
        let draft = draft.variant(
            "Created",
            &["create"],
            &[("a", "i32", "set, not_null"), ("b", "i64", "set = \"a\"")],
        );
        draft.variant("Unknown", &["clear = \"c\""], &[]).other()
    };
    let faults = draft().faults();
    assert_eq!(faults, draft().faults());
    assert_eq!(faults.len(), 6, "{faults:#?}");
}
