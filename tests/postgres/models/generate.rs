//! Random models, each such as the derive could have made it.

use super::archived::archives;
use super::certain;
use super::choosing;
use super::constraints::constrain;
use super::draft::{Draft, finished, may};
use super::palette::TYPES;
use super::subject::{Id, Subject};
use super::types::Ty;
use es_rollup_core::model::{
    Absent, Field, Kind, Life, Literal, Need, Operation, Origin, Shape, Source, Tagging, Takes,
};
use proptest::prelude::*;
use proptest::test_runner::TestRng;

/// Chance.
pub(crate) struct Dice<'a>(pub(crate) &'a mut TestRng);

impl Dice<'_> {
    pub(super) fn between(&mut self, lowest: usize, highest: usize) -> usize {
        self.0.random_range(lowest..=highest)
    }

    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.0.random_ratio(percent, 100)
    }

    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.between(0, among.len() - 1)]
    }
}

/// Names that SQL or PL/pgSQL could take for something else.
pub(super) const COLUMNS: [&str; 16] = [
    "email",
    "order",
    "select",
    "type",
    "found",
    "new",
    "old",
    "r",
    "e",
    "n",
    "sequence",
    "recorded_at",
    "payload",
    "end",
    "value",
    "a_rather_long_name_that_is_just_within_the_limit_of_postgresql_",
];

/// Keys of fields, of which some need quoting.
pub(super) const KEYS: [&str; 10] =
    ["name", "it's", "é", "a b", "\"quoted\"", "$.path", "%s", "{}", "0", "camelCase"];

/// Whether the operation makes sense on columns of that kind and type.
pub(crate) fn makes_sense(operation: Operation, kind: Kind, ty: &Ty) -> bool {
    operation.works_on(kind)
        && match operation.definition().needs {
            Some(Need::Order) => ty.is_ordered(),
            Some(Need::Number) => ty.is_number(),
            Some(Need::Equality) => ty.is_equal(),
            Some(Need::Boolean) => ty.name == "bool",
            None => true,
        }
}

/// Whether a column of that kind can be of that type.
pub(crate) fn can_be(kind: Kind, ty: &Ty) -> bool {
    match kind {
        Kind::Value => true,
        Kind::Counter => ty.is_number(),
        Kind::Set => ty.is_equal(),
        Kind::List => ty.is_one(),
    }
}

pub(crate) const KINDS: [Kind; 4] = [Kind::Value, Kind::Counter, Kind::Set, Kind::List];

/// The operation without which a column would not be of its kind, or would never hold a thing.
pub(super) fn maker(kind: Kind) -> Operation {
    match kind {
        Kind::Value => Operation::Set,
        Kind::Counter => Operation::Increment,
        Kind::Set => Operation::Add,
        Kind::List => Operation::Push,
    }
}

/// A random model.
pub(crate) fn subject(number: usize, tagging: Tagging, dice: &mut Dice<'_>) -> Subject {
    let internal = matches!(tagging, Tagging::Internal { .. });
    let mut columns: Vec<(String, Kind, &'static Ty)> = Vec::new();
    for _ in 0..dice.between(1, 6) {
        let kind = *dice.pick(&KINDS);
        let fitting: Vec<&'static Ty> =
            TYPES.iter().filter(|ty| can_be(kind, ty) && !(internal && ty.is_wide())).collect();
        let name = (*dice.pick(&COLUMNS)).to_string();
        if !columns.iter().any(|(other, ..)| *other == name) {
            columns.push((name, kind, *dice.pick(&fitting)));
        }
    }
    let mut drafts = Vec::new();
    let creates = if number % 4 == 1 || dice.percent(50) { dice.between(1, 2) } else { 0 };
    let deletes = usize::from(number % 4 == 2 || dice.percent(25));
    let others = usize::from(number % 4 == 3 || dice.percent(15));
    let changes = dice.between(1, 5);
    let certain = certain::draft(number, &tagging, &mut columns, dice);
    for at in 0..creates + deletes + others + changes {
        let life = match at {
            at if at < creates => Life::Create,
            at if at < creates + deletes => Life::Delete,
            _ => Life::Change,
        };
        let other = (creates + deletes..creates + deletes + others).contains(&at);
        drafts.push(draft(at, life, other, &tagging, &columns, dice));
    }
    drafts.extend(certain);
    if creates > 0 {
        drafts.push(certain::beginning(&mut columns, number));
    }
    if dice.percent(15) {
        // One that serde skips.
        let mut skipped = Draft::new("Skipped".into(), Shape::Struct, Life::Change);
        skipped.variant.wire.clear();
        drafts.push(skipped);
    }
    for (at, (_, kind, ty)) in columns.iter().enumerate() {
        let brings = |draft: &Draft| {
            let mut steps = draft.rule.steps.iter().filter(|step| step.column == at);
            steps.any(|step| match kind {
                Kind::Value => step.operation.brings(),
                Kind::Counter => step.operation.makes().is_some(),
                Kind::Set | Kind::List => step.operation == maker(*kind),
            })
        };
        if !drafts.iter().any(brings) {
            let mut draft = Draft::new(format!("Brings{at}"), Shape::Struct, Life::Change);
            let source = draft.field(ty, vec!["brought".into()], false, dice.percent(30), Absent::Refused);
            draft.step(at, maker(*kind), source);
            drafts.push(draft);
        }
    }
    let children = choosing::draw(number, &tagging, &mut drafts, dice);
    let mut subject = finished(number, Id::ALL[number % Id::ALL.len()], tagging, columns, drafts, children);
    constrain(&mut subject, number, dice);
    let subject = if keeps_history(number) { subject.with_history() } else { subject };
    if archives(number) { subject.with_archive() } else { subject }
}

/// Whether the model has a history: with views and without, in both trigger forms, in both orders, and where entities end.
const fn keeps_history(number: usize) -> bool {
    matches!(number % 12, 0..=2 | 7 | 10)
}

/// A random variant.
fn draft(
    at: usize,
    life: Life,
    other: bool,
    tagging: &Tagging,
    columns: &[(String, Kind, &'static Ty)],
    dice: &mut Dice<'_>,
) -> Draft {
    let internal = matches!(tagging, Tagging::Internal { .. });
    let shape = match dice.between(0, 9) {
        _ if other => Shape::Unit,
        0..=5 => Shape::Struct,
        6 | 7 => Shape::Newtype,
        8 if !internal => Shape::Tuple,
        _ => Shape::Unit,
    };
    let mut draft = Draft::new(format!("{}Event{at}", dice.pick(&["", "it's", "é "])), shape, life);
    draft.variant.other = other;
    if dice.percent(25) {
        // Text that is JSON of another type, too.
        draft.variant.wire.push(match at % 3 {
            0 => at.to_string(),
            1 => format!("[{at}]"),
            _ => format!("alias of {at}"),
        });
    }
    if life == Life::Delete {
        return draft;
    }
    for _ in 0..dice.between(0, 5) {
        let column = dice.between(0, columns.len() - 1);
        let (_, kind, ty) = columns[column];
        let possible: Vec<Operation> = Operation::ALL
            .into_iter()
            .filter(|operation| {
                makes_sense(*operation, kind, ty) && may(&draft.rule.steps, column, *operation)
            })
            .collect();
        let Some(operation) = (!possible.is_empty()).then(|| *dice.pick(&possible)) else { continue };
        if let Some(source) = source(&mut draft, operation, column, ty, tagging, dice) {
            draft.step(column, operation, source);
        }
    }
    // A variant of one field has one, which somebody reads.
    let own = |field: &Field| field.origin == Origin::Payload;
    if draft.variant.shape == Shape::Newtype && !draft.variant.fields.iter().any(own) {
        draft.variant.shape = Shape::Struct;
    }
    draft
}

/// Where the operation's value comes from; `None` if there is no place for it in the variant.
pub(super) fn source(
    draft: &mut Draft,
    operation: Operation,
    column: usize,
    ty: &'static Ty,
    tagging: &Tagging,
    dice: &mut Dice<'_>,
) -> Option<Source> {
    let internal = matches!(tagging, Tagging::Internal { .. });
    if operation.definition().takes == Takes::Nothing {
        return Some(Source::Nothing);
    }
    if operation == Operation::Set && ty.name == "i64" && dice.percent(20) {
        return Some(Source::Sequence);
    }
    if dice.percent(12) {
        let many = operation.takes_many() && dice.percent(50);
        // A key of its own, so that what stands there is of the type.
        let key = format!("{}{}{column}", draft.variant.name, draft.variant.fields.len());
        let path = if dice.percent(50) { vec![key] } else { vec!["é".into(), key] };
        return Some(draft.in_context(ty, path, many, dice.percent(50)));
    }
    let is_fields = matches!(draft.variant.shape, Shape::Struct | Shape::Newtype);
    if !is_fields || dice.percent(25) {
        return match operation {
            Operation::Increment => Some(Source::Literal(Literal::Integer(1))),
            Operation::Set if ty.is_moment() => Some(Source::RecordedAt),
            Operation::Set if !ty.literals().is_empty() => {
                Some(Source::Literal(dice.pick(&ty.literals()).clone()))
            }
            _ => None,
        };
    }
    let many = operation.takes_many() && dice.percent(50);
    // A field may be read by several operations, each time in the same way.
    let shared = draft.shared(ty, many);
    if let Some(field) = shared.filter(|_| dice.percent(40)) {
        return Some(Source::Field(field));
    }
    let optional = dice.percent(35);
    let absent = match (optional, dice.percent(40)) {
        (_, _) if !many && !ty.literals().is_empty() && dice.percent(15) => {
            Absent::Literal(dice.pick(&ty.literals()).clone())
        }
        (true, true) => Absent::None,
        (false, true) if many || ty.default().is_some() => Absent::Default,
        (true | false, _) => Absent::Refused,
    };
    if draft.variant.shape == Shape::Newtype {
        // serde reads an internally tagged one from an object.
        let own = |field: &Field| field.origin == Origin::Payload;
        let fits = !draft.variant.fields.iter().any(own) && (!internal || (ty.is_json() && !many));
        let absent = if optional && !internal { Absent::None } else { Absent::Refused };
        return fits.then(|| draft.field(ty, Vec::new(), many, optional && !internal, absent));
    }
    let at = draft.variant.fields.len();
    if dice.percent(15) {
        let path: &[&str] = if dice.percent(50) { &["a b"] } else { &["it's", "0"] };
        let path = path.iter().map(|key| (*key).to_string()).collect();
        let wholes = [(false, Absent::Refused), (true, Absent::Refused), (true, Absent::None)];
        let whole = dice.pick(&wholes).clone();
        return Some(draft.inside(ty, format!("inside {at}"), path, many, optional, whole));
    }
    let mut keys = vec![format!("{}{at}", dice.pick(&KEYS))];
    for alias in 0..dice.between(0, 4).saturating_sub(2) {
        keys.push(format!("alias {alias} of {at}"));
    }
    let source = draft.field(ty, keys, many, optional, absent);
    if many && ty.is_ordered() && dice.percent(30) {
        draft.ascending();
    }
    Some(source)
}
