//! The rollup table.

use super::base;
use super::columns::{envelope_type, type_name};
use super::constraints;
use super::describe::describe;
use super::function::{ALL_ROWS, Function, PINNED};
use super::key;
use super::names::Names;
use super::text::{FINGERPRINT, MODEL_TAG, ident, literal, part, where_true};
use crate::model::{Column, Envelope, Fact, Key, Model, Part, View};

/// Restricts a column to the values that its type lists: a row that is written by hand must not contain a value that
/// Rust cannot read.
pub(super) fn check(column: &Column) -> String {
    let (name, values) = (ident(&column.name), || part(&column.ty, Part::Values));
    let each = || format!(" CHECK ({name} <@ ARRAY[{}]::{})", values(), type_name(column));
    if column.kind.is_many() {
        return where_true(&column.ty, Fact::OneOfValues, each);
    }
    let one = where_true(&column.ty, Fact::OneOfValues, || format!(" CHECK ({name} IN ({}))", values()));
    one + &where_true(&column.ty, Fact::ArrayOfValues, each)
}

/// The beginning of the model function's body, before the fingerprint.
pub(super) const MODEL: &str = "{\"fingerprint\":\"";

/// The model function. A comment could be lost in a dump, a function is not.
pub(super) fn model(model: &Model, view: &View) -> String {
    model_function(&Names::new(&model.store, view).model).text(&format!(
        "SELECT {MODEL_TAG}
{MODEL}{FINGERPRINT}\",\"model\":{description}}}
{MODEL_TAG}",
        description = describe(model),
    ))
}

/// The model function with this name, without its body.
pub(super) const fn model_function(name: &str) -> Function<'_> {
    Function {
        remark: "-- The model of the rollup as JSON. A rollup is recognised by this function, which every dump contains.",
        name,
        arguments: "",
        returns: "text",
        language: "sql",
        properties: &["IMMUTABLE"],
        settings: &[PINNED],
    }
}

/// The function that empties the rollup after a TRUNCATE of the event table.
pub(super) fn truncate(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let tables: Vec<String> = model.tables().map(|view| Names::new(&model.store, view).rollup).collect();
    Function::of_trigger(
        "-- Empties the rollup when the event table is emptied.",
        &names.truncate,
        if model.archive { &[PINNED, ALL_ROWS] } else { &[PINNED] },
    )
    .text(&format!(
        "BEGIN
  IF TG_RELID IS DISTINCT FROM to_regclass({events}) OR TG_OP <> 'TRUNCATE' THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = {message}, HINT = {hint};
  END IF;
{archived}  -- A statement that names both tables has already emptied it.
  IF {filled} THEN
    TRUNCATE TABLE {tables};
  END IF;
  RETURN NULL;
END",
        events = literal(&names.events),
        filled = tables
            .iter()
            .map(|table| format!("pg_relation_size({}) > 0", literal(table)))
            .collect::<Vec<_>>()
            .join(" OR "),
        archived = base::refused::is_empty(model),
        tables = tables.join(", "),
        message = literal(&format!(
            "the rollup {} can only be emptied by a TRUNCATE of {}",
            names.rollup, names.events
        )),
        hint = literal(&format!(
            "Rename the event table back to {}, or run the REVERT_SQL and then a migration for its new name.",
            names.events
        )),
    ))
}

/// The beginning of the table's comment; the fingerprint follows.
pub(super) const COMMENT: &str = "es-rollup ";

pub(super) fn table(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let envelope = |one: Envelope| format!("{} {} NOT NULL", ident(one.name()), envelope_type(model, one));
    let part = |part: &Column| {
        let (name, ty, collation) =
            (ident(&part.name), type_name(part), super::text::part(&part.ty, Part::Collation));
        format!("{name} {ty}{collation} NOT NULL{}", check(part))
    };
    let mut lines: Vec<String> = Envelope::of(&model.store).map(envelope).collect();
    lines.splice(1..1, view.parts().iter().map(part));
    for column in &view.columns {
        let null = if column.nullable { "" } else { " NOT NULL" };
        lines.push(format!("{} {}{null}{}", ident(&column.name), type_name(column), check(column)));
    }
    lines.push(format!("CONSTRAINT {} PRIMARY KEY ({})", names.primary_key, key::columns(view)));
    lines.extend(constraints::in_table(view));
    let room = match view.key {
        // Room for new versions of the rows in their own pages.
        Key::Entity | Key::Parts(_) => " WITH (fillfactor = 75)",
        // Rows are only added.
        Key::Version => "",
    };
    format!(
        "{remark}
CREATE TABLE IF NOT EXISTS {rollup} (
  {lines}
){room};
{comment}
{indexes}",
        remark = constraints::comment(view),
        rollup = names.rollup,
        lines = lines.join(",\n  "),
        comment = comment(model, view),
        indexes = constraints::indexes(model, view),
    )
}

/// The statement that comments on the table.
pub(super) fn comment(model: &Model, view: &View) -> String {
    let Names { events, rollup, .. } = Names::new(&model.store, view);
    let of = match view.key {
        Key::Entity => format!("the current state of each entity in {events}"),
        Key::Version => format!("the state of each entity in {events} after each event"),
        Key::Parts(_) => format!("the {} of each entity in {events}", view.name),
    };
    let comment = format!("{COMMENT}{FINGERPRINT}: {of}, folded from its events ({})", model.event);
    format!("COMMENT ON TABLE {rollup} IS {};", literal(&comment))
}
