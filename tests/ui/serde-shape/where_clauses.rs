use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent<'a>
where
    'a: 'a,
{
    Named {
        #[rollup(set)]
        name: &'a str,
    },
}

fn main() {}
