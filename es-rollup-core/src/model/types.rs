//! The types of a model: one table, to which columns and fields refer.

use crate::TypeInfo;
use crate::bounds::bounds;
use crate::own::before_modifier;
use crate::sql::json;

/// Refers to an entry of [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Type(pub usize);

/// The types of a model. Equal types are one entry.
///
/// ```
/// use es_rollup_core::{SqlType, model::Types};
///
/// let mut types = Types::default();
/// let text = types.of(String::SQL);
/// let number = types.of(i64::SQL);
/// assert_ne!(text, number);
/// assert_eq!(types.of(String::SQL), text);
/// assert_eq!(types.texts(number).unwrap().name, "bigint");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types(Vec<Entry>);

/// An entry of [`Types`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A type whose texts are known.
    Known(Box<TypeTexts>),
    /// A type that only the compiler knows: a macro cannot see what a name refers to. Const evaluation fills it in
    /// from [`SqlType`](crate::SqlType).
    Hole,
}

/// A [`TypeInfo`] as owned text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate fact")]
pub struct TypeTexts {
    /// [`TypeInfo::name`]
    pub name: String,
    /// [`TypeInfo::accepts`]
    pub accepts: String,
    /// [`TypeInfo::read`]
    pub read: String,
    /// [`TypeInfo::write`]
    pub write: Option<String>,
    /// [`TypeInfo::expects`]
    pub expects: String,
    /// [`TypeInfo::default`]
    pub default: Option<String>,
    /// [`TypeInfo::number`]
    pub number: Option<String>,
    /// [`TypeInfo::order`]
    pub order: Option<String>,
    /// [`TypeInfo::equality`]
    pub equality: bool,
    /// [`TypeInfo::values`]
    pub values: Option<String>,
    /// [`TypeInfo::exact_keys`]
    pub exact_keys: bool,
    /// [`TypeInfo::changes`]
    pub changes: bool,
    /// [`TypeInfo::null`]
    pub null: bool,
    /// [`TypeInfo::wide`]
    pub wide: bool,
    /// Whether reading an accepted value can still raise an error, which is then caught.
    pub raises: bool,
    /// What only the types of this crate have.
    pub own: Option<OwnTexts>,
}

/// What a type of this crate has, as opposed to one that is written by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTexts {
    /// The type's name with its schema, unless the name is a keyword of SQL. All of the type's texts are qualified, so
    /// that they mean the same under any `search_path`.
    pub qualified: String,
    /// What the texts mean, with the version of that meaning: `uuid.1`. It stands for them in the fingerprint.
    pub identity: String,
}

/// Which text of a type goes into a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// [`TypeInfo::name`]
    Name,
    /// The same with its schema, if it is a type of this crate.
    Qualified,
    /// The same without a modifier: `numeric`, not `numeric(20,0)`. A type that is written by hand keeps its own.
    Unmodified,
    /// [`TypeInfo::accepts`]
    Accepts,
    /// [`TypeInfo::read`]
    Read,
    /// [`TypeInfo::write`]; empty if there is none.
    Write,
    /// [`TypeInfo::expects`]
    Expects,
    /// [`TypeInfo::default_literal`]
    Default,
    /// [`TypeInfo::holds`]
    Holds,
    /// [`TypeInfo::lowest`]
    Lowest,
    /// [`TypeInfo::highest`]
    Highest,
    /// [`TypeInfo::collation`]
    Collation,
    /// Empty if [`TypeInfo::equality`] is true.
    Equality,
    /// [`TypeInfo::value_literals`]
    Values,
    /// Everything that decides what a value becomes, as a JSON object.
    Json,
    /// What decides no value, as JSON: [`TypeInfo::expects`] as a string, or an object if there is a
    /// [`TypeInfo::write`].
    Labels,
}

/// A fact about a type that decides whether text appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// [`TypeInfo::is_one_of_values`]
    OneOfValues,
    /// [`TypeInfo::is_array_of_values`]
    ArrayOfValues,
    /// [`TypeInfo::is_collated`]
    Collated,
    /// [`TypeInfo::is_text`]
    Text,
    /// Whether all of its texts are qualified, as only those of this crate's types are.
    Qualified,
    /// The opposite.
    Unqualified,
    /// [`TypeInfo::is_bounded`]
    Bounded,
    /// The opposite.
    Unbounded,
    /// [`TypeInfo::is_written`]
    Written,
    /// The opposite.
    Unwritten,
}

impl Part {
    /// All parts, in their order.
    pub(crate) const ALL: [Self; 16] = [
        Self::Name,
        Self::Qualified,
        Self::Unmodified,
        Self::Accepts,
        Self::Read,
        Self::Write,
        Self::Expects,
        Self::Default,
        Self::Holds,
        Self::Lowest,
        Self::Highest,
        Self::Collation,
        Self::Equality,
        Self::Values,
        Self::Json,
        Self::Labels,
    ];
}

impl Fact {
    /// All facts, in their order.
    pub(crate) const ALL: [Self; 10] = [
        Self::OneOfValues,
        Self::ArrayOfValues,
        Self::Collated,
        Self::Text,
        Self::Qualified,
        Self::Unqualified,
        Self::Bounded,
        Self::Unbounded,
        Self::Written,
        Self::Unwritten,
    ];
}

impl Types {
    /// The entry of a type whose texts are known.
    pub fn known(&mut self, texts: TypeTexts) -> Type {
        let entry = Entry::Known(Box::new(texts));
        let at = self.0.iter().position(|one| *one == entry).unwrap_or_else(|| self.push(entry));
        Type(at)
    }

    /// The entry of a type of this crate, or of any type that implements [`SqlType`](crate::SqlType).
    pub fn of(&mut self, info: TypeInfo) -> Type {
        self.known(TypeTexts::of(info))
    }

    /// A new entry for a type that only the compiler knows.
    pub fn hole(&mut self) -> Type {
        Type(self.push(Entry::Hole))
    }

    /// A new entry, even if it equals another.
    #[cfg(feature = "serde_json")]
    pub(super) fn add(&mut self, entry: Entry) -> Type {
        Type(self.push(entry))
    }

    fn push(&mut self, entry: Entry) -> usize {
        self.0.push(entry);
        self.0.len() - 1
    }

    /// The entries in order, each with what refers to it.
    pub fn iter(&self) -> impl Iterator<Item = (Type, &Entry)> {
        self.0.iter().enumerate().map(|(at, entry)| (Type(at), entry))
    }

    /// The entry that is referred to.
    pub fn get(&self, ty: Type) -> Option<&Entry> {
        self.0.get(ty.0)
    }

    /// The texts of a type, if they are known.
    pub fn texts(&self, ty: Type) -> Option<&TypeTexts> {
        match self.get(ty)? {
            Entry::Known(texts) => Some(texts),
            Entry::Hole => None,
        }
    }

    /// Whether reading an accepted value can raise an error. A type that only the compiler knows raises none.
    pub fn raises(&self, ty: Type) -> bool {
        self.texts(ty).is_some_and(|texts| texts.raises)
    }
}

impl TypeTexts {
    /// The texts of a [`TypeInfo`].
    pub fn of(info: TypeInfo) -> Self {
        Self {
            name: info.name.to_string(),
            accepts: info.accepts.to_string(),
            read: info.read.to_string(),
            write: info.write.map(|sql| sql.to_string()),
            expects: info.expects.into(),
            default: info.default.map(Into::into),
            number: info.number.map(|sql| sql.to_string()),
            order: info.order.map(Into::into),
            equality: info.equality,
            values: info.values.map(|sql| sql.to_string()),
            exact_keys: info.exact_keys,
            changes: info.changes,
            null: info.null,
            wide: info.wide,
            raises: false,
            own: info.checked().own.map(|_| OwnTexts {
                qualified: info.qualified().to_string(),
                identity: info.identity().to_string(),
            }),
        }
    }

    /// The text of a part; empty if the type does not have it.
    pub fn text(&self, part: Part) -> String {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        match part {
            Part::Name => self.name.clone(),
            Part::Qualified => self.own.as_ref().map_or(&self.name, |own| &own.qualified).clone(),
            Part::Unmodified => match &self.own {
                Some(own) => before_modifier(&own.qualified).into(),
                None => self.name.clone(),
            },
            Part::Accepts => self.accepts.clone(),
            Part::Read => self.read.clone(),
            Part::Write => optional(&self.write),
            Part::Expects => self.expects.clone(),
            Part::Default => optional(&self.default),
            Part::Holds => optional(&self.number),
            Part::Lowest => self.bounds().map(|(lowest, _)| lowest.into()).unwrap_or_default(),
            Part::Highest => self.bounds().map(|(_, highest)| highest.into()).unwrap_or_default(),
            Part::Collation => optional(&self.order),
            // Only its presence is checked; it has no text.
            Part::Equality => String::new(),
            Part::Values => optional(&self.values),
            Part::Json => self.json(),
            Part::Labels => match &self.write {
                None => json(&self.expects),
                Some(write) => format!("{{\"text\":{},\"write\":{}}}", json(&self.expects), json(write)),
            },
        }
    }

    /// What a part means: in a fingerprint, its identity stands for the texts of a type of this crate.
    pub fn meaning(&self, part: Part) -> String {
        match (&self.own, part) {
            (Some(own), Part::Accepts | Part::Read | Part::Holds | Part::Collation) => own.identity.clone(),
            (None, Part::Accepts | Part::Read | Part::Holds | Part::Collation)
            | (
                _,
                Part::Name
                | Part::Qualified
                | Part::Unmodified
                | Part::Write
                | Part::Expects
                | Part::Default
                | Part::Lowest
                | Part::Highest
                | Part::Equality
                | Part::Values
                | Part::Json
                | Part::Labels,
            ) => self.text(part),
        }
    }

    /// Whether the fact is true of the type.
    pub fn is(&self, fact: Fact) -> bool {
        match fact {
            Fact::OneOfValues => self.values.is_some() && !self.name.ends_with(']'),
            Fact::ArrayOfValues => self.values.is_some() && self.name.ends_with(']'),
            Fact::Collated => self.order.as_ref().is_some_and(|collation| !collation.is_empty()),
            Fact::Text => self.name == "text",
            Fact::Qualified => self.own.is_some(),
            Fact::Unqualified => self.own.is_none(),
            Fact::Bounded => self.bounds().is_some(),
            Fact::Unbounded => self.bounds().is_none(),
            Fact::Written => self.write.is_some(),
            Fact::Unwritten => self.write.is_none(),
        }
    }

    fn bounds(&self) -> Option<(&str, &str)> {
        bounds(&self.name, self.number.as_deref()?)
    }

    fn json(&self) -> String {
        let optional = |text: &Option<String>| text.as_deref().map_or("null".into(), json);
        let members = [
            ("name", json(&self.name)),
            ("qualified", optional(&self.own.as_ref().map(|own| own.qualified.clone()))),
            ("identity", optional(&self.own.as_ref().map(|own| own.identity.clone()))),
            ("accepts", json(&self.accepts)),
            ("read", json(&self.read)),
            ("default", optional(&self.default)),
            ("number", optional(&self.number)),
            ("order", optional(&self.order)),
            ("equality", self.equality.to_string()),
            ("values", optional(&self.values)),
            ("exact_keys", self.exact_keys.to_string()),
            ("changes", self.changes.to_string()),
            ("null", self.null.to_string()),
            ("wide", self.wide.to_string()),
            ("raises", self.raises.to_string()),
        ];
        let members = members.map(|(name, text)| format!("{}:{text}", json(name)));
        format!("{{{}}}", members.join(","))
    }
}
