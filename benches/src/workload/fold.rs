//! The fold in Rust compared with a match written by hand.

use super::{Sample, Scale};
use crate::cost::Cost;
use crate::events::{User, UserEvent, UserId};
use crate::hand;
use crate::streams::{Random, event};
use chrono::{DateTime, Utc};
use es_rollup::{Recorded, Rollup as _};
use std::hint::black_box;
use std::time::Instant;

/// Folds the same streams with both in turn, after warming up.
pub fn fold(scale: Scale, samples: &mut Vec<Sample>) {
    for (name, users, each) in
        [("fold of 1000 streams of 10 in Rust", 1000, 10), ("fold of a stream of 10,000 in Rust", 1, 10_000)]
    {
        let mut random = Random::new(23);
        let streams: Vec<(UserId, Vec<UserEvent>)> = (0..users)
            .map(|_| {
                let id = UserId(random.uuid());
                (id, (0..each).map(|at| event(&mut random, at == 0)).collect())
            })
            .collect();
        let at = DateTime::from_timestamp(1_750_000_000, 0).expect("a valid time");
        for (id, events) in &streams {
            assert_eq!(by_derive(*id, events, at), by_hand(*id, events, at), "both fold to the same state");
        }
        // The first round is for warming up and is not counted.
        for round in 0..=scale.of(101, 41) {
            let order: [(&str, Subject); 2] = [("by hand", by_hand), ("es-rollup", by_derive)];
            for place in 0..2 {
                let (what, subject) = order[(place + round) % 2];
                let begin = Instant::now();
                for _ in 0..5 {
                    for (id, events) in &streams {
                        black_box(subject(black_box(*id), black_box(events), at));
                    }
                }
                let time = begin.elapsed().as_secs_f64() * 1e6;
                if round > 0 {
                    samples.push(Sample {
                        workload: name.to_owned(),
                        subject: what.to_owned(),
                        round: round - 1,
                        events: f64::from(5 * users * each),
                        cost: Cost { processor: time, wall: time, wal: 0.0 },
                        latency: None,
                        storage: None,
                    });
                }
            }
        }
    }
}

type Subject = fn(UserId, &[UserEvent], DateTime<Utc>) -> Option<User>;

fn by_derive(id: UserId, events: &[UserEvent], at: DateTime<Utc>) -> Option<User> {
    let stream = events.iter().zip(1_i64..);
    UserEvent::fold(stream.map(|(event, sequence)| Recorded::new(&id, sequence, at, event)))
        .expect("the stream folds")
}

fn by_hand(id: UserId, events: &[UserEvent], at: DateTime<Utc>) -> Option<User> {
    let mut user = None;
    for (event, sequence) in events.iter().zip(1..) {
        hand::apply(&mut user, id, sequence, at, event).expect("the stream folds");
    }
    user
}
