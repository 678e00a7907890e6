#![no_implicit_prelude]
#![deny(warnings)]

use ::serde::{Deserialize, Serialize};
use ::std::borrow::Cow;
use ::std::clone::Clone;
use ::std::cmp::PartialEq;
use ::std::convert::From;
use ::std::fmt::Debug;
use ::std::option::Option::{self, Some};
use ::std::string::String;
use ::std::vec::Vec;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ::es_rollup::SqlType)]
#[rollup(number)]
struct Cents(i64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ::es_rollup::SqlType)]
enum Plan {
    Free,
    Gold,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ::es_rollup::SqlType)]
#[rollup(json)]
struct Address {
    city: String,
    seen: Option<::chrono::DateTime<::chrono::Utc>>,
    lines: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct UserId(i64);

impl From<UserId> for i64 {
    fn from(id: UserId) -> i64 {
        id.0
    }
}

::es_rollup::sql_type!(UserId as i64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Made(i64);

impl From<Made> for i64 {
    fn from(made: Made) -> i64 {
        made.0
    }
}

impl From<i64> for Made {
    fn from(made: i64) -> Made {
        Made(made)
    }
}

::es_rollup::sql_type!(Made as i64, number);

fn plan() -> Plan {
    Plan::Gold
}

#[derive(Serialize, Deserialize, ::es_rollup::Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = UserId, event_type = "last", at = "seen")]
#[rollup(context(set = "editor", path = "id", as = Option<i64>, keep))]
#[rollup(derive(Debug, Clone, PartialEq))]
enum UserEvent<'a> {
    #[rollup(create, set, set(open = true), count = "changes", sequence = "at_first")]
    Named {
        name: Cow<'a, str>,
        #[serde(default = "plan")]
        #[rollup(default = "Gold")]
        plan: Plan,
        address: Address,
        #[rollup(increment = "balance")]
        amount: Cents,
        #[rollup(increment = "made", max = "most")]
        made: Made,
    },
    Changed {
        #[rollup(set, keep)]
        name: Option<Cow<'a, str>>,
        #[serde(borrow)]
        #[rollup(add = "tags", push = "log")]
        tags: Option<Vec<&'a str>>,
        #[rollup(remove = "tags")]
        not: Vec<String>,
        #[rollup(set = "city", path = "city", as = String)]
        address: Address,
        #[rollup(decrement = "balance")]
        amount: Option<Cents>,
        #[rollup(max = "high", min = "low")]
        level: Option<f64>,
        #[rollup(add = "ids", as = Vec<i64>)]
        ids: Vec<UserId>,
    },
    #[rollup(delete)]
    Gone,
}

#[derive(Debug, Serialize, Deserialize, ::es_rollup::Rollup)]
#[rollup(events = "cart_events", id = ::std::primitive::i64)]
#[rollup(view(items, key(item, size)), view(last))]
pub enum CartEvent {
    #[rollup(items(create, set, count = "changes"), last(add, sequence = "number"))]
    Added { item: String, size: ::std::primitive::i16, note: Option<String> },
    #[rollup(items(add, at = "counted_at"))]
    Counted {
        #[rollup(items(key = "item"))]
        all: Option<Vec<String>>,
        size: ::std::primitive::i16,
    },
    #[rollup(items(empty(size), create))]
    Replaced { item: String, size: ::std::primitive::i16 },
    #[rollup(items(delete), last(remove))]
    Removed { item: String, size: ::std::primitive::i16 },
    #[rollup(items(clear = "note"), last(empty))]
    Cleared {
        #[rollup(items(key = "item"))]
        all: ::std::collections::BTreeSet<String>,
        size: ::std::primitive::i16,
    },
}

fn main() {
    let named = UserEvent::Named {
        name: Cow::Borrowed("Ada"),
        plan: Plan::Free,
        address: Address { city: String::new(), seen: Option::None, lines: Vec::new() },
        amount: Cents(5),
        made: Made(2),
    };
    let mut fold = <::es_rollup::Fold<UserEvent<'_>>>::new();
    let refused = ::es_rollup::Rollup::apply(
        &mut fold,
        ::es_rollup::Recorded::with_context(&UserId(1), 1, ::chrono::DateTime::UNIX_EPOCH, &named, Option::None),
    );
    ::std::assert!(refused.is_ok());
    ::std::assert!(::std::matches!(fold.state(), Some(state) if state.last == "Named" && state.made == Made(2)));
}
