//! The roles of a bank's access module, with a row for each permission set of a role, beside the users of the example
//! `users`.
//!
//! ```sh
//! cargo run --example roles
//! ```
//!
//! It mirrors an access module in which a role is an aggregate with a set of permission sets, and every check of a
//! permission asks two ways: what may this role do, and who may do this? With a row for each, both are joins on an
//! index. That nobody enters a payment and approves it too is a `check` of the role's own row, so no race gets around
//! it. The migration is in `roles/roles.sql`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[allow(dead_code, unreachable_pub, reason = "only its events are used here")]
#[path = "users.rs"]
pub(crate) mod users;

use std::error::Error;
use std::io::{Write, stdout};

use chrono::{DateTime, TimeZone, Utc};
use es_rollup::{Reason, Rollup, SqlType, refusal_of};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgPool};
use users::support::print::{explanation, heading, list, prose, sql, table};
use users::support::store;
use users::{RoleId, UserEvent, UserRollup};
use uuid::{Uuid, uuid};

// ---- The events. ----

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct RoleName(pub String);

/// Permissions that are given together. It is a key of rows, so it is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct PermissionSetId(pub Uuid);

/// What can happen to a role. Its permission sets are kept twice, in the transaction of the event: in a column of the
/// role's row, where a `check` sees all of them, and as rows, which are found by permission set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "core_role_events", id = RoleId, derive(Debug, Clone, PartialEq, Deserialize, sqlx::FromRow))]
#[rollup(check(
    separate_duties = "NOT permissions @> '{019537a0-0000-7000-8000-00000000e001,019537a0-0000-7000-8000-00000000a002}'::uuid[]"
))]
#[rollup(view(
    permission_sets,
    key(permission_set_id),
    state = RolePermissionSet,
    index(permission_set_id)
))]
pub enum RoleEvent {
    #[rollup(create, set, permission_sets(add))]
    Initialized {
        #[rollup(ignore)]
        id: RoleId,
        #[rollup(unique)]
        name: RoleName,
        /// A member of the column, and a row, for each element.
        #[rollup(add = "permissions", permission_sets(key = "permission_set_id"))]
        permission_sets: Vec<PermissionSetId>,
    },
    /// To add what is there changes nothing, in the column as in the rows.
    #[rollup(permission_sets(add))]
    PermissionSetAdded {
        #[rollup(add = "permissions")]
        permission_set_id: PermissionSetId,
    },
    #[rollup(permission_sets(remove))]
    PermissionSetRemoved {
        #[rollup(remove = "permissions")]
        permission_set_id: PermissionSetId,
    },
}

// ---- The commands. ----

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Saved {
        version: i64,
    },
    NameIsTaken,
    /// The role could enter payments and approve them.
    DutiesAreNotSeparate,
}

/// The events of a new role are its first.
pub(crate) async fn create(
    pool: &PgPool,
    at: DateTime<Utc>,
    id: RoleId,
    name: &str,
    permission_sets: &[PermissionSetId],
) -> sqlx::Result<Outcome> {
    let name = RoleName(name.to_owned());
    append(pool, at, id, 0, RoleEvent::Initialized { id, name, permission_sets: permission_sets.to_vec() })
        .await
}

/// Appends an event that adds or removes, at whatever sequence is next. It need not read what the role has: to add
/// what is there is no harm, and what a role must not have the `check` says.
pub(crate) async fn change(
    pool: &PgPool,
    at: DateTime<Utc>,
    id: RoleId,
    event: RoleEvent,
) -> sqlx::Result<Outcome> {
    loop {
        let version: i64 = sqlx::query_scalar("SELECT version FROM core_role_events_rollup WHERE id = $1")
            .bind(id)
            .fetch_one(pool)
            .await?;
        match append(pool, at, id, version, event.clone()).await {
            Err(error) if store::lost_the_race::<RoleEvent>(&error) => {}
            outcome => return outcome,
        }
    }
}

async fn append(
    pool: &PgPool,
    at: DateTime<Utc>,
    id: RoleId,
    version: i64,
    event: RoleEvent,
) -> sqlx::Result<Outcome> {
    let Err(error) = store::append(pool, &id, version, at, None, &[event]).await else {
        return Ok(Outcome::Saved { version: version + 1 });
    };
    match refusal_of::<RoleEvent>(&error).map(|refusal| refusal.reason) {
        Some(Reason::Unique) => Ok(Outcome::NameIsTaken),
        Some(Reason::Check) => Ok(Outcome::DutiesAreNotSeparate),
        _ => Err(error),
    }
}

/// The role and its rows.
pub(crate) async fn read(pool: &PgPool, id: RoleId) -> sqlx::Result<RoleState> {
    let query = format!("{} WHERE r.id = $1", RoleEvent::STATE_SQL);
    sqlx::query_as(AssertSqlSafe(query)).bind(id).fetch_one(pool).await
}

// ---- The rest shows that it works. ----

pub(crate) const ENTER_PAYMENTS: PermissionSetId =
    PermissionSetId(uuid!("019537a0-0000-7000-8000-00000000e001"));
pub(crate) const APPROVE_PAYMENTS: PermissionSetId =
    PermissionSetId(uuid!("019537a0-0000-7000-8000-00000000a002"));
pub(crate) const READ_ACCOUNTS: PermissionSetId =
    PermissionSetId(uuid!("019537a0-0000-7000-8000-00000000c003"));
const READ_AUDIT: PermissionSetId = PermissionSetId(uuid!("019537a0-0000-7000-8000-00000000d004"));
const MANAGE_USERS: PermissionSetId = PermissionSetId(uuid!("019537a0-0000-7000-8000-00000000f005"));

/// The roles that the users of the other example have.
const ADMIN: RoleId = RoleId(uuid!("0195374a-c087-7f1e-ad27-f772b3f4e541"));
const MANAGER: RoleId = RoleId(uuid!("0195374a-db56-79c3-9d26-f815bc156f80"));
const ACCOUNTANT: RoleId = RoleId(uuid!("0195374a-f734-74a7-a677-58af847382e5"));
const AUDITOR: RoleId = RoleId(uuid!("0195374b-2ccb-7cb1-bc4f-c662cdec96ba"));

const WHO_MAY: &str = "\
SELECT u.email, r.name
FROM core_role_events_rollup_permission_sets AS p
JOIN core_role_events_rollup AS r USING (id)
JOIN core_user_events_rollup AS u ON u.role = r.id
WHERE p.permission_set_id = $1 ORDER BY u.email";

const WHAT_MAY: &str = "\
SELECT p.permission_set_id
FROM core_user_events_rollup AS u
JOIN core_role_events_rollup_permission_sets AS p ON p.id = u.role
WHERE u.email = $1 ORDER BY p.permission_set_id";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}

/// All steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out)?;
    heading(out, "1. What each event does to a role, and to the rows of its permission sets")?;
    explanation(out, RoleEvent::EXPLANATION)?;
    migrate(pool).await?;
    create_roles(pool, out).await?;
    ask(pool, out).await?;
    change_roles(pool, out).await?;
    compare(pool, out).await
}

/// Both tables of events, and the users of the other example, who have roles.
pub(crate) async fn migrate(pool: &PgPool) -> Result<(), Box<dyn Error>> {
    store::create_table::<UserEvent>(pool).await?;
    store::migrate(pool, UserEvent::MIGRATION_SQL).await?;
    store::create_table::<RoleEvent>(pool).await?;
    store::migrate(pool, RoleEvent::MIGRATION_SQL).await?;
    Ok(users::events::insert_shuffled(pool, &users::events::events_of_the_file()?).await?)
}

/// 2: one event makes the role and a row for each of its permission sets.
async fn create_roles(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "2. Roles are created, each with its permission sets")?;
    let mut lines = vec![head(&["id", "version", "name", "permission sets, by row"])];
    for (id, name, sets) in [
        (ADMIN, "admin", [MANAGE_USERS, READ_ACCOUNTS].as_slice()),
        (MANAGER, "bank manager", &[APPROVE_PAYMENTS, READ_ACCOUNTS]),
        (ACCOUNTANT, "accountant", &[ENTER_PAYMENTS, READ_ACCOUNTS]),
        (AUDITOR, "auditor", &[READ_ACCOUNTS, READ_AUDIT]),
    ] {
        create(pool, at(8, 0), id, name, sets).await?;
        lines.push(line(&read(pool, id).await?));
    }
    table(out, &lines)
}

/// 3: both ways by an index, beside the users.
async fn ask(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "3. Who may do this, and what may they do?")?;
    sql(out, WHO_MAY)?;
    show_who_may(pool, out, APPROVE_PAYMENTS).await?;
    sql(out, WHAT_MAY)?;
    let email = "o'hara@halden.example";
    let sets: Vec<PermissionSetId> = sqlx::query_scalar(WHAT_MAY).bind(email).fetch_all(pool).await?;
    list(out, [(email, names(sets.iter()))])
}

/// 4: nothing is read before it is written, and yet no role gets what it must not have.
async fn change_roles(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "4. Permission sets are added and removed, but never two that must be apart")?;
    let add = |permission_set_id| RoleEvent::PermissionSetAdded { permission_set_id };
    let remove = |permission_set_id| RoleEvent::PermissionSetRemoved { permission_set_id };
    let mut lines = vec![head(&["time", "change", "outcome", "permission sets, by row"])];
    for (minute, words, id, event) in [
        (1, "manager + read audit", MANAGER, add(READ_AUDIT)),
        (2, "manager + read audit, again", MANAGER, add(READ_AUDIT)),
        (3, "manager + enter payments", MANAGER, add(ENTER_PAYMENTS)),
        (4, "manager - approve payments", MANAGER, remove(APPROVE_PAYMENTS)),
        (5, "manager + enter payments", MANAGER, add(ENTER_PAYMENTS)),
        (6, "accountant - enter payments", ACCOUNTANT, remove(ENTER_PAYMENTS)),
        (7, "accountant + approve payments", ACCOUNTANT, add(APPROVE_PAYMENTS)),
    ] {
        let outcome = change(pool, at(9, minute), id, event).await?;
        let role = read(pool, id).await?;
        let sets = names(role.permission_sets.keys());
        lines.push(vec![at(9, minute).format("%H:%M").to_string(), words.to_owned(), said(outcome), sets]);
    }
    let taken = create(pool, at(9, 8), RoleId(Uuid::from_u128(1)), "auditor", &[READ_AUDIT]).await?;
    lines.push(vec!["09:08".to_owned(), "another auditor".to_owned(), said(taken)]);
    table(out, &lines)?;
    prose(out, "Who may approve payments now:")?;
    show_who_may(pool, out, APPROVE_PAYMENTS).await
}

/// 5: roles and users, from the events of both.
pub(crate) async fn compare(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "5. The fold in Rust equals the rows, for every role and every user")?;
    let mut rows = 0;
    let folded = store::folded::<RoleEvent>(pool).await?;
    for folded in &folded {
        let read = read(pool, folded.id).await?;
        rows += read.permission_sets.len();
        if read != *folded {
            list(out, [("rows", format!("{read:?}")), ("fold", format!("{folded:?}"))])?;
            return Err("fold and rows differ".into());
        }
    }
    let stored = "SELECT (SELECT count(*) FROM core_role_events_rollup), \
                  (SELECT count(*) FROM core_role_events_rollup_permission_sets)";
    let stored: (i64, i64) = sqlx::query_as(stored).fetch_one(pool).await?;
    if stored != (i64::try_from(folded.len())?, i64::try_from(rows)?) {
        return Err("there are rows of roles that have no events".into());
    }
    let users: Vec<UserRollup> =
        sqlx::query_as("SELECT * FROM core_user_events_rollup ORDER BY id").fetch_all(pool).await?;
    if users != store::folded::<UserEvent>(pool).await? {
        return Err("fold and rows of users differ".into());
    }
    let roles = format!("{}, with {rows} permission sets", folded.len());
    list(out, [("roles", roles), ("users", users.len().to_string())])?;
    prose(out, "Fold and rows are equal.")
}

async fn show_who_may(
    pool: &PgPool,
    out: &mut impl Write,
    set: PermissionSetId,
) -> Result<(), Box<dyn Error>> {
    let who: Vec<(String, String)> = sqlx::query_as(WHO_MAY).bind(set).fetch_all(pool).await?;
    let mut lines = vec![head(&["email", "role"])];
    lines.extend(who.into_iter().map(|(email, role)| vec![email, role]));
    table(out, &lines)
}

fn line(role: &RoleState) -> Vec<String> {
    let id = role.id.0.to_string();
    let sets = names(role.permission_sets.keys());
    vec![format!("…{}", &id[id.len() - 4..]), role.version.to_string(), role.name.0.clone(), sets]
}

fn said(outcome: Outcome) -> String {
    match outcome {
        Outcome::Saved { version } => format!("saved, at {version}"),
        Outcome::NameIsTaken => "refused (unique)".to_owned(),
        Outcome::DutiesAreNotSeparate => "refused (check)".to_owned(),
    }
}

fn names<'a>(sets: impl Iterator<Item = &'a PermissionSetId>) -> String {
    let name = |set: &PermissionSetId| match *set {
        ENTER_PAYMENTS => "enter payments",
        APPROVE_PAYMENTS => "approve payments",
        READ_ACCOUNTS => "read accounts",
        READ_AUDIT => "read audit",
        MANAGE_USERS => "manage users",
        _ => "another",
    };
    sets.map(name).collect::<Vec<_>>().join(", ")
}

pub(crate) fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 4, 1, hour, minute, 0).single().expect("a time of the calendar")
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
