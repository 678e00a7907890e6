//! The events used for all measurements: users of a bank, with values, flags and counters.

use chrono::{DateTime, Utc};
use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A user's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(pub Uuid);

/// The enum in its own module, with additional options for `#[rollup(...)]`: one module for each form of trigger, without
/// and with a history.
macro_rules! user_events {
    ($name:ident $(, $option:meta)*) => {
        pub mod $name {
            use super::*;

            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
            #[serde(tag = "type", rename_all = "snake_case")]
            #[rollup(
                events = "user_events", id = UserId, state = User,
                derive(Debug, Clone, PartialEq, sqlx::FromRow) $(, $option)*
            )]
            pub enum UserEvent {
                #[rollup(create, set(active = true, verified = false))]
                Initialized {
                    #[rollup(set)]
                    email: String,
                    #[rollup(set)]
                    name: String,
                },
                EmailChanged {
                    #[rollup(set)]
                    email: String,
                },
                AuthenticationIdUpdated {
                    #[rollup(set)]
                    authentication_id: Uuid,
                },
                RoleGranted {
                    #[rollup(set)]
                    role: String,
                },
                #[rollup(clear = "role")]
                RoleRevoked {},
                #[rollup(set(verified = true))]
                Verified {},
                #[rollup(set(active = false))]
                Suspended {
                    #[rollup(set = "suspended_for")]
                    reason: Option<String>,
                },
                #[rollup(set(active = true), clear = "suspended_for")]
                Resumed {},
                #[rollup(count = "logins", at = "last_login_at")]
                LoggedIn { ip: String },
                PointsEarned {
                    #[rollup(increment = "points")]
                    points: i64,
                },
                #[rollup(ignore)]
                PasswordResetRequested {},
            }
        }
    };
}

user_events!(statement);
user_events!(row, trigger = "row");
user_events!(history, history);
user_events!(row_history, trigger = "row", history);

pub use statement::{User, UserEvent};

/// The same events, where the row only counts them, to be compared with views that can do that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "user_events", id = UserId, table = "user_events_rollup", state = EventCount)]
pub enum CountedEvent {
    #[rollup(create, count = "events")]
    Initialized {},
    #[rollup(count = "events")]
    EmailChanged {},
    #[rollup(count = "events")]
    AuthenticationIdUpdated {},
    #[rollup(count = "events")]
    RoleGranted {},
    #[rollup(count = "events")]
    RoleRevoked {},
    #[rollup(count = "events")]
    Verified {},
    #[rollup(count = "events")]
    Suspended {},
    #[rollup(count = "events")]
    Resumed {},
    #[rollup(count = "events")]
    LoggedIn {},
    #[rollup(count = "events")]
    PointsEarned {},
    #[rollup(count = "events")]
    PasswordResetRequested {},
}

/// Groups, to measure what a set costs as it grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "user_events", id = UserId, table = "user_events_rollup", state = Group)]
pub enum GroupEvent {
    /// A member joins.
    MemberAdded {
        /// The new member.
        #[rollup(add = "members")]
        member: String,
    },
}

/// An event as it is stored in the event table, with its payload as serde writes it.
#[derive(Debug, Clone)]
pub struct Stored {
    pub id: Uuid,
    pub sequence: i32,
    pub event_type: &'static str,
    pub event: String,
    pub recorded_at: DateTime<Utc>,
}
