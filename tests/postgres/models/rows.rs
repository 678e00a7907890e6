//! The reference of views: which rows an event touches, in which order, and what refuses it first.

use super::brought::Reading;
use super::cell::Cell;
use super::held::Held;
use super::number::Number;
use super::reference::{Cause, Done, Reason};
use super::subject::{Subject, Typed};
use es_rollup::ErrorKind;
use es_rollup_core::model::{Column, Empty, Envelope, Field, Origin, Rule, Source, Touch, View};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The columns of a row, by name.
pub(super) type Cells = BTreeMap<String, Cell>;

/// A row of a view.
#[derive(Clone, Debug)]
pub(super) struct Row {
    key: Vec<Held>,
    version: i64,
    times: Option<[i64; 2]>,
    cells: Cells,
}

impl Row {
    /// Whether a unique constraint over the columns takes both for the same.
    pub(super) fn is_like(&self, other: &Self, of_one_entity: bool, view: &View, columns: &[String]) -> bool {
        columns.iter().all(|name| {
            if name == Envelope::Id.name() {
                return of_one_entity;
            }
            match view.parts().iter().position(|part| part.name == *name) {
                Some(part) => self.key[part].compare(&other.key[part]) == Ordering::Equal,
                None => self.cells[name].is_like(&other.cells[name]),
            }
        })
    }
}

/// What an event does to one view.
struct Turn<'a> {
    /// The view's place among the views.
    at: usize,
    view: &'a View,
    typed: &'a Typed,
    rule: &'a Rule,
    /// Whether the store has recorded times.
    timed: bool,
}

/// Does to the rows of each view what the event does, whose variant is the one at `at`. The first thing that is wrong
/// refuses it.
pub(super) fn touch(
    subject: &Subject,
    rows: &mut [Vec<Row>],
    at: usize,
    reading: Reading<'_>,
    done: &mut impl FnMut(Done),
) -> Result<(), Vec<Cause>> {
    for ((place, (view, typed)), rows) in subject.views().enumerate().zip(rows) {
        let (rule, timed) = (&view.rules[at], subject.model.store.recorded_at.is_some());
        if *rule != Rule::NOTHING {
            Turn { at: place, view, typed, rule, timed }.take(subject, rows, reading, done)?;
        }
    }
    Ok(())
}

impl Turn<'_> {
    fn take(
        &self,
        subject: &Subject,
        rows: &mut Vec<Row>,
        reading: Reading<'_>,
        done: &mut impl FnMut(Done),
    ) -> Result<(), Vec<Cause>> {
        self.empty(rows, reading, done).map_err(|cause| vec![cause])?;
        let Some(each) = self.rule.each else {
            return self.row(rows, reading, done).map_err(|cause| vec![cause]);
        };
        let field = &reading.variant.fields[each];
        let of_list = |kind| self.cause(kind, Some(self.first_of_element(&reading.variant.fields)));
        let (elements, faults) =
            reading.elements(field, subject.field_type(field)).map_err(|kind| vec![of_list(kind)])?;
        for element in &elements {
            let reading = Reading { element: Some(element), ..reading };
            // A list may be read as a whole before its elements are taken one by one.
            self.row(rows, reading, done).map_err(|cause| {
                [cause].into_iter().chain(faults.iter().copied().map(of_list)).collect::<Vec<_>>()
            })?;
        }
        Ok(())
    }

    fn empty(
        &self,
        rows: &mut Vec<Row>,
        reading: Reading<'_>,
        done: &mut impl FnMut(Done),
    ) -> Result<(), Cause> {
        let count = rows.len();
        let how = match &self.rule.empty {
            None => return Ok(()),
            Some(Empty::All) => {
                rows.clear();
                "all"
            }
            Some(Empty::Matching(parts)) => {
                let value =
                    |(part, source): &(usize, Source)| Ok((*part, self.part(*part, source, reading)?.0));
                let values = parts.iter().map(value).collect::<Result<Vec<_>, Cause>>()?;
                let goes = |row: &Row| {
                    values.iter().all(|(part, value)| row.key[*part].compare(value) == Ordering::Equal)
                };
                rows.retain(|row| !goes(row));
                "those that match"
            }
        };
        let what = if rows.len() < count { "rows" } else { "no row" };
        done(Done { operation: "empty", kind: what, ty: "", from: how });
        Ok(())
    }

    /// The value of a part of the key.
    fn part(
        &self,
        part: usize,
        source: &Source,
        reading: Reading<'_>,
    ) -> Result<(Held, &'static str), Cause> {
        let of_part = |kind| self.cause(kind, Some(self.view.parts()[part].name.clone()));
        reading.part(source, self.typed.parts[part]).map_err(of_part)
    }

    /// What the event does to the row that it chooses, or an element of it.
    fn row(
        &self,
        rows: &mut Vec<Row>,
        reading: Reading<'_>,
        done: &mut impl FnMut(Done),
    ) -> Result<(), Cause> {
        let touch = self.rule.touch;
        if touch == Touch::Nothing {
            return Ok(());
        }
        let mut key = Vec::new();
        for (part, source) in self.rule.key.iter().enumerate() {
            let (value, from) = self.part(part, source, reading)?;
            done(Done { operation: touch.key(), kind: "a row with a key", ty: "", from });
            key.push(value);
        }
        let is_it = |row: &Row| row.key.iter().zip(&key).all(|(one, other)| one.compare(other).is_eq());
        let place = rows.iter().position(is_it);
        let mut touched = |what| done(Done { operation: touch.key(), kind: what, ty: "", from: "an event" });
        let there = if place.is_some() { "a row that is there" } else { "a row that is not there" };
        match (touch, place) {
            (Touch::Change | Touch::Delete, None) => Err(self.cause(ErrorKind::RowMissing, None)),
            (Touch::Remove | Touch::Delete, Some(at)) => {
                rows.remove(at);
                touched(there);
                Ok(())
            }
            (Touch::Remove, None) => {
                touched(there);
                Ok(())
            }
            (Touch::Create | Touch::Add, None) => {
                touched(there);
                let row = self.changed(self.new_row(key, reading), reading, done)?;
                rows.push(row);
                Ok(())
            }
            (Touch::Add | Touch::Change, Some(at)) => {
                touched(there);
                rows[at] = self.changed(rows[at].clone(), reading, done)?;
                Ok(())
            }
            (Touch::Create, Some(_)) => {
                self.changed(self.new_row(key, reading), reading, done)?;
                Err(self.cause(ErrorKind::RowExists, None))
            }
            (Touch::Nothing, _) => Ok(()),
        }
    }

    fn new_row(&self, key: Vec<Held>, reading: Reading<'_>) -> Row {
        let created_at = reading.event.recorded_at.timestamp_micros();
        let times = self.timed.then_some([created_at, 0]);
        Row { key, version: 0, times, cells: initial(&self.view.columns) }
    }

    /// The row after the event, if its check holds.
    fn changed(&self, mut row: Row, reading: Reading<'_>, done: &mut impl FnMut(Done)) -> Result<Row, Cause> {
        row.version = reading.event.sequence.into();
        if let Some([_, modified_at]) = &mut row.times {
            *modified_at = reading.event.recorded_at.timestamp_micros();
        }
        for step in &self.rule.steps {
            let Column { name, kind, .. } = &self.view.columns[step.column];
            let ty = self.typed.types[step.column];
            let of_column = |kind| self.cause(kind, Some(name.clone()));
            let (values, from) = reading.brought(&step.source, ty).map_err(of_column)?;
            let cell = row.cells.get_mut(name).expect("every column has a cell");
            cell.change(step.operation, *kind, ty, values).map_err(of_column)?;
            done(Done { operation: step.operation.key(), kind: kind.words(), ty: ty.name, from });
        }
        let is_below = |(column, least): (usize, i64)| is_below(&row.cells, self.view, column, least);
        if self.typed.least.is_some_and(is_below) {
            return Err(Cause { reason: Reason::Check, view: Some(self.at), column: None });
        }
        Ok(row)
    }

    /// The first part of the key that is read from the element.
    fn first_of_element(&self, fields: &[Field]) -> String {
        let is_element = |source: &Source| match source {
            Source::Field(at) => fields[*at].origin == Origin::Element,
            Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
        };
        let part = self.rule.key.iter().position(is_element).expect("an element chooses the row");
        self.view.parts()[part].name.clone()
    }

    fn cause(&self, kind: ErrorKind, column: Option<String>) -> Cause {
        Cause { reason: Reason::Kind(kind), view: Some(self.at), column }
    }
}

impl Row {
    /// Its key as JSON, part by part.
    pub(super) fn key_shown(&self) -> Value {
        self.key.iter().map(Held::shown).collect()
    }

    /// The row as JSON, column by column, without its key.
    pub(super) fn shown(&self) -> Value {
        shown(&self.cells, self.version, self.times)
    }
}

/// A row's columns before the first event.
pub(super) fn initial(columns: &[Column]) -> Cells {
    columns.iter().map(|column| (column.name.clone(), Cell::initial(column.kind))).collect()
}

/// A row as JSON, column by column.
pub(super) fn shown(cells: &Cells, version: i64, times: Option<[i64; 2]>) -> Value {
    let mut row: serde_json::Map<String, Value> =
        cells.iter().map(|(name, cell)| (name.clone(), cell.shown())).collect();
    row.insert("version".into(), json!(version.to_string()));
    if let Some([created_at, modified_at]) = times {
        row.insert("created_at".into(), json!(created_at.to_string()));
        row.insert("modified_at".into(), json!(modified_at.to_string()));
    }
    Value::Object(row)
}

/// Whether the column's number is below the least; where there is none, it is not.
pub(super) fn is_below(cells: &Cells, view: &View, column: usize, least: i64) -> bool {
    match &cells[&view.columns[column].name] {
        Cell::One(Held::Number(number)) => number.compare(&Number::integer(least.into())) == Ordering::Less,
        Cell::Empty => false,
        cell => unreachable!("{cell:?} is no number"),
    }
}
