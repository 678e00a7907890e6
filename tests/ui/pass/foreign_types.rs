#![deny(warnings)]

use es_rollup::{Recorded, Rollup};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

// What the note to a type without a column type says to write.
mod made_elsewhere {
    use serde::{Deserialize, Serialize};
    use uuid::Uuid;

    #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct UserId(Uuid);

    impl From<UserId> for Uuid {
        fn from(id: UserId) -> Self {
            id.0
        }
    }

    impl From<Uuid> for UserId {
        fn from(id: Uuid) -> Self {
            Self(id)
        }
    }

    #[derive(Debug, Serialize, Deserialize)]
    pub struct Foreign(pub Uuid);

    #[derive(Debug, Serialize, Deserialize)]
    pub struct Level(pub i32);
}

use made_elsewhere::{Foreign, Level, UserId};

es_rollup::sql_type!(UserId as uuid::Uuid);

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = UserId)]
enum UserEvent {
    #[rollup(create, set)]
    Joined {
        by: UserId,
        #[rollup(as = uuid::Uuid)]
        through: Foreign,
        #[rollup(as = Option<Uuid>)]
        also: Option<Foreign>,
    },
    Met {
        #[rollup(add = "friends")]
        friends: Vec<UserId>,
        #[rollup(add = "others", as = Vec<Uuid>)]
        others: Vec<Foreign>,
        #[rollup(max = "highest", min = "lowest", increment = "levels", as = i32)]
        level: Level,
    },
}

fn main() {
    let id = UserId::from(Uuid::from_u128(1));
    let events = [
        UserEvent::Joined { by: id, through: Foreign(Uuid::from_u128(2)), also: None },
        UserEvent::Met { friends: vec![id, id], others: vec![Foreign(Uuid::from_u128(3))], level: Level(4) },
    ];
    let recorded = events.iter().zip(1..).map(|(event, sequence)| Recorded {
        id: &id,
        sequence,
        recorded_at: chrono::DateTime::UNIX_EPOCH,
        event,
        context: None,
    });
    let user = UserEvent::fold(recorded).unwrap().unwrap();
    assert_eq!((user.by, user.through, user.also), (id, Uuid::from_u128(2), None));
    assert_eq!((user.friends, user.others), (vec![id], vec![Uuid::from_u128(3)]));
    assert_eq!((user.highest, user.lowest, user.levels), (Some(4), Some(4), 4));
    assert!(UserEvent::MIGRATION_SQL.contains("\"others\" uuid[] NOT NULL"));
}
