use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(from = "Wire", into = "Wire")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize)]
struct Wire;

impl From<Wire> for UserEvent {
    fn from(_: Wire) -> Self {
        Self::Seen
    }
}

impl From<UserEvent> for Wire {
    fn from(_: UserEvent) -> Self {
        Self
    }
}

impl Clone for UserEvent {
    fn clone(&self) -> Self {
        Self::Seen
    }
}

#[derive(Deserialize, Rollup)]
#[serde(try_from = "u8")]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    #[rollup(ignore)]
    Seen,
}

impl TryFrom<u8> for TeamEvent {
    type Error = std::num::TryFromIntError;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        i8::try_from(number).map(|_| Self::Seen)
    }
}

mod elsewhere {
    pub enum RoleEvent {
        Seen,
    }
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(remote = "elsewhere::RoleEvent")]
#[rollup(events = "role_events", id = i64)]
enum RoleEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Deserialize, Rollup)]
#[serde(variant_identifier)]
#[rollup(events = "key_events", id = i64)]
enum KeyEvent {
    #[rollup(ignore)]
    Seen,
}

fn main() {}
