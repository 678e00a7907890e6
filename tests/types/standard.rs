//! Types of the standard library.

use std::{borrow::Cow, num::NonZero, rc::Rc, sync::Arc};

use es_rollup_core::SqlType;
use proptest::prelude::*;
use sqlx::{Row, postgres::PgRow};

use crate::harness::{Column, Spelling, check, check_all, check_constants, column, render};

column!(bool, String, i16, i32, i64);
column!(i8 as i16, u8 as i16, u16 as i32, u32 as i64);
column!(u64 as str, i128 as str, u128 as str, isize as i64, usize as str);
column!(Vec<bool>, Vec<String>, Vec<i64>, [i64; 3]);
column!(Vec<u8>, Box<[u8]>, [u8; 4], Vec<Vec<u8>>);

impl Column for char {
    fn decode(row: &PgRow) -> Self {
        let mut characters = row.get::<&str, _>("value").chars();
        characters.next().filter(|_| characters.next().is_none()).expect("one character")
    }
}

impl Column for NonZero<i64> {
    fn decode(row: &PgRow) -> Self {
        Self::new(row.get("value")).expect("zero is refused")
    }
}

/// Floats: what the text says, correctly rounded, which `serde_json` does not promise by default.
macro_rules! float_column {
    ($($rust:ty)*) => {$(
        impl Column for $rust {
            fn decode(row: &PgRow) -> Self {
                row.get("value")
            }

            fn parse(json: &str) -> Option<Self> {
                serde_json::from_str::<Self>(json).ok().and_then(|_| json.parse().ok())
            }
        }
    )*};
}

float_column!(f32 f64);

/// Text without NUL, which `jsonb` does not hold.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

#[tokio::test]
async fn booleans() {
    check::<bool>(Spelling::Any, any::<bool>(), &[], &[]).await;
    check_constants::<bool>(Some("false")).await;
}

#[tokio::test]
async fn texts() {
    check::<String>(Spelling::Any, text(), &[], &[r#""\ud83d\ude00""#]).await;
    check_constants::<String>(Some(r#""""#)).await;
    let character = any::<char>().prop_filter("no NUL", |character| *character != '\0');
    check::<char>(Spelling::Any, character, &[], &[r#"" ""#, r#""\u0001""#]).await;
    check_constants::<char>(None).await;
}

#[tokio::test]
async fn integers() {
    macro_rules! integers {
        ($($rust:ty)*) => {$(
            let edges = prop::sample::select(vec![<$rust>::MIN, <$rust>::MAX, 0, 1]);
            check::<$rust>(Spelling::Any, prop_oneof![any::<$rust>(), edges, 0..100 as $rust], &[], &["1e2", "-0"]).await;
            check_constants::<$rust>(Some("0")).await;
        )*};
    }
    integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize i128 u128);
}

#[tokio::test]
async fn integers_without_zero() {
    let values = any::<i64>().prop_filter_map("not zero", NonZero::new);
    check::<NonZero<i64>>(Spelling::Any, values, &[], &["1"]).await;
    check_constants::<NonZero<i64>>(None).await;
}

#[tokio::test]
async fn floats() {
    // proptest's default leaves out infinities and NaN, which serde_json writes as null.
    let doubles = prop_oneof![
        prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        prop::sample::select(vec![
            f64::MIN,
            f64::MAX,
            1.797_693_134_862_315e308,
            f64::MIN_POSITIVE,
            5e-324,
            0.1,
            0.1 + 0.2,
            1e22,
            1e23
        ]),
        -1e6..1e6,
    ];
    check::<f64>(
        Spelling::AsWritten,
        doubles,
        &[],
        &["5", "-0.0", "0.10", "9007199254740993", "-1.797693134862315e308"],
    )
    .await;
    check_constants::<f64>(Some("0.0")).await;
    let singles = prop_oneof![
        prop::num::f32::NORMAL | prop::num::f32::SUBNORMAL | prop::num::f32::ZERO,
        prop::sample::select(vec![f32::MIN, f32::MAX, f32::MIN_POSITIVE, 1e-45, 0.1, 16_777_217.0]),
        -1e6_f32..1e6,
    ];
    check::<f32>(Spelling::AsWritten, singles, &[], &["5", "-0.0", "0.10"]).await;
    check_constants::<f32>(Some("0.0")).await;
    assert!(!f64::NAN.fits() && !f64::INFINITY.fits() && !f32::NEG_INFINITY.fits());
}

#[tokio::test]
async fn lists() {
    check::<Vec<i64>>(Spelling::Any, any::<Vec<i64>>(), &["[1, 1]", "[5.0]", "[1e2]"], &["[]"]).await;
    check::<Vec<String>>(Spelling::Any, prop::collection::vec(text(), 0..5), &[r#"["", "NULL"]"#], &["[]"])
        .await;
    check::<Vec<bool>>(Spelling::Any, any::<Vec<bool>>(), &[], &[]).await;
    check::<[i64; 3]>(Spelling::Any, any::<[i64; 3]>(), &["[1, 2]", "[1, 2, 3, 4]"], &["[1, 2, 3]"]).await;
    check_constants::<Vec<i64>>(Some("[]")).await;
    check_constants::<Vec<u64>>(Some("[]")).await;
    check_constants::<[i64; 3]>(None).await;
}

/// What is no byte, and what is not all bytes.
const NO_BYTES: [&str; 12] = [
    "[256]",
    "[-1]",
    "[1.5]",
    "[5.0]",
    "[\"a\"]",
    "[null]",
    "[1, null]",
    "[[1]]",
    "[1, 256, 3]",
    "[1000]",
    "\"abc\"",
    "\"[1]\"",
];

#[tokio::test]
async fn bytes() {
    let all: Vec<u8> = (0..=255).collect();
    let all = serde_json::to_string(&all).unwrap();
    let must = ["[]", "[0, 255]", "[199, 200, 249, 250]", &all];
    check::<Vec<u8>>(Spelling::Any, any::<Vec<u8>>(), &NO_BYTES, &must).await;
    check_constants::<Vec<u8>>(Some("[]")).await;
    let boxed = any::<Vec<u8>>().prop_map(Vec::into_boxed_slice);
    check::<Box<[u8]>>(Spelling::Any, boxed, &NO_BYTES, &must).await;
}

#[tokio::test]
async fn bytes_of_one_length() {
    let special = ["[]", "[1, 2, 3]", "[1, 2, 3, 4, 5]", "[1, 2, 3, 256]", "[1, 2, 3, null]", "\"abcd\""];
    check::<[u8; 4]>(Spelling::Any, any::<[u8; 4]>(), &special, &["[0, 0, 0, 0]", "[255, 1, 2, 3]"]).await;
    check_constants::<[u8; 4]>(None).await;
}

#[tokio::test]
async fn lists_of_bytes() {
    let lists = prop::collection::vec(any::<Vec<u8>>(), 0..5);
    check::<Vec<Vec<u8>>>(Spelling::Any, lists, &NO_BYTES, &["[]", "[[]]", "[[], [0, 255]]"]).await;
    check_constants::<Vec<Vec<u8>>>(Some("[]")).await;
}

/// Put together byte by byte, these would be copied half a million times.
#[tokio::test]
async fn many_bytes_are_read_at_once() {
    let bytes: Vec<u8> = (0..500_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    check_all(&[bytes]).await;
}

#[test]
fn lists_of_one_byte_types_stand_as_bytes_only_where_they_are_bytes() {
    fn name<T: SqlType>() -> String {
        render(T::SQL.name)
    }
    assert_eq!(name::<u8>(), "smallint");
    assert_eq!(name::<Vec<u8>>(), "bytea");
    assert_eq!(name::<Arc<[u8]>>(), "bytea");
    assert_eq!(name::<Cow<'static, [u8]>>(), "bytea");
    assert_eq!(name::<Vec<[u8; 32]>>(), "bytea[]");
    assert_eq!(name::<Vec<i8>>(), "smallint[]");
    assert_eq!(name::<Vec<NonZero<u8>>>(), "smallint[]");
    assert_eq!(name::<[Vec<u8>; 2]>(), "bytea[]");
}

#[test]
fn pointers_stand_as_what_they_point_to() {
    fn name<T: SqlType>() -> String {
        render(T::SQL.name)
    }
    assert_eq!(name::<Box<str>>(), "text");
    assert_eq!(name::<Cow<'static, str>>(), "text");
    assert_eq!(name::<Arc<str>>(), "text");
    assert_eq!(name::<Rc<Box<i64>>>(), "bigint");
    assert_eq!(name::<Box<Vec<u64>>>(), "numeric(20,0)[]");
    assert!(
        !Box::new(f64::NAN).fits() && !Cow::<'_, f64>::Owned(f64::NAN).fits() && !vec![1.0, f64::NAN].fits()
    );
}

/// What the documentation of `i128` says about serde.
#[test]
fn serde_reads_no_128_bit_integers_inside_internally_tagged_enums() {
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    #[serde(tag = "type")]
    enum Event {
        Counted { amount: i128 },
    }
    let json = serde_json::to_string(&Event::Counted { amount: 1 << 100 }).unwrap();
    let error = serde_json::from_str::<Event>(&json).unwrap_err();
    assert!(error.to_string().contains("i128"), "{error}");
}
