//! Random streams of an enum's events.

use crate::broken::break_stream;
use crate::description::{Enum, Row, Variant};
use crate::dice::Dice;
use crate::events::{Event, event};
use crate::reference::{self, Fold};

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
            faults.extend(broken(subject, &mut events, dice));
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
    let most = if subject.views.is_empty() { 9 } else { 12 };
    for _ in 0..dice.between(usize::from(creating.is_empty()), most) {
        chosen.extend((!later.is_empty()).then(|| dice.pick(&later)));
    }
    if !last.is_empty() && (dice.percent(30) || chosen.is_empty()) {
        chosen.push(dice.pick(&last));
    }
    let mut events = Vec::new();
    let mut fold = Fold::new(subject);
    // Some streams end with an event that means a row which is not there, or one that is there already.
    let may_fail = dice.percent(10);
    for variant in chosen {
        let (event, after) = next(subject, variant, &fold, id, events.len() + 1, dice);
        match after {
            Some(after) => {
                events.push(event);
                fold = after;
            }
            None if may_fail || events.is_empty() => {
                events.push(event);
                break;
            }
            None => {}
        }
    }
    events
}

/// An event of the variant, and the fold after it unless it is refused. Where there are views, most streams would soon
/// end if good events that mean the wrong rows were not drawn again.
fn next<'a>(
    subject: &'a Enum,
    variant: &Variant,
    fold: &Fold<'a>,
    id: &str,
    sequence: usize,
    dice: &mut Dice,
) -> (Event, Option<Fold<'a>>) {
    let mut tries = 3;
    loop {
        let event = event(subject, variant, id, sequence, dice);
        if subject.views.is_empty() {
            return (event, Some(fold.clone()));
        }
        let mut after = fold.clone();
        let is_refused = after.apply(&event, &mut |_| {}).is_err();
        tries -= 1;
        if !is_refused || tries == 0 {
            return (event, (!is_refused).then_some(after));
        }
    }
}

/// Does something to a stream; not what the database does not see, since it reads no more of an event than it needs.
fn broken(subject: &Enum, events: &mut Vec<Event>, dice: &mut Dice) -> Option<&'static str> {
    let before = events.clone();
    let fault = break_stream(subject, events, dice);
    let all: Vec<&Event> = events.iter().collect();
    let is_seen = reference::fold(subject, &all, &mut |_| {}).is_err();
    if !is_seen && events.iter().any(|event| event.unreadable) {
        *events = before;
        return None;
    }
    fault
}
