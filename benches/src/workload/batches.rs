//! Events inserted by one session: one by one in the server, in statements of many events, or by COPY.

use super::{COUNTED, Sample, Scale};
use crate::cost::{Cost, Session};
use crate::events::{Stored, User};
use crate::insert;
use crate::streams::World;
use crate::subject::{COUNTERS, Keeps, Lab};
use sqlx::{Connection as _, PgConnection};

/// Batches for every subject, made once, and the resulting states.
struct Workload {
    name: String,
    world: World,
    before: Vec<Stored>,
    /// The state of all users before the first batch.
    users: Vec<User>,
    /// Not measured: these make the session's plans.
    warm: Vec<Batch>,
    rounds: Vec<Vec<Batch>>,
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// A loop in the server, in one transaction.
    OneByOne,
    /// An `INSERT ... SELECT FROM UNNEST(...)`.
    Statement,
}

struct Batch {
    events: Vec<Stored>,
    /// The states after the batch, for the application to write.
    states: Vec<User>,
}

impl Batch {
    fn new(world: &World, events: Vec<Stored>) -> Self {
        let mut ids: Vec<_> = events.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let states = ids.into_iter().filter_map(|id| world.state(id)).cloned().collect();
        Self { events, states }
    }
}

const USERS: usize = 10_000;

impl Workload {
    fn new(name: String, how: How, scale: Scale) -> Self {
        let (world, before) = World::with_users(7, scale.of(USERS, USERS / 2));
        let users = world.states().cloned().collect();
        Self { name, world, before, users, warm: Vec::new(), rounds: Vec::new(), how }
    }

    fn batch(&mut self, places: impl IntoIterator<Item = usize>) -> Batch {
        let events = self.world.events(places);
        Batch::new(&self.world, events)
    }

    async fn run(self, labs: &[Lab], samples: &mut Vec<Sample>) -> sqlx::Result<()> {
        let before = self.before_world();
        let mut sessions = Vec::new();
        let takes_part = |lab: &&Lab| self.how == How::Statement || lab.subject.keeps != Keeps::Application;
        for lab in labs.iter().filter(takes_part) {
            lab.reset(&self.before, &before).await?;
        }
        labs[0].checkpoint().await?;
        for lab in labs.iter().filter(takes_part) {
            let mut session = lab.session().await?;
            self.insert(lab, &mut session, &self.warm).await?;
            sessions.push((lab, session));
        }
        for (round, batches) in self.rounds.iter().enumerate() {
            // Subjects take turns to begin a round, so that no subject is always first after a pause.
            let first = round % sessions.len();
            for at in (first..sessions.len()).chain(0..first) {
                let (lab, session) = &mut sessions[at];
                let cost = self.insert(lab, session, batches).await?;
                let events: usize = batches.iter().map(|batch| batch.events.len()).sum();
                samples.push(Sample {
                    workload: self.name.clone(),
                    subject: lab.subject.letter.to_string(),
                    round,
                    events: events as f64,
                    cost,
                    latency: None,
                    storage: None,
                });
            }
        }
        for (lab, session) in sessions {
            session.connection.close().await?;
            lab.verify(&self.world, &self.name).await?;
        }
        Ok(())
    }

    /// A world with the users before the first batch.
    fn before_world(&self) -> World {
        World::of(self.users.clone())
    }

    async fn insert(&self, lab: &Lab, session: &mut Session, batches: &[Batch]) -> sqlx::Result<Cost> {
        if self.how == How::OneByOne {
            return loop_in_server(session, batches).await;
        }
        let application = lab.subject.keeps == Keeps::Application;
        // One measurement for all statements, so that they follow each other as in practice.
        session
            .measure(async |connection: &mut PgConnection| {
                for Batch { events, states } in batches {
                    if application {
                        insert_and_keep(connection, events, states).await?;
                    } else {
                        insert::many(connection, events).await?;
                    }
                }
                Ok(())
            })
            .await
    }
}

async fn loop_in_server(session: &mut Session, batches: &[Batch]) -> sqlx::Result<Cost> {
    let mut total = Cost::default();
    for Batch { events, .. } in batches {
        insert::stage(&mut session.connection, events).await?;
        let last = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let call = async |it: &mut PgConnection| {
            sqlx::query("SELECT insert_one_by_one(1, $1)").bind(last).execute(it).await.map(drop)
        };
        total += session.measure(call).await?;
    }
    Ok(total)
}

async fn insert_and_keep(
    connection: &mut PgConnection,
    events: &[Stored],
    states: &[User],
) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    insert::many(&mut transaction, events).await?;
    match states {
        [state] => insert::keep_row(&mut transaction, state).await?,
        states => insert::keep_rows(&mut transaction, &states.iter().collect::<Vec<_>>()).await?,
    }
    transaction.commit().await
}

/// Single inserts in a loop in the server: a thousand users in turn, so that each has one event per transaction.
pub async fn one_by_one(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    singly(labs, "lone inserts, in the server".to_owned(), scale, samples).await
}

async fn singly(labs: &[Lab], name: String, scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let mut workload = Workload::new(name, How::OneByOne, scale);
    let (rounds, calls) = (scale.of(9, 5), scale.of(4, 2));
    let mut made: Vec<Vec<Batch>> = Vec::new();
    for _ in 0..=rounds {
        let mut batches = Vec::new();
        for _ in 0..calls {
            let places = workload.world.different(1000);
            batches.push(workload.batch(places));
        }
        made.push(batches);
    }
    workload.warm = made.remove(0);
    workload.rounds = made;
    workload.run(labs, samples).await
}

/// How the events of a statement are spread over users.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    OneUser,
    TenEach,
    OneEach,
}

/// The sizes of statements, with the number of statements in a round.
const SIZES: [(usize, usize); 5] = [(1, 400), (10, 200), (100, 40), (1000, 6), (10_000, 2)];

/// Statements of many events.
pub async fn statements(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    for (size, repeats) in SIZES {
        for shape in [Shape::OneUser, Shape::TenEach, Shape::OneEach] {
            statement(labs, "a statement", (size, repeats, shape), scale, samples).await?;
        }
    }
    Ok(())
}

async fn statement(
    labs: &[Lab],
    name: &str,
    (size, repeats, shape): (usize, usize, Shape),
    scale: Scale,
    samples: &mut Vec<Sample>,
) -> sqlx::Result<()> {
    let (users, words) = match shape {
        Shape::OneUser => (1, "of one user"),
        Shape::TenEach => (size / 10, "ten a user"),
        Shape::OneEach => (size, "one a user"),
    };
    // Small statements have fewer distinct shapes.
    let same = (shape == Shape::OneEach && size == 1) || (shape == Shape::TenEach && size < 1000);
    if same || users > scale.of(USERS, USERS / 2) {
        return Ok(());
    }
    let name = if size == 1 { format!("{name} of 1") } else { format!("{name} of {size}, {words}") };
    let mut workload = Workload::new(name, How::Statement, scale);
    let (rounds, repeats) = (scale.of(7, 3), scale.of(repeats, repeats.div_ceil(4)));
    let mut made: Vec<Vec<Batch>> = Vec::new();
    // Ten to warm up, because PostgreSQL may switch to a generic plan after five.
    let warm = if size < 1000 { 10_usize.div_ceil(repeats) } else { 1 };
    for _ in 0..rounds + warm {
        let mut batches = Vec::new();
        for _ in 0..repeats {
            let chosen = workload.world.different(users);
            let places = chosen.iter().flat_map(|place| std::iter::repeat_n(*place, size / users));
            batches.push(workload.batch(places.collect::<Vec<_>>()));
        }
        made.push(batches);
    }
    workload.rounds = made.split_off(warm);
    workload.warm = made.into_iter().flatten().collect();
    workload.run(labs, samples).await
}

/// The same events where only their number is kept, beside a view that PostgreSQL's extension maintains.
pub async fn counters(scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let mut labs = Vec::new();
    for subject in COUNTERS {
        if subject.is_available().await? {
            labs.push(Lab::set_up(*subject).await?);
        } else {
            println!("          {} is not installed on this server and is left out", subject.name);
        }
    }
    singly(&labs, format!("{COUNTED}lone inserts, in the server"), scale, samples).await?;
    for (size, repeats) in SIZES {
        for shape in [Shape::OneUser, Shape::OneEach] {
            let chosen = (size, repeats, shape);
            statement(&labs, &format!("{COUNTED}a statement"), chosen, scale, samples).await?;
        }
    }
    for lab in labs {
        lab.close().await;
    }
    Ok(())
}

/// Events inserted by COPY into empty tables, in order of time.
pub async fn copy(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (users, each) = (scale.of(100_000, 10_000), 10);
    let name = format!("COPY of {} events of {users} users", users * each);
    let mut world = World::new(11);
    let mut events: Vec<Stored> = (0..users).map(|_| world.create()).collect();
    for _ in 1..each {
        events.extend(world.events(0..users));
    }
    let text = insert::copy_text(&events);
    let count = events.len() as f64;
    drop(events);
    for round in 0..3 {
        for lab in labs.iter().filter(|lab| lab.subject.keeps != Keeps::Application) {
            lab.reset(&[], &world).await?;
            lab.checkpoint().await?;
            let mut session = lab.session().await?;
            let cost = session.measure(async |it: &mut PgConnection| insert::copy(it, &text).await).await?;
            let storage = lab.storage(&mut session.connection).await?;
            session.connection.close().await?;
            if round == 0 {
                lab.verify(&world, &name).await?;
            }
            let subject = lab.subject.letter.to_string();
            samples.push(Sample {
                workload: name.clone(),
                subject,
                round,
                events: count,
                cost,
                latency: None,
                storage,
            });
        }
    }
    Ok(())
}
