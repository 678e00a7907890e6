//! Where an operation's value stands: in a field, inside one, or in the event's context, and what it is there.

use crate::attributes::Written;
use crate::error::error;
use crate::keys::{Beside, Place};
use crate::model::Value;
use crate::spelling::{collection, option, owned};
use crate::wire::{self, Field};
use darling::error::Accumulator;
use es_rollup_core::model::{Literal, Operation};
use proc_macro2::Span;
use syn::{LitStr, Type, parse_quote_spanned};

/// What stands beside an operation in its brackets.
struct Said<'a> {
    path: Option<&'a LitStr>,
    ty: Option<&'a Type>,
    sql_type: Option<&'a LitStr>,
    keep: bool,
    default: Option<(Literal, Span)>,
}

impl<'a> Said<'a> {
    fn new(written: &'a [Written], group: usize) -> Self {
        let find =
            |word: Beside| written.iter().find(|one| one.key.beside() == Some(word) && one.group == group);
        Self {
            path: find(Beside::Path).and_then(Written::text),
            ty: find(Beside::As).and_then(Written::ty),
            sql_type: find(Beside::SqlType).and_then(Written::text),
            keep: find(Beside::Keep).is_some(),
            default: find(Beside::Default).and_then(Written::literal).cloned(),
        }
    }
}

/// The operation with what is said beside it.
pub(crate) fn operation(all: &[Written], written: &Written, operation: Operation) -> Operation {
    match operation {
        Operation::Set if Said::new(all, written.group).keep => Operation::SetOrKeep,
        Operation::Set
        | Operation::SetOrKeep
        | Operation::Clear
        | Operation::Increment
        | Operation::Decrement
        | Operation::Max
        | Operation::Min
        | Operation::Add
        | Operation::Remove
        | Operation::Push => operation,
    }
}

/// The value that an operation on a field reads.
pub(crate) fn of_field(place: usize, field: &Field<'_>, written: &Written, operation: Operation) -> Value {
    let beside = Said::new(&field.written, written.group);
    if beside.path.is_some() || beside.ty.is_some() {
        let path = beside.path.map(keys).unwrap_or_default();
        return inside(Some(place), path, &beside, written.span, operation);
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
        read_as: false,
        default: beside.default,
    }
}

/// The value that an operation in `context(...)` reads.
pub(crate) fn of_context(all: &[Written], written: &Written, operation: Operation) -> Value {
    let beside = Said::new(all, written.group);
    inside(None, beside.path.map(keys).unwrap_or_default(), &beside, written.span, operation)
}

/// A value of the type that is written beside it.
fn inside(
    field: Option<usize>,
    path: Vec<String>,
    beside: &Said<'_>,
    span: Span,
    operation: Operation,
) -> Value {
    // A missing one is reported.
    let written = beside.ty.cloned().unwrap_or_else(|| parse_quote_spanned!(span=> ::std::string::String));
    let inner = option(&written).unwrap_or(&written);
    let element = collection(inner).filter(|_| operation.takes_many());
    Value {
        read_as: field.is_some() && path.is_empty(),
        default: beside.default.clone(),
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
    let keyed: Vec<&Written> = all.iter().filter(|written| written.key.beside().is_some()).collect();
    for (at, written) in keyed.iter().enumerate() {
        if let (Some(path), Some(Beside::Path)) = (written.text(), written.key.beside()) {
            check_path(path, errors);
        }
        let beside = |wanted: &dyn Fn(&Written) -> bool| {
            all.iter().any(|other| other.group == written.group && wanted(other))
        };
        let reads = beside(&|other| other.key.reads());
        let first = !keyed[..at].iter().any(|other| other.group == written.group);
        // What is missing may be what was reported.
        if mistaken || (!reads && !first) {
            continue;
        }
        if !reads {
            let key = written.key;
            errors.push(error(
                written.span,
                format!(
                    "`{}` says more about an operation in the same brackets, and none there reads a value; write `#[rollup({})]`",
                    key.name(),
                    key.example
                ),
            ));
            continue;
        }
        let sets = |other: &Written| other.key.operation() == Some(Operation::Set);
        let lonely =
            |word: Beside| place == Place::Field && !beside(&|other| other.key.beside() == Some(word));
        let message = match written.key.beside() {
            Some(Beside::Path) if lonely(Beside::As) => {
                "nothing says what type stands there; write `as = Type` beside `path`, or `as = Option<Type>` where it may be missing"
            }
            Some(Beside::Keep) if beside(&|other| other.key.reads() && !sets(other)) => {
                "`keep` belongs beside `set`: whatever else is done with a value, the column keeps what it has where there is none; remove `keep`, or give the `set` an attribute of its own"
            }
            Some(Beside::Default) if !lonely(Beside::Path) => {
                "`default` says what the whole field is where its key is absent, and this reads something inside it; remove `default`, or read the whole field"
            }
            Some(Beside::As | Beside::Path | Beside::SqlType | Beside::Keep | Beside::Default) | None => {
                continue;
            }
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
