//! The table of all keys.

use super::{Action, Detail, Key, Name, Property};
use crate::model::{Form, Operation, Place, Short};
use std::sync::LazyLock;

/// The places where an operation has a value to read.
const VALUE: &[Place] = &[Place::Field, Place::Context];

/// The keys before the operations, in the order of the reference page.
const BEFORE: &[Key] = &[
    Key::once(Name::Events, &[Place::Enum], Form::Text, "events = \"schema.table\""),
    Key::once(Name::Id, &[Place::Enum], Form::Type, "id = UserId"),
    Key::once(Name::Table, &[Place::Enum], Form::Text, "table = \"schema.table\""),
    Key::once(Name::State, &[Place::Enum], Form::Type, "state = UserState"),
    Key::once(Name::Trigger, &[Place::Enum], Form::Text, "trigger = \"row\""),
    Key::once(Name::History, &[Place::Enum], Form::Word, "history"),
    Key::once(Name::Archive, &[Place::Enum], Form::Word, "archive"),
    Key::once(Name::Derive, &[Place::Enum], Form::Paths, "derive(Debug, Clone)"),
    Key::once(Name::Vis, &[Place::Enum], Form::Text, "vis = \"pub(crate)\""),
    Key::once(Name::Time, &[Place::Enum], Form::Type, "time = time::OffsetDateTime"),
    Key::once(Name::Crate, &[Place::Enum, Place::ColumnType], Form::Type, "crate = ::path::to::es_rollup"),
    Key::repeated(Name::Check, &[Place::Enum], Form::Expressions, "check(no_overdraft = \"balance >= 0\")"),
    Key::repeated(Name::Property(Property::Unique), &[Place::Enum], Form::Names, "unique(tenant, email)"),
    Key::repeated(Name::Property(Property::Index), &[Place::Enum], Form::Names, "index(role, plan)"),
    Key::repeated(Name::Property(Property::Retired), &[Place::Enum], Form::Names, "retired(role, plan)"),
    Key::repeated(
        Name::View,
        &[Place::Enum],
        Form::NameAndKeys(Place::View),
        "view(items, key(item_id), table = \"cart_items\")",
    ),
    Key::once(Name::Number, &[Place::ColumnType], Form::Word, "number"),
    Key::once(Name::Detail(Detail::SqlType), &[Place::ColumnType], Form::Text, "sql_type = \"bigint\""),
    Key::once(Name::Json, &[Place::ColumnType], Form::Word, "json"),
    Key::once(Name::Repr, &[Place::ColumnType], Form::Word, "repr"),
    Key::once(Name::Text, &[Place::ColumnType], Form::Word, "text"),
    Key::once(Name::Create, &[Place::Variant], Form::Word, "create"),
    Key::once(Name::Delete, &[Place::Variant], Form::Word, "delete"),
    Key::once(Name::Ignore, &[Place::Variant, Place::Field], Form::Word, "ignore"),
];

/// The keys after the operations.
const AFTER: &[Key] = &[
    Key::repeated(
        Name::Does(Action::Context),
        &[Place::Enum, Place::Variant],
        Form::Keys(Place::Context),
        "context(set = \"author\", path = \"user\", as = UserId)",
    ),
    Key::in_brackets(
        Name::Detail(Detail::Path),
        VALUE,
        Form::Text,
        "set = \"city\", path = \"address.city\", as = String",
    ),
    Key::in_brackets(
        Name::Detail(Detail::As),
        VALUE,
        Form::Type,
        "set = \"city\", path = \"address.city\", as = String",
    ),
    Key::in_brackets(Name::Detail(Detail::SqlType), VALUE, Form::Text, "set, sql_type = \"inet\""),
    Key::in_brackets(Name::Detail(Detail::Keep), VALUE, Form::Word, "set, keep"),
    Key::in_brackets(Name::Detail(Detail::Default), &[Place::Field], Form::Literal, "set, default = 5"),
    Key::repeated(Name::Property(Property::Unique), COLUMN, Form::Word, "set, unique"),
    Key::repeated(Name::Property(Property::Index), COLUMN, Form::Word, "set, index"),
    Key::repeated(Name::Property(Property::NotNull), COLUMN, Form::Word, "set, not_null"),
    Key::repeated(Name::Property(Property::Retired), COLUMN, Form::Word, "set, retired"),
    Key::in_brackets(
        Name::Was,
        &[Place::Enum, Place::Variant, Place::Field],
        Form::Text,
        "set = \"role\", was = \"position\"",
    ),
    Key::once(Name::Was, &[Place::View], Form::Text, "view(items, key(item_id), was = \"articles\")"),
    Key::once(Name::Key, &[Place::View], Form::Names, "view(items, key(item_id))"),
    Key::repeated(Name::Key, &[Place::ViewField, Place::ViewContext], Form::Text, "items(key = \"item_id\")"),
    Key::once(Name::Add, &[Place::ViewVariant], Form::Word, "items(add)"),
    Key::once(Name::Remove, &[Place::ViewVariant], Form::Word, "items(remove)"),
    Key::once(Name::Empty, &[Place::ViewVariant], Form::Word, "items(empty)"),
    Key::once(Name::Empty, &[Place::ViewVariant], Form::Names, "items(empty(user_id))"),
];

/// The places of words for the column of an operation.
const COLUMN: &[Place] = &[Place::Field, Place::Variant];

/// Every key, in the order of the reference page: the operations' keys are those of their definitions.
pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let own = |operation: Operation| {
        let name = Name::Does(Action::Own(operation));
        operation.definition().spellings.iter().map(move |spelling| Key { name, spelling: *spelling })
    };
    let short = |operation: Operation| {
        let all = Short::ALL.iter().filter(move |short| short.definition().follows == operation);
        all.map(|short| Key {
            name: Name::Does(Action::Short(*short)),
            spelling: short.definition().spelling,
        })
    };
    let operations = Operation::ALL.iter().flat_map(|one| own(*one).chain(short(*one)));
    let copy = |keys: &'static [Key]| {
        keys.iter().map(|Key { name, spelling }| Key { name: *name, spelling: *spelling })
    };
    copy(BEFORE).chain(operations).chain(copy(AFTER)).collect()
});
