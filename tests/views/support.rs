//! Streams of events, folded step by step.

use chrono::{DateTime, Utc};
use es_rollup::{ErrorKind, Fold, FoldError, Recorded, Rollup};
use std::fmt::Debug;

/// The recorded time of the event with this sequence.
pub(crate) fn at(sequence: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(sequence, 0).expect("a moment")
}

/// The state after events of entity 7.
pub(crate) fn state<E>(events: &[E]) -> E::State
where
    E: Rollup<Id = i64, Time = DateTime<Utc>, Context = ()>,
{
    folded(events).map_err(|error| error.to_string()).expect("no event is refused").expect("a state")
}

pub(crate) fn folded<E>(events: &[E]) -> Result<Option<E::State>, FoldError<i64>>
where
    E: Rollup<Id = i64, Time = DateTime<Utc>, Context = ()>,
{
    E::fold((1..).zip(events).map(|(sequence, event)| Recorded::new(&7, sequence, at(sequence), event)))
}

/// Why the last event is refused: the kind, the view and the column. The state is as it was before.
pub(crate) fn refused<E>(events: &[E]) -> (ErrorKind, Option<&'static str>, Option<&'static str>)
where
    E: Rollup<Id = i64, Time = DateTime<Utc>, Context = (), State: Clone + Debug + PartialEq>,
{
    let (last, before) = events.split_last().expect("an event");
    let mut fold = Fold::<E>::new();
    for (sequence, event) in (1..).zip(before) {
        let applied = fold.apply(Recorded::new(&7, sequence, at(sequence), event));
        assert_eq!(applied, Ok(()), "an earlier event is refused");
    }
    let (state, version) = (fold.state().cloned(), fold.version());
    let error = fold.apply(Recorded::new(&7, version + 1, at(version + 1), last)).expect_err("a refusal");
    assert_eq!((fold.state().cloned(), fold.version()), (state, version));
    (error.kind, error.view, error.column)
}
