//! One pass over the stored events of an entity, which folds them into its views.

use super::change::reads_lists;
use super::event::{content_variable, open, selected, taken};
use super::filter;
use super::names::{ELEMENT, Names, SEQUENCE};
use super::raise::raise;
use super::step::counting;
use super::text::{ident, indent};
use super::touch::{self, Rows};
use crate::ErrorKind;
use crate::model::{Model, Order};

/// Folds the events up to `es_last` into the views. `above` is a further condition on the sequence.
pub(super) fn folded(
    model: &Model,
    names: &Names,
    above: Option<&str>,
    rows: impl Fn(usize) -> Rows,
) -> String {
    let views = model.views.iter().enumerate();
    let views: Vec<String> =
        views.map(|(nth, view)| indent(&touch::folded(model, view, rows(nth)), 4)).collect();
    let sequence = ident(&model.store.sequence);
    let above = above.map(|above| format!(" AND e.{sequence} > {above}"));
    format!(
        "  FOR es_event IN
    SELECT {selected}
    FROM {events} AS e
    WHERE e.{id} = es.es_entity{and_filter}{above} AND e.{sequence} <= es.es_last
    ORDER BY e.{sequence}
  LOOP
{taken}
{open}{out_of_turn}
{views}
    es_version := {SEQUENCE};
  END LOOP;
",
        selected = selected(model),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        above = above.unwrap_or_default(),
        taken = indent(&taken(model), 4),
        // The root has refused an event without a type.
        open = indent(&open(model), 4),
        out_of_turn = out_of_turn(model),
        views = views.join("\n"),
    )
}

/// Refuses that the last event is missing.
pub(super) fn missing(model: &Model) -> String {
    format!("es_version := es_last - 1;\n{SEQUENCE} := es_last;\nes_tag := NULL;\n{}", gap(model))
}

/// The variables. `found` says whether it is kept if a row was there.
pub(super) fn variables(model: &Model, found: bool) -> String {
    let always = format!(
        "
  es_event record;  -- the current event
  {SEQUENCE} bigint;  -- its sequence
  es_version bigint := 0::bigint;  -- that of the event before it
  es_tag text;  -- the event's type{}
  es_value jsonb;  -- the current value",
        content_variable(model)
    );
    let any = |text: &str, is_any: bool| if is_any { text.to_string() } else { String::new() };
    let rules = || model.views.iter().flat_map(|view| &view.rules);
    let each = rules().any(|rule| rule.each.is_some());
    let list = any(
        "\n  es_list jsonb;  -- the current list of values",
        model.views.iter().any(|view| reads_lists(model, view)),
    );
    let elements = any(
        &format!(
            "\n  es_elements jsonb;  -- the list whose elements choose rows\n  {ELEMENT} jsonb;  -- one of them"
        ),
        each,
    );
    let found = any("\n  es_found boolean;  -- whether the row was there", found);
    always + &list + &elements + &found + &counting(&model.views)
}

/// Refuses an event that does not follow the one before it.
fn out_of_turn(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => {
            format!("\n    IF {SEQUENCE} <> es_version + 1 THEN\n{}\n    END IF;", indent(&gap(model), 6))
        }
        Order::Increasing => String::new(),
    }
}

/// Refuses an event that the event table does not hold. The rollup's own table has it already, the others do not.
fn gap(model: &Model) -> String {
    let gap = format!("'{}'", ErrorKind::Gap.sqlstate());
    model.views.first().map(|view| raise(model, view, &gap, None)).unwrap_or_default()
}
