use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(set(n = 18446744073709551615))]
    A,
    #[rollup(set(n = -9223372036854775809, text = "a\\b"))]
    B,
    #[rollup(set(small = 300))]
    C,
    D {
        #[rollup(set)]
        small: u8,
    },
    #[rollup(set(note = "a\nb", other = "$es_rollup$"))]
    E,
}

fn main() {}
