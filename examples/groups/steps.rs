//! What the example shows, step by step.

use std::error::Error;
use std::io::Write;

use chrono::{DateTime, Months, TimeZone, Utc};
use es_rollup::Rollup;
use sqlx::PgPool;
use uuid::Uuid;

use super::support::print::{explanation, heading, list, prose, sql, table};
use super::support::store::{self, Stored};
use super::{
    API_KEY_CHANGES, CompanyEvent, CompanyId, CompanyRollup, CompanyState, Decision, GROUPS_OF_USER, GroupId,
    Outcome, ROW_AT, USER_BY_NAME, User, UserId, add_to_group, create_group, delete_group, delete_user,
    describe_group, found, insert_user, read, remove_from_group, revoke_api_key, save, save_at, set_api_key,
    short,
};

type Shown = Result<(), Box<dyn Error>>;

pub(crate) const HALDEN: CompanyId = CompanyId(Uuid::from_u128(0x0197_2f00_c000_7000_8000_0000_0000_c001));
pub(crate) const BORG: CompanyId = CompanyId(Uuid::from_u128(0x0197_2f00_c000_7000_8000_0000_0000_c002));
const ADA: UserId = UserId(Uuid::from_u128(0x0197_2f00_a000_7000_8000_0000_0000_a001));
const BEN: UserId = UserId(Uuid::from_u128(0x0197_2f00_a000_7000_8000_0000_0000_a002));
const CLEO: UserId = UserId(Uuid::from_u128(0x0197_2f00_a000_7000_8000_0000_0000_a003));
const DAN: UserId = UserId(Uuid::from_u128(0x0197_2f00_a000_7000_8000_0000_0000_a004));
const OTHER_CLEO: UserId = UserId(Uuid::from_u128(0x0197_2f00_a000_7000_8000_0000_0000_a005));
const NOBODY: UserId = UserId(Uuid::from_u128(0x0197_2f00_a000_7000_8000_0000_0000_a999));
const PAYMENTS: GroupId = GroupId(Uuid::from_u128(0x0197_2f00_b000_7000_8000_0000_0000_b001));
const AUDIT: GroupId = GroupId(Uuid::from_u128(0x0197_2f00_b000_7000_8000_0000_0000_b002));

/// All steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Shown {
    store::create_table::<CompanyEvent>(pool).await?;
    store::migrate(pool, CompanyEvent::MIGRATION_SQL).await?;
    writeln!(out)?;
    explain(out)?;
    fill(pool, out).await?;
    look_up(pool, out).await?;
    delete(pool, out).await?;
    look_back(pool, out).await?;
    list_api_keys(pool, out).await?;
    be_rejected(pool, out).await?;
    compare(pool, out).await
}

/// 1: which event touches which row.
fn explain(out: &mut impl Write) -> Shown {
    heading(out, "1. What each event does to which table")?;
    explanation(out, CompanyEvent::EXPLANATION)
}

/// 2: each command reads the state, decides, and saves.
async fn fill(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "2. Commands are saved, and four tables follow")?;
    let mut saves = Saves::default();
    let outcome = found(pool, day(2025, 6, 2), HALDEN, "Halden Bank").await?;
    saves.add(day(2025, 6, 2), "found Halden Bank", outcome);
    for user in [(ADA, "Ada Moreau", "ada"), (BEN, "Ben Okoye", "ben"), (CLEO, "Cleo Brandt", "cleo")] {
        let outcome = insert_user(pool, day(2025, 6, 3), HALDEN, user).await?;
        saves.add(day(2025, 6, 3), &format!("insert the user {}", user.2), outcome);
    }
    let commands: [Command; 10] = [
        (day(2025, 6, 10), "set an API key of ada", |it| set_api_key(it, ADA, "5c0f")),
        (day(2025, 7, 1), "create the group payments", |it| create_group(it, PAYMENTS, "payments", 3)),
        (day(2025, 7, 1), "create the group audit", |it| create_group(it, AUDIT, "audit", 2)),
        (day(2025, 7, 2), "add ada, ben and cleo to payments", |it| {
            add_to_group(it, PAYMENTS, &[ADA, BEN, CLEO])
        }),
        (day(2025, 7, 2), "add ben to audit", |it| add_to_group(it, AUDIT, &[BEN])),
        (day(2025, 7, 9), "describe payments", |it| describe_group(it, PAYMENTS, "releases payments")),
        (day(2025, 9, 20), "set an API key of ben", |it| set_api_key(it, BEN, "9a41")),
        (day(2025, 11, 5), "set another API key of ada", |it| set_api_key(it, ADA, "e7b2")),
        (day(2026, 1, 15), "revoke the API key of ben", |it| revoke_api_key(it, BEN)),
        (day(2026, 2, 9), "set an API key of cleo", |it| set_api_key(it, CLEO, "1d66")),
    ];
    run(pool, &mut saves, &commands).await?;
    saves.show(out)?;
    show_state(out, &read(pool, HALDEN).await?)
}

/// 3: what the maps in memory were for.
async fn look_up(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "3. A user by name, and the groups of a user")?;
    sql(out, USER_BY_NAME)?;
    let ben: User = sqlx::query_as(USER_BY_NAME).bind(HALDEN).bind("ben").fetch_one(pool).await?;
    list(
        out,
        [(
            "ben",
            format!("user {}, {}, last touched by event {}", short(ben.user_id.0), ben.name, ben.version),
        )],
    )?;
    sql(out, GROUPS_OF_USER)?;
    let groups: Vec<String> =
        sqlx::query_scalar(GROUPS_OF_USER).bind(HALDEN).bind(ben.user_id).fetch_all(pool).await?;
    list(out, [("ben", groups.join(", "))])
}

/// 4: one event takes the row of a user or group, and all its memberships.
async fn delete(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "4. A user who is deleted leaves all groups, and a deleted group has no members")?;
    let mut saves = Saves::default();
    let commands: [Command; 2] = [
        (day(2026, 2, 20), "add cleo to audit", |it| add_to_group(it, AUDIT, &[CLEO])),
        (day(2026, 2, 23), "delete the user ben", |it| delete_user(it, BEN)),
    ];
    run(pool, &mut saves, &commands).await?;
    saves.show(out)?;
    list(out, [("members", summary(&read(pool, HALDEN).await?))])?;
    let mut saves = Saves::default();
    let commands: [Command; 3] = [
        (day(2026, 2, 24), "delete the group audit", |it| delete_group(it, AUDIT)),
        (day(2026, 2, 24), "take ada out of payments", |it| remove_from_group(it, PAYMENTS, ADA)),
        (day(2026, 2, 24), "once more", |it| remove_from_group(it, PAYMENTS, ADA)),
    ];
    run(pool, &mut saves, &commands).await?;
    saves.show(out)?;
    list(out, [("members", summary(&read(pool, HALDEN).await?))])
}

/// 5: the state at an earlier sequence is the fold of the events up to there.
async fn look_back(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "5. The state at an earlier sequence")?;
    let stored: Vec<Stored<CompanyEvent>> = store::events(pool, Some(&HALDEN), 0).await?;
    let mut lines = vec![head(&["sequence", "last_event", "users, and members of groups"])];
    for sequence in [1_i64, 4, 9, 15, 18] {
        let prefix = stored.iter().take_while(|event| event.sequence <= sequence).map(Stored::recorded);
        let then = CompanyEvent::fold(prefix)?.ok_or("no state")?;
        let row: CompanyRollup = sqlx::query_as(ROW_AT).bind(HALDEN).bind(sequence).fetch_one(pool).await?;
        if row != then.rollup {
            return Err(format!("{row:?} is not {:?}", then.rollup).into());
        }
        lines.push(vec![sequence.to_string(), row.last_event, summary(&then)]);
    }
    table(out, &lines)?;
    prose(
        out,
        "Each is the fold in Rust of the events up to there. SQL gives the company's row of then, too:",
    )?;
    sql(out, ROW_AT)
}

/// 6: a question about the past is asked of the events.
async fn list_api_keys(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "6. Which API keys have changed in the last six months?")?;
    let today = day(2026, 3, 2);
    let since = today.checked_sub_months(Months::new(6)).ok_or("before all time")?;
    sql(out, API_KEY_CHANGES)?;
    let changes: Vec<(i32, DateTime<Utc>, String, String)> =
        sqlx::query_as(API_KEY_CHANGES).bind(HALDEN).bind(since).fetch_all(pool).await?;
    let mut lines = vec![head(&["recorded", "sequence", "event", "username"])];
    lines.extend(changes.into_iter().map(|(sequence, at, event, username)| {
        vec![at.format("%Y-%m-%d").to_string(), sequence.to_string(), event, username]
    }));
    table(out, &lines)?;
    prose(out, &format!("Since {}. The events also know of ben, who is deleted.", since.format("%Y-%m-%d")))
}

/// 7: a save succeeds, at once or after a retry, or it is rejected with reasons.
async fn be_rejected(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "7. A save succeeds, retries, or is rejected")?;
    let mut saves = Saves::default();
    let today = day(2026, 3, 2);
    saves.add(today, "found Halden Bank again", found(pool, today, HALDEN, "Halden Bank").await?);
    let dan = (DAN, "Dan Brandt", "cleo");
    saves.add(today, "insert dan with cleo's username", insert_user(pool, today, HALDEN, dan).await?);
    let dan = (DAN, "Dan Brandt", "dan");
    saves.add(today, "insert dan", insert_user(pool, today, HALDEN, dan).await?);
    saves.add(today, "found Borg", found(pool, today, BORG, "Borg").await?);
    let other = (OTHER_CLEO, "Cleo Visser", "cleo");
    saves.add(today, "insert a cleo at Borg", insert_user(pool, today, BORG, other).await?);

    // Two clerks have the same state before them.
    let (first, second) = (read(pool, HALDEN).await?, read(pool, HALDEN).await?);
    let key = set_api_key(&first, DAN, "70aa");
    saves.add(today, "first clerk: set an API key of dan", save_at(pool, today, &first, key).await?);
    let add = add_to_group(&second, PAYMENTS, &[DAN]);
    saves.add(today, "second clerk: add dan, or nothing", save_at(pool, today, &second, add).await?);
    let add = |it: &CompanyState| add_to_group(it, PAYMENTS, &[DAN]);
    saves.add(today, "second clerk: add dan", save(pool, today, second, add).await?);
    let add = |it: &CompanyState| add_to_group(it, PAYMENTS, &[BEN, NOBODY]);
    let now = read(pool, HALDEN).await?;
    saves.add(today, "second clerk: add ben and nobody", save(pool, today, now, add).await?);
    saves.show(out)?;
    list(out, [("members", summary(&read(pool, HALDEN).await?))])
}

/// 8: for every company, the rows of all four tables are what the stored events fold into.
pub(crate) async fn compare(pool: &PgPool, out: &mut impl Write) -> Shown {
    heading(out, "8. The fold in Rust equals the rows of all four tables")?;
    let mut lines = Vec::new();
    for folded in store::folded::<CompanyEvent>(pool).await? {
        let rows = read(pool, folded.id).await?;
        if rows != folded {
            list(out, [("rows", format!("{rows:?}")), ("fold", format!("{folded:?}"))])?;
            return Err("fold and rows differ".into());
        }
        let CompanyState { rollup, users, groups, members } = rows;
        let counted = [
            ("event", usize::try_from(rollup.version)?),
            ("user", users.len()),
            ("group", groups.len()),
            ("member", members.len()),
        ];
        let counted =
            counted.map(|(what, count)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
        lines.push((rollup.company_name, counted.join(", ")));
    }
    list(out, lines)?;
    prose(out, "Fold and rows are equal.")
}

// ---- Commands and their outcomes. ----

/// When, in words, and what it decides.
type Command = (DateTime<Utc>, &'static str, fn(&CompanyState) -> Decision);

async fn run(pool: &PgPool, saves: &mut Saves, commands: &[Command]) -> Shown {
    for (at, words, command) in commands {
        let seen = read(pool, HALDEN).await?;
        saves.add(*at, words, save(pool, *at, seen, command).await?);
    }
    Ok(())
}

/// Saves and their outcomes, to be printed.
#[derive(Default)]
struct Saves(Vec<Vec<String>>);

impl Saves {
    fn add(&mut self, at: DateTime<Utc>, words: &str, outcome: Outcome) {
        let outcomes = match outcome {
            Outcome::Saved { version, retries: 0 } => vec![format!("saved, at {version}")],
            Outcome::Saved { version, retries } => {
                vec![format!("saved, at {version}, retries: {retries}")]
            }
            Outcome::Rejected(why) => why.iter().map(|why| format!("rejected: {why}")).collect(),
        };
        let mut words = [at.format("%Y-%m-%d").to_string(), words.to_owned()];
        for outcome in outcomes {
            let [date, words] = std::mem::take(&mut words);
            self.0.push(vec![date, words, outcome]);
        }
    }

    fn show(mut self, out: &mut impl Write) -> Shown {
        self.0.insert(0, head(&["date", "command", "outcome"]));
        table(out, &self.0)
    }
}

fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 9, 30, 0).single().expect("a date of the calendar")
}

// ---- Printing. ----

/// The rows of the three views.
fn show_state(out: &mut impl Write, company: &CompanyState) -> Shown {
    let date = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "NULL".to_owned(), |at| at.format("%Y-%m-%d").to_string())
    };
    let mut lines =
        vec![head(&["user_id", "version", "name", "username", "api_key_set_at", "api_key_changes"])];
    lines.extend(company.users.values().map(|user| {
        vec![
            short(user.user_id.0),
            user.version.to_string(),
            user.name.clone(),
            user.username.clone(),
            date(user.api_key_set_at),
            user.api_key_changes.to_string(),
        ]
    }));
    table(out, &lines)?;
    let mut lines = vec![head(&["group_id", "version", "name", "seats", "description"])];
    lines.extend(company.groups.values().map(|group| {
        vec![
            short(group.group_id.0),
            group.version.to_string(),
            group.name.clone(),
            group.seats.to_string(),
            group.description.clone().unwrap_or_else(|| "NULL".to_owned()),
        ]
    }));
    table(out, &lines)?;
    let mut lines = vec![head(&["group_id", "user_id", "version"])];
    lines.extend(
        company.members.values().map(|member| {
            vec![short(member.group_id.0), short(member.user_id.0), member.version.to_string()]
        }),
    );
    table(out, &lines)
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The users, and the members of each group, by name.
fn summary(company: &CompanyState) -> String {
    let names: Vec<&str> = company.users.values().map(|user| user.username.as_str()).collect();
    let mut parts = vec![format!("users [{}]", names.join(" "))];
    parts.extend(company.groups.values().map(|group| {
        let names: Vec<&str> = company
            .members
            .keys()
            .filter(|(group_id, _)| *group_id == group.group_id)
            .filter_map(|(_, user_id)| Some(company.users.get(user_id)?.username.as_str()))
            .collect();
        format!("{} [{}]", group.name, names.join(" "))
    }));
    parts.join(", ")
}
