use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "UserEvents", id = i64)]
enum UpperEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "\"quoted\".events", id = i64, table = "1st")]
enum QuotedEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "a.b.c", id = i64, table = "")]
enum PathEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = ".events", id = i64, table = "schema.")]
enum DotEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "kunden_größe", id = i64, table = "user events; drop table users")]
enum UnicodeEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, table = "user_events")]
enum SameEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, table = "public.user_events")]
enum SameInPublicEvent {
    #[rollup(ignore)]
    Seen,
}

fn main() {}
