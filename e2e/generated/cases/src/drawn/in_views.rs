//! What an enum says of its views.

use crate::description::{Deed, Enum, Field, From, Row, Variant};
use crate::operations::Takes;
use crate::views::{Empty, Touch};

/// Everything about views that a run of the usual length draws.
pub const ALL_IN_VIEWS: [&str; 45] = [
    "views: 0",
    "views: 1",
    "views: 2",
    "history: without views",
    "history: with views",
    "key: of 0 parts",
    "key: of 1 parts",
    "key: of 2 parts",
    "key: with a part that another view has too",
    "rows: with a column that is retired",
    "rows: create",
    "rows: add",
    "rows: change",
    "rows: remove",
    "rows: delete",
    "rows: empty",
    "rows: empty those that match",
    "rows: empty, then create",
    "rows: empty, then add",
    "rows: empty those that match, then create",
    "rows: empty those that match, then add",
    "rows: with the entity's first event",
    "rows: of two views",
    "rows: of any other event",
    "rows: set by one word",
    "rows: set by one word, but for a field",
    "part: of a field with its name",
    "part: of a field with another name",
    "part: of a field with a default",
    "part: inside a field",
    "part: in the context",
    "part: a literal",
    "part: the sequence",
    "part: the recorded time",
    "part: the event's type",
    "each: of a Vec",
    "each: of a HashSet",
    "each: of a BTreeSet",
    "each: of an Option",
    "each: with a default",
    "each: inside it",
    "each: two parts of the key",
    "each: an operation on the element",
    "each: an operation inside the element",
    "field: of a view and of the entity",
];

/// A line for each choice.
pub(super) fn of_views(subject: &Enum, all: &mut Vec<String>) {
    all.push(format!("views: {}", subject.views.len()));
    for at in 0..subject.views.len() {
        all.extend(subject.retired(Some(at)).map(|_| "rows: with a column that is retired".into()));
    }
    if subject.history {
        let views = if subject.views.is_empty() { "without" } else { "with" };
        all.push(format!("history: {views} views"));
    }
    all.extend(subject.views.iter().map(|view| format!("key: of {} parts", view.parts)));
    if let [one, other] = subject.views.as_slice() {
        let is_shared = one.key().iter().any(|part| other.key().iter().any(|also| also.name == part.name));
        all.extend(is_shared.then(|| "key: with a part that another view has too".to_string()));
    }
}

/// What a variant does to rows.
pub(super) fn of_rules(subject: &Enum, variant: &Variant, all: &mut Vec<String>) {
    let mut touched = 0;
    for (view, rule) in variant.rules.iter().enumerate().filter(|(_, rule)| !rule.is_nothing()) {
        touched += 1;
        let empty = rule.empty.as_ref().map(|empty| match empty {
            Empty::All => "empty",
            Empty::Matching(_) => "empty those that match",
        });
        all.push(match (empty, rule.touch) {
            (Some(empty), Touch::Nothing) => format!("rows: {empty}"),
            (Some(empty), touch) => format!("rows: {empty}, then {}", touch.word()),
            (None, touch) => format!("rows: {}", touch.word()),
        });
        let by_one_word = variant.set_by_one_word(subject, Some(view)).count() > 0;
        let ignored = variant.fields.iter().any(|field| field.deeds_of(Some(view)).next().is_none());
        let marks = [
            (variant.row == Row::Create, "with the entity's first event"),
            (variant.other, "of any other event"),
            (by_one_word, "set by one word"),
            (by_one_word && ignored, "set by one word, but for a field"),
        ];
        all.extend(marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| format!("rows: {mark}")));
        let deeds = variant.all_deeds().filter(|(deed, _)| deed.view == Some(view) && subject.is_part(deed));
        for (deed, field) in deeds.filter(|(_, field)| rule.each.is_none() || *field != rule.each) {
            all.push(format!("part: {}", of_part(subject, deed, field.map(|at| &variant.fields[at]))));
        }
        if let Some(field) = rule.each.map(|at| &variant.fields[at]) {
            of_list(subject, field, view, all);
        }
    }
    all.extend((touched > 1).then(|| "rows: of two views".to_string()));
    let is_of_both = |field: &&Field| {
        field.deeds_of(None).next().is_some() && field.deeds.iter().any(|deed| deed.view.is_some())
    };
    let of_both = variant.fields.iter().filter(is_of_both);
    all.extend(of_both.map(|_| "field: of a view and of the entity".to_string()));
}

/// Where a part of the key comes from.
fn of_part(subject: &Enum, deed: &Deed, field: Option<&Field>) -> &'static str {
    match (&deed.from, deed.operation.takes) {
        (From::Field, _) => {
            let field = field.expect("a field");
            if field.default || field.default_literal.is_some() {
                "of a field with a default"
            } else if field.ident() == subject.column(deed).name {
                "of a field with its name"
            } else {
                "of a field with another name"
            }
        }
        (From::Inside(_), _) => "inside a field",
        (From::Context(_), _) => "in the context",
        (From::Literal(..), _) => "a literal",
        (From::Nothing, Takes::Sequence) => "the sequence",
        (From::Nothing, Takes::RecordedAt) => "the recorded time",
        (From::Nothing, Takes::EventType) => "the event's type",
        (From::Nothing, Takes::Value | Takes::Literal | Takes::Nothing) => "nothing",
    }
}

/// A list whose elements choose rows.
fn of_list(subject: &Enum, field: &Field, view: usize, all: &mut Vec<String>) {
    let deeds = || field.deeds_of(Some(view));
    let is_inside = |deed: &Deed| matches!(deed.from, From::Inside(_));
    let marks = [
        (field.set.is_none(), "of a Vec"),
        (field.set == Some("HashSet"), "of a HashSet"),
        (field.set == Some("BTreeSet"), "of a BTreeSet"),
        (field.optional, "of an Option"),
        (field.default, "with a default"),
        (deeds().any(is_inside), "inside it"),
        (deeds().filter(|deed| subject.is_part(deed)).count() > 1, "two parts of the key"),
        (deeds().any(|deed| !subject.is_part(deed) && !is_inside(deed)), "an operation on the element"),
        (deeds().any(|deed| !subject.is_part(deed) && is_inside(deed)), "an operation inside the element"),
    ];
    all.extend(marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| format!("each: {mark}")));
}
