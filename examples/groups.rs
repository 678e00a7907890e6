//! The users and groups of a company: one stream a company, and its tables always in step with it.
//!
//! ```sh
//! cargo run --example groups
//! ```
//!
//! It mirrors a directory service that used to keep each company in memory. Every server folded the company's whole
//! stream into maps: users by id and by name, groups, who is in which group. It checked commands against the maps,
//! and saved events with an expected sequence. Here the maps are tables, which PostgreSQL keeps in the transaction
//! that saves, and a `unique` of one table guards the names. The migration is in `groups/groups.sql`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[path = "support/mod.rs"]
pub(crate) mod support;

#[path = "groups/steps.rs"]
pub(crate) mod steps;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io::stdout;

use chrono::{DateTime, Utc};
use es_rollup::{ErrorKind, Reason, Rollup, SqlType, refusal_of};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgPool};
use support::store;
use uuid::Uuid;

// ---- The events. ----

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct CompanyId(pub Uuid);

/// A part of a key has to be ordered, so that Rust keeps the rows in the same order as PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(pub Uuid);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct GroupId(pub Uuid);

/// What can happen in a company. Each view is a table with rows of the company; the words behind its name say what an
/// event does to the row with the event's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "company_events", id = CompanyId, table = "companies", event_type = "last_event")]
#[rollup(derive(Debug, Clone, PartialEq, Deserialize, sqlx::FromRow))]
#[rollup(view(users, key(user_id), state = User, unique(id, username)))]
#[rollup(view(groups, key(group_id), state = Group))]
#[rollup(view(members, key(group_id, user_id), state = Member, index(id, user_id)))]
pub enum CompanyEvent {
    #[rollup(create, set)]
    CompanyFounded { company_name: String },
    #[rollup(users(create, set))]
    UserInserted { user_id: UserId, name: String, username: String },
    /// The table has the current key only. All changes of keys are in the events.
    #[rollup(users(set, at = "api_key_set_at", count = "api_key_changes"))]
    ApiKeySet { user_id: UserId, api_key_hash: String },
    #[rollup(users(clear = "api_key_hash", clear = "api_key_set_at", count = "api_key_changes"))]
    ApiKeyRevoked { user_id: UserId },
    /// A user who goes leaves every group.
    #[rollup(users(delete), members(empty(user_id)))]
    UserDeleted { user_id: UserId },
    #[rollup(groups(create, set))]
    GroupCreated { group_id: GroupId, name: String, seats: i16 },
    #[rollup(groups(set))]
    GroupDescribed { group_id: GroupId, description: String },
    #[rollup(groups(delete), members(empty(group_id)))]
    GroupDeleted { group_id: GroupId },
    #[rollup(members(add))]
    UserAddedToGroup { group_id: GroupId, user_id: UserId },
    /// A row for each element of the list.
    #[rollup(members(add))]
    UsersAddedToGroup {
        group_id: GroupId,
        #[rollup(members(key = "user_id"))]
        users: Vec<UserId>,
    },
    #[rollup(members(remove))]
    UserRemovedFromGroup { group_id: GroupId, user_id: UserId },
}

// ---- The commands: what they decide on a state, and why they refuse. ----

/// Why a save is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    AlreadyFounded,
    NoSuchUser(UserId),
    NoSuchGroup(GroupId),
    GroupExists(GroupId),
    GroupIsFull {
        seats: i16,
        wanted: usize,
    },
    UsernameIsTaken,
    /// Others have saved, and the writer asked not to decide again.
    SavedSince {
        seen: i64,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyFounded => write!(out, "the company is there already"),
            Self::NoSuchUser(UserId(id)) => write!(out, "there is no user {}", short(*id)),
            Self::NoSuchGroup(GroupId(id)) => write!(out, "there is no group {}", short(*id)),
            Self::GroupExists(GroupId(id)) => write!(out, "the group {} is there already", short(*id)),
            Self::GroupIsFull { seats, wanted } => {
                write!(out, "the group has {seats} seats, not {wanted}")
            }
            Self::UsernameIsTaken => write!(out, "the username is taken"),
            Self::SavedSince { seen } => write!(out, "others have saved since sequence {seen}"),
        }
    }
}

type Decision = Result<Vec<CompanyEvent>, Vec<Rejection>>;

pub(crate) fn set_api_key(company: &CompanyState, user_id: UserId, api_key_hash: &str) -> Decision {
    known(company, &[user_id])?;
    Ok(vec![CompanyEvent::ApiKeySet { user_id, api_key_hash: api_key_hash.into() }])
}

pub(crate) fn revoke_api_key(company: &CompanyState, user_id: UserId) -> Decision {
    known(company, &[user_id])?;
    Ok(vec![CompanyEvent::ApiKeyRevoked { user_id }])
}

pub(crate) fn delete_user(company: &CompanyState, user_id: UserId) -> Decision {
    known(company, &[user_id])?;
    Ok(vec![CompanyEvent::UserDeleted { user_id }])
}

pub(crate) fn create_group(company: &CompanyState, group_id: GroupId, name: &str, seats: i16) -> Decision {
    match company.groups.get(&group_id) {
        None => Ok(vec![CompanyEvent::GroupCreated { group_id, name: name.into(), seats }]),
        Some(_) => Err(vec![Rejection::GroupExists(group_id)]),
    }
}

pub(crate) fn describe_group(company: &CompanyState, group_id: GroupId, description: &str) -> Decision {
    match company.groups.get(&group_id) {
        Some(_) => Ok(vec![CompanyEvent::GroupDescribed { group_id, description: description.into() }]),
        None => Err(vec![Rejection::NoSuchGroup(group_id)]),
    }
}

pub(crate) fn delete_group(company: &CompanyState, group_id: GroupId) -> Decision {
    match company.groups.get(&group_id) {
        Some(_) => Ok(vec![CompanyEvent::GroupDeleted { group_id }]),
        None => Err(vec![Rejection::NoSuchGroup(group_id)]),
    }
}

/// Needs to know all users, the group and its members: this is what the expected sequence protects.
pub(crate) fn add_to_group(company: &CompanyState, group_id: GroupId, users: &[UserId]) -> Decision {
    let mut why = known(company, users).err().unwrap_or_default();
    let members = company.members.keys().filter(|(group, _)| *group == group_id).map(|(_, user)| user);
    let wanted = members.chain(users).collect::<BTreeSet<_>>().len();
    match company.groups.get(&group_id) {
        None => why.push(Rejection::NoSuchGroup(group_id)),
        Some(&Group { seats, .. }) if usize::try_from(seats).is_ok_and(|seats| wanted > seats) => {
            why.push(Rejection::GroupIsFull { seats, wanted });
        }
        Some(_) => {}
    }
    match users {
        _ if !why.is_empty() => Err(why),
        [user_id] => Ok(vec![CompanyEvent::UserAddedToGroup { group_id, user_id: *user_id }]),
        users => Ok(vec![CompanyEvent::UsersAddedToGroup { group_id, users: users.to_vec() }]),
    }
}

/// Who is not in the group need not leave it: nothing is decided then.
pub(crate) fn remove_from_group(company: &CompanyState, group_id: GroupId, user_id: UserId) -> Decision {
    known(company, &[user_id])?;
    let member = company.members.get(&(group_id, user_id));
    Ok(member.map(|_| CompanyEvent::UserRemovedFromGroup { group_id, user_id }).into_iter().collect())
}

/// Rejects the users that are not there, all at once.
fn known(company: &CompanyState, users: &[UserId]) -> Result<(), Vec<Rejection>> {
    let unknown = users.iter().filter(|user| !company.users.contains_key(*user));
    let why: Vec<_> = unknown.copied().map(Rejection::NoSuchUser).collect();
    if why.is_empty() { Ok(()) } else { Err(why) }
}

// ---- Reading and saving. ----

/// What became of a save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Saved { version: i64, retries: u32 },
    Rejected(Vec<Rejection>),
}

/// The state of a company, with the rows of all views.
pub(crate) async fn read(pool: &PgPool, id: CompanyId) -> sqlx::Result<CompanyState> {
    let query = format!("{} WHERE r.id = $1", CompanyEvent::STATE_SQL);
    sqlx::query_as(AssertSqlSafe(query)).bind(id).fetch_one(pool).await
}

/// Appends at exactly the next sequence after the one that the writer has seen, or says why not: its version is then
/// that of the last event.
async fn append(
    pool: &PgPool,
    at: DateTime<Utc>,
    id: CompanyId,
    seen: i64,
    events: &[CompanyEvent],
) -> sqlx::Result<Result<i64, Rejection>> {
    let Err(error) = store::append(pool, &id, seen, at, None, events).await else {
        return Ok(Ok(seen + i64::try_from(events.len()).expect("a few events")));
    };
    match refusal_of::<CompanyEvent>(&error) {
        Some(it) if it.reason == Reason::Event(ErrorKind::Replay) => Ok(Err(Rejection::SavedSince { seen })),
        // The only `unique` there is.
        Some(it) if it.reason == Reason::Unique => Ok(Err(Rejection::UsernameIsTaken)),
        _ => Err(error),
    }
}

/// Saves the first event: only if the company is new.
pub(crate) async fn found(
    pool: &PgPool,
    at: DateTime<Utc>,
    id: CompanyId,
    name: &str,
) -> sqlx::Result<Outcome> {
    let founded = CompanyEvent::CompanyFounded { company_name: name.into() };
    Ok(match append(pool, at, id, 0, &[founded]).await? {
        Ok(version) => Outcome::Saved { version, retries: 0 },
        Err(_) => Outcome::Rejected(vec![Rejection::AlreadyFounded]),
    })
}

/// Saves what was decided on a state, but only if nobody has saved since.
pub(crate) async fn save_at(
    pool: &PgPool,
    at: DateTime<Utc>,
    seen: &CompanyState,
    decision: Decision,
) -> sqlx::Result<Outcome> {
    let events = match decision {
        Ok(events) => events,
        Err(why) => return Ok(Outcome::Rejected(why)),
    };
    Ok(match append(pool, at, seen.id, seen.version, &events).await? {
        Ok(version) => Outcome::Saved { version, retries: 0 },
        Err(why) => Outcome::Rejected(vec![why]),
    })
}

/// The same, but if somebody has saved since, it reads the new state and decides again.
pub(crate) async fn save(
    pool: &PgPool,
    at: DateTime<Utc>,
    mut seen: CompanyState,
    command: impl Fn(&CompanyState) -> Decision,
) -> sqlx::Result<Outcome> {
    let mut retries = 0;
    loop {
        match save_at(pool, at, &seen, command(&seen)).await? {
            Outcome::Saved { version, .. } => return Ok(Outcome::Saved { version, retries }),
            Outcome::Rejected(why) if matches!(*why, [Rejection::SavedSince { .. }]) => {
                seen = read(pool, seen.id).await?;
                retries += 1;
            }
            rejected @ Outcome::Rejected(_) => return Ok(rejected),
        }
    }
}

/// Inserts a user without reading the others, at whatever sequence is next: whether the name is free, the `unique`
/// of the table decides.
pub(crate) async fn insert_user(
    pool: &PgPool,
    at: DateTime<Utc>,
    id: CompanyId,
    (user_id, name, username): (UserId, &str, &str),
) -> sqlx::Result<Outcome> {
    let inserted = [CompanyEvent::UserInserted { user_id, name: name.into(), username: username.into() }];
    let mut retries = 0;
    loop {
        let seen: i64 = sqlx::query_scalar("SELECT version FROM companies WHERE id = $1")
            .bind(id)
            .fetch_one(pool)
            .await?;
        match append(pool, at, id, seen, &inserted).await? {
            Ok(version) => return Ok(Outcome::Saved { version, retries }),
            Err(Rejection::SavedSince { .. }) => retries += 1,
            Err(why) => return Ok(Outcome::Rejected(vec![why])),
        }
    }
}

// ---- What is asked of the tables, and of the events. ----

pub(crate) const USER_BY_NAME: &str = "\
SELECT * FROM companies_users
WHERE id = $1 AND username = $2";

pub(crate) const GROUPS_OF_USER: &str = "\
SELECT g.name FROM companies_members AS m JOIN companies_groups AS g USING (id, group_id)
WHERE m.id = $1 AND m.user_id = $2 ORDER BY g.name";

/// The owner of the event table may also ask for a row as it was.
pub(crate) const ROW_AT: &str = "SELECT * FROM companies_at($1, $2)";

pub(crate) const API_KEY_CHANGES: &str = "\
SELECT k.sequence, k.recorded_at, k.event_type, u.event ->> 'username'
FROM company_events AS k JOIN company_events AS u
  ON u.event_type = 'user_inserted' AND u.event -> 'user_id' = k.event -> 'user_id'
WHERE k.id = $1 AND u.id = $1 AND k.recorded_at >= $2
  AND k.event_type IN ('api_key_set', 'api_key_revoked')
ORDER BY k.sequence";

// ---- The steps, in `groups/steps.rs`, show that it works. ----

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = steps::show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}

/// The last four digits of an id.
fn short(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("…{}", &digits[digits.len() - 4..])
}
