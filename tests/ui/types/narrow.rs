//! What is not kept as a narrower number.

use es_rollup::SqlType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(sql_type = "money")]
struct Money(u64);

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(sql_type = "bigint")]
enum Names {
    One,
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json, sql_type = "bigint")]
struct Json {
    value: u64,
}

fn main() {}
