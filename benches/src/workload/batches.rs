//! Events inserted by one session: one by one in the server, in statements of many events, or by COPY.

use super::turns::{Batch, How, Workload};
use super::{COUNTED, Sample, Scale, sample};
use crate::events::Stored;
use crate::insert;
use crate::streams::World;
use crate::subject::{COUNTERS, Keeps, Lab};
use sqlx::{Connection as _, PgConnection};

const USERS: usize = 10_000;

/// A workload without batches yet, and the users before them.
fn begin(name: String, how: How, scale: Scale) -> (Workload, World) {
    let (world, before) = World::with_users(7, scale.of(USERS, USERS / 2));
    let users = world.states().cloned().collect();
    (Workload { name, before, users, warm: Vec::new(), rounds: Vec::new(), how }, world)
}

/// Events of users in turn, chosen by index.
fn batch(world: &mut World, places: impl IntoIterator<Item = usize>) -> Batch {
    let events = world.events(places);
    let mut ids: Vec<_> = events.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let states = ids.into_iter().filter_map(|id| world.state(id)).cloned().collect();
    Batch { events, states }
}

async fn run(
    workload: &Workload,
    world: &World,
    labs: &[Lab],
    samples: &mut Vec<Sample>,
) -> sqlx::Result<()> {
    workload.run(labs, samples).await?;
    for lab in labs.iter().filter(|lab| workload.suits(lab)) {
        lab.verify(world, &workload.name).await?;
    }
    Ok(())
}

/// Single inserts in a loop in the server: a thousand users in turn, so that each has one event per transaction.
pub async fn one_by_one(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    singly(labs, "lone inserts, in the server".to_owned(), scale, samples).await
}

pub(super) async fn singly(
    labs: &[Lab],
    name: String,
    scale: Scale,
    samples: &mut Vec<Sample>,
) -> sqlx::Result<()> {
    let (mut workload, mut world) = begin(name, How::OneByOne, scale);
    let (rounds, calls) = (scale.of(9, 5), scale.of(4, 2));
    let mut made: Vec<Vec<Batch>> = Vec::new();
    for _ in 0..=rounds {
        let mut batches = Vec::new();
        for _ in 0..calls {
            let places = world.different(1000);
            batches.push(batch(&mut world, places));
        }
        made.push(batches);
    }
    workload.warm = made.remove(0);
    workload.rounds = made;
    run(&workload, &world, labs, samples).await
}

/// How the events of a statement are spread over users.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
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

pub(super) async fn statement(
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
    let (mut workload, mut world) = begin(name, How::Statement, scale);
    let (rounds, repeats) = (scale.of(7, 3), scale.of(repeats, repeats.div_ceil(4)));
    let mut made: Vec<Vec<Batch>> = Vec::new();
    // Ten to warm up, because PostgreSQL may switch to a generic plan after five.
    let warm = if size < 1000 { 10_usize.div_ceil(repeats) } else { 1 };
    for _ in 0..rounds + warm {
        let mut batches = Vec::new();
        for _ in 0..repeats {
            let chosen = world.different(users);
            let places = chosen.iter().flat_map(|place| std::iter::repeat_n(*place, size / users));
            batches.push(batch(&mut world, places));
        }
        made.push(batches);
    }
    workload.rounds = made.split_off(warm);
    workload.warm = made.into_iter().flatten().collect();
    run(&workload, &world, labs, samples).await
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
    copied(labs, "COPY", scale.of(100_000, 10_000), samples).await
}

/// Ten events of each user.
pub(super) async fn copied(
    labs: &[Lab],
    name: &str,
    users: usize,
    samples: &mut Vec<Sample>,
) -> sqlx::Result<()> {
    let each = 10;
    let name = format!("{name} of {} events of {users} users", users * each);
    let mut world = World::new(11);
    let mut events: Vec<Stored> = (0..users).map(|_| world.create()).collect();
    for _ in 1..each {
        events.extend(world.events(0..users));
    }
    let text = insert::copy_text(&events);
    let count = events.len();
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
            samples.push(Sample { storage, ..sample(&name, lab, round, count, cost) });
        }
    }
    Ok(())
}
