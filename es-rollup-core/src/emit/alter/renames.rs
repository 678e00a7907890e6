//! What gets another name, before anything else is altered: tables, columns, and the constraints and indexes that are named
//! after them. What people hang on them stays.

use super::super::guarded::given_name;
use super::super::install::check;
use super::super::names::qualified;
use super::super::text::{ident, literal, literals};
use super::Between;
use super::listed::is_listed;
use crate::alteration::{Altered, Renamed};
use crate::model::{Constraint, View};

/// What has a name in the database apart from tables and columns.
enum Named {
    Constraint,
    Index,
}

/// The statements for one table: its view as the migration finds it, and with the new names.
pub(super) fn renames(between: &Between<'_>, found: &View, was: &View, table: &Altered) -> String {
    let name = qualified(&was.table);
    let mut statements: Vec<String> = Vec::new();
    if table.table.is_some() {
        statements.push(format!(
            "ALTER TABLE {} RENAME TO {};\n",
            qualified(&found.table),
            ident(&was.table.name)
        ));
    }
    for Renamed { was, is } in &table.renamed {
        statements.push(format!("ALTER TABLE {name} RENAME COLUMN {} TO {};\n", ident(was), ident(is)));
    }
    for (named, Renamed { was: old, is: new }) in objects(between, found, was, table) {
        statements.push(match named {
            // Somebody may have dropped it.
            Named::Constraint => format!(
                "IF EXISTS (
  SELECT FROM pg_constraint AS c WHERE c.conrelid = to_regclass({}) AND c.conname = {}
) THEN
  ALTER TABLE {name} RENAME CONSTRAINT {} TO {};
END IF;
",
                literal(&name),
                literal(&old),
                ident(&old),
                ident(&new)
            ),
            Named::Index => format!(
                "ALTER INDEX IF EXISTS {}.{} RENAME TO {};\n",
                ident(&was.table.schema),
                ident(&old),
                ident(&new)
            ),
        });
    }
    if !statements.is_empty() {
        statements.insert(0, "-- What has another name is still the same: what hangs on it stays.\n".into());
    }
    statements.concat()
}

/// No column of somebody else has the new name of one that is renamed, or the name of one that is added.
pub(super) fn checks(between: &Between<'_>) -> Vec<String> {
    between.found().filter_map(|(found, _, table)| columns_are_free(found, table)).collect()
}

fn columns_are_free(found: &View, table: &Altered) -> Option<String> {
    let name = qualified(&found.table);
    let shown = name.replace('\'', "''").replace('%', "%%");
    // A name that a column of the rollup has is free once that one is renamed.
    let added = table.added.iter().filter(|name| !found.all_columns().any(|column| column.name == **name));
    let columns: Vec<String> = table.renamed.iter().map(|one| &one.is).chain(added).cloned().collect();
    (!columns.is_empty()).then(|| {
        check(
            &format!(
                "es_found := (
  SELECT min(quote_ident(a.attname))
  FROM pg_attribute AS a
  WHERE a.attrelid = to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN ({})
);\n",
                literal(&name),
                literals(&columns)
            ),
            "es_found IS NOT NULL",
            &format!(
                "format('the column %s of {shown} is not the rollup''s, but the migration needs that name', es_found)"
            ),
            "Give it another name, or drop it.",
        )
    })
}

/// The new names of constraints and indexes of one table.
pub(super) fn new_names(between: &Between<'_>, found: &View, was: &View, table: &Altered) -> Vec<String> {
    objects(between, found, was, table).into_iter().map(|(_, Renamed { is, .. })| is).collect()
}

/// The constraints and indexes of one table that are named after what is renamed.
fn objects(between: &Between<'_>, found: &View, was: &View, table: &Altered) -> Vec<(Named, Renamed)> {
    let key = |view: &View| format!("{}_pkey", view.table.name);
    // The check of the values of a column.
    let listed =
        found.all_columns().zip(was.all_columns()).filter(|(column, _)| is_listed(between.old, column));
    let listed = listed.map(|(old, new)| Renamed {
        was: given_name(&found.table.name, &old.name),
        is: given_name(&was.table.name, &new.name),
    });
    let own = [Renamed { was: key(found), is: key(was) }].into_iter().chain(listed);
    let own = own.filter(|one| one.was != one.is).map(|one| (Named::Constraint, one));
    let others = table.renamed_constraints.iter().map(|one| {
        let constraint = found.constraints.iter().find(|other| other.name() == one.was);
        let named = match constraint {
            Some(Constraint::Index { .. }) => Named::Index,
            Some(Constraint::Check { .. } | Constraint::Unique { .. }) | None => Named::Constraint,
        };
        (named, one.clone())
    });
    own.chain(others).collect()
}
