//! Where an operation's value stands: in a field, inside one, or in the event's context, and what it is there.

use crate::attributes::Written;
use crate::error::error;
use crate::keys::Place;
use crate::model::Value;
use crate::spelling::{collection, option, owned};
use crate::wire::{self, Field};
use darling::error::Accumulator;
use es_rollup_core::model::Operation;
use proc_macro2::Span;
use syn::{LitStr, Type, parse_quote_spanned};

/// What stands beside an operation in its brackets.
struct Beside<'a> {
    path: Option<&'a LitStr>,
    ty: Option<&'a Type>,
    sql_type: Option<&'a LitStr>,
}

impl<'a> Beside<'a> {
    fn new(written: &'a [Written], group: usize) -> Self {
        let find = |name: &str| written.iter().find(|one| one.key.name == name && one.group == group);
        Self {
            path: find("path").and_then(Written::text),
            ty: find("as").and_then(Written::ty),
            sql_type: find("sql_type").and_then(Written::text),
        }
    }
}

/// The value that an operation on a field reads.
pub(crate) fn of_field(place: usize, field: &Field<'_>, written: &Written, operation: Operation) -> Value {
    let beside = Beside::new(&field.written, written.group);
    if let Some(path) = beside.path {
        return inside(Some(place), keys(path), &beside, written.span, operation);
    }
    let element = collection(field.ty).filter(|_| operation.takes_many());
    let ty = element.map_or(field.ty, |(_, element)| element);
    let owned = owned(ty).filter(|_| beside.sql_type.is_none());
    Value {
        field: Some(place),
        path: Vec::new(),
        borrowed: owned.is_some(),
        ty: owned.unwrap_or_else(|| ty.clone()),
        optional: field.optional,
        many: element.map(|(collection, _)| collection),
        sql_type: beside.sql_type.cloned(),
    }
}

/// The value that an operation in `context(...)` reads.
pub(crate) fn of_context(all: &[Written], written: &Written, operation: Operation) -> Value {
    let beside = Beside::new(all, written.group);
    inside(None, beside.path.map(keys).unwrap_or_default(), &beside, written.span, operation)
}

/// A value of the type that is written beside it.
fn inside(
    field: Option<usize>,
    path: Vec<String>,
    beside: &Beside<'_>,
    span: Span,
    operation: Operation,
) -> Value {
    // A missing one is reported.
    let written = beside.ty.cloned().unwrap_or_else(|| parse_quote_spanned!(span=> ::std::string::String));
    let inner = option(&written).unwrap_or(&written);
    let element = collection(inner).filter(|_| operation.takes_many());
    Value {
        field,
        path,
        ty: element.map_or(inner, |(_, element)| element).clone(),
        optional: option(&written).is_some(),
        many: element.map(|(collection, _)| collection),
        borrowed: false,
        sql_type: beside.sql_type.cloned(),
    }
}

fn keys(path: &LitStr) -> Vec<String> {
    path.value().split('.').map(Into::into).collect()
}

/// Reports what stands beside no operation, and what is missing beside one.
pub(crate) fn check(all: &[Written], place: Place, mistaken: bool, errors: &mut Accumulator) {
    let keyed: Vec<&Written> =
        all.iter().filter(|written| ["path", "as", "sql_type"].contains(&written.key.name)).collect();
    for (at, written) in keyed.iter().enumerate() {
        if let (Some(path), "path") = (written.text(), written.key.name) {
            check_path(path, errors);
        }
        let beside = |wanted: &dyn Fn(&Written) -> bool| {
            all.iter().any(|other| other.group == written.group && wanted(other))
        };
        let reads = beside(&|other| other.key.is_operation() && other.key.name != "clear");
        let first = !keyed[..at].iter().any(|other| other.group == written.group);
        // What is missing may be what was reported.
        if mistaken || (!reads && !first) {
            continue;
        }
        let message = match (written.key.name, place) {
            (key, _) if !reads => format!(
                "`{key}` says more about an operation in the same brackets, and none there reads a value; write `#[rollup({})]`",
                written.key.example
            ),
            ("as", Place::Field) if !beside(&|other| other.key.name == "path") => {
                "`as` says what type stands at a `path`; remove it, or write the path: `path = \"key\"`".into()
            }
            ("path", Place::Field) if !beside(&|other| other.key.name == "as") => {
                "nothing says what type stands there; write `as = Type` beside `path`, or `as = Option<Type>` where it may be missing".into()
            }
            _ => continue,
        };
        errors.push(error(written.span, message));
    }
}

/// A path is keys.
fn check_path(path: &LitStr, errors: &mut Accumulator) {
    let keys = keys(path);
    if keys.iter().any(String::is_empty) {
        let message = "expected keys, each one level deeper than the one before: `path = \"address.city\"`";
        return errors.push(error(path.span(), message));
    }
    for key in keys {
        wire::text(path.span(), &key, errors);
    }
}
