//! What somebody else has on the tables, and a change would lose or meet: then it refuses.

use super::super::built::is_built;
use super::super::columns::column_names;
use super::super::guarded::given_name;
use super::super::install::check;
use super::super::names::qualified;
use super::super::text::{ident, indent, literal, literals};
use super::Between;
use super::listed::is_listed;
use super::renames;
use crate::alteration::Altered;
use crate::model::{Constraint, View};

/// The checks that nothing of somebody else is lost, or has a name that the migration needs.
pub(super) fn kept(between: &Between<'_>) -> Vec<String> {
    let altered = between.tables().zip(between.found());
    let altered = altered.flat_map(|((was, is, table), (found, ..))| named(between, (found, was), is, table));
    altered.chain(between.dropped().flat_map(|view| dropped(between, view))).collect()
}

/// With a table, columns of somebody else would go, and what rows of other tables refer to.
fn dropped(between: &Between<'_>, was: &View) -> [String; 2] {
    let table = qualified(&was.table);
    let own: Vec<String> = column_names(between.old, was).map(Into::into).collect();
    let shown = table.replace('\'', "''").replace('%', "%%");
    [
        check(
            &format!(
                "es_found := (
  SELECT min(quote_ident(a.attname))
  FROM pg_attribute AS a
  WHERE a.attrelid = to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ({})
);\n",
                literal(&table),
                literals(&own)
            ),
            "es_found IS NOT NULL",
            &format!(
                "format('the column %s of {shown} is not the rollup''s, but the migration drops the table', es_found)"
            ),
            "Keep such values in a table of their own, and drop the column.",
        ),
        check(
            &format!(
                "es_found := (
  SELECT min(c.conrelid::regclass::text)
  FROM pg_constraint AS c
  WHERE c.confrelid = to_regclass({}) AND c.contype = 'f'
);\n",
                literal(&table)
            ),
            "es_found IS NOT NULL",
            &format!(
                "format('%s refers to {shown} by a foreign key, but the migration drops that table', es_found)"
            ),
            "Drop the foreign key before the migration.",
        ),
    ]
}

/// A constraint or index that is to be created has a name of its own, unless it is an index that was built before; and one
/// that is to be dropped or renamed is the rollup's.
fn named(between: &Between<'_>, (found, was): (&View, &View), is: &View, table: &Altered) -> Vec<String> {
    let name = qualified(&found.table);
    let shown = name.replace('\'', "''").replace('%', "%%");
    let before: Vec<&str> = was.constraints.iter().map(Constraint::name).collect();
    let comes = |name: &str| table.constrained.iter().any(|one| one == name) && !before.contains(&name);
    let mut created: Vec<String> = table.constrained.iter().filter(|name| comes(name)).cloned().collect();
    created.extend(renames::new_names(between, found, was, table));
    let mut dropped = Vec::new();
    for column in is.all_columns() {
        let given = given_name(&is.table.name, &column.name);
        let mut olds = was.all_columns().zip(found.all_columns());
        let old = olds.find(|(one, _)| one.name == column.name).map(|(_, found)| found);
        let Some(old) = old.filter(|old| is_listed(between.old, old)) else {
            if is_listed(between.new, column) {
                created.push(given);
            }
            continue;
        };
        let had = given_name(&found.table.name, &old.name);
        let remade = [&table.relisted, &table.retyped].iter().any(|names| names.contains(&column.name));
        if remade || had != given {
            dropped.push((old.name.clone(), had));
        }
    }
    let mut checks = Vec::new();
    if !created.is_empty() {
        let names = literals(&created);
        let exempted: Vec<String> = is
            .constraints
            .iter()
            .filter(|constraint| comes(constraint.name()))
            .filter_map(|constraint| Some((constraint.name(), is_built(is, &found.table, constraint)?)))
            .map(|(name, is_built)| {
                format!(
                    "\n      AND NOT (c.relname = {} AND {})",
                    literal(name),
                    indent(&is_built, 6).trim_start()
                )
            })
            .collect();
        checks.push(check(
            &format!(
                "es_found := (
  SELECT min(n.es_name)
  FROM (
    SELECT c.conname FROM pg_constraint AS c WHERE c.conrelid = to_regclass({table}) AND c.conname IN ({names})
    UNION ALL
    SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = to_regnamespace({schema}) AND c.relname IN ({names}){exempted}
  ) AS n (es_name)
);\n",
                table = literal(&name),
                schema = literal(&ident(&is.table.schema)),
                exempted = exempted.concat(),
            ),
            "es_found IS NOT NULL",
            &format!("format('%s already exists, but a constraint or index of {shown} needs that name', quote_ident(es_found))"),
            "Drop it, or give it another name. An index that was built before is used only if it is the same and its build has finished.",
        ));
    }
    for (column, given) in dropped {
        checks.push(check(
            &format!(
                "es_found := (
  SELECT c.conname
  FROM pg_constraint AS c
  WHERE c.conrelid = to_regclass({table}) AND c.conname = {given}
    AND c.conkey IS DISTINCT FROM ARRAY(
      SELECT a.attnum FROM pg_attribute AS a WHERE a.attrelid = c.conrelid AND a.attname = {column}
    )
);\n",
                table = literal(&name),
                given = literal(&given),
                column = literal(&column),
            ),
            "es_found IS NOT NULL",
            &format!("format('the constraint %s of {shown} has the name of the rollup''s check of a column, but is another', quote_ident(es_found))"),
            "Give it another name.",
        ));
    }
    checks
}
