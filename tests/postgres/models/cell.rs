//! What a column holds, and what each operation makes of it.

use super::held::Held;
use super::number::Number;
use super::types::Ty;
use es_rollup::ErrorKind;
use es_rollup_core::model::{Kind, Operation};
use serde_json::Value;
use std::cmp::Ordering;

/// What a column holds.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Empty,
    One(Held),
    Many(Vec<Held>),
}

impl Cell {
    /// Before the first event, and after `clear`.
    pub(super) fn initial(kind: Kind) -> Self {
        match kind {
            Kind::Value => Self::Empty,
            Kind::Counter => Self::One(Held::Number(Number::integer(0))),
            Kind::Set | Kind::List => Self::Many(Vec::new()),
        }
    }

    /// Whether a unique constraint takes both for the same. What is empty is like nothing.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(one), Self::One(other)) => one.compare(other) == Ordering::Equal,
            (Self::Empty, Self::Empty | Self::One(_)) | (Self::One(_), Self::Empty) => false,
            (one, other) => unreachable!("{one:?} and {other:?} are not unique"),
        }
    }

    pub(super) fn change(
        &mut self,
        operation: Operation,
        kind: Kind,
        ty: &Ty,
        values: Vec<Held>,
    ) -> Result<(), ErrorKind> {
        match (operation, values.is_empty()) {
            (Operation::Clear, _) | (Operation::Set, true) => *self = Self::initial(kind),
            (Operation::Toggle, _) => {
                let on = matches!(self, Self::One(Held::Bool(true)));
                *self = Self::One(Held::Bool(!on));
            }
            (
                Operation::Set
                | Operation::SetOrKeep
                | Operation::Increment
                | Operation::Decrement
                | Operation::Max
                | Operation::Min
                | Operation::Add
                | Operation::Remove
                | Operation::Push,
                _,
            ) => {}
        }
        for value in values {
            self.take(operation, ty, value)?;
        }
        Ok(())
    }

    /// Does an operation with one value.
    fn take(&mut self, operation: Operation, ty: &Ty, value: Held) -> Result<(), ErrorKind> {
        match operation {
            Operation::Set | Operation::SetOrKeep => *self = Self::One(value),
            Operation::Max if self.is_beaten(&value, Ordering::Greater) => *self = Self::One(value),
            Operation::Min if self.is_beaten(&value, Ordering::Less) => *self = Self::One(value),
            Operation::Max | Operation::Min => {}
            Operation::Increment | Operation::Decrement => {
                let (Self::One(Held::Number(counter)), Held::Number(value)) = (&mut *self, &value) else {
                    unreachable!("counters count numbers")
                };
                let sum = if operation == Operation::Increment {
                    counter.plus(value)
                } else {
                    counter.minus(value)
                };
                if !ty.holds(&sum) {
                    return Err(ErrorKind::Overflow);
                }
                *counter = sum;
            }
            Operation::Add => {
                let members = self.members();
                if members.iter().all(|member| member.compare(&value) != Ordering::Equal) {
                    members.push(value);
                }
            }
            Operation::Remove => {
                self.members().retain(|member| member.compare(&value) != Ordering::Equal);
            }
            Operation::Push => self.members().push(value),
            Operation::Clear | Operation::Toggle => unreachable!("{operation:?} takes no value"),
        }
        Ok(())
    }

    /// Whether the value compares so with what is kept, if anything is.
    fn is_beaten(&self, value: &Held, by: Ordering) -> bool {
        match self {
            Self::Empty => true,
            Self::One(kept) => value.compare(kept) == by,
            Self::Many(_) => unreachable!("one value among many"),
        }
    }

    fn members(&mut self) -> &mut Vec<Held> {
        match self {
            Self::Many(members) => members,
            Self::Empty | Self::One(_) => unreachable!("one value is not many"),
        }
    }

    pub(super) fn shown(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::One(value) => value.shown(),
            Self::Many(values) => values.iter().map(Held::shown).collect(),
        }
    }
}
