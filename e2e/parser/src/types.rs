//! Nothing in the texts of es-rollup's own types is looked up by a name without a schema, so they mean the same under
//! any `search_path`.

use crate::qualified::unqualified;
use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use es_rollup::{SqlType, TypeInfo};
use es_rollup_core::model::{OwnTexts, TypeTexts};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Debug, Default, Serialize, Deserialize, SqlType)]
pub(crate) enum Plan {
    #[default]
    Free,
    #[serde(alias = "it's paid", alias = "premium")]
    Paid,
}

#[derive(Debug, Serialize, Deserialize, SqlType)]
pub(crate) enum Only {
    One,
}

#[derive(Debug, Default, SqlType)]
#[repr(i16)]
#[rollup(repr)]
pub(crate) enum Level {
    #[default]
    Low = -1,
    High = 300,
}

#[derive(Debug, Serialize, Deserialize, SqlType)]
#[rollup(number, sql_type = "bigint")]
pub(crate) struct Cents(u64);

#[derive(Debug, Serialize, Deserialize, SqlType)]
pub(crate) struct RoleId(Uuid);

#[derive(Debug, Clone)]
pub(crate) struct UserId(pub(crate) Uuid);

impl From<UserId> for Uuid {
    fn from(id: UserId) -> Self {
        id.0
    }
}

es_rollup::sql_type!(UserId as Uuid);

#[derive(Debug, Serialize, Deserialize, SqlType)]
#[serde(deny_unknown_fields)]
#[rollup(json)]
pub(crate) struct Address {
    #[serde(alias = "town")]
    city: String,
    zip: Option<i64>,
    #[serde(default)]
    lines: Vec<String>,
    #[rollup(json)]
    other: std::collections::BTreeMap<String, i32>,
}

#[derive(Debug, Serialize, Deserialize, SqlType)]
#[rollup(json)]
pub(crate) enum External {
    None,
    Unknown,
    One(i32),
    Perhaps(Option<Plan>),
    At { address: Address },
}

#[derive(Debug, Serialize, Deserialize, SqlType)]
#[serde(tag = "type", deny_unknown_fields)]
#[rollup(json)]
pub(crate) enum Internal {
    None,
    Deep(Address),
    At { zip: i32 },
}

#[derive(Debug, Serialize, Deserialize, SqlType)]
#[serde(tag = "type", content = "content", deny_unknown_fields)]
#[rollup(json)]
pub(crate) enum Adjacent {
    None,
    One(i32),
    At { zip: Option<i32> },
}

macro_rules! all {
    ($($ty:ty),* $(,)?) => {
        [$((stringify!($ty), <$ty as SqlType>::SQL)),*]
    };
}

/// The types that implement `SqlType`, of this crate and derived.
fn implemented() -> Vec<(&'static str, TypeInfo)> {
    let primitives = all![
        bool,
        char,
        str,
        String,
        i8,
        i16,
        i32,
        i64,
        i128,
        isize,
        u8,
        u16,
        u32,
        u64,
        u128,
        usize,
        f32,
        f64,
        NonZero<i8>,
        NonZero<i16>,
        NonZero<i32>,
        NonZero<i64>,
        NonZero<i128>,
        NonZero<isize>,
        NonZero<u8>,
        NonZero<u16>,
        NonZero<u32>,
        NonZero<u64>,
        NonZero<u128>,
        NonZero<usize>
    ];
    let composed = all![
        Vec<u8>,
        [u8],
        [u8; 32],
        Vec<Vec<u8>>,
        Vec<String>,
        [i64; 3],
        Box<str>,
        Rc<str>,
        Arc<str>,
        Cow<'static, str>,
        Vec<Plan>,
        Vec<DateTime<Utc>>
    ];
    let crates = all![
        Uuid,
        NaiveDate,
        NaiveTime,
        NaiveDateTime,
        DateTime<Utc>,
        Decimal,
        BigDecimal,
        serde_json::Value,
        time::Date,
        time::Time,
        time::PrimitiveDateTime,
        time::OffsetDateTime
    ];
    let derived =
        all![Plan, Only, Level, Cents, RoleId, UserId, Address, External, Internal, Adjacent, Vec<Address>];
    [primitives.as_slice(), &composed, &crates, &derived].concat()
}

/// PostgreSQL's own types, to which values are cast.
const FOREIGN: [&str; 38] = [
    "bigint",
    "varbit",
    "boolean",
    "box",
    "varchar",
    "cidr",
    "circle",
    "date",
    "float8",
    "inet",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "numeric",
    "nummultirange",
    "numrange",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "real",
    "smallint",
    "text",
    "timetz",
    "time",
    "timestamptz",
    "timestamp",
    "uuid",
];

fn check(name: &str, texts: &TypeTexts) {
    let Some(OwnTexts { qualified, identity }) = &texts.own else { panic!("{name} is not one of ours") };
    assert!(!identity.is_empty(), "{name}");
    let names = [format!("NULL::{qualified}"), format!("'a'{}", texts.order.as_deref().unwrap_or_default())];
    let expressions =
        [Some(&texts.accepts), Some(&texts.read), texts.default.as_ref(), texts.number.as_ref()];
    let values = texts.values.as_ref().map(|values| format!("ARRAY[{values}]"));
    for expression in expressions.into_iter().flatten().chain(&names).chain(&values) {
        let found = unqualified(expression);
        assert!(found.is_empty(), "{name}: {found:#?} in {expression}");
    }
}

#[test]
fn nothing_in_the_texts_of_a_type_is_unqualified() {
    for (name, info) in implemented() {
        check(name, &TypeTexts::of(info));
    }
}

#[test]
fn nothing_in_the_texts_of_a_type_that_is_only_cast_to_is_unqualified() {
    for name in FOREIGN {
        check(name, &TypeTexts::foreign(name).expect("values can be cast to it"));
    }
}

#[test]
fn every_type_of_the_crate_is_among_them() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../es-rollup-core/src/types");
    let names: Vec<&str> = implemented().into_iter().map(|(name, _)| name).collect();
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("the sources are there") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a source is text");
        for line in text.lines() {
            let Some((head, rest)) = line.trim_start().split_once("SqlType for ") else { continue };
            let ty = rest.split([' ', '<', '{']).next().expect("a type");
            if !head.starts_with("impl") || ty.starts_with(['$', '[', 'N']) && !ty.starts_with("Naive") {
                continue;
            }
            seen += 1;
            assert!(
                names.iter().any(|name| name.rsplit("::").next().is_some_and(|name| name.starts_with(ty))),
                "{ty}"
            );
        }
    }
    assert!(seen >= 16, "only {seen}");
}

#[test]
fn types_have_the_same_identity_only_if_they_mean_the_same() {
    let all: Vec<(&str, TypeTexts)> =
        implemented().into_iter().map(|(name, info)| (name, TypeTexts::of(info))).collect();
    for (name, one) in &all {
        for (other_name, other) in &all {
            let same = |texts: &TypeTexts| (texts.accepts.clone(), texts.read.clone());
            let identity = |texts: &TypeTexts| texts.own.as_ref().map(|own| own.identity.clone());
            assert_eq!(same(one) == same(other), identity(one) == identity(other), "{name} and {other_name}");
        }
    }
}
