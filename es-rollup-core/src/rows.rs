//! The rows of a view: those of one entity, each under its key.

#[cfg(feature = "serde_json")]
mod list;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Deref;

/// A row of a view.
///
/// Implemented by `#[derive(Rollup)]` for the struct of each view.
pub trait Row {
    /// The entity's id.
    type Id;
    /// What tells the entity's rows apart: the part of the key, a tuple of several, or `()`.
    type Key: Ord + Clone;

    /// The view's table, quoted.
    const TABLE: &'static str;

    /// The entity's id.
    fn id(&self) -> &Self::Id;

    /// What tells it apart from the entity's other rows.
    fn key(&self) -> Self::Key;

    /// The sequence of the last event that touched the row.
    fn version(&self) -> i64;
}

/// The rows of one entity in a view, in the order of their keys.
///
/// It is read like the map that it is. Serde writes and reads a list of the rows.
///
/// ```
/// # use es_rollup_core::{Row, Rows};
/// #[derive(Debug, Clone, PartialEq)]
/// struct Item { cart: i64, item: i64, version: i64 }
///
/// impl Row for Item {
///     type Id = i64;
///     type Key = i64;
///     const TABLE: &'static str = r#""public"."carts_items""#;
///     fn id(&self) -> &i64 { &self.cart }
///     fn key(&self) -> i64 { self.item }
///     fn version(&self) -> i64 { self.version }
/// }
///
/// let items: Rows<Item> = [2, 1].map(|item| Item { cart: 7, item, version: 1 }).into_iter().collect();
/// assert_eq!(items.len(), 2);
/// assert_eq!(items[&1].item, 1);
/// assert_eq!(items.keys().copied().collect::<Vec<_>>(), [1, 2]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rows<R: Row>(BTreeMap<R::Key, R>);

impl<R: Row> Rows<R> {
    /// No rows.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }
}

impl<R: Row> Default for Rows<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Row> Deref for Rows<R> {
    type Target = BTreeMap<R::Key, R>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Of several rows with the same key, the last one stays.
impl<R: Row> FromIterator<R> for Rows<R> {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        Self(rows.into_iter().map(|row| (row.key(), row)).collect())
    }
}

impl<R: Row> IntoIterator for Rows<R> {
    type Item = R;
    type IntoIter = std::collections::btree_map::IntoValues<R::Key, R>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_values()
    }
}

/// What holds the rows of a view in a state: [`Rows`], or an `Option` where an entity has at most one row. Generated
/// code changes rows only through it.
#[doc(hidden)]
pub trait Holder<R: Row> {
    /// The row with this key.
    fn row(&self, key: &R::Key) -> Option<&R>;

    /// The row with this key, to be changed; its key stays as it is.
    fn row_mut(&mut self, key: &R::Key) -> Option<&mut R>;

    /// Writes a row under its key.
    fn put(&mut self, key: R::Key, row: R);

    /// Takes the row with this key away, if it is there.
    fn remove(&mut self, key: &R::Key);

    /// Keeps only some rows.
    fn keep(&mut self, kept: impl Fn(&R) -> bool);

    /// All rows.
    fn all<'a>(&'a self) -> impl Iterator<Item = &'a R>
    where
        R: 'a;
}

impl<R: Row> Holder<R> for Rows<R> {
    #[inline]
    fn row(&self, key: &R::Key) -> Option<&R> {
        self.0.get(key)
    }

    #[inline]
    fn row_mut(&mut self, key: &R::Key) -> Option<&mut R> {
        self.0.get_mut(key)
    }

    #[inline]
    fn put(&mut self, key: R::Key, row: R) {
        self.0.insert(key, row);
    }

    #[inline]
    fn remove(&mut self, key: &R::Key) {
        self.0.remove(key);
    }

    fn keep(&mut self, kept: impl Fn(&R) -> bool) {
        self.0.retain(|_, row| kept(row));
    }

    fn all<'a>(&'a self) -> impl Iterator<Item = &'a R>
    where
        R: 'a,
    {
        self.0.values()
    }
}

impl<R: Row<Key = ()>> Holder<R> for Option<R> {
    #[inline]
    fn row(&self, (): &()) -> Option<&R> {
        self.as_ref()
    }

    #[inline]
    fn row_mut(&mut self, (): &()) -> Option<&mut R> {
        self.as_mut()
    }

    #[inline]
    fn put(&mut self, (): (), row: R) {
        *self = Some(row);
    }

    #[inline]
    fn remove(&mut self, (): &()) {
        *self = None;
    }

    fn keep(&mut self, kept: impl Fn(&R) -> bool) {
        if self.as_ref().is_some_and(|row| !kept(row)) {
            *self = None;
        }
    }

    fn all<'a>(&'a self) -> impl Iterator<Item = &'a R>
    where
        R: 'a,
    {
        self.iter()
    }
}

/// Changes of rows that are not made yet: what an event does to several rows, of which a later one may be refused.
#[doc(hidden)]
#[derive(Debug)]
pub struct Edit<R: Row>(BTreeMap<R::Key, Option<R>>);

impl<R: Row> Edit<R> {
    /// No changes.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Takes away the rows that are held now, except those that are kept.
    pub fn keep(&mut self, held: &impl Holder<R>, kept: impl Fn(&R) -> bool) {
        self.0.extend(held.all().filter(|row| !kept(row)).map(|row| (row.key(), None)));
    }

    /// The row with this key, as changed so far.
    pub fn row<'a>(&'a self, held: &'a impl Holder<R>, key: &R::Key) -> Option<&'a R> {
        match self.0.get(key) {
            Some(changed) => changed.as_ref(),
            None => held.row(key),
        }
    }

    /// Writes a row under its key.
    pub fn put(&mut self, key: R::Key, row: R) {
        self.0.insert(key, Some(row));
    }

    /// Takes the row with this key away, if it is there.
    pub fn remove(&mut self, key: &R::Key) {
        self.0.insert(key.clone(), None);
    }

    /// Makes the changes.
    pub fn make(self, held: &mut impl Holder<R>) {
        for (key, row) in self.0 {
            match row {
                Some(row) => held.put(key, row),
                None => held.remove(&key),
            }
        }
    }
}

impl<R: Row> Default for Edit<R> {
    fn default() -> Self {
        Self::new()
    }
}
