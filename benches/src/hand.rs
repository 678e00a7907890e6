//! The fold as one would write it by hand, with the same checks of the stream.
// Most people write it this way.
#![allow(clippy::assigning_clones)]

use crate::events::{User, UserEvent, UserId};
use chrono::{DateTime, Utc};

/// Why an event does not continue its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    OutOfOrder,
    OtherUser,
    NotCreated,
    CreatedTwice,
    Overflow,
}

/// Folds one more event into a user.
pub fn apply(
    user: &mut Option<User>,
    id: UserId,
    sequence: i64,
    recorded_at: DateTime<Utc>,
    event: &UserEvent,
) -> Result<(), Refused> {
    if sequence != user.as_ref().map_or(0, |user| user.version) + 1 {
        return Err(Refused::OutOfOrder);
    }
    let Some(user) = user else {
        let UserEvent::Initialized { email, name } = event else {
            return Err(Refused::NotCreated);
        };
        *user = Some(User {
            id,
            version: sequence,
            created_at: recorded_at,
            modified_at: recorded_at,
            email: email.clone(),
            name: name.clone(),
            active: true,
            verified: false,
            authentication_id: None,
            role: None,
            suspended_for: None,
            logins: 0,
            last_login_at: None,
            points: 0,
        });
        return Ok(());
    };
    if user.id != id {
        return Err(Refused::OtherUser);
    }
    match event {
        UserEvent::Initialized { .. } => return Err(Refused::CreatedTwice),
        UserEvent::EmailChanged { email } => user.email.clone_from(email),
        UserEvent::AuthenticationIdUpdated { authentication_id } => {
            user.authentication_id = Some(*authentication_id);
        }
        UserEvent::RoleGranted { role: granted } => match &mut user.role {
            Some(role) => role.clone_from(granted),
            none => *none = Some(granted.clone()),
        },
        UserEvent::RoleRevoked {} => user.role = None,
        UserEvent::Verified {} => user.verified = true,
        UserEvent::Suspended { reason } => {
            user.active = false;
            user.suspended_for.clone_from(reason);
        }
        UserEvent::Resumed {} => {
            user.active = true;
            user.suspended_for = None;
        }
        UserEvent::LoggedIn { .. } => {
            user.logins = user.logins.checked_add(1).ok_or(Refused::Overflow)?;
            user.last_login_at = Some(recorded_at);
        }
        UserEvent::PointsEarned { points } => {
            user.points = user.points.checked_add(*points).ok_or(Refused::Overflow)?;
        }
        UserEvent::PasswordResetRequested {} => {}
    }
    user.version = sequence;
    user.modified_at = recorded_at;
    Ok(())
}
