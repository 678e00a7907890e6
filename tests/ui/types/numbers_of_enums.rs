//! Enums with a `repr`, of which a macro cannot see how they are written.

use es_rollup::SqlType;
use serde::{Deserialize, Serialize};

#[derive(SqlType)]
#[repr(i16)]
enum Silent {
    One = 1,
}

#[derive(SqlType)]
#[rollup(repr)]
enum Unknown {
    One,
}

#[derive(SqlType)]
#[repr(u8)]
#[rollup(repr, text)]
enum Both {
    One,
}

#[derive(SqlType)]
#[repr(u8)]
#[rollup(repr)]
enum Computed {
    One = 1 << 3,
    Two(u8),
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(repr)]
struct Newtype(u8);

fn main() {}
