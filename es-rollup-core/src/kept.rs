//! What the Rust fold keeps of a value: exactly what the column keeps.
//!
//! For most types that is the value itself, which is then left untouched. The compiler knows for which types.

#![expect(
    clippy::ref_option,
    clippy::owned_cow,
    reason = "a column holds the value as it is handed over here"
)]

use crate::{ErrorKind, SqlType};
use std::borrow::Cow;

/// Reduces a value in an `Option` to what is kept of it: `None` if serde writes null.
#[inline]
pub(crate) fn keep_optional<T: SqlType>(optional: &mut Option<T>) {
    if optional.as_ref().is_some_and(T::is_null) {
        *optional = None;
    }
    if let Some(value) = optional {
        value.keep();
    }
}

/// Reduces several values to what is kept of each.
#[inline]
pub(crate) fn keep_each<T: SqlType>(values: &mut [T]) {
    if T::SQL.changes {
        values.iter_mut().for_each(T::keep);
    }
}

/// The same, in an `Option`.
#[inline]
pub(crate) fn keep_each_optional<T: SqlType>(values: &mut Option<Vec<T>>) {
    if let Some(values) = values {
        keep_each(values);
    }
}

/// What is kept of a borrowed value.
#[inline]
pub(crate) fn kept<T: SqlType + Clone>(value: &T) -> Cow<'_, T> {
    changed(T::SQL.changes, value, T::keep)
}

/// The same in an `Option`.
#[inline]
pub(crate) fn kept_optional<T: SqlType + Clone>(value: &Option<T>) -> Cow<'_, Option<T>> {
    changed(T::SQL.changes || T::SQL.null, value, keep_optional)
}

/// The same for each of several values.
#[inline]
pub(crate) fn kept_each<T: SqlType + Clone>(values: &Vec<T>) -> Cow<'_, Vec<T>> {
    changed(T::SQL.changes, values, |values| keep_each(values))
}

/// The same, in an `Option`.
#[inline]
pub(crate) fn kept_each_optional<T: SqlType + Clone>(values: &Option<Vec<T>>) -> Cow<'_, Option<Vec<T>>> {
    changed(T::SQL.changes, values, keep_each_optional)
}

/// The value, or a changed copy if it can change at all.
#[inline]
fn changed<T: Clone>(changes: bool, value: &T, keep: impl FnOnce(&mut T)) -> Cow<'_, T> {
    if !changes {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    keep(&mut value);
    Cow::Owned(value)
}

/// Why a value that does not fit is refused: a value that serde writes as null is null in the database.
#[cold]
pub(crate) fn misfit<T: SqlType + ?Sized>(value: &T) -> ErrorKind {
    if value.is_null() { ErrorKind::NullValue } else { ErrorKind::WrongValue }
}

/// A recorded time, whose type may have no column type.
#[doc(hidden)]
#[derive(Debug)]
pub struct Moment<'a, T>(pub &'a T);

/// For a time whose type has a column type.
#[doc(hidden)]
pub trait Kept<T> {
    /// What the column keeps of it.
    fn kept(&self) -> T;
}

impl<T: SqlType + Clone> Kept<T> for Moment<'_, T> {
    #[inline]
    fn kept(&self) -> T {
        let mut time = self.0.clone();
        time.keep();
        time
    }
}

/// For any other time. The compiler chooses this if [`Kept`] is not implemented, since it is one reference further
/// away.
#[doc(hidden)]
pub trait Cloned<T> {
    /// The time as it is.
    fn kept(&self) -> T;
}

impl<T: Clone> Cloned<T> for &Moment<'_, T> {
    #[inline]
    fn kept(&self) -> T {
        self.0.clone()
    }
}

#[cfg(test)]
#[expect(
    clippy::needless_borrow,
    reason = "generated code calls it on a reference, which decides which trait's method it is"
)]
mod tests {
    use super::{Cloned as _, Kept as _, Moment};

    #[test]
    fn a_time_without_a_column_type_is_kept_as_it_is() {
        let now = std::time::SystemTime::now();
        assert_eq!((&Moment(&now)).kept(), now);
        assert_eq!((&Moment(&7_i64)).kept(), 7);
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn a_recorded_time_is_kept_to_the_microsecond() {
        let time = |nanoseconds| chrono::DateTime::from_timestamp(-1, nanoseconds).expect("a moment");
        assert_eq!((&Moment(&time(999_999_999))).kept(), time(999_999_000));
    }
}
