//! Rows of views in variables, as a fold has them that writes nothing: one array with all rows of a view, and one with the
//! places of those that are there.
//!
//! The places are in the order of the keys, so that a key is found by halves: most of them first, and then, in an order of
//! their own, the latest ones. A new place only moves the few behind it, and all are ordered once there are many latest
//! ones. PostgreSQL writes an element of an array where it stands, but copies the array for anything else. A query gets a
//! copy too, in which an element is only found past all others: a query reads all rows, one after the other.

use super::key;
use super::names::{ID, Names, ROW};
use super::text::{ident, indent};
use crate::model::{Model, View};

/// The array of the rows of a view, by the place of the view in the model.
fn rows(view: usize) -> String {
    format!("es_rows_{}", view + 1)
}

/// The array of the places of the rows that are there.
fn places(view: usize) -> String {
    format!("es_places_{}", view + 1)
}

/// How many places there are of the latest rows, until they are ordered with the others.
const LATEST: u32 = 500;

/// How many places are in order, before those of the latest rows.
fn ordered(view: usize) -> String {
    format!("es_ordered_{}", view + 1)
}

/// The variables.
pub(super) fn variables(model: &Model) -> String {
    let arrays = model.views.iter().enumerate().map(|(nth, view)| {
        format!(
            "
  {rows} {table}[];  -- rows of {name}; what is gone is NULL
  {places} integer[] := ARRAY[]::integer[];  -- where those are that are there
  {ordered} integer := 0;  -- how many of these places are in the order of the keys, before the latest ones",
            rows = rows(nth),
            places = places(nth),
            ordered = ordered(nth),
            table = Names::new(&model.store, view).rollup,
            name = view.name,
        )
    });
    let search = "
  es_high integer;
  es_middle integer;
  es_end integer;  -- where the ordered places end, or the latest ones";
    let is_searched = model.views.iter().any(|view| !view.parts().is_empty());
    let low = "\n  es_low integer;  -- the place is behind so many others";
    arrays.collect::<String>() + low + if is_searched { search } else { "" }
}

/// A part of the key in one of the rows.
fn key_of(view: &View, nth: usize, at: &str, part: usize) -> String {
    format!("({}[{}[{at}]]).{}", rows(nth), places(nth), ident(&view.parts()[part].name))
}

/// The row with the key of the current event.
fn current(nth: usize) -> String {
    format!("{}[{}[es_low + 1]]", rows(nth), places(nth))
}

/// Looks for the key of the current event; `es_found` says whether its row is there, and `es_low` where it belongs.
pub(super) fn find(view: &View, nth: usize) -> String {
    let places = places(nth);
    let parts = 0..view.parts().len();
    let of = |at: &str| parts.clone().map(|part| key_of(view, nth, at, part)).collect::<Vec<_>>();
    let wanted: Vec<String> = parts.clone().map(key::variable).collect();
    let row = |columns: &[String]| match columns {
        [one] => one.clone(),
        several => format!("ROW({})", several.join(", ")),
    };
    if wanted.is_empty() {
        return format!("es_low := 0;\nes_found := cardinality({places}) > 0;");
    }
    let equal = of("es_low + 1");
    let equal = equal.iter().zip(&wanted).map(|(one, other)| format!("{one} = {other}"));
    let equal = equal.collect::<Vec<_>>().join(" AND ");
    format!(
        "es_low := 0;
es_high := {ordered};
LOOP
  es_end := es_high;
  WHILE es_low < es_high LOOP
    es_middle := (es_low + es_high) / 2;
    IF {lower} < {wanted} THEN
      es_low := es_middle + 1;
    ELSE
      es_high := es_middle;
    END IF;
  END LOOP;
  es_found := es_low < es_end AND {equal};
  EXIT WHEN es_found OR es_end >= cardinality({places});
  es_low := es_end;  -- then among the latest ones
  es_high := cardinality({places});
END LOOP;",
        ordered = ordered(nth),
        lower = row(&of("es_middle + 1")),
        wanted = row(&wanted),
    )
}

/// Reads the row that was found into `es_row`.
pub(super) fn read(nth: usize) -> String {
    format!("{ROW} := {};", current(nth))
}

/// Writes `es_row` over the row that was found.
pub(super) fn updated(nth: usize) -> String {
    format!("{} := {ROW};", current(nth))
}

/// Adds `es_row` where its key belongs.
pub(super) fn inserted(view: &View, nth: usize) -> String {
    let (rows, places, ordered) = (rows(nth), places(nth), ordered(nth));
    let sorted = match view.parts() {
        // There is one row at most.
        [] => String::new(),
        [_, ..] => format!(
            "
IF cardinality({places}) > {ordered} + {LATEST} THEN
{}
END IF;",
            indent(&in_order(view, nth, ""), 2)
        ),
    };
    format!(
        "{added}
IF es_low = {ordered} AND es_low = cardinality({places}) THEN
  {ordered} := {ordered} + 1;  -- the greatest key
ELSE
  es_low := greatest(es_low, {ordered});
  FOR es_at IN REVERSE cardinality({places}) .. es_low + 1 LOOP
    {places}[es_at + 1] := {places}[es_at];
  END LOOP;
END IF;
{places}[es_low + 1] := cardinality({rows});{sorted}",
        added = added(nth),
    )
}

/// An array of the rows that are there, in the order of their keys, or of those that a condition selects.
fn sorted(view: &View, nth: usize, condition: &str) -> String {
    let key = view.parts().iter().map(|part| format!("es_kept.{}", ident(&part.name)));
    let key: Vec<String> = key.collect();
    let by_key = if key.is_empty() { String::new() } else { format!(" ORDER BY {}", key.join(", ")) };
    format!(
        "ARRAY(SELECT es_kept FROM unnest({}) AS es_kept WHERE es_kept.{ID} IS NOT NULL{condition}{by_key})",
        rows(nth)
    )
}

/// Adds `es_row` behind all others, in no order yet.
pub(super) fn added(nth: usize) -> String {
    format!("{rows}[coalesce(cardinality({rows}), 0) + 1] := {ROW};", rows = rows(nth))
}

/// Orders all rows.
pub(super) fn all_in_order(view: &View, nth: usize) -> String {
    in_order(view, nth, "")
}

/// Orders the rows, or those that a condition selects.
fn in_order(view: &View, nth: usize, condition: &str) -> String {
    let (rows, places, ordered) = (rows(nth), places(nth), ordered(nth));
    format!(
        "{rows} := {sorted};
{places} := ARRAY(SELECT generate_series(1, cardinality({rows})));
{ordered} := cardinality({rows});",
        sorted = sorted(view, nth, condition)
    )
}

/// Takes away the row that was found.
pub(super) fn gone(nth: usize) -> String {
    let (places, ordered) = (places(nth), ordered(nth));
    format!(
        "{current} := NULL;
{places} := {places}[1 : es_low] || {places}[es_low + 2 :];
IF es_low < {ordered} THEN
  {ordered} := {ordered} - 1;
END IF;",
        current = current(nth)
    )
}

/// Takes away the rows that have the current event's values in some parts of the key.
pub(super) fn emptied(view: &View, nth: usize, parts: &[usize]) -> String {
    let matches = parts
        .iter()
        .map(|part| format!("es_kept.{} = {}", ident(&view.parts()[*part].name), key::variable(*part)));
    let matches: Vec<String> = matches.collect();
    if matches.is_empty() {
        return format!(
            "{rows} := NULL;\n{places} := ARRAY[]::integer[];\n{ordered} := 0;",
            rows = rows(nth),
            places = places(nth),
            ordered = ordered(nth)
        );
    }
    in_order(view, nth, &format!(" AND NOT ({})", matches.join(" AND ")))
}

/// Returns the rows that are there, in the order of their keys.
pub(super) fn returned(model: &Model) -> String {
    let all = model.views.iter().enumerate();
    let all = all.map(|(nth, view)| format!("{} := {};", column(nth), sorted(view, nth, "")));
    all.collect::<Vec<_>>().join("\n") + "\nRETURN NEXT;"
}

/// The column that the function returns for a view: an array of its rows.
pub(super) fn column(nth: usize) -> String {
    format!("es_view_{}", nth + 1)
}
