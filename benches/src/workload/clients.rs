//! Clients that insert one event per transaction.

use super::{Sample, Scale};
use crate::cost::{Cost, Session, micros, settle};
use crate::events::{Stored, User, UserEvent, UserId};
use crate::insert;
use crate::statistics::quantile;
use crate::streams::{self, Random, World};
use crate::subject::{Keeps, Lab};
use chrono::Utc;
use es_rollup::{Fold, Recorded, Rollup as _};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Barrier;
use uuid::Uuid;

/// An event, and the state after it for the application to write.
type Appended = (Stored, User);

/// The number of users that only one client writes to.
const USERS: usize = 100;

/// The total number of users. Plans for a table of one page would differ from plans in production.
const ALL_USERS: usize = 5000;

/// The results of the clients in one round.
#[derive(Default)]
struct Round {
    cost: Cost,
    latencies: Vec<f64>,
    again: usize,
}

/// One and eight clients, with and without waiting for the disk, each with its own users.
pub async fn apart(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    for (commit, clients, events) in [("off", 1, 3000), ("off", 8, 600), ("on", 1, 200), ("on", 8, 60)] {
        let words = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
        let name = format!("{words}, an event a transaction, synchronous_commit {commit}");
        let (rounds, events) = (scale.of(5, 3), scale.of(events, events / 3));
        let (mut world, before) = World::with_users(13, ALL_USERS);
        let users: Vec<User> = world.states().cloned().collect();
        // By round, then by client. The first round warms up.
        let mut work: Vec<Vec<Vec<Appended>>> = Vec::new();
        for _ in 0..=rounds {
            let mut of_round = Vec::new();
            for client in 0..clients {
                let mut of_client = Vec::new();
                for _ in 0..events {
                    let place = client * USERS + world.random().below(USERS);
                    let id = world.ids[place];
                    let event = world.next(id);
                    let state = world.state(id).cloned().expect("the user is there");
                    of_client.push((event, state));
                }
                of_round.push(of_client);
            }
            work.push(of_round);
        }
        let mut pools = Vec::new();
        for lab in labs {
            lab.reset(&before, &World::of(users.clone())).await?;
        }
        labs[0].checkpoint().await?;
        for lab in labs {
            pools.push(sessions(lab, clients, commit).await?);
        }
        for (round, work) in work.iter().enumerate() {
            for place in 0..labs.len() {
                let at = (place + round) % labs.len();
                let application = labs[at].subject.keeps == Keeps::Application;
                let tasks = work.iter().cloned().map(|events| {
                    move |session: Session, start: Arc<Barrier>| append(session, start, events, application)
                });
                let done = together(&mut pools[at], tasks).await?;
                if round > 0 {
                    samples.push(sample(&name, &labs[at], round - 1, (clients * events) as f64, done));
                }
            }
        }
        for (lab, pool) in labs.iter().zip(pools) {
            close(pool).await?;
            lab.verify(&world, &name).await?;
        }
    }
    Ok(())
}

/// Eight clients that all append to the same ten users.
pub async fn hot(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    const CLIENTS: usize = 8;
    let name = "8 clients on 10 users, synchronous_commit off".to_owned();
    let (rounds, events) = (scale.of(5, 3), scale.of(300, 100));
    let (world, before) = World::with_users(17, ALL_USERS);
    let mut pools = Vec::new();
    for lab in labs {
        lab.reset(&before, &world).await?;
    }
    labs[0].checkpoint().await?;
    for lab in labs {
        pools.push(sessions(lab, CLIENTS, "off").await?);
    }
    for round in 0..=rounds {
        for place in 0..labs.len() {
            let at = (place + round) % labs.len();
            let application = labs[at].subject.keeps == Keeps::Application;
            let tasks = (0..CLIENTS).map(|client| {
                let (ids, seed) = (world.ids[..10].to_vec(), (round * CLIENTS + client) as u64);
                move |session: Session, start: Arc<Barrier>| {
                    contend(session, start, ids, seed, events, application)
                }
            });
            let done = together(&mut pools[at], tasks).await?;
            if round > 0 {
                samples.push(sample(&name, &labs[at], round - 1, (CLIENTS * events) as f64, done));
            }
        }
    }
    for (lab, pool) in labs.iter().zip(pools) {
        close(pool).await?;
        // Which client's event came first depends on the run, so the expected states are folded from the event table.
        lab.verify(&logged(lab).await?, &name).await?;
    }
    Ok(())
}

async fn sessions(lab: &Lab, clients: usize, commit: &'static str) -> sqlx::Result<Vec<Session>> {
    let mut sessions = Vec::new();
    for _ in 0..clients {
        let mut session = lab.session().await?;
        let set = AssertSqlSafe(format!("SET synchronous_commit = {commit}"));
        sqlx::query(set).execute(&mut session.connection).await?;
        sessions.push(session);
    }
    Ok(sessions)
}

async fn close(pool: Vec<Session>) -> sqlx::Result<()> {
    for session in pool {
        session.connection.close().await?;
    }
    Ok(())
}

/// Runs the work of all sessions at the same time, and returns the sessions to the pool.
async fn together<T, F>(pool: &mut Vec<Session>, tasks: impl Iterator<Item = T>) -> sqlx::Result<Round>
where
    T: FnOnce(Session, Arc<Barrier>) -> F,
    F: Future<Output = sqlx::Result<(Session, Vec<f64>, usize)>> + Send + 'static,
{
    let wal = pool[0].wal().await?;
    let before: f64 = pool.iter().map(Session::processor).sum();
    let start = Arc::new(Barrier::new(pool.len()));
    let begin = Instant::now();
    let running: Vec<_> = pool
        .drain(..)
        .zip(tasks)
        .map(|(session, task)| tokio::spawn(task(session, Arc::clone(&start))))
        .collect();
    let mut round = Round::default();
    for task in running {
        let (session, latencies, again) = task.await.expect("a client does not panic")?;
        pool.push(session);
        round.latencies.extend(latencies);
        round.again += again;
    }
    let wall = micros(begin.elapsed());
    settle().await;
    let processor = pool.iter().map(Session::processor).sum::<f64>() - before;
    round.cost = Cost { processor, wall, wal: pool[0].wal().await? - wal };
    Ok(round)
}

fn sample(name: &str, lab: &Lab, round: usize, events: f64, mut done: Round) -> Sample {
    done.latencies.sort_by(f64::total_cmp);
    let latency = Some((quantile(&done.latencies, 0.5), quantile(&done.latencies, 0.99)));
    Sample {
        workload: name.to_owned(),
        subject: lab.subject.letter.to_string(),
        round,
        events,
        cost: done.cost,
        latency,
        storage: None,
    }
}

async fn append(
    mut session: Session,
    start: Arc<Barrier>,
    events: Vec<Appended>,
    application: bool,
) -> sqlx::Result<(Session, Vec<f64>, usize)> {
    let mut latencies = Vec::with_capacity(events.len());
    start.wait().await;
    for (event, state) in &events {
        let begin = Instant::now();
        if application {
            let mut transaction = session.connection.begin().await?;
            insert::one(&mut transaction, event).await?;
            insert::keep_row(&mut transaction, state).await?;
            transaction.commit().await?;
        } else {
            insert::one(&mut session.connection, event).await?;
        }
        latencies.push(micros(begin.elapsed()));
    }
    Ok((session, latencies, 0))
}

async fn contend(
    mut session: Session,
    start: Arc<Barrier>,
    ids: Vec<Uuid>,
    seed: u64,
    events: usize,
    application: bool,
) -> sqlx::Result<(Session, Vec<f64>, usize)> {
    let mut random = Random::new(seed);
    let mut latencies = Vec::with_capacity(events);
    let mut again = 0;
    start.wait().await;
    for _ in 0..events {
        let (id, event) = (ids[random.below(ids.len())], streams::event(&mut random, false));
        let begin = Instant::now();
        while let Err(error) = append_next(&mut session.connection, id, &event, application).await {
            let code = error.as_database_error().and_then(|it| it.code().map(Cow::into_owned));
            // Another client appended an event with this sequence, or the transaction conflicted with others.
            match code.as_deref() {
                Some("23505" | "40001" | "40P01") => again += 1,
                _ => return Err(error),
            }
        }
        latencies.push(micros(begin.elapsed()));
    }
    Ok((session, latencies, again))
}

/// Appends an event with the next sequence. An application reads the row, folds the event into it and writes it.
async fn append_next(
    connection: &mut PgConnection,
    id: Uuid,
    event: &UserEvent,
    application: bool,
) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    let recorded_at = chrono::SubsecRound::trunc_subsecs(Utc::now(), 6);
    let sequence: i32 = sqlx::query_scalar(
        "INSERT INTO user_events (id, sequence, event_type, event, recorded_at)
         SELECT $1, coalesce(max(e.sequence), 0) + 1, $2, $3::jsonb, $4 FROM user_events AS e WHERE e.id = $1
         RETURNING sequence",
    )
    .bind(id)
    .bind(event.event_name())
    .bind(serde_json::to_string(event).expect("events are JSON"))
    .bind(recorded_at)
    .fetch_one(&mut *transaction)
    .await?;
    if application {
        let user: User = sqlx::query_as("SELECT * FROM user_events_rollup WHERE id = $1")
            .bind(id)
            .fetch_one(&mut *transaction)
            .await?;
        let mut fold: Fold<UserEvent> = Fold::from_state(user);
        fold.apply(Recorded::new(&UserId(id), sequence, recorded_at, event))
            .expect("the event continues the stream");
        insert::keep_row(&mut transaction, fold.state().expect("the user is there")).await?;
    }
    transaction.commit().await
}

/// The states that the events in the table fold into.
async fn logged(lab: &Lab) -> sqlx::Result<World> {
    let mut session = lab.session().await?;
    let events: Vec<(Uuid, i32, String, chrono::DateTime<Utc>)> = sqlx::query_as(
        "SELECT id, sequence, event::text, recorded_at FROM user_events ORDER BY id, sequence",
    )
    .fetch_all(&mut session.connection)
    .await?;
    let users = events.chunk_by(|one, next| one.0 == next.0).map(|stream| {
        let events = stream.iter().map(|it| serde_json::from_str(&it.2).expect("it was written by serde"));
        let events: Vec<UserEvent> = events.collect();
        let recorded = stream.iter().zip(&events);
        let id = UserId(stream[0].0);
        UserEvent::fold(
            recorded.map(|((_, sequence, _, at), event)| Recorded::new(&id, *sequence, *at, event)),
        )
        .expect("the events fold")
        .expect("no event deletes")
    });
    Ok(World::of(users.collect()))
}
