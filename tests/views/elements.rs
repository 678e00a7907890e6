//! A list whose elements each choose a row.

use crate::support::{refused, state};
use chrono::NaiveDate;
use es_rollup::{ErrorKind, Rollup, SqlType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet, VecDeque};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
pub(crate) struct Price {
    item: Named,
    price: i64,
    tags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
pub(crate) struct Named {
    id: String,
}

/// A type that this crate knows nothing about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Foreign(serde_json::Value);

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "group_events", id = i64)]
#[rollup(view(members, key(user), state = Member))]
#[rollup(view(items, key(item), state = Item))]
#[rollup(view(days, key(day), state = Day))]
pub(crate) enum GroupEvent {
    #[rollup(create, members(add))]
    Founded {
        #[rollup(add = "first", members(key = "user"))]
        users: Vec<String>,
    },
    #[rollup(members(create, sequence = "since"))]
    Joined {
        #[rollup(members(key = "user"))]
        users: Vec<String>,
    },
    #[rollup(members(add, sequence = "since"))]
    Invited {
        #[serde(default)]
        #[rollup(members(key = "user"))]
        users: Option<HashSet<String>>,
    },
    #[rollup(members(delete))]
    Left {
        #[rollup(members(key = "user"))]
        users: VecDeque<String>,
    },
    #[rollup(members(set(active = true)))]
    Woken {
        #[rollup(members(key = "user", as = String))]
        users: BTreeSet<String>,
    },
    #[rollup(items(add))]
    Priced {
        #[rollup(items(key = "item", path = "item.id", as = String))]
        #[rollup(items(set = "price", path = "price", as = i64))]
        #[rollup(items(add = "tags", path = "tags", as = Vec<String>))]
        prices: Vec<Price>,
        #[rollup(items(set))]
        reason: Option<String>,
    },
    Raised {
        #[rollup(items(key = "item", path = "id", as = String))]
        items: Vec<Named>,
        #[rollup(items(increment = "price"))]
        by: i64,
    },
    #[rollup(days(create))]
    Reserved {
        #[rollup(days(key = "day"))]
        days: Vec<NaiveDate>,
    },
    #[rollup(items(remove))]
    Dropped {
        #[rollup(items(key = "item", as = String))]
        items: Vec<Foreign>,
    },
}

use GroupEvent::{Dropped, Founded, Invited, Joined, Left, Priced, Raised, Reserved, Woken};

fn names<C: FromIterator<String>>(names: &str) -> C {
    names.split_whitespace().map(String::from).collect()
}

fn founded(users: &str) -> GroupEvent {
    Founded { users: names(users) }
}

fn members(events: &[GroupEvent]) -> String {
    let state = state(events);
    let members: Vec<&str> = state.members.keys().map(String::as_str).collect();
    members.join(" ")
}

#[test]
fn each_element_has_a_row() {
    let events = [founded(""), Joined { users: names("b a") }, Left { users: names("b") }];
    assert_eq!(members(&events[..2]), "a b");
    assert_eq!(members(&events), "a");
}

#[test]
fn an_element_meets_the_rows_of_the_elements_before_it() {
    let twice = [founded(""), Joined { users: names("a b a") }];
    assert_eq!(refused(&twice), (ErrorKind::RowExists, Some("members"), None));
    let left = [founded(""), Joined { users: names("a b") }, Left { users: names("a b a") }];
    assert_eq!(refused(&left), (ErrorKind::RowMissing, Some("members"), None));
}

#[test]
fn a_list_that_is_absent_or_empty_means_no_row() {
    assert_eq!(members(&[founded(""), Invited { users: None }]), "");
    assert_eq!(members(&[founded(""), Invited { users: Some(names("c a")) }]), "a c");
}

#[test]
fn an_event_changes_the_rows_of_all_elements_or_of_none() {
    let woken = Woken { users: names("a c") };
    let joined = Joined { users: names("a b") };
    assert_eq!(refused(&[founded(""), joined.clone(), woken]).0, ErrorKind::RowMissing);
    let state = state(&[founded(""), joined, Woken { users: names("b") }]);
    let active: Vec<Option<bool>> = state.members.values().map(|member| member.active).collect();
    assert_eq!(active, [None, Some(true)]);
}

fn price(id: &str, price: i64, tags: &str) -> Price {
    Price { item: Named { id: id.into() }, price, tags: names(tags) }
}

#[test]
fn the_other_words_on_the_field_read_inside_the_element() {
    let list = vec![price("b", 20, "x y"), price("a", 10, ""), price("b", 25, "y z")];
    let priced = Priced { prices: list, reason: Some("why".into()) };
    let raised = Raised { items: vec![Named { id: "b".into() }, Named { id: "b".into() }], by: 3 };
    let state = state(&[founded(""), priced, raised]);
    let items: Vec<(&str, i64, &[String])> =
        state.items.values().map(|item| (item.item.as_str(), item.price, item.tags.as_slice())).collect();
    assert_eq!(items, [("a", 10, [].as_slice()), ("b", 31, &names::<Vec<_>>("x y z"))]);
    assert_eq!(state.items["a"].reason.as_deref(), Some("why"));
    assert_eq!((state.items["a"].version, state.items["b"].version), (2, 3));
}

#[test]
fn an_element_that_does_not_fit_is_refused_when_its_turn_comes() {
    let day = |year| NaiveDate::from_yo_opt(year, 1).expect("a day");
    let reserved = |years: &[i32]| Reserved { days: years.iter().copied().map(day).collect() };
    // No column holds a year of five digits.
    let wrong = (ErrorKind::WrongValue, Some("days"), Some("day"));
    assert_eq!(refused(&[founded(""), reserved(&[1, 10_000, 1])]), wrong);
    let exists = (ErrorKind::RowExists, Some("days"), None);
    assert_eq!(refused(&[founded(""), reserved(&[1, 1, 10_000])]), exists);
}

#[test]
fn an_element_can_be_read_as_another_type() {
    let priced = Priced { prices: vec![price("a", 1, ""), price("b", 1, "")], reason: None };
    let dropped = |item: serde_json::Value| Dropped { items: vec![Foreign("c".into()), Foreign(item)] };
    assert_eq!(state(&[founded(""), priced.clone(), dropped("b".into())]).items.len(), 1);
    let wrong = refused(&[founded(""), priced, dropped(1.into())]);
    assert_eq!(wrong, (ErrorKind::WrongValue, Some("items"), Some("item")));
}
