//! Profiles: shorthands.

use super::super::case::Subject;
use super::{name, status, uuid};
use crate::fixtures::{ProfileEvent, ProfileId, foreign};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// Few, so that they meet again.
fn friend() -> impl Strategy<Value = foreign::Friend> {
    (0..4_u128).prop_map(|id| foreign::Friend(Uuid::from_u128(id)))
}

impl Subject for ProfileEvent {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<ProfileId> {
        uuid().prop_map(ProfileId::from).boxed()
    }

    fn id_text(id: &ProfileId) -> String {
        Uuid::from(*id).to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (uuid(), name(), status(), any::<i16>(), any::<bool>(), prop::option::of(name()))
            .prop_map(|(id, name, status, seats, r#gen, nick)| Self::Opened {
                id: id.into(),
                name,
                status,
                seats,
                r#gen,
                nick,
                cached: 0,
            })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let some = prop::option::of::<BoxedStrategy<String>>;
        let points = || prop_oneof![20 => -100..100_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
        prop_oneof![
            8 => (some(name().boxed()), any::<Option<i16>>(), some(name().boxed()), prop::option::of(points()))
                .prop_map(|(name, seats, nick, points)| Self::Changed { name, seats, nick, points }),
            8 => (prop::collection::vec(friend(), 0..4), friend(), any::<Option<i32>>())
                .prop_map(|(friends, referrer, until)| Self::Invited { friends, referrer, until }),
            8 => (prop::option::of(points().prop_map(foreign::Score)), points(), friend())
                .prop_map(|(score, points, not)| Self::Scored { score, points, not }),
            2 => Just(Self::Viewed),
            1 => Just(Self::Closed),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/type",
            "/name",
            "/status",
            "/seats",
            "/gen",
            "/nick",
            "/points",
            "/friends",
            "/friends/0",
            "/referrer",
            "/until",
            "/score",
            "/not",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }

    fn context() -> BoxedStrategy<Option<Value>> {
        prop_oneof![
            20 => uuid().prop_map(|id| Some(json!({"editor": {"id": id}}))),
            10 => Just(None),
            2 => Just(Some(json!({"editor": {"id": null}}))),
            1 => Just(Some(json!({"editor": {"id": 7}}))),
        ]
        .boxed()
    }

    fn as_context(context: &Value) -> Option<&Value> {
        Some(context)
    }
}
