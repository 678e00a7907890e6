//! One enum at several times of its life. All of them have the same tables.

/// As it began.
pub(crate) mod first {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64)]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(ignore)]
        AccessReviewed {},
    }
}

/// With an event and a column that only the event sets.
pub(crate) mod second {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64)]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(ignore)]
        AccessReviewed {},
        TierChanged {
            #[rollup(set)]
            tier: i32,
        },
    }
}

/// The review takes the role away, and roles are counted: both from events that are stored.
pub(crate) mod third {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, index(role))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        #[rollup(count = "roles")]
        RoleGranted {
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(clear = "role")]
        AccessReviewed {},
        TierChanged {
            #[rollup(set)]
            tier: i32,
        },
    }
}

/// With an event that takes the address away.
pub(crate) mod cleared {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64)]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(ignore)]
        AccessReviewed {},
        #[rollup(clear = "email")]
        AddressRemoved {},
    }
}

/// Another change of the first one, made at the same time as the second.
pub(crate) mod elsewhere {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64, unique(email))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: String,
        },
        #[rollup(ignore)]
        AccessReviewed {},
    }
}

/// Without roles.
pub(crate) mod without {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64)]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        #[rollup(ignore)]
        AccessReviewed {},
    }
}

/// With another name of the role.
pub(crate) mod named {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = i64)]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        RoleGranted {
            #[rollup(set = "position", was = "role")]
            role: String,
        },
        #[rollup(ignore)]
        AccessReviewed {},
    }
}

/// With another type of ids.
pub(crate) mod replaced {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "user_events", id = uuid::Uuid)]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
    }
}

/// Another enum, with its own tables.
pub(crate) mod accounts {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "account_events", id = i64)]
    pub(crate) enum AccountEvent {
        Opened {
            #[rollup(set)]
            owner: String,
        },
    }
}
