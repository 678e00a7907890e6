//! The rules for what one event does to the rows of a view.

use super::super::column::{Decision, DeclaredStep};
use super::super::declare::{DeclaredView, Marked};
use super::super::fault::{Faults, Mark, listed};
use super::super::key::Key;
use super::super::meaning::Meaning;
use super::super::read::Read;
use super::super::rows::no_part;
use crate::model::Touch;

/// Every event says which row it means and what happens to it, without contradiction.
pub(super) fn check_rows(root: &Meaning<'_>, meaning: &Meaning<'_>, faults: &mut Faults) {
    let Some(view) = meaning.view else { return };
    let name = &view.name.is;
    // A view that is called like a key cannot be named on a variant.
    let is_key = Key::named(name).next().is_some();
    if !meaning.has_create() && !meaning.input.mistaken && !is_key {
        faults.add(
            view.name.mark,
            format!("no event makes a row of `{name}`; write `#[rollup({name}(create))]` or `#[rollup({name}(add))]` on a variant"),
        );
    }
    for (at, decision) in meaning.decisions.iter().enumerate() {
        let Some(first) = meaning.first_mark(at) else { continue };
        let event = &meaning.input.variants[at].name.is;
        if root.decisions[at].delete.is_some() {
            faults.add(
                first,
                format!(
                    "`{event}` deletes the entity, and with it its rows of every view; remove `{name}(...)`"
                ),
            );
            continue;
        }
        let row = Row { meaning, view, at, event, decision, first };
        row.check_touches(faults);
        row.check_empties(faults);
        row.check_key(faults);
    }
}

/// What one event does to a view.
struct Row<'a> {
    meaning: &'a Meaning<'a>,
    view: &'a DeclaredView,
    /// The variant's index, and its name.
    at: usize,
    event: &'a str,
    decision: &'a Decision,
    /// Where the first word is.
    first: Mark,
}

impl Row<'_> {
    /// The row is made, changed or taken away.
    fn check_touches(&self, faults: &mut Faults) {
        let (event, view) = (self.event, &self.view.name.is);
        if let [(first, _), rest @ ..] = self.decision.touches.as_slice() {
            for (_, mark) in rest {
                let first = first.key();
                faults.add(
                    *mark,
                    format!("`{event}` already has `{first}` for the row of `{view}`; keep one of them"),
                );
            }
        }
        let steps = !self.decision.steps.is_empty();
        for (touch, mark) in self.decision.touches.iter().filter(|(touch, _)| steps && !touch.keeps()) {
            let touch = touch.key();
            faults.add(
                *mark,
                format!("`{event}` takes the row of `{view}` away, so its other keys have no effect; remove `{touch}` or the other keys"),
            );
        }
    }

    /// Rows are emptied once, to stay empty or to be replaced.
    fn check_empties(&self, faults: &mut Faults) {
        let (event, view) = (self.event, &self.view.name.is);
        for (parts, mark) in &self.decision.empties {
            for (at, Marked { is: part, mark }) in parts.iter().enumerate() {
                if self.meaning.part(part).is_none() {
                    faults.add(*mark, no_part(self.view, part));
                }
                if self.is_of_elements(part) {
                    faults.add(*mark, format!("`{event}` has a list for `{part}` and so no one value of it that rows could have; name another part, or write `empty` alone"));
                }
                if parts[..at].iter().any(|earlier| earlier.is == *part) {
                    faults.add(*mark, format!("`{part}` is listed twice; keep one"));
                }
            }
            match self.decision.touch() {
                Touch::Nothing | Touch::Create | Touch::Add => {}
                Touch::Change | Touch::Remove | Touch::Delete => faults.add(
                    *mark,
                    format!("`{event}` takes rows of `{view}` away before it does anything else, so only `create` or `add` can stand beside `empty`; remove `empty` or the other keys"),
                ),
            }
        }
        if let [_, (_, again), ..] = self.decision.empties.as_slice() {
            faults.add(*again, format!("`{event}` has `empty` twice for `{view}`; keep one"));
        }
    }

    /// Whether each element of a list gives the part.
    fn is_of_elements(&self, part: &str) -> bool {
        let parts = &self.meaning.parts;
        let mut given = self.decision.parts.iter().filter(|(at, _)| parts[*at].name == part);
        given.any(|(at, step)| parts[*at].steps[*step].read().is_some_and(Read::is_in_element))
    }

    /// Each part of the key is given once, if the event means a row.
    fn check_key(&self, faults: &mut Faults) {
        let (event, view) = (self.event, &self.view.name.is);
        let (parts, given) = (&self.meaning.parts, &self.decision.parts);
        let step = |(part, step): &(usize, usize)| -> &DeclaredStep { &parts[*part].steps[*step] };
        for (at, one) in given.iter().enumerate() {
            if let Some(first) = given[..at].iter().find(|(part, _)| *part == one.0) {
                let part = &parts[one.0].name;
                faults.add(step(one).mark, format!("`{event}` gives the part `{part}` twice; keep one"));
                faults.add(step(first).mark, format!("`{part}` is first given here"));
            }
        }
        let touch = self.decision.touch();
        let matched =
            || self.decision.empties.iter().flat_map(|(parts, _)| parts).map(|part| part.is.as_str());
        if touch == Touch::Nothing {
            let is_idle = |one: &&(usize, usize)| {
                !step(one).implied && !matched().any(|part| part == parts[one.0].name)
            };
            for one in given.iter().filter(is_idle) {
                faults.add(
                    step(one).mark,
                    format!("nothing says what `{event}` does to the row of `{view}`; write `create`, `add`, `remove` or `delete` for the row, or an operation on a column"),
                );
            }
        }
        let needed = |name: &str| touch != Touch::Nothing || matched().any(|part| part == name);
        let is_given = |place: usize| given.iter().any(|(part, _)| *part == place);
        let missing =
            parts.iter().enumerate().filter(|(place, part)| needed(&part.name) && !is_given(*place));
        let missing: Vec<&str> = missing.map(|(_, part)| part.name.as_str()).collect();
        if let ([part, ..], false) = (missing.as_slice(), self.meaning.has_other_mistake(self.at)) {
            let mark = self.decision.touches.first().map(|(_, mark)| *mark);
            let mark = mark.or(self.decision.empties.first().map(|(_, mark)| *mark)).unwrap_or(self.first);
            let named = listed(missing.iter().copied());
            faults.add(
                mark,
                format!("`{event}` does not say which row of `{view}` it means, since nothing gives {named}; call a field `{part}`, or write `#[rollup({view}(key = \"{part}\"))]` on one"),
            );
        }
    }
}
