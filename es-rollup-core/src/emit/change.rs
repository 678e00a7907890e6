//! What one operation does to one column, as PL/pgSQL over `es_row`.

use super::expression::{empty, expression, in_bounds, spelt};
use super::field::{Missing, default, none, twice, whole, within_whole};
use super::key;
use super::members::{self, Members};
use super::names::{ELEMENT, Event, ROW};
use super::raise::{About, raise};
use super::text::{ident, indent, part, where_true};
use crate::ErrorKind;
use crate::model::{
    Absent, Column, Definition, Fact, Field, Kind, Model, Nothing, Operation, Origin, Part, Source, Step,
    Takes, Type, Variant, View, Whole,
};

/// The text of one step.
pub(super) fn change(model: &Model, view: &View, variant: &Variant, step: &Step, members: Members) -> String {
    let (column, operation) = (&view.columns[step.column], step.operation);
    let (refusal, target) = (Refusal::Raised, held(column));
    Change { model, view, column, target, operation, refusal, members }.text(variant, &step.source)
}

/// A column of the row.
fn held(column: &Column) -> String {
    format!("{ROW}.{}", ident(&column.name))
}

/// What happens to a value that is refused.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// An error says what is wrong.
    Raised,
    /// The event is not an ordinary one, and takes the general path.
    Left,
}

/// Reads a field's value into its column in the variable `row`, which has the right type, without applying the operation yet. With
/// `keep`, NULL means that the column keeps its value.
pub(super) fn copied(
    model: &Model,
    view: &View,
    column: &Column,
    row: &str,
    operation: Operation,
    field: &Field,
) -> String {
    let operation = if operation.replaces() { operation } else { Operation::Set };
    let (members, target) = (Members::Applied, format!("{row}.{}", ident(&column.name)));
    let refusal = Refusal::Left;
    Change { model, view, column, target, operation, refusal, members }.with_field(field)
}

/// Finds a field's JSON, which stays in `es_value`.
pub(super) fn found(model: &Model, view: &View, column: &Column, field: &Field) -> String {
    let (operation, refusal, members) = (Operation::Set, Refusal::Left, Members::Applied);
    let change = Change { model, view, column, target: held(column), operation, refusal, members };
    change.found(field, "es_value").trim_end().into()
}

/// Leaves the event to the general path.
pub(super) const NOT_ORDINARY: &str = "es_ordinary := false;";

/// Reads a part of the key into its variable.
pub(super) fn key(
    model: &Model,
    view: &View,
    variant: &Variant,
    (place, source): (usize, &Source),
    refusal: Refusal,
) -> String {
    let (column, operation) = (&view.parts()[place], Operation::Set);
    let (members, target) = (Members::Applied, key::variable(place));
    Change { model, view, column, target, operation, refusal, members }.text(variant, source)
}

/// Finds the collection whose elements choose rows in `es_list`, and does the text with each of them. Errors about the
/// collection name the first part of the key that is read from its elements.
pub(super) fn each(
    model: &Model,
    view: &View,
    variant: &Variant,
    field: &Field,
    key: &[Source],
    text: &str,
) -> String {
    let in_element =
        |source: &Source| source.field().is_some_and(|place| variant.fields[place].origin == Origin::Element);
    let place = key.iter().position(in_element).unwrap_or_default();
    let (column, operation) = (&view.parts()[place], Operation::Set);
    let (refusal, members) = (Refusal::Raised, Members::Applied);
    let target = key::variable(place);
    let change = Change { model, view, column, target, operation, refusal, members };
    let none = |condition: String| format!("IF {condition} THEN\n  NULL;  -- no elements\nELS");
    let absent = default(field).map(|_| none("es_list IS NULL".into()));
    let ascending =
        if field.ascending { format!("\n{}", indent(&ascending(&field.ty), 2)) } else { String::new() };
    format!(
        "{found}{absent}{null}IF jsonb_typeof(es_list) = 'array' THEN{ascending}
  es_elements := es_list;
  FOR es_nth IN 0 .. jsonb_array_length(es_elements) - 1 LOOP
    {ELEMENT} := es_elements -> es_nth;
{text}
  END LOOP;
ELSE
  es_value := es_list;
  {refuse}
END IF;",
        found = change.found(field, "es_list"),
        absent = absent.unwrap_or_default(),
        null = self::none(field, "es_list").map(none).unwrap_or_default(),
        text = indent(text, 4),
        refuse = change.raise("NULL", field),
    )
}

struct Change<'a> {
    model: &'a Model,
    view: &'a View,
    column: &'a Column,
    /// The variable that holds the column.
    target: String,
    operation: Operation,
    refusal: Refusal,
    members: Members,
}

impl Change<'_> {
    /// The change, with a comment.
    fn text(&self, variant: &Variant, source: &Source) -> String {
        let Column { name, .. } = self.column;
        let key = self.operation.key();
        let event = Event::new(&self.model.store);
        match source {
            Source::Nothing => format!("-- {key} {name}\n{}", self.without_value()),
            Source::Literal(value) => format!("-- {key} {name}\n{}", self.with_value(&spelt(value))),
            Source::RecordedAt => {
                format!("-- {key} {name}: the recorded time\n{}", self.with_value(&event.recorded_at))
            }
            Source::Sequence => {
                format!(
                    "-- {key} {name}: the sequence\n{}",
                    self.with_value(&format!("{}::bigint", event.sequence))
                )
            }
            Source::Field(place) => {
                let field = &variant.fields[*place];
                let label = match field.origin {
                    Origin::Payload => format!("{}.{}", variant.name, field.label()),
                    Origin::Element => format!("{}.{}, in the element", variant.name, field.label()),
                    Origin::Context => format!("the {}", field.label()),
                };
                format!("-- {key} {name}: {label}\n{}", self.with_field(field))
            }
        }
    }

    /// The column with a value, which is an SQL expression of the column's type.
    fn with_value(&self, value: &str) -> String {
        let target = &self.target;
        if let Some(counted) = self.counted(value) {
            counted
        } else if self.operation.replaces() {
            // The value is not NULL here.
            format!("{target} := {value};")
        } else {
            let result = expression(self.column, self.operation, target, value);
            self.collected(value).unwrap_or_else(|| format!("{target} := {result};"))
        }
    }

    /// The change of a set or a list, where such changes are collected.
    fn collected(&self, value: &str) -> Option<String> {
        match (self.members, self.column.kind) {
            (Members::Collected, Kind::Set | Kind::List) => {
                members::changed(self.view, self.column, self.operation, value)
            }
            (Members::Applied, _) | (Members::Collected, Kind::Value | Kind::Counter) => None,
        }
    }

    /// Arithmetic that reports an overflow before the column's type does; `None` if the operation does not count.
    fn counted(&self, value: &str) -> Option<String> {
        let (target, ty) = (&self.target, &self.column.ty);
        let in_bounds = in_bounds(self.column, self.operation, target, "es_by")?;
        let overflow = raise(
            self.model,
            self.view,
            &format!("'{}'", ErrorKind::Overflow.sqlstate()),
            Some(&About { column: self.column, key: &self.column.name, ty }),
        );
        let counted = |variable: &str, value: &str, holds: &str, result: &str| {
            format!(
                "{variable} := {value};
IF ({holds}) THEN
  {target} := {result};
ELSE
  {overflow}
END IF;"
            )
        };
        let result = |value: &str| expression(self.column, self.operation, target, value);
        let bounded = || counted("es_by", value, &in_bounds, &result("es_by"));
        let unbounded = || counted("es_number", &result(value), &part(ty, Part::Holds), "es_number");
        Some(where_true(ty, Fact::Bounded, bounded) + &where_true(ty, Fact::Unbounded, unbounded))
    }

    /// The column without a value: `None`, or an operation that has none.
    fn without_value(&self) -> String {
        let (target, operation) = (&self.target, self.operation);
        let Definition { takes, none, .. } = operation.definition();
        match (takes, none, self.refusal) {
            (Takes::Nothing, _, _) => {
                let forgotten = match self.members {
                    Members::Collected => members::forgotten(self.view, self.column),
                    Members::Applied => String::new(),
                };
                format!("{target} := {};{forgotten}", expression(self.column, operation, target, ""))
            }
            (Takes::One | Takes::Each, Nothing::Clears, _) => format!("{target} := {};", empty(self.column)),
            (Takes::One | Takes::Each, Nothing::Keeps, _) if !operation.replaces() => {
                "NULL;  -- without a value, nothing changes".into()
            }
            (Takes::One | Takes::Each, Nothing::Keeps, Refusal::Raised) => {
                "NULL;  -- the column keeps its value".into()
            }
            (Takes::One | Takes::Each, Nothing::Keeps, Refusal::Left) => {
                format!("{target} := NULL;  -- the column keeps its value")
            }
        }
    }

    /// The column with the value of a field, after it was found and accepted.
    fn with_field(&self, field: &Field) -> String {
        if field.many {
            return format!("{}{}", self.found(field, "es_list"), self.with_each(field));
        }
        format!("{}{}", self.found(field, "es_value"), self.checked(field, &self.unread(field, "es_value")))
    }

    /// Finds a field's JSON.
    fn found(&self, field: &Field, variable: &str) -> String {
        let whole = whole(self.model, field);
        let (check, whole) = match &field.whole {
            Some(of) => (self.whole(field, of, &whole), "es_value".into()),
            None => (String::new(), whole),
        };
        let value = within_whole(field, whole);
        let twice = twice(self.model, field).map(|twice| {
            let kind = format!("'{}'", ErrorKind::Malformed.sqlstate());
            format!("IF {twice} THEN\n  {}\nEND IF;\n", self.raise(&kind, field))
        });
        format!("{}{check}{variable} := {value};\n", twice.unwrap_or_default())
    }

    /// Reads the field that a path leads through into `es_value`, if it is accepted.
    fn whole(&self, field: &Field, whole: &Whole, value: &str) -> String {
        let refused = format!("({}) IS NOT TRUE", part(&whole.ty, Part::Accepts));
        let something = "jsonb_typeof(es_value) <> 'null'";
        let condition = match (whole.optional, &whole.absent) {
            (false, Absent::Refused | Absent::None | Absent::Default | Absent::Literal(_)) => refused,
            (true, Absent::None | Absent::Default | Absent::Literal(_)) => {
                format!("{something} AND {refused}")
            }
            (true, Absent::Refused) => format!("es_value IS NULL OR {something} AND {refused}"),
        };
        let key = field.keys.first().unwrap_or(&field.name);
        let refuse = self.raise_about("NULL", key, &whole.ty);
        format!("es_value := {value};\nIF {condition} THEN\n  {refuse}\nEND IF;\n")
    }

    /// The branches for a field without a value: absent, or null for an `Option`.
    fn unread(&self, field: &Field, value: &str) -> String {
        let branch = |condition: &str, text: &str| format!("IF {condition} THEN\n{}\nELS", indent(text, 2));
        let default = match default(field) {
            // The default of a `Vec` is empty.
            Some(Missing::Empty) => Some(self.without_value()),
            Some(Missing::Value(default)) => Some(self.with_value(&default)),
            None => None,
        };
        let default = default.map(|text| branch(&format!("{value} IS NULL"), &text));
        let none = none(field, value).map(|none| branch(&none, &self.without_value()));
        default.unwrap_or_default() + &none.unwrap_or_default()
    }

    /// The value, if it is accepted.
    fn checked(&self, field: &Field, unread: &str) -> String {
        let refuse = self.raise("NULL", field);
        let mut change = self.with_value(&part(&field.ty, Part::Read));
        if self.model.types.raises(field.ty) {
            change = format!(
                "BEGIN\n{}\nEXCEPTION WHEN data_exception OR integrity_constraint_violation OR syntax_error THEN\n  {refuse}\nEND;",
                indent(&change, 2)
            );
        }
        // In parentheses, because PL/pgSQL would take the THEN of a CASE for that of the IF.
        format!(
            "{unread}IF ({accepts}) THEN\n{change}\nELSE\n  {refuse}\nEND IF;",
            accepts = part(&field.ty, Part::Accepts),
            change = indent(&change, 2),
        )
    }

    /// Each element of a list, if it is accepted.
    fn with_each(&self, field: &Field) -> String {
        let ascending =
            if field.ascending { format!("\n{}", indent(&ascending(&field.ty), 2)) } else { String::new() };
        format!(
            "{unread}IF jsonb_typeof(es_list) = 'array' THEN{ascending}
  FOR es_at IN 0 .. jsonb_array_length(es_list) - 1 LOOP
    es_value := es_list -> es_at;
{each}
  END LOOP;
ELSE
  es_value := es_list;
  {refuse}
END IF;",
            unread = self.unread(field, "es_list"),
            each = indent(&self.checked(field, ""), 4),
            refuse = self.raise("NULL", field),
        )
    }

    fn raise(&self, kind: &str, field: &Field) -> String {
        let keys = [field.keys.first().unwrap_or(&field.name)].into_iter().chain(&field.path);
        let key = keys.map(String::as_str).collect::<Vec<_>>().join(".");
        self.raise_about(kind, &key, &field.ty)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the types of columns and fields are passed as they stand"
    )]
    fn raise_about(&self, kind: &str, key: &str, ty: &Type) -> String {
        match self.refusal {
            Refusal::Raised => {}
            Refusal::Left => return NOT_ORDINARY.into(),
        }
        raise(self.model, self.view, kind, Some(&About { column: self.column, key, ty }))
    }
}

/// Sorts the elements of a set in ascending order, each once, as Rust does; those that are not accepted come last and
/// are then refused.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the types of columns and fields are passed as they stand"
)]
fn ascending(ty: &Type) -> String {
    let [accepts, read, collation] = [Part::Accepts, Part::Read, Part::Collation].map(|one| part(ty, one));
    format!(
        "-- The elements of a set, in ascending order.
es_list := (
  SELECT coalesce(jsonb_agg(es_value ORDER BY es_key{collation}, es_nth), '[]')
  FROM (
    SELECT DISTINCT ON (es_key{collation}) es_value, es_key, es_nth
    FROM (
      SELECT es_value, es_nth, CASE WHEN ({accepts}) THEN ({read}) END AS es_key
      FROM jsonb_array_elements(es_list) WITH ORDINALITY AS es_items(es_value, es_nth)
    ) AS es_keyed
    ORDER BY es_key{collation}, es_nth
  ) AS es_distinct
);"
    )
}

/// Whether some event changes the table with a list of values, or with each of them, and so needs a variable for lists.
pub(super) fn reads_lists(model: &Model, view: &View) -> bool {
    let mut rules = model.variants.iter().zip(&view.rules);
    rules.any(|(variant, rule)| rule.fields().any(|place| variant.fields[place].many))
}
