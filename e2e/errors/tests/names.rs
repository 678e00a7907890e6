//! Our trait beside those of the frameworks, on one enum and with all of them in scope.

use cqrs_es::DomainEvent;
use es_entity::EsEvent;
use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EsEvent, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "i64")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create)]
    Initialized {
        #[rollup(set)]
        name: String,
    },
    #[rollup(ignore)]
    NothingHappened,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[rollup(events = "page_events", id = i64)]
enum PageEvent {
    Written {
        #[rollup(set)]
        text: String,
    },
}

impl DomainEvent for PageEvent {
    fn event_type(&self) -> String {
        "page_written".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

#[test]
fn an_event_of_es_entity_keeps_its_methods() {
    let named = UserEvent::Initialized { name: "Ada".into() };
    assert_eq!((named.event_type(), named.event_name()), ("initialized", "initialized"));
    assert_eq!(UserEvent::NothingHappened.event_name(), UserEvent::NothingHappened.event_type());
}

#[test]
fn an_event_of_cqrs_es_keeps_its_methods() {
    let written = PageEvent::Written { text: "a".into() };
    assert_eq!((written.event_type().as_str(), written.event_name()), ("page_written", "Written"));
    assert_eq!(written.event_version(), "1");
}
