//! What an operation reads: its place, which is a field, a path inside a field or the event's context, and its type.

use super::declare::{DeclaredField, Marked, Word};
use super::fault::{Faults, Mark};
use super::key::Detail;
use super::rust_type::{Collection, RustTypes, TypeAt};
use crate::model::{Literal, Operation, Origin, Place};

/// A value to be read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The index of the field in the variant; `None` for the event's context.
    pub field: Option<usize>,
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// The type of a single value, as the column has it.
    pub ty: TypeAt,
    /// Where that type is written.
    pub type_mark: Mark,
    /// Whether there may be no value.
    pub optional: bool,
    /// The collection, if there are many values.
    pub many: Option<Collection>,
    /// Whether the event borrows the data that the column owns.
    pub borrowed: bool,
    /// The SQL type to cast to, if the Rust type does not determine it.
    pub sql_type: Option<Marked<String>>,
    /// Whether the field has another type, whose JSON is read as this type.
    pub read_as: bool,
    /// The value that serde's default function returns for an absent key.
    pub default: Option<Marked<Literal>>,
    /// Where it is: `Element` if it is the current element of the field, or inside it.
    pub origin: Origin,
}

impl Read {
    /// Whether it is the current element of the field, or inside it.
    pub fn is_in_element(&self) -> bool {
        self.origin == Origin::Element
    }
}

/// The keys that accompany an operation in its brackets.
struct Details<'a> {
    path: Option<&'a Marked<String>>,
    ty: Option<TypeAt>,
    sql_type: Option<&'a Marked<String>>,
    keep: bool,
    default: Option<Marked<Literal>>,
}

impl<'a> Details<'a> {
    fn new(written: &'a [Word], group: usize) -> Self {
        let find =
            |word: Detail| written.iter().find(|one| one.key.detail() == Some(word) && one.group == group);
        Self {
            path: find(Detail::Path).and_then(Word::text),
            ty: find(Detail::As).and_then(Word::ty),
            sql_type: find(Detail::SqlType).and_then(Word::text),
            keep: find(Detail::Keep).is_some(),
            default: find(Detail::Default).and_then(Word::literal).cloned(),
        }
    }
}

/// The operation, as changed by the keys that accompany it.
pub(super) fn operation(all: &[Word], written: &Word, operation: Operation) -> Operation {
    let kept = operation.definition().with_keep.filter(|_| Details::new(all, written.group).keep);
    kept.unwrap_or(operation)
}

/// The value that an operation on a field reads; `in_element`: in each element of the field.
pub(super) fn of_field(
    types: &RustTypes,
    place: usize,
    field: &DeclaredField,
    written: &Word,
    operation: Operation,
    in_element: bool,
) -> Read {
    let details = Details::new(&field.words, written.group);
    let origin = if in_element { Origin::Element } else { Origin::Payload };
    // The elements of a set are made before, in their order.
    let element = types.get(field.ty).elements.filter(|_| in_element);
    let is_made = element.is_some_and(|(collection, _)| collection == Collection::Set);
    if details.path.is_some() || details.ty.is_some() {
        let path = details.path.map(keys).unwrap_or_default();
        let read = inside(types, Some(place), path, &details, written.mark, operation);
        let read_as = read.read_as && !is_made;
        return Read { read_as, origin, ..read };
    }
    let (whole, optional) = match element.map(|(_, element)| (element, types.get(element).option)) {
        Some((_, Some(inner))) => (inner, true),
        Some((element, None)) => (element, false),
        None => (field.ty, field.optional),
    };
    let element = types.get(whole).elements.filter(|_| operation.takes_many());
    let ty = element.map_or(whole, |(_, element)| element);
    let owned = types.get(ty).owned.filter(|_| details.sql_type.is_none());
    let ty = owned.unwrap_or(ty);
    Read {
        field: Some(place),
        path: Vec::new(),
        borrowed: owned.is_some() && !is_made,
        ty,
        type_mark: types.get(ty).mark,
        optional,
        many: element.map(|(collection, _)| collection),
        sql_type: details.sql_type.cloned(),
        read_as: false,
        default: details.default.filter(|_| !in_element),
        origin,
    }
}

/// The collection whose elements choose rows, by what the first part of the key reads in each of them.
pub(super) fn of_elements(types: &RustTypes, field: &DeclaredField, part: &Read) -> Option<Read> {
    let (collection, element) = types.get(field.ty).elements?;
    let is_made = collection == Collection::Set;
    let owned = types.get(element).owned.filter(|_| is_made);
    let ty = if part.path.is_empty() { part.ty } else { owned.unwrap_or(element) };
    Some(Read {
        field: part.field,
        path: Vec::new(),
        ty,
        type_mark: types.get(ty).mark,
        optional: field.optional,
        many: Some(collection),
        borrowed: owned.is_some(),
        sql_type: None,
        // An element of another type is read when its row is.
        read_as: is_made
            && part.path.is_empty()
            && types.spelling(ty) != types.spelling(owned.unwrap_or(element)),
        default: None,
        origin: Origin::Payload,
    })
}

/// The value that an operation in `context(...)` reads.
pub(super) fn of_context(types: &RustTypes, all: &[Word], written: &Word, operation: Operation) -> Read {
    let details = Details::new(all, written.group);
    inside(types, None, details.path.map(keys).unwrap_or_default(), &details, written.mark, operation)
}

/// A value whose type is given by `as`.
fn inside(
    types: &RustTypes,
    field: Option<usize>,
    path: Vec<String>,
    details: &Details<'_>,
    mark: Mark,
    operation: Operation,
) -> Read {
    // A missing type is reported.
    let written = details.ty.unwrap_or(types.standard.text);
    let optional = types.get(written).option;
    let inner = optional.unwrap_or(written);
    let element = types.get(inner).elements.filter(|_| operation.takes_many());
    let ty = element.map_or(inner, |(_, element)| element);
    Read {
        read_as: field.is_some() && path.is_empty(),
        default: details.default.clone(),
        field,
        path,
        ty,
        type_mark: if details.ty.is_some() { types.get(ty).mark } else { mark },
        optional: optional.is_some(),
        many: element.map(|(collection, _)| collection),
        borrowed: false,
        sql_type: details.sql_type.cloned(),
        origin: if field.is_some() { Origin::Payload } else { Origin::Context },
    }
}

fn keys(path: &Marked<String>) -> Vec<String> {
    path.is.split('.').map(Into::into).collect()
}

/// Reports keys that accompany no operation, and keys that are missing from one.
pub(super) fn check(all: &[Word], place: Place, mistaken: bool, faults: &mut Faults) {
    let keyed: Vec<&Word> = all.iter().filter(|written| written.key.detail().is_some()).collect();
    for (at, written) in keyed.iter().enumerate() {
        if let (Some(path), Some(Detail::Path)) = (written.text(), written.key.detail()) {
            check_path(path, faults);
        }
        let accompanied = |wanted: &dyn Fn(&Word) -> bool| {
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
            faults.add(
                written.mark,
                format!(
                    "`{}` must accompany an operation that reads a value; write both in one attribute: `#[rollup({})]`",
                    key.name(),
                    key.spelling.example
                ),
            );
            continue;
        }
        let keeps = |other: &Word| {
            other.key.operation().is_some_and(|operation| operation.definition().with_keep.is_some())
        };
        let lacks =
            |word: Detail| place == Place::Field && !accompanied(&|other| other.key.detail() == Some(word));
        let message = match written.key.detail() {
            Some(Detail::Path) if lacks(Detail::As) => {
                "the type at `path` is missing; write `as = Type` after `path`, or `as = Option<Type>` if the value may be absent"
            }
            Some(Detail::Keep) if accompanied(&|other| other.key.reads() && !keeps(other)) => {
                "`keep` is only for `set`, because every other operation leaves the column unchanged when there is no value; remove `keep`, or write the `set` in a separate attribute"
            }
            Some(Detail::Default) if !lacks(Detail::Path) => {
                "`default` is the value of the whole field when its key is absent, but this reads a value inside the field; remove `default`, or read the whole field"
            }
            Some(Detail::As | Detail::Path | Detail::SqlType | Detail::Keep | Detail::Default) | None => {
                continue;
            }
        };
        faults.add(written.mark, message);
    }
}

/// A path consists of keys, separated by dots.
fn check_path(path: &Marked<String>, faults: &mut Faults) {
    let keys = keys(path);
    if keys.iter().any(String::is_empty) {
        let message =
            "a path must not have empty keys; write keys separated by dots: `path = \"address.city\"`";
        return faults.add(path.mark, message);
    }
    for key in keys {
        faults.text(path.mark, &key);
    }
}
