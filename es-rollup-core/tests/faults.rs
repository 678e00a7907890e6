//! Faults of a model: each is reported, and all of them at once.

use es_rollup_core::SqlType;
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Filter, Key, Kind, Life, Literal, Model, Operation, Origin, Rule,
    Shape, Source, Step, Store, Table, Tagging, Touch, Trigger, Type, TypeTexts, Types, Variant, View,
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
    let column = |name: &str, ty, kind| Column {
        name: name.into(),
        was: None,
        ty,
        kind,
        nullable: false,
        retired: false,
    };
    let step = |column, operation| Step { column, operation, source: Source::Field(0) };
    let mut types = Types::default();
    let [id, text, number] = [types.of(i64::SQL), types.of(String::SQL), types.of(i32::SQL)];
    Model {
        event: "DoorEvent".into(),
        types,
        store: Store::es_entity(Table::parse("building.door_events"), id),
        tagging: Tagging::Internal { tag: "type".into() },
        variants: vec![
            variant("Hung", Life::Create, field("label", text)),
            variant("Opened", Life::Change, field("times", number)),
        ],
        trigger: Trigger::Statement,
        root: View {
            table: Table::parse("building.doors"),
            was: None,
            name: View::ROOT.into(),
            key: Key::Entity,
            columns: vec![column("label", text, Kind::Value), column("openings", number, Kind::Counter)],
            rules: vec![
                Rule::of_entity(Touch::Create, vec![step(0, Operation::Set)]),
                Rule::of_entity(Touch::Change, vec![step(1, Operation::Increment)]),
            ],
            constraints: Vec::new(),
        },
        views: Vec::new(),
        history: None,
        archive: false,
    }
}

#[allow(clippy::unnecessary_wraps)]
fn filter(column: &str, value: &str) -> Option<Filter> {
    Some(Filter { column: column.into(), value: value.into() })
}

/// A change that breaks the model, and a part of the fault that it causes.
type Mistake = (fn(&mut Model), &'static str);

const MISTAKES: &[Mistake] = &[
    (
        |model| model.event = "Door\u{1}f\u{2}Event".into(),
        "the enum's name \"Door\\u{1}f\\u{2}Event\" contains a control character",
    ),
    (|model| model.store.id = "es$es_rollup$".into(), "contains $es_rollup$"),
    (|model| model.variants[0].wire[0] = "$es_rollup_model$".into(), "contains $es_rollup_model$"),
    (|model| model.root.columns[0].ty = Type(7), "column \"label\" has type t8, which does not exist"),
    (|model| model.store.id_type = Type(3), "the id has type t4, which does not exist"),
    (
        |model| {
            let texts = TypeTexts { accepts: "'\n' = ''".into(), ..TypeTexts::of(bool::SQL) };
            model.types.known(texts);
        },
        "type t4: the text \"'\\n' = ''\" cannot be emitted in SQL",
    ),
    (|model| model.store.payload = "id".into(), "\"id\" is used twice"),
    (|model| model.store.filter = filter("sequence", "door"), "\"sequence\" is used twice"),
    (|model| model.store.filter = filter("kind", "a\u{0}b"), "the filter's value"),
    (
        |model| {
            model.store.recorded_at = None;
            model.root.rules[0].steps[0].source = Source::RecordedAt;
        },
        "reads the recorded time, but the event table has no column for it",
    ),
    (
        |model| {
            model.store.recorded_at = None;
            let columns = vec!["created_at".into()];
            model.root.constraints.push(Constraint::Index { name: "age".into(), columns });
        },
        "names column \"created_at\", which does not exist",
    ),
    (
        |model| {
            model.archive = true;
            model.store.table = Table::parse("building.doors_base");
        },
        "the table of the bases is that of the events or of a view",
    ),
    (|model| model.root.was = Some("gates".into()), "cannot have another name than before"),
    (
        |model| model.root.columns[0].was = Some("openings".into()),
        "column \"label\" was called \"openings\", but a column has that name now",
    ),
    (
        |model| model.root.columns.iter_mut().for_each(|one| one.was = Some("same".into())),
        "two columns were called \"same\"",
    ),
    (|model| model.root.columns[0].was = Some("version".into()), "no column was called \"version\""),
    (
        |model| model.root.columns[0].was = Some(String::new()),
        "the former name of column \"label\" has no name",
    ),
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
            model.variants[0].fields[0].ty = model.types.of(char::SQL);
            model.variants[0].fields[0].absent = Absent::Default;
        },
        "falls back to the default of its type, but that is not known",
    ),
    (|model| model.variants.iter_mut().for_each(|one| one.other = true), "two events are marked `other`"),
    (
        |model| model.root.rules[1].steps.clear(),
        "field \"times\" of event \"Opened\" is read by no operation",
    ),
    (
        |model| {
            let again = Field {
                name: "again".into(),
                path: vec!["in".into()],
                ..model.variants[1].fields[0].clone()
            };
            model.variants[1].fields.push(again);
            model.root.rules[1].steps.push(Step {
                column: 1,
                operation: Operation::Increment,
                source: Source::Field(1),
            });
        },
        "has another name where it is read again: \"times\"",
    ),
    (
        |model| {
            let column = model.root.columns[0].clone();
            let more = (0..1600).map(|at| Column { name: format!("c{at}"), ..column.clone() });
            model.root.columns.extend(more);
        },
        "the table has 1606 columns; PostgreSQL allows 1600",
    ),
    (|model| model.root.table = model.store.table.clone(), "cannot be the event table itself"),
    (|model| model.root.table.name = "d".repeat(60), "is 69 bytes long with the suffix _catch_up"),
    (|model| model.root.columns[0].name = "version".into(), "a column cannot be called \"version\""),
    (|model| model.root.columns[0].name = "es_row".into(), "a column cannot be called \"es_row\""),
    (|model| model.root.columns[0].name = "openings".into(), "two columns are called \"openings\""),
    (|model| model.root.columns[1].nullable = true, "is a counter and is never empty"),
    (|model| model.root.columns[1].retired = true, "is added to, and events that overflow it are refused"),
    (
        |model| model.root.columns[1].ty = model.types.of(String::SQL),
        "is a counter, but its type is not a number",
    ),
    (|model| drop(model.root.rules.pop()), "there are 2 events, but the number of rules is 1"),
    (|model| model.variants[0].life = Life::Delete, "deletes the row, so it cannot change columns"),
    (
        |model| model.root.rules[1].touch = Touch::Add,
        "the rule of event \"Opened\" has Add for the row, but its life needs Change",
    ),
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
    (
        |model| model.root.constraints = vec![Constraint::unique(&model.root.table, vec!["id".into()])],
        "makes the key unique, which it is already",
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
