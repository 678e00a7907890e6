//! The fold in Rust makes no more allocations than the match by hand.
#![allow(missing_docs, unreachable_pub, dead_code)]

#[path = "../src/events.rs"]
mod events;
#[path = "../src/hand.rs"]
mod hand;
#[path = "../src/streams.rs"]
mod streams;

use chrono::{DateTime, Utc};
use es_rollup::{Recorded, Rollup as _};
use events::{User, UserEvent, UserId};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use streams::{Random, event};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ID: UserId = UserId(Uuid::from_u128(7));

/// The allocations of some work, and its result.
fn allocated(work: impl Fn() -> Option<User>) -> (Stats, Option<User>) {
    let region = Region::new(ALLOCATOR);
    let user = black_box(work());
    (region.change(), user)
}

fn by_derive(events: &[UserEvent], at: DateTime<Utc>) -> Option<User> {
    let stream = events.iter().zip(1_i64..);
    UserEvent::fold(stream.map(|(event, sequence)| Recorded::new(&ID, sequence, at, event))).unwrap()
}

fn by_hand(events: &[UserEvent], at: DateTime<Utc>) -> Option<User> {
    let mut user = None;
    for (event, sequence) in events.iter().zip(1..) {
        hand::apply(&mut user, ID, sequence, at, event).unwrap();
    }
    user
}

// A single test, because the allocator counts for the whole process, including tests that run in parallel.
#[test]
fn the_fold_allocates_no_more_than_the_match_by_hand() {
    let at = DateTime::from_timestamp(1_750_000_000, 0).unwrap();
    let mut random = Random::new(1);
    let stream: Vec<UserEvent> = (0..1000).map(|at| event(&mut random, at == 0)).collect();
    for length in [1, 2, 10, 100, 1000] {
        let events = &stream[..length];
        let (hand, by_hand) = allocated(|| by_hand(events, at));
        let (ours, by_derive) = allocated(|| by_derive(events, at));
        assert_eq!(by_derive, by_hand);
        assert!(hand.allocations > 0, "both allocate names");
        assert_eq!(
            (ours.allocations, ours.reallocations, ours.bytes_allocated),
            (hand.allocations, hand.reallocations, hand.bytes_allocated),
            "a stream of {length}"
        );
        println!(
            "{length} events: {} allocations, {} bytes, by either",
            ours.allocations, ours.bytes_allocated
        );
    }
    // Flags, counters and times need no memory at all.
    let quiet = [
        UserEvent::LoggedIn { ip: String::new() },
        UserEvent::PointsEarned { points: 3 },
        UserEvent::Verified {},
    ];
    let mut fold = es_rollup::Fold::new();
    fold.apply(Recorded::new(&ID, 1, at, &stream[0])).unwrap();
    let region = Region::new(ALLOCATOR);
    for (event, sequence) in quiet.iter().zip(2_i64..) {
        fold.apply(Recorded::new(&ID, sequence, at, event)).unwrap();
    }
    assert_eq!(region.change().allocations, 0);
}
