//! What an enum is described by.

use crate::operations::Operation;
use crate::types::Ty;
use crate::views::{Rule, View};

/// A random event enum.
#[derive(Clone, Debug)]
pub struct Enum {
    pub number: usize,
    pub tagging: Tagging,
    /// serde's `rename_all` and `rename_all_fields`.
    pub variants_case: Case,
    pub fields_case: Case,
    pub id: Id,
    /// Whether its trigger is the row form.
    pub by_row: bool,
    /// Whether the row after each event is kept, which the folds do not see.
    pub history: bool,
    /// Those of the entity's own row.
    pub columns: Vec<Column>,
    pub views: Vec<View>,
    pub variants: Vec<Variant>,
    /// Done by every event but those that delete.
    pub everywhere: Vec<Deed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tagging {
    /// Under `type`.
    Internal,
    /// Under `kind`, beside `data`.
    Adjacent,
    External,
}

/// A rule of serde's for names, as far as it is needed for names of plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    AsWritten,
    Snake,
    Camel,
    Kebab,
    ScreamingSnake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    Bigint,
    Text,
    Uuid,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub ty: &'static Ty,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Value,
    Counter,
    Set,
    List,
}

#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name, as words.
    pub words: Vec<String>,
    pub rename: Option<String>,
    pub aliases: Vec<String>,
    /// Whether it stands for all that is unknown.
    pub other: bool,
    /// Whether serde skips it.
    pub skipped: bool,
    pub row: Row,
    pub shape: Shape,
    /// Whether its fields are set by one word on the variant, where they can be.
    pub bare_set: bool,
    /// What is written on the variant.
    pub deeds: Vec<Deed>,
    pub fields: Vec<Field>,
    /// What it does to the rows of each view as a whole.
    pub rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Create,
    Change,
    Ignore,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Named fields.
    Struct,
    /// One field without a name.
    Newtype,
    /// Several, which nothing reads.
    Tuple,
    Unit,
}

#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, as words.
    pub words: Vec<String>,
    pub rename: Option<String>,
    pub aliases: Vec<String>,
    pub ty: &'static Ty,
    pub optional: bool,
    /// Whether it is a `Vec` of them, or a set.
    pub many: bool,
    /// The set, if it is one.
    pub set: Option<&'static str>,
    /// Whether it has serde's `default`.
    pub default: bool,
    /// What the function of serde's `default` returns: the literal as it is written in Rust, and as JSON.
    pub default_literal: Option<(&'static str, &'static str)>,
    /// What is written on the field.
    pub deeds: Vec<Deed>,
}

/// An operation on a column.
#[derive(Clone, Debug)]
pub struct Deed {
    pub operation: &'static Operation,
    /// The view whose row it is done to; `None` for the entity's own row.
    pub view: Option<usize>,
    /// Its place among the columns of that table.
    pub column: usize,
    pub from: From,
}

/// Where an operation's value comes from.
#[derive(Clone, Debug)]
pub enum From {
    /// From nowhere, or from where the operation says.
    Nothing,
    /// The literal, as it is written in Rust, and as JSON.
    Literal(&'static str, &'static str),
    /// The field that it is written on.
    Field,
    /// Something inside that field, or inside the context.
    Inside(Inside),
    Context(Inside),
}

/// What the path leads to.
#[derive(Clone, Debug)]
pub struct Inside {
    pub path: Vec<String>,
    pub optional: bool,
    pub many: bool,
}

impl Enum {
    /// The names of its module and of its table of events.
    pub fn module(&self) -> String {
        format!("enum_{}", self.number)
    }

    pub fn has_create(&self) -> bool {
        self.variants.iter().any(|variant| variant.row == Row::Create)
    }

    /// The columns of a view, or of the entity's own row.
    pub fn columns_of(&self, view: Option<usize>) -> &[Column] {
        view.map_or(&self.columns, |at| &self.views[at].columns)
    }

    pub fn column(&self, deed: &Deed) -> &Column {
        &self.columns_of(deed.view)[deed.column]
    }

    /// Whether it gives a part of a view's key.
    pub fn is_part(&self, deed: &Deed) -> bool {
        deed.view.is_some_and(|at| deed.column < self.views[at].parts)
    }

    /// The columns of a table that are retired: some of those that are no part of a key, and that nothing adds to.
    pub fn retired(&self, view: Option<usize>) -> impl Iterator<Item = &Column> {
        let parts = view.map_or(0, |at| self.views[at].parts);
        let columns = self.columns_of(view).iter().enumerate().skip(parts);
        columns
            .filter(move |(at, column)| column.name.len() % 3 == 0 && !self.is_added_to(view, *at))
            .map(|(_, one)| one)
    }

    fn is_added_to(&self, view: Option<usize>, column: usize) -> bool {
        let deeds = self.variants.iter().flat_map(|variant| variant.all_deeds().map(|(deed, _)| deed));
        let mut deeds = deeds.chain(&self.everywhere);
        deeds.any(|deed| {
            deed.view == view
                && deed.column == column
                && ["count", "increment", "decrement"].contains(&deed.operation.key)
        })
    }

    /// Everything that reads the context.
    pub fn in_context(&self) -> impl Iterator<Item = (&Deed, &Inside)> {
        let deeds = self.variants.iter().flat_map(|variant| &variant.deeds).chain(&self.everywhere);
        deeds.filter_map(|deed| match &deed.from {
            From::Context(inside) => Some((deed, inside)),
            From::Nothing | From::Literal(..) | From::Field | From::Inside(_) => None,
        })
    }
}

impl Variant {
    pub fn ident(&self) -> String {
        self.words.iter().map(|word| capital(word)).collect()
    }

    /// What is written on it, then what is written on its fields, each with the place of its field.
    pub fn all_deeds(&self) -> impl Iterator<Item = (&Deed, Option<usize>)> {
        let fields = self.fields.iter().enumerate();
        let on_fields = fields.flat_map(|(at, field)| field.deeds.iter().map(move |deed| (deed, Some(at))));
        self.deeds.iter().map(|deed| (deed, None)).chain(on_fields)
    }

    /// The fields that `set` on the whole variant is for, in a view or outside.
    pub fn set_by_one_word<'a>(
        &'a self,
        subject: &'a Enum,
        view: Option<usize>,
    ) -> impl Iterator<Item = &'a Field> {
        let bare = view.map_or(self.bare_set, |at| self.rules[at].bare_set) && self.shape == Shape::Struct;
        // What is read in each element is not the field.
        let is_list = move |at: usize| view.is_some_and(|view| self.rules[view].each == Some(at));
        let fields = self.fields.iter().enumerate();
        let set = fields.filter(move |(at, field)| {
            bare && !is_list(*at) && field.is_set_by_its_name(subject.columns_of(view), view)
        });
        set.map(|(_, field)| field)
    }

    /// The names that it is read by; it is written by the first.
    pub fn names(&self, case: Case) -> Vec<String> {
        let own = self.rename.clone().unwrap_or_else(|| match case {
            Case::AsWritten => self.ident(),
            Case::Snake | Case::Camel | Case::Kebab | Case::ScreamingSnake => case.joined(&self.words),
        });
        [own].into_iter().chain(self.aliases.clone()).collect()
    }
}

impl Field {
    pub fn ident(&self) -> String {
        self.words.join("_")
    }

    /// What is written on it about one table.
    pub fn deeds_of(&self, view: Option<usize>) -> impl Iterator<Item = &Deed> {
        self.deeds.iter().filter(move |deed| deed.view == view)
    }

    /// Whether all that is done with it in a table is to set the column of its name.
    pub fn is_set_by_its_name(&self, columns: &[Column], view: Option<usize>) -> bool {
        let mut deeds = self.deeds_of(view);
        let sets = |deed: &Deed| {
            let is_set = deed.operation.key == "set" && matches!(deed.from, From::Field);
            is_set && columns[deed.column].name == self.ident()
        };
        deeds.next().is_some_and(sets) && deeds.next().is_none()
    }

    pub fn names(&self, case: Case) -> Vec<String> {
        let own = self.rename.clone().unwrap_or_else(|| case.joined(&self.words));
        [own].into_iter().chain(self.aliases.clone()).collect()
    }
}

impl Case {
    pub fn serde(self) -> Option<&'static str> {
        match self {
            Self::AsWritten => None,
            Self::Snake => Some("snake_case"),
            Self::Camel => Some("camelCase"),
            Self::Kebab => Some("kebab-case"),
            Self::ScreamingSnake => Some("SCREAMING_SNAKE_CASE"),
        }
    }

    fn joined(self, words: &[String]) -> String {
        match self {
            Self::AsWritten | Self::Snake => words.join("_"),
            Self::Kebab => words.join("-"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Camel => {
                let later: String = words[1..].iter().map(|word| capital(word)).collect();
                format!("{}{later}", words[0])
            }
        }
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

impl Id {
    pub fn rust(self) -> &'static str {
        match self {
            Self::Bigint => "i64",
            Self::Text => "String",
            Self::Uuid => "Uuid",
        }
    }

    pub fn sql(self) -> &'static str {
        match self {
            Self::Bigint => "bigint",
            Self::Text => "text",
            Self::Uuid => "uuid",
        }
    }

    /// One of many ids, as PostgreSQL shows it.
    pub fn text(self, number: usize) -> String {
        match self {
            Self::Bigint => (i64::try_from(number).expect("few ids") - 3).to_string(),
            Self::Text => format!("it's \"{number}\", é"),
            Self::Uuid => format!("{:08x}-0000-4000-8000-000000000000", number * 0x0123_4567 % 0xffff_ffff),
        }
    }
}
