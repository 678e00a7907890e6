use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// Every mistake of an enum is reported in one go, whatever its kind.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(tabel = "User", id = i64)]
enum UserEvent {
    #[rollup(create, ignore)]
    Created {
        #[rollup(set = 3)]
        email: String,
        #[rollup(set)]
        id: i64,
    },
    RoleGranted {
        #[rollup(set = "Role")]
        role: String,
        #[rollup(set = "note")]
        #[serde(flatten)]
        note: String,
    },
    #[rollup(set = "role")]
    RoleChanged,
    RoleCounted {
        #[rollup(set = "Role")]
        role: i64,
    },
    #[rollup(clear = "emial")]
    EmailRemoved,
    Seen,
}

fn main() {}
