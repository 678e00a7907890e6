//! What columns hold, compared as Rust compares it.

use super::number::Number;
use chrono::NaiveDate;
use serde_json::Value;
use std::cmp::Ordering;

/// A value that a column holds.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    Bool(bool),
    Text(String),
    Number(Number),
    Double(f64),
    Single(f32),
    Date(NaiveDate),
    /// Since midnight or since 1970.
    Micros(i64),
    Json(Value),
    Bytes(Vec<u8>),
    List(Vec<Held>),
}

impl Held {
    /// As Rust orders values of one type.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
            (Self::Number(one), Self::Number(other)) => one.compare(other),
            (Self::Double(one), Self::Double(other)) => one.partial_cmp(other).expect("finite"),
            (Self::Single(one), Self::Single(other)) => one.partial_cmp(other).expect("finite"),
            (Self::Date(one), Self::Date(other)) => one.cmp(other),
            (Self::Micros(one), Self::Micros(other)) => one.cmp(other),
            (Self::Bytes(one), Self::Bytes(other)) => one.cmp(other),
            (one, other) => unreachable!("{one:?} and {other:?} are not compared"),
        }
    }

    /// The value as JSON that tells it from every other of its type.
    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Bool(value) => Value::from(value.to_string()),
            Self::Text(value) => Value::from(value.clone()),
            Self::Number(value) => Value::from(value.to_string()),
            Self::Double(value) => Value::from(format!("{:016x}", value.to_bits())),
            Self::Single(value) => Value::from(format!("{:08x}", value.to_bits())),
            Self::Date(value) => Value::from(value.to_string()),
            Self::Micros(value) => Value::from(value.to_string()),
            Self::Json(value) => Value::Array(vec![value.clone()]),
            Self::Bytes(value) => value.iter().map(|byte| Value::from(*byte)).collect(),
            Self::List(values) => values.iter().map(Self::shown).collect(),
        }
    }
}
