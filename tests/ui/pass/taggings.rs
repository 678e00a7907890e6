#![deny(warnings)]

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// Each way to tag and to rename, also where the attributes come through a macro.
macro_rules! tagged {
    ($(#[$serde:meta])* $name:ident, $table:literal) => {
        #[derive(Serialize, Deserialize, Rollup)]
        $(#[$serde])*
        #[rollup(events = $table, id = i64)]
        enum $name {
            #[rollup(create)]
            HTTPRequested {
                #[rollup(set)]
                remote_address: Option<String>,
                #[rollup(set)]
                #[serde(rename = "NO")]
                number: i64,
            },
            #[rollup(ignore)]
            #[serde(rename = "it's \"over\"", alias = "ende")]
            V2Closed {},
            #[rollup(clear = "remote_address")]
            Forgotten,
            #[rollup(ignore)]
            #[serde(skip)]
            #[allow(dead_code)]
            Cached(std::cell::Cell<u8>),
            #[rollup(ignore)]
            #[serde(rename_all = "UPPERCASE")]
            Moved { to_street: String, #[serde(flatten)] rest: std::collections::BTreeMap<String, String> },
        }
    };
}

tagged!(External, "external_events");
tagged!(#[serde(tag = "type")] Internal, "internal_events");
tagged!(
    #[serde(tag = "t", content = "c", rename_all = "snake_case", rename_all_fields = "camelCase")]
    Adjacent,
    "adjacent_events"
);
tagged!(
    #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
    #[serde(tag = "event type")]
    #[serde(deny_unknown_fields)]
    Kebab,
    "kebab_events"
);

// Unnamed fields, and a variant for whatever else there is.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "t", content = "c")]
#[rollup(events = "unnamed_events", id = i64)]
enum Unnamed {
    Named(#[rollup(set = "name")] String),
    Maybe(#[rollup(set = "name")] Option<String>),
    #[rollup(clear = "name")]
    Pair(u8, u8),
    #[rollup(ignore)]
    #[serde(other)]
    Rest,
}

fn main() {
    macro_rules! check {
        ($name:ident, $($tag:literal),*) => {
            let events = [
                $name::HTTPRequested { remote_address: Some("here".into()), number: 1 },
                $name::V2Closed {},
                $name::Forgotten,
            ];
            for (event, tag) in events.iter().zip([$($tag),*]) {
                assert_eq!(event.event_name(), tag);
                let payload = serde_json::to_value(event).unwrap();
                let written = payload.as_str() == Some(tag)
                    || payload.get(tag).is_some()
                    || ["type", "t", "event type"].iter().any(|key| payload[*key] == tag);
                assert!(written, "{payload}");
            }
            let when = format!("WHEN '{}' THEN", events[0].event_name());
            assert!($name::MIGRATION_SQL.contains(&when), "{when}");
        };
    }
    check!(External, "HTTPRequested", "it's \"over\"", "Forgotten");
    check!(Internal, "HTTPRequested", "it's \"over\"", "Forgotten");
    check!(Adjacent, "h_t_t_p_requested", "it's \"over\"", "forgotten");
    check!(Kebab, "H-T-T-P-REQUESTED", "it's \"over\"", "FORGOTTEN");
    assert!(External::MIGRATION_SQL.contains("'it''s \"over\"', 'ende'"));
    assert!(Adjacent::MIGRATION_SQL.contains("'remoteAddress'"));
    let moved = Internal::Moved { to_street: String::new(), rest: Default::default() };
    assert_eq!(moved.event_name(), "Moved");
    assert_eq!(Unnamed::Rest.event_name(), "Rest");
    assert!(Unnamed::MIGRATION_SQL.contains("Rest: any other type"));
}
