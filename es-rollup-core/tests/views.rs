#![cfg(feature = "serde_json")]
//! The SQL of a hand-written model with several tables.

use es_rollup_core::SqlType;
use es_rollup_core::emit;
use es_rollup_core::model::{
    Absent, Column, Constraint, Empty, Field, Key, Kind, Life, Literal, Model, Operation, Origin, Rule,
    Shape, Source, Step, Store, Table, Tagging, Touch, Trigger, Type, Types, Variant, View,
};

fn variant(name: &str, wire: &str, life: Life, fields: Vec<Field>) -> Variant {
    Variant { name: name.into(), wire: vec![wire.into()], other: false, life, shape: Shape::Struct, fields }
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

fn step(column: usize, operation: Operation, source: Source) -> Step {
    Step { column, operation, source }
}

fn column(name: &str, ty: Type, kind: Kind) -> Column {
    Column { name: name.into(), was: None, ty, kind, nullable: false, retired: false }
}

/// Carts with items, and with the tags that customers give to items.
fn carts() -> Model {
    let mut types = Types::default();
    let (id, text, number) = (types.of(i64::SQL), types.of(String::SQL), types.of(i32::SQL));
    let nothing = || Rule::NOTHING;
    let item = |touch, steps| Rule { touch, key: vec![Source::Field(0)], steps, ..Rule::NOTHING };
    let items = View {
        name: "items".into(),
        was: None,
        table: Table::parse("carts_items"),
        key: Key::Parts(vec![column("item_id", text, Kind::Value)]),
        columns: vec![column("quantity", number, Kind::Counter)],
        rules: vec![
            nothing(),
            item(Touch::Create, vec![step(0, Operation::Set, Source::Field(1))]),
            item(Touch::Change, vec![step(0, Operation::Increment, Source::Field(1))]),
            item(Touch::Delete, Vec::new()),
            nothing(),
            Rule { empty: Some(Empty::All), ..Rule::NOTHING },
            nothing(),
        ],
        constraints: vec![Constraint::Check { name: "some".into(), expression: "quantity > 0".into() }],
    };
    let tags = View {
        name: "tags".into(),
        was: None,
        table: Table::parse("carts_tags"),
        key: Key::Parts(vec![column("item_id", text, Kind::Value), column("tag", text, Kind::Value)]),
        columns: Vec::new(),
        rules: vec![
            nothing(),
            nothing(),
            nothing(),
            Rule { empty: Some(Empty::Matching(vec![(0, Source::Field(0))])), ..Rule::NOTHING },
            Rule {
                touch: Touch::Add,
                each: Some(0),
                key: vec![Source::Field(1), Source::Field(2)],
                ..Rule::NOTHING
            },
            nothing(),
            nothing(),
        ],
        constraints: Vec::new(),
    };
    let tag = Field { origin: Origin::Element, ..field("tags", text) };
    let tagged = vec![Field { many: true, ..field("tags", text) }, field("item_id", text), tag];
    let change = || Rule::of_entity(Touch::Change, Vec::new());
    Model {
        event: "CartEvent".into(),
        types,
        store: Store::es_entity(Table::parse("cart_events"), id),
        tagging: Tagging::Internal { tag: "type".into() },
        variants: vec![
            variant("Created", "created", Life::Create, Vec::new()),
            variant("Added", "added", Life::Change, vec![field("item_id", text), field("quantity", number)]),
            variant(
                "Increased",
                "increased",
                Life::Change,
                vec![field("item_id", text), field("by", number)],
            ),
            variant("Removed", "removed", Life::Change, vec![field("item_id", text)]),
            variant("Tagged", "tagged", Life::Change, tagged),
            variant("Cleared", "cleared", Life::Change, Vec::new()),
            variant("Closed", "closed", Life::Delete, Vec::new()),
        ],
        trigger: Trigger::Statement,
        root: View {
            name: View::ROOT.into(),
            was: None,
            table: Table::parse("carts"),
            key: Key::Entity,
            columns: vec![column("items_ever", number, Kind::Counter)],
            rules: vec![
                Rule::of_entity(Touch::Create, Vec::new()),
                Rule::of_entity(
                    Touch::Change,
                    vec![step(0, Operation::Increment, Source::Literal(Literal::Integer(1)))],
                ),
                change(),
                change(),
                change(),
                change(),
                Rule::of_entity(Touch::Delete, Vec::new()),
            ],
            constraints: Vec::new(),
        },
        views: vec![items, tags],
        history: None,
        archive: false,
    }
}

/// The same with a history and without views.
fn with_history() -> Model {
    let mut model = carts();
    model.views.clear();
    model.variants.iter_mut().for_each(|variant| variant.fields.clear());
    model.history = Some(View::history(&model.root, Table::parse("carts_history")));
    model
}

/// The text, without its fingerprint.
fn spelt(model: &Model, pieces: Vec<emit::Piece>) -> String {
    let fingerprint = model.fingerprint().expect("every type is known");
    emit::text(model, pieces).replace(&fingerprint, "{fingerprint}")
}

#[test]
fn a_model_with_views_becomes_a_migration() {
    let model = carts();
    assert_eq!(model.validate(), Ok(()));
    insta::assert_snapshot!("migration", spelt(&model, emit::migration(&model)));
}

#[test]
fn a_model_with_views_is_reverted_explained_and_described() {
    let model = carts();
    insta::assert_snapshot!("revert", spelt(&model, emit::revert(&model)));
    insta::assert_snapshot!("explanation", spelt(&model, emit::explanation(&model)));
    insta::assert_snapshot!("description", spelt(&model, emit::description(&model)));
}

#[test]
fn a_model_with_a_history_becomes_a_migration() {
    let model = with_history();
    assert_eq!(model.validate(), Ok(()));
    insta::assert_snapshot!("history", spelt(&model, emit::migration(&model)));
}

#[test]
fn a_model_with_other_tables_is_read_back() {
    for model in [carts(), with_history()] {
        assert_eq!(Model::read(&emit::text(&model, emit::description(&model))), Ok(model));
    }
}
