//! A random enum, such as the derive takes it.

use crate::description::{
    Case, Column, Deed, Enum, Field, From, Id, Inside, Kind, Row, Shape, Tagging, Variant,
};
use crate::dice::Dice;
use crate::operations::{OPERATIONS, Operation, Takes};
use crate::types::{TYPES, Ty};

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
    let mut subject = Enum {
        number,
        tagging,
        variants_case: dice.pick(&CASES),
        fields_case: dice.pick(&CASES),
        id: dice.pick(&[Id::Bigint, Id::Text, Id::Uuid]),
        by_row: number / 3 % 2 == 1,
        columns: columns(number, dice),
        variants: Vec::new(),
        everywhere: Vec::new(),
    };
    let others = usize::from(tagging != Tagging::External && dice.percent(15));
    if dice.percent(50) {
        everywhere(&mut subject, others > 0, dice);
    }
    let usual = subject.columns.len() - subject.everywhere.len();
    let creates = if dice.percent(60) { dice.between(1, 2) } else { 0 };
    let deletes = usize::from(dice.percent(35));
    let changes = dice.between(1, 4);
    for at in 0..creates + deletes + others + changes {
        let row = match at {
            _ if at < creates => Row::Create,
            _ if at < creates + deletes => Row::Delete,
            _ if at > creates + deletes + others && dice.percent(8) => Row::Ignore,
            _ => Row::Change,
        };
        let other = (creates + deletes..creates + deletes + others).contains(&at);
        let first = (at == creates + deletes + others).then(|| certain(number));
        let variant = variant(&subject, usual, at, row, other, first, dice);
        subject.variants.push(variant);
    }
    // Some for certain, whatever the dice show.
    if dice.percent(10) || number % 16 == 7 {
        subject.variants.push(Variant { skipped: true, ..bare(usize::MAX, Row::Change, Shape::Unit, dice) });
    }
    // What nothing fills would be refused.
    for column in 0..usual {
        let Column { kind, ty, .. } = subject.columns[column];
        let maker = maker(kind);
        let made = |deed: &Deed| deed.column == column && std::ptr::eq(deed.operation, maker);
        let mut fields = subject.variants.iter().flat_map(|variant| &variant.fields);
        if !fields.any(|field| field.deeds.iter().any(made)) {
            let mut variant = bare(100 + column, Row::Change, Shape::Struct, dice);
            let deeds = vec![Deed { operation: maker, column, from: From::Field }];
            let (optional, words) = (dice.percent(30), vec!["brought".into()]);
            variant.fields.push(Field { deeds, optional, words, ..plain(ty) });
            subject.variants.push(variant);
        }
    }
    // The one for the rest stands last, as serde wants it.
    subject.variants.sort_by_key(|variant| variant.other);
    subject
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
    subject.everywhere.push(Deed { operation, column, from });
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

fn columns(number: usize, dice: &mut Dice) -> Vec<Column> {
    let certain = certain(number);
    let kinds = [Kind::Value, Kind::Counter, Kind::Set, Kind::List];
    let mut columns: Vec<Column> = Vec::new();
    for at in 0..dice.between(1, 5) {
        let kind = dice.pick(if at == 0 { certain.kinds } else { &kinds });
        let types: Vec<&'static Ty> =
            TYPES.iter().filter(|ty| fits(kind, ty) && (at > 0 || (certain.types)(ty))).collect();
        let ty = if at == 0 { types[number / OPERATIONS.len() % types.len()] } else { dice.pick(&types) };
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

fn bare(at: usize, row: Row, shape: Shape, dice: &mut Dice) -> Variant {
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
    }
}

/// A random variant, which begins with that operation if one is given.
fn variant(
    subject: &Enum,
    columns: usize,
    at: usize,
    row: Row,
    other: bool,
    first: Option<&'static Operation>,
    dice: &mut Dice,
) -> Variant {
    let shape = match dice.below(12) {
        _ if other => Shape::Unit,
        _ if first.is_some() => Shape::Struct,
        0..=5 => Shape::Struct,
        6 | 7 => Shape::Newtype,
        // serde has no internally tagged tuples.
        8 | 9 if subject.tagging != Tagging::Internal => Shape::Tuple,
        _ => Shape::Unit,
    };
    let mut variant = Variant { other, ..bare(at, row, shape, dice) };
    if dice.percent(15) && !other {
        variant.rename = Some(format!("{} {at}", dice.pick(&ODD)));
    }
    if dice.percent(20) && !other {
        variant.aliases.push(format!("alias of {at}"));
    }
    if let Some(operation) = first {
        add(subject, &mut variant, operation, 0, dice);
    }
    if matches!(row, Row::Create | Row::Change) {
        for _ in 0..dice.between(1, 6) {
            let column = dice.below(columns);
            let Column { kind, ty, .. } = subject.columns[column];
            let done: Vec<&Deed> = deeds(&variant).filter(|deed| deed.column == column).collect();
            // An event writes a column once, unless each time goes on from the one before.
            let may = |one: &&Operation| {
                one.kinds.contains(&kind)
                    && (one.types)(ty)
                    && !(other && one.takes == Takes::EventType)
                    && done.iter().all(|deed| deed.operation.accumulates && one.accumulates)
            };
            let possible: Vec<&'static Operation> = OPERATIONS.iter().filter(may).collect();
            if !possible.is_empty() {
                let operation = dice.pick(&possible);
                add(subject, &mut variant, operation, column, dice);
            }
        }
    }
    match (variant.row, variant.shape) {
        // What nothing reads.
        (_, Shape::Newtype) if variant.fields.is_empty() => {
            let ty = written_type(if subject.tagging == Tagging::Internal { "Spot" } else { "String" });
            variant.fields.push(plain(ty));
        }
        (_, Shape::Struct) if dice.percent(30) => {
            let field = Field { words: vec!["unread".into()], ..plain(written_type("String")) };
            variant.fields.push(field);
        }
        _ => {}
    }
    if variant.row == Row::Change && deeds(&variant).next().is_none() {
        variant.row = Row::Ignore;
    }
    variant
}

fn written_type(name: &str) -> &'static Ty {
    TYPES.iter().find(|ty| ty.rust == name).expect("a type")
}

fn deeds(variant: &Variant) -> impl Iterator<Item = &Deed> {
    variant.deeds.iter().chain(variant.fields.iter().flat_map(|field| &field.deeds))
}

/// Adds an operation to a variant, if it has a place for it.
fn add(subject: &Enum, variant: &mut Variant, operation: &'static Operation, column: usize, dice: &mut Dice) {
    let Column { name, ty, .. } = subject.columns[column];
    let deed = |from| Deed { operation, column, from };
    match operation.takes {
        Takes::Nothing if operation.key == "clear" && variant.shape == Shape::Struct && dice.percent(40) => {
            let words = vec!["cleared".into(), format!("{}x", variant.fields.len())];
            let deeds = vec![deed(From::Nothing)];
            variant.fields.push(Field { words, deeds, ..plain(ty) });
        }
        Takes::Nothing | Takes::RecordedAt | Takes::Sequence | Takes::EventType => {
            variant.deeds.push(deed(From::Nothing))
        }
        Takes::Literal => {
            let (literal, value) = dice.pick(ty.literals);
            variant.deeds.push(deed(From::Literal(literal, value)));
        }
        Takes::Value => {
            let many = operation.many && dice.percent(55);
            let optional = operation.keep || dice.percent(35);
            let key = format!("of{}x{}", variant.words.concat(), deeds(variant).count());
            let path = if dice.percent(50) { vec![key] } else { vec!["é".into(), key] };
            if dice.percent(if operation.keep { 25 } else { 12 }) {
                variant.deeds.push(deed(From::Context(Inside { path, optional, many })));
                return;
            }
            match variant.shape {
                Shape::Unit | Shape::Tuple => {}
                Shape::Newtype => {
                    let internal = subject.tagging == Tagging::Internal;
                    let fits = !internal || ty.rust == "Spot" && !many && !operation.keep;
                    if variant.fields.is_empty() && fits {
                        let optional = optional && !internal;
                        let deeds = vec![deed(From::Field)];
                        variant.fields.push(Field { deeds, optional, many, ..plain(ty) });
                    }
                }
                Shape::Struct => {
                    let of = |field: &Field| {
                        let reads = |deed: &Deed| {
                            matches!(deed.from, From::Field) && deed.operation.takes == Takes::Value
                        };
                        std::ptr::eq(field.ty, ty)
                            && field.many == many
                            && (field.optional || !operation.keep)
                            && field.deeds.iter().any(reads)
                    };
                    if dice.percent(30)
                        && let Some(field) = variant.fields.iter_mut().find(|field| of(field))
                    {
                        field.deeds.push(deed(From::Field));
                        return;
                    }
                    let at = variant.fields.len();
                    let words = vec![
                        dice.pick(&WORDS).to_string(),
                        format!("{}", char::from(b'a' + u8::try_from(at).expect("few"))),
                    ];
                    let inside =
                        |field: &Field| field.deeds.iter().any(|deed| matches!(deed.from, From::Inside(_)));
                    if dice.percent(if operation.keep { 40 } else { 15 }) {
                        let from = From::Inside(Inside { path, optional, many });
                        if let Some(field) = variant.fields.iter_mut().find(|field| inside(field)) {
                            field.deeds.push(deed(from));
                            return;
                        }
                        let deeds = vec![deed(from)];
                        variant.fields.push(Field { words, deeds, ..plain(written_type("Json")) });
                        return;
                    }
                    let default_literal = (!many && !ty.literals.is_empty() && dice.percent(25))
                        .then(|| dice.pick(ty.literals));
                    let default = default_literal.is_none()
                        && dice.percent(25)
                        && (optional || many || ty.default.is_some());
                    let set = (many && ty.can_be_member() && dice.percent(50))
                        .then(|| dice.pick(&["HashSet", "BTreeSet"]));
                    let mut aliases = Vec::new();
                    if dice.percent(20) {
                        aliases.push(format!("alias of {at}"));
                    }
                    let rename = dice.percent(15).then(|| format!("{} {at}", dice.pick(&ODD)));
                    // Beside the tag there is no other key of its name.
                    let named = !variant.fields.iter().any(|field| field.ident() == name)
                        && (subject.tagging != Tagging::Internal || name != "type");
                    let words = if named && dice.percent(60) { words_of(name) } else { words };
                    let deeds = vec![deed(From::Field)];
                    let field = Field {
                        words,
                        rename,
                        aliases,
                        ty,
                        optional,
                        many,
                        set,
                        default,
                        default_literal,
                        deeds,
                    };
                    variant.fields.push(field);
                }
            }
        }
    }
}

/// A column's name as a field's.
fn words_of(name: &str) -> Vec<String> {
    name.split('_').map(String::from).collect()
}
