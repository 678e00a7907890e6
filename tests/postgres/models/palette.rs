//! The palette: every type that models are made from.

use super::types::{Cast, Key, Reads, Sql, Ty};
use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use es_rollup::SqlType;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

macro_rules! palette {
    ({ $($rust:ty => $name:literal, $reads:expr;)* } { $($cast:ident: $sql:literal;)* }) => {
        /// Every type that models are made from.
        pub(crate) static TYPES: &[Ty] = &[
            $(Ty { name: $name, sql: Sql::Known(<$rust as SqlType>::SQL), reads: $reads },)*
            $(Ty { name: $sql, sql: Sql::Foreign($sql), reads: Reads::Cast(Cast::$cast) },)*
        ];
    };
}

macro_rules! integers {
    ($rust:ident) => {
        Reads::Integer($rust::MIN as i128, $rust::MAX as i128)
    };
}

/// A struct that is kept as JSON, with another in it.
#[derive(Debug, serde::Serialize, serde::Deserialize, SqlType)]
#[rollup(json)]
struct Address {
    #[serde(rename = "it's \"city\"", alias = "town")]
    city: String,
    zip: Option<i64>,
    #[serde(default)]
    near: Vec<Spot>,
}

#[derive(Debug, serde::Serialize, serde::Deserialize, SqlType)]
#[rollup(json)]
struct Spot {
    at: NaiveDate,
}

const ADDRESS: &[Key] = &[
    Key { names: &["it's \"city\"", "town"], ty: &STRING, optional: false, absent: false },
    Key { names: &["zip"], ty: &I64, optional: true, absent: true },
    Key { names: &["near"], ty: &SPOTS, optional: false, absent: true },
];
const SPOT: &[Key] = &[Key { names: &["at"], ty: &DATE, optional: false, absent: false }];

/// An enum without data: the table holds its columns to the names that are kept.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize, SqlType)]
#[serde(rename_all = "kebab-case")]
enum Status {
    #[default]
    OnHold,
    #[serde(alias = "done", alias = "Z")]
    Closed,
    #[serde(rename = "it's \"open\"")]
    Open,
}

const STATUS: &[(&str, &str)] = &[
    ("on-hold", "on-hold"),
    ("closed", "closed"),
    ("done", "closed"),
    ("Z", "closed"),
    ("it's \"open\"", "it's \"open\""),
];

static STRING: Ty = Ty { name: "String", sql: Sql::Known(<String as SqlType>::SQL), reads: Reads::Text };
static STATUSES: Ty =
    Ty { name: "Status", sql: Sql::Known(<Status as SqlType>::SQL), reads: Reads::Names(STATUS) };
static SPOTS: Ty =
    Ty { name: "Vec<Spot>", sql: Sql::Known(<Vec<Spot> as SqlType>::SQL), reads: Reads::List(&ONE_SPOT) };
static ONE_SPOT: Ty =
    Ty { name: "Spot", sql: Sql::Known(<Spot as SqlType>::SQL), reads: Reads::Struct(SPOT) };
static I64: Ty = Ty { name: "i64", sql: Sql::Known(<i64 as SqlType>::SQL), reads: integers!(i64) };
static UUID: Ty = Ty { name: "Uuid", sql: Sql::Known(<Uuid as SqlType>::SQL), reads: Reads::Uuid };
static MOMENT: Ty =
    Ty { name: "DateTime<Utc>", sql: Sql::Known(<DateTime<Utc> as SqlType>::SQL), reads: Reads::Moment };
static DATE: Ty = Ty { name: "NaiveDate", sql: Sql::Known(<NaiveDate as SqlType>::SQL), reads: Reads::Date };

palette! { {
    bool => "bool", Reads::Bool;
    String => "String", Reads::Text;
    char => "char", Reads::Char;
    Status => "Status", Reads::Names(STATUS);
    Vec<Status> => "Vec<Status>", Reads::List(&STATUSES);
    i8 => "i8", integers!(i8);
    u8 => "u8", integers!(u8);
    i16 => "i16", integers!(i16);
    u16 => "u16", integers!(u16);
    i32 => "i32", integers!(i32);
    u32 => "u32", integers!(u32);
    i64 => "i64", integers!(i64);
    u64 => "u64", integers!(u64);
    i128 => "i128", integers!(i128);
    f32 => "f32", Reads::Single;
    f64 => "f64", Reads::Double;
    Decimal => "Decimal", Reads::Decimal;
    BigDecimal => "BigDecimal", Reads::BigDecimal;
    Uuid => "Uuid", Reads::Uuid;
    NaiveDate => "NaiveDate", Reads::Date;
    NaiveTime => "NaiveTime", Reads::Time;
    NaiveDateTime => "NaiveDateTime", Reads::Local;
    DateTime<Utc> => "DateTime<Utc>", Reads::Moment;
    Value => "Value", Reads::Json;
    Address => "Address", Reads::Struct(ADDRESS);
    Vec<Spot> => "Vec<Spot>", Reads::List(&ONE_SPOT);
    Vec<u8> => "Vec<u8>", Reads::Bytes(None);
    [u8; 4] => "[u8; 4]", Reads::Bytes(Some(4));
    Vec<String> => "Vec<String>", Reads::List(&STRING);
    Vec<i64> => "Vec<i64>", Reads::List(&I64);
    Vec<Uuid> => "Vec<Uuid>", Reads::List(&UUID);
    Vec<NaiveDate> => "Vec<NaiveDate>", Reads::List(&DATE);
    Vec<DateTime<Utc>> => "Vec<DateTime<Utc>>", Reads::List(&MOMENT);
} {
    Text: "varchar";
    Json: "jsonb";
    Integer: "pg_catalog.int4";
    Short: "kept.short";
} }
