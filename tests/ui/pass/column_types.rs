#![deny(warnings)]

use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SqlType)]
#[serde(transparent, bound = "")]
struct Id<T> {
    value: i64,
    kind: PhantomData<T>,
}

// The parameter is the column's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct Checked<T>(T)
where
    T: Clone;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[serde(transparent)]
struct Sized<const N: usize> {
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, SqlType)]
#[serde(rename_all = "kebab-case")]
enum Status {
    #[default]
    OnHold,
    #[serde(alias = "done")]
    ItsOver,
}

#[derive(Debug, Clone, PartialEq)]
struct User;

type Name = String;

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = Id<User>)]
enum UserEvent {
    Created {
        #[rollup(set)]
        boss: Option<Id<User>>,
        #[rollup(set)]
        age: std::option::Option<Checked<Checked<i64>>>,
        #[rollup(set)]
        code: ::core::option::Option<Sized<3>>,
        #[rollup(set)]
        #[serde(default)]
        status: Status,
        #[rollup(set)]
        name: Name,
    },
    Renamed(#[rollup(set = "name")] Name),
}

fn main() {
    for column in [
        "\"boss\" bigint", "\"age\" bigint", "\"code\" text", "\"status\" text", "\"name\" text",
    ] {
        assert!(UserEvent::MIGRATION_SQL.contains(column), "{column}");
    }
    assert!(UserEvent::MIGRATION_SQL.contains("'on-hold'::pg_catalog.text"));
    assert!(UserEvent::MIGRATION_SQL.contains("'done'"));
}
