//! Members: rows that constraints hold.

use super::super::case::Subject;
use super::text;
use crate::fixtures::{Check, MEMBER_CHECKS, Member, MemberEvent};
use proptest::prelude::*;

impl Subject for MemberEvent {
    const ID_TYPE: &'static str = "bigint";

    const CHECKS: &'static [Check<Member>] = &MEMBER_CHECKS;

    fn id() -> BoxedStrategy<i64> {
        any::<i64>().boxed()
    }

    fn id_text(id: &i64) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (any::<i32>(), email(), prop::option::of(any::<i64>()))
            .prop_map(|(tenant, email, badge)| Self::Joined { tenant, email, badge })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let plan = prop_oneof![
            2 => Just(None),
            4 => Just(Some("free")),
            12 => Just(Some("gold")),
            1 => Just(Some("g\u{f6}ld")),
        ];
        let order = prop_oneof![1 => -1..1_i32, 30 => 1..9_i32];
        prop_oneof![
            4 => email().prop_map(|email| Self::EmailChanged { email }),
            1 => any::<i64>().prop_map(|badge| Self::BadgeGiven { badge }),
            12 => (5..40_i64).prop_map(|amount| Self::Paid { amount }),
            8 => (-2..15_i64).prop_map(|amount| Self::Charged { amount }),
            8 => (plan, prop::option::of(order)).prop_map(|(plan, order)| Self::PlanChosen {
                plan: plan.map(String::from),
                order
            }),
            4 => prop::collection::vec("[abc]", 0..4).prop_map(|tags| Self::Tagged { tags }),
            4 => "[abc]".prop_map(|tag| Self::Untagged { tag }),
            2 => Just(Self::Seen),
            2 => Just(Self::Left),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &["/type", "/tenant", "/email", "/badge", "/amount", "/plan", "/order", "/tags", "/tags/0", "/tag"]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}

/// Addresses of which a few are none.
fn email() -> impl Strategy<Value = String> {
    prop_oneof![30 => text().prop_map(|text| format!("{text}@example.org")), 1 => text()]
}
