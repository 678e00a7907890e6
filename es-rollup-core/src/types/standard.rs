//! Text, flags and pointers of the standard library.

use std::{borrow::Cow, rc::Rc, sync::Arc};

use super::iso::WHOLE;
use crate::{SqlType, TypeInfo, sql::Sql};

/// `boolean`: only JSON's `true` and `false`.
///
/// <https://www.postgresql.org/docs/current/datatype-boolean.html>
impl SqlType for bool {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("boolean"),
        accepts: Sql::Text("pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'boolean'"),
        read: Sql::Text("es_value::boolean"),
        expects: "true or false",
        default: Some("false"),
        number: None,
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("boolean"), Sql::Text("boolean.1"));
}

/// `text`: any JSON string.
///
/// `jsonb` itself refuses NUL characters, before a rollup sees them
/// (<https://www.postgresql.org/docs/current/datatype-json.html>).
impl SqlType for str {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("text"),
        accepts: Sql::Text("pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'"),
        read: Sql::Text(WHOLE),
        expects: "a string",
        default: Some("''::pg_catalog.text"),
        number: None,
        equality: true,
        order: Some(" COLLATE pg_catalog.\"C\""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("pg_catalog.text"), Sql::Text("text.1"));
}

/// `text`, like [`str`].
impl SqlType for String {
    const SQL: TypeInfo = str::SQL;
}

/// `text` of one character: one Unicode scalar value, as in Rust.
///
/// Not `character(1)`, which loses a space
/// (<https://www.postgresql.org/docs/current/datatype-character.html>). `char::default()` is NUL, which
/// `jsonb` cannot hold, so there is no default.
impl SqlType for char {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("text"),
        accepts: Sql::Text(
            "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string' \
             THEN pg_catalog.char_length(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.=) 1 \
             ELSE false END",
        ),
        read: Sql::Text(WHOLE),
        expects: "a string of one character",
        default: None,
        number: None,
        equality: true,
        order: Some(" COLLATE pg_catalog.\"C\""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("pg_catalog.text"), Sql::Text("char.1"));
}

/// A pointer to `T` has the column type of `T`: serde writes nothing for the pointer itself.
macro_rules! pointers {
    ($($pointer:ident)*) => {$(
        #[doc = concat!("The column type of the value that the `", stringify!($pointer), "` points to: serde writes only that value.")]
        impl<T: SqlType + ?Sized> SqlType for $pointer<T> {
            const SQL: TypeInfo = unchanged(&T::SQL);

            #[inline]
            fn fits(&self) -> bool {
                T::fits(self)
            }

            #[inline]
            fn is_null(&self) -> bool {
                T::is_null(self)
            }
        }
    )*};
}

pointers!(Rc Arc);

/// The column type of the value that the `Box` points to: serde writes only that value.
impl<T: SqlType + ?Sized> SqlType for Box<T> {
    const SQL: TypeInfo = T::SQL;

    #[inline]
    fn fits(&self) -> bool {
        T::fits(self)
    }

    #[inline]
    fn is_null(&self) -> bool {
        T::is_null(self)
    }

    #[inline]
    fn keep(&mut self) {
        T::keep(self);
    }
}

/// A shared value cannot be changed.
const fn unchanged(info: &TypeInfo) -> TypeInfo {
    assert!(
        !info.changes,
        "a column keeps times to the microsecond, and a shared value cannot be changed to that; hold the value without `Rc`, `Arc` or `Cow`"
    );
    *info
}

/// The column type of the value that is borrowed or owned: serde writes only that value.
impl<T: SqlType + ToOwned + ?Sized> SqlType for Cow<'_, T> {
    const SQL: TypeInfo = unchanged(&T::SQL);

    #[inline]
    fn fits(&self) -> bool {
        T::fits(self)
    }

    #[inline]
    fn is_null(&self) -> bool {
        T::is_null(self)
    }
}
