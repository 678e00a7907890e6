//! Streams of events, the same in every run.

use crate::events::{Stored, User, UserEvent, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use es_rollup::{Fold, Recorded, Rollup as _};
use std::collections::HashMap;
use uuid::Uuid;

/// Steele, Lea and Flood's `SplitMix64`: small, and good enough for random choices.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64)).unwrap_or_default()
    }

    pub fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(
            (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes(),
        )
        .into_uuid()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Users with the state that their events fold into. Every rollup must end up with this state.
#[derive(Debug)]
pub struct World {
    random: Random,
    time: DateTime<Utc>,
    pub ids: Vec<Uuid>,
    folds: HashMap<Uuid, Fold<UserEvent>>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let time = DateTime::from_timestamp(1_750_000_000, 0).expect("a valid time");
        Self { random: Random::new(seed), time, ids: Vec::new(), folds: HashMap::new() }
    }

    /// Users in their current state, without their events.
    pub fn of(users: Vec<User>) -> Self {
        let mut world = Self::new(0);
        for user in users {
            world.ids.push(user.id.0);
            world.folds.insert(user.id.0, Fold::from_state(user));
        }
        world
    }

    /// Users with one event each.
    pub fn with_users(seed: u64, users: usize) -> (Self, Vec<Stored>) {
        let mut world = Self::new(seed);
        let events = (0..users).map(|_| world.create()).collect();
        (world, events)
    }

    /// The first event of a new user.
    pub fn create(&mut self) -> Stored {
        let id = self.random.uuid();
        self.ids.push(id);
        self.next(id)
    }

    /// The next event of a user.
    pub fn next(&mut self, id: Uuid) -> Stored {
        self.time += TimeDelta::milliseconds(17);
        let fold = self.folds.entry(id).or_default();
        let event = event(&mut self.random, fold.version() == 0);
        let sequence = fold.version() + 1;
        let recorded =
            Recorded { id: &UserId(id), sequence, recorded_at: self.time, event: &event, context: None };
        fold.apply(recorded).expect("the event continues the stream");
        Stored {
            id,
            sequence: i32::try_from(sequence).expect("streams are shorter than that"),
            event_type: event.event_name(),
            event: serde_json::to_string(&event).expect("events are JSON"),
            recorded_at: self.time,
        }
    }

    /// Events of users in turn, chosen by index.
    pub fn events(&mut self, places: impl IntoIterator<Item = usize>) -> Vec<Stored> {
        places.into_iter().map(|place| self.next(self.ids[place])).collect()
    }

    /// The requested number of different indices.
    pub fn different(&mut self, count: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.ids.len()).collect();
        self.random.shuffle(&mut places);
        places.truncate(count);
        places
    }

    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    pub fn state(&self, id: Uuid) -> Option<&User> {
        self.folds.get(&id).and_then(Fold::state)
    }

    pub fn states(&self) -> impl Iterator<Item = &User> {
        self.folds.values().filter_map(Fold::state)
    }
}

/// An event, which creates the user if it is the `first`. Most of the time, users log in and earn points.
pub fn event(random: &mut Random, first: bool) -> UserEvent {
    let number = random.next() % 1_000_000;
    if first {
        return UserEvent::Initialized {
            email: format!("user{number}@example.org"),
            name: format!("User {number}"),
        };
    }
    match random.below(16) {
        0 => UserEvent::EmailChanged { email: format!("new{number}@example.org") },
        1 => UserEvent::AuthenticationIdUpdated { authentication_id: random.uuid() },
        2 => UserEvent::RoleGranted { role: ["admin", "teller", "auditor"][random.below(3)].to_owned() },
        3 => UserEvent::RoleRevoked {},
        4 => UserEvent::Verified {},
        5 => UserEvent::Suspended { reason: number.is_multiple_of(2).then(|| format!("case {number}")) },
        6 => UserEvent::Resumed {},
        7..12 => UserEvent::LoggedIn { ip: format!("192.0.2.{}", number % 256) },
        12..15 => UserEvent::PointsEarned { points: i64::try_from(number).unwrap_or_default() },
        _ => UserEvent::PasswordResetRequested {},
    }
}
