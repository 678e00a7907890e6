use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(bound = "T: Serialize + serde::de::DeserializeOwned")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent<T> {
    Named {
        #[rollup(set)]
        name: String,
        #[rollup(set)]
        value: Option<T>,
    },
}

#[derive(Serialize, Deserialize)]
struct Alias<'a>(&'a str);

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent<'a> {
    Named {
        #[rollup(set)]
        name: &'a str,
        #[rollup(set)]
        alias: Alias<'a>,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "role_events", id = i64)]
enum RoleEvent<const N: usize>
where
    (): Sized,
{
    Named {
        #[rollup(set)]
        name: String,
    },
}

fn main() {}
