#![deny(warnings)]

mod users {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    // Private, with a private type in it.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, es_rollup::SqlType)]
    struct Name(String);

    #[derive(Serialize, Deserialize, Rollup)]
    #[rollup(events = "user_events", id = i64)]
    enum UserEvent {
        #[rollup(create)]
        Created {
            #[rollup(set)]
            name: Name,
        },
        #[rollup(ignore)]
        #[allow(dead_code)]
        Seen,
    }

    pub const MIGRATION: &str = UserEvent::MIGRATION_SQL;

    pub fn name() -> String {
        let event = UserEvent::Created { name: Name("a".into()) };
        let recorded = es_rollup::Recorded {
            id: &1,
            sequence: 1,
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            event: &event,
            context: None,
        };
        let state: UserRollup = UserEvent::fold([recorded]).unwrap().unwrap();
        assert_eq!((state.id, state.version, state.created_at), (1, 1, state.modified_at));
        state.name.0
    }

    // A public struct for a private enum.
    #[derive(Serialize, Deserialize, Rollup)]
    #[rollup(events = "team_events", id = i64, vis = "pub(crate)", state = Team, derive(Debug, Default))]
    enum TeamEvent {
        #[rollup(ignore)]
        Seen,
    }

    pub(crate) fn team() -> Option<Team> {
        let _ = TeamEvent::Seen;
        TeamEvent::fold([]).unwrap()
    }
}

fn main() {
    assert!(users::MIGRATION.contains("user_events"));
    assert_eq!(users::name(), "a");
    let team: Option<users::Team> = users::team();
    assert!(team.is_none_or(|team| team.id == 0 && format!("{team:?}").is_empty()));
}
