#![deny(warnings)]
#![allow(non_camel_case_types)]

use es_rollup::{Recorded, Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, SqlType)]
enum r#union {
    r#struct,
    r#fn,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "type_events", id = i64, state = r#struct)]
enum r#enum {
    #[rollup(create)]
    r#type {
        #[rollup(set)]
        r#type: String,
        #[rollup(r#set = "match")]
        r#for: r#union,
    },
    #[rollup(clear = "async")]
    r#impl {
        #[rollup(set = "type")]
        kind: String,
    },
    r#async(#[rollup(set = "async")] String),
    #[rollup(set(r#match = "fn", r#type = "x"))]
    r#become,
}

fn main() {
    let event = r#enum::r#type { r#type: "a".into(), r#for: r#union::r#struct };
    assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"type":{"type":"a","for":"struct"}}"#);
    let events = [
        event,
        r#enum::r#become,
        r#enum::r#impl { kind: "b".into() },
        r#enum::r#async("c".into()),
    ];
    let recorded = events.iter().zip(1..).map(|(event, sequence)| Recorded {
        id: &7,
        sequence,
        recorded_at: chrono::DateTime::UNIX_EPOCH,
        event,
        context: None,
    });
    let state: r#struct = r#enum::fold(recorded).unwrap().unwrap();
    assert_eq!((&*state.r#type, state.r#match), ("b", r#union::r#fn));
    assert_eq!(state.r#async.as_deref(), Some("c"));
    assert_eq!(events[0].event_name(), "type");
    assert!(r#enum::MIGRATION_SQL.contains("\"type\" text"));
}
