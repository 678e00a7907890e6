//! How a folded row is written: once, and only over the version that it was folded from.

use super::names::Names;
use super::table::columns;
use crate::model::{Model, View};

/// Writes `es_row`, which was folded from version `es_base`; `FOUND` says whether it was written.
pub(super) fn write(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let columns = columns(view);
    let values: Vec<String> = columns.iter().map(|column| format!("es_row.{column}")).collect();
    let changed: Vec<String> = columns
        .iter()
        .filter(|column| *column != "\"id\"" && *column != "\"created_at\"")
        .map(|column| format!("{column} = es_row.{column}"))
        .collect();
    // Written first, so that whoever writes the same row at this moment is noticed.
    let delete = if view.has_delete() {
        format!(
            "\nIF FOUND AND es_deleted THEN\n  DELETE FROM {} AS r WHERE r.\"id\" = es_entity;\nEND IF;",
            names.rollup
        )
    } else {
        String::new()
    };
    format!(
        "IF es_base = 0 THEN
  INSERT INTO {rollup}
    ({columns})
  VALUES
    ({values})
  ON CONFLICT (\"id\") DO NOTHING;
ELSE
  UPDATE {rollup} AS r SET
    {changed}
  WHERE r.\"id\" = es_entity AND r.\"version\" = es_base;
END IF;{delete}",
        rollup = names.rollup,
        columns = columns.join(", "),
        values = values.join(", "),
        changed = changed.join(",\n    "),
    )
}
