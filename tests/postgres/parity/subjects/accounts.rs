//! Accounts: adjacently tagged.

use super::super::case::Subject;
use super::{date, decimal, status, text, time};
use crate::fixtures::AccountEvent;
use proptest::prelude::*;
use serde_json::json;

impl Subject for AccountEvent {
    const ID_TYPE: &'static str = "text";

    fn id() -> BoxedStrategy<String> {
        text().boxed()
    }

    fn id_text(id: &String) -> String {
        id.clone()
    }

    fn first() -> BoxedStrategy<Self> {
        prop_oneof![
            (text(), date(), status(), prop::option::of(decimal())).prop_map(
                |(holder_name, opened_on, status, limit)| Self::Opened {
                    holder_name,
                    opened_on,
                    status,
                    limit
                }
            ),
            (text(), date(), status()).prop_map(|(holder_name, opened_on, status)| Self::Imported {
                holder_name,
                opened_on,
                status
            }),
        ]
        .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let notes =
            prop::sample::select(vec![json!({"a": [1, null, "x"]}), json!([]), json!("text"), json!(1.5)]);
        prop_oneof![
            prop::option::of(decimal()).prop_map(Self::LimitChanged),
            (status(), text()).prop_map(|(status, because)| Self::StatusChanged { status, because }),
            time().prop_map(Self::Seen),
            (any::<i64>(), notes).prop_map(|(r#type, notes)| Self::Flagged { r#type, notes }),
            Just(Self::Unflagged),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/data/holderName",
            "/data/openedOn",
            "/data/status",
            "/data/limit",
            "/data/to",
            "/data/because",
            "/data/type",
            "/data/notes",
            "/data",
            "/kind",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("kind")
    }
}
