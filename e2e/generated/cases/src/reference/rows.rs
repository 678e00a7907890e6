//! The rows of a view: which of them an event means, and what it does to them.

use super::reading::Reading;
use super::{Cause, Done, Met, Row, Why};
use crate::description::Deed;
use crate::operations::Cell;
use crate::views::{Empty, Rule, Touch, View};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The rows of an entity, each under the texts of its key.
pub(super) type Rows = BTreeMap<Vec<String>, Row>;

/// Does what an event does to the rows of the view at that place. The first thing that is wrong refuses it.
pub(super) fn touch(
    rows: &mut Rows,
    at: usize,
    reading: Reading<'_>,
    done: &mut impl FnMut(Done),
) -> Result<(), Cause> {
    let turn = Turn { at, view: &reading.subject.views[at], rule: &reading.variant.rules[at] };
    turn.empty(rows, reading, done)?;
    let Some(list) = turn.rule.each else { return turn.row(rows, reading, done) };
    // What is wrong with the list is told of the first part that an element gives.
    let of_list = |why| Cause { column: turn.first_of_element(reading, list), ..turn.cause(why) };
    for element in &reading.elements(list).map_err(of_list)? {
        turn.row(rows, Reading { element: Some((list, element)), ..reading }, done)?;
    }
    Ok(())
}

/// What an event does to one view.
#[derive(Clone, Copy)]
struct Turn<'a> {
    at: usize,
    view: &'a View,
    rule: &'a Rule,
}

impl Turn<'_> {
    fn cause(self, why: Why) -> Cause {
        Cause { why, view: Some(self.view.name), column: None }
    }

    /// Takes rows away before all else.
    fn empty(self, rows: &mut Rows, reading: Reading<'_>, done: &mut impl FnMut(Done)) -> Result<(), Cause> {
        let count = rows.len();
        let matching = match &self.rule.empty {
            None => return Ok(()),
            Some(Empty::All) => {
                rows.clear();
                false
            }
            Some(Empty::Matching(parts)) => {
                let given = self.key(parts, reading, done)?;
                rows.retain(|key, _| parts.iter().any(|part| key[*part] != text(&given[*part])));
                true
            }
        };
        done(Done::Empty { matching, some: rows.len() < count });
        Ok(())
    }

    /// The values of some parts of the key, each at its place.
    fn key(
        self,
        parts: &[usize],
        reading: Reading<'_>,
        done: &mut impl FnMut(Done),
    ) -> Result<Vec<Cell>, Cause> {
        let mut cells = vec![Cell::Value(None); self.view.parts];
        for part in parts {
            let is_it = |deed: &Deed| deed.view == Some(self.at) && deed.column == *part;
            let mut given = reading.variant.all_deeds().filter(|(deed, _)| is_it(deed));
            let (deed, field) = given.next().expect("something gives each part");
            let of_part = |why| Cause { column: Some(self.view.columns[*part].name), ..self.cause(why) };
            reading.change(&mut cells, deed, field, done).map_err(of_part)?;
        }
        Ok(cells)
    }

    /// What the event does to the row that it chooses, or an element of it.
    fn row(self, rows: &mut Rows, reading: Reading<'_>, done: &mut impl FnMut(Done)) -> Result<(), Cause> {
        let touch = self.rule.touch;
        if touch == Touch::Nothing {
            return Ok(());
        }
        let parts: Vec<usize> = (0..self.view.parts).collect();
        let given = self.key(&parts, reading, done)?;
        let key: Vec<String> = given.iter().map(text).collect();
        let found = rows.get(&key);
        let met = match found {
            None => Met::Nothing,
            Some(row) if row.version == reading.event.sequence => Met::RowOfElement,
            Some(_) => Met::Row,
        };
        let new = || {
            let mut row = Row::new(&self.view.columns, reading.time);
            row.cells[..self.view.parts].clone_from_slice(&given);
            row
        };
        match (touch, found) {
            (Touch::Nothing, _) => {}
            (Touch::Change | Touch::Delete, None) => return Err(self.cause(Why::RowMissing)),
            (Touch::Remove | Touch::Delete, _) => drop(rows.remove(&key)),
            (Touch::Create | Touch::Add, None) => {
                let row = self.changed(new(), reading, done)?;
                rows.insert(key, row);
            }
            (Touch::Create, Some(_)) => {
                // What is wrong with the new row comes first.
                self.changed(new(), reading, done)?;
                return Err(self.cause(Why::RowExists));
            }
            (Touch::Add | Touch::Change, Some(row)) => {
                let row = self.changed(row.clone(), reading, done)?;
                rows.insert(key, row);
            }
        }
        done(Done::Row(touch, met));
        Ok(())
    }

    /// The row after the event's operations.
    fn changed(self, mut row: Row, reading: Reading<'_>, done: &mut impl FnMut(Done)) -> Result<Row, Cause> {
        row.version = reading.event.sequence;
        row.modified_at = reading.time.clone();
        for (deed, field) in reading.variant.all_deeds() {
            if deed.view == Some(self.at) && !reading.subject.is_part(deed) {
                let of_column =
                    |why| Cause { column: Some(reading.subject.column(deed).name), ..self.cause(why) };
                reading.change(&mut row.cells, deed, field, done).map_err(of_column)?;
            }
        }
        Ok(row)
    }

    /// The first part of the key that is read in each element.
    fn first_of_element(self, reading: Reading<'_>, list: usize) -> Option<&'static str> {
        let deeds = reading.variant.fields[list].deeds.iter();
        let parts = deeds.filter(|deed| deed.view == Some(self.at) && reading.subject.is_part(deed));
        parts.map(|deed| deed.column).min().map(|part| self.view.columns[part].name)
    }
}

/// A part of a key as text, which is the same for the same value.
fn text(cell: &Cell) -> String {
    cell.shown().to_string()
}

/// The rows as JSON: a list, or the row itself or null in a view without a key.
pub(super) fn shown(view: &View, rows: &Rows) -> Value {
    let rows = rows.values().map(|row| row.shown(&view.columns)).collect();
    if view.parts == 0 { only(rows) } else { sort(view, rows).into() }
}

/// The row of a view that has at most one.
fn only(rows: Vec<Value>) -> Value {
    rows.into_iter().next().unwrap_or_default()
}

/// The rows in the order of their keys.
pub fn sort(view: &View, mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by(|one, other| {
        let parts = view.key().iter().map(|part| {
            let order = part.ty.order.expect("parts of keys are ordered");
            order(&one[part.name], &other[part.name])
        });
        parts.fold(Ordering::Equal, Ordering::then)
    });
    rows
}
