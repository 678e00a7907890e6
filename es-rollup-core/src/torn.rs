//! Rows that were read at different times, or belong to different entities, make no state.

use crate::{Row, Rows, State};
use std::fmt;

/// Rows that do not belong to the same state of an entity: they were not all read by one statement, or not all of the
/// entity's rows were read, or others too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TornRead {
    /// The view with a row that does not belong there.
    pub view: &'static str,
    /// What is wrong with the row.
    pub why: Torn,
}

/// What is wrong with a row of a torn read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Torn {
    /// It belongs to another entity.
    Foreign,
    /// Another row has the same key.
    Twice,
    /// An event has touched it that the entity's row in the rollup does not include.
    Newer,
}

impl fmt::Display for TornRead {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Torn::Foreign => "belongs to another entity",
            Torn::Twice => "has the same key as another",
            Torn::Newer => "is newer than the entity's row in the rollup",
        };
        write!(out, "a row of {} {why}; read all rows of an entity in one statement", self.view)
    }
}

impl std::error::Error for TornRead {}

/// The rows of an entity in a view.
///
/// # Errors
///
/// If they do not fit the entity's row in the rollup.
#[doc(hidden)]
pub fn untorn<S: State<Id: PartialEq>, R: Row<Id = S::Id>>(
    rollup: &S,
    view: &'static str,
    rows: impl IntoIterator<Item = R>,
) -> Result<Rows<R>, TornRead> {
    let (mut count, mut why) = (0_usize, None);
    let rows = rows.into_iter().inspect(|row| {
        count += 1;
        if row.id() != rollup.id() {
            why = why.or(Some(Torn::Foreign));
        } else if row.version() > rollup.version() {
            why = why.or(Some(Torn::Newer));
        }
    });
    let rows: Rows<R> = rows.collect();
    match why.or((rows.len() < count).then_some(Torn::Twice)) {
        Some(why) => Err(TornRead { view, why }),
        None => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::{Torn, TornRead, untorn};
    use crate::{Row, State};

    /// Its id, key and version.
    #[derive(Clone, Debug, PartialEq)]
    struct Item(i64, i64, i64);

    impl Row for Item {
        type Id = i64;
        type Key = i64;
        const TABLE: &'static str = "items";
        fn id(&self) -> &i64 {
            &self.0
        }
        fn key(&self) -> i64 {
            self.1
        }
        fn version(&self) -> i64 {
            self.2
        }
    }

    struct Cart;

    impl State for Cart {
        type Id = i64;
        fn id(&self) -> &i64 {
            &7
        }
        fn version(&self) -> i64 {
            3
        }
    }

    fn why(rows: impl IntoIterator<Item = Item>) -> Result<usize, Torn> {
        untorn(&Cart, "items", rows).map(|rows| rows.len()).map_err(|TornRead { why, .. }| why)
    }

    #[test]
    fn rows_that_fit_the_entity_are_taken() {
        assert_eq!(why([]), Ok(0));
        assert_eq!(why([Item(7, 2, 1), Item(7, 1, 3)]), Ok(2));
    }

    #[test]
    fn rows_of_others_are_refused_as_are_newer_ones_and_those_read_twice() {
        assert_eq!(why([Item(7, 1, 1), Item(8, 2, 1)]), Err(Torn::Foreign));
        assert_eq!(why([Item(7, 1, 1), Item(7, 2, 4)]), Err(Torn::Newer));
        assert_eq!(why([Item(7, 1, 1), Item(7, 1, 2)]), Err(Torn::Twice));
    }
}
