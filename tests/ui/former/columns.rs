use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
#[rollup(at = "changed_at", was = "created_at")]
#[rollup(sequence = "last", event_type = "kind", was = "latest")]
#[rollup(was = "nothing")]
enum UserEvent {
    Same {
        #[rollup(set, was = "name")]
        name: String,
    },
    Other {
        #[rollup(set, was = "name")]
        email: String,
    },
    Disagreeing {
        #[rollup(set = "role", was = "position")]
        one: String,
    },
    Disagreed {
        #[rollup(set = "role", was = "job")]
        other: String,
    },
    Again {
        #[rollup(set, was = "position")]
        title: String,
    },
    Empty {
        #[rollup(set, was = "")]
        nickname: String,
    },
    Shouting {
        #[rollup(set, was = "Team Name")]
        team: String,
    },
    #[rollup(set(active = true, open = true), was = "state")]
    Several,
    Reserved {
        #[rollup(set, was = "es_note")]
        note: String,
    },
    System {
        #[rollup(set, was = "xmin")]
        least: i64,
    },
}

fn main() {}
