//! What the Rust fold and the database come to, against the reference.

use super::kind;
use es_rollup_e2e_cases::description::{Column, Enum, Kind};
use es_rollup_e2e_cases::events::Event;
use es_rollup_e2e_cases::reference::{Cause, Done, Fold, Refused};
use es_rollup_e2e_cases::types::Ty;
use es_rollup_e2e_generated::Folded;
use serde_json::Value;

/// What the reference says of one entity.
#[derive(Debug)]
pub(super) struct Expected {
    /// The state after each event from the first that is shown.
    states: Vec<Option<Value>>,
    /// The state after all of them, or before the one that is refused.
    pub(super) state: Option<Value>,
    pub(super) refused: Option<Refused>,
}

impl Expected {
    /// Folds a stream, and shows the states after that many events.
    pub(super) fn of(subject: &Enum, log: &[&Event], from: usize, done: &mut impl FnMut(Done)) -> Self {
        let mut fold = Fold::new(subject);
        let mut states = Vec::new();
        let mut refused = None;
        for (at, event) in log.iter().enumerate() {
            refused = fold.apply(event, done).err();
            if refused.is_some() {
                break;
            }
            if at >= from {
                states.push(fold.shown());
            }
        }
        Self { states, state: fold.shown(), refused }
    }
}

pub(super) fn moment() -> &'static Ty {
    let mut types = es_rollup_e2e_cases::types::TYPES.iter();
    types.find(|ty| ty.rust == "DateTime<Utc>").expect("the type")
}

/// A state with one form of all that means the same.
pub(super) fn kept(described: &Enum, mut state: Value) -> Value {
    if described.views.is_empty() {
        keep_row(&described.columns, &mut state);
        return state;
    }
    if let Some(own) = state.get_mut("rollup") {
        keep_row(&described.columns, own);
    }
    for view in &described.views {
        match &mut state[view.name] {
            Value::Array(rows) => rows.iter_mut().for_each(|row| keep_row(&view.columns, row)),
            Value::Null => {}
            row => keep_row(&view.columns, row),
        }
    }
    state
}

fn keep_row(columns: &[Column], row: &mut Value) {
    let object = row.as_object_mut().expect("a row is an object");
    object.remove("id");
    for name in ["created_at", "modified_at"] {
        let time = &mut object[name];
        *time = (moment().kept)(time);
    }
    for column in columns {
        let Some(value) = object.get_mut(column.name) else { continue };
        match (column.kind, &mut *value) {
            (_, Value::Null) => {}
            (Kind::Set | Kind::List, Value::Array(members)) => {
                members.iter_mut().for_each(|member| *member = (column.ty.kept)(member));
            }
            (Kind::Value | Kind::Counter | Kind::Set | Kind::List, value) => {
                *value = (column.ty.kept)(value);
            }
        }
    }
}

/// A state without the columns that are retired, as Rust has it.
fn without_retired(described: &Enum, mut state: Value) -> Value {
    let take = |view, row: &mut Value| {
        let Some(row) = row.as_object_mut() else { return };
        for column in described.retired(view) {
            row.remove(column.name).expect("the reference has every column");
        }
    };
    if described.views.is_empty() {
        take(None, &mut state);
        return state;
    }
    take(None, &mut state["rollup"]);
    for (at, view) in described.views.iter().enumerate() {
        match &mut state[view.name] {
            Value::Array(rows) => rows.iter_mut().for_each(|row| take(Some(at), row)),
            row => take(Some(at), row),
        }
    }
    state
}

pub(super) fn different(id: &str, what: &str, one: Option<&Value>, other: Option<&Value>) -> String {
    let (Some(Value::Object(row)), Some(Value::Object(fold))) = (one, other) else {
        return format!("entity {id}: {what} is {one:?}\nthe reference: {other:?}");
    };
    let columns = fold.iter().filter(|(column, value)| row.get(*column) != Some(value));
    let columns: Vec<String> = columns
        .map(|(column, value)| format!("\n  {column}: {what} {:?}, the reference {value}", row.get(column)))
        .collect();
    format!("entity {id}: {what} is not the reference's{}", columns.concat())
}

/// Whether the Rust fold comes to what the reference does, after each event.
pub(super) fn in_rust(
    described: &Enum,
    log: &[&Event],
    rust: &Folded,
    expected: &Expected,
) -> Result<(), String> {
    let shown = |state: &Option<Value>| state.clone().map(|state| kept(described, state));
    let stripped = |state: &Option<Value>| state.clone().map(|state| without_retired(described, state));
    for (state, expected) in rust.states.iter().zip(&expected.states) {
        let (state, expected) = (shown(state), stripped(expected));
        if state != expected {
            return Err(different("it", "the state", state.as_ref(), expected.as_ref()));
        }
    }
    match (&rust.refused, &expected.refused) {
        (None, None) => Ok(()),
        (Some(rust), Some(refused)) => {
            let state = shown(&rust.state);
            let before = stripped(&refused.before);
            if state != before {
                return Err(different("it", "the refused state", state.as_ref(), before.as_ref()));
            }
            let unreadable = log.iter().any(|event| event.unreadable && event.sequence == rust.sequence);
            let exact = |Cause { why, view, column }: &Cause| {
                rust.kind == Some(kind(*why)) && rust.view == *view && rust.column == *column
            };
            let agrees = match rust.kind {
                // What serde cannot read the database may refuse for another reason.
                None => unreadable,
                Some(_) => refused.causes.iter().any(exact),
            };
            if agrees && rust.sequence == refused.sequence {
                return Ok(());
            }
            Err(format!("Rust refuses: {rust:?}\nthe reference: {refused:?}"))
        }
        (rust, expected) => Err(format!("Rust refuses: {rust:?}\nthe reference: {expected:?}")),
    }
}
