//! How a Rust type stands in PostgreSQL.

use std::marker::PhantomData;

use crate::sql::Sql;
use crate::text_value::equal;

/// A Rust type that a rollup's column can have.
///
/// Implemented for the types of the standard library, and behind features for those of `uuid`, `chrono`,
/// `time`, `rust_decimal`, `bigdecimal` and `serde_json`. For a newtype or an enum without data write
/// `#[derive(SqlType)]`, for a struct that is kept as JSON `#[rollup(json)]` as well. `Option<T>` is no column type: the column of an `Option<T>` field is a nullable
/// column of `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no column type in PostgreSQL",
    label = "a rollup column needs to know how this type stands in PostgreSQL",
    note = "for a newtype or an enum without data, write `#[derive(es_rollup::SqlType)]` on `{Self}`; for a struct that is kept as JSON, `#[rollup(json)]` as well",
    note = "for an id or another newtype that a macro writes, write `es_rollup::sql_type!({Self} as uuid::Uuid);` with the type that it wraps",
    note = "for a type of another crate, read the field as a type that is known: `#[rollup(set, as = uuid::Uuid)]`",
    note = "for a type of uuid, chrono, time, rust_decimal, bigdecimal or serde_json, switch on that feature of es-rollup",
    note = "an `Option` must be written as `Option<…>` in the event, not behind an alias"
)]
pub trait SqlType {
    /// The column's type, and how a value of it is read from the JSON that serde writes.
    const SQL: TypeInfo;

    /// Whether the column holds this value, as [`keep`](Self::keep) leaves it.
    ///
    /// What it cannot hold (a year beyond 9999, a non-finite float) is refused by both folds: here, and by
    /// [`TypeInfo::accepts`].
    #[inline]
    fn fits(&self) -> bool {
        true
    }

    /// Whether serde writes this value as null, as it does with a float that is not finite.
    ///
    /// What is stored is null then: in an `Option` both folds take it for `None`, elsewhere both refuse it as
    /// null, unless null is a value of the type.
    #[inline]
    fn is_null(&self) -> bool {
        false
    }

    /// Turns the value into what is kept of it.
    ///
    /// A time loses what is below a microsecond, towards the past, as PostgreSQL has no more digits. A type that
    /// changes values so says it in [`TypeInfo::changes`]; forgetting this method then does not compile.
    #[inline]
    fn keep(&mut self) {
        const {
            assert!(
                !Self::SQL.changes,
                "the type's column keeps less than Rust has; write `SqlType::keep`, and call that of the type inside"
            );
        }
    }
}

/// The PostgreSQL side of a [`SqlType`].
///
/// The expressions see one value, `es_value jsonb`, and run with `search_path = pg_catalog, pg_temp`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct TypeInfo {
    /// The type's name as PostgreSQL's `format_type` prints it, for example `uuid`.
    pub name: Sql,
    /// A boolean expression over `es_value`: whether serde would read it as this type and the column
    /// holds it, as [`SqlType::keep`] leaves it. It never raises an error. It is not true for SQL NULL (the key
    /// is absent), nor for JSON null unless that is a value of the type.
    pub accepts: Sql,
    /// An expression over `es_value` of type [`name`](Self::name), for values that `accepts` lets through.
    pub read: Sql,
    /// What `accepts` lets through, in words that complete "expected …". It stands inside an SQL literal: an
    /// apostrophe is doubled.
    pub expects: &'static str,
    /// `Default::default()` as an SQL literal of type [`name`](Self::name), where the type has one.
    pub default: Option<&'static str>,
    /// For a number with exact arithmetic: a boolean expression over `es_number numeric`, whether the type
    /// holds that number. [`Number`](crate::Number) is its Rust side.
    pub number: Option<Sql>,
    /// Where `=` means what `PartialEq` means: values can be members of a set.
    pub equality: bool,
    /// Where `<` means what `PartialOrd` means: what follows a value so that it does, for example
    /// ` COLLATE "C"`, mostly nothing.
    pub order: Option<&'static str>,
    /// What a list of the type stands as, where that is not an array of it: a list of `u8` is `bytea`.
    pub list: Option<&'static TypeInfo>,
    /// Where the type has few values, each as an SQL literal, separated by commas: the column, or each element
    /// of an array, is held to them by a CHECK.
    pub values: Option<Sql>,
    /// For JSON: serde reads exactly the keys that it writes, in what is nested too, so that a path by those
    /// keys finds what Rust has there.
    pub exact_keys: bool,
    /// Whether [`SqlType::keep`] changes values.
    pub changes: bool,
    /// Whether serde writes a value of the type as null, which [`SqlType::is_null`] tells.
    pub null: bool,
    /// Whether an integer of 128 bits is in it, which serde does not read inside an enum with a tag.
    pub wide: bool,
}

impl TypeInfo {
    /// What the types of this crate begin with.
    pub(crate) const BARE: Self = Self::new(Sql::Text(""), Sql::Text(""), Sql::Text(""), "");

    /// A type that can be set and cleared; what else it can do is said by the other fields.
    pub const fn new(name: Sql, accepts: Sql, read: Sql, expects: &'static str) -> Self {
        Self {
            name,
            accepts,
            read,
            expects,
            default: None,
            number: None,
            equality: false,
            order: None,
            list: None,
            values: None,
            exact_keys: false,
            changes: false,
            null: false,
            wide: false,
        }
    }

    /// Whether [`SqlType::keep`] changes JSON, so that JSON around it changes with it.
    pub const fn changes_json(self) -> bool {
        self.changes && is_json(self.name)
    }

    /// Whether serde writes a value of the type as null.
    pub const fn can_be_null(self) -> bool {
        self.null
    }

    /// Whether serde reads the type inside an enum with a tag too.
    pub const fn is_read_with_a_tag(self) -> bool {
        !self.wide
    }

    /// The integers of the type that a narrower integer type of PostgreSQL's holds too.
    ///
    /// # Panics
    ///
    /// When the type is not one of integers.
    #[must_use]
    pub const fn narrowed(self, narrow: Self, accepts: Sql, number: Sql) -> Self {
        assert!(is_integer(self.name), "only a whole number is kept as a narrower one; remove `sql_type`");
        Self {
            name: narrow.name,
            accepts,
            read: narrow.read,
            expects: narrow.expects,
            default: if self.default.is_some() { narrow.default } else { None },
            number: if self.number.is_some() { Some(number) } else { None },
            list: None,
            ..self
        }
    }

    /// Whether the type's default value can be told to SQL.
    pub const fn has_default(self) -> bool {
        self.default.is_some()
    }

    /// Whether the type can be counted with.
    pub const fn is_number(self) -> bool {
        self.number.is_some()
    }

    /// Whether Rust and SQL order the type alike.
    pub const fn is_ordered(self) -> bool {
        self.order.is_some()
    }

    /// Whether Rust and SQL agree on what is equal.
    pub const fn has_equality(self) -> bool {
        self.equality
    }

    /// Whether the type is an array, which can be no member of a set or a list.
    pub const fn is_array(self) -> bool {
        ends_in_brackets(self.name)
    }

    /// Whether the type is one value of a list of literals.
    pub const fn is_one_of_values(self) -> bool {
        self.values.is_some() && !self.is_array()
    }

    /// Whether the type is an array of values of a list of literals.
    pub const fn is_array_of_values(self) -> bool {
        self.values.is_some() && self.is_array()
    }

    /// Whether a path by the keys that serde writes finds in the type's JSON what Rust has there.
    pub const fn has_exact_keys(self) -> bool {
        self.exact_keys
    }

    /// Whether the type can stand in JSON of [exact keys](Self::exact_keys): it has such keys, or none at all.
    pub const fn leaves_keys_exact(self) -> bool {
        self.exact_keys || !is_json(self.name)
    }

    /// Whether the type's order is that of a collation.
    pub const fn is_collated(self) -> bool {
        matches!(self.order, Some(collation) if !collation.is_empty())
    }

    /// Whether the type is `text`.
    pub const fn is_text(self) -> bool {
        matches!(self.name, Sql::Text(name) if equal(name, "text"))
    }

    /// Whether the type is `timestamp with time zone`, which recorded times are of.
    pub const fn is_timestamp(self) -> bool {
        matches!(self.name, Sql::Text(name) if equal(name, "timestamp with time zone"))
    }

    /// Whether the type is `bigint`, which sequences are of.
    pub const fn is_bigint(self) -> bool {
        matches!(self.name, Sql::Text(name) if equal(name, "bigint"))
    }

    /// [`expects`](Self::expects), as it can stand inside an SQL literal.
    ///
    /// # Panics
    ///
    /// When an apostrophe in it is not doubled.
    pub const fn quotable_expects(self) -> Sql {
        let bytes = self.expects.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'\'' {
                assert!(at + 1 < bytes.len() && bytes[at + 1] == b'\'', "double the apostrophe in `expects`");
                at += 1;
            }
            at += 1;
        }
        Sql::Text(self.expects)
    }

    /// The SQL literal of the type's default value; nothing where it has none.
    pub const fn default_literal(self) -> Sql {
        match self.default {
            Some(literal) => Sql::Text(literal),
            None => Sql::Text(""),
        }
    }

    /// The expression that says whether the type holds a number; nothing where it is none.
    pub const fn holds(self) -> Sql {
        match self.number {
            Some(holds) => holds,
            None => Sql::Text(""),
        }
    }

    /// The literals of the type's values; nothing where they are not listed.
    pub const fn value_literals(self) -> Sql {
        match self.values {
            Some(values) => values,
            None => Sql::Text(""),
        }
    }

    /// What makes SQL compare as Rust does; nothing where that is what it does.
    pub const fn collation(self) -> Sql {
        match self.order {
            Some(collation) => Sql::Text(collation),
            None => Sql::Text(""),
        }
    }
}

/// A type as the model's description has it; the same text as [`Type`](crate::model::Type)'s, from const evaluation.
#[doc(hidden)]
#[derive(Debug)]
pub struct Described<T: ?Sized>(PhantomData<T>);

impl<T: SqlType + ?Sized> Described<T> {
    /// All that decides what a value becomes, as a JSON object.
    pub const JSON: Sql = Sql::Join(&[
        Sql::Text("{\"name\":"),
        Sql::Json(&[T::SQL.name]),
        Sql::Text(",\"accepts\":"),
        Sql::Json(&[T::SQL.accepts]),
        Sql::Text(",\"read\":"),
        Sql::Json(&[T::SQL.read]),
        Sql::Text(",\"default\":"),
        where_some(T::SQL.default.is_some(), Self::DEFAULT),
        Sql::Text(",\"number\":"),
        where_some(T::SQL.number.is_some(), Self::NUMBER),
        Sql::Text(",\"order\":"),
        where_some(T::SQL.order.is_some(), Self::ORDER),
        Sql::Text(if T::SQL.equality { ",\"equality\":true" } else { ",\"equality\":false" }),
        Sql::Text(",\"values\":"),
        where_some(T::SQL.values.is_some(), Self::VALUES),
        Sql::Text(",\"raises\":false}"),
    ]);
    /// [`TypeInfo::expects`], as a JSON string.
    pub const EXPECTS: Sql = Sql::Json(&[T::SQL.quotable_expects()]);

    const DEFAULT: &'static [Sql] = &[T::SQL.default_literal()];
    const NUMBER: &'static [Sql] = &[T::SQL.holds()];
    const ORDER: &'static [Sql] = &[T::SQL.collation()];
    const VALUES: &'static [Sql] = &[T::SQL.value_literals()];
}

/// A text as a JSON string, or null.
const fn where_some(some: bool, text: &'static [Sql]) -> Sql {
    if some { Sql::Json(text) } else { Sql::Text("null") }
}

/// Whether the type is one of those that integers have.
const fn is_integer(name: Sql) -> bool {
    match name {
        Sql::Text(name) => {
            equal(name, "smallint")
                || equal(name, "integer")
                || equal(name, "bigint")
                || equal(name, "numeric(20,0)")
                || equal(name, "numeric(39,0)")
        }
        Sql::Join(_) | Sql::Json(_) => false,
    }
}

/// Whether the type is `jsonb` or an array of it.
const fn is_json(name: Sql) -> bool {
    if let Sql::Text(text) = name {
        equal(text, "jsonb") || equal(text, "jsonb[]")
    } else if let Sql::Join(parts) = name
        && let Some((first, rest)) = parts.split_first()
    {
        is_json(*first) || (first.is_empty() && is_json(Sql::Join(rest)))
    } else {
        false
    }
}

/// Whether the type's name ends in `]`.
const fn ends_in_brackets(name: Sql) -> bool {
    if let Sql::Text(text) = name {
        matches!(text.as_bytes().last(), Some(b']'))
    } else if let Sql::Join(parts) = name
        && let Some((last, rest)) = parts.split_last()
    {
        ends_in_brackets(*last) || (last.is_empty() && ends_in_brackets(Sql::Join(rest)))
    } else {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{Sql, TypeInfo};

    fn expecting(expects: &'static str) -> TypeInfo {
        TypeInfo::new(Sql::Text("text"), Sql::Text("true"), Sql::Text("es_value"), expects)
    }

    #[test]
    fn a_doubled_apostrophe_stands_inside_a_literal() {
        assert_eq!(expecting("a day''s name").quotable_expects().len(), 13);
    }

    #[test]
    #[should_panic(expected = "double the apostrophe")]
    fn a_single_apostrophe_does_not() {
        let _ = expecting("a day's name").quotable_expects();
    }

    #[test]
    fn arrays_are_told_by_their_names() {
        const NAME: Sql = Sql::Join(&[Sql::Text("text"), Sql::Text("[]"), Sql::Text("")]);
        assert!(TypeInfo { name: NAME, ..expecting("") }.is_array());
        assert!(!expecting("").is_array());
    }

    #[test]
    fn json_leaves_keys_exact_where_it_says_so() {
        let named = |name| TypeInfo { name, ..expecting("") };
        let json = [
            Sql::Text("jsonb"),
            Sql::Text("jsonb[]"),
            Sql::Join(&[Sql::Text(""), Sql::Text("jsonb"), Sql::Text("[]")]),
        ];
        for name in json {
            assert!(!named(name).leaves_keys_exact(), "{name:?}");
            assert!(TypeInfo { exact_keys: true, ..named(name) }.leaves_keys_exact(), "{name:?}");
        }
        assert!(expecting("").leaves_keys_exact() && !expecting("").has_exact_keys());
    }
}
