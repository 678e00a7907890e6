//! A crate that denies every lint that generated code could trip over.
#![deny(
    warnings,
    deprecated,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unsafe_code,
    unused,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    meta_variable_misuse,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction
)]
#![forbid(unsafe_code)]
#![allow(clippy::blanket_clippy_restriction_lints, reason = "they are what is tested")]

/// Events that a crate shows to the world.
pub mod events {
    use es_rollup::{Rollup, SqlType};
    use serde::{Deserialize, Serialize};

    /// An id.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType)]
    pub struct UserId(pub i64);

    /// A status.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType)]
    #[non_exhaustive]
    pub enum Status {
        /// Open.
        Open,
        /// Closed.
        #[deprecated]
        Closed,
    }

    /// An address.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SqlType)]
    #[rollup(json)]
    #[non_exhaustive]
    pub struct Address {
        /// The city.
        pub city: String,
        /// The status.
        #[deprecated]
        #[serde(alias = "state")]
        pub status: Option<Status>,
    }

    /// A user's events.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type")]
    #[rollup(events = "user_events", id = UserId)]
    #[non_exhaustive]
    pub enum UserEvent {
        /// It begins.
        #[rollup(create)]
        Created {
            /// An address.
            #[rollup(set)]
            email: String,
            /// A status.
            #[rollup(set)]
            status: Status,
        },
        /// A name is given.
        Named {
            /// The name.
            #[rollup(set)]
            name: Option<String>,
        },
        /// A thing of the past.
        #[deprecated(note = "it was renamed")]
        Renamed {
            /// The name.
            #[rollup(set)]
            name: String,
        },
        /// It is forgotten.
        #[rollup(clear = "name")]
        Forgotten,
        /// Every operation.
        #[rollup(set(admin = true, level = 3, color = "red"), at = "seen_at", count = "visits")]
        Everything {
            /// Added up.
            #[rollup(increment = "total")]
            more: Option<i64>,
            /// Taken off.
            #[rollup(decrement = "total")]
            less: i64,
            /// The highest.
            #[rollup(max = "highest", min = "lowest")]
            score: i64,
            /// Members.
            #[rollup(add = "tags")]
            tags: Vec<String>,
            /// No members.
            #[rollup(remove = "labels")]
            label: Option<String>,
            /// Listed.
            #[rollup(push = "notes", add = "labels")]
            note: String,
        },
        /// The row goes.
        #[rollup(delete)]
        Deleted,
        /// Nothing.
        #[rollup(ignore)]
        #[deprecated]
        Seen,
    }
}

/// Events with views, which a crate shows to the world.
pub mod views {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// A cart's events.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type")]
    #[rollup(events = "cart_events", id = i64)]
    #[rollup(view(items, key(item, size), check(positive = "count > 0")), view(last))]
    #[non_exhaustive]
    pub enum CartEvent {
        /// It begins.
        #[rollup(create)]
        Created,
        /// An item is there.
        #[rollup(items(create, set, count = "changes"), last(add, sequence = "number"))]
        Added {
            /// Which.
            item: String,
            /// How large.
            size: i16,
            /// Described.
            note: Option<String>,
        },
        /// Some items are counted.
        #[rollup(items(add, at = "counted_at"))]
        Counted {
            /// Which.
            #[rollup(items(key = "item"))]
            all: Vec<String>,
            /// How large.
            size: i16,
            /// How many.
            #[rollup(items(increment = "count"))]
            by: i64,
        },
        /// Some items change.
        #[rollup(items(clear = "note"))]
        Cleared {
            /// Which.
            #[rollup(items(key = "item"))]
            all: Vec<String>,
            /// How large.
            size: i16,
        },
        /// Some items are others.
        #[rollup(items(empty(size), create))]
        #[deprecated]
        Replaced {
            /// Which.
            item: String,
            /// How large.
            size: i16,
        },
        /// An item goes.
        #[rollup(items(delete), last(remove))]
        Removed {
            /// Which.
            item: String,
            /// How large.
            size: i16,
        },
        /// All items go.
        #[rollup(items(empty), last(empty))]
        Emptied,
    }
}

/// Nothing of it is public.
mod private {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// A team's events.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[rollup(events = "team_events", id = i64)]
    pub(super) enum TeamEvent {
        /// A name is given.
        Named(#[rollup(set = "name")] String),
    }

    /// Events that borrow, and values that stand elsewhere.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[rollup(events = "note_events", id = i64, context(set = "author", path = "user", as = Option<String>))]
    pub(super) enum NoteEvent<'text> {
        /// It is written.
        #[rollup(sequence = "written_in", context(push = "all", as = serde_json::Value))]
        Written {
            /// What.
            #[rollup(set, push = "history")]
            #[serde(borrow)]
            text: Option<std::borrow::Cow<'text, str>>,
            /// Where.
            #[rollup(set = "city", path = "address.city", as = String)]
            place: Option<serde_json::Value>,
            /// In whose words.
            #[rollup(set, sql_type = "inet")]
            address: Option<std::net::IpAddr>,
        },
    }
}

fn main() {
    use es_rollup::Rollup as _;
    let _: &str = events::UserEvent::MIGRATION_SQL;
    let _: &str = views::CartEvent::MIGRATION_SQL;
    let _: &str = private::TeamEvent::MIGRATION_SQL;
    let _: &str = private::NoteEvent::MIGRATION_SQL;
    drop(None::<private::NoteRollup>);
    drop(private::NoteEvent::Written { text: None, place: None, address: None });
    drop(None::<private::TeamRollup>);
    drop(private::TeamEvent::Named(String::new()));
}
