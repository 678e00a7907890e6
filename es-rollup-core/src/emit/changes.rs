//! The function that says which event changed which column of an entity.

use super::fold::{Range, call, reached};
use super::function::{ALL_ROWS, DEFINER, Function, PINNED};
use super::names::Names;
use super::text::{ident, indent, literal, part};

use crate::model::{Model, Part, View};

pub(super) fn changes(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let columns = view.columns.iter().zip(1..).map(|(column, place)| {
        let (name, label) = (ident(&column.name), literal(&column.name));
        let [was, is] = ["es_was", "es_is"].map(|row| format!("(s.{row}).{name}"));
        format!(
            "({place}, {label}, to_jsonb({was}), to_jsonb({is}), ROW({was})::record *<> ROW({is})::record)"
        )
    });
    let columns: Vec<String> = columns.collect();
    // A list of values has at least one.
    let columns = if columns.is_empty() {
        "SELECT 0, NULL::text, NULL::jsonb, NULL::jsonb, false".into()
    } else {
        format!("VALUES\n{}", indent(&columns.join(",\n"), 2))
    };
    Function {
        remark: "-- What each event of one entity changed: a row for each column that it changed, with the values before and after it.
-- What ends a stream leaves nothing. Compared byte by byte, since not every type has an operator for it.",
        name: &names.changes,
        arguments: &format!("es_id {}", part(&model.store.id_type, Part::Name)),
        returns: "TABLE (es_sequence bigint, es_event_type text, es_column text, es_was jsonb, es_is jsonb)",
        // The body of a function in SQL would be checked against a table that somebody else may just have made.
        language: "plpgsql",
        properties: &["STABLE STRICT", DEFINER],
        settings: &[PINNED, ALL_ROWS],
    }
    .text(&format!(
        "#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.es_sequence, s.es_event_type, c.es_column, c.es_was, c.es_is
  FROM (
    SELECT {reached} AS es_sequence, f.es_event_type, lag(f.es_state) OVER es_order AS es_was,
      CASE WHEN NOT f.es_deleted THEN f.es_state END AS es_is
    FROM {folded} AS f
    WINDOW es_order AS (ORDER BY {reached})
  ) AS s CROSS JOIN LATERAL (
{columns}
  ) AS c (es_place, es_column, es_was, es_is, es_differs)
  WHERE c.es_differs{and_event}
  ORDER BY s.es_sequence, c.es_place;
END",
        reached = reached(model, "f"),
        folded = call(model, &Range { ids: "ARRAY[es_id]", each: true, ..Range::ALL }),
        columns = indent(&columns, 4),
        // The base is no event.
        and_event = if model.archive { " AND s.es_event_type IS NOT NULL" } else { "" },
    ))
}
