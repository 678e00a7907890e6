//! What each column type accepts and reads on a real PostgreSQL server, compared with serde on the same JSON.

#[cfg(feature = "bigdecimal")]
#[path = "types/bigdecimal.rs"]
mod bigdecimal;
#[path = "types/cases.rs"]
mod cases;
#[cfg(feature = "chrono")]
#[path = "types/chrono.rs"]
mod chrono;
#[cfg(feature = "serde_json")]
#[path = "types/enums.rs"]
mod enums;
#[path = "types/harness.rs"]
mod harness;
#[cfg(feature = "rust_decimal")]
#[path = "types/rust_decimal.rs"]
mod rust_decimal;
#[cfg(feature = "serde_json")]
#[path = "types/serde_json.rs"]
mod serde_json;
#[path = "types/standard.rs"]
mod standard;
#[cfg(feature = "serde_json")]
#[path = "types/structs.rs"]
mod structs;
#[cfg(feature = "time")]
#[path = "types/time.rs"]
mod time;
#[cfg(feature = "uuid")]
#[path = "types/uuid.rs"]
mod uuid;
