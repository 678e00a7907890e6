//! Random streams of an enum's events.

use crate::broken::break_stream;
use crate::description::{Enum, Row, Variant};
use crate::dice::Dice;
use crate::events::{Event, event};

/// Events of some entities, in any order, and in which statements they come.
#[derive(Clone, Debug)]
pub struct Streams {
    pub statements: Vec<Vec<Event>>,
    pub form: Form,
    /// What is wrong, if anything is.
    pub faults: Vec<&'static str>,
}

/// How events are cut into statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    OneByOne,
    AllShuffled,
    Chunks,
    ChunksShuffled,
}

impl Form {
    pub const ALL: [Self; 4] = [Self::OneByOne, Self::AllShuffled, Self::Chunks, Self::ChunksShuffled];
}

/// Streams of one to five entities.
pub fn streams(subject: &Enum, dice: &mut Dice) -> Streams {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    let salt = dice.below(50);
    for number in 0..dice.between(1, 5) {
        let mut events = stream(subject, &subject.id.text(number + salt), dice);
        if dice.percent(25) {
            faults.extend(break_stream(subject, &mut events, dice));
        }
        all.push(events);
    }
    // Those of one entity in their order, and those of different ones in any.
    let mut mixed = Vec::new();
    while !all.is_empty() {
        let at = dice.below(all.len());
        mixed.push(all[at].remove(0));
        all.retain(|events| !events.is_empty());
    }
    let form = dice.pick(&Form::ALL);
    let mut statements: Vec<Vec<Event>> = vec![Vec::new()];
    for event in mixed {
        let cut = match form {
            Form::OneByOne => true,
            Form::AllShuffled => false,
            Form::Chunks | Form::ChunksShuffled => dice.percent(25),
        };
        if cut && !statements.last().expect("one").is_empty() {
            statements.push(Vec::new());
        }
        statements.last_mut().expect("one").push(event);
    }
    if matches!(form, Form::AllShuffled | Form::ChunksShuffled) {
        statements.iter_mut().for_each(|events| dice.shuffle(events));
    }
    Streams { statements, form, faults }
}

fn stream(subject: &Enum, id: &str, dice: &mut Dice) -> Vec<Event> {
    let with = |row: &[Row]| -> Vec<&Variant> {
        let mut variants = subject.variants.iter();
        variants.by_ref().filter(|variant| !variant.skipped && row.contains(&variant.row)).collect()
    };
    let (creating, later, last) =
        (with(&[Row::Create]), with(&[Row::Change, Row::Ignore]), with(&[Row::Delete]));
    let mut chosen = Vec::new();
    if !creating.is_empty() {
        chosen.push(dice.pick(&creating));
    }
    for _ in 0..dice.between(usize::from(creating.is_empty()), 9) {
        chosen.extend((!later.is_empty()).then(|| dice.pick(&later)));
    }
    if !last.is_empty() && (dice.percent(30) || chosen.is_empty()) {
        chosen.push(dice.pick(&last));
    }
    let event = |(at, variant): (usize, &Variant)| event(subject, variant, id, at + 1, dice);
    chosen.into_iter().enumerate().map(event).collect()
}
