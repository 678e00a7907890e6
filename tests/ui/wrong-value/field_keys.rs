use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set = 3)]
        first: String,
        #[rollup(set = second)]
        second: String,
        #[rollup(set("third"))]
        third: String,
        #[rollup(set = )]
        fourth: String,
        #[rollup(set = b"fifth")]
        fifth: String,
        #[rollup(clear)]
        sixth: String,
        #[rollup("set")]
        seventh: String,
        #[rollup(set = "eighth" set = "last")]
        eighth: String,
        #[rollup(= "ninth")]
        ninth: String,
    },
}

fn main() {}
