//! Faults of a model: each is reported, and all of them at once.

use es_rollup_core::SqlType;
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Kind, Life, Literal, Model, Operation, Origin, Rule, Shape, Source,
    Step, Store, Table, Tagging, Trigger, Type, Variant, View,
};

/// Doors that are hung with a label and then opened several times at once.
fn doors() -> Model {
    let field = |name: &str, ty| Field {
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
    };
    let variant = |name: &str, life, field| Variant {
        name: name.into(),
        wire: vec![name.to_lowercase()],
        other: false,
        life,
        shape: Shape::Struct,
        fields: vec![field],
    };
    let column = |name: &str, ty, kind| Column { name: name.into(), ty, kind, nullable: false };
    let step = |column, operation| Step { column, operation, source: Source::Field(0) };
    Model {
        event: "DoorEvent".into(),
        store: Store::es_entity(Table::parse("building.door_events"), Type::known(i64::SQL)),
        tagging: Tagging::Internal { tag: "type".into() },
        variants: vec![
            variant("Hung", Life::Create, field("label", Type::known(String::SQL))),
            variant("Opened", Life::Change, field("times", Type::known(i32::SQL))),
        ],
        trigger: Trigger::Statement,
        root: View {
            table: Table::parse("building.doors"),
            columns: vec![
                column("label", Type::known(String::SQL), Kind::Value),
                column("openings", Type::known(i32::SQL), Kind::Counter),
            ],
            rules: vec![
                Rule { steps: vec![step(0, Operation::Set)] },
                Rule { steps: vec![step(1, Operation::Increment)] },
            ],
            constraints: Vec::new(),
        },
    }
}

/// A change that breaks the model, and a part of the fault that it causes.
type Mistake = (fn(&mut Model), &'static str);

const MISTAKES: &[Mistake] = &[
    (
        |model| model.event = "Door\u{1}f\u{2}Event".into(),
        "the enum's name \"Door\\u{1}f\\u{2}Event\" contains a control character",
    ),
    (|model| model.store.id = "es$es_rollup$".into(), "contains $es_rollup$"),
    (|model| model.store.payload = "id".into(), "\"id\" is used twice"),
    (|model| model.store.table.schema = String::new(), "the event table's schema has no name"),
    (
        |model| model.tagging = Tagging::Adjacent { tag: "t".into(), content: "t".into() },
        "the same key \"t\"",
    ),
    (|model| model.variants[0].wire = vec!["opened".into()], "two events have the type \"opened\""),
    (|model| model.variants[0].wire[0] = "hung\\up".into(), "contains a backslash"),
    (|model| model.variants[0].fields[0].keys.clear(), "has no key to read it from"),
    (|model| model.variants[0].shape = Shape::Unit, "the event has no named fields"),
    (|model| model.variants[0].fields[0].absent = Absent::None, "so it must be optional"),
    (
        |model| {
            model.variants[0].fields[0].ty = Type::known(char::SQL);
            model.variants[0].fields[0].absent = Absent::Default;
        },
        "falls back to the default of its type, but that is not known",
    ),
    (|model| model.variants.iter_mut().for_each(|one| one.other = true), "two events are marked `other`"),
    (|model| model.root.table = model.store.table.clone(), "cannot be the event table itself"),
    (|model| model.root.table.name = "d".repeat(60), "is 69 bytes long with the suffix _catch_up"),
    (|model| model.root.columns[0].name = "version".into(), "a column cannot be called \"version\""),
    (|model| model.root.columns[0].name = "es_row".into(), "a column cannot be called \"es_row\""),
    (|model| model.root.columns[0].name = "openings".into(), "two columns are called \"openings\""),
    (|model| model.root.columns[1].nullable = true, "is a counter and is never empty"),
    (
        |model| model.root.columns[1].ty = Type::known(String::SQL),
        "is a counter, but its type is not a number",
    ),
    (|model| drop(model.root.rules.pop()), "there are 2 events, but the number of rules is 1"),
    (|model| model.variants[0].life = Life::Delete, "deletes the row, so it cannot change columns"),
    (|model| model.root.rules[1].steps[0].column = 7, "changes column 7, but the number of columns is 2"),
    (
        |model| model.root.rules[1].steps[0].source = Source::Field(7),
        "reads field 7, but the number of fields is 1",
    ),
    (|model| model.root.rules[1].steps[0].source = Source::Nothing, "needs a value"),
    (|model| model.root.rules[1].steps[0].operation = Operation::Push, "the column is a counter"),
    (|model| model.variants[0].fields[0].ascending = true, "is taken in ascending order"),
    (|model| model.variants[0].fields[0].many = true, "takes one value"),
    (|model| model.variants[0].fields[0].origin = Origin::Context, "reads the context"),
    (
        |model| {
            let text = Literal::Text("a\nb".into());
            model.root.rules[0].steps[0].source = Source::Literal(text);
        },
        "the text \"a\\nb\" contains a control character",
    ),
    (
        |model| {
            let check = Constraint::Check { name: "few".into(), expression: "openings > 0; DROP".into() };
            model.root.constraints = vec![check.clone(), check];
        },
        "two constraints are called \"few\"",
    ),
    (
        |model| {
            let index = Constraint::index(&model.root.table, vec!["colour".into()]);
            model.root.constraints = vec![index];
        },
        "names column \"colour\", which does not exist",
    ),
];

#[test]
fn a_model_without_faults_is_valid() {
    assert_eq!(doors().validate(), Ok(()));
}

#[test]
fn each_fault_is_reported() {
    for (mistake, expected) in MISTAKES {
        let mut model = doors();
        mistake(&mut model);
        let faults = model.validate().expect_err(expected);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:#?}");
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let mut model = doors();
    model.event = "\n".into();
    model.store.sequence = "\t".into();
    model.root.columns[0].name = "id".into();
    assert_eq!(model.validate().expect_err("there are faults").len(), 3);
}
