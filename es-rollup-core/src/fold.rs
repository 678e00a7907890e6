//! The Rust fold: events in, current state out.

use crate::template::Texts;
use crate::{ErrorKind, FoldError, Layout};
use std::fmt::Debug;

/// An event enum that folds into a current state, in Rust and in PostgreSQL.
///
/// Implemented by `#[derive(Rollup)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rollup",
    note = "write `#[derive(es_rollup::Rollup)]` on the event enum"
)]
pub trait Rollup: Sized {
    /// The entity's id.
    type Id: Clone + PartialEq + Debug;
    /// A recorded time.
    type Time: Clone;
    /// The context of an event, which is recorded in a separate column: `serde_json::Value` if the enum reads it,
    /// `()` if it does not.
    type Context: Debug + 'static;
    /// The current state: a struct with a field for each column of the rollup table; with views, a struct of this
    /// struct and the rows of each view.
    type State: State<Id = Self::Id>;

    /// The event table, quoted.
    const EVENT_TABLE: &'static str;
    /// The rollup table, quoted.
    const ROLLUP_TABLE: &'static str;
    /// The views, each with its table, quoted, in the order in which the enum declares them.
    const VIEWS: &'static [(&'static str, &'static str)] = &[];
    /// The model as JSON: what the migration was generated from, for tools and for later releases. It is complete:
    /// `es_rollup_core::model::Model::read` gives the model back, and the same SQL comes of it.
    const MODEL: &'static str = <Self::Texts as Texts>::MODEL;
    /// The migration that creates the rollup table, its functions and the trigger, and folds the existing events.
    /// Run it in one transaction, as the role that owns the event table; running it again does no harm.
    const MIGRATION_SQL: &'static str = <Self::Texts as Texts>::MIGRATION_SQL;
    /// The migration that drops all of it again. Nothing is lost, since a rollup is derived from its events.
    const REVERT_SQL: &'static str = <Self::Texts as Texts>::REVERT_SQL;
    /// The query for whole states: each row of the rollup with its rows of each view, as they are at one moment. Add
    /// what it should find, for example ` WHERE r.id = $1`.
    ///
    /// The columns are those of the rollup table. With views, there is one more for each view, of type `jsonb` and with
    /// the view's name: its rows as a list in the order of their keys, in the form that serde reads as the struct of the
    /// row; or its only row, or null, if the view has no key. With `derive(serde::Deserialize, sqlx::FromRow)`, sqlx
    /// reads the state from it.
    ///
    /// The role needs SELECT on the tables. A row that a policy hides from it is missing in the state.
    ///
    /// ```
    /// # use es_rollup_core::Rollup;
    /// # fn of<CartEvent: Rollup>() -> String {
    /// let query = format!("{} WHERE r.id = $1", CartEvent::STATE_SQL);
    /// # query
    /// # }
    /// ```
    const STATE_SQL: &'static str = <Self::Texts as Texts>::STATE_SQL;
    /// What each event does to each column, as a Markdown table.
    const EXPLANATION: &'static str = <Self::Texts as Texts>::EXPLANATION;

    /// Its texts.
    #[doc(hidden)]
    type Texts: Texts;

    /// The layout of the event table.
    #[doc(hidden)]
    const LAYOUT: Layout;

    /// The event's type as serde writes it.
    fn event_name(&self) -> &'static str;

    /// The state after a stream's first event.
    #[doc(hidden)]
    fn begin(event: &Recorded<'_, Self>) -> Result<Self::State, Refusal>;

    /// The state after one more event; unchanged if the event is refused.
    #[doc(hidden)]
    fn step(state: &mut Self::State, event: &Recorded<'_, Self>) -> Result<(), Refusal>;

    /// Whether the event deletes the row.
    #[doc(hidden)]
    fn deletes(&self) -> bool;

    /// The functions that serde calls for absent keys, and whether they return what the attributes say.
    #[doc(hidden)]
    fn defaults() -> Vec<Defaulted> {
        Vec::new()
    }

    /// Folds one more event into the state of its stream.
    ///
    /// # Errors
    ///
    /// If the event does not continue the stream, or would be refused by the database; `fold` is then unchanged.
    #[inline]
    fn apply(fold: &mut Fold<Self>, event: Recorded<'_, Self>) -> Result<(), FoldError<Self::Id>> {
        fold.apply(event)
    }

    /// Folds a whole stream; `None` if there are no events, or if one of them deleted the entity.
    ///
    /// # Errors
    ///
    /// At the first event that does not continue the stream, or would be refused by the database.
    #[inline]
    fn fold<'event>(
        events: impl IntoIterator<Item = Recorded<'event, Self>>,
    ) -> Result<Option<Self::State>, FoldError<Self::Id>>
    where
        Self: 'event,
    {
        debug_assert_defaults::<Self>();
        let mut fold = Fold::new();
        for event in events {
            fold.apply(event)?;
        }
        Ok(fold.into_state())
    }
}

/// A function that serde calls for an absent key, and whose result is given in the attribute.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaulted {
    /// The variant's name.
    pub event: &'static str,
    /// The field's name.
    pub field: &'static str,
    /// The function, as serde's attribute names it.
    pub function: &'static str,
    /// Whether it returns the given result.
    pub holds: bool,
}

/// With debug assertions, panics if SQL uses another value for an absent key than serde.
fn debug_assert_defaults<E: Rollup>() {
    if cfg!(debug_assertions) {
        for Defaulted { event, field, function, holds } in E::defaults() {
            assert!(
                holds,
                "`{function}` does not return what `#[rollup(default = …)]` says on `{field}` of `{event}`"
            );
        }
    }
}

/// What every rollup's state has.
pub trait State {
    /// The entity's id.
    type Id;

    /// The entity's id.
    fn id(&self) -> &Self::Id;

    /// The sequence of the last folded event.
    fn version(&self) -> i64;
}

/// An event with what the event store records about it.
#[derive(Debug)]
pub struct Recorded<'event, E: Rollup> {
    /// The entity's id.
    pub id: &'event E::Id,
    /// The event's sequence in its stream: counted from 1, or as the store says.
    pub sequence: i64,
    /// When the event was recorded.
    pub recorded_at: E::Time,
    /// The event.
    pub event: &'event E,
    /// The event's context, if the enum reads it.
    pub context: Option<&'event E::Context>,
}

impl<'event, E: Rollup<Context = ()>> Recorded<'event, E> {
    /// An event as it was recorded; the sequence may have the type of its column.
    pub fn new(id: &'event E::Id, sequence: impl Into<i64>, recorded_at: E::Time, event: &'event E) -> Self {
        Self { id, sequence: sequence.into(), recorded_at, event, context: None }
    }
}

#[cfg(feature = "serde_json")]
impl<'event, E: Rollup<Context = crate::Context>> Recorded<'event, E> {
    /// An event as it was recorded, with its context, for an enum that reads it; the context is `None` if its column is
    /// NULL.
    pub fn with_context(
        id: &'event E::Id,
        sequence: impl Into<i64>,
        recorded_at: E::Time,
        event: &'event E,
        context: Option<&'event crate::Context>,
    ) -> Self {
        Self { id, sequence: sequence.into(), recorded_at, event, context }
    }
}

/// A stream as far as it is folded.
#[derive(Clone, Debug)]
pub struct Fold<E: Rollup> {
    state: Option<E::State>,
    /// The version at which the stream ended.
    deleted: Option<i64>,
}

impl<E: Rollup> Fold<E> {
    /// The fold before the first event.
    pub const fn new() -> Self {
        Self { state: None, deleted: None }
    }

    /// A fold that continues from a state, such as one read by [`STATE_SQL`](Rollup::STATE_SQL). Without views, that is
    /// a row of the rollup table.
    pub const fn from_state(state: E::State) -> Self {
        Self { state: Some(state), deleted: None }
    }

    /// The state, if there is one.
    pub const fn state(&self) -> Option<&E::State> {
        self.state.as_ref()
    }

    /// The state, if there is one.
    pub fn into_state(self) -> Option<E::State> {
        self.state
    }

    /// The sequence of the last folded event; 0 before the first.
    #[inline]
    pub fn version(&self) -> i64 {
        match (&self.state, self.deleted) {
            (Some(state), _) => state.version(),
            (None, Some(version)) => version,
            (None, None) => 0,
        }
    }

    /// Folds one more event.
    ///
    /// # Errors
    ///
    /// If the event does not continue the stream, or would be refused by the database; the fold is then unchanged.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "an event is folded once")]
    pub fn apply(&mut self, event: Recorded<'_, E>) -> Result<(), FoldError<E::Id>> {
        // The usual case. The rest is not inlined, so that this is as fast as a hand-written match.
        if let Some(state) = &mut self.state
            && E::LAYOUT.order.follows(state.version(), event.sequence)
            && state.id() == event.id
        {
            let version = state.version();
            if let Err(refusal) = E::step(state, &event) {
                return Err(refusal.at(&event, version));
            }
        } else {
            self.begin(&event)?;
        }
        if event.event.deletes() {
            self.state = None;
            self.deleted = Some(event.sequence);
        }
        Ok(())
    }

    /// Folds a first event, or says why the event does not continue the stream.
    #[inline(never)]
    fn begin(&mut self, event: &Recorded<'_, E>) -> Result<(), FoldError<E::Id>> {
        let version = self.version();
        let kind = if event.sequence <= version {
            ErrorKind::Replay
        } else if !E::LAYOUT.order.follows(version, event.sequence) {
            ErrorKind::Gap
        } else if self.deleted.is_some() {
            ErrorKind::Deleted
        } else if self.state.is_some() {
            ErrorKind::OtherEntity
        } else {
            return match E::begin(event) {
                Ok(state) => {
                    self.state = Some(state);
                    Ok(())
                }
                Err(refusal) => Err(refusal.at(event, version)),
            };
        };
        Err(Refusal::from(kind).at(event, version))
    }
}

impl<E: Rollup> Default for Fold<E> {
    fn default() -> Self {
        Self::new()
    }
}

/// Why generated code refuses an event; the fold adds which event it was.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    pub(crate) kind: ErrorKind,
    view: Option<&'static str>,
    column: Option<&'static str>,
}

impl From<ErrorKind> for Refusal {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, view: None, column: None }
    }
}

impl Refusal {
    /// A refusal that is about one column.
    #[cold]
    pub const fn column(kind: ErrorKind, column: &'static str) -> Self {
        Self { kind, view: None, column: Some(column) }
    }

    /// A refusal that is about a row of a view.
    #[cold]
    pub const fn row(kind: ErrorKind, view: &'static str) -> Self {
        Self { kind, view: Some(view), column: None }
    }

    /// The same refusal, about a view.
    #[cold]
    #[must_use]
    pub const fn of_view(self, view: &'static str) -> Self {
        Self { view: Some(view), ..self }
    }

    #[cold]
    fn at<E: Rollup>(self, event: &Recorded<'_, E>, version: i64) -> FoldError<E::Id> {
        FoldError {
            kind: self.kind,
            id: event.id.clone(),
            sequence: event.sequence,
            event_type: event.event.event_name(),
            version,
            view: self.view,
            column: self.column,
        }
    }
}
