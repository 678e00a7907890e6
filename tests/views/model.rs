//! The description of a model with views, which each migration carries.

use crate::{elements, emptying, keys, order, rows, torn};
use es_rollup::Rollup;
use es_rollup_core::emit;
use es_rollup_core::model::{Empty, Model, Touch};
use serde::{Deserialize, Serialize};

fn model<E: Rollup>() -> Model {
    Model::read(E::MODEL).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn a_model_with_views_is_read_from_its_description_as_it_was() {
    let again = |text: &str| {
        let model = Model::read(text).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(model.validate(), Ok(()));
        assert_eq!(emit::text(&model, emit::description(&model)), text);
    };
    again(rows::CartEvent::MODEL);
    again(elements::GroupEvent::MODEL);
    again(emptying::CompanyEvent::MODEL);
    again(keys::WalletEvent::MODEL);
    again(keys::TicketEvent::MODEL);
    again(keys::BareEvent::MODEL);
    again(order::ThingEvent::MODEL);
    again(torn::ListEvent::MODEL);
}

#[test]
fn the_model_says_what_each_event_does_to_each_view() {
    let model = model::<emptying::CompanyEvent>();
    let [members, boss] = model.views.as_slice() else { panic!("two views") };
    let touches: Vec<Touch> = members.rules.iter().map(|rule| rule.touch).collect();
    let nothing = Touch::Nothing;
    assert_eq!(touches, [nothing, Touch::Add, nothing, nothing, nothing, Touch::Create, Touch::Create]);
    let emptied: Vec<bool> = members.rules.iter().map(|rule| rule.empty.is_some()).collect();
    assert_eq!(emptied, [false, false, true, true, true, true, true]);
    assert_eq!(boss.rules[6].empty, Some(Empty::All));
    assert_eq!((members.parts().len(), boss.parts().len()), (2, 0));
}

/// The name of the field makes it a part of the key, and the brackets are about another column.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "label_events", id = i64, view(labels, key(name)))]
enum LabelEvent {
    #[rollup(labels(add))]
    Given {
        #[rollup(labels(push = "uses", was = "places"))]
        name: String,
    },
    #[rollup(labels(remove))]
    Taken {
        #[rollup(labels(was = "label"))]
        name: String,
    },
}

#[test]
fn a_former_name_belongs_to_what_is_written_beside_it_or_else_to_the_part_of_the_key() {
    let model = Model::read(LabelEvent::MODEL).expect("the model is read");
    let labels = &model.views[0];
    assert_eq!(labels.columns[0].was.as_deref(), Some("places"));
    assert_eq!(labels.parts()[0].was.as_deref(), Some("label"));
}
