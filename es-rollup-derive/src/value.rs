//! The value of an operation: its place, which is a field, a path inside a field or the event's context, and its type.

use crate::attributes::Written;
use crate::error::error;
use crate::keys::{Detail, Place};
use crate::spelling::{Collection, collection, option, owned};
use crate::wire::{self, Field};
use darling::error::Accumulator;
use es_rollup_core::model::{Literal, Operation};
use proc_macro2::Span;
use syn::{LitStr, Type, parse_quote_spanned};

/// A value to be read.
#[derive(Clone)]
pub(crate) struct Value {
    /// The index of the field in the variant; `None` for the event's context.
    pub(crate) field: Option<usize>,
    /// The keys that lead to it.
    pub(crate) path: Vec<String>,
    /// The type of a single value, as the column has it.
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    /// The collection, if there are many values.
    pub(crate) many: Option<Collection>,
    /// Whether the event borrows the data that the column owns.
    pub(crate) borrowed: bool,
    /// The SQL type to cast to, if the Rust type does not determine it.
    pub(crate) sql_type: Option<LitStr>,
    /// Whether the field has another type, whose JSON is read as this type.
    pub(crate) read_as: bool,
    /// The value that serde's default function returns for an absent key.
    pub(crate) default: Option<(Literal, Span)>,
}

/// The keys that accompany an operation in its brackets.
struct Details<'a> {
    path: Option<&'a LitStr>,
    ty: Option<&'a Type>,
    sql_type: Option<&'a LitStr>,
    keep: bool,
    default: Option<(Literal, Span)>,
}

impl<'a> Details<'a> {
    fn new(written: &'a [Written], group: usize) -> Self {
        let find =
            |word: Detail| written.iter().find(|one| one.key.detail() == Some(word) && one.group == group);
        Self {
            path: find(Detail::Path).and_then(Written::text),
            ty: find(Detail::As).and_then(Written::ty),
            sql_type: find(Detail::SqlType).and_then(Written::text),
            keep: find(Detail::Keep).is_some(),
            default: find(Detail::Default).and_then(Written::literal).cloned(),
        }
    }
}

/// The operation, as changed by the keys that accompany it.
pub(crate) fn operation(all: &[Written], written: &Written, operation: Operation) -> Operation {
    match operation {
        Operation::Set if Details::new(all, written.group).keep => Operation::SetOrKeep,
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
    let details = Details::new(&field.written, written.group);
    if details.path.is_some() || details.ty.is_some() {
        let path = details.path.map(keys).unwrap_or_default();
        return inside(Some(place), path, &details, written.span, operation);
    }
    let element = collection(field.ty).filter(|_| operation.takes_many());
    let ty = element.map_or(field.ty, |(_, element)| element);
    let owned = owned(ty).filter(|_| details.sql_type.is_none());
    Value {
        field: Some(place),
        path: Vec::new(),
        borrowed: owned.is_some(),
        ty: owned.unwrap_or_else(|| ty.clone()),
        optional: field.optional,
        many: element.map(|(collection, _)| collection),
        sql_type: details.sql_type.cloned(),
        read_as: false,
        default: details.default,
    }
}

/// The value that an operation in `context(...)` reads.
pub(crate) fn of_context(all: &[Written], written: &Written, operation: Operation) -> Value {
    let details = Details::new(all, written.group);
    inside(None, details.path.map(keys).unwrap_or_default(), &details, written.span, operation)
}

/// A value whose type is given by `as`.
fn inside(
    field: Option<usize>,
    path: Vec<String>,
    details: &Details<'_>,
    span: Span,
    operation: Operation,
) -> Value {
    // A missing type is reported.
    let written = details.ty.cloned().unwrap_or_else(|| parse_quote_spanned!(span=> ::std::string::String));
    let inner = option(&written).unwrap_or(&written);
    let element = collection(inner).filter(|_| operation.takes_many());
    Value {
        read_as: field.is_some() && path.is_empty(),
        default: details.default.clone(),
        field,
        path,
        ty: element.map_or(inner, |(_, element)| element).clone(),
        optional: option(&written).is_some(),
        many: element.map(|(collection, _)| collection),
        borrowed: false,
        sql_type: details.sql_type.cloned(),
    }
}

fn keys(path: &LitStr) -> Vec<String> {
    path.value().split('.').map(Into::into).collect()
}

/// Reports keys that accompany no operation, and keys that are missing from one.
pub(crate) fn check(all: &[Written], place: Place, mistaken: bool, errors: &mut Accumulator) {
    let keyed: Vec<&Written> = all.iter().filter(|written| written.key.detail().is_some()).collect();
    for (at, written) in keyed.iter().enumerate() {
        if let (Some(path), Some(Detail::Path)) = (written.text(), written.key.detail()) {
            check_path(path, errors);
        }
        let accompanied = |wanted: &dyn Fn(&Written) -> bool| {
            all.iter().any(|other| other.group == written.group && wanted(other))
        };
        let reads = accompanied(&|other| other.key.reads());
        let first = !keyed[..at].iter().any(|other| other.group == written.group);
        // The missing key may be the one that was reported.
        if mistaken || (!reads && !first) {
            continue;
        }
        if !reads {
            let key = written.key;
            errors.push(error(
                written.span,
                format!(
                    "`{}` must accompany an operation that reads a value; write both in one attribute: `#[rollup({})]`",
                    key.name(),
                    key.example
                ),
            ));
            continue;
        }
        let sets = |other: &Written| other.key.operation() == Some(Operation::Set);
        let lacks =
            |word: Detail| place == Place::Field && !accompanied(&|other| other.key.detail() == Some(word));
        let message = match written.key.detail() {
            Some(Detail::Path) if lacks(Detail::As) => {
                "the type at `path` is missing; write `as = Type` after `path`, or `as = Option<Type>` if the value may be absent"
            }
            Some(Detail::Keep) if accompanied(&|other| other.key.reads() && !sets(other)) => {
                "`keep` is only for `set`, because every other operation leaves the column unchanged when there is no value; remove `keep`, or write the `set` in a separate attribute"
            }
            Some(Detail::Default) if !lacks(Detail::Path) => {
                "`default` is the value of the whole field when its key is absent, but this reads a value inside the field; remove `default`, or read the whole field"
            }
            Some(Detail::As | Detail::Path | Detail::SqlType | Detail::Keep | Detail::Default) | None => {
                continue;
            }
        };
        errors.push(error(written.span, message));
    }
}

/// A path consists of keys, separated by dots.
fn check_path(path: &LitStr, errors: &mut Accumulator) {
    let keys = keys(path);
    if keys.iter().any(String::is_empty) {
        let message =
            "a path must not have empty keys; write keys separated by dots: `path = \"address.city\"`";
        return errors.push(error(path.span(), message));
    }
    for key in keys {
        wire::text(path.span(), &key, errors);
    }
}
