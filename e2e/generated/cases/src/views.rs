//! What an enum says of its views: their keys, and what each event does to their rows.

use crate::description::Column;

/// A table with several rows for an entity, or with at most one.
#[derive(Clone, Debug)]
pub struct View {
    pub name: &'static str,
    /// How many of its columns are the parts of its key: the first ones.
    pub parts: usize,
    pub columns: Vec<Column>,
}

/// What an event does to the rows of a view. What it does to the columns is among the variant's deeds, and so is where the
/// parts of the key come from.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    pub empty: Option<Empty>,
    pub touch: Touch,
    /// The field of which each element chooses a row.
    pub each: Option<usize>,
    /// Whether its fields are set by one word, where they can be.
    pub bare_set: bool,
}

/// The rows that go before all else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Empty {
    All,
    /// Those with the event's values in these parts of the key.
    Matching(Vec<usize>),
}

/// What happens to the row that is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    #[default]
    Nothing,
    Create,
    Add,
    /// It has no word of its own.
    Change,
    Remove,
    Delete,
}

impl Touch {
    /// The word for it, or what it is called in counts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Create => "create",
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Delete => "delete",
        }
    }

    /// Whether there is a row afterwards.
    pub fn keeps(self) -> bool {
        match self {
            Self::Create | Self::Add | Self::Change => true,
            Self::Nothing | Self::Remove | Self::Delete => false,
        }
    }
}

impl Rule {
    pub fn is_nothing(&self) -> bool {
        self.empty.is_none() && self.touch == Touch::Nothing
    }
}

impl View {
    /// The parts of its key.
    pub fn key(&self) -> &[Column] {
        &self.columns[..self.parts]
    }
}
