//! How functions raise an error about an event: calls of the function in `refuse`.

use super::names::{Names, SEQUENCE, qualified};
use super::text::{literal, part};
use crate::ErrorKind;
use crate::model::{Column, Envelope, Key, Model, Part, Type, View};

/// The column and the key that an error is about, and the type that was expected.
pub(super) struct About<'a> {
    pub(super) column: &'a Column,
    pub(super) key: &'a str,
    pub(super) ty: &'a Type,
}

/// A call of the function with every argument, each of its exact type, so that no other function of the same name can
/// be a better match. `rest` are the arguments from the fifth on; missing ones are NULL.
pub(super) fn call(
    view: &View,
    model: &Model,
    [kind, entity, sequence, version]: [&str; 4],
    rest: &[&str],
) -> String {
    const TYPES: [&str; 6] = ["text", "text", "text", "text", "jsonb", "text"];
    let count = if has_checks(model) { TYPES.len() } else { TYPES.len() - 1 };
    let view = match view.key {
        Key::Entity if !model.has_others() => String::new(),
        Key::Entity => ", NULL::text".into(),
        Key::Parts(_) | Key::Version => format!(", {}::text", literal(&qualified(&view.table))),
    };
    let rest = TYPES[..count].iter().enumerate().map(|(at, ty)| match rest.get(at).copied() {
        Some(value) if value.starts_with('\'') => format!("{value}::{ty}"),
        Some("NULL") | None => format!("NULL::{ty}"),
        Some(value) => value.to_string(),
    });
    let rest: Vec<String> = rest.collect();
    let kind = if kind.starts_with('\'') || kind == "NULL" { format!("{kind}::text") } else { kind.into() };
    format!(
        "PERFORM {}({kind}, {entity}::text, {sequence}, {version}, {}{view})",
        Names::new(&model.store, &model.root).refuse,
        rest.join(", ")
    )
}

/// Whether one of the tables has checks.
pub(super) fn has_checks(model: &Model) -> bool {
    model.tables().any(View::has_checks)
}

/// Raises an error about the current event. The kind is an SQL expression; if it is NULL, the kind depends on
/// `es_value`.
pub(super) fn raise(model: &Model, view: &View, kind: &str, about: Option<&About<'_>>) -> String {
    let at = [kind, "es_entity", SEQUENCE, "es_version"];
    let call = match about {
        None => call(view, model, at, &["es_tag"]),
        Some(About { column, key, ty }) => {
            let (column, key) = (literal(&column.name), literal(key));
            let expects = format!("'{}'", part(ty, Part::Expects));
            call(view, model, at, &["es_tag", &column, &key, &expects, "es_value"])
        }
    };
    format!("{call};")
}

/// Raises the refusal of an event after which a check does not hold.
pub(super) fn broken(model: &Model, view: &View, name: &str, expression: &str) -> String {
    let kind = format!("'{CHECK_VIOLATION}'");
    let (expression, name) = (literal(expression), literal(name));
    let at = [&*kind, "es_entity", SEQUENCE, "es_version"];
    format!("{};", call(view, model, at, &["es_tag", "NULL", "NULL", &expression, "NULL", &name]))
}

/// Raises the refusal of an event whose recorded time Rust cannot read.
pub(super) fn untimely(model: &Model, view: &View) -> String {
    let kind = format!("'{}'", ErrorKind::WrongValue.sqlstate());
    let at = [&*kind, "es_entity", SEQUENCE, "es_version"];
    format!(
        "{};",
        call(
            view,
            model,
            at,
            &[
                "es_tag",
                &literal(Envelope::ModifiedAt.name()),
                "NULL",
                "'a time in the years 1 to 9999'",
                "NULL"
            ]
        )
    )
}

/// Raises the refusal of an event that the catch-up function should have folded but did not reach. The arguments are
/// SQL expressions.
pub(super) fn unreached(model: &Model, view: &View, entity: &str, sequence: &str, reached: &str) -> String {
    let kind = format!("'{}'", ErrorKind::Gap.sqlstate());
    call(view, model, [&*kind, entity, sequence, reached], &[])
}

/// An entity's id as messages show it: on one line, and truncated to a length that any fixed-length id fits.
pub(super) fn shown(entity: &str) -> String {
    format!("regexp_replace(left({entity}, 100), '[[:cntrl:]]', '?', 'g')")
}

/// The SQLSTATE that PostgreSQL raises for a check of a table
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(super) const CHECK_VIOLATION: &str = "23514";
