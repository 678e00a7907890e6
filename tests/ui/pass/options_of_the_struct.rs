use es_rollup::{Rollup, State};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, es_rollup::SqlType)]
struct UserId(String);

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(
    events = "bank.user_events",
    id = UserId,
    table = "bank.users",
    state = CurrentUser,
    vis = "pub(self)",
    derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ::std::cmp::PartialOrd),
    time = i64
)]
enum UserEvent {
    #[rollup(create)]
    Created {
        #[rollup(set)]
        email: String,
    },
    Moved {
        #[rollup(set)]
        email: String,
    },
}

// No derives at all; options over several attributes, with a comma at the end.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events")]
#[rollup(id = i32, time = std::time::SystemTime,)]
#[rollup(derive())]
enum Team {
    #[rollup(create,)]
    Founded {},
    #[rollup(ignore)]
    Seen,
}

fn main() {
    let event = UserEvent::Created { email: "a@b.c".into() };
    let id = UserId("x".into());
    let recorded = es_rollup::Recorded { id: &id, sequence: 1, recorded_at: 5, event: &event, context: None };
    let user: CurrentUser = UserEvent::fold([recorded]).unwrap().unwrap();
    assert_eq!((user.id(), user.version(), user.created_at), (&id, 1, 5));
    assert!(user.clone() > CurrentUser::default());
    assert!(serde_json::to_string(&user).unwrap().contains("a@b.c"));
    assert_eq!(UserEvent::EVENT_TABLE, "\"bank\".\"user_events\"");
    assert_eq!(UserEvent::ROLLUP_TABLE, "\"bank\".\"users\"");
    assert_eq!(Team::ROLLUP_TABLE, "\"public\".\"team_events_rollup\"");
    let _: Option<TeamRollup> = None;
}
