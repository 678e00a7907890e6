//! Where the parts of a key come from.

use crate::support::{at, refused, state};
use es_rollup::{ErrorKind, Fold, Recorded, Rollup};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "wallet_events", id = i64)]
#[rollup(view(transactions, key(number, kind), state = Transaction))]
#[rollup(view(days, key(day), state = Day))]
pub(crate) enum WalletEvent<'a> {
    #[rollup(transactions(create, set, sequence = "number", set(kind = "credit")))]
    Credited {
        #[rollup(increment = "balance")]
        amount: i64,
    },
    #[rollup(transactions(create, set, sequence = "number", event_type = "kind"))]
    Debited {
        #[rollup(decrement = "balance", transactions(set))]
        amount: i64,
        #[serde(borrow)]
        reason: Cow<'a, str>,
    },
    #[rollup(days(add, at = "last_at"))]
    Closed {
        #[rollup(days(key = "day", default = 3))]
        #[serde(default = "three")]
        on: i16,
    },
}

fn three() -> i16 {
    3
}

use WalletEvent::{Closed, Credited, Debited};

#[test]
fn a_row_is_found_by_the_sequence_a_literal_or_the_type_of_the_event() {
    let wallet = state(&[Credited { amount: 5 }, Debited { amount: 2, reason: "rent".into() }]);
    assert_eq!(wallet.balance, 3);
    let keys: Vec<(i64, &str)> =
        wallet.transactions.keys().map(|(number, kind)| (*number, kind.as_str())).collect();
    assert_eq!(keys, [(1, "credit"), (2, "debited")]);
    let debit = &wallet.transactions[&(2, "debited".into())];
    assert_eq!((debit.amount, debit.reason.as_deref()), (2, Some("rent")));
}

#[test]
fn the_first_event_of_any_kind_begins_a_stream_with_its_rows() {
    let wallet = state(&[Closed { on: 4 }, Closed { on: 4 }]);
    assert_eq!((wallet.days[&4].last_at, wallet.days[&4].version), (at(2), 2));
    assert_eq!(WalletEvent::defaults().len(), 1);
    assert!(WalletEvent::defaults().iter().all(|one| one.holds));
}

#[test]
fn the_root_refuses_before_a_view() {
    let most = [Credited { amount: i64::MAX }, Credited { amount: 1 }];
    assert_eq!(refused(&most), (ErrorKind::Overflow, None, Some("balance")));
}

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "ticket_events", id = i64)]
#[rollup(view(votes, key(user), state = Vote))]
pub(crate) enum TicketEvent {
    #[rollup(votes(add, context(key = "user", path = "user.id", as = u64), context(set = "name", path = "user.name", as = Option<String>)))]
    Voted {
        #[rollup(votes(set))]
        points: i32,
    },
}

#[test]
fn a_row_is_found_by_what_is_recorded_beside_the_event() {
    let voted = TicketEvent::Voted { points: 3 };
    let mut fold = Fold::<TicketEvent>::new();
    let mut apply = |sequence, context: serde_json::Value| {
        let event = Recorded::with_context(&7, sequence, at(sequence), &voted, Some(&context));
        fold.apply(event).map_err(|error| (error.kind, error.view, error.column))
    };
    assert_eq!(apply(1, serde_json::json!({"user": {"id": 5, "name": "n"}})), Ok(()));
    let missing = Err((ErrorKind::MissingKey, Some("votes"), Some("user")));
    assert_eq!(apply(2, serde_json::json!({"user": {}})), missing);
    let wrong = Err((ErrorKind::WrongValue, Some("votes"), Some("user")));
    assert_eq!(apply(2, serde_json::json!({"user": {"id": -1}})), wrong);
    let state = fold.into_state().expect("a state");
    assert_eq!(
        (state.votes[&5].name.as_deref(), state.votes[&5].points, state.votes.len()),
        (Some("n"), 3, 1)
    );
}

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "bare_events", id = i64, derive(Debug))]
#[rollup(view(rows, key(key_of_row), state = BareRow))]
pub(crate) enum BareEvent {
    #[rollup(rows(add, set, count = "times"))]
    Put { key_of_row: Vec<i64>, text: String },
}

#[test]
fn the_structs_need_not_be_cloned() {
    let put = |text: &str| BareEvent::Put { key_of_row: vec![1, 2, 1], text: text.into() };
    let state = state(&[put("a"), put("b")]);
    assert_eq!((state.rows[&1].text.as_str(), state.rows[&1].times, state.rows[&2].times), ("b", 4, 2));
}
