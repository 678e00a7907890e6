//! How a Rust type is stored in PostgreSQL.

use std::borrow::Cow;

use crate::described::Described;
use crate::template::Filling;
use crate::{ErrorKind, TypeInfo, kept};

/// A Rust type that a rollup's column can have.
///
/// Implemented for the types of the standard library, and behind features for those of `uuid`, `chrono`,
/// `time`, `rust_decimal`, `bigdecimal` and `serde_json`. For a newtype or an enum without data, write
/// `#[derive(SqlType)]`; for a struct or an enum with data that is kept as JSON, add `#[rollup(json)]`. `Option<T>` is
/// not a column type: the column of an `Option<T>` field is a nullable column of `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no column type in PostgreSQL",
    label = "a rollup column needs to know how this type is stored in PostgreSQL",
    note = "for a newtype or an enum without data, write `#[derive(es_rollup::SqlType)]` on `{Self}`; for a struct or an enum with data that is kept as JSON, add `#[rollup(json)]`",
    note = "for an id or another newtype that a macro generates, write `es_rollup::sql_type!({Self} as uuid::Uuid);` with the type that it wraps",
    note = "for a type of another crate, read the field as a type that has a column type: `#[rollup(set, as = uuid::Uuid)]`",
    note = "for a type of uuid, chrono, time, rust_decimal, bigdecimal or serde_json, enable that feature of es-rollup",
    note = "an `Option` must be written as `Option<…>` in the event, not behind an alias"
)]
pub trait SqlType {
    /// The column's type, and how a value of it is read from the JSON that serde writes.
    const SQL: TypeInfo;

    /// Whether the column can hold this value, as [`keep`](Self::keep) leaves it.
    ///
    /// What it cannot hold (a year beyond 9999, a non-finite float) is refused by both folds: here, and by
    /// [`TypeInfo::accepts`].
    #[inline]
    fn fits(&self) -> bool {
        true
    }

    /// Whether serde writes this value as null, as it does for a float that is not finite.
    ///
    /// Null is then stored. In an `Option` both folds read it as `None`; elsewhere both refuse it as null, unless null
    /// is a value of the type.
    #[inline]
    fn is_null(&self) -> bool {
        false
    }

    /// Reduces the value to what the column keeps of it.
    ///
    /// A time loses what is below a microsecond, towards the past, because PostgreSQL has no more digits. A type that
    /// changes values in this way sets [`TypeInfo::changes`]; leaving out this method is then a compile error.
    #[inline]
    fn keep(&mut self) {
        const {
            assert!(
                !Self::SQL.changes,
                "the column of the type keeps less than the Rust value; implement `SqlType::keep`, and call that of the inner type"
            );
        }
    }

    /// [`SQL`](Self::SQL), without a claim to be a type of this crate that is not true.
    #[doc(hidden)]
    const CHECKED: TypeInfo = Self::SQL.checked();

    /// What the type puts into SQL. Generated code reaches all of these through the trait, so that a type without it is
    /// one error.
    #[doc(hidden)]
    const FILLING: Filling = Filling::new(&Self::CHECKED, Described::<Self>::JSON, Described::<Self>::LABELS);

    #[doc(hidden)]
    #[inline]
    fn keep_optional(optional: &mut Option<Self>)
    where
        Self: Sized,
    {
        kept::keep_optional(optional);
    }

    #[doc(hidden)]
    #[inline]
    fn keep_each(values: &mut [Self])
    where
        Self: Sized,
    {
        kept::keep_each(values);
    }

    #[doc(hidden)]
    #[inline]
    fn keep_each_optional(values: &mut Option<Vec<Self>>)
    where
        Self: Sized,
    {
        kept::keep_each_optional(values);
    }

    #[doc(hidden)]
    #[inline]
    fn kept(value: &Self) -> Cow<'_, Self>
    where
        Self: Sized + Clone,
    {
        kept::kept(value)
    }

    #[doc(hidden)]
    #[inline]
    fn kept_optional(value: &Option<Self>) -> Cow<'_, Option<Self>>
    where
        Self: Sized + Clone,
    {
        kept::kept_optional(value)
    }

    #[doc(hidden)]
    #[inline]
    fn kept_each(values: &Vec<Self>) -> Cow<'_, Vec<Self>>
    where
        Self: Sized + Clone,
    {
        kept::kept_each(values)
    }

    #[doc(hidden)]
    #[inline]
    fn kept_each_optional(values: &Option<Vec<Self>>) -> Cow<'_, Option<Vec<Self>>>
    where
        Self: Sized + Clone,
    {
        kept::kept_each_optional(values)
    }

    #[doc(hidden)]
    #[cold]
    fn misfit(value: &Self) -> ErrorKind {
        kept::misfit(value)
    }
}
