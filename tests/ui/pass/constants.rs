use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
    },
}

// All of it is known while compiling.
const MIGRATION: &str = UserEvent::MIGRATION_SQL;
static REVERT: &str = UserEvent::REVERT_SQL;
const LENGTH: usize = UserEvent::MIGRATION_SQL.len();
const BYTES: [u8; LENGTH] = {
    let mut bytes = [0; LENGTH];
    bytes.copy_from_slice(MIGRATION.as_bytes());
    bytes
};
const _: () = assert!(LENGTH > 1000 && !UserEvent::MODEL.is_empty() && !UserEvent::EXPLANATION.is_empty());

fn main() {
    assert_eq!(&BYTES, MIGRATION.as_bytes());
    assert!(REVERT.contains("user_events"));
}
