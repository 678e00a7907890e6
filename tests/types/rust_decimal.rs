//! Types of the `rust_decimal` crate.

use proptest::prelude::*;
use rust_decimal::Decimal;
use sqlx::{Row, postgres::PgRow};

use crate::harness::{Column, Spelling, check, check_constants};

impl Column for Decimal {
    fn decode(row: &PgRow) -> Self {
        let (value, text): (Self, &str) = (row.get("value"), row.get("text"));
        // The scale is the same, too. `Decimal` has a negative zero, `numeric` has none.
        let said: Self = serde_json::from_str(row.get("printed")).unwrap();
        assert_eq!(text, said.to_string().trim_start_matches(if said.is_zero() { "-" } else { "" }));
        value
    }
}

fn decimals() -> impl Strategy<Value = Decimal> {
    let all =
        (any::<(u32, u32, u32, bool)>(), 0..=28_u32).prop_map(|((low, middle, high, negative), scale)| {
            Decimal::from_parts(low, middle, high, negative, scale)
        });
    let money = (any::<i32>(), 0..4_u32).prop_map(|(units, scale)| Decimal::new(units.into(), scale));
    prop_oneof![
        all,
        money,
        prop::sample::select(vec![Decimal::MIN, Decimal::MAX, Decimal::ZERO, -Decimal::ZERO])
    ]
}

#[tokio::test]
async fn decimal() {
    let must = [
        "5",
        "-5",
        "0.1",
        "12.50",
        "5.0",
        "18446744073709551615",
        "-9223372036854775808",
        "0.12345678901234",
        r#""0001""#,
    ];
    check::<Decimal>(Spelling::AsWritten, decimals(), &[], &must).await;
    check_constants::<Decimal>(Some(r#""0""#)).await;
}
