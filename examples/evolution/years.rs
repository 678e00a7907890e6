//! The enum as it was in each year. A real program has only the last one.

pub(crate) mod first {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a subscription.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "subscription_events", id = uuid::Uuid, table = "subscriptions")]
    pub(crate) enum SubscriptionEvent {
        #[rollup(create, set)]
        Started { email: String, plan: String },
        #[rollup(set)]
        PlanChanged { plan: String },
        #[rollup(ignore)]
        Paid { cents: i64 },
    }
}

pub(crate) mod second {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a subscription: it can also be paused.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "subscription_events", id = uuid::Uuid, table = "subscriptions")]
    pub(crate) enum SubscriptionEvent {
        #[rollup(create, set)]
        Started { email: String, plan: String },
        #[rollup(set)]
        PlanChanged { plan: String },
        #[rollup(ignore)]
        Paid { cents: i64 },
        #[rollup(set)]
        Paused { paused_until: chrono::NaiveDate },
        #[rollup(clear = "paused_until")]
        Resumed {},
    }
}

pub(crate) mod third {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a subscription: its payments count.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "subscription_events", id = uuid::Uuid, table = "subscriptions", index(plan))]
    #[rollup(derive(Debug, PartialEq, sqlx::FromRow))]
    pub(crate) enum SubscriptionEvent {
        #[rollup(create, set)]
        Started { email: String, plan: String },
        #[rollup(set)]
        PlanChanged { plan: String },
        #[rollup(count = "payments")]
        Paid {
            #[rollup(increment = "paid_cents")]
            cents: i64,
        },
        #[rollup(set)]
        Paused { paused_until: chrono::NaiveDate },
        #[rollup(clear = "paused_until")]
        Resumed {},
    }
}
