//! Ledgers, with both forms of the trigger.

use super::super::case::Subject;
use super::{decimal, name, status, uuid};
use crate::fixtures::{Cents, LedgerEvent, LedgerRowEvent};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Amounts of which a few leave the range.
fn cents() -> impl Strategy<Value = Cents> {
    prop_oneof![
        60 => (-1000..1000_i64).prop_map(Cents),
        1 => prop::sample::select(vec![i64::MAX, i64::MIN, i64::MAX / 2, i64::MIN / 2]).prop_map(Cents),
    ]
}

/// Rates of which a few need more digits than there are.
fn rate() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        30 => (any::<i32>(), 0..=6_u32).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale)),
        1 => decimal(),
        1 => prop::sample::select(vec![Decimal::MAX, Decimal::MIN]),
    ]
}

/// The same for both forms of the trigger.
macro_rules! ledger {
    ($($event:ty)*) => {$(
impl Subject for $event {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<Uuid> {
        uuid().boxed()
    }

    fn id_text(id: &Uuid) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (cents(), prop::collection::vec(name(), 0..4))
            .prop_map(|(amount, owners)| Self::Opened { amount, owners })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let names = || prop::collection::vec(name(), 0..4);
        let some = prop::option::of::<BoxedStrategy<String>>;
        prop_oneof![
            16 => (cents(), prop::option::of(cents()), some(name().boxed()))
                .prop_map(|(amount, fee, memo)| Self::Deposited { amount, fee, memo }),
            16 => (cents(), rate()).prop_map(|(amount, rate)| Self::Withdrawn { amount, rate }),
            8 => (cents(), prop::option::of(cents()), some(name().boxed()), some(name().boxed()))
                .prop_map(|(balance, fees, best, worst)| Self::Corrected { balance, fees, best, worst }),
            16 => (names(), prop::option::of(names()), some(name().boxed()))
                .prop_map(|(added, removed, also)| Self::OwnersChanged { added, removed, also }),
            4 => Just(Self::Frozen),
            4 => Just(Self::Thawed),
            4 => Just(Self::Reset),
            4 => status().prop_map(|status| Self::StatusSet { status }),
            1 => Just(Self::Erased),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/type",
            "/amount",
            "/owners",
            "/owners/0",
            "/fee",
            "/memo",
            "/rate",
            "/balance",
            "/fees",
            "/best",
            "/worst",
            "/added",
            "/added/0",
            "/removed",
            "/removed/0",
            "/also",
            "/status",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}
    )*};
}

ledger!(LedgerEvent LedgerRowEvent);
