//! An enum before and after a change, for which stored events are folded again.

/// As it began: of payments nothing is kept.
pub(crate) mod first {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "order_events", id = i64, table = "orders")]
    pub(crate) enum OrderEvent {
        #[rollup(create)]
        Placed {
            #[rollup(set)]
            customer: String,
        },
        #[rollup(ignore)]
        Paid {},
    }
}

/// Payments are added up.
pub(crate) mod second {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "order_events", id = i64, table = "orders")]
    pub(crate) enum OrderEvent {
        #[rollup(create)]
        Placed {
            #[rollup(set)]
            customer: String,
        },
        Paid {
            #[rollup(increment = "paid")]
            cents: i64,
        },
    }
}

/// Another rollup in the same database.
pub(crate) mod other {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "parcel_events", id = i64, table = "parcels")]
    pub(crate) enum ParcelEvent {
        #[rollup(create)]
        Sent {
            #[rollup(set)]
            to: String,
        },
    }
}

/// One with a view, and with ids that can be any text.
pub(crate) mod shelved {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "shelf_events", id = String, table = "shelves", view(books, key(isbn)))]
    pub(crate) enum ShelfEvent {
        #[rollup(books(add, set))]
        Put { isbn: String, copies: i64 },
    }
}
