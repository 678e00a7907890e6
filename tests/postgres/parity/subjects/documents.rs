//! Documents, which read inside fields and contexts.

use super::super::case::Subject;
use super::{name, uuid};
use crate::fixtures::{DocumentEvent, Home, Place, Room};
use proptest::prelude::*;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

impl Subject for DocumentEvent {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<Uuid> {
        uuid().boxed()
    }

    fn id_text(id: &Uuid) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        let words = prop_oneof![30 => 0..1000_i64, 1 => Just(i64::MAX)];
        (name(), words, (name(), any::<Option<i16>>()))
            .prop_map(|(language, words, (name, floor))| Self::Drafted {
                about: json!({"language": language, "count": {"words": words, "pages": 1}}),
                home: Some(Home { street_name: language, room: Room { name, floor } }),
            })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let number = || prop_oneof![8 => (0..100_i64).prop_map(Value::from), 1 => Just(json!(i64::MIN))];
        let tags = prop_oneof![
            4 => prop::collection::vec(name(), 0..4).prop_map(|tags| json!(tags)),
            1 => Just(Value::Null),
        ];
        let place =
            (name(), any::<Option<u8>>()).prop_map(|(shelf, slot)| Json(Place { shelf, slot })).boxed();
        prop_oneof![
            8 => (number(), number(), tags).prop_map(|(added, removed, tags)| Self::Edited {
                change: Some(json!({"words": {"added": added, "removed": removed}, "tags": tags})),
            }),
            1 => number().prop_map(|added| Self::Edited { change: Some(json!({"words": {"added": added}})) }),
            4 => (prop::option::of(place), any::<i32>())
                .prop_map(|(place, code)| Self::Shelved { place, code }),
            2 => Just(Self::Viewed),
            1 => Just(Self::Shredded),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        // Not what is cast: PostgreSQL reads more than serde, and refuses what both cannot.
        &[
            "/type",
            "/about",
            "/about/language",
            "/about/count",
            "/about/count/words",
            "/home/room/name",
            "/home/room/floor",
            "/change",
            "/change/words",
            "/change/words/added",
            "/change/words/removed",
            "/change/tags",
            "/change/tags/0",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }

    fn context() -> BoxedStrategy<Option<Value>> {
        let editor = (uuid(), prop::option::of(name()));
        prop_oneof![
            40 => editor.prop_map(|(id, name)| Some(json!({"editor": {"id": id, "name": name}, "a": [1.5]}))),
            1 => Just(None),
            1 => Just(Some(json!({"editor": null}))),
            1 => Just(Some(json!({"editor": {"id": null}}))),
            1 => Just(Some(json!({"editor": {"id": 7}}))),
            1 => Just(Some(json!(["editor"]))),
            1 => Just(Some(Value::Null)),
        ]
        .boxed()
    }

    fn as_context(context: &Value) -> Option<&Value> {
        Some(context)
    }
}
