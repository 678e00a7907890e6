//! What columns of a type can hold, and what serde's own types make of JSON.
//!
//! What a type accepts is said once more here, over `serde_json::Value`, without a look at the SQL.

use super::held::Held;
use super::number::{Number, power};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use es_rollup::SqlType;
use es_rollup_core::TypeInfo;
use es_rollup_core::model::{Literal, TypeTexts};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// A type of the [palette](super::palette).
#[derive(Debug)]
pub(crate) struct Ty {
    pub(crate) name: &'static str,
    pub(super) sql: Sql,
    pub(super) reads: Reads,
}

/// The SQL side of a type.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a few dozen stand in one static table")]
pub(super) enum Sql {
    /// What the trait of the Rust type says.
    Known(TypeInfo),
    /// A name, as in `sql_type = "…"`.
    Foreign(&'static str),
}

/// How its values stand in JSON.
#[derive(Debug)]
pub(super) enum Reads {
    Bool,
    Text,
    Char,
    /// Names that are read, each with the one that is kept.
    Names(&'static [(&'static str, &'static str)]),
    /// From the first to the second.
    Integer(i128, i128),
    Single,
    Double,
    Decimal,
    BigDecimal,
    Uuid,
    Date,
    Time,
    Local,
    Moment,
    Json,
    /// An object with these keys among others.
    Struct(&'static [Key]),
    /// An array of numbers, of one length or any.
    Bytes(Option<usize>),
    List(&'static Ty),
    /// What PostgreSQL casts to the type.
    Cast(Cast),
}

/// Types that are known only by their SQL names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cast {
    Text,
    Json,
    Integer,
    /// A domain over text, of at most [`SHORT`] characters.
    Short,
}

/// The length that the domain `kept.short` allows.
pub(crate) const SHORT: usize = 4;

/// A key of a struct, with the other names under which it is read.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) names: &'static [&'static str],
    pub(super) ty: &'static Ty,
    pub(super) optional: bool,
    /// Whether it may be missing.
    pub(super) absent: bool,
}

impl Ty {
    /// The type as a model has it.
    pub(crate) fn modelled(&self) -> TypeTexts {
        match self.sql {
            Sql::Known(info) => TypeTexts::of(info),
            Sql::Foreign(name) => TypeTexts::foreign(name).expect("a type that values can be cast to"),
        }
    }

    fn info(&self) -> Option<TypeInfo> {
        match self.sql {
            Sql::Known(info) => Some(info),
            Sql::Foreign(_) => None,
        }
    }

    /// Whether SQL knows the type's default.
    pub(super) fn has_default(&self) -> bool {
        self.info().is_some_and(|info| info.default.is_some())
    }

    pub(crate) fn is_foreign(&self) -> bool {
        self.info().is_none()
    }

    pub(crate) fn is_number(&self) -> bool {
        self.info().is_some_and(|info| info.number.is_some())
    }

    pub(crate) fn is_ordered(&self) -> bool {
        self.info().is_some_and(|info| info.order.is_some())
    }

    /// Whether the reference can tell which of its values a unique constraint takes for the same.
    pub(crate) fn can_be_unique(&self) -> bool {
        match &self.reads {
            Reads::Bool
            | Reads::Text
            | Reads::Char
            | Reads::Names(_)
            | Reads::Integer(..)
            | Reads::Single
            | Reads::Double
            | Reads::Decimal
            | Reads::BigDecimal
            | Reads::Uuid
            | Reads::Date
            | Reads::Time
            | Reads::Local
            | Reads::Moment
            | Reads::Bytes(Some(_))
            | Reads::Cast(Cast::Text | Cast::Integer | Cast::Short) => true,
            // Some are equal although they look different; bytes can be longer than an index holds.
            Reads::Json
            | Reads::Struct(_)
            | Reads::List(_)
            | Reads::Bytes(None)
            | Reads::Cast(Cast::Json) => false,
        }
    }

    /// Whether values can be told from each other, so that they can be members of a set.
    pub(crate) fn is_equal(&self) -> bool {
        self.info().is_some_and(|info| info.equality)
    }

    /// Whether a column can hold many of it.
    pub(crate) fn is_one(&self) -> bool {
        !matches!(self.reads, Reads::List(_))
    }

    pub(crate) fn is_moment(&self) -> bool {
        matches!(self.reads, Reads::Moment)
    }

    pub(crate) fn is_json(&self) -> bool {
        matches!(self.reads, Reads::Json | Reads::Struct(_) | Reads::Cast(Cast::Json))
    }

    /// serde reads no integers of 128 bits inside internally tagged enums.
    pub(crate) fn is_wide(&self) -> bool {
        matches!(self.reads, Reads::Integer(i128::MIN, _))
    }

    /// What serde makes of the JSON; `None` where it reads none, or one that a column cannot hold exactly.
    pub(crate) fn read(&self, json: &Value) -> Option<Held> {
        let text = || json.as_str();
        let number = || json.is_number().then(|| Number::parse(&json.to_string())).flatten();
        match &self.reads {
            Reads::Bool => json.as_bool().map(Held::Bool),
            Reads::Text | Reads::Cast(Cast::Text) => Some(Held::Text(text()?.into())),
            Reads::Char => Some(Held::Text(text().filter(|text| text.chars().count() == 1)?.into())),
            Reads::Names(names) => {
                let kept = names.iter().find(|(read, _)| text() == Some(read))?.1;
                Some(Held::Text(kept.into()))
            }
            Reads::Integer(lowest, highest) => {
                number().filter(|one| one.is_integer_in((*lowest, *highest))).map(Held::Number)
            }
            // Zero has one sign.
            Reads::Double => Some(Held::Double(number()?.to_string().parse::<f64>().ok()? + 0.0)),
            Reads::Single => {
                let value = number()?.to_string().parse::<f32>().ok()?;
                let is_told_from_zero = value != 0.0 || json.as_f64() == Some(0.0);
                (value.is_finite() && is_told_from_zero).then_some(Held::Single(value + 0.0))
            }
            Reads::Decimal => decimal(json).filter(fits_decimal).map(Held::Number),
            Reads::BigDecimal => big_decimal(json).filter(fits_big_decimal).map(Held::Number),
            Reads::Uuid => {
                let text = text().filter(|text| matches!(text.len(), 32 | 36))?;
                Some(Held::Text(Uuid::parse_str(text).ok()?.to_string()))
            }
            Reads::Date => read::<NaiveDate>(json, 10).map(Held::Date),
            Reads::Time => read::<NaiveTime>(json, 8).map(|time| {
                let micros = i64::from(time.num_seconds_from_midnight()) * 1_000_000;
                Held::Micros(micros + i64::from(time.nanosecond() / 1_000))
            }),
            Reads::Local => {
                read::<NaiveDateTime>(json, 19).map(|time| Held::Micros(time.and_utc().timestamp_micros()))
            }
            Reads::Moment => {
                read::<DateTime<Utc>>(json, 20).map(|time| Held::Micros(time.timestamp_micros()))
            }
            Reads::Json | Reads::Cast(Cast::Json) => Some(Held::Json(json.clone())),
            Reads::Struct(keys) => {
                let object = json.as_object()?;
                let all = keys.iter().all(|Key { names, ty, optional, absent }| {
                    let mut found = names.iter().filter_map(|name| object.get(*name));
                    let value = found.next();
                    found.next().is_none()
                        && value
                            .map_or(*absent, |value| *optional && value.is_null() || ty.read(value).is_some())
                });
                all.then(|| Held::Json(json.clone()))
            }
            Reads::Bytes(length) => {
                let bytes = json.as_array()?.iter().map(|json| u8::try_from(json.as_u64()?).ok());
                let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
                length.is_none_or(|length| length == bytes.len()).then_some(Held::Bytes(bytes))
            }
            Reads::List(element) => {
                let elements = json.as_array()?.iter().map(|json| element.read(json));
                elements.collect::<Option<_>>().map(Held::List)
            }
            Reads::Cast(Cast::Integer) => {
                let text = scalar(json)?;
                let number = text.trim_ascii().parse::<i32>().ok()?;
                Some(Held::Number(Number::integer(number.into())))
            }
            Reads::Cast(Cast::Short) => {
                scalar(json).filter(|text| text.chars().count() <= SHORT).map(Held::Text)
            }
        }
    }

    /// What an attribute's literal is worth; `None` where it is no value of the type.
    pub(crate) fn literal(&self, literal: &Literal) -> Option<Held> {
        match (literal, &self.reads) {
            (Literal::Bool(value), Reads::Bool) => Some(Held::Bool(*value)),
            (Literal::Text(value), Reads::Text) => Some(Held::Text(value.clone())),
            (Literal::Text(value), Reads::Names(_)) => self.read(&Value::from(value.clone())),
            (Literal::Integer(value), _) if self.is_number() => {
                Some(Held::Number(Number::integer((*value).into())))
            }
            (Literal::Bool(_) | Literal::Text(_) | Literal::Integer(_), _) => None,
        }
    }

    /// `Default::default()`, where SQL can be told it.
    pub(crate) fn default(&self) -> Option<Held> {
        Some(match &self.reads {
            Reads::Bool => Held::Bool(false),
            Reads::Text => Held::Text(String::new()),
            Reads::Names(names) => Held::Text(names[0].1.into()),
            Reads::Integer(..) | Reads::Decimal | Reads::BigDecimal => Held::Number(Number::integer(0)),
            Reads::Double => Held::Double(0.0),
            Reads::Single => Held::Single(0.0),
            Reads::Uuid => Held::Text(Uuid::nil().to_string()),
            Reads::Date => Held::Date(NaiveDate::default()),
            Reads::Time | Reads::Local | Reads::Moment => Held::Micros(0),
            Reads::List(_) => Held::List(Vec::new()),
            Reads::Bytes(None) => Held::Bytes(Vec::new()),
            Reads::Char | Reads::Json | Reads::Struct(_) | Reads::Bytes(Some(_)) | Reads::Cast(_) => {
                return None;
            }
        })
    }

    /// Whether a counter of the type holds the number.
    pub(crate) fn holds(&self, number: &Number) -> bool {
        match &self.reads {
            Reads::Integer(lowest, highest) => number.is_integer_in((*lowest, *highest)),
            Reads::Decimal => fits_decimal(number),
            Reads::BigDecimal => fits_big_decimal(number),
            reads => unreachable!("nothing counts in {reads:?}"),
        }
    }

    /// SQL that shows a column's value as [`Held::shown`] does.
    pub(crate) fn shown(&self, column: &str) -> String {
        match &self.reads {
            Reads::Single => format!("to_jsonb(encode(float4send({column}), 'hex'))"),
            Reads::Double => format!("to_jsonb(encode(float8send({column}), 'hex'))"),
            Reads::Date => format!("to_jsonb(to_char({column}, 'YYYY-MM-DD'))"),
            Reads::Time | Reads::Local | Reads::Moment => {
                format!("to_jsonb((extract(epoch FROM {column}) * 1000000)::bigint::text)")
            }
            // JSON's null is not the column's.
            Reads::Json | Reads::Struct(_) | Reads::Cast(Cast::Json) => {
                format!("CASE WHEN {column} IS NOT NULL THEN jsonb_build_array({column}) END")
            }
            Reads::Bytes(_) => format!(
                "CASE WHEN {column} IS NOT NULL THEN (
                   SELECT coalesce(jsonb_agg(get_byte({column}, at) ORDER BY at), '[]')
                   FROM generate_series(0, length({column}) - 1) AS places (at)
                 ) END"
            ),
            Reads::List(element) => element.all_shown(column),
            _ => format!("to_jsonb(({column})::text)"),
        }
    }

    /// The same of a column that holds many values.
    pub(crate) fn all_shown(&self, column: &str) -> String {
        format!(
            "CASE WHEN {column} IS NOT NULL THEN (
               SELECT coalesce(jsonb_agg({} ORDER BY at), '[]')
               FROM unnest({column}) WITH ORDINALITY AS members (member, at)
             ) END",
            self.shown("member")
        )
    }
}

/// The text that a string, a number or a boolean is cast from.
fn scalar(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(Number::parse(&number.to_string())?.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What chrono reads, if it is written in full and a column holds it.
fn read<T: DeserializeOwned + SqlType>(json: &Value, shortest: usize) -> Option<T> {
    json.as_str().filter(|text| text.len() >= shortest)?;
    serde_json::from_value::<T>(json.clone()).ok().filter(SqlType::fits)
}

/// A string of digits, or a number on which the way through `f64` does not show.
fn decimal(json: &Value) -> Option<Number> {
    if let Some(text) = json.as_str() {
        return Number::parse(text).filter(|_| !text.contains(['e', 'E']));
    }
    let number = json.is_number().then(|| Number::parse(&json.to_string())).flatten()?;
    let is_short = number.to_string().len() <= 16;
    (is_short || number.is_integer_in((i64::MIN.into(), u64::MAX.into()))).then(|| number.trimmed())
}

fn fits_decimal(number: &Number) -> bool {
    number.scale <= 28 && number.digits.magnitude().bits() <= 96
}

fn big_decimal(json: &Value) -> Option<Number> {
    if let Some(text) = json.as_str() {
        return Number::parse(text);
    }
    let number = json.is_number().then(|| Number::parse(&json.to_string())).flatten()?;
    number.is_integer_in((i64::MIN.into(), u64::MAX.into())).then_some(number)
}

fn fits_big_decimal(number: &Number) -> bool {
    let bound = power(900 + number.scale);
    number.scale <= 900 && -&bound < number.digits && number.digits < bound
}
