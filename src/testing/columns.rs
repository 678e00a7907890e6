//! What a state holds, column by column, as the database can be told it.

use crate::{Rollup, TypeInfo};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// The columns of a rollup; written by `#[derive(Rollup)]` where the kit is switched on.
#[doc(hidden)]
pub trait Columns: Rollup {
    /// The columns, without the id and the version.
    fn columns() -> Vec<Column>;

    /// What a state holds in them, in the same order.
    fn values(state: &Self::State) -> Vec<Held>;

    /// What two states hold in them, as Rust sees it.
    fn typed(one: &Self::State, other: &Self::State) -> Vec<Typed>;
}

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

/// The key of what is no JSON of the column's type, but nanoseconds of Unix time.
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
            // In two steps: an interval takes no more microseconds than a float counts.
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

    /// What the database reads: an empty list for NULL, or one with the value.
    ///
    /// # Panics
    ///
    /// When the value cannot be told to the database.
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
            "column {} cannot be compared: its type has no `Serialize`, which the kit tells its values to PostgreSQL by",
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

/// What a state holds in a column.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum Held {
    /// `None`.
    Null,
    /// A value; or a list of them, as one piece of JSON.
    One(Seen),
    /// A list.
    Many(Vec<Seen>),
}

impl Held {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::One(Seen::json(value))
    }

    /// What is shown of it.
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

    /// Whether both are written alike.
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

/// One value, as far as it can be seen.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Seen {
    /// Nanoseconds of Unix time, for what is a time.
    pub nanos: Option<i128>,
    /// What serde writes.
    pub json: Option<String>,
}

impl Seen {
    /// What serde writes, or what is written for it.
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
    /// Whether they are equal, where the type has `PartialEq`.
    pub is_equal: Option<bool>,
    /// What `Debug` makes of both, where the type has it.
    pub shown: Option<[String; 2]>,
}

/// A value of which it is not known what can be done with it: the methods of [`AsTime`] and [`AsJson`] are found
/// where its type allows, and otherwise those of [`NoTime`] and [`NoJson`], a reference further down.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<'value, T>(pub &'value T);

#[doc(hidden)]
pub trait AsTime {
    fn es_nanos(&self) -> Option<i128>;
}

impl<T: Clone + Into<SystemTime>> AsTime for &Probe<'_, T> {
    fn es_nanos(&self) -> Option<i128> {
        let time: SystemTime = self.0.clone().into();
        let nanos = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).ok()?,
            Err(before) => -i128::try_from(before.duration().as_nanos()).ok()?,
        };
        Some(nanos)
    }
}

#[doc(hidden)]
pub trait NoTime {
    fn es_nanos(&self) -> Option<i128> {
        None
    }
}

impl<T> NoTime for Probe<'_, T> {}

#[doc(hidden)]
pub trait AsJson {
    fn es_json(&self) -> Option<String>;
}

impl<T: Serialize> AsJson for &Probe<'_, T> {
    fn es_json(&self) -> Option<String> {
        serde_json::to_string(self.0).ok()
    }
}

#[doc(hidden)]
pub trait NoJson {
    fn es_json(&self) -> Option<String> {
        None
    }
}

impl<T> NoJson for Probe<'_, T> {}

#[doc(hidden)]
pub trait AsEqual<T> {
    fn es_equal(&self, other: &T) -> Option<bool>;
}

impl<T: PartialEq> AsEqual<T> for &Probe<'_, T> {
    fn es_equal(&self, other: &T) -> Option<bool> {
        Some(self.0 == other)
    }
}

#[doc(hidden)]
pub trait NotEqual<T> {
    fn es_equal(&self, _: &T) -> Option<bool> {
        None
    }
}

impl<T> NotEqual<T> for Probe<'_, T> {}

#[doc(hidden)]
pub trait AsShown<T> {
    fn es_shown(&self, other: &T) -> Option<[String; 2]>;
}

impl<T: std::fmt::Debug> AsShown<T> for &Probe<'_, T> {
    fn es_shown(&self, other: &T) -> Option<[String; 2]> {
        Some([format!("{:?}", self.0), format!("{other:?}")])
    }
}

#[doc(hidden)]
pub trait NotShown<T> {
    fn es_shown(&self, _: &T) -> Option<[String; 2]> {
        None
    }
}

impl<T> NotShown<T> for Probe<'_, T> {}

/// Implements [`Columns`], from what the derive says of each column: its field, its name, `one`, `maybe` or `many`,
/// its type, and the function that serde writes it with, if there is one.
#[doc(hidden)]
#[macro_export]
macro_rules! __es_rollup_kit {
    ([$($generics:tt)*] $event:ty; $($field:ident $name:literal $shape:ident $ty:tt $with:tt;)*) => {
        #[automatically_derived]
        #[allow(deprecated, unused_imports, clippy::all, clippy::pedantic, clippy::nursery)]
        impl $($generics)* $crate::testing::Columns for $event {
            fn columns() -> ::std::vec::Vec<$crate::testing::Column> {
                ::std::vec![
                    $crate::testing::Column::time("created_at"),
                    $crate::testing::Column::time("modified_at"),
                    $($crate::__es_rollup_kit!(@column $name $shape $ty),)*
                ]
            }

            fn values(state: &<Self as $crate::Rollup>::State) -> ::std::vec::Vec<$crate::testing::Held> {
                use $crate::testing::{AsJson as _, AsTime as _, NoJson as _, NoTime as _};
                ::std::vec![
                    $crate::__es_rollup_kit!(@value one [] (&state.created_at)),
                    $crate::__es_rollup_kit!(@value one [] (&state.modified_at)),
                    $($crate::__es_rollup_kit!(@value $shape $with (&state.$field)),)*
                ]
            }

            fn typed(
                one: &<Self as $crate::Rollup>::State,
                other: &<Self as $crate::Rollup>::State,
            ) -> ::std::vec::Vec<$crate::testing::Typed> {
                use $crate::testing::{AsEqual as _, AsShown as _, NotEqual as _, NotShown as _};
                ::std::vec![
                    $crate::__es_rollup_kit!(@typed one other created_at),
                    $crate::__es_rollup_kit!(@typed one other modified_at),
                    $($crate::__es_rollup_kit!(@typed one other $field),)*
                ]
            }
        }
    };
    (@typed $one:ident $other:ident $field:ident) => {
        $crate::testing::Typed {
            is_equal: (&&$crate::testing::Probe(&$one.$field)).es_equal(&$other.$field),
            shown: (&&$crate::testing::Probe(&$one.$field)).es_shown(&$other.$field),
        }
    };
    (@column $name:literal many {$ty:ty}) => {
        $crate::testing::Column::new($name, <$ty as $crate::SqlType>::SQL, true)
    };
    (@column $name:literal $shape:ident {$ty:ty}) => {
        $crate::testing::Column::new($name, <$ty as $crate::SqlType>::SQL, false)
    };
    (@column $name:literal many ($sql_type:literal $read:literal)) => {
        $crate::testing::Column::cast($name, $sql_type, $read, true)
    };
    (@column $name:literal $shape:ident ($sql_type:literal $read:literal)) => {
        $crate::testing::Column::cast($name, $sql_type, $read, false)
    };
    (@value one $with:tt ($value:expr)) => {
        $crate::testing::Held::One($crate::__es_rollup_kit!(@seen $with $value))
    };
    // A function of the whole field, an `Option` or a list.
    (@value maybe [whole $($with:tt)*] ($value:expr)) => {
        match ::core::option::Option::is_some($value) {
            true => $crate::testing::Held::One($crate::__es_rollup_kit!(@seen [whole $($with)*] $value)),
            false => $crate::testing::Held::Null,
        }
    };
    (@value many [whole $($with:tt)*] ($value:expr)) => {
        $crate::testing::Held::One($crate::__es_rollup_kit!(@seen [whole $($with)*] $value))
    };
    (@value maybe $with:tt ($value:expr)) => {
        match $value {
            ::core::option::Option::Some(value) => {
                $crate::testing::Held::One($crate::__es_rollup_kit!(@seen $with value))
            }
            ::core::option::Option::None => $crate::testing::Held::Null,
        }
    };
    (@value many $with:tt ($value:expr)) => {
        $crate::testing::Held::Many(
            $value.iter().map(|value| $crate::__es_rollup_kit!(@seen $with value)).collect(),
        )
    };
    (@seen [] $value:expr) => {
        $crate::testing::Seen {
            nanos: (&&$crate::testing::Probe($value)).es_nanos(),
            json: (&&$crate::testing::Probe($value)).es_json(),
        }
    };
    (@seen [$how:ident {$function:expr} {$ty:ty}] $value:expr) => {{
        struct With<'value>(&'value $ty);
        impl $crate::testing::Serialize for With<'_> {
            fn serialize<S: $crate::testing::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ($function)(self.0, serializer)
            }
        }
        $crate::testing::Seen::json(&With($value))
    }};
}
