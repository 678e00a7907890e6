//! What a Rust type is in PostgreSQL: its texts, and what it can do.

use crate::bounds::bounds;
use crate::own::Own;
use crate::sql::Sql;
use crate::text_value::equal;

/// The PostgreSQL side of a [`SqlType`](crate::SqlType).
///
/// The expressions see one value, `es_value jsonb`, and run with `search_path = pg_catalog, pg_temp`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate fact")]
pub struct TypeInfo {
    /// The type's name as PostgreSQL's `format_type` prints it, for example `uuid`.
    pub name: Sql,
    /// A boolean expression over `es_value`: whether serde would read it as this type and the column
    /// can hold it, as [`SqlType::keep`](crate::SqlType::keep) leaves it. It never raises an error. It is not true for SQL NULL (the key
    /// is absent), nor for JSON null unless that is a value of the type.
    pub accepts: Sql,
    /// An expression over `es_value` of type [`name`](Self::name), for values for which `accepts` is true.
    pub read: Sql,
    /// An expression over `es_value` of type [`name`](Self::name), for [`STATE_SQL`](crate::Rollup::STATE_SQL): serde
    /// reads what `to_jsonb` makes of it as the Rust type. `None` if that is the value itself.
    pub write: Option<Sql>,
    /// The accepted values, in words that complete "expected …". This goes into an SQL literal, so an apostrophe is
    /// doubled.
    pub expects: &'static str,
    /// `Default::default()` as an SQL literal of type [`name`](Self::name), if the type has one.
    pub default: Option<&'static str>,
    /// For a number with exact arithmetic: a boolean expression over `es_number numeric`, whether the type
    /// can hold that number. [`Number`](crate::Number) is its Rust side.
    pub number: Option<Sql>,
    /// Whether `=` means the same as `PartialEq`, so that values can be members of a set.
    pub equality: bool,
    /// If values are ordered as by `PartialOrd`: the collation that this needs, for example ` COLLATE "C"`; usually
    /// empty.
    pub order: Option<&'static str>,
    /// The type of a list of the type, if that is not an array: a list of `u8` is `bytea`.
    pub list: Option<&'static TypeInfo>,
    /// If the type has few values: each as an SQL literal, separated by commas. A CHECK restricts the column, or each
    /// element of an array, to them.
    pub values: Option<Sql>,
    /// For JSON: serde reads exactly the keys that it writes, at every level, so that a path of those keys finds the
    /// same value as in Rust.
    pub exact_keys: bool,
    /// Whether [`SqlType::keep`](crate::SqlType::keep) changes values.
    pub changes: bool,
    /// Whether serde writes some values of the type as null; see [`SqlType::is_null`](crate::SqlType::is_null).
    pub null: bool,
    /// Whether it contains an integer of 128 bits, which serde does not read inside an enum with a tag.
    pub wide: bool,
    /// What only the types of this crate have.
    #[doc(hidden)]
    pub own: Option<Own>,
}

impl TypeInfo {
    /// The starting point for the types of this crate.
    pub(crate) const BARE: Self = Self::new(Sql::Text(""), Sql::Text(""), Sql::Text(""), "");

    /// A type that can be set and cleared; the other fields say what else it can do.
    pub const fn new(name: Sql, accepts: Sql, read: Sql, expects: &'static str) -> Self {
        Self {
            name,
            accepts,
            read,
            write: None,
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
            own: None,
        }
    }

    /// Whether [`SqlType::keep`](crate::SqlType::keep) changes JSON, and therefore also JSON that contains it.
    pub const fn changes_json(self) -> bool {
        self.changes && is_json(self.name)
    }

    /// Whether serde writes some values of the type as null.
    pub const fn can_be_null(self) -> bool {
        self.null
    }

    /// Whether serde also reads the type inside an enum with a tag.
    pub const fn is_read_with_a_tag(self) -> bool {
        !self.wide
    }

    /// The type restricted to the integers that a narrower integer type of PostgreSQL can hold.
    ///
    /// # Panics
    ///
    /// If the type is not an integer type.
    #[must_use]
    pub const fn narrowed(self, narrow: Self, accepts: Sql, number: Sql) -> Self {
        assert!(is_integer(self.name), "only an integer can be kept as a narrower one; remove `sql_type`");
        Self {
            name: narrow.name,
            accepts,
            read: narrow.read,
            write: narrow.write,
            expects: narrow.expects,
            default: if self.default.is_some() { narrow.default } else { None },
            number: if self.number.is_some() { Some(number) } else { None },
            list: None,
            ..self
        }
    }

    /// Whether the type's default value is known in SQL.
    pub const fn has_default(self) -> bool {
        self.default.is_some()
    }

    /// Whether a counter can have the type.
    pub const fn is_number(self) -> bool {
        self.number.is_some()
    }

    /// Whether Rust and SQL order the type the same way.
    pub const fn is_ordered(self) -> bool {
        self.order.is_some()
    }

    /// Whether Rust and SQL agree on what is equal.
    pub const fn has_equality(self) -> bool {
        self.equality
    }

    /// Whether the type is an array, which cannot be a member of a set or a list.
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

    /// Whether a path of the keys that serde writes finds the same value in the type's JSON as in Rust.
    pub const fn has_exact_keys(self) -> bool {
        self.exact_keys
    }

    /// Whether the type can be part of JSON with [exact keys](Self::exact_keys): it has such keys, or none at all.
    pub const fn leaves_keys_exact(self) -> bool {
        self.exact_keys || !is_json(self.name)
    }

    /// Whether the type's order depends on a collation.
    pub const fn is_collated(self) -> bool {
        matches!(self.order, Some(collation) if !collation.is_empty())
    }

    /// Whether the type is `text`.
    pub const fn is_text(self) -> bool {
        matches!(self.name, Sql::Text(name) if equal(name, "text"))
    }

    /// Whether the type is `timestamp with time zone`, the type of recorded times.
    pub const fn is_timestamp(self) -> bool {
        matches!(self.name, Sql::Text(name) if equal(name, "timestamp with time zone"))
    }

    /// Whether the type is `bigint`, the type of sequences.
    pub const fn is_bigint(self) -> bool {
        matches!(self.name, Sql::Text(name) if equal(name, "bigint"))
    }

    /// [`expects`](Self::expects), as it goes into an SQL literal.
    ///
    /// # Panics
    ///
    /// If an apostrophe in it is not doubled.
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

    /// The SQL literal of the type's default value; empty if it has none.
    pub const fn default_literal(self) -> Sql {
        match self.default {
            Some(literal) => Sql::Text(literal),
            None => Sql::Text(""),
        }
    }

    /// Whether serde reads something else than what `to_jsonb` makes of a value.
    pub const fn is_written(self) -> bool {
        self.write.is_some()
    }

    /// The expression of which `to_jsonb` makes what serde reads; empty if that is the value itself.
    pub const fn written(self) -> Sql {
        match self.write {
            Some(write) => write,
            None => Sql::Text(""),
        }
    }

    /// The expression that says whether the type can hold a number; empty if the type is not a number.
    pub const fn holds(self) -> Sql {
        match self.number {
            Some(holds) => holds,
            None => Sql::Text(""),
        }
    }

    /// The lowest and the greatest number that the type holds, if it is a whole number of at most eight bytes and
    /// [`number`](Self::number) says nothing else.
    const fn bounds(self) -> Option<(&'static str, &'static str)> {
        match (self.name, self.number) {
            (Sql::Text(name), Some(Sql::Text(holds))) => bounds(name, holds),
            (Sql::Text(_) | Sql::Join(_) | Sql::Json(_), _) => None,
        }
    }

    /// Whether the type is a whole number of at most eight bytes between [`lowest`](Self::lowest) and
    /// [`highest`](Self::highest).
    pub const fn is_bounded(self) -> bool {
        self.bounds().is_some()
    }

    /// The lowest number that the type holds; empty if it is not [bounded](Self::is_bounded).
    pub const fn lowest(self) -> Sql {
        match self.bounds() {
            Some((lowest, _)) => Sql::Text(lowest),
            None => Sql::Text(""),
        }
    }

    /// The greatest number that the type holds; empty if it is not [bounded](Self::is_bounded).
    pub const fn highest(self) -> Sql {
        match self.bounds() {
            Some((_, highest)) => Sql::Text(highest),
            None => Sql::Text(""),
        }
    }

    /// The literals of the type's values; empty if they are not listed.
    pub const fn value_literals(self) -> Sql {
        match self.values {
            Some(values) => values,
            None => Sql::Text(""),
        }
    }

    /// The collation that makes SQL compare as Rust does; empty if none is needed.
    pub const fn collation(self) -> Sql {
        match self.order {
            Some(collation) => Sql::Text(collation),
            None => Sql::Text(""),
        }
    }
}

/// Whether it is the column type of an integer.
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
    fn a_doubled_apostrophe_is_allowed_in_a_literal() {
        assert_eq!(expecting("a day''s name").quotable_expects().len(), 13);
    }

    #[test]
    #[should_panic(expected = "double the apostrophe")]
    fn a_single_apostrophe_is_not() {
        let _ = expecting("a day's name").quotable_expects();
    }

    #[test]
    fn arrays_are_recognised_by_their_names() {
        const NAME: Sql = Sql::Join(&[Sql::Text("text"), Sql::Text("[]"), Sql::Text("")]);
        assert!(TypeInfo { name: NAME, ..expecting("") }.is_array());
        assert!(!expecting("").is_array());
    }

    #[test]
    fn json_leaves_keys_exact_if_it_says_so() {
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
