//! Types that are called as those of the standard library.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

mod padded {
    use es_rollup::SqlType;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
    pub struct String(std::string::String);
}
use padded::String;

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
pub enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
        #[rollup(set)]
        nickname: padded::String,
    },
}

fn main() {}
