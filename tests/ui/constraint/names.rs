use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
#[rollup(check(Named = "name <> ''", r#type = "name <> ''"))]
#[rollup(check(name_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = "name <> ''"))]
#[rollup(check(named = "name <> ''"), check(named = "name <> '-'"))]
#[rollup(check(user_events_rollup_pkey = "name <> ''", user_events_rollup_name_key = "name <> ''"))]
#[rollup(unique(name), index(name), index(name))]
#[rollup(index(first_name), index(first, name))]
#[rollup(unique(a_rather_long_name_of_a_column, name, first))]
enum UserEvent {
    Named {
        #[rollup(set, unique)]
        name: String,
        #[rollup(set)]
        first: String,
        #[rollup(set)]
        first_name: String,
        #[rollup(set)]
        a_rather_long_name_of_a_column: String,
    },
}

fn main() {}
