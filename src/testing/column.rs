//! The values of a state in a form that can be sent to the database.

use crate::TypeInfo;
use serde::Serialize;

/// A column, and how PostgreSQL reads a value of it from JSON.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Column {
    pub(super) name: &'static str,
    /// The SQL type of one value.
    sql_type: String,
    /// An expression over `es_value`, for one value.
    read: String,
    many: bool,
}

/// The key for nanoseconds of Unix time, which are sent instead of JSON of the column's type.
const NANOS: &str = "es_nanos";

const TIME: &str = "timestamp with time zone";

impl Column {
    /// A column of a type that has a [`TypeInfo`]; `many`: it holds a list of them.
    pub fn new(name: &'static str, info: TypeInfo, many: bool) -> Self {
        Self::cast(name, &info.name.to_string(), &info.read.to_string(), many)
    }

    /// A column of a type that only SQL knows.
    pub fn cast(name: &'static str, sql_type: &str, read: &str, many: bool) -> Self {
        Self { name, sql_type: sql_type.into(), read: read.into(), many }
    }

    /// A column of recorded times.
    pub fn time(name: &'static str) -> Self {
        Self::cast(name, TIME, "(es_value #>> '{}')::timestamptz", false)
    }

    fn is_time(&self) -> bool {
        matches!(self.sql_type.as_str(), TIME | "timestamptz")
    }

    /// An expression over `es_value`, of the column's type.
    pub(super) fn reading(&self) -> String {
        let Self { sql_type, read, .. } = self;
        let one = if self.is_time() {
            // In two steps: an interval takes only as many microseconds as a float can count exactly.
            format!(
                "CASE WHEN es_value -> '{NANOS}' IS NULL THEN {read} ELSE timezone('UTC', timestamp 'epoch'
                   + make_interval(days => div((es_value ->> '{NANOS}')::numeric, 86400000000000)::integer)
                   + make_interval(secs => (((es_value ->> '{NANOS}')::numeric % 86400000000000) / 1000000000)::float8))
                 END"
            )
        } else {
            read.clone()
        };
        if self.many {
            return format!(
                "CASE jsonb_typeof(es_value) WHEN 'array' THEN ARRAY(
                   SELECT ({one})::{sql_type}
                   FROM jsonb_array_elements(es_value) WITH ORDINALITY AS es_items (es_value, es_place) ORDER BY es_place
                 ) END"
            );
        }
        format!("CASE WHEN es_value IS NOT NULL THEN ({one})::{sql_type} END")
    }

    /// The JSON that is sent to the database: an empty list for NULL, or a list with the value.
    ///
    /// # Panics
    ///
    /// If the value cannot be sent to the database.
    #[track_caller]
    pub(super) fn told(&self, held: &Held) -> String {
        let one = |seen: &Seen| match (seen.nanos, &seen.json) {
            (Some(nanos), _) if self.is_time() => format!("{{\"{NANOS}\":{nanos}}}"),
            (_, Some(json)) => json.clone(),
            (_, None) => String::new(),
        };
        let told = match held {
            Held::Null => return "[]".into(),
            Held::One(seen) => vec![one(seen)],
            Held::Many(all) => all.iter().map(one).collect(),
        };
        assert!(
            !told.iter().any(String::is_empty),
            "column {} cannot be compared: its type does not implement `Serialize`, which the kit needs to pass its values to PostgreSQL",
            self.name
        );
        match held {
            Held::Many(_) => format!("[[{}]]", told.join(",")),
            Held::Null | Held::One(_) => format!("[{}]", told.join(",")),
        }
    }

    /// Whether the value is a time that a column cannot hold in full.
    pub(super) fn is_too_fine(&self, held: &Held) -> bool {
        let fine = |seen: &Seen| self.is_time() && seen.nanos.is_some_and(|nanos| nanos % 1000 != 0);
        match held {
            Held::Null => false,
            Held::One(seen) => fine(seen),
            Held::Many(all) => all.iter().any(fine),
        }
    }
}

/// The value of a state in a column.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum Held {
    /// `None`.
    Null,
    /// A value, or a list of values as a single piece of JSON.
    One(Seen),
    /// A list.
    Many(Vec<Seen>),
}

impl Held {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::One(Seen::json(value))
    }

    /// The text that shows it.
    pub(super) fn shown(&self) -> String {
        let one = |seen: &Seen| match (&seen.json, seen.nanos) {
            (Some(json), _) => json.clone(),
            (None, Some(nanos)) => format!("{nanos} ns of Unix time"),
            (None, None) => "?".into(),
        };
        match self {
            Self::Null => "NULL".into(),
            Self::One(seen) => one(seen),
            Self::Many(all) => format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(", ")),
        }
    }

    /// Whether both are written the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::One(one), Self::One(other)) => one.is_same(other),
            (Self::Many(ones), Self::Many(others)) => {
                ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| one.is_same(other))
            }
            (Self::Null | Self::One(_) | Self::Many(_), _) => false,
        }
    }
}

/// What is known of one value.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Seen {
    /// Nanoseconds of Unix time, for a time.
    pub nanos: Option<i128>,
    /// What serde writes.
    pub json: Option<String>,
}

impl Seen {
    /// What serde writes for the value, or for a stand-in.
    pub fn json(value: &impl Serialize) -> Self {
        Self { nanos: None, json: serde_json::to_string(value).ok() }
    }

    fn is_same(&self, other: &Self) -> bool {
        if self.nanos != other.nanos {
            return false;
        }
        if self.json == other.json {
            return true;
        }
        let (Some(one), Some(other)) = (&self.json, &other.json) else { return false };
        // The keys of a map may come in any order.
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        one.contains('{') && value(one).is_some_and(|one| Some(one) == value(other))
    }
}

/// Two values of one type.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Typed {
    /// Whether they are equal, if the type implements `PartialEq`.
    pub is_equal: Option<bool>,
    /// The `Debug` output of both, if the type implements it.
    pub shown: Option<[String; 2]>,
}

/// A name, quoted.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
