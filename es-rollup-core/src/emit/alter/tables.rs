//! The statements that alter the tables: columns before the entities are folded again, constraints after it.

use super::super::built::refuse_another;
use super::super::columns::type_name;
use super::super::constraints;
use super::super::expression::{blank, empty};
use super::super::guarded::given_name;
use super::super::install::check as refuse;
use super::super::names::qualified;
use super::super::table::check;
use super::super::text::{ident, indent, literal};
use super::listed::is_listed;
use super::{Between, proof, renames};
use crate::alteration::{Altered, Touched};
use crate::model::{Column, Constraint, Kind, View};

/// What is altered before functions are replaced.
pub(super) fn before(between: &Between<'_>) -> String {
    let all = between.tables().zip(between.found()).map(|((was, is, table), (found, ..))| {
        renames::renames(between, found, was, table) + &opened(between, was, is, table)
    });
    let statements: String = all.collect();
    if statements.is_empty() {
        return String::new();
    }
    let deferred = match between.alteration.touched {
        Touched::Nobody => "",
        Touched::Among(_) | Touched::Beyond(_) | Touched::Everybody => {
            "-- Entities are folded again one after the other: what is unique may only be so at the end.
SET CONSTRAINTS ALL DEFERRED;
"
        }
    };
    format!(
        "-- A new column holds what it would hold without events: nothing, zero or no members. A table with deferred checks that
-- are pending cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
{statements}{deferred}"
    )
}

/// What is altered after the entities were folded again.
pub(super) fn after(between: &Between<'_>) -> String {
    let all = between.tables().map(|(was, is, table)| closed(between, was, is, table));
    let statements: String = all.collect();
    if statements.is_empty() {
        return String::new();
    }
    let remark = "-- Now each row is the fold of its events, and the constraints hold.\n";
    let settled = match between.alteration.touched {
        Touched::Nobody => "",
        // A table with deferred checks that are pending cannot be altered.
        Touched::Among(_) | Touched::Beyond(_) | Touched::Everybody => "SET CONSTRAINTS ALL IMMEDIATE;\n",
    };
    format!("{remark}{settled}{statements}")
}

/// The column of that name, also if it is a part of the key.
fn column<'a>(view: &'a View, name: &str) -> &'a Column {
    view.all_columns().find(|column| column.name == name).expect("the view has the column")
}

/// Whether a column without values is NULL, so that it can only be required once it is filled.
fn begins_as_null(column: &Column) -> bool {
    match column.kind {
        Kind::Value => true,
        Kind::Counter | Kind::Set | Kind::List => false,
    }
}

fn opened(between: &Between<'_>, was: &View, is: &View, table: &Altered) -> String {
    let name = qualified(&is.table);
    let alter = |rest: String| format!("ALTER TABLE {name} {rest};\n");
    // Under the name that PostgreSQL gives it in a new table.
    let listed = |column: &Column| {
        if is_listed(between.new, column) {
            format!(" CONSTRAINT {}{}", ident(&given_name(&is.table.name, &column.name)), check(column))
        } else {
            String::new()
        }
    };
    let mut statements: Vec<String> = Vec::new();
    if !(table.removed.is_empty() && table.loosened.is_empty()) {
        statements.push(proof::left_by_a_fill(between, &name));
    }
    for constraint in &table.unconstrained {
        statements.push(match was.constraints.iter().find(|one| one.name() == constraint) {
            Some(Constraint::Index { .. }) => {
                format!("DROP INDEX IF EXISTS {}.{};\n", ident(&is.table.schema), ident(constraint))
            }
            Some(Constraint::Check { .. } | Constraint::Unique { .. }) | None => {
                alter(format!("DROP CONSTRAINT IF EXISTS {}", ident(constraint)))
            }
        });
    }
    let replaced = table.relisted.iter().chain(&table.retyped).chain(&table.removed);
    for column in replaced.map(|name| column(was, name)).filter(|column| is_listed(between.old, column)) {
        let check = given_name(&was.table.name, &column.name);
        statements.push(alter(format!("DROP CONSTRAINT IF EXISTS {}", ident(&check))));
    }
    if !table.removed.is_empty() {
        statements.push(unused(&name, &table.removed));
    }
    for column in &table.removed {
        statements.push(alter(format!("DROP COLUMN IF EXISTS {}", ident(column))));
    }
    for column in table.retyped.iter().map(|name| column(is, name)) {
        let name = ident(&column.name);
        if begins_as_null(column) {
            statements.push(alter(format!("ALTER COLUMN {name} DROP NOT NULL")));
        }
        let to = format!("ALTER COLUMN {name} TYPE {} USING {}", type_name(column), blank(column));
        statements.push(alter(to));
    }
    for column in table.added.iter().map(|name| column(is, name)) {
        let (name, ty) = (ident(&column.name), type_name(column));
        if begins_as_null(column) {
            statements.push(alter(format!("ADD COLUMN {name} {ty}{}", listed(column))));
        } else {
            let added =
                format!("ADD COLUMN {name} {ty} NOT NULL DEFAULT {}{}", empty(column), listed(column));
            statements.push(alter(added));
            statements.push(alter(format!("ALTER COLUMN {name} DROP DEFAULT")));
        }
    }
    for column in &table.loosened {
        statements.push(alter(format!("ALTER COLUMN {} DROP NOT NULL", ident(column))));
    }
    statements.concat()
}

/// Refuses to drop columns on which something of somebody else depends: with the column, PostgreSQL would drop an index
/// without a word.
fn unused(table: &str, columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|column| literal(column)).collect();
    let refused = refuse(
        &format!(
            "es_found := (
  SELECT min(pg_describe_object(d.classid, d.objid, d.objsubid))
  FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {table}::regclass AND a.attname IN ({names})
    AND NOT EXISTS (
      -- That the column is not NULL is a constraint from PostgreSQL 18 on.
      SELECT FROM pg_constraint AS c
      WHERE d.classid = 'pg_constraint'::regclass AND c.oid = d.objid AND c.contype = 'n'
    )
);\n",
            table = literal(table),
            names = names.join(", "),
        ),
        "es_found IS NOT NULL",
        &format!(
            "format('%s depends on a column of {} that the migration drops', es_found)",
            table.replace('\'', "''").replace('%', "%%")
        ),
        "Drop it first, or keep the column.",
    );
    format!(
        "DO $es_rollup$
DECLARE
  es_found pg_catalog.text;
BEGIN
{}
END
$es_rollup$;
",
        indent(&refused, 2)
    )
}

/// The columns that are required once each row is the fold of its events.
pub(super) fn required<'a>(was: &'a View, is: &'a View, table: &'a Altered) -> Vec<&'a str> {
    let tightened = table.tightened.iter().map(String::as_str);
    let added = table.added.iter().filter(|name| begins_as_null(column(is, name)));
    // A counter that was a value may have been empty.
    let retyped =
        table.retyped.iter().filter(|name| begins_as_null(column(is, name)) || column(was, name).nullable);
    let required = added.chain(retyped).filter(|name| !column(is, name).nullable).map(String::as_str);
    tightened.chain(required).collect()
}

/// The checks that hold then: the name of each, and its definition.
pub(super) fn checks(between: &Between<'_>, is: &View, table: &Altered) -> Vec<(String, String)> {
    let listed = table.relisted.iter().chain(&table.retyped).map(|name| column(is, name));
    let listed = listed.filter(|column| is_listed(between.new, column)).map(|column| {
        let name = given_name(&is.table.name, &column.name);
        let defined = format!("CONSTRAINT {}{}", ident(&name), check(column));
        (name, defined)
    });
    let declared = constrained(is, table).filter_map(|constraint| match constraint {
        Constraint::Check { name, .. } => Some((name.clone(), constraints::defined(constraint)?)),
        Constraint::Unique { .. } | Constraint::Index { .. } => None,
    });
    listed.chain(declared).collect()
}

/// The constraints and indexes that come.
fn constrained<'a>(is: &'a View, table: &'a Altered) -> impl Iterator<Item = &'a Constraint> {
    is.constraints.iter().filter(|one| table.constrained.iter().any(|name| name == one.name()))
}

/// What is altered in one table after that.
pub(super) fn closed(between: &Between<'_>, was: &View, is: &View, table: &Altered) -> String {
    let name = qualified(&is.table);
    let alter = |rest: String| format!("ALTER TABLE {name} {rest};\n");
    let mut statements: Vec<String> = Vec::new();
    let required = required(was, is, table);
    for column in &required {
        statements.push(alter(format!("ALTER COLUMN {} SET NOT NULL", ident(column))));
    }
    if between.ends_by_function() && !required.is_empty() {
        statements.push(proof::required_no_more(&name));
    }
    for (constraint, defined) in checks(between, is, table) {
        let added = alter(format!("ADD {defined}"));
        statements.push(if between.ends_by_function() {
            proof::unless_checked(&name, &constraint, &added)
        } else {
            added
        });
    }
    for constraint in constrained(is, table) {
        let defined = match constraint {
            Constraint::Check { .. } => None,
            Constraint::Unique { .. } | Constraint::Index { .. } => constraints::defined(constraint),
        };
        let defined = defined.map(|defined| alter(format!("ADD {defined}")));
        statements.push(refuse_another(is, constraint));
        statements.extend(constraints::index(between.new, is, constraint).into_iter().chain(defined));
    }
    statements.concat()
}
