use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create, was = "begun")]
    Created {
        #[rollup(set)]
        name: String,
    },
    #[rollup(ignore, was = "noted")]
    Ignored,
    #[rollup(delete, was = "ended")]
    Deleted,
    #[rollup(set)]
    Fields {
        #[rollup(ignore, was = "number")]
        number: i64,
        #[rollup(set = "phone")]
        #[rollup(was = "telephone")]
        phone: String,
    },
    Forms {
        #[rollup(set, was)]
        one: i64,
        #[rollup(set, was("a", "b"))]
        two: i64,
        #[rollup(set, was = "a", was = "b")]
        three: i64,
    },
    #[rollup(context(set = "author", was = "user", as = String))]
    Inside,
}

fn main() {}
