#![deny(warnings)]

fn migration() -> &'static str {
    use es_rollup::{Rollup, SqlType};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
    struct Name(String);

    #[derive(Serialize, Deserialize, Rollup)]
    #[rollup(events = "user_events", id = i64)]
    enum UserEvent {
        Named {
            #[rollup(set)]
            name: Name,
        },
    }

    let fold = UserEvent::fold([]).unwrap();
    let _: Option<UserRollup> = fold;
    UserEvent::MIGRATION_SQL
}

fn main() {
    assert!(migration().contains("user_events"));
}
