//! A state that is put together from rows.

use crate::support::{at, state};
use es_rollup::{Fold, Recorded, Rollup, Rows, Torn};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "list_events", id = i64)]
#[rollup(derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow))]
#[rollup(view(items, key(item), state = Item))]
#[rollup(view(last, state = Last))]
pub(crate) enum ListEvent {
    #[rollup(create)]
    Begun,
    #[rollup(items(create), last(add, set))]
    Put { item: String },
}

fn put(item: &str) -> ListEvent {
    ListEvent::Put { item: item.into() }
}

#[test]
fn a_fold_goes_on_from_rows() {
    let ListState { rollup, items, last } = state(&[ListEvent::Begun, put("a")]);
    let read = ListState::new(rollup, items, last).expect("rows of one read");
    let mut fold = Fold::<ListEvent>::from_state(read);
    assert_eq!(fold.apply(Recorded::new(&7, 3, at(3), &put("b"))), Ok(()));
    let expected = state(&[ListEvent::Begun, put("a"), put("b")]);
    assert_eq!(fold.into_state(), Some(expected));
}

#[test]
fn rows_that_do_not_belong_together_make_no_state() {
    let ListState { rollup, items, last } = state(&[ListEvent::Begun, put("a"), put("b")]);
    let torn = |items: Vec<Item>, last: Option<Last>| {
        let torn = ListState::new(rollup.clone(), items, last).expect_err("a torn read");
        (torn.view, torn.why)
    };
    let rows: Vec<Item> = items.into_iter().collect();
    let foreign = rows.iter().map(|row| Item { id: 8, ..row.clone() }).collect();
    assert_eq!(torn(foreign, None), ("items", Torn::Foreign));
    assert_eq!(torn([rows.clone(), rows.clone()].concat(), None), ("items", Torn::Twice));
    let newer = last.map(|last| Last { version: 9, ..last });
    assert_eq!(torn(rows, newer), ("last", Torn::Newer));
}

/// The views of a state that is read as a whole are columns of JSON.
#[test]
fn a_state_can_be_read_in_one_row_of_a_query() {
    fn is_read<T: for<'row> sqlx::FromRow<'row, sqlx::postgres::PgRow>>() {}
    is_read::<ListRollup>();
    is_read::<Item>();
    is_read::<ListState>();
}

#[test]
fn rows_are_written_as_a_list() {
    let state = state(&[ListEvent::Begun, put("b"), put("a")]);
    let json = serde_json::to_value(&state).expect("JSON");
    let items: Vec<&str> =
        json["items"].as_array().expect("a list").iter().filter_map(|row| row["item"].as_str()).collect();
    assert_eq!(items, ["a", "b"]);
    let rows: Rows<Item> = serde_json::from_value(json["items"].clone()).expect("rows");
    assert_eq!(rows, state.items);
    assert_eq!(serde_json::from_value::<ListState>(json).expect("a state"), state);
}
