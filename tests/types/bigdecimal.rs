//! Types of the `bigdecimal` crate.

use bigdecimal::{BigDecimal, num_bigint::BigInt};
use proptest::prelude::*;

use crate::harness::{Spelling, check, check_constants, column};

column!(BigDecimal as str);

fn decimals() -> impl Strategy<Value = BigDecimal> {
    let all = (prop::collection::vec(any::<u8>(), 0..50), -900..900_i64)
        .prop_map(|(bytes, scale)| BigDecimal::new(BigInt::from_signed_bytes_le(&bytes), scale));
    let money = (any::<i64>(), -4..10_i64).prop_map(|(units, scale)| BigDecimal::new(units.into(), scale));
    let beyond =
        prop::sample::select(vec![BigDecimal::new(1.into(), 2_000), BigDecimal::new(1.into(), -5_000)]);
    prop_oneof![10 => all, 10 => money, 1 => beyond]
}

#[tokio::test]
async fn decimal() {
    let (longest, longer) = (format!("\"{}\"", "9".repeat(900)), format!("\"{}\"", "9".repeat(901)));
    let special = [
        r#""1e900""#,
        r#""1e1000""#,
        r#""1e999999999999""#,
        r#""0.1e-900""#,
        r#""0e950""#,
        r#""0e-950""#,
        longer.as_str(),
    ];
    let must = [
        "5",
        "18446744073709551615",
        "-9223372036854775808",
        r#""5E+3""#,
        r#""1e-900""#,
        r#""1e899""#,
        longest.as_str(),
    ];
    check::<BigDecimal>(Spelling::AsWritten, decimals(), &special, &must).await;
    check_constants::<BigDecimal>(Some(r#""0""#)).await;
}
