//! What a database has to do to get from one model of a rollup to another.

/// Everything that differs for the database. Tables and columns are named, so that it can be read beside either model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    /// The tables that both models have, by their places in [`Model::tables`](crate::model::Model::tables) of each.
    pub tables: Vec<Altered>,
    /// The tables that only the new model has, by their places in it.
    pub created: Vec<usize>,
    /// The tables that only the old model has, by their places in it.
    pub dropped: Vec<usize>,
    /// The events that are stored, but have no meaning any more, if there could be any.
    pub unknown: Option<Unknown>,
    /// The entities that have to be folded again.
    pub touched: Touched,
    /// Those that have another state after archived events, or may have: these cannot be folded again.
    pub archived: Touched,
    /// Whether they can be folded again one after the other, while events are inserted: rows of both models can be in the
    /// tables at once.
    pub fillable: bool,
}

/// What happens to one table. Columns and constraints are given by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Altered {
    /// Its place in the old model.
    pub old: usize,
    /// Its place in the new model.
    pub new: usize,
    /// The names of the table, if it has another one than before.
    pub table: Option<Renamed>,
    /// Columns that have another name than before. The other lists have their new names.
    pub renamed: Vec<Renamed>,
    /// Constraints and indexes that are the same, and have another name than before.
    pub renamed_constraints: Vec<Renamed>,
    /// Columns that only the new model has.
    pub added: Vec<String>,
    /// Columns that only the old model has.
    pub removed: Vec<String>,
    /// Columns that have another type or kind.
    pub retyped: Vec<String>,
    /// Columns of the same type with other values: the check that lists them is replaced.
    pub relisted: Vec<String>,
    /// Columns of the same type that may be empty now.
    pub loosened: Vec<String>,
    /// Columns of the same type that may not be empty any more.
    pub tightened: Vec<String>,
    /// Constraints and indexes that go, or are replaced.
    pub unconstrained: Vec<String>,
    /// Constraints and indexes that come, or replace another.
    pub constrained: Vec<String>,
}

/// Something with two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its name in the old model.
    pub was: String,
    /// Its name in the new model.
    pub is: String,
}

/// Events that the new model does not know: those whose type is none of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The types that it knows.
    pub known: Vec<String>,
    /// The types that only the old model names.
    pub removed: Vec<String>,
}

/// Which entities have to be folded again. For every other one, both models make the same rows of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// None of them.
    Nobody,
    /// Those that have an event of one of these types.
    Among(Vec<String>),
    /// Those that have an event of any other type than these.
    Beyond(Vec<String>),
    /// All of them.
    Everybody,
}

impl Altered {
    /// Whether the table itself changes, apart from its comment.
    pub fn is_altered(&self) -> bool {
        let Self {
            old: _,
            new: _,
            table,
            renamed,
            renamed_constraints,
            added,
            removed,
            retyped,
            relisted,
            loosened,
            tightened,
            unconstrained,
            constrained,
        } = self;
        let all = [added, removed, retyped, relisted, loosened, tightened, unconstrained, constrained];
        let renames = [renamed, renamed_constraints];
        table.is_some()
            || renames.into_iter().any(|names| !names.is_empty())
            || all.into_iter().any(|names| !names.is_empty())
    }
}
