//! A random variant, and the operations that are written on it and on its fields.

use super::{ODD, WORDS, bare, plain, words_of, written_type};
use crate::description::{Column, Deed, Enum, Field, From, Inside, Row, Shape, Tagging, Variant};
use crate::dice::Dice;
use crate::operations::{OPERATIONS, Operation, Takes};
use crate::types::Ty;
use crate::views::Rule;

/// What is known of a variant before it is drawn.
pub(super) struct Draft {
    pub(super) at: usize,
    pub(super) row: Row,
    pub(super) other: bool,
    /// Whether it has named fields for certain.
    pub(super) named: bool,
    /// The operation with which it begins.
    pub(super) first: Option<&'static Operation>,
}

/// A random variant that does nothing to views yet.
pub(super) fn variant(subject: &Enum, columns: usize, draft: &Draft, dice: &mut Dice) -> Variant {
    let &Draft { at, row, other, named, first } = draft;
    let shape = match dice.below(12) {
        _ if other => Shape::Unit,
        _ if named => Shape::Struct,
        0..=5 => Shape::Struct,
        6 | 7 => Shape::Newtype,
        // serde has no internally tagged tuples.
        8 | 9 if subject.tagging != Tagging::Internal => Shape::Tuple,
        _ => Shape::Unit,
    };
    let mut variant = Variant { other, ..bare(subject, at, row, shape, dice) };
    if dice.percent(15) && !other {
        variant.rename = Some(format!("{} {at}", dice.pick(&ODD)));
    }
    if dice.percent(20) && !other {
        variant.aliases.push(format!("alias of {at}"));
    }
    if let Some(operation) = first {
        add(subject, &mut variant, operation, (None, 0), dice);
    }
    if matches!(row, Row::Create | Row::Change) {
        for _ in 0..dice.between(1, 6) {
            operate(subject, &mut variant, (None, dice.below(columns)), dice);
        }
    }
    variant
}

/// The variant with what serde wants of it, after all operations were added.
pub(super) fn settle(subject: &Enum, variant: &mut Variant, dice: &mut Dice) {
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
    let says_nothing = variant.all_deeds().next().is_none() && variant.rules.iter().all(Rule::is_nothing);
    if variant.row == Row::Change && says_nothing {
        variant.row = Row::Ignore;
    }
}

/// A table, the entity's own without a view, and a column of it.
pub(super) type Place = (Option<usize>, usize);

/// Adds some operation on that column, if there is one that is still possible.
pub(super) fn operate(subject: &Enum, variant: &mut Variant, place: Place, dice: &mut Dice) {
    let (view, column) = place;
    let Column { kind, ty, .. } = subject.columns_of(view)[column];
    let is_same = |deed: &&Deed| (deed.view, deed.column) == place;
    let done: Vec<&Deed> = variant.all_deeds().map(|(deed, _)| deed).filter(is_same).collect();
    // An event writes a column once, unless each time goes on from the one before.
    let may = |one: &&Operation| {
        one.kinds.contains(&kind)
            && (one.types)(ty)
            && !(variant.other && one.takes == Takes::EventType)
            && done.iter().all(|deed| deed.operation.accumulates && one.accumulates)
    };
    let possible: Vec<&'static Operation> = OPERATIONS.iter().filter(may).collect();
    if !possible.is_empty() {
        add(subject, variant, dice.pick(&possible), place, dice);
    }
}

/// Adds an operation to a variant, if it has a place for it.
pub(super) fn add(
    subject: &Enum,
    variant: &mut Variant,
    operation: &'static Operation,
    place: Place,
    dice: &mut Dice,
) {
    let (view, column) = place;
    let Column { name, ty, .. } = subject.columns_of(view)[column];
    let deed = |from| Deed { operation, view, column, from };
    // The list whose elements choose rows of the view.
    let each = view.and_then(|view| variant.rules[view].each);
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
            let inside = Inside { path: path(variant, dice), optional, many };
            if dice.percent(if operation.keep { 25 } else { 12 }) {
                variant.deeds.push(deed(From::Context(inside)));
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
                    let is_usual = |field: &Field| {
                        std::ptr::eq(field.ty, ty)
                            && field.many == many
                            && (field.optional || !operation.keep)
                            && is_read(field)
                    };
                    if dice.percent(30)
                        && let Some(at) =
                            variant.fields.iter().position(is_usual).filter(|at| each != Some(*at))
                    {
                        variant.fields[at].deeds.push(deed(From::Field));
                    } else if dice.percent(if operation.keep { 40 } else { 15 }) {
                        add_inside(variant, deed(From::Inside(inside)), dice);
                    } else {
                        let new = New { ty, name, named: 60, optional, many };
                        let field = field(subject, variant, &new, dice);
                        let deeds = vec![deed(From::Field)];
                        variant.fields.push(Field { deeds, ..field });
                    }
                }
            }
        }
    }
}

/// Whether something reads the field as it is.
pub(super) fn is_read(field: &Field) -> bool {
    let reads = |deed: &Deed| matches!(deed.from, From::Field) && deed.operation.takes == Takes::Value;
    field.deeds.iter().any(reads)
}

/// Whether something is read inside the field, or inside its elements.
pub(super) fn is_inside(field: &Field) -> bool {
    field.deeds.iter().any(|deed| matches!(deed.from, From::Inside(_)))
}

/// A path that nothing else of the enum has.
pub(super) fn path(variant: &Variant, dice: &mut Dice) -> Vec<String> {
    let key = format!("of{}x{}", variant.words.concat(), variant.all_deeds().count());
    if dice.percent(50) { vec![key] } else { vec!["é".into(), key] }
}

/// Adds what reads inside a field, one of those that are there already or another.
pub(super) fn add_inside(variant: &mut Variant, deed: Deed, dice: &mut Dice) {
    let may = |field: &&mut Field| is_inside(field) && !field.many;
    if let Some(field) = variant.fields.iter_mut().find(may) {
        field.deeds.push(deed);
        return;
    }
    let words = any_words(variant, dice);
    variant.fields.push(Field { words, deeds: vec![deed], ..plain(written_type("Json")) });
}

/// A name that no other field of the variant has.
fn any_words(variant: &Variant, dice: &mut Dice) -> Vec<String> {
    let at = u8::try_from(variant.fields.len()).expect("few");
    vec![dice.pick(&WORDS).to_string(), char::from(b'a' + at).to_string()]
}

/// A field to be drawn.
pub(super) struct New {
    pub(super) ty: &'static Ty,
    /// The name of the column, and how often in a hundred the field is called like it.
    pub(super) name: &'static str,
    pub(super) named: usize,
    pub(super) optional: bool,
    pub(super) many: bool,
}

/// A named field, which nothing reads yet.
pub(super) fn field(subject: &Enum, variant: &Variant, new: &New, dice: &mut Dice) -> Field {
    let &New { ty, name, named, optional, many } = new;
    let words = any_words(variant, dice);
    let default_literal =
        (!many && !ty.literals.is_empty() && dice.percent(25)).then(|| dice.pick(ty.literals));
    let default = default_literal.is_none() && dice.percent(25) && (optional || many || ty.default.is_some());
    let set = (many && ty.can_be_member() && dice.percent(50)).then(|| dice.pick(&["HashSet", "BTreeSet"]));
    let mut aliases = Vec::new();
    if dice.percent(20) {
        aliases.push(format!("alias of {}", variant.fields.len()));
    }
    let rename = dice.percent(15).then(|| format!("{} {}", dice.pick(&ODD), variant.fields.len()));
    // Beside the tag there is no other key of its name.
    let can_be_named = !variant.fields.iter().any(|field| field.ident() == name)
        && (subject.tagging != Tagging::Internal || name != "type");
    let words = if can_be_named && dice.percent(named) { words_of(name) } else { words };
    Field { words, rename, aliases, optional, many, set, default, default_literal, ..plain(ty) }
}
