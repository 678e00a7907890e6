//! One pass over stored events, of one entity or of several, which folds them into the views.

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
    let sequence = ident(&model.store.sequence);
    let above = above.map(|above| format!(" AND e.{sequence} > {above}"));
    let events = format!(
        "SELECT {selected}
FROM {events} AS e
WHERE e.{id} = es.es_entity{and_filter}{above} AND e.{sequence} <= es.es_last
ORDER BY e.{sequence}",
        selected = selected(model),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        above = above.unwrap_or_default(),
    );
    looped(model, &events, "", &format!("es_version := {SEQUENCE};"), rows)
}

/// Folds the events of all entities in `es_ids` into the rows that are stored, of each those above the version in `es_froms`
/// and up to that in `es_uptos`. `es_froms` has the versions that are folded then.
pub(super) fn of_all(model: &Model, names: &Names) -> String {
    let sequence = ident(&model.store.sequence);
    // The only possible plan is a nested loop, which looks up each entity, because the inner query is ordered and refers to
    // the outer one. If the planner saw how many entities there are, it would plan again for each call.
    let events = format!(
        "SELECT s.es_place::integer AS es_place, e.*
FROM unnest((SELECT es_ids)) WITH ORDINALITY AS s (es_id, es_place)
  CROSS JOIN LATERAL (
    SELECT {selected}
    FROM {events} AS e
    WHERE e.{id} = s.es_id{and_filter}
      AND e.{sequence} > es_froms[s.es_place::integer] AND e.{sequence} <= es_uptos[s.es_place::integer]
    ORDER BY e.{sequence}
  ) AS e",
        selected = selected(model),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
    );
    let begun =
        "    es_entity := es_ids[es_event.es_place];\n    es_version := es_froms[es_event.es_place];\n";
    let folded = format!("es_froms[es_event.es_place] := {SEQUENCE};");
    format!(
        "{looped}  IF es_froms <> es_uptos THEN
    FOR es_place IN 1 .. cardinality(es_ids) LOOP
      IF es_froms[es_place] <> es_uptos[es_place] THEN
        es_entity := es_ids[es_place];
        {SEQUENCE} := es_uptos[es_place];
        es_version := {SEQUENCE} - 1;
        es_tag := NULL;
{gap}
      END IF;
    END LOOP;
  END IF;
",
        looped = looped(model, &events, begun, &folded, |_| Rows::Stored),
        gap = indent(&gap(model), 8),
    )
}

/// Folds the events that a query selects into the views. `begun` comes before each event, and `folded` after it.
fn looped(model: &Model, events: &str, begun: &str, folded: &str, rows: impl Fn(usize) -> Rows) -> String {
    let views = model.views.iter().enumerate();
    let views: Vec<String> =
        views.map(|(nth, view)| indent(&touch::folded(model, view, rows(nth)), 4)).collect();
    format!(
        "  FOR es_event IN
{events}
  LOOP
{begun}{taken}
{open}{out_of_turn}
{views}
    {folded}
  END LOOP;
",
        events = indent(events, 4),
        taken = indent(&taken(model), 4),
        // The root has refused an event without a type.
        open = indent(&open(model), 4),
        out_of_turn = out_of_turn(model),
        views = views.join("\n"),
    )
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
