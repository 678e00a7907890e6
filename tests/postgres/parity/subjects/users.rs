//! Users: internally tagged.

use super::super::case::Subject;
use super::{text, uuid};
use crate::fixtures::{RoleId, UserEvent, UserId};
use proptest::prelude::*;

impl Subject for UserEvent {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<UserId> {
        uuid().prop_map(UserId).boxed()
    }

    fn id_text(id: &UserId) -> String {
        id.0.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (uuid(), text()).prop_map(|(id, email)| Self::Initialized { id: UserId(id), email }).boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        prop_oneof![
            uuid().prop_map(|authentication_id| Self::AuthenticationIdUpdated { authentication_id }),
            uuid().prop_map(|role| Self::RoleGranted { role: RoleId(role) }),
            uuid().prop_map(|role| Self::RoleRevoked { role: RoleId(role) }),
            Just(Self::PasswordResetRequested {}),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        // Not the role that a revoke names: nothing reads it.
        &["/email", "/authentication_id", "/type"]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}
