//! The enum as it was in each year. A real program has only the last one.

pub mod first {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a subscription.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "subscription_events", id = uuid::Uuid, table = "subscriptions")]
    pub enum SubscriptionEvent {
        #[rollup(create, set)]
        Started { email: String, plan: String },
        #[rollup(set)]
        PlanChanged { plan: String },
        #[rollup(ignore)]
        Paid { cents: i64 },
    }
}

pub mod second {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a subscription: it can also be paused.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "subscription_events", id = uuid::Uuid, table = "subscriptions")]
    pub enum SubscriptionEvent {
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

pub mod third {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a subscription: its payments count.
    #[derive(Debug, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "subscription_events", id = uuid::Uuid, table = "subscriptions", index(plan))]
    #[rollup(derive(Debug, PartialEq, sqlx::FromRow))]
    pub enum SubscriptionEvent {
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
