//! A random enum, such as the derive takes it.

mod keys;
mod rows;
mod variants;
mod views;

use crate::description::{
    Case, Column, Deed, Enum, Field, From, Id, Inside, Kind, Row, Shape, Tagging, Variant,
};
use crate::dice::Dice;
use crate::operations::{OPERATIONS, Operation, Takes};
use crate::types::{TYPES, Ty};
use crate::views::Rule;
use variants::{Draft, settle, variant};

/// Names that SQL, PL/pgSQL or Rust could take for something else.
const COLUMNS: [&str; 16] = [
    "email",
    "order",
    "select",
    "type",
    "found",
    "new",
    "old",
    "r",
    "e",
    "event",
    "state",
    "value",
    "end",
    "column",
    "sequence",
    "recorded_at",
];

const WORDS: [&str; 12] =
    ["opened", "up", "moved", "paid", "name", "city", "late", "new", "state", "self", "role", "value"];

const ODD: [&str; 6] = ["it's", "é b", "$1", "\"quoted\"", "{}", "-"];

const CASES: [Case; 5] = [Case::AsWritten, Case::Snake, Case::Camel, Case::Kebab, Case::ScreamingSnake];

/// The enum of that number, the same for the same seed.
pub fn generate(seed: u64, number: usize) -> Enum {
    let dice = &mut Dice::new(seed, number);
    let tagging = [Tagging::Internal, Tagging::Adjacent, Tagging::External][number % 3];
    let views = views::views(number, dice);
    // Views make an enum larger, so that it gets less of its own.
    let most = if views.is_empty() { 5 } else { 3 };
    let mut subject = Enum {
        number,
        tagging,
        variants_case: dice.pick(&CASES),
        fields_case: dice.pick(&CASES),
        id: dice.pick(&[Id::Bigint, Id::Text, Id::Uuid]),
        by_row: number / 3 % 2 == 1,
        history: dice.percent(20),
        columns: columns(certain(number), number / OPERATIONS.len(), most, dice),
        views,
        variants: Vec::new(),
        everywhere: Vec::new(),
    };
    let often = if subject.views.is_empty() { 15 } else { 30 };
    let others = usize::from(tagging != Tagging::External && dice.percent(often));
    if dice.percent(50) {
        everywhere(&mut subject, others > 0, dice);
    }
    let usual = subject.columns.len() - subject.everywhere.len();
    let creates = if dice.percent(60) { dice.between(1, 2) } else { 0 };
    let deletes = usize::from(dice.percent(35));
    let changes = if subject.views.is_empty() { dice.between(1, 4) } else { dice.between(2, 3) };
    for at in 0..creates + deletes + others + changes {
        let row = match at {
            _ if at < creates => Row::Create,
            _ if at < creates + deletes => Row::Delete,
            _ if at > creates + deletes + others && dice.percent(8) => Row::Ignore,
            _ => Row::Change,
        };
        let other = (creates + deletes..creates + deletes + others).contains(&at);
        // The first changes have some things for certain, so that none is left to chance.
        let change = at.checked_sub(creates + deletes + others);
        let first = (change == Some(0)).then(|| certain(number));
        let row = if change == Some(1) && !subject.views.is_empty() { Row::Change } else { row };
        let named = first.is_some() || change == Some(1) && !subject.views.is_empty();
        let mut variant = variant(&subject, usual, &Draft { at, row, other, named, first }, dice);
        rows::rules(&subject, &mut variant, change, dice);
        settle(&subject, &mut variant, dice);
        subject.variants.push(variant);
    }
    // Some for certain, whatever the dice show.
    if dice.percent(10) || number % 16 == 7 {
        let skipped = bare(&subject, usize::MAX, Row::Change, Shape::Unit, dice);
        subject.variants.push(Variant { skipped: true, ..skipped });
    }
    // What nothing fills would be refused.
    for column in 0..usual {
        let Column { kind, ty, .. } = subject.columns[column];
        if !is_made(&subject, (None, column)) {
            let mut variant = bare(&subject, 100 + column, Row::Change, Shape::Struct, dice);
            let deeds = vec![Deed { operation: maker(kind), view: None, column, from: From::Field }];
            let (optional, words) = (dice.percent(30), vec!["brought".into()]);
            variant.fields.push(Field { deeds, optional, words, ..plain(ty) });
            subject.variants.push(variant);
        }
    }
    for view in 0..subject.views.len() {
        let variant = rows::brings(&subject, view, dice);
        subject.variants.push(variant);
    }
    // The one for the rest stands last, as serde wants it.
    subject.variants.sort_by_key(|variant| variant.other);
    subject
}

/// Whether a field gives the column the value without which it would not be of its kind, or of its type.
fn is_made(subject: &Enum, (view, column): (Option<usize>, usize)) -> bool {
    let maker = maker(subject.columns_of(view)[column].kind);
    let is_it =
        |deed: &Deed| deed.view == view && deed.column == column && std::ptr::eq(deed.operation, maker);
    let mut fields = subject.variants.iter().flat_map(|variant| &variant.fields);
    fields.any(|field| field.deeds.iter().any(is_it))
}

/// Adds a column that every event writes.
fn everywhere(subject: &mut Enum, has_other: bool, dice: &mut Dice) {
    let names: Vec<&str> = subject.columns.iter().map(|column| column.name).collect();
    let name = COLUMNS.into_iter().find(|name| !names.contains(name)).expect("a name");
    let column = subject.columns.len();
    let nothing = |key, takes| (written(key, takes), From::Nothing);
    let (operation, from) = match dice.below(5) {
        0 => nothing("at", Takes::RecordedAt),
        1 => nothing("sequence", Takes::Sequence),
        // The types of unknown events are not known.
        2 if !has_other => nothing("event_type", Takes::EventType),
        _ => {
            let operation = dice.pick(&[written("set", Takes::Value), kept()]);
            let optional = operation.keep || dice.percent(50);
            let inside = Inside { path: vec!["everywhere".into()], optional, many: false };
            (operation, From::Context(inside))
        }
    };
    let types: Vec<&'static Ty> = TYPES.iter().filter(|ty| (operation.types)(ty)).collect();
    subject.columns.push(Column { name, kind: Kind::Value, ty: dice.pick(&types) });
    subject.everywhere.push(Deed { operation, view: None, column, from });
}

/// The operation without which a column would not be of its kind, or of its type.
fn maker(kind: Kind) -> &'static Operation {
    let key = match kind {
        Kind::Value => "set",
        Kind::Counter => "increment",
        Kind::Set => "add",
        Kind::List => "push",
    };
    written(key, Takes::Value)
}

fn written(key: &str, takes: Takes) -> &'static Operation {
    OPERATIONS.iter().find(|one| one.key == key && one.takes == takes).expect("an operation")
}

fn kept() -> &'static Operation {
    OPERATIONS.iter().find(|one| one.keep).expect("an operation")
}

fn fits(kind: Kind, ty: &Ty) -> bool {
    match kind {
        Kind::Value => true,
        Kind::Counter => ty.number.is_some(),
        Kind::Set => ty.equal && ty.single,
        Kind::List => ty.single,
    }
}

/// The operation that the enum of that number has for certain, on its first column: each in turn, so that none is left
/// to chance.
fn certain(number: usize) -> &'static Operation {
    &OPERATIONS[number % OPERATIONS.len()]
}

/// Some columns. The first can have that operation, and is of the type whose turn it is.
fn columns(certain: &Operation, turn: usize, most: usize, dice: &mut Dice) -> Vec<Column> {
    let kinds = [Kind::Value, Kind::Counter, Kind::Set, Kind::List];
    let mut columns: Vec<Column> = Vec::new();
    for at in 0..dice.between(1, most) {
        let kind = dice.pick(if at == 0 { certain.kinds } else { &kinds });
        let types: Vec<&'static Ty> =
            TYPES.iter().filter(|ty| fits(kind, ty) && (at > 0 || (certain.types)(ty))).collect();
        let ty = match at {
            0 => types[turn % types.len()],
            // JSON's null is a value of no other type.
            _ if fits(kind, written_type("Json")) && dice.percent(10) => written_type("Json"),
            _ => dice.pick(&types),
        };
        let name = dice.pick(&COLUMNS);
        if !columns.iter().any(|other| other.name == name) {
            columns.push(Column { name, kind, ty });
        }
    }
    columns
}

fn plain(ty: &'static Ty) -> Field {
    let (words, aliases, deeds) = (Vec::new(), Vec::new(), Vec::new());
    Field {
        words,
        rename: None,
        aliases,
        ty,
        optional: false,
        many: false,
        set: None,
        default: false,
        default_literal: None,
        deeds,
    }
}

fn bare(subject: &Enum, at: usize, row: Row, shape: Shape, dice: &mut Dice) -> Variant {
    let number = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let last = match at {
        usize::MAX => "skipped".to_string(),
        100.. => format!("brings{}", number[at - 100]),
        _ => number[at].into(),
    };
    let words = vec![dice.pick(&WORDS).to_string(), last];
    let (deeds, fields) = (Vec::new(), Vec::new());
    Variant {
        words,
        rename: None,
        aliases: Vec::new(),
        other: false,
        skipped: false,
        row,
        shape,
        bare_set: dice.percent(50),
        deeds,
        fields,
        rules: vec![Rule::default(); subject.views.len()],
    }
}

/// A column's name as a field's.
fn words_of(name: &str) -> Vec<String> {
    name.split('_').map(String::from).collect()
}

fn written_type(name: &str) -> &'static Ty {
    TYPES.iter().find(|ty| ty.rust == name).expect("a type")
}
