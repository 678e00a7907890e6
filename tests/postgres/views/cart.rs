//! The model of a cart with items, and its events.

use es_rollup_core::SqlType;
use es_rollup_core::model::{
    Absent, Column, Constraint, Empty, Field, Key, Kind, Life, Literal, Model, Operation, Origin, Rule,
    Shape, Source, Step, Store, Table, Tagging, Touch, Trigger, Type, Types, Variant, View,
};
use serde_json::{Value, json};
use sqlx::PgPool;

pub(crate) type Event = Value;

/// A database with the rollup of carts.
pub(super) struct Cart<'a> {
    pub(super) pool: &'a PgPool,
    pub(super) migration: String,
}

pub(crate) fn created() -> Event {
    json!({"type": "created"})
}

pub(crate) fn ended() -> Event {
    json!({"type": "ended"})
}

/// It creates the row.
pub(crate) fn added(item: &str, price: i32) -> Event {
    json!({"type": "added", "item": item, "price": price})
}

/// It changes the row, or creates it first.
pub(crate) fn put(item: &str, price: i32) -> Event {
    json!({"type": "put", "item": item, "price": price})
}

/// It changes the row, which must be there.
pub(crate) fn noted(item: &str) -> Event {
    json!({"type": "noted", "item": item})
}

/// It deletes the row, if it is there.
pub(crate) fn removed(item: &str) -> Event {
    json!({"type": "removed", "item": item})
}

/// It deletes the row, which must be there.
pub(crate) fn taken(item: &str) -> Event {
    json!({"type": "taken", "item": item})
}

/// It deletes all rows.
pub(crate) fn cleared() -> Event {
    json!({"type": "cleared"})
}

/// It deletes the rows that match.
pub(crate) fn sorted_out(item: &str) -> Event {
    json!({"type": "sorted_out", "item": item})
}

/// It changes the row of each element.
pub(crate) fn priced(prices: &[(&str, i32)]) -> Event {
    let prices: Vec<Value> =
        prices.iter().map(|(item, price)| json!({"item": item, "price": price})).collect();
    json!({"type": "priced", "prices": prices})
}

/// It creates the row of each element, with the price that the element has.
pub(crate) fn stocked(prices: &[(&str, Option<i32>)]) -> Event {
    let prices: Vec<Value> =
        prices.iter().map(|(item, price)| json!({"item": item, "price": price})).collect();
    json!({"type": "stocked", "prices": prices})
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.into(),
        origin: Origin::Payload,
        path: Vec::new(),
        whole: None,
        ascending: false,
        keys: vec![name.into()],
        ty,
        many: false,
        optional: false,
        absent: Absent::Refused,
    }
}

fn column(name: &str, ty: Type, kind: Kind) -> Column {
    Column { name: name.into(), was: None, ty, kind, nullable: false, retired: false }
}

pub(crate) fn model(trigger: Trigger) -> Model {
    let mut types = Types::default();
    let (id, text, number) = (types.of(i64::SQL), types.of(String::SQL), types.of(i32::SQL));
    let json = types.of(Value::SQL);
    let price = |at| Step { column: 0, operation: Operation::Set, source: Source::Field(at) };
    let note =
        Step { column: 1, operation: Operation::Increment, source: Source::Literal(Literal::Integer(1)) };
    let one = |touch, steps| Rule { touch, key: vec![Source::Field(0)], steps, ..Rule::NOTHING };
    let (item, of_item) = (|| field("item", text), || vec![field("item", text)]);
    let inside =
        |name: &str, ty| Field { origin: Origin::Element, path: vec![name.into()], ..field("prices", ty) };
    let prices = Field { many: true, ..field("prices", json) };
    let (of_each, of_stock) = (prices.clone(), inside("price", number));
    let of_stock = Field { optional: true, absent: Absent::None, ..of_stock };
    let rules = [
        ("created", Life::Create, Vec::new(), Rule::NOTHING),
        ("ended", Life::Delete, Vec::new(), Rule::NOTHING),
        ("added", Life::Change, vec![item(), field("price", number)], one(Touch::Create, vec![price(1)])),
        ("put", Life::Change, vec![item(), field("price", number)], one(Touch::Add, vec![price(1)])),
        ("noted", Life::Change, of_item(), one(Touch::Change, vec![note])),
        ("removed", Life::Change, of_item(), one(Touch::Remove, Vec::new())),
        ("taken", Life::Change, of_item(), one(Touch::Delete, Vec::new())),
        ("cleared", Life::Change, Vec::new(), Rule { empty: Some(Empty::All), ..Rule::NOTHING }),
        (
            "sorted_out",
            Life::Change,
            of_item(),
            Rule { empty: Some(Empty::Matching(vec![(0, Source::Field(0))])), ..Rule::NOTHING },
        ),
        (
            "priced",
            Life::Change,
            vec![prices, inside("item", text), inside("price", number)],
            Rule {
                touch: Touch::Change,
                each: Some(0),
                key: vec![Source::Field(1)],
                steps: vec![price(2)],
                ..Rule::NOTHING
            },
        ),
        (
            "stocked",
            Life::Change,
            vec![of_each, inside("item", text), of_stock],
            Rule {
                touch: Touch::Create,
                each: Some(0),
                key: vec![Source::Field(1)],
                steps: vec![Step { operation: Operation::SetOrKeep, ..price(2) }],
                ..Rule::NOTHING
            },
        ),
    ];
    let of_entity = |life| Rule::of_entity(Touch::of_entity(life, true), Vec::new());
    let variant = |name: &str, life, fields| Variant {
        name: name.into(),
        wire: vec![name.into()],
        other: false,
        life,
        shape: Shape::Struct,
        fields,
    };
    let root = View {
        name: View::ROOT.into(),
        was: None,
        table: Table::parse("carts"),
        key: Key::Entity,
        columns: Vec::new(),
        rules: rules.iter().map(|(_, life, ..)| of_entity(*life)).collect(),
        constraints: Vec::new(),
    };
    let items = View {
        name: "items".into(),
        was: None,
        table: Table::parse("carts_items"),
        key: Key::Parts(vec![column("item", text, Kind::Value)]),
        columns: vec![
            Column { nullable: true, ..column("price", number, Kind::Value) },
            column("notes", number, Kind::Counter),
        ],
        rules: rules.iter().map(|(.., rule)| rule.clone()).collect(),
        constraints: vec![Constraint::Check { name: "priced".into(), expression: "price >= 0".into() }],
    };
    Model {
        event: "CartEvent".into(),
        types,
        store: Store::es_entity(Table::parse("cart_events"), id),
        tagging: Tagging::Internal { tag: "type".into() },
        variants: rules.into_iter().map(|(name, life, fields, _)| variant(name, life, fields)).collect(),
        trigger,
        root,
        views: vec![items],
        history: None,
        archive: false,
    }
}
