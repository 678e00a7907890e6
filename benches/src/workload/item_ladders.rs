//! How the cost of an event of a cart's item grows, for es-rollup, the trigger by hand and the bare insert.

use super::items::{ALL_CARTS, labs, verify};
use super::ladder::{Climbers, How, Ladder, steps};
use super::{Sample, Scale};
use crate::carts::Carts;
use crate::events::Stored;
use crate::subject::{CARTS, Lab};

const LINES: &[(&str, &str)] =
    &[("A", "events only"), ("H", "statement trigger by hand"), ("D", "es-rollup")];

const OF_A_CART: Ladder = Ladder {
    file: "items-of-a-cart",
    title: "A single event of an item, by how many items its cart has",
    axis: "items of the cart",
    lines: LINES,
};
const ITEMS_AT_ONCE: Ladder = Ladder {
    file: "items-at-once",
    title: "One statement of events that each add an item to an empty cart",
    axis: "items in the statement",
    lines: LINES,
};
const CARTS_AT_ONCE: Ladder = Ladder {
    file: "carts-at-once",
    title: "One statement of an event of an item of each of several carts",
    axis: "carts in the statement",
    lines: LINES,
};

/// The ladders of items, in the order of the report.
pub const LADDERS: [Ladder; 3] = [OF_A_CART, ITEMS_AT_ONCE, CARTS_AT_ONCE];

const ROUNDS: usize = 5;

/// Runs all ladders.
pub async fn ladders(scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let subjects = LINES.iter().map(|(letter, _)| {
        CARTS.iter().find(|it| letter.starts_with(it.letter)).expect("the subject exists")
    });
    let labs = labs(subjects).await?;
    of_a_cart(&labs, scale, samples).await?;
    items_at_once(&labs, scale, samples).await?;
    carts_at_once(&labs, scale, samples).await?;
    for lab in labs {
        lab.close().await;
    }
    Ok(())
}

/// Carts, some of them with ten items each.
fn shop(seed: u64, count: usize) -> (Carts, Vec<Stored>) {
    let (mut carts, mut before) = Carts::with_carts(seed, count);
    for cart in 0..1000 {
        before.extend((0..10).map(|item| carts.add(cart, item)));
    }
    (carts, before)
}

async fn end(climbers: Climbers<'_>, carts: &Carts, ladder: Ladder) -> sqlx::Result<()> {
    let labs = climbers.labs.clone();
    climbers.end().await?;
    for lab in labs {
        verify(lab, carts, ladder.file).await?;
    }
    Ok(())
}

async fn of_a_cart(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut carts, before) = shop(53, ALL_CARTS);
    let mut climbers = Climbers::new(labs, &before).await?;
    climbers.prepare(&[carts.open()]).await?;
    let cart = carts.ids.len() - 1;
    let mut there = 0;
    for step in steps(1, scale.of(100_000, 10_000)) {
        let added: Vec<Stored> = (there..step).map(|item| carts.add(cart, item)).collect();
        climbers.prepare(&added).await?;
        there = step;
        for round in 0..ROUNDS {
            let mut events = Vec::new();
            // In the end there are as many items as before.
            for _ in 0..50 {
                let [one, other, gone] = [(); 3].map(|()| carts.random.below(step));
                events.push(carts.reprice(cart, one));
                events.push(carts.reprice(cart, other));
                events.push(carts.remove(cart, gone));
                events.push(carts.add(cart, gone));
            }
            climbers.measure((OF_A_CART, step, round), &events, How::Apart, samples).await?;
        }
    }
    end(climbers, &carts, OF_A_CART).await
}

async fn items_at_once(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut carts, before) = shop(59, ALL_CARTS);
    let mut climbers = Climbers::new(labs, &before).await?;
    for item in 10..20 {
        climbers.warm(&[carts.add(0, item)]).await?;
    }
    for step in steps(1, scale.of(10_000, 1000)) {
        for round in 0..ROUNDS {
            climbers.warm(&[carts.open()]).await?;
            let cart = carts.ids.len() - 1;
            let events: Vec<Stored> = (0..step).map(|item| carts.add(cart, item)).collect();
            climbers.measure((ITEMS_AT_ONCE, step, round), &events, How::Statement, samples).await?;
        }
    }
    end(climbers, &carts, ITEMS_AT_ONCE).await
}

async fn carts_at_once(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let most = scale.of(10_000, 1000);
    let (mut carts, before) = shop(61, most.max(ALL_CARTS));
    let mut climbers = Climbers::new(labs, &before).await?;
    for item in 10..20 {
        climbers.warm(&[carts.touch(0, item)]).await?;
    }
    for step in steps(1, most) {
        for round in 0..ROUNDS {
            let events: Vec<Stored> = carts
                .different(step, carts.ids.len())
                .into_iter()
                .map(|cart| {
                    let item = carts.random.below(10);
                    carts.touch(cart, item)
                })
                .collect();
            climbers.measure((CARTS_AT_ONCE, step, round), &events, How::Statement, samples).await?;
        }
    }
    end(climbers, &carts, CARTS_AT_ONCE).await
}
