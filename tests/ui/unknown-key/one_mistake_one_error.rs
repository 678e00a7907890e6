use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// The struct and the fold are there beside a mistake, so that code that uses them has no errors of its own.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create)]
    Created {
        #[rollup(set)]
        name: String,
    },
    RoleGranted {
        #[rollup(sett = "role")]
        role: String,
    },
    #[rollup(clear = "role")]
    RoleRevoked,
}

fn role(events: &[es_rollup::Recorded<'_, UserEvent>]) -> Option<String> {
    let events = events.iter().map(|event| es_rollup::Recorded {
        id: event.id,
        sequence: event.sequence,
        recorded_at: event.recorded_at,
        event: event.event,
        context: None,
    });
    let user: UserRollup = UserEvent::fold(events).ok()??;
    let _: (&i64, i64, &String) = (&user.id, user.version, &user.name);
    let _: &str = UserEvent::MIGRATION_SQL;
    user.role
}

fn main() {}
