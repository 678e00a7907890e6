//! Columns that the database alone keeps: the kit compares the others.

use crate::support::{afterwards, panic_of, prepared};
use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "desk_events", id = i64, history, retired(floor), view(drawers, key(drawer)))]
enum DeskEvent {
    #[rollup(create)]
    Placed {
        #[rollup(set)]
        room: String,
        #[rollup(set)]
        floor: i32,
    },
    #[rollup(drawers(add))]
    Filled {
        drawer: i32,
        #[rollup(drawers(set))]
        with: String,
        #[rollup(drawers(set, retired))]
        by: String,
    },
}

fn events() -> [DeskEvent; 2] {
    let placed = DeskEvent::Placed { room: "3b".into(), floor: 3 };
    [placed, DeskEvent::Filled { drawer: 1, with: "pens".into(), by: "Ann".into() }]
}

#[test]
fn a_state_has_no_column_that_is_retired() {
    let kept = prepared::<DeskEvent>("");
    let desk = kept.kit.given(&7, events()).state();
    assert_eq!((desk.version, &*desk.room), (2, "3b"));
    assert_eq!(&*desk.drawers[&1].with, "pens");
}

#[test]
fn the_other_columns_are_compared() {
    let spoilt = |what: &str| {
        let kept = prepared::<DeskEvent>("");
        kept.kit.execute(&afterwards("desk_events", what));
        panic_of(|| kept.kit.given(&7, events()))
    };
    let text = spoilt("UPDATE desk_events_rollup SET room = '4';");
    assert!(text.contains("room"), "{text}");
    let text = spoilt("UPDATE desk_events_rollup_drawers SET \"with\" = '4';");
    assert!(text.contains("with"), "{text}");
}
