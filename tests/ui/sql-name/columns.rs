use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        id: i64,
        #[rollup(set = "version")]
        revision: i64,
        #[rollup(set)]
        created_at: String,
        #[rollup(set = "xmin")]
        smallest: i64,
        #[rollup(set = "self")]
        me: String,
        #[rollup(set = "_")]
        nothing: String,
        #[rollup(set)]
        es_x: String,
        #[rollup(set = "Name")]
        name: String,
        #[rollup(set = "e-mail")]
        email: String,
        #[rollup(set = "")]
        empty: String,
        #[rollup(set = "a\"b")]
        quote: String,
        #[rollup(set = "größe")]
        size: String,
        #[rollup(set = "2nd")]
        second: String,
        #[allow(non_snake_case)]
        #[rollup(set)]
        camelCase: String,
    },
    #[rollup(clear = "Name", clear = "id")]
    Forgotten,
}

// No error follows from the struct, which has the columns that can be.
fn revision(user: UserRollup) -> i64 {
    user.version
}

fn main() {}
