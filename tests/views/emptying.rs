//! Events that take rows away, and those that put others in their place.

use crate::support::{refused, state};
use es_rollup::{ErrorKind, Rollup};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "company_events", id = i64)]
#[rollup(view(members, key(group_id, user_id), state = Member))]
#[rollup(view(boss, state = Boss))]
pub(crate) enum CompanyEvent {
    #[rollup(create)]
    Founded,
    #[rollup(members(add))]
    Added {
        group_id: String,
        #[rollup(members(key = "user_id"))]
        users: Vec<i64>,
    },
    #[rollup(members(empty))]
    Dissolved,
    #[rollup(members(empty(user_id)))]
    UserDeleted { user_id: i64 },
    #[rollup(members(empty(group_id)))]
    GroupDeleted { group_id: String },
    #[rollup(members(empty(group_id), create))]
    GroupReplaced {
        group_id: String,
        #[rollup(members(key = "user_id"))]
        users: Vec<i64>,
    },
    #[rollup(members(empty, create), boss(empty, create, set))]
    Restarted { group_id: String, user_id: i64, name: String },
}

use CompanyEvent::{Added, Dissolved, Founded, GroupDeleted, GroupReplaced, Restarted, UserDeleted};

fn added(group: &str, users: &[i64]) -> CompanyEvent {
    Added { group_id: group.into(), users: users.to_vec() }
}

fn members(last: &[CompanyEvent]) -> Vec<(String, i64, i64)> {
    let first = [Founded, added("a", &[1, 2]), added("b", &[2, 3])];
    let events: Vec<CompanyEvent> = first.into_iter().chain(last.iter().cloned()).collect();
    let rows = state(&events).members;
    rows.into_iter().map(|row| (row.group_id, row.user_id, row.version)).collect()
}

fn rows<const COUNT: usize>(rows: [(&str, i64, i64); COUNT]) -> Vec<(String, i64, i64)> {
    rows.map(|(group, user, version)| (group.into(), user, version)).into()
}

#[test]
fn all_rows_go_or_those_that_match() {
    assert_eq!(members(&[Dissolved]), []);
    assert_eq!(members(&[UserDeleted { user_id: 2 }]), rows([("a", 1, 2), ("b", 3, 3)]));
    assert_eq!(members(&[GroupDeleted { group_id: "a".into() }]), rows([("b", 2, 3), ("b", 3, 3)]));
    assert_eq!(members(&[GroupDeleted { group_id: "c".into() }]).len(), 4);
}

#[test]
fn rows_are_replaced_at_once() {
    let replaced = |users: &[i64]| GroupReplaced { group_id: "b".into(), users: users.to_vec() };
    assert_eq!(members(&[replaced(&[4, 3])])[2..], rows([("b", 3, 4), ("b", 4, 4)]));
    assert_eq!(members(&[replaced(&[])]).len(), 2);
    let twice = [Founded, added("b", &[1]), replaced(&[1, 1])];
    assert_eq!(refused(&twice), (ErrorKind::RowExists, Some("members"), None));
}

#[test]
fn a_row_takes_the_place_of_all_others() {
    let restarted = |name: &str| Restarted { group_id: "a".into(), user_id: 9, name: name.into() };
    assert_eq!(members(&[restarted("x"), restarted("y")]), rows([("a", 9, 5)]));
    let boss = state(&[Founded, restarted("x"), restarted("y")]).boss.expect("a boss");
    assert_eq!((boss.name.as_str(), boss.version), ("y", 3));
}
