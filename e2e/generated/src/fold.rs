//! One enum behind functions, so that all are handled alike.

use chrono::{DateTime, Utc};
use es_rollup::{ErrorKind, Fold, Recorded, Rollup};
use es_rollup_e2e_cases::events::Event;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A derived enum.
pub struct Subject {
    pub migration: &'static str,
    pub revert: &'static str,
    pub events: &'static str,
    pub rollup: &'static str,
    /// The views by name, each with its table.
    pub views: &'static [(&'static str, &'static str)],
    pub fold: Folds,
}

/// Folds one entity's events; shows the states after that many events.
type Folds = Box<dyn Fn(&[&Event], usize) -> Folded>;

/// What comes of a stream.
pub struct Folded {
    /// The state as JSON, if there is one, after each event from the first that is shown.
    pub states: Vec<Option<Value>>,
    pub refused: Option<Refused>,
}

/// An event that the Rust fold refuses.
#[derive(Debug)]
pub struct Refused {
    pub sequence: i64,
    /// None where serde cannot read it.
    pub kind: Option<ErrorKind>,
    pub view: Option<&'static str>,
    pub column: Option<&'static str>,
    /// The state afterwards, which is the one before.
    pub state: Option<Value>,
}

/// The context as an enum takes it.
type AsContext<C> = fn(&Value) -> Option<&C>;

pub(crate) fn some(context: &Value) -> Option<&Value> {
    Some(context)
}

pub(crate) fn none(_: &Value) -> Option<&()> {
    None
}

impl Subject {
    pub(crate) fn of<E>(context: AsContext<E::Context>) -> Self
    where
        E: Rollup<Time = DateTime<Utc>> + DeserializeOwned + 'static,
        E::Id: DeserializeOwned,
        E::State: Serialize,
    {
        Self {
            migration: E::MIGRATION_SQL,
            revert: E::REVERT_SQL,
            events: E::EVENT_TABLE,
            rollup: E::ROLLUP_TABLE,
            views: E::VIEWS,
            fold: Box::new(move |events, from| folded::<E>(events, from, context)),
        }
    }
}

fn folded<E>(events: &[&Event], from: usize, as_context: AsContext<E::Context>) -> Folded
where
    E: Rollup<Time = DateTime<Utc>> + DeserializeOwned,
    E::Id: DeserializeOwned,
    E::State: Serialize,
{
    let mut fold = Fold::<E>::new();
    let mut states = Vec::new();
    for (at, stored) in events.iter().enumerate() {
        let sequence = stored.sequence;
        let text = serde_json::from_value(Value::from(stored.id.clone()));
        let id: E::Id = text.or_else(|_| serde_json::from_str(&stored.id)).expect("an id");
        let recorded_at = stored.recorded_at.parse().expect("a time");
        let context = stored.context.as_ref().and_then(as_context);
        let outcome = match serde_json::from_value::<E>(stored.payload.clone()) {
            Err(_) => Err((None, None, None)),
            Ok(event) => fold
                .apply(Recorded { id: &id, sequence, recorded_at, event: &event, context })
                .map_err(|error| (Some(error.kind), error.view, error.column)),
        };
        if let Err((kind, view, column)) = outcome {
            let refused = Some(Refused { sequence, kind, view, column, state: shown(fold.state()) });
            return Folded { states, refused };
        }
        if at >= from {
            states.push(shown(fold.state()));
        }
    }
    Folded { states, refused: None }
}

fn shown(state: Option<&impl Serialize>) -> Option<Value> {
    state.map(|state| serde_json::to_value(state).expect("states are JSON"))
}
