//! What an enum is made of, for the count of what a run has tried.

mod in_views;

use crate::description::{Deed, Enum, Field, From, Kind, Row, Shape, Tagging, Variant};
use crate::operations::Takes;
pub use in_views::ALL_IN_VIEWS;

/// Everything that a run of the usual length draws.
pub const ALL: [&str; 52] = [
    "tagging: internal",
    "tagging: adjacent",
    "tagging: external",
    "trigger: statement",
    "trigger: row",
    "id: i64",
    "id: String",
    "id: Uuid",
    "column: a value",
    "column: a counter",
    "column: a set",
    "column: a list",
    "column: retired",
    "row: created",
    "row: changed",
    "row: left alone",
    "row: deleted",
    "shape: struct",
    "shape: newtype",
    "shape: tuple",
    "shape: unit",
    "variant: renamed",
    "variant: with an alias",
    "variant: other",
    "variant: skipped",
    "variant: set by one word",
    "variant: set by one word, with another operation",
    "variant: set by one word, but for a field",
    "field: renamed",
    "field: with an alias",
    "field: Option",
    "field: Vec",
    "field: HashSet",
    "field: BTreeSet",
    "field: Option of many",
    "field: several operations",
    "field: default",
    "field: default = literal",
    "field: default = literal of an Option",
    "field: keep",
    "field: of a time",
    "field: of any JSON",
    "inside: Option",
    "inside: Vec",
    "inside: keep",
    "context: Option",
    "context: Vec",
    "context: keep",
    "everywhere: at",
    "everywhere: sequence",
    "everywhere: event_type",
    "everywhere: context",
];

/// What one enum is made of, a line for each choice; the same line several times if it was chosen several times.
pub fn drawn(subject: &Enum) -> Vec<String> {
    let mut all = Vec::new();
    all.push(match subject.tagging {
        Tagging::Internal => "tagging: internal".to_string(),
        Tagging::Adjacent => "tagging: adjacent".into(),
        Tagging::External => "tagging: external".into(),
    });
    all.push(if subject.by_row { "trigger: row".into() } else { "trigger: statement".into() });
    all.push(format!("id: {}", subject.id.rust()));
    in_views::of_views(subject, &mut all);
    for column in &subject.columns {
        let kind = match column.kind {
            Kind::Value => "a value",
            Kind::Counter => "a counter",
            Kind::Set => "a set",
            Kind::List => "a list",
        };
        all.push(format!("column: {kind}"));
    }
    all.extend(subject.retired(None).map(|_| "column: retired".into()));
    for deed in &subject.everywhere {
        let key = match deed.operation.takes {
            Takes::Value => "context",
            Takes::Literal | Takes::RecordedAt | Takes::Sequence | Takes::EventType | Takes::Nothing => {
                deed.operation.key
            }
        };
        all.push(format!("everywhere: {key}"));
    }
    for variant in &subject.variants {
        of_variant(subject, variant, &mut all);
    }
    all
}

fn of_variant(subject: &Enum, variant: &Variant, all: &mut Vec<String>) {
    let row = match variant.row {
        Row::Create => "created",
        Row::Change => "changed",
        Row::Ignore => "left alone",
        Row::Delete => "deleted",
    };
    let shape = match variant.shape {
        Shape::Struct => "struct",
        Shape::Newtype => "newtype",
        Shape::Tuple => "tuple",
        Shape::Unit => "unit",
    };
    all.extend([format!("row: {row}"), format!("shape: {shape}")]);
    let by_one_word = variant.set_by_one_word(subject, None).count();
    let ignored = variant.fields.iter().any(|field| field.deeds_of(None).next().is_none());
    let marks = [
        (variant.rename.is_some(), "renamed"),
        (!variant.aliases.is_empty(), "with an alias"),
        (variant.other, "other"),
        (variant.skipped, "skipped"),
        (by_one_word > 0, "set by one word"),
        (by_one_word > 0 && variant.fields.len() > by_one_word, "set by one word, with another operation"),
        (by_one_word > 0 && ignored, "set by one word, but for a field"),
    ];
    all.extend(marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| format!("variant: {mark}")));
    for field in &variant.fields {
        of_field(field, all);
    }
    in_views::of_rules(subject, variant, all);
    for (deed, _) in variant.all_deeds() {
        of_deed(deed, all);
    }
}

fn of_field(field: &Field, all: &mut Vec<String>) {
    let keeps = |deed: &Deed| deed.operation.keep && matches!(deed.from, From::Field);
    let marks = [
        (field.rename.is_some(), "renamed"),
        (!field.aliases.is_empty(), "with an alias"),
        (field.optional && !field.many, "Option"),
        (field.many && field.set.is_none(), "Vec"),
        (field.set == Some("HashSet"), "HashSet"),
        (field.set == Some("BTreeSet"), "BTreeSet"),
        (field.optional && field.many, "Option of many"),
        (field.deeds.len() > 1, "several operations"),
        (field.default, "default"),
        (field.default_literal.is_some(), "default = literal"),
        (field.default_literal.is_some() && field.optional, "default = literal of an Option"),
        (field.deeds.iter().any(keeps), "keep"),
        (field.ty.rust == "DateTime<Utc>", "of a time"),
        (field.ty.rust == "Json", "of any JSON"),
    ];
    all.extend(marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| format!("field: {mark}")));
}

fn of_deed(deed: &Deed, all: &mut Vec<String>) {
    let (place, inside) = match &deed.from {
        From::Inside(inside) => ("inside", inside),
        From::Context(inside) => ("context", inside),
        From::Nothing | From::Literal(..) | From::Field => return,
    };
    let marks = [(inside.optional, "Option"), (inside.many, "Vec"), (deed.operation.keep, "keep")];
    all.extend(marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| format!("{place}: {mark}")));
}
