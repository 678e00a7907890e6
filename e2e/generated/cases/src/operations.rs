//! The operations, one line each: how they are written, on what they work, and what they do.

use crate::description::Kind::{self, Counter, List, Set, Value as One};
use crate::types::Ty;
use serde_json::Value;
use std::cmp::Ordering;

#[derive(Debug)]
pub struct Operation {
    pub key: &'static str,
    pub takes: Takes,
    /// The kinds of columns that have it.
    pub kinds: &'static [Kind],
    /// The kind that it makes of a column that nothing else decides about.
    pub makes: Option<Kind>,
    /// The types of columns that have it.
    pub types: fn(&Ty) -> bool,
    /// Whether it goes on from what the column holds, so that one event may do it several times.
    pub accumulates: bool,
    /// Whether it takes each element of a `Vec`.
    pub many: bool,
    /// Whether a column that every creating event does this to has a value, given that the source has one.
    pub fills: bool,
    /// Whether it is written with `keep`, which needs an `Option`.
    pub keep: bool,
    /// What comes of the column; without a value where there is none.
    pub does: fn(&mut Cell, &Ty, Option<&Value>) -> Result<(), Overflow>,
}

/// What an operation takes its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A field, something inside one, or something in the context.
    Value,
    /// What is written in the attribute.
    Literal,
    RecordedAt,
    Sequence,
    /// The name that serde writes for the variant.
    EventType,
    Nothing,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Value(Option<Value>),
    Counter(Value),
    Many(Vec<Value>),
}

#[derive(Clone, Copy, Debug)]
pub struct Overflow;

const fn operation(key: &'static str, takes: Takes, kinds: &'static [Kind], does: Does) -> Operation {
    let (types, makes) = (any as fn(&Ty) -> bool, None);
    let (accumulates, many, fills, keep) = (false, false, false, false);
    Operation { key, takes, kinds, makes, types, accumulates, many, fills, keep, does }
}

type Does = fn(&mut Cell, &Ty, Option<&Value>) -> Result<(), Overflow>;

const ALL_KINDS: &[Kind] = &[One, Counter, Set, List];

/// Every operation.
pub static OPERATIONS: &[Operation] = &[
    Operation { fills: true, ..operation("set", Takes::Value, &[One, Counter], set) },
    Operation { types: literals, fills: true, ..operation("set", Takes::Literal, &[One, Counter], set) },
    Operation { keep: true, ..operation("set", Takes::Value, &[One, Counter], set_or_keep) },
    operation("clear", Takes::Nothing, ALL_KINDS, set),
    Operation { types: moments, fills: true, ..operation("at", Takes::RecordedAt, &[One], set) },
    Operation { types: bigints, fills: true, ..operation("sequence", Takes::Sequence, &[One], set) },
    Operation { types: texts, fills: true, ..operation("event_type", Takes::EventType, &[One], set) },
    Operation {
        makes: Some(Counter),
        accumulates: true,
        ..operation("count", Takes::Nothing, &[Counter], count)
    },
    Operation {
        makes: Some(Counter),
        accumulates: true,
        ..operation("increment", Takes::Value, &[Counter], plus)
    },
    Operation {
        makes: Some(Counter),
        accumulates: true,
        ..operation("decrement", Takes::Value, &[Counter], minus)
    },
    Operation {
        types: ordered,
        makes: Some(One),
        accumulates: true,
        fills: true,
        ..operation("max", Takes::Value, &[One], max)
    },
    Operation {
        types: ordered,
        makes: Some(One),
        accumulates: true,
        fills: true,
        ..operation("min", Takes::Value, &[One], min)
    },
    Operation {
        types: booleans,
        makes: Some(One),
        accumulates: true,
        fills: true,
        ..operation("toggle", Takes::Nothing, &[One], toggle)
    },
    Operation {
        makes: Some(Set),
        accumulates: true,
        many: true,
        ..operation("add", Takes::Value, &[Set], add)
    },
    Operation {
        makes: Some(Set),
        accumulates: true,
        many: true,
        ..operation("remove", Takes::Value, &[Set], remove)
    },
    Operation {
        makes: Some(List),
        accumulates: true,
        many: true,
        ..operation("push", Takes::Value, &[List], push)
    },
];

/// What gives a part of a view's key.
pub static KEY: Operation = operation("key", Takes::Value, &[One], set);

impl Operation {
    /// Its name in counts.
    pub fn name(&self) -> &'static str {
        if self.keep { "set, keep" } else { self.key }
    }
}

fn any(_: &Ty) -> bool {
    true
}

fn literals(ty: &Ty) -> bool {
    !ty.literals.is_empty()
}

fn moments(ty: &Ty) -> bool {
    ty.rust == "DateTime<Utc>"
}

fn texts(ty: &Ty) -> bool {
    ty.rust == "String"
}

fn bigints(ty: &Ty) -> bool {
    ty.rust == "i64"
}

fn booleans(ty: &Ty) -> bool {
    ty.rust == "bool"
}

fn ordered(ty: &Ty) -> bool {
    ty.order.is_some()
}

impl Cell {
    /// Before the first event, and after `clear`.
    pub fn initial(kind: Kind, ty: &Ty) -> Self {
        match kind {
            Kind::Value => Self::Value(None),
            Kind::Counter => Self::Counter(ty.number.expect("a number").shown(0)),
            Kind::Set | Kind::List => Self::Many(Vec::new()),
        }
    }

    fn many(&mut self) -> &mut Vec<Value> {
        match self {
            Self::Many(values) => values,
            Self::Value(_) | Self::Counter(_) => panic!("{self:?} has no members"),
        }
    }

    /// As JSON.
    pub fn shown(&self) -> Value {
        match self {
            Self::Value(value) => value.clone().unwrap_or_default(),
            Self::Counter(value) => value.clone(),
            Self::Many(values) => Value::Array(values.clone()),
        }
    }
}

fn set(cell: &mut Cell, ty: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    match cell {
        Cell::Value(kept) => *kept = value.cloned(),
        Cell::Counter(counter) => {
            *counter = value.cloned().unwrap_or_else(|| ty.number.expect("a number").shown(0));
        }
        Cell::Many(values) => values.clear(),
    }
    Ok(())
}

fn set_or_keep(cell: &mut Cell, ty: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    if value.is_some() { set(cell, ty, value) } else { Ok(()) }
}

fn counted(cell: &mut Cell, ty: &Ty, by: i128) -> Result<(), Overflow> {
    let number = ty.number.expect("counters count numbers");
    let Cell::Counter(counter) = cell else { panic!("{cell:?} is not a counter") };
    let sum = number.read(counter) + by;
    if sum < number.lowest || sum > number.highest {
        return Err(Overflow);
    }
    *counter = number.shown(sum);
    Ok(())
}

fn count(cell: &mut Cell, ty: &Ty, _: Option<&Value>) -> Result<(), Overflow> {
    counted(cell, ty, ty.number.expect("a number").one())
}

fn plus(cell: &mut Cell, ty: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    value.map_or(Ok(()), |value| counted(cell, ty, ty.number.expect("a number").read(value)))
}

fn minus(cell: &mut Cell, ty: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    value.map_or(Ok(()), |value| counted(cell, ty, -ty.number.expect("a number").read(value)))
}

fn extreme(cell: &mut Cell, ty: &Ty, value: Option<&Value>, wins: Ordering) {
    let order = ty.order.expect("an ordered type");
    let Cell::Value(kept) = cell else { panic!("{cell:?} is not one value") };
    if let Some(value) = value
        && kept.as_ref().is_none_or(|kept| order(value, kept) == wins)
    {
        *kept = Some(value.clone());
    }
}

fn max(cell: &mut Cell, ty: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    extreme(cell, ty, value, Ordering::Greater);
    Ok(())
}

fn min(cell: &mut Cell, ty: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    extreme(cell, ty, value, Ordering::Less);
    Ok(())
}

fn toggle(cell: &mut Cell, _: &Ty, _: Option<&Value>) -> Result<(), Overflow> {
    let Cell::Value(kept) = cell else { panic!("{cell:?} is not one value") };
    *kept = Some(Value::Bool(*kept != Some(Value::Bool(true))));
    Ok(())
}

fn add(cell: &mut Cell, _: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    let members = cell.many();
    if let Some(value) = value
        && !members.contains(value)
    {
        members.push(value.clone());
    }
    Ok(())
}

fn remove(cell: &mut Cell, _: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    cell.many().retain(|member| Some(member) != value);
    Ok(())
}

fn push(cell: &mut Cell, _: &Ty, value: Option<&Value>) -> Result<(), Overflow> {
    cell.many().extend(value.cloned());
    Ok(())
}
