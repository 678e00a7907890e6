//! Events of an order, and the state that both folds keep of it.

use rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An order's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[rollup(crate = ::rollup)]
#[sqlx(transparent)]
pub struct OrderId(pub Uuid);

/// Money in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[rollup(crate = ::rollup, number)]
#[sqlx(transparent)]
pub struct Cents(pub i64);

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[rollup(crate = ::rollup)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// Items can be added.
    Open,
    /// It was paid.
    Paid,
}

/// What happens to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(
    crate = ::rollup,
    events = "order_events",
    id = OrderId,
    state = Order,
    derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)
)]
pub enum OrderEvent {
    /// A customer opens it.
    #[rollup(create, set(status = "open"))]
    Opened {
        /// Who does.
        #[rollup(set)]
        customer: String,
    },
    /// Something is put into it.
    #[rollup(count = "items", at = "last_added_at")]
    ItemAdded {
        /// What it costs.
        #[rollup(increment = "total")]
        price: Cents,
        /// What it is labelled with.
        #[rollup(add = "labels")]
        labels: Vec<String>,
        /// A word to the warehouse.
        #[rollup(set = "note")]
        note: Option<String>,
    },
    /// The customer pays.
    #[rollup(set(status = "paid"), clear = "note")]
    Paid,
    /// Somebody says where it stands.
    StatusCorrected {
        /// Where.
        #[rollup(set)]
        status: Status,
    },
    /// It is forgotten.
    #[rollup(delete)]
    Dropped,
}
