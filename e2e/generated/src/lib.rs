//! Random event enums with their derived folds.
//!
//! `cases` describes them, the build script writes them down, the compiler sees all of them once.

mod fold;

use es_rollup::SqlType;
pub use fold::{Folded, Refused, Subject};
use serde::{Deserialize, Serialize};

#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, SqlType,
)]
#[rollup(number)]
pub struct Cents(pub i64);

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, SqlType)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    #[default]
    Free,
    #[serde(alias = "gold")]
    PaidYearly,
    #[serde(rename = "it's")]
    Its,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
pub struct Spot {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<i16>,
}

/// What serde's `default` calls.
#[allow(dead_code, reason = "which of them is called is left to chance")]
mod defaults {
    use super::Plan;

    macro_rules! defaults {
        ($($name:ident, $some:ident $(<$parameter:ident>)?: $ty:ty = $value:expr;)*) => {
            $(
                pub fn $name$(<$parameter: From<u8>>)?() -> $ty {
                    $value
                }

                pub fn $some$(<$parameter: From<u8>>)?() -> Option<$ty> {
                    Some($name())
                }
            )*
        };
    }

    defaults! {
        yes, some_yes: bool = true;
        no, some_no: bool = false;
        three, some_three<T>: T = T::from(3);
        seven, some_seven<T>: T = T::from(7);
        text_a, some_text_a: String = "a".into();
        text_its, some_text_its: String = "it's".into();
        plan_free, some_plan_free: Plan = Plan::Free;
        plan_paid_yearly, some_plan_paid_yearly: Plan = Plan::PaidYearly;
    }
}

#[allow(dead_code, unused_imports, clippy::all, reason = "nobody reads most of the fields")]
mod enums {
    use super::{Cents, Plan, Spot, Subject, fold};
    use chrono::{DateTime, NaiveDate, Utc};
    use es_rollup::Rollup;
    use rust_decimal::Decimal;
    use serde::{Deserialize, Serialize};
    use serde_json::Value as Json;
    use std::collections::{BTreeSet, HashSet};
    use uuid::Uuid;

    include!(concat!(env!("OUT_DIR"), "/enums.rs"));
}

#[allow(warnings, reason = "what is planted need not be neat")]
mod faults {
    use super::{Cents, Plan, Spot, Subject, fold};
    use chrono::{DateTime, NaiveDate, Utc};
    use rust_decimal::Decimal;
    use serde::{Deserialize, Serialize};
    use serde_json::Value as Json;
    use std::collections::{BTreeSet, HashSet};
    use uuid::Uuid;

    include!(concat!(env!("OUT_DIR"), "/faults.rs"));
}

pub use enums::subjects;
pub use faults::faults;

/// What the enums were made from.
pub fn seed() -> u64 {
    env!("ES_ROLLUP_SEED").parse().expect("a number")
}
