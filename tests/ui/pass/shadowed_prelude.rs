// Names of the prelude, of crates and of traits that mean something else where the derives stand.
#![allow(dead_code, non_camel_case_types, non_snake_case)]

mod event {
    mod core {}
    mod std {}
    mod alloc {}

    struct Option;
    struct Result;
    struct String;
    struct Vec;
    struct Box;
    struct Some;
    struct None;
    struct Err;
    struct Self_;
    fn Ok() {}
    fn drop() {}
    trait Clone {}
    trait Debug {}
    trait PartialEq {}
    trait Default {}
    trait From {}
    trait Into {}
    trait SqlType {}
    trait Rollup {}
    trait State {}
    struct Recorded;
    struct Refusal;
    struct Sql;

    #[allow(unused_macros)]
    macro_rules! unreachable {
        () => {};
    }
    #[allow(unused_macros)]
    macro_rules! panic {
        () => {};
    }

    #[derive(::std::fmt::Debug, ::std::clone::Clone, ::std::cmp::PartialEq, ::es_rollup::SqlType)]
    pub(super) struct Name(::std::string::String);

    #[derive(::std::fmt::Debug, ::std::clone::Clone, ::std::cmp::PartialEq, ::es_rollup::SqlType)]
    pub(super) enum Status {
        Open,
    }

    #[derive(::std::fmt::Debug, ::std::clone::Clone, ::std::cmp::PartialEq, ::es_rollup::SqlType)]
    #[rollup(json)]
    pub(super) struct ACCEPTS {
        name: Name,
        status: ::std::option::Option<Status>,
    }

    trait Row {}
    struct Rows;
    struct Edit;
    trait Held {}
    trait IntoIterator {}
    trait Iterator {}
    trait Deref {}

    #[derive(::es_rollup::Rollup)]
    #[rollup(events = "cart_events", id = ::std::primitive::i64, view(items, key(item)), view(last))]
    pub(super) enum CartEvent {
        #[rollup(items(create, set), last(add, set))]
        Added { item: ::std::string::String, note: ::std::option::Option<::std::string::String> },
        #[rollup(items(empty, add), last(empty, create))]
        Replaced {
            #[rollup(items(key = "item"))]
            all: ::std::vec::Vec<::std::string::String>,
        },
        #[rollup(items(empty(item)), last(clear = "note"))]
        Removed { item: ::std::string::String },
    }

    #[derive(::es_rollup::Rollup)]
    #[rollup(events = "user_events", id = ::std::primitive::i64)]
    pub(super) enum UserEvent {
        #[rollup(create)]
        Created {
            #[rollup(set)]
            name: Name,
            #[rollup(set, set = "state")]
            status: ::std::option::Option<Status>,
        },
        #[rollup(clear = "status")]
        Closed,
        #[rollup(set(admin = true, level = 3, color = "red", state = "Open"), at = "seen_at", count = "visits")]
        Everything {
            #[rollup(increment = "total")]
            more: ::std::option::Option<::std::primitive::i64>,
            #[rollup(decrement = "total")]
            less: ::std::primitive::i64,
            #[rollup(max = "highest", min = "lowest")]
            score: ::std::primitive::i64,
            #[rollup(add = "tags")]
            tags: ::std::vec::Vec<Name>,
            #[rollup(remove = "labels")]
            label: ::std::option::Option<Name>,
            #[rollup(push = "notes", add = "labels")]
            note: Name,
        },
        #[rollup(delete)]
        Deleted,
    }

    // Without an event that creates.
    #[derive(::es_rollup::Rollup)]
    #[rollup(events = "team_events", id = ::std::primitive::i64)]
    pub(super) enum TeamEvent {
        Named(#[rollup(set = "name")] Name),
    }
}

use es_rollup::Rollup;

fn main() {
    assert!(event::UserEvent::MIGRATION_SQL.contains("user_events"));
    assert!(event::TeamEvent::MIGRATION_SQL.contains("team_events"));
}
