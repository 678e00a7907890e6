//! Constraints on the rollup that the migration did not create.
//!
//! If a constraint is violated, PostgreSQL reports `Failing row contains (…)` or `Key (…)=(…)` to the client that
//! inserted the event. The rollup's own constraints never do, because the fold refuses the event first. Others can, so
//! if there are any, rows are written in a block that reports the violation without the values. The block is a
//! subtransaction, which is too expensive for every write of a trigger. Testing whether it is needed costs nothing, since the answer
//! is a constant of the plan.

use super::function::{Function, PINNED};
use super::names::{Names, qualified};
use super::raise::shown;
use super::since::is_unseen;
use super::text::{indent, literal, literals, where_true};
use crate::model::{Column, Constraint, Envelope, Fact, Model, Type, View};

/// The condition, which is a constant in every plan that contains it.
pub(super) fn is_guarded(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!("{}({}::regclass)", names.guarded, literal(&names.rollup))
}

/// Runs the text as it is, or in a block that shows no values. `entity` is the entity's id as text, or NULL if there are
/// several.
pub(super) fn within(model: &Model, view: &View, entity: &str, text: &str) -> String {
    format!(
        "IF {guarded} THEN
{block}
ELSE
{inside}
END IF;",
        guarded = is_guarded(model, view),
        block = indent(&block(model, entity, text), 2),
        inside = indent(text, 2),
    )
}

/// Runs the text in a block that shows no values, for statements that are rare enough for a subtransaction each. The text
/// may fold into the other tables, too.
pub(super) fn block(model: &Model, entity: &str, text: &str) -> String {
    let tables: Vec<View> = model.tables().cloned().collect();
    block_of(model, &tables, entity, text)
}

/// The same for text that writes several tables.
pub(super) fn block_of(model: &Model, views: &[View], entity: &str, text: &str) -> String {
    format!(
        "BEGIN
{inside}
EXCEPTION WHEN integrity_constraint_violation THEN
{violated}
END;",
        inside = indent(text, 2),
        violated = indent(&violated(model, views, entity), 2),
    )
}

/// Raises the current violation again, without the values that PostgreSQL shows.
fn violated(model: &Model, views: &[View], entity: &str) -> String {
    let own = |view: &View| {
        let checks: Vec<&String> = view.checks().map(|(name, _)| name).collect();
        if checks.is_empty() {
            return String::new();
        }
        format!(
            "  -- The fold refuses an event after which a check of the rollup does not hold. Its message stays.
  IF es_schema = {schema} AND es_table = {table} AND es_constraint IN ({checks}) THEN
    RAISE;
  END IF;
",
            schema = literal(&view.table.schema),
            table = literal(&view.table.name),
            checks = literals(checks),
        )
    };
    let own: String = views.iter().map(own).collect();
    format!(
        "DECLARE
  es_schema pg_catalog.text;
  es_table pg_catalog.text;
  es_column pg_catalog.text;
  es_constraint pg_catalog.text;
BEGIN
  GET STACKED DIAGNOSTICS es_schema = SCHEMA_NAME, es_table = TABLE_NAME, es_column = COLUMN_NAME,
    es_constraint = CONSTRAINT_NAME;
{own}  RAISE EXCEPTION USING ERRCODE = SQLSTATE,
    MESSAGE = format('events%s in %s are refused: they violate %s of %s',
      coalesce(' of entity ' || {shown}, ''), {events},
      CASE es_constraint WHEN '' THEN format('NOT NULL of column \"%s\"', es_column) ELSE format('constraint \"%s\"', es_constraint) END,
      format('\"%s\".\"%s\"', es_schema, es_table)),
    HINT = 'The constraint is not one of the rollup''s own. Do not write the events, or change the constraint.',
    SCHEMA = es_schema, TABLE = es_table, COLUMN = es_column, CONSTRAINT = es_constraint;
END;",
        shown = shown(entity),
        events = literal(&qualified(&model.store.table)),
    )
}

/// The name that PostgreSQL gives to a check of one column: the parts are shortened, the longer first, until it fits
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
pub(super) fn given_name(table: &str, column: &str) -> String {
    const LONGEST: usize = 63;
    let left = LONGEST - "__check".len();
    let (mut first, mut second) = (table.len(), column.len());
    while first + second > left {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let cut = |name: &str, mut length: usize| {
        while !name.is_char_boundary(length) {
            length -= 1;
        }
        name[..length].to_string()
    };
    format!("{}_{}_check", cut(table, first), cut(column, second))
}

/// The names of the constraints that the migration creates, separated by commas, the primary key first.
pub(super) fn own(view: &View) -> String {
    let key = literal(&format!("{}_pkey", view.table.name));
    let constraints = view.constraints.iter().map(|one| match one {
        Constraint::Check { name, .. } | Constraint::Unique { name, .. } | Constraint::Index { name, .. } => {
            format!(", {}", literal(name))
        }
    });
    let values = view.parts().iter().chain(&view.columns).map(|column: &Column| {
        let name = || format!(", {}", literal(&given_name(&view.table.name, &column.name)));
        let of =
            |ty: &Type| where_true(ty, Fact::OneOfValues, name) + &where_true(ty, Fact::ArrayOfValues, name);
        of(&column.ty)
    });
    constraints.chain(values).fold(key, |names, name| names + &name)
}

/// The names of the columns that the migration declares as not NULL, separated by commas.
pub(super) fn required(model: &Model, view: &View) -> String {
    let envelope: Vec<String> = Envelope::of(&model.store).map(|one| one.name().to_string()).collect();
    let columns = view.parts().iter().chain(&view.columns);
    let required = columns.filter(|column| !column.nullable).map(|column| &column.name);
    literals(envelope.iter().chain(required))
}

/// The function that looks for such constraints in the catalogue.
pub(super) fn guarded(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    Function {
        remark: "-- Whether the rollup has constraints that the migration did not create, or columns named like variables here. Also true
-- if something may be there that is not seen yet.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.",
        name: &names.guarded,
        arguments: "es_rollup regclass",
        returns: "boolean",
        language: "sql",
        properties: &["IMMUTABLE"],
        settings: &[PINNED],
    }
    .text(&format!(
        "  SELECT {unseen} OR EXISTS (
    SELECT FROM pg_constraint AS c
    WHERE c.conrelid = es_rollup AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conname NOT IN ({own})
  ) OR EXISTS (
    -- A foreign key that refers to the rollup has triggers on it.
    SELECT FROM pg_trigger AS t JOIN pg_constraint AS c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = es_rollup AND c.confrelid = es_rollup
  ) OR EXISTS (
    -- The bounds of a partition are a constraint.
    SELECT FROM pg_class AS c WHERE c.oid = es_rollup AND c.relispartition
  ) OR EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = es_rollup AND i.indisunique AND c.relname NOT IN ({own})
  ) OR EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = es_rollup AND a.attnum > 0 AND NOT a.attisdropped
      AND (
        a.attnotnull AND a.attname NOT IN ({required})
          AND a.attidentity = '' AND (NOT a.atthasdef OR a.attgenerated <> '')
        OR starts_with(a.attname::text, 'es_')
      )
  )",
        own = own(view),
        required = required(model, view),
        unseen = is_unseen(model, "es_rollup"),
    ))
}

#[cfg(test)]
mod tests {
    use super::given_name;

    #[test]
    fn a_check_gets_the_name_that_postgresql_gives_it() {
        assert_eq!(given_name("account", "status"), "account_status_check");
        let (table, column) = ("t".repeat(40), "c".repeat(30));
        assert_eq!(given_name(&table, &column), format!("{}_{}_check", "t".repeat(28), "c".repeat(28)));
        assert_eq!(given_name(&table, "status").len(), "status".len() + 40 + "__check".len());
    }
}
