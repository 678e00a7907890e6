//! Events of the items of carts, each of which is a row of a view: each in a statement, or many in one.

use super::turns::{Batch, How, Workload};
use super::{OF_ITEMS, Sample, Scale};
use crate::carts::{CartRollup, Carts, Item, ItemId};
use crate::events::Stored;
use crate::subject::{CARTS, ITEMS, Lab, Subject};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use uuid::Uuid;

/// How the events of a batch are spread over items.
#[derive(Clone, Copy)]
enum Shape {
    /// Many carts with a few items each, and one event of each item.
    Wide,
    /// Few carts with many events of few items each.
    Hot,
}

/// The items of a cart that are added and removed. At the start, three quarters are there, as in the long run.
const OF_A_CART: usize = 40;

/// The carts that have items. A shape uses all of them, or a few.
const USED: usize = 500;

/// All carts. Plans for a table of a few pages would differ from plans in production.
pub(super) const ALL_CARTS: usize = 5000;

impl Shape {
    const fn singly(self) -> &'static str {
        match self {
            Self::Wide => "lone inserts, in the server, of 500 carts",
            Self::Hot => "lone inserts, in the server, of 10 items of each of 10 carts",
        }
    }

    const fn at_once(self) -> &'static str {
        match self {
            Self::Wide => "a statement of 10000, 20 items of each of 500 carts",
            Self::Hot => "a statement of 10000, 1000 events of 10 items of each of 10 carts",
        }
    }

    /// The events of one statement.
    fn statement(self, carts: &mut Carts) -> Vec<Stored> {
        match self {
            Self::Wide => self.events(carts, 500, 20),
            Self::Hot => self.events(carts, 10, 1000),
        }
    }

    /// A thousand events, of the carts in turn.
    fn thousand(self, carts: &mut Carts) -> Vec<Stored> {
        let (of, rounds) = match self {
            Self::Wide => (500, 2),
            Self::Hot => (10, 100),
        };
        (0..rounds).flat_map(|_| self.events(carts, of, 1)).collect()
    }

    fn events(self, carts: &mut Carts, of: usize, each: usize) -> Vec<Stored> {
        let chosen = match self {
            Self::Wide => carts.different(of, USED),
            Self::Hot => (0..of).collect(),
        };
        let mut events = Vec::with_capacity(of * each);
        for cart in chosen {
            let items = match self {
                Self::Wide => carts.different(each, OF_A_CART),
                Self::Hot => (0..each).map(|_| carts.random.below(10)).collect(),
            };
            events.extend(items.into_iter().map(|item| carts.touch(cart, item)));
        }
        events
    }
}

/// Single inserts and large statements.
pub async fn items(scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let labs = labs(CARTS).await?;
    for shape in [Shape::Wide, Shape::Hot] {
        let made = |carts: &mut Carts| (0..2).map(|_| Batch::of(shape.thousand(carts))).collect();
        run(&labs, (shape.singly(), How::OneByOne, scale.of(9, 3)), made, samples).await?;
    }
    for shape in [Shape::Wide, Shape::Hot] {
        let made = |carts: &mut Carts| vec![Batch::of(shape.statement(carts))];
        run(&labs, (shape.at_once(), How::Statement, scale.of(7, 3)), made, samples).await?;
    }
    for lab in labs {
        lab.close().await;
    }
    Ok(())
}

pub(super) async fn labs(subjects: impl IntoIterator<Item = &Subject>) -> sqlx::Result<Vec<Lab>> {
    let mut labs = Vec::new();
    for subject in subjects {
        labs.push(Lab::set_up(*subject).await?);
    }
    Ok(labs)
}

async fn run(
    labs: &[Lab],
    (name, how, rounds): (&str, How, usize),
    made: impl Fn(&mut Carts) -> Vec<Batch>,
    samples: &mut Vec<Sample>,
) -> sqlx::Result<()> {
    let (mut carts, mut before) = Carts::with_carts(47, ALL_CARTS);
    for cart in 0..USED {
        before.extend((0..OF_A_CART * 3 / 4).map(|item| carts.add(cart, item)));
    }
    let warm = made(&mut carts);
    let rounds = (0..rounds).map(|_| made(&mut carts)).collect();
    let workload =
        Workload { name: format!("{OF_ITEMS}{name}"), before, users: Vec::new(), warm, rounds, how };
    workload.run(labs, samples).await?;
    for lab in labs {
        verify(lab, &carts, name).await?;
    }
    Ok(())
}

/// Compares every row with the fold, because the timing of a wrong subject is worthless.
pub(super) async fn verify(lab: &Lab, carts: &Carts, workload: &str) -> sqlx::Result<()> {
    let mut session = lab.session().await?;
    let it = &mut session.connection;
    let Subject { letter, name, tables, .. } = lab.subject;
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM user_events").fetch_one(&mut *it).await?;
    let expected: i64 = carts.states().map(|cart| cart.version).sum();
    assert_eq!(events, expected, "{workload}: {letter} ({name}) has a wrong number of events");
    let Some(table) = tables.first() else { return Ok(()) };
    let rows: Vec<CartRollup> =
        sqlx::query_as(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(&mut *it).await?;
    let rows: HashMap<Uuid, CartRollup> = rows.into_iter().map(|row| (row.id.0, row)).collect();
    assert_eq!(rows.len(), carts.ids.len(), "{workload}: {letter} ({name}) has a wrong number of rows");
    for cart in carts.states() {
        let row = rows.get(&cart.id.0);
        assert_eq!(row, Some(&cart.rollup), "{workload}: {letter} ({name}) has another row than the fold");
    }
    if !tables.contains(&ITEMS) {
        return Ok(());
    }
    let items: Vec<Item> =
        sqlx::query_as(AssertSqlSafe(format!("SELECT * FROM {ITEMS}"))).fetch_all(it).await?;
    let items: HashMap<(Uuid, ItemId), Item> =
        items.into_iter().map(|row| ((row.id.0, row.item), row)).collect();
    let expected: usize = carts.states().map(|cart| cart.items.len()).sum();
    assert_eq!(items.len(), expected, "{workload}: {letter} ({name}) has a wrong number of items");
    for item in carts.states().flat_map(|cart| cart.items.values()) {
        let row = items.get(&(item.id.0, item.item));
        assert_eq!(row, Some(item), "{workload}: {letter} ({name}) has another item than the fold");
    }
    Ok(())
}
