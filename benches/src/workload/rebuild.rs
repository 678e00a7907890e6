//! Rebuilds all rows from the events.

use super::{Sample, Scale};
use crate::cost::{Cost, Session};
use crate::events::{Stored, UserEvent, UserId};
use crate::insert;
use crate::streams::World;
use crate::subject::{CATCH_UP, Lab};
use chrono::{DateTime, Utc};
use es_rollup::{Fold, Recorded};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use uuid::Uuid;

/// Reads the columns that a fold needs, in the order of the fold. No row leaves the server.
const READ: &str = "SELECT count(payload) FROM (
    SELECT id, sequence, event AS payload, recorded_at FROM user_events ORDER BY id, sequence OFFSET 0
  ) AS e";

/// The same in a PL/pgSQL loop over the events.
const LOOP: &str = "DO $$
DECLARE e record;
BEGIN
  FOR e IN SELECT id, sequence, event AS payload, recorded_at FROM user_events ORDER BY id, sequence LOOP
    NULL;
  END LOOP;
END $$";

/// es-rollup compared with reading the events and with a replay through the hand-written row trigger.
pub async fn rebuild(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (users, each) = (scale.of(100_000, 10_000), 10);
    let name = format!("rebuild of {users} users from {} events", users * each);
    let lab = |letter| labs.iter().find(|lab| lab.subject.letter == letter).expect("the subject exists");
    let (ours, by_hand) = (lab('D'), lab('C'));
    let mut world = World::new(19);
    let mut events: Vec<Stored> = (0..users).map(|_| world.create()).collect();
    for _ in 1..each {
        events.extend(world.events(0..users));
    }
    let text = insert::copy_text(&events);
    let count = events.len() as f64;
    drop(events);
    let mut sessions = Vec::new();
    for lab in [ours, by_hand] {
        lab.reset(&[], &world).await?;
        let mut session = lab.session().await?;
        let it = &mut session.connection;
        it.execute("ALTER TABLE user_events DISABLE TRIGGER USER").await?;
        insert::copy(it, &text).await?;
        it.execute("ALTER TABLE user_events ENABLE TRIGGER USER").await?;
        it.execute("VACUUM ANALYZE user_events").await?;
        sessions.push(session);
    }
    drop(text);
    let mut put = |what: &str, round, cost: Cost| {
        let (workload, subject) = (name.clone(), what.to_owned());
        samples.push(Sample { workload, subject, round, events: count, cost, latency: None, storage: None });
    };
    let [session, replaying] = sessions.as_mut_slice() else { unreachable!("two were made") };
    for round in 0..scale.of(3, 3) {
        put(
            "read in order",
            round,
            session.measure(async |it: &mut PgConnection| it.execute(READ).await.map(drop)).await?,
        );
        put(
            "loop in PL/pgSQL",
            round,
            session.measure(async |it: &mut PgConnection| it.execute(LOOP).await.map(drop)).await?,
        );
        put("read and folded by the application", round, read_and_fold(session, &world).await?);
        session.connection.execute("TRUNCATE user_events_rollup").await?;
        put("es-rollup", round, session.measure(catch_up).await?);
        ours.verify(&world, &name).await?;
    }
    for round in 0..scale.of(2, 1) {
        let it = &mut replaying.connection;
        it.execute("CREATE TABLE IF NOT EXISTS log AS SELECT * FROM user_events ORDER BY id, sequence")
            .await?;
        it.execute("TRUNCATE user_events, user_events_rollup").await?;
        let replay = async |it: &mut PgConnection| {
            it.execute("INSERT INTO user_events SELECT * FROM log ORDER BY id, sequence").await.map(drop)
        };
        put("replay through the row trigger by hand", round, replaying.measure(replay).await?);
        by_hand.verify(&world, &name).await?;
    }
    replaying.connection.execute("DROP TABLE log").await?;
    for session in sessions {
        session.connection.close().await?;
    }
    Ok(())
}

async fn catch_up(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute("SET es_rollup.history_limit = 100000000").await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(AssertSqlSafe(CATCH_UP)).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// A program that reads all events over the network protocol and folds them. The processor time is only the server's;
/// the wall-clock time includes the program's work.
async fn read_and_fold(session: &mut Session, world: &World) -> sqlx::Result<Cost> {
    let users = world.ids.len();
    session
        .measure(async |connection: &mut PgConnection| {
            connection.execute("BEGIN").await?;
            connection
                .execute("DECLARE c NO SCROLL CURSOR FOR SELECT id, sequence, event, recorded_at FROM user_events ORDER BY id, sequence")
                .await?;
            let mut folded = 0;
            let mut at: Option<(UserId, Fold<UserEvent>)> = None;
            loop {
                let rows: Vec<PgRow> = sqlx::query("FETCH 10000 FROM c").fetch_all(&mut *connection).await?;
                if rows.is_empty() {
                    break;
                }
                for row in rows {
                    let (id, sequence): (Uuid, i32) = (row.try_get(0)?, row.try_get(1)?);
                    let event: sqlx::types::Json<UserEvent> = row.try_get(2)?;
                    let recorded_at: DateTime<Utc> = row.try_get(3)?;
                    if at.as_ref().is_none_or(|(of, _)| of.0 != id) {
                        folded += 1;
                        at = Some((UserId(id), Fold::new()));
                    }
                    let (id, fold) = at.as_mut().expect("the fold was created above");
                    fold.apply(Recorded::new(id, sequence, recorded_at, &event.0)).expect("the events fold");
                }
            }
            assert_eq!(folded, users, "the program must have folded all users");
            connection.execute("COMMIT").await.map(drop)
        })
        .await
}
