//! Lists of the standard library: arrays, and bytes.

use std::marker::PhantomData;

use crate::{
    SqlType, TypeInfo,
    sql::{Sql, text},
};

/// `bytea`, the type of a list of `u8`.
///
/// serde writes bytes as an array of numbers. A pattern over the whole text takes a fifth of the time that checking
/// each element takes: `jsonb` prints one space after a comma, and each number in only one way.
/// <https://www.postgresql.org/docs/current/datatype-binary.html>
pub(super) const BYTES: TypeInfo = TypeInfo {
    name: Sql::Text("bytea"),
    accepts: Sql::Text(
        "es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^[[](((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]), )*\
         (25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]))?[]]$'",
    ),
    // Two digits per byte, all decoded at once: appending bytes one by one would copy them each time.
    read: Sql::Text(
        "(SELECT pg_catalog.decode(coalesce(pg_catalog.string_agg(\
         pg_catalog.lpad(pg_catalog.to_hex(es_byte::integer), 2, '0'), ''), ''), 'hex') \
         FROM pg_catalog.jsonb_array_elements_text(es_value) AS es_bytes(es_byte))",
    ),
    write: Some(Sql::Text(
        "CASE WHEN es_value IS NOT NULL THEN (SELECT coalesce(pg_catalog.jsonb_agg(\
         pg_catalog.get_byte(es_value, es_place) ORDER BY es_place), '[]'::pg_catalog.jsonb) \
         FROM pg_catalog.generate_series(0, pg_catalog.length(es_value) OPERATOR(pg_catalog.-) 1) \
         AS es_bytes(es_place)) END",
    )),
    expects: "an array of integers from 0 to 255",
    default: Some("''::pg_catalog.bytea"),
    equality: true,
    order: Some(""),
    ..TypeInfo::BARE
}
.own(Sql::Text("pg_catalog.bytea"), Sql::Text("bytes.1"));

/// An array of `T`: a JSON array whose elements are all accepted by `T`.
///
/// `[u8]` is `bytea`. A list of lists has no column type, because PostgreSQL's arrays of arrays must be
/// rectangular (<https://www.postgresql.org/docs/current/arrays.html>); it is a compile error. A list of
/// bytes is not an array there, so `Vec<Vec<u8>>` is `bytea[]`.
impl<T: SqlType> SqlType for [T] {
    const SQL: TypeInfo = match T::SQL.list {
        Some(list) => *list,
        None => Elements::<T>::ARRAY,
    };

    #[inline]
    fn fits(&self) -> bool {
        self.iter().all(T::fits)
    }

    #[inline]
    fn keep(&mut self) {
        if T::SQL.changes {
            self.iter_mut().for_each(T::keep);
        }
    }
}

/// The array of `T`, or `bytea`, like `[T]`.
impl<T: SqlType> SqlType for Vec<T> {
    const SQL: TypeInfo = <[T]>::SQL;

    #[inline]
    fn fits(&self) -> bool {
        self.as_slice().fits()
    }

    #[inline]
    fn keep(&mut self) {
        self.as_mut_slice().keep();
    }
}

/// Like `[T]`, with a fixed length: `[u8; 32]` is `bytea`. serde supports arrays of up to 32 elements.
///
/// The column's type does not contain the length: values that are read from JSON have it, but values that are
/// written to the table by hand need not.
impl<T: SqlType, const N: usize> SqlType for [T; N] {
    const SQL: TypeInfo = TypeInfo {
        accepts: Sql::Join(&[
            Sql::Text(
                "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'array' \
                 THEN pg_catalog.jsonb_array_length(es_value) OPERATOR(pg_catalog.=) ",
            ),
            Sql::Text(Length::<N>::DIGITS),
            Sql::Text(" AND ("),
            <[T]>::SQL.accepts,
            Sql::Text(") ELSE false END"),
        ]),
        expects: if T::SQL.list.is_some() { Length::<N>::BYTES } else { Length::<N>::ELEMENTS },
        default: None,
        ..<[T]>::SQL
    }
    .own_if(<[T]>::CHECKED.is_own(), <[T]>::SQL.qualified(), Fixed::<T, N>::IDENTITY);

    #[inline]
    fn fits(&self) -> bool {
        self.as_slice().fits()
    }

    #[inline]
    fn keep(&mut self) {
        self.as_mut_slice().keep();
    }
}

struct Fixed<T, const N: usize>(PhantomData<T>);

impl<T: SqlType, const N: usize> Fixed<T, N> {
    const IDENTITY: Sql = Sql::Join(&[
        Sql::Text("array.1("),
        Sql::Text(Length::<N>::DIGITS),
        Sql::Text(" of "),
        <[T]>::SQL.identity(),
        Sql::Text(")"),
    ]);
}

struct Elements<T>(PhantomData<T>);

impl<T: SqlType> Elements<T> {
    const WRITE: Sql = Sql::Join(&[
        Sql::Text("CASE WHEN es_value IS NOT NULL THEN (SELECT coalesce(pg_catalog.jsonb_agg("),
        T::SQL.written(),
        Sql::Text(
            " ORDER BY es_place), '[]'::pg_catalog.jsonb) \
             FROM ROWS FROM (pg_catalog.unnest(es_value)) WITH ORDINALITY AS es_items(es_value, es_place)) END",
        ),
    ]);
    const ARRAY: TypeInfo = TypeInfo {
        name: {
            assert!(!T::SQL.is_array(), "PostgreSQL has no column type for a list of lists");
            Sql::Join(&[T::SQL.name, Sql::Text("[]")])
        },
        // The element is called `es_value` again, so that the element's expressions see it instead of the array.
        accepts: Sql::Join(&[
            Sql::Text(
                "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'array' THEN NOT EXISTS \
                 (SELECT FROM pg_catalog.jsonb_array_elements(es_value) AS es_items(es_value) WHERE (",
            ),
            T::SQL.accepts,
            Sql::Text(") IS NOT TRUE) ELSE false END"),
        ]),
        read: Sql::Join(&[
            Sql::Text("ARRAY(SELECT "),
            T::SQL.read,
            Sql::Text(" FROM pg_catalog.jsonb_array_elements(es_value) AS es_items(es_value))"),
        ]),
        write: match T::SQL.write {
            None => None,
            Some(_) => Some(Self::WRITE),
        },
        expects: "an array without nulls, each element as expected of one value",
        default: Some("'{}'"),
        values: T::SQL.values,
        exact_keys: T::SQL.exact_keys,
        changes: T::SQL.changes,
        wide: T::SQL.wide,
        ..TypeInfo::BARE
    }
    .own_if(T::CHECKED.is_own(), Self::QUALIFIED, Self::IDENTITY);
    const QUALIFIED: Sql = Sql::Join(&[T::SQL.qualified(), Sql::Text("[]")]);
    const IDENTITY: Sql = Sql::Join(&[Sql::Text("list.1("), T::SQL.identity(), Sql::Text(")")]);
}

/// Words with a number that only the compiler knows.
struct Length<const N: usize>;

/// At least the length of the longest text below, with twenty digits.
const ROOM: usize = 96;

impl<const N: usize> Length<N> {
    const DIGITS: &'static str = text(Self::REVERSED.1.split_at(Self::REVERSED.0).1);
    /// The digits, right-aligned, and where they begin.
    const REVERSED: (usize, [u8; 20]) = {
        let (mut digits, mut at, mut rest) = ([b'0'; 20], 20, N);
        loop {
            at -= 1;
            #[expect(clippy::cast_possible_truncation, reason = "one digit")]
            let digit = (rest % 10) as u8;
            digits[at] = b'0' + digit;
            rest /= 10;
            if rest == 0 {
                break (at, digits);
            }
        }
    };

    const OF_BYTES: Sql = Sql::Join(&[
        Sql::Text("an array of "),
        Sql::Text(Self::DIGITS),
        Sql::Text(" integers from 0 to 255"),
    ]);
    const BYTES: &'static str = text(Self::WRITTEN_BYTES.split_at(Self::OF_BYTES.len()).0);
    const WRITTEN_BYTES: [u8; ROOM] = Self::OF_BYTES.padded();

    const OF_ELEMENTS: Sql = Sql::Join(&[
        Sql::Text("an array of "),
        Sql::Text(Self::DIGITS),
        Sql::Text(" elements without nulls, each as expected of one value"),
    ]);
    const ELEMENTS: &'static str = text(Self::WRITTEN_ELEMENTS.split_at(Self::OF_ELEMENTS.len()).0);
    const WRITTEN_ELEMENTS: [u8; ROOM] = Self::OF_ELEMENTS.padded();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_state_their_length() {
        assert_eq!(<[u8; 0]>::SQL.expects, "an array of 0 integers from 0 to 255");
        assert_eq!(<[u8; 32]>::SQL.expects, "an array of 32 integers from 0 to 255");
        assert_eq!(
            <[i64; 3]>::SQL.expects,
            "an array of 3 elements without nulls, each as expected of one value"
        );
        assert_eq!(Length::<{ usize::MAX }>::DIGITS, usize::MAX.to_string());
        assert!(Length::<{ usize::MAX }>::ELEMENTS.ends_with("one value"));
    }
}
