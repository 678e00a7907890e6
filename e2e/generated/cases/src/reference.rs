//! The reference: what a stream comes to, straight from the description.

mod reading;
mod rows;

use crate::description::{Column, Enum, Kind, Row as Life, Shape, Tagging, Variant};
use crate::events::Event;
use crate::operations::Cell;
use crate::types::{TYPES, Ty};
use crate::views::Touch;
use reading::Reading;
use rows::Rows;
pub use rows::sort;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Gap,
    Replay,
    NotCreated,
    CreatedTwice,
    UnknownEvent,
    Malformed,
    MissingKey,
    NullValue,
    WrongValue,
    Deleted,
    Overflow,
    RowMissing,
    RowExists,
}

/// A reason for which an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    pub why: Why,
    /// The view, where it is about one.
    pub view: Option<&'static str>,
    /// The column, where it is about one.
    pub column: Option<&'static str>,
}

/// All reasons that may be given: an event that is wrong in two ways is refused for either. In views the first one counts.
pub type Causes = Vec<Cause>;

/// An event that is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub sequence: i64,
    pub causes: Causes,
    /// The state as it was before.
    pub before: Option<Value>,
}

/// What was done, for the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Done {
    /// An operation, on what kind of column and with a value from where.
    Operation { in_view: bool, operation: &'static str, kind: Kind, from: &'static str },
    /// A part of a key was given, from where.
    Part(&'static str),
    /// Something happened to a row, which was found so.
    Row(Touch, Met),
    /// Rows were taken away before all else.
    Empty { matching: bool, some: bool },
}

/// What an event finds where its row should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Met {
    Nothing,
    Row,
    /// What an element before it has written.
    RowOfElement,
}

/// Folds a stream in the order of its sequences; `None` where there is no row.
pub fn fold(
    subject: &Enum,
    events: &[&Event],
    done: &mut impl FnMut(Done),
) -> Result<Option<Value>, Refused> {
    let mut fold = Fold::new(subject);
    for event in events {
        fold.apply(event, done)?;
    }
    Ok(fold.shown())
}

/// A stream, as far as it is folded.
#[derive(Clone)]
pub struct Fold<'a> {
    subject: &'a Enum,
    state: Option<State>,
    version: i64,
    deleted: bool,
}

impl<'a> Fold<'a> {
    pub fn new(subject: &'a Enum) -> Self {
        Self { subject, state: None, version: 0, deleted: false }
    }

    /// Folds one more event; one that is refused changes nothing.
    pub fn apply(&mut self, event: &Event, done: &mut impl FnMut(Done)) -> Result<(), Refused> {
        let next = if event.sequence <= self.version {
            Err(about_event(Why::Replay))
        } else if event.sequence > self.version + 1 {
            Err(about_event(Why::Gap))
        } else if self.deleted {
            Err(about_event(Why::Deleted))
        } else {
            step(self.subject, self.state.clone(), event, done)
        };
        let next =
            next.map_err(|causes| Refused { sequence: event.sequence, causes, before: self.shown() })?;
        self.deleted = next.is_none();
        self.state = next;
        self.version = event.sequence;
        Ok(())
    }

    /// The state as JSON, if there is one.
    pub fn shown(&self) -> Option<Value> {
        self.state.as_ref().map(|state| state.shown(self.subject))
    }
}

/// The entity's own row, and those of each view.
#[derive(Clone)]
struct State {
    own: Row,
    views: Vec<Rows>,
}

/// A row of any table.
#[derive(Clone)]
struct Row {
    version: i64,
    created_at: Value,
    modified_at: Value,
    cells: Vec<Cell>,
}

impl Row {
    fn new(columns: &[Column], time: &Value) -> Self {
        let cells = columns.iter().map(|column| Cell::initial(column.kind, column.ty)).collect();
        Self { version: 0, created_at: time.clone(), modified_at: time.clone(), cells }
    }

    /// The row as JSON.
    fn shown(&self, columns: &[Column]) -> Value {
        let columns = columns.iter().zip(&self.cells);
        let mut row: Map<String, Value> =
            columns.map(|(column, cell)| (column.name.into(), cell.shown())).collect();
        row.insert("version".into(), self.version.into());
        row.insert("created_at".into(), self.created_at.clone());
        row.insert("modified_at".into(), self.modified_at.clone());
        Value::Object(row)
    }
}

impl State {
    /// The state as JSON: the entity's own row, and around it those of the views if there are any.
    fn shown(&self, subject: &Enum) -> Value {
        let own = self.own.shown(&subject.columns);
        if subject.views.is_empty() {
            return own;
        }
        let views = subject.views.iter().zip(&self.views);
        let views = views.map(|(view, rows)| (view.name.to_string(), rows::shown(view, rows)));
        [("rollup".to_string(), own)].into_iter().chain(views).collect::<Map<_, _>>().into()
    }
}

fn about_event(why: Why) -> Causes {
    vec![Cause { why, view: None, column: None }]
}

/// The type of recorded times.
fn moment() -> &'static Ty {
    TYPES.iter().find(|ty| ty.rust == "DateTime<Utc>").expect("the type")
}

/// One event that is the next of its stream; `None` after one that deletes.
fn step(
    subject: &Enum,
    state: Option<State>,
    event: &Event,
    done: &mut impl FnMut(Done),
) -> Result<Option<State>, Causes> {
    let (tag, content) =
        opened(subject.tagging, &event.payload).ok_or_else(|| about_event(Why::Malformed))?;
    let variant = meant(subject, &tag).ok_or_else(|| about_event(Why::UnknownEvent))?;
    if subject.has_create() {
        match (variant.row == Life::Create, &state) {
            (true, Some(_)) => return Err(about_event(Why::CreatedTwice)),
            (false, None) => return Err(about_event(Why::NotCreated)),
            (true, None) | (false, Some(_)) => {}
        }
    }
    let content = content.as_deref();
    let is_formed = match (variant.shape, subject.tagging) {
        (_, Tagging::Internal) | (Shape::Newtype, Tagging::Adjacent) => true,
        (Shape::Struct, _) => content.is_some_and(Value::is_object),
        (Shape::Tuple, _) => content.is_some_and(Value::is_array),
        (Shape::Unit, _) => content.is_none_or(Value::is_null),
        (Shape::Newtype, Tagging::External) => content.is_some(),
    };
    if !is_formed {
        return Err(about_event(Why::Malformed));
    }
    if variant.row == Life::Delete {
        return Ok(None);
    }
    let time = (moment().kept)(&Value::from(event.recorded_at.clone()));
    let mut state = state.unwrap_or_else(|| State {
        own: Row::new(&subject.columns, &time),
        views: vec![Rows::new(); subject.views.len()],
    });
    let reading = Reading { subject, variant, event, content, time: &time, element: None };
    own(&mut state.own, reading, done)?;
    for (at, rows) in state.views.iter_mut().enumerate() {
        rows::touch(rows, at, reading, done).map_err(|cause| vec![cause])?;
    }
    Ok(Some(state))
}

/// The variant of an event with that type.
fn meant<'a>(subject: &'a Enum, tag: &String) -> Option<&'a Variant> {
    let named = |variant: &&Variant| {
        !variant.skipped && !variant.other && variant.names(subject.variants_case).contains(tag)
    };
    let mut variants = subject.variants.iter();
    variants.clone().find(named).or_else(|| variants.find(|variant| variant.other))
}

/// What an event does to the entity's own row.
fn own(row: &mut Row, reading: Reading<'_>, done: &mut impl FnMut(Done)) -> Result<(), Causes> {
    row.version = reading.event.sequence;
    row.modified_at = reading.time.clone();
    let mut causes = Vec::new();
    let own = reading.variant.all_deeds().filter(|(deed, _)| deed.view.is_none());
    let everywhere = reading.subject.everywhere.iter().map(|deed| (deed, None));
    for (deed, field) in own.chain(everywhere) {
        let column = reading.subject.column(deed).name;
        let outcome = reading.change(&mut row.cells, deed, field, done);
        causes.extend(outcome.err().map(|why| Cause { why, view: None, column: Some(column) }));
    }
    if causes.is_empty() { Ok(()) } else { Err(causes) }
}

/// An event's type and what its fields stand in.
fn opened(tagging: Tagging, payload: &Value) -> Option<(String, Option<Cow<'_, Value>>)> {
    let tag = |key: &str| Some(payload.as_object()?.get(key)?.as_str()?.to_string());
    match tagging {
        Tagging::Internal => {
            let mut content = payload.clone();
            content.as_object_mut().map(|object| object.remove("type"));
            Some((tag("type")?, Some(Cow::Owned(content))))
        }
        Tagging::Adjacent => Some((tag("kind")?, payload.get("data").map(Cow::Borrowed))),
        Tagging::External => match payload {
            Value::String(tag) => Some((tag.clone(), None)),
            Value::Object(object) if object.len() == 1 => {
                object.iter().next().map(|(tag, content)| (tag.clone(), Some(Cow::Borrowed(content))))
            }
            _ => None,
        },
    }
}
