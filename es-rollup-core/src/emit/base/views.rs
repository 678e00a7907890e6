//! The rows of views that a base holds: the folds of the views begin with them.

use super::super::columns::columns;
use super::super::held;
use super::super::names::{ID, Names, ROW, VERSION};
use super::super::text::{indent, literal};
use super::{ARCHIVED, read};
use crate::model::Model;

/// The variables of a fold of the views.
pub(in super::super) fn variables(model: &Model) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        "
  {ARCHIVED} bigint;  -- the version of the base at which the entity begins
  es_begun jsonb;  -- the rows that the views have there"
    )
}

/// Begins a fold of the views with the rows of the base.
pub(in super::super) fn begun(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    let begun = model.views.iter().enumerate().map(|(nth, view)| {
        let fields = columns(model, view).iter().map(|column| format!("{ROW}.{column}")).collect::<Vec<_>>();
        format!(
            "  DECLARE  -- {name}
    {ROW} {table}%ROWTYPE;
  BEGIN
    FOR {fields} IN
      SELECT es_entity, {values}
      FROM jsonb_array_elements(es_begun -> {label}) AS b (es_row)
    LOOP
{added}
    END LOOP;
{ordered}
  END;
",
            name = view.name,
            label = literal(&view.name),
            table = Names::new(&model.store, view).rollup,
            fields = fields.join(", "),
            values = read(model, view, "b.es_row").join(", "),
            added = indent(&held::added(nth), 6),
            ordered = indent(&held::all_in_order(view, nth), 4),
        )
    });
    format!(
        "SELECT b.{VERSION}, b.\"views\" INTO {ARCHIVED}, es_begun
FROM {base} AS b
WHERE b.{ID} = es.es_entity AND b.{VERSION} <= es.es_last;
IF {ARCHIVED} IS NOT NULL THEN
  es_version := {ARCHIVED};
{begun}END IF;
",
        base = names.base,
        begun = begun.collect::<String>(),
    )
}

/// Gives the entity the rows of its base, from which its events are folded, as further lines.
pub(in super::super) fn put(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    let rows = model.views.iter().enumerate().map(|(nth, view)| {
        let columns = columns(model, view);
        let values: Vec<String> = columns.iter().map(|column| format!("v.{column}")).collect();
        format!(
            "
  INSERT INTO {table} ({columns})
  SELECT {values}
  FROM {views}(es.es_entity, es.es_above) AS f CROSS JOIN LATERAL unnest(f.{view}) AS v;",
            table = Names::new(&model.store, view).rollup,
            columns = columns.join(", "),
            values = values.join(", "),
            views = names.views,
            view = held::column(nth),
        )
    });
    let rows: String = rows.collect();
    format!(
        "
-- If the entity is archived, it begins at its base.
es_above := coalesce((SELECT b.{VERSION} FROM {base} AS b WHERE b.{ID} = es.es_entity), 0);
es_froms[es_place] := es_above;
IF es_above > 0 THEN{ended}{rows}
END IF;",
        base = names.base,
        ended = ended(model, names),
    )
}

/// Leaves the entity if its stream has ended, so that nothing is left to fold.
fn ended(model: &Model, names: &Names) -> String {
    if !model.has_delete() {
        return String::new();
    }
    format!(
        "
  IF EXISTS (SELECT FROM {base} AS b WHERE b.{ID} = es.es_entity AND b.\"state\" IS NULL) THEN
    es_froms[es_place] := es_uptos[es_place];  -- no event may follow its end
    CONTINUE;
  END IF;",
        base = names.base
    )
}
