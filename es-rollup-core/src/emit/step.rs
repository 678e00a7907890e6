//! What one event does: the match over event types, as PL/pgSQL.
//!
//! The text folds `es_event` (id, sequence, payload, recorded_at) into `es_row` and `es_version`. It is the
//! same wherever it stands; who calls it decides which events come and what becomes of the row.

use super::names::Names;
use super::text::{ident, indent, literal, literals, part};
use crate::ErrorKind;
use crate::model::{Absent, Field, Model, Operation, Part, Row, Shape, Source, Tagging, Variant, View};

/// The variables that the step needs.
pub(super) fn variables(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let creates =
        if view.has_create() { "\n  es_creates boolean;  -- whether the event begins a stream" } else { "" };
    format!(
        "  es_event record;  -- the event at hand
  es_entity {id};  -- the entity that is being folded
  es_row {rollup}%ROWTYPE;  -- its row, as far as it is folded
  es_version bigint;  -- how far that is
  es_base bigint;  -- how far the table has it; 0 when it has no row
  es_tag text;  -- the event's type
  es_content jsonb;  -- what holds its fields
  es_value jsonb;  -- the field at hand{creates}",
        id = part(&model.store.id_type, Part::Name),
        rollup = names.rollup,
    )
}

/// The columns of the event table that the step reads, under the names that it knows them by.
pub(super) fn selected(model: &Model) -> String {
    let store = &model.store;
    format!(
        "e.{} AS id, e.{} AS sequence, e.{} AS payload, e.{} AS recorded_at",
        ident(&store.id),
        ident(&store.sequence),
        ident(&store.payload),
        ident(&store.recorded_at)
    )
}

/// Folds `es_event` into `es_row`.
pub(super) fn step(model: &Model, view: &View) -> String {
    let mut branches: Vec<String> = Vec::new();
    let mut otherwise = format!(
        "  {}",
        refuse(
            model,
            view,
            &format!(
                "CASE WHEN es_tag IS NULL THEN '{}' ELSE '{}' END",
                ErrorKind::Malformed.sqlstate(),
                ErrorKind::UnknownEvent.sqlstate()
            ),
            None
        )
    );
    for (variant, transition) in model.variants.iter().zip(&view.transitions) {
        let mut body = Vec::new();
        body.extend(content_check(model, view, variant));
        if transition.row == Row::Create {
            body.push("es_creates := true;".into());
        }
        for step in &transition.steps {
            let column = &view.columns[step.column].name;
            body.push(match (step.operation, step.source) {
                (Operation::Set, Source::Field(field)) => {
                    set(model, view, column, &variant.fields[field], variant)
                }
                (Operation::Clear, _) => {
                    format!("-- clear {column}\nes_row.{} := NULL;", ident(column))
                }
                (Operation::Set, Source::Nothing) => unreachable!("set always has a source"),
            });
        }
        if body.is_empty() {
            body.push("NULL;  -- moves the version only".into());
        }
        let body = indent(&body.join("\n"), 2);
        if variant.other {
            otherwise = format!("  -- {}: any other type\n{body}", variant.name);
        } else if !variant.wire.is_empty() {
            branches.push(format!("WHEN {} THEN  -- {}\n{body}", literals(&variant.wire), variant.name));
        }
    }
    let protocol = if view.has_create() {
        let kind = format!(
            "CASE WHEN es_creates THEN '{}' ELSE '{}' END",
            ErrorKind::CreatedTwice.sqlstate(),
            ErrorKind::NotCreated.sqlstate()
        );
        format!("\nIF es_creates <> (es_version = 0) THEN\n  {}\nEND IF;", refuse(model, view, &kind, None))
    } else {
        String::new()
    };
    let begun = if view.has_create() { "\nes_creates := false;" } else { "" };
    format!(
        "{open}{begun}
CASE es_tag
{branches}
ELSE
{otherwise}
END CASE;{protocol}
IF es_version = 0 THEN
  es_row.\"id\" := es_event.id;
  es_row.\"created_at\" := es_event.recorded_at;
END IF;
es_version := es_event.sequence;
es_row.\"version\" := es_version;
es_row.\"modified_at\" := es_event.recorded_at;",
        open = open(&model.tagging),
        branches = branches.join("\n"),
    )
}

/// Finds the event's type and what holds its fields.
fn open(tagging: &Tagging) -> String {
    match tagging {
        Tagging::Internal { tag } => {
            let key = literal(tag);
            format!(
                "es_content := es_event.payload;
es_value := es_content -> {key};
es_tag := CASE WHEN jsonb_typeof(es_value) = 'string' THEN es_value #>> '{{}}' END;"
            )
        }
        Tagging::Adjacent { tag, content } => {
            let key = literal(tag);
            format!(
                "es_content := es_event.payload -> {content};
es_value := es_event.payload -> {key};
es_tag := CASE WHEN jsonb_typeof(es_value) = 'string' THEN es_value #>> '{{}}' END;",
                content = literal(content),
            )
        }
        // An object with one key, or the bare name of a variant without data.
        Tagging::External => "es_content := es_event.payload;
es_tag := CASE jsonb_typeof(es_content)
  WHEN 'string' THEN es_content #>> '{}'
  WHEN 'object' THEN jsonb_path_query_first(es_content, '$.keyvalue().key') #>> '{}'
END;
es_content := CASE jsonb_typeof(es_content)
  WHEN 'object' THEN CASE WHEN es_content - es_tag = '{}' THEN es_content -> es_tag END
END;"
            .into(),
    }
}

/// Refuses content of another shape than the variant's.
fn content_check(model: &Model, view: &View, variant: &Variant) -> Option<String> {
    let wrong = match (&model.tagging, variant.shape) {
        // The payload is an object: its tag was read from it.
        (Tagging::Internal { .. }, _) => return None,
        (_, Shape::Struct) => "jsonb_typeof(es_content) IS DISTINCT FROM 'object'",
        (_, Shape::Tuple) => "jsonb_typeof(es_content) IS DISTINCT FROM 'array'",
        (Tagging::Adjacent { .. }, Shape::Unit) => "jsonb_typeof(es_content) <> 'null'",
        (Tagging::External, Shape::Unit) => {
            "jsonb_typeof(es_event.payload) = 'object' AND jsonb_typeof(es_content) IS DISTINCT FROM 'null'"
        }
        (Tagging::External, Shape::Newtype) => "es_content IS NULL",
        // An absent content is the field's own affair.
        (Tagging::Adjacent { .. }, Shape::Newtype) => return None,
    };
    let kind = format!("'{}'", ErrorKind::Malformed.sqlstate());
    Some(format!("IF {wrong} THEN\n  {}\nEND IF;", refuse(model, view, &kind, None)))
}

/// `column = Some(value)`, or NULL for `None`.
fn set(model: &Model, view: &View, column: &str, field: &Field, variant: &Variant) -> String {
    let target = ident(column);
    let value = match (field.keys.as_slice(), &model.tagging) {
        // serde reads an internally tagged newtype from the object without its tag.
        ([], Tagging::Internal { tag }) => format!("es_content - {}", literal(tag)),
        ([], _) => "es_content".into(),
        ([key], _) => format!("es_content -> {}", literal(key)),
        (keys, _) => {
            let all: Vec<String> = keys.iter().map(|key| format!("es_content -> {}", literal(key))).collect();
            format!("coalesce({})", all.join(", "))
        }
    };
    let mut text = format!("-- set {column} from {}.{}\n", variant.name, field.name);
    if field.keys.len() > 1 {
        let all: Vec<String> =
            field.keys.iter().map(|key| format!("es_content -> {}", literal(key))).collect();
        let kind = format!("'{}'", ErrorKind::Malformed.sqlstate());
        text += &format!(
            "IF num_nonnulls({}) > 1 THEN\n  {}\nEND IF;\n",
            all.join(", "),
            refuse(model, view, &kind, Some((column, field)))
        );
    }
    text += &format!("es_value := {value};\n");
    let mut branches = Vec::new();
    let absent = match (field.absent, field.optional) {
        (Absent::Refused, false) => None,
        (Absent::Refused, true) => Some(("jsonb_typeof(es_value) = 'null'", "NULL".to_string())),
        (Absent::None | Absent::Default, true) => {
            Some(("es_value IS NULL OR jsonb_typeof(es_value) = 'null'", "NULL".to_string()))
        }
        (Absent::Default, false) => Some(("es_value IS NULL", part(&field.ty, Part::Default))),
        (Absent::None, false) => unreachable!("only an Option is None when its key is absent"),
    };
    if let Some((condition, value)) = absent {
        branches.push(format!("IF {condition} THEN\n  es_row.{target} := {value};\nELSIF"));
    } else {
        branches.push("IF".into());
    }
    text += &format!(
        "{} ({accepts}) THEN
  es_row.{target} := {read};
ELSE
  {refuse}
END IF;",
        branches.join("\n"),
        accepts = part(&field.ty, Part::Accepts),
        read = part(&field.ty, Part::Read),
        refuse = refuse(model, view, "NULL", Some((column, field))),
    );
    text
}

/// Raises an error about the event at hand. The kind is an SQL expression; NULL leaves it to what `es_value`
/// holds.
fn refuse(model: &Model, view: &View, kind: &str, about: Option<(&str, &Field)>) -> String {
    let names = Names::new(&model.store, view);
    let about = match about {
        None => String::new(),
        Some((column, field)) => {
            let key = field.keys.first().unwrap_or(&field.name);
            format!(", {}, {}, '{}', es_value", literal(column), literal(key), part(&field.ty, Part::Expects))
        }
    };
    format!(
        "PERFORM {}({kind}, es_entity::text, es_event.sequence, es_version, es_tag{about});",
        names.refuse
    )
}

/// Raises an error about the event's place in its stream.
pub(super) fn refuse_place(model: &Model, view: &View, kind: ErrorKind) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "PERFORM {}('{}', es_entity::text, es_event.sequence, es_version, NULL);",
        names.refuse,
        kind.sqlstate()
    )
}
