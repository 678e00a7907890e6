//! One model a type, with every operation that makes sense on it, from every source that it can have.

use super::archived::archives;
use super::draft::{Draft, finished};
use super::generate::{KINDS, can_be, makes_sense};
use super::subject::{Id, Subject};
use super::types::Ty;
use es_rollup_core::model::{
    Absent, Definition, Form, Gives, Kind, Life, Literal, Operation, Shape, Short, Source, Tagging, Takes,
};

/// How a field can be read: element by element, null for none, and what its absence means.
const READINGS: [(bool, bool, Absent); 8] = [
    (false, false, Absent::Refused),
    (false, true, Absent::None),
    (false, true, Absent::Refused),
    (false, false, Absent::Default),
    (true, false, Absent::Refused),
    (true, true, Absent::None),
    (true, true, Absent::Refused),
    (true, false, Absent::Default),
];

/// The type's model.
pub(crate) fn subject(number: usize, ty: &'static Ty) -> Subject {
    let tagging = match number % 3 {
        0 if !ty.is_wide() => Tagging::Internal { tag: "it's a \"type\"".into() },
        1 => Tagging::External,
        _ => Tagging::Adjacent { tag: "t".into(), content: "c\"'".into() },
    };
    let mut columns = vec![("begun".to_string(), Kind::Value, ty)];
    let mut drafts = Vec::new();
    if number.is_multiple_of(2) {
        let mut begun = Draft::new("Begun".into(), Shape::Struct, Life::Create);
        let source = begun.field(ty, vec!["with".into()], false, false, Absent::Refused);
        begun.step(0, Operation::Set, source);
        drafts.push(begun);
    }
    for kind in KINDS.into_iter().filter(|kind| can_be(*kind, ty)) {
        for operation in Operation::ALL.into_iter().filter(|one| makes_sense(*one, kind, ty)) {
            // What builds on a value has a column of its own, or what is set between would hide it.
            let Definition { accumulates, works_on, .. } = operation.definition();
            let is_alone = accumulates && works_on.contains(&Kind::Value);
            let name = if is_alone { operation.key() } else { kind_name(kind) };
            let at = columns.iter().position(|(column, ..)| column == name).unwrap_or_else(|| {
                columns.push((name.into(), kind, ty));
                columns.len() - 1
            });
            drafts.extend(doing(operation, at, ty, &tagging));
            if is_alone {
                drafts.extend(doing(Operation::Clear, at, ty, &tagging));
            }
        }
    }
    // Of models with either trigger some end and some do not.
    if (number / 4).is_multiple_of(2) {
        drafts.push(Draft::new("Ended".into(), Shape::Unit, Life::Delete));
    }
    if !matches!(tagging, Tagging::Internal { .. }) {
        drafts.push(Draft::new("Ignored".into(), Shape::Tuple, Life::Change));
    }
    if !number.is_multiple_of(2) {
        let mut begun = Draft::new("Begun".into(), Shape::Struct, Life::Change);
        let source = begun.field(ty, vec!["with".into()], false, true, Absent::None);
        begun.step(0, Operation::Set, source);
        drafts.push(begun);
    }
    let subject = finished(number, Id::ALL[number % Id::ALL.len()], tagging, columns, drafts, Vec::new());
    let subject = Subject { collects_early: true, ..subject };
    let subject = if number % 5 == 3 { subject.with_history() } else { subject };
    if archives(number) { subject.with_archive() } else { subject }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Value => "value",
        Kind::Counter => "counter",
        Kind::Set => "members",
        Kind::List => "items",
    }
}

/// A variant for each source that the operation can have.
fn doing(operation: Operation, column: usize, ty: &'static Ty, tagging: &Tagging) -> Vec<Draft> {
    let name = |how: &str| format!("{} {column} {how}", operation.key());
    let mut drafts = Vec::new();
    let mut without_field = |how: &str, source| {
        let mut draft = Draft::new(name(how), Shape::Unit, Life::Change);
        draft.step(column, operation, source);
        drafts.push(draft);
    };
    let Definition { takes, spellings, .. } = operation.definition();
    if takes == Takes::Nothing {
        without_field("it", Source::Nothing);
        return drafts;
    }
    if spellings.iter().any(|spelling| spelling.form == Form::Assignments) {
        for (at, literal) in ty.literals().into_iter().enumerate() {
            without_field(&format!("literal {at}"), Source::Literal(literal));
        }
    }
    let shorts = Short::ALL.iter().map(|short| short.definition());
    for short in shorts.filter(|short| short.operation == operation) {
        match short.gives {
            Gives::RecordedAt if ty.is_moment() => without_field(short.key, Source::RecordedAt),
            Gives::Sequence if ty.name == "i64" => without_field(short.key, Source::Sequence),
            Gives::One => without_field(short.key, Source::Literal(Literal::Integer(1))),
            // A literal.
            Gives::EventType | Gives::RecordedAt | Gives::Sequence => {}
        }
    }
    for (at, (many, optional, absent)) in READINGS.into_iter().enumerate() {
        let has_default = optional || many || ty.default().is_some();
        if (!many || operation.takes_many()) && (absent != Absent::Default || has_default) {
            let mut draft = Draft::new(name(&format!("field {at}")), Shape::Struct, Life::Change);
            let source = draft.field(ty, vec!["of".into(), "alias".into()], many, optional, absent);
            draft.step(column, operation, source);
            drafts.push(draft);
        }
    }
    if let Some(literal) = ty.literals().pop() {
        for (how, optional) in [("default", false), ("default, or none", true)] {
            let mut draft = Draft::new(name(how), Shape::Struct, Life::Change);
            let absent = Absent::Literal(literal.clone());
            let source = draft.field(ty, vec!["of".into()], false, optional, absent);
            draft.step(column, operation, source);
            drafts.push(draft);
        }
    }
    if operation.takes_many() && ty.is_ordered() {
        let mut draft = Draft::new(name("set"), Shape::Struct, Life::Change);
        let source = draft.field(ty, vec!["of".into()], true, false, Absent::Refused);
        draft.ascending();
        draft.step(column, operation, source);
        drafts.push(draft);
    }
    let insides = [
        ("inside", false, false, (false, Absent::Refused)),
        ("inside, or none", operation.takes_many(), true, (true, Absent::None)),
        ("inside, in null or none", false, true, (true, Absent::Refused)),
    ];
    for (how, many, optional, whole) in insides {
        let mut draft = Draft::new(name(how), Shape::Struct, Life::Change);
        let path = vec!["it's".into(), "0".into()];
        let source = draft.inside(ty, "of".into(), path, many, optional, whole);
        draft.step(column, operation, source);
        drafts.push(draft);
    }
    if !matches!(tagging, Tagging::Internal { .. }) || ty.is_json() {
        let mut draft = Draft::new(name("newtype"), Shape::Newtype, Life::Change);
        let source = draft.field(ty, Vec::new(), false, false, Absent::Refused);
        draft.step(column, operation, source);
        drafts.push(draft);
    }
    drafts
}
