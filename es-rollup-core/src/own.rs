//! The types of this crate, as opposed to those that users write by hand.
//!
//! All of their texts are fully qualified, so that they mean the same under any `search_path`: operators are written as
//! `OPERATOR(pg_catalog.=)`, and nothing is used that looks up a name unseen (`IN`, `BETWEEN`, `LIKE`, `NULLIF`,
//! `IS DISTINCT FROM`, `CASE x WHEN …`). And they have an identity, which stands for the texts in a fingerprint: a text
//! may then be reworded without a change of meaning.

use crate::sql::Sql;
use crate::{Fingerprint, TypeInfo};

/// What only a type of this crate has.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// The type's name with its schema, unless the name is a keyword of SQL.
    qualified: Sql,
    /// What the texts mean, with the version of that meaning: `uuid.1`.
    identity: Sql,
    /// The texts for which both were written.
    texts: Fingerprint,
}

impl TypeInfo {
    /// Declares a type of this crate. Another meaning of its texts needs another identity: a greater number.
    #[doc(hidden)]
    #[must_use]
    pub const fn own(self, qualified: Sql, identity: Sql) -> Self {
        Self { own: Some(Own { qualified, identity, texts: self.texts() }), ..self }
    }

    /// The same if it is composed only of types of this crate.
    #[doc(hidden)]
    #[must_use]
    pub const fn own_if(self, all: bool, qualified: Sql, identity: Sql) -> Self {
        if all { self.own(qualified, identity) } else { Self { own: None, ..self } }
    }

    /// Without the claim to be a type of this crate, if the texts are not those for which it was made: in a type written
    /// by hand as `TypeInfo { accepts, ..Uuid::SQL }`.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(self) -> Self {
        match self.own {
            Some(own) if own.texts.state() == self.texts().state() => self,
            Some(_) | None => Self { own: None, ..self },
        }
    }

    /// Whether it is a type of this crate.
    #[doc(hidden)]
    pub const fn is_own(self) -> bool {
        self.own.is_some()
    }

    /// The type's name with its schema; empty if it is not a type of this crate.
    #[doc(hidden)]
    pub const fn qualified(self) -> Sql {
        match self.own {
            Some(own) => own.qualified,
            None => Sql::Text(""),
        }
    }

    /// The same, or its name if it is not a type of this crate.
    #[doc(hidden)]
    pub const fn qualified_name(self) -> Sql {
        match self.own {
            Some(own) => own.qualified,
            None => self.name,
        }
    }

    /// The same without a modifier: `numeric`, not `numeric(20,0)`. A type that is written by hand keeps its own.
    #[doc(hidden)]
    pub const fn unmodified_name(self) -> Sql {
        match self.own {
            Some(Own { qualified: Sql::Text(name), .. }) => Sql::Text(before_modifier(name)),
            Some(Own { qualified, .. }) => qualified,
            None => self.name,
        }
    }

    /// Whether its texts may depend on the search path.
    #[doc(hidden)]
    pub const fn is_not_own(self) -> bool {
        self.own.is_none()
    }

    /// What stands for its texts in a fingerprint; empty if it is not a type of this crate.
    #[doc(hidden)]
    pub const fn identity(self) -> Sql {
        match self.own {
            Some(own) => own.identity,
            None => Sql::Text(""),
        }
    }

    /// In a fingerprint: the identity, or for a type written by hand the text.
    #[doc(hidden)]
    pub const fn meaning_of(self, text: Sql) -> Sql {
        match self.own {
            Some(own) => own.identity,
            None => text,
        }
    }

    const fn texts(self) -> Fingerprint {
        let texts = [
            self.name,
            self.accepts,
            self.read,
            self.default_literal(),
            self.holds(),
            self.collation(),
            self.value_literals(),
        ];
        let (mut all, mut at) = (Fingerprint::START, 0);
        while at < texts.len() {
            all = all.with_sql(texts[at]).with("\0");
            at += 1;
        }
        all
    }
}

/// The name of a type up to its modifier.
pub(crate) const fn before_modifier(name: &str) -> &str {
    let mut end = 0;
    while end < name.len() && name.as_bytes()[end] != b'(' {
        end += 1;
    }
    name.split_at(end).0
}

#[cfg(test)]
mod tests {
    use crate::model::{Part, TypeTexts};
    use crate::sql::Sql;
    use crate::{SqlType, TypeInfo};

    #[test]
    fn a_type_of_ours_whose_text_is_replaced_by_hand_is_no_longer_ours() {
        assert!(i64::CHECKED.is_own() && <Vec<i64>>::CHECKED.is_own() && <[u8; 4]>::CHECKED.is_own());
        let by_hand = TypeInfo { accepts: Sql::Text("es_value = '7'"), ..i64::SQL };
        assert!(by_hand.is_own() && !by_hand.checked().is_own());
    }

    #[test]
    fn a_list_of_a_type_written_by_hand_is_not_ours() {
        struct Seven;
        impl SqlType for Seven {
            const SQL: TypeInfo = TypeInfo { accepts: Sql::Text("es_value = '7'"), ..i64::SQL };
        }
        assert!(!<Vec<Seven>>::CHECKED.is_own() && !<[Seven; 2]>::CHECKED.is_own());
    }

    #[test]
    fn an_identity_says_what_a_type_is_composed_of() {
        assert_eq!(<[Vec<u8>; 3]>::SQL.identity().to_string(), "array.1(3 of list.1(bytes.1))");
        assert_eq!(<[Vec<u8>; 3]>::SQL.qualified().to_string(), "pg_catalog.bytea[]");
    }

    #[test]
    fn a_name_without_a_modifier_is_the_same_for_the_compiler_and_for_the_macro() {
        for (info, name) in [(u64::SQL, "numeric"), (i64::SQL, "bigint"), (String::SQL, "pg_catalog.text")] {
            assert_eq!(info.unmodified_name().to_string(), name);
            assert_eq!(TypeTexts::of(info).text(Part::Unmodified), name);
        }
        let by_hand = TypeInfo { name: Sql::Text("varchar(10)"), ..String::SQL }.checked();
        assert_eq!(by_hand.unmodified_name().to_string(), "varchar(10)");
        assert_eq!(TypeTexts::of(by_hand).text(Part::Unmodified), "varchar(10)");
    }
}
