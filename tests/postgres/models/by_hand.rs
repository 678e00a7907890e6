//! The reference itself, without a server: models of a few words, with rows that were worked out by hand.

use super::child::Child;
use super::draft::{Draft, finished};
use super::palette::TYPES;
use super::reference::{Cause, Reason, fold};
use super::subject::{Id, Subject};
use super::types::Ty;
use crate::parity::case::Event;
use chrono::DateTime;
use es_rollup::ErrorKind;
use es_rollup_core::model::{
    Absent, Empty, Kind, Life, Literal, Operation, Rule, Shape, Source, Step, Tagging, Touch,
};
use serde_json::{Value, json};

fn ty(name: &str) -> &'static Ty {
    TYPES.iter().find(|ty| ty.name == name).expect("a type")
}

/// A variant with a rule for the view.
fn variant(name: &str, life: Life, rule: impl FnOnce(&mut Draft) -> Rule) -> Draft {
    let mut draft = Draft::new(name.into(), Shape::Struct, life);
    let rule = rule(&mut draft);
    draft.views.push(rule);
    draft
}

fn item(draft: &mut Draft) -> Source {
    draft.field(ty("String"), vec!["item".into()], false, false, Absent::Refused)
}

/// Rows by text, each with a number and with how often it was noted.
fn subject() -> Subject {
    let one = |touch| move |draft: &mut Draft| Rule { touch, key: vec![item(draft)], ..Rule::NOTHING };
    let set = |touch| {
        move |draft: &mut Draft| {
            let key = vec![item(draft)];
            let source = draft.field(ty("i32"), vec!["number".into()], false, false, Absent::Refused);
            let steps = vec![Step { column: 0, operation: Operation::Set, source }];
            Rule { touch, key, steps, ..Rule::NOTHING }
        }
    };
    let drafts = vec![
        variant("Begun", Life::Create, |_| Rule::NOTHING),
        variant("Ended", Life::Delete, |_| Rule::NOTHING),
        variant("Made", Life::Change, set(Touch::Create)),
        variant("Put", Life::Change, set(Touch::Add)),
        variant("Noted", Life::Change, |draft| {
            let (operation, source) = (Operation::Increment, Source::Literal(Literal::Integer(1)));
            let steps = vec![Step { column: 1, operation, source }];
            Rule { steps, ..one(Touch::Change)(draft) }
        }),
        variant("Removed", Life::Change, one(Touch::Remove)),
        variant("Deleted", Life::Change, one(Touch::Delete)),
        variant("Emptied", Life::Change, |_| Rule { empty: Some(Empty::All), ..Rule::NOTHING }),
        variant("Matched", Life::Change, |draft| {
            let empty = Some(Empty::Matching(vec![(0, item(draft))]));
            Rule { empty, ..Rule::NOTHING }
        }),
        variant("Each", Life::Change, |draft| {
            let each = draft.collection(None, vec!["all".into()], false, Absent::Refused);
            let mut inside =
                |name: &str, of| draft.in_element(each, ty(of), vec![name.into()], false, Absent::Refused);
            let (key, source) = (vec![inside("item", "String")], inside("number", "i32"));
            let steps = vec![Step { column: 0, operation: Operation::Set, source }];
            Rule { empty: Some(Empty::All), touch: Touch::Create, each: Some(each), key, steps }
        }),
    ];
    let parts = vec![("item".to_string(), ty("String"))];
    let columns =
        vec![("number".to_string(), Kind::Value, ty("i32")), ("noted".to_string(), Kind::Counter, ty("i32"))];
    let child = Child { name: "items".into(), parts, columns };
    let tagging = Tagging::Internal { tag: "type".into() };
    finished(0, Id::Text, tagging, Vec::new(), drafts, vec![child])
}

/// The rows after a stream that begins and goes on so, as key, version, number and notes; or what refuses it.
fn rows(later: &[Value]) -> Result<Vec<[String; 4]>, (i32, Cause)> {
    let subject = subject();
    let payloads = [json!({"type": "Begun"})].into_iter().chain(later.iter().cloned());
    let events: Vec<Event> = (1..)
        .zip(payloads)
        .map(|(sequence, payload)| Event {
            sequence,
            payload,
            recorded_at: DateTime::from_timestamp(sequence.into(), 0).expect("a time"),
            context: None,
        })
        .collect();
    let events: Vec<&Event> = events.iter().collect();
    match fold(&subject, &events, |_| {}) {
        Err(refused) => Err((refused.sequence, refused.causes[0].clone())),
        Ok(None) => Ok(Vec::new()),
        Ok(Some(state)) => {
            let text = |value: &Value| value.as_str().expect("text").to_string();
            let row = |(key, row): (Value, Value)| {
                [text(&key[0]), text(&row["version"]), text(&row["number"]), text(&row["noted"])]
            };
            Ok(state.rows(0).map(row).collect())
        }
    }
}

fn refused(sequence: i32, kind: ErrorKind, column: Option<&str>) -> Result<Vec<[String; 4]>, (i32, Cause)> {
    let column = column.map(Into::into);
    Err((sequence, Cause { reason: Reason::Kind(kind), view: Some(0), column }))
}

fn made(item: &str, number: i32) -> Value {
    json!({"type": "Made", "item": item, "number": number})
}

#[test]
fn the_reference_makes_changes_and_takes_rows() {
    let all = [
        made("a", 5),
        json!({"type": "Put", "item": "b", "number": 6}),
        json!({"type": "Noted", "item": "a"}),
        json!({"type": "Put", "item": "a", "number": 7}),
    ];
    let (a, b) = (["a", "5", "7", "1"], ["b", "3", "6", "0"]);
    assert_eq!(rows(&all), Ok(vec![a.map(String::from), b.map(String::from)]));
    let then = |event: Value| rows(&[&all[..], &[event]].concat());
    for event in [json!({"type": "Removed", "item": "a"}), json!({"type": "Deleted", "item": "a"})] {
        assert_eq!(then(event), Ok(vec![b.map(String::from)]));
    }
    assert_eq!(then(json!({"type": "Matched", "item": "b"})), Ok(vec![a.map(String::from)]));
    assert_eq!(then(json!({"type": "Emptied"})), Ok(Vec::new()));
    assert_eq!(then(json!({"type": "Ended"})), Ok(Vec::new()));
}

#[test]
fn the_reference_refuses_what_does_not_fit_the_rows() {
    assert_eq!(rows(&[made("a", 5), made("a", 6)]), refused(3, ErrorKind::RowExists, None));
    for name in ["Noted", "Deleted"] {
        assert_eq!(rows(&[json!({"type": name, "item": "a"})]), refused(2, ErrorKind::RowMissing, None));
    }
    assert_eq!(rows(&[json!({"type": "Removed", "item": "a"})]), Ok(Vec::new()));
    // The key comes before the row, and the steps of a new row before the one that is there.
    assert_eq!(rows(&[json!({"type": "Deleted"})]), refused(2, ErrorKind::MissingKey, Some("item")));
    let wrong = json!({"type": "Made", "item": "a", "number": null});
    assert_eq!(rows(&[made("a", 5), wrong]), refused(3, ErrorKind::NullValue, Some("number")));
}

#[test]
fn the_reference_takes_elements_in_turn_after_it_has_emptied() {
    let each = |all: Value| json!({"type": "Each", "all": all});
    let of = |item: &str, number: i32| json!({"item": item, "number": number});
    let some = each(json!([of("b", 1), of("a", 2)]));
    let (b, a) = (["b", "3", "1", "0"], ["a", "3", "2", "0"]);
    assert_eq!(rows(&[made("a", 5), some]), Ok(vec![b.map(String::from), a.map(String::from)]));
    let twice = each(json!([of("b", 1), of("b", 2)]));
    assert_eq!(rows(&[twice]), refused(2, ErrorKind::RowExists, None));
    assert_eq!(rows(&[each(json!({}))]), refused(2, ErrorKind::WrongValue, Some("item")));
    assert_eq!(rows(&[each(json!([null]))]), refused(2, ErrorKind::NullValue, Some("item")));
    assert_eq!(rows(&[each(json!([5]))]), refused(2, ErrorKind::WrongValue, Some("item")));
    assert_eq!(rows(&[each(json!([{"number": 1}]))]), refused(2, ErrorKind::MissingKey, Some("item")));
}
