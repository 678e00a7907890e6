//! The Rust fold reads the order of sequences from the store, as SQL does.

use es_rollup_core::model::Order;
use es_rollup_core::{ErrorKind, Fold, Layout, Recorded, Refusal, Rollup, State};

/// A lamp's switch, whose positions increase; the other one counts them without gaps.
#[derive(Debug)]
struct Switched<const INCREASING: bool>;

#[derive(Clone, Debug, PartialEq)]
struct Lamp {
    id: u8,
    version: i64,
    on: bool,
}

impl State for Lamp {
    type Id = u8;
    fn id(&self) -> &u8 {
        &self.id
    }
    fn version(&self) -> i64 {
        self.version
    }
}

impl<const INCREASING: bool> Rollup for Switched<INCREASING> {
    type Id = u8;
    type Time = ();
    type Context = ();
    type State = Lamp;
    type Texts = ();
    const LAYOUT: Layout = Layout {
        id: "lamp",
        sequence: "position",
        order: if INCREASING { Order::Increasing } else { Order::Contiguous },
        event_type: "type",
        payload: "payload",
        recorded_at: None,
        context: None,
        filter: None,
    };
    const EVENT_TABLE: &'static str = "";
    const ROLLUP_TABLE: &'static str = "";
    fn event_name(&self) -> &'static str {
        "switched"
    }
    fn begin(event: &Recorded<'_, Self>) -> Result<Lamp, Refusal> {
        Ok(Lamp { id: *event.id, version: event.sequence, on: true })
    }
    fn step(state: &mut Lamp, event: &Recorded<'_, Self>) -> Result<(), Refusal> {
        state.version = event.sequence;
        state.on = !state.on;
        Ok(())
    }
    fn deletes(&self) -> bool {
        false
    }
}

/// Folds events with these sequences; the version, or why and where the stream does not go on.
fn folded<const INCREASING: bool>(sequences: &[i64]) -> Result<i64, (ErrorKind, i64, i64)> {
    let mut fold = Fold::<Switched<INCREASING>>::new();
    for sequence in sequences {
        let event = Recorded::new(&1, *sequence, (), &Switched);
        fold.apply(event).map_err(|error| (error.kind, error.sequence, error.version))?;
    }
    Ok(fold.version())
}

#[test]
fn contiguous_sequences_count_from_one_without_gaps() {
    assert_eq!(folded::<false>(&[1, 2, 3]), Ok(3));
    assert_eq!(folded::<false>(&[2]), Err((ErrorKind::Gap, 2, 0)));
    assert_eq!(folded::<false>(&[1, 3]), Err((ErrorKind::Gap, 3, 1)));
    assert_eq!(folded::<false>(&[1, 2, 2]), Err((ErrorKind::Replay, 2, 2)));
    assert_eq!(folded::<false>(&[0]), Err((ErrorKind::Replay, 0, 0)));
}

#[test]
fn increasing_sequences_may_have_gaps_but_never_go_back() {
    assert_eq!(folded::<true>(&[1, 2, 3]), Ok(3));
    assert_eq!(folded::<true>(&[7, 8, 100, i64::MAX]), Ok(i64::MAX));
    assert_eq!(folded::<true>(&[7, 7]), Err((ErrorKind::Replay, 7, 7)));
    assert_eq!(folded::<true>(&[7, 6]), Err((ErrorKind::Replay, 6, 7)));
    assert_eq!(folded::<true>(&[0]), Err((ErrorKind::Replay, 0, 0)));
    assert_eq!(folded::<true>(&[-5]), Err((ErrorKind::Replay, -5, 0)));
}
