use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(event = "user_events", id = i64, tabel = "user_state")]
enum UserEvent {
    #[rollup(creat)]
    Created {
        #[rollup(sett)]
        name: String,
        #[rollup(sett = "e_mail")]
        email: String,
    },
    #[rollup(cleer = "name")]
    Anonymised,
    #[rollup(ignored)]
    Seen,
    #[rollup(r#creat)]
    Imported,
}

fn main() {}
