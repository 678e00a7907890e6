//! Event enums for the parts of the emitted SQL that the shared enums do not cover.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::num::NonZero;

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use es_rollup::{Rollup, SqlType};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType)]
pub struct HoldingId(pub i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    Chf,
    Eur,
}

/// A NOT NULL and a nullable column of every type; events and rollup in two schemas, neither of them `public`.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[rollup(events = "custody.holding_events", id = HoldingId, table = "reporting.holding")]
pub enum HoldingEvent {
    #[rollup(create)]
    Opened {
        #[rollup(set)]
        flag: bool,
        #[rollup(set)]
        letter: char,
        #[rollup(set)]
        text: String,
        #[rollup(set)]
        byte: u8,
        #[rollup(set)]
        small: i16,
        #[rollup(set)]
        unsigned_small: u16,
        #[rollup(set)]
        medium: i32,
        #[rollup(set)]
        unsigned_medium: u32,
        #[rollup(set)]
        large: i64,
        #[rollup(set)]
        unsigned_large: u64,
        #[rollup(set)]
        huge: i128,
        #[rollup(set)]
        unsigned_huge: u128,
        #[rollup(set)]
        positive: NonZero<u32>,
        #[rollup(set)]
        single: f32,
        #[rollup(set)]
        double: f64,
        #[rollup(set)]
        uuid: Uuid,
        #[rollup(set)]
        currency: Currency,
        #[rollup(set)]
        json: Value,
        #[rollup(set)]
        texts: Vec<String>,
        #[rollup(set)]
        currencies: Vec<Currency>,
        #[rollup(set)]
        decimal: Decimal,
        #[rollup(set)]
        big_decimal: BigDecimal,
        #[rollup(set)]
        date: NaiveDate,
        #[rollup(set)]
        time: NaiveTime,
        #[rollup(set)]
        timestamp: NaiveDateTime,
        #[rollup(set)]
        moment: DateTime<Utc>,
        #[rollup(set)]
        other_date: time::Date,
        #[rollup(set)]
        other_time: time::Time,
        #[rollup(set)]
        other_timestamp: time::PrimitiveDateTime,
        #[rollup(set)]
        other_moment: time::OffsetDateTime,
    },
    Amended {
        #[rollup(set = "maybe_flag")]
        flag: Option<bool>,
        #[rollup(set = "maybe_small")]
        small: Option<i16>,
        #[rollup(set = "maybe_large")]
        large: Option<u64>,
        #[rollup(set = "maybe_double")]
        double: Option<f64>,
        #[rollup(set = "maybe_uuid")]
        uuid: Option<Uuid>,
        #[rollup(set = "maybe_currency")]
        currency: Option<Currency>,
        #[rollup(set = "maybe_json")]
        json: Option<Value>,
        #[rollup(set = "maybe_texts")]
        texts: Option<Vec<String>>,
        #[rollup(set = "maybe_decimal")]
        decimal: Option<Decimal>,
        #[rollup(set = "maybe_moment")]
        moment: Option<DateTime<Utc>>,
    },
}

/// Keywords as names, serde names with characters that are special in SQL or its format strings, aliases, defaults,
/// and a variant for all other events; any event can come first.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "the event's \"type\"", rename_all = "SCREAMING-KEBAB-CASE")]
#[rollup(events = "user.order", id = String, table = "select.table", state = Fault)]
pub enum FaultEvent {
    #[serde(rename = "100 % 'sure' -- /* \"$1\" :x ? $$ {}", alias = "früher", alias = "日本")]
    Reported {
        #[rollup(set = "user")]
        #[serde(default, rename = "%s's \"name\"", alias = "--", alias = "$body$")]
        reporter: String,
        #[rollup(set = "null")]
        #[serde(default)]
        severity: i64,
        #[rollup(set = "default")]
        #[serde(default)]
        confirmed: bool,
        #[rollup(set = "group")]
        #[serde(default)]
        labels: Vec<String>,
        #[rollup(set = "limit")]
        #[serde(default)]
        cost: Decimal,
        #[rollup(set = "end")]
        #[serde(default)]
        note: Option<String>,
    },
    #[serde(alias = "FIXED")]
    #[rollup(clear = "user", set(end = "100 % 'done' -- \"$1\""))]
    Repaired,
    #[rollup(ignore)]
    #[serde(other)]
    Other,
}

/// Names of maximum length, a numeric id, and a recorded time from the `time` crate.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[rollup(
    events = "a_schema_whose_name_is_exactly_as_long_as_sixty_three_bytes_are.an_event_table_whose_name_is_exactly_as_long_as_63_bytes_can_be",
    id = u64,
    table = "a_schema_whose_name_is_exactly_as_long_as_sixty_three_bytes_are.a_rollup_whose_name_leaves_just_enough_for_its_suffix_",
    state = MeterReading,
    time = time::OffsetDateTime
)]
pub enum MeterReadingEvent {
    #[rollup(create)]
    Installed {
        #[rollup(set = "a_column_whose_name_is_exactly_as_long_as_sixty_three_bytes_are")]
        place: String,
    },
    Read(#[rollup(set = "another_column_whose_name_is_exactly_as_long_as_63_bytes_can_be")] Option<f64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SqlType)]
pub struct ProductId(pub Uuid);

#[derive(Debug, Clone, Serialize, Deserialize, SqlType)]
#[rollup(json)]
pub struct NewPrice {
    pub product: ProductId,
    pub price: i64,
}

/// Views of every kind: one part of the key and two, none, elements, checks and indexes; and an end of the stream.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "shop.cart_events", id = i64, table = "shop.carts", check(some = "items >= 0"))]
#[rollup(view(
    products,
    key(product),
    state = CartProduct,
    table = "reporting.cart_products",
    check(cart_products_priced = "price >= 0"),
    index(price)
))]
#[rollup(view(labels, key(product, label), state = CartLabel))]
#[rollup(view(note))]
pub enum CartEvent {
    #[rollup(create)]
    Opened {
        #[rollup(set)]
        customer: Uuid,
    },
    #[rollup(count = "items", products(create, set))]
    Added {
        product: ProductId,
        price: i64,
        #[rollup(products(ignore))]
        comment: Option<String>,
    },
    #[rollup(products(count = "changes"))]
    Repriced {
        #[rollup(products(key = "product", path = "product", as = ProductId))]
        #[rollup(products(set = "price", path = "price", as = i64))]
        prices: Vec<NewPrice>,
    },
    #[rollup(labels(add, sequence = "labelled"))]
    Labelled {
        product: ProductId,
        #[rollup(labels(key = "label"))]
        labels: Vec<String>,
    },
    #[rollup(products(delete), labels(empty(product)))]
    Removed { product: ProductId },
    #[rollup(note(add, set))]
    Noted { text: String },
    #[rollup(note(remove), products(empty), labels(empty))]
    Cleared,
    #[rollup(delete)]
    Abandoned,
}

/// A history and a view in the row form.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[rollup(events = "purse_events", id = Uuid, table = "purses", trigger = "row", history)]
#[rollup(view(bookings, key(number), state = Booking))]
pub enum PurseEvent {
    #[rollup(bookings(create, set, sequence = "number"))]
    Booked {
        #[rollup(increment = "balance")]
        amount: i64,
    },
    #[rollup(clear = "balance")]
    Emptied,
}
