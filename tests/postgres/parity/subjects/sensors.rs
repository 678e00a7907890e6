//! Sensors: externally tagged.

use super::super::case::Subject;
use super::text;
use crate::fixtures::SensorEvent;
use proptest::prelude::*;

impl Subject for SensorEvent {
    const ID_TYPE: &'static str = "bigint";

    fn id() -> BoxedStrategy<i64> {
        any::<i64>().boxed()
    }

    fn id_text(id: &i64) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        Self::later()
    }

    fn later() -> BoxedStrategy<Self> {
        prop_oneof![
            (any::<Option<i32>>(), any::<bool>())
                .prop_map(|(celsius, active)| Self::Measured { celsius, active }),
            text().prop_map(Self::Renamed),
            Just(Self::Reset),
            (any::<u8>(), any::<u8>()).prop_map(|(one, two)| Self::Calibrated(one, two)),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &["/Measured/celsius", "/Measured/active", "/Renamed", "/Measured"]
    }

    fn tag() -> Option<&'static str> {
        None
    }
}
