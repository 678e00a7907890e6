use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(at, count)]
    Seen {
        #[rollup(increment)]
        more: i64,
        #[rollup(decrement = 3)]
        less: i64,
        #[rollup(max("highest"))]
        score: i64,
        #[rollup(add = tags, remove = b"tags")]
        tag: String,
        #[rollup(push, min =)]
        note: String,
    },
    #[rollup(at = now, count = 1)]
    Visited,
    #[rollup(set(admin))]
    Promoted,
    #[rollup(set(level = 1.5, color = 'r', name = other))]
    Rated,
    #[rollup(set("admin" = true))]
    Quoted,
    #[rollup(set())]
    Nothing,
    #[rollup(set(big = 99999999999999999999999999999999999999999))]
    Big,
    #[rollup(delete = true)]
    Deleted,
}

fn main() {}
