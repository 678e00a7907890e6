//! Random streams, folded by the derive and by hand.

use crate::support::at;
use es_rollup::{ErrorKind, Fold, Recorded, Rollup};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cell_events", id = i64)]
#[rollup(view(cells, key(x, y), state = Cell))]
enum CellEvent {
    #[rollup(cells(create, set))]
    Created { x: i64, y: i64, note: String },
    #[rollup(cells(add, count = "touched"))]
    Added {
        x: i64,
        #[rollup(cells(key = "y"))]
        all: Vec<i64>,
    },
    Changed {
        #[rollup(cells(key = "x"))]
        all: i64,
        #[rollup(cells(key = "y"))]
        only: i64,
        #[rollup(cells(increment = "touched"))]
        by: i64,
    },
    #[rollup(cells(set, count = "touched"))]
    ManyChanged {
        #[rollup(cells(key = "x"))]
        all: Vec<i64>,
        y: i64,
        note: Option<String>,
    },
    #[rollup(cells(remove))]
    Removed { x: i64, y: i64 },
    #[rollup(cells(delete))]
    Deleted {
        #[rollup(cells(key = "x"))]
        all: BTreeSet<i64>,
        y: i64,
    },
    #[rollup(cells(empty))]
    Emptied,
    #[rollup(cells(empty(y)))]
    RowEmptied { y: i64 },
    #[rollup(cells(empty(x), create))]
    Replaced {
        x: i64,
        #[rollup(cells(key = "y"))]
        all: Vec<i64>,
    },
    #[rollup(cells(empty, add, count = "touched"))]
    Reset { x: i64, y: i64 },
}

/// Its note, how often it was touched, and the version.
type Row = (Option<String>, i64, i64);
type Rows = BTreeMap<(i64, i64), Row>;

/// What the event does to the rows; why not otherwise.
fn apply(rows: &mut Rows, event: &CellEvent, version: i64) -> Result<(), ErrorKind> {
    use CellEvent::{
        Added, Changed, Created, Deleted, Emptied, ManyChanged, Removed, Replaced, Reset, RowEmptied,
    };
    let create = |rows: &mut Rows, key, note| match rows.insert(key, (note, 0, version)) {
        None => Ok(()),
        Some(_) => Err(ErrorKind::RowExists),
    };
    let touch = |row: &mut Row, by: i64| {
        row.1 = row.1.checked_add(by).ok_or(ErrorKind::Overflow)?;
        row.2 = version;
        Ok(())
    };
    match event {
        Created { x, y, note } => create(rows, (*x, *y), Some(note.clone()))?,
        Added { x, all } => {
            for y in all {
                touch(rows.entry((*x, *y)).or_insert((None, 0, version)), 1)?;
            }
        }
        Changed { all, only, by } => {
            touch(rows.get_mut(&(*all, *only)).ok_or(ErrorKind::RowMissing)?, *by)?;
        }
        ManyChanged { all, y, note } => {
            for x in all {
                let row = rows.get_mut(&(*x, *y)).ok_or(ErrorKind::RowMissing)?;
                row.0.clone_from(note);
                touch(row, 1)?;
            }
        }
        Removed { x, y } => drop(rows.remove(&(*x, *y))),
        Deleted { all, y } => {
            for x in all {
                rows.remove(&(*x, *y)).ok_or(ErrorKind::RowMissing)?;
            }
        }
        Emptied => rows.clear(),
        RowEmptied { y } => rows.retain(|(_, other), _| other != y),
        Replaced { x, all } => {
            rows.retain(|(other, _), _| other != x);
            for y in all {
                create(rows, (*x, *y), None)?;
            }
        }
        Reset { x, y } => {
            rows.clear();
            rows.insert((*x, *y), (None, 1, version));
        }
    }
    Ok(())
}

fn events() -> impl Strategy<Value = Vec<CellEvent>> {
    let one = || 0..3_i64;
    let all = || prop::collection::vec(0..3_i64, 0..3);
    let event = prop_oneof![
        3 => (one(), one()).prop_map(|(x, y)| CellEvent::Created { x, y, note: "made".into() }),
        3 => (one(), all()).prop_map(|(x, all)| CellEvent::Added { x, all }),
        2 => (one(), one(), prop_oneof![4 => 1..3_i64, 1 => Just(i64::MAX)])
            .prop_map(|(all, only, by)| CellEvent::Changed { all, only, by }),
        3 => (all(), one(), prop::option::of(Just("changed".to_string())))
            .prop_map(|(all, y, note)| CellEvent::ManyChanged { all, y, note }),
        1 => (one(), one()).prop_map(|(x, y)| CellEvent::Removed { x, y }),
        1 => (prop::collection::btree_set(one(), 0..3), one())
            .prop_map(|(all, y)| CellEvent::Deleted { all, y }),
        1 => Just(CellEvent::Emptied),
        1 => one().prop_map(|y| CellEvent::RowEmptied { y }),
        1 => (one(), all()).prop_map(|(x, all)| CellEvent::Replaced { x, all }),
        1 => (one(), one()).prop_map(|(x, y)| CellEvent::Reset { x, y }),
    ];
    prop::collection::vec(event, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_has_the_same_rows_and_refusals(events in events()) {
        let (mut fold, mut rows) = (Fold::<CellEvent>::new(), Rows::new());
        for event in &events {
            let version = fold.version() + 1;
            let mut next = rows.clone();
            let expected = apply(&mut next, event, version);
            if expected.is_ok() {
                rows = next;
            }
            let applied = fold.apply(Recorded::new(&7, version, at(version), event));
            prop_assert_eq!(applied.map_err(|error| error.kind), expected);
            let cells = fold.state().into_iter().flat_map(|state| state.cells.values());
            let folded: Rows =
                cells.map(|cell| ((cell.x, cell.y), (cell.note.clone(), cell.touched, cell.version))).collect();
            prop_assert_eq!(&folded, &rows);
        }
    }
}
