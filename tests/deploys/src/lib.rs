//! One enum at several times of its life, and a service that works with one of them: it asks at its start what the database
//! has, inserts events, and reads rows.

mod service;

pub use service::serve;

/// As it began.
pub mod first {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What is read.
    pub const COLUMNS: &str = "id, version, created_at, modified_at, email, role";

    /// What happens to a user.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, derive(Debug, PartialEq, Serialize, sqlx::FromRow))]
    pub enum UserEvent {
        /// The user is there.
        #[rollup(create)]
        Initialized {
            /// Their address.
            #[rollup(set)]
            email: String,
        },
        /// They may do something.
        RoleGranted {
            /// As what.
            #[rollup(set = "role")]
            role: String,
        },
        /// Somebody has looked at that.
        #[rollup(ignore)]
        AccessReviewed {},
    }
}

/// With an event that is new, and columns that stored events fill.
pub mod added {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What is read.
    pub const COLUMNS: &str = "id, version, created_at, modified_at, email, begun, role, reviews, tier";

    /// What happens to a user.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, derive(Debug, PartialEq, Serialize, sqlx::FromRow))]
    pub enum UserEvent {
        /// The user is there.
        #[rollup(create, sequence = "begun")]
        Initialized {
            /// Their address.
            #[rollup(set)]
            email: String,
        },
        /// They may do something.
        RoleGranted {
            /// As what.
            #[rollup(set = "role")]
            role: String,
        },
        /// Somebody has looked at that.
        #[rollup(count = "reviews")]
        AccessReviewed {},
        /// They pay something else.
        TierChanged {
            /// How much.
            #[rollup(set)]
            tier: i32,
        },
    }
}

/// With a column that has another name.
pub mod renamed {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What is read.
    pub const COLUMNS: &str = "id, version, created_at, modified_at, email, position";

    /// What happens to a user.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, derive(Debug, PartialEq, Serialize, sqlx::FromRow))]
    pub enum UserEvent {
        /// The user is there.
        #[rollup(create)]
        Initialized {
            /// Their address.
            #[rollup(set)]
            email: String,
        },
        /// They may do something.
        RoleGranted {
            /// As what.
            #[rollup(set = "position", was = "role")]
            role: String,
        },
        /// Somebody has looked at that.
        #[rollup(ignore)]
        AccessReviewed {},
    }
}

/// Without an event, and without a column.
pub mod removed {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What happens to a user.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64)]
    pub enum UserEvent {
        /// The user is there.
        #[rollup(create)]
        Initialized {
            /// Their address.
            #[rollup(set)]
            email: String,
        },
        /// They may do something.
        #[rollup(ignore)]
        RoleGranted {},
    }
}
