use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "note_events", id = i64)]
#[rollup(context(set = "editor", path = "user"))]
enum NoteEvent {
    #[rollup(sequence, context(path = "user", as = String))]
    Written {
        #[rollup(set = "city", path = "address..city", as = String)]
        #[rollup(set = "zip", path = "address.zip")]
        place: serde_json::Value,
        #[rollup(set, as = String)]
        author: String,
    },
    Sent {
        #[rollup(set, sql_type = "numeric(12, 2)")]
        price: String,
        #[rollup(set, sql_type = "bytea")]
        hash: String,
        #[rollup(add = "addresses", sql_type = "inet")]
        to: std::net::IpAddr,
        #[rollup(set = "to", sql_type = "inet")]
        #[serde(default)]
        from: String,
    },
    Returned {
        #[rollup(set = "to")]
        to: String,
        #[rollup(sql_type = "inet")]
        via: std::net::IpAddr,
        #[rollup(set = "city", path = "city", as = String)]
        #[serde(default)]
        place: serde_json::Value,
    },
}

fn main() {}
