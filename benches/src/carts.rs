//! Carts with items, to measure what the rows of a view cost.

use crate::events::{Stored, UserId};
use crate::streams::Random;
use chrono::{DateTime, TimeDelta, Utc};
use es_rollup::{Fold, Recorded, Rollup, SqlType};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// The id of an item, by which carts call their rows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, SqlType, sqlx::Type,
)]
#[sqlx(transparent)]
pub struct ItemId(pub Uuid);

/// The enum in its own module, with additional options for `#[rollup(...)]`: one module for each form of trigger.
macro_rules! cart_events {
    ($name:ident $(, $option:meta)*) => {
        pub mod $name {
            use super::*;

            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
            #[serde(tag = "type", rename_all = "snake_case")]
            #[rollup(
                events = "user_events", id = UserId, table = "user_events_rollup",
                derive(Debug, Clone, PartialEq, sqlx::FromRow) $(, $option)*
            )]
            #[rollup(view(items, key(item), state = Item))]
            pub enum CartEvent {
                #[rollup(create, set(status = "open"))]
                Opened {},
                #[rollup(count = "items_ever", items(create, set))]
                Added { item: ItemId, product: String, price: i64 },
                #[rollup(items(set))]
                Repriced { item: ItemId, price: i64 },
                #[rollup(items(delete))]
                Removed { item: ItemId },
            }
        }
    };
}

cart_events!(statement);
cart_events!(row, trigger = "row");

pub use statement::{CartEvent, CartRollup, CartState, Item};

/// The same events without the view: only the cart's own row is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "user_events", id = UserId, table = "user_events_rollup", state = RootOnly)]
pub enum RootEvent {
    #[rollup(create, set(status = "open"))]
    Opened {},
    #[rollup(count = "items_ever")]
    Added {},
    #[rollup(ignore)]
    Repriced {},
    #[rollup(ignore)]
    Removed {},
}

/// Carts with the state that their events fold into.
#[derive(Debug)]
pub struct Carts {
    pub random: Random,
    time: DateTime<Utc>,
    pub ids: Vec<Uuid>,
    folds: HashMap<Uuid, Fold<CartEvent>>,
}

impl Carts {
    /// Empty carts, with the event that opens each.
    pub fn with_carts(seed: u64, count: usize) -> (Self, Vec<Stored>) {
        let time = DateTime::from_timestamp(1_750_000_000, 0).expect("a valid time");
        let mut carts = Self { random: Random::new(seed), time, ids: Vec::new(), folds: HashMap::new() };
        let events = (0..count).map(|_| carts.open()).collect();
        (carts, events)
    }

    /// The event that opens one more cart.
    pub fn open(&mut self) -> Stored {
        self.ids.push(self.random.uuid());
        self.append(self.ids.len() - 1, &CartEvent::Opened {})
    }

    /// The next event of a cart.
    fn append(&mut self, cart: usize, event: &CartEvent) -> Stored {
        self.time += TimeDelta::milliseconds(17);
        let id = self.ids[cart];
        let fold = self.folds.entry(id).or_default();
        let sequence = fold.version() + 1;
        fold.apply(Recorded::new(&UserId(id), sequence, self.time, event))
            .expect("the event continues the stream");
        Stored {
            id,
            sequence: i32::try_from(sequence).expect("streams are shorter than that"),
            event_type: event.event_name(),
            event: serde_json::to_string(event).expect("events are JSON"),
            recorded_at: self.time,
        }
    }

    pub fn add(&mut self, cart: usize, item: usize) -> Stored {
        let (product, price) = (format!("product {item}"), self.price());
        self.append(cart, &CartEvent::Added { item: item_id(item), product, price })
    }

    pub fn reprice(&mut self, cart: usize, item: usize) -> Stored {
        let price = self.price();
        self.append(cart, &CartEvent::Repriced { item: item_id(item), price })
    }

    pub fn remove(&mut self, cart: usize, item: usize) -> Stored {
        self.append(cart, &CartEvent::Removed { item: item_id(item) })
    }

    /// An event that fits: an item that is missing is added; of the others, one in three is removed. So in the long run
    /// three quarters of the items are there, and half of the events change an item.
    pub fn touch(&mut self, cart: usize, item: usize) -> Stored {
        let items = self.state(self.ids[cart]).map(|cart| &cart.items);
        if items.is_none_or(|items| !items.contains_key(&item_id(item))) {
            self.add(cart, item)
        } else if self.random.below(3) == 0 {
            self.remove(cart, item)
        } else {
            self.reprice(cart, item)
        }
    }

    fn price(&mut self) -> i64 {
        i64::try_from(self.random.below(10_000)).expect("it is small")
    }

    /// The requested number of different indices below an end.
    pub fn different(&mut self, count: usize, end: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..end).collect();
        self.random.shuffle(&mut places);
        places.truncate(count);
        places
    }

    pub fn state(&self, id: Uuid) -> Option<&CartState> {
        self.folds.get(&id).and_then(Fold::state)
    }

    pub fn states(&self) -> impl Iterator<Item = &CartState> {
        self.folds.values().filter_map(Fold::state)
    }
}

/// Ids are as far apart as random ones, and the same in every cart.
fn item_id(item: usize) -> ItemId {
    ItemId(Random::new(item as u64).uuid())
}
