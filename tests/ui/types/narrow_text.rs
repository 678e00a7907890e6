//! Text is not kept as a number.

use es_rollup::SqlType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(sql_type = "bigint")]
struct Text(String);

fn main() {}
