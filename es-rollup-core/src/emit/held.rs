//! Rows of views in variables, as a fold has them that writes nothing: one array with all rows of a view, and one with the
//! places of those that are there, in the order of their keys.

use super::key;
use super::names::{Names, ROW};
use super::text::ident;
use crate::model::{Model, View};

/// The array of the rows of a view, by the place of the view in the model.
fn rows(view: usize) -> String {
    format!("es_rows_{}", view + 1)
}

/// The array of the places of the rows that are there.
fn places(view: usize) -> String {
    format!("es_places_{}", view + 1)
}

/// The variables.
pub(super) fn variables(model: &Model) -> String {
    let arrays = model.views.iter().enumerate().map(|(nth, view)| {
        format!(
            "
  {rows} {table}[];  -- rows of {name}, also those that are gone
  {places} integer[] := ARRAY[]::integer[];  -- where those are that are there, in the order of their keys",
            rows = rows(nth),
            places = places(nth),
            table = Names::new(&model.store, view).rollup,
            name = view.name,
        )
    });
    let search = "
  es_low integer;  -- how many rows have a lower key
  es_high integer;
  es_middle integer;";
    arrays.collect::<String>() + search
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
es_high := cardinality({places});
WHILE es_low < es_high LOOP
  es_middle := (es_low + es_high) / 2;
  IF {lower} < {wanted} THEN
    es_low := es_middle + 1;
  ELSE
    es_high := es_middle;
  END IF;
END LOOP;
es_found := es_low < cardinality({places}) AND {equal};",
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
pub(super) fn inserted(nth: usize) -> String {
    let (rows, places) = (rows(nth), places(nth));
    format!(
        "{rows}[coalesce(cardinality({rows}), 0) + 1] := {ROW};
IF es_low = cardinality({places}) THEN
  {places}[es_low + 1] := cardinality({rows});  -- without a copy of the array
ELSE
  {places} := {places}[1 : es_low] || cardinality({rows}) || {places}[es_low + 1 :];
END IF;"
    )
}

/// Takes away the row that was found.
pub(super) fn gone(nth: usize) -> String {
    let places = places(nth);
    format!("{places} := {places}[1 : es_low] || {places}[es_low + 2 :];")
}

/// Takes away the rows that have the current event's values in some parts of the key.
pub(super) fn emptied(view: &View, nth: usize, parts: &[usize]) -> String {
    let places = places(nth);
    let differs = parts.iter().map(|part| {
        format!("({}[p.es_place]).{} = {}", rows(nth), ident(&view.parts()[*part].name), key::variable(*part))
    });
    let matches: Vec<String> = differs.collect();
    if matches.is_empty() {
        return format!("{places} := ARRAY[]::integer[];");
    }
    format!(
        "{places} := ARRAY(
  SELECT p.es_place
  FROM unnest({places}) WITH ORDINALITY AS p (es_place, es_nth)
  WHERE NOT ({})
  ORDER BY p.es_nth
);",
        matches.join(" AND ")
    )
}

/// Returns the rows that are there, in the order of their keys.
pub(super) fn returned(model: &Model) -> String {
    let all = (0..model.views.len()).map(|nth| {
        format!(
            "{} := ARRAY(
  SELECT {}[p.es_place]
  FROM unnest({}) WITH ORDINALITY AS p (es_place, es_nth)
  ORDER BY p.es_nth
);",
            column(nth),
            rows(nth),
            places(nth),
        )
    });
    all.collect::<Vec<_>>().join("\n") + "\nRETURN NEXT;"
}

/// The column that the function returns for a view: an array of its rows.
pub(super) fn column(nth: usize) -> String {
    format!("es_view_{}", nth + 1)
}
