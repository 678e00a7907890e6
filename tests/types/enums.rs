//! Enums that are kept as JSON, and those that are written as numbers; whole numbers in a narrower column.

use es_rollup::{Number, SqlType};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use sqlx::{Row, postgres::PgRow, types::Json};

use crate::harness::{Column, Spelling, check, check_constants, column, render};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Card {
    number: String,
    limit: Option<f64>,
}

/// Of no column type; the column takes any JSON for it, as serde does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Foreign(Value);

/// The same data, in each of serde's forms.
macro_rules! payments {
    ($($name:ident: $($serde:meta),*;)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
        #[rollup(json)]
        #[serde($($serde),*)]
        enum $name {
            Cash,
            #[serde(rename = "it's \"card\"", alias = "Plastic")]
            Card(Card),
            Transfer {
                #[serde(alias = "account")]
                iban: String,
                fee: Option<i64>,
                #[serde(default)]
                #[rollup(json)]
                details: Foreign,
            },
            Nothing {},
        }

        impl $name {
            fn any() -> BoxedStrategy<Self> {
                let card = ("[a-z]{0,4}", prop::option::of(prop_oneof![Just(f64::NAN), -9.0..9.0]));
                let details = prop::sample::select(vec![Value::Null, json!(1), json!({"a": ["x"]})]).prop_map(Foreign);
                prop_oneof![
                    Just(Self::Cash),
                    card.prop_map(|(number, limit)| Self::Card(Card { number, limit })),
                    ("[A-Z]{0,4}", any::<Option<i64>>(), details)
                        .prop_map(|(iban, fee, details)| Self::Transfer { iban, fee, details }),
                    Just(Self::Nothing {}),
                ]
                // What is kept of it, since NaN is none to JSON.
                .prop_map(|mut value| { value.keep(); value })
                .boxed()
            }
        }

        impl Column for $name {
            fn decode(row: &PgRow) -> Self {
                row.get::<Json<Self>, _>("value").0
            }
        }
    )*};
}

payments! {
    External: deny_unknown_fields;
    Internal: tag = "it's";
    Adjacent: tag = "t", content = "c", deny_unknown_fields;
    Loose: tag = "type", content = "content";
}

#[tokio::test]
async fn an_enum_with_data_is_checked_variant_by_variant() {
    let special = [
        r#""Card""#,
        r#""cash""#,
        r#"{"Cash": null, "Nothing": {}}"#,
        r#"{"Nothing": []}"#,
        r#"{"Nothing": {"more": 1}}"#,
        r#"{"it's \"card\"": {"number": 1}}"#,
        r#"{"it's \"card\"": null}"#,
        r#"{"Transfer": {}}"#,
        r#"{"Transfer": {"iban": "x", "account": "x"}}"#,
        r#"{"Transfer": {"iban": "x", "fee": 1.5}}"#,
        r#"{"Unknown": {}}"#,
        r"{}",
    ];
    let must = [
        r#""Cash""#,
        r#"{"Nothing": {}}"#,
        r#"{"Plastic": {"number": "1"}}"#,
        r#"{"it's \"card\"": {"number": "1", "limit": null, "more": []}}"#,
        r#"{"Transfer": {"account": "x"}}"#,
        r#"{"Transfer": {"iban": "x", "fee": null, "details": {"a": 1}}}"#,
    ];
    check::<External>(Spelling::AsWritten, External::any(), &special, &must).await;
    check_constants::<External>(None).await;
}

#[tokio::test]
async fn an_enum_with_a_tag_inside_is_checked_by_it() {
    let special = [
        r#"{"it's": "it's \"card\""}"#,
        r#"{"it's": "Transfer"}"#,
        r#"{"it's": "Transfer", "iban": null}"#,
        r#"{"it's": "Transfer", "iban": "x", "fee": "1"}"#,
        r#"{"it's": null}"#,
        r#"{"it's": ["Cash"]}"#,
        r#"{"it's": "Unknown"}"#,
        r#""Cash""#,
    ];
    let must = [
        r#"{"it's": "Cash"}"#,
        r#"{"it's": "Cash", "more": 1}"#,
        r#"{"it's": "Nothing"}"#,
        r#"{"it's": "Plastic", "number": "1"}"#,
        r#"{"it's": "Transfer", "iban": "x"}"#,
    ];
    check::<Internal>(Spelling::AsWritten, Internal::any(), &special, &must).await;
    check_constants::<Internal>(None).await;
}

#[tokio::test]
async fn an_enum_with_a_tag_beside_is_checked_by_it() {
    let special = [
        r#"{"t": "Cash", "c": 1}"#,
        r#"{"t": "Cash", "more": 1}"#,
        r#"{"t": "Nothing"}"#,
        r#"{"t": "Transfer", "c": {"iban": "x", "more": 1}}"#,
        r#"{"t": "Transfer", "c": null}"#,
        r#"{"t": "it's \"card\"", "c": {"number": null}}"#,
        r#"{"c": {}}"#,
        r#"{"t": 1, "c": {}}"#,
    ];
    let must = [
        r#"{"t": "Cash"}"#,
        r#"{"t": "Nothing", "c": {}}"#,
        r#"{"t": "Plastic", "c": {"number": "1", "more": 1}}"#,
        r#"{"c": {"account": "x"}, "t": "Transfer"}"#,
    ];
    check::<Adjacent>(Spelling::AsWritten, Adjacent::any(), &special, &must).await;
    check::<Loose>(
        Spelling::AsWritten,
        Loose::any(),
        &[r#"{"type": "Transfer", "content": {}}"#],
        &[r#"{"type": "Cash", "more": 1}"#, r#"{"type": "Nothing", "content": {"more": 1}}"#],
    )
    .await;
}

#[test]
fn what_is_null_to_serde_is_none_inside_json() {
    let card = |limit| Card { number: String::new(), limit };
    let mut kept = External::Card(card(Some(f64::INFINITY)));
    kept.keep();
    assert_eq!(kept, External::Card(card(None)));
    const { assert!(External::SQL.changes && Internal::SQL.changes && Card::SQL.changes) };
}

/// Written as its number, as `serde_repr` does.
#[derive(Debug, Clone, Copy, PartialEq, Default, SqlType)]
#[repr(i16)]
#[rollup(repr)]
enum Level {
    Low = -1,
    #[default]
    Middle,
    High = 300,
    Highest,
}

impl Level {
    const ALL: [Self; 4] = [Self::Low, Self::Middle, Self::High, Self::Highest];

    fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level as i16 == number)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i16(*self as i16)
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(i16::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("no level"))
    }
}

impl Column for Level {
    fn decode(row: &PgRow) -> Self {
        Self::of(row.get("value")).expect("a level")
    }
}

impl Column for Vec<Level> {
    fn decode(row: &PgRow) -> Self {
        let numbers: Vec<i16> = row.get("value");
        numbers.into_iter().map(|number| Level::of(number).expect("a level")).collect()
    }
}

#[tokio::test]
async fn an_enum_is_kept_as_its_numbers_where_it_is_written_so() {
    let special = ["-2", "2", "299", "302", "\"0\"", "\"Low\"", "0.0"];
    let levels = || prop::sample::select(Level::ALL.to_vec());
    check::<Level>(Spelling::Any, levels(), &special, &["-1", "0", "300", "301"]).await;
    check_constants::<Level>(Some("0")).await;
    let lists = prop::collection::vec(levels(), 0..4);
    check::<Vec<Level>>(Spelling::Any, lists, &["[2]", "[null]"], &["[]", "[0, 301]"]).await;
    check_constants::<Vec<Level>>(Some("[]")).await;
}

#[test]
fn an_enum_with_numbers_is_kept_as_its_names_where_serde_writes_them() {
    #[derive(Serialize, Deserialize, SqlType)]
    #[repr(u8)]
    #[rollup(text)]
    #[allow(dead_code)]
    enum Told {
        One = 1,
    }
    #[derive(Serialize, Deserialize, SqlType)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code)]
    enum Seen {
        One = 1,
    }
    assert_eq!((render(Told::SQL.name), render(Seen::SQL.name)), ("text".into(), "text".into()));
}

/// Money that fits `bigint`, though its Rust type holds more.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, SqlType)]
#[rollup(number, sql_type = "bigint")]
struct Cents(u64);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(sql_type = "smallint")]
struct Degrees(i64);

column!(Cents as PlainCents, Degrees as PlainDegrees);

/// As sqlx reads them.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
struct PlainCents(i64);

#[derive(sqlx::Type)]
#[sqlx(transparent)]
struct PlainDegrees(i16);

impl TryFrom<PlainCents> for Cents {
    type Error = std::num::TryFromIntError;

    fn try_from(PlainCents(cents): PlainCents) -> Result<Self, Self::Error> {
        u64::try_from(cents).map(Self)
    }
}

impl From<PlainDegrees> for Degrees {
    fn from(PlainDegrees(degrees): PlainDegrees) -> Self {
        Self(degrees.into())
    }
}

#[tokio::test]
async fn whole_numbers_are_kept_as_narrower_ones_where_a_type_says_so() {
    let cents = prop_oneof![any::<u64>().prop_map(Cents), (0..100_u64).prop_map(Cents)];
    let special = ["-1", "9223372036854775808", "18446744073709551615", "1.0"];
    check::<Cents>(Spelling::Any, cents, &special, &["0", "9223372036854775807"]).await;
    check_constants::<Cents>(Some("0")).await;
    let degrees = prop_oneof![any::<i64>(), -40..40_i64].prop_map(Degrees);
    check::<Degrees>(Spelling::Any, degrees, &["32768", "-32769"], &["32767", "-32768"]).await;
}

#[test]
fn sums_stay_in_the_range_of_the_narrower_type() {
    let most = Cents(i64::MAX as u64);
    assert_eq!(most.plus(&Cents(1)), None);
    assert_eq!(most.minus(&Cents(1)), Some(Cents(i64::MAX as u64 - 1)));
    assert_eq!(Cents(0).minus(&Cents(1)), None);
}
