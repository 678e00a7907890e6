//! The trigger on the event table.

use super::names::{NEW, Names};
use crate::model::{Model, Trigger, View};

pub(super) fn trigger(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let each = match view.trigger {
        Trigger::Statement => format!("REFERENCING NEW TABLE AS {NEW}\n  FOR EACH STATEMENT"),
        Trigger::Row => "FOR EACH ROW".into(),
    };
    format!(
        "-- Waits for the writers that are at work and keeps new ones waiting until the migration commits; readers go on.
CREATE OR REPLACE TRIGGER {trigger}
  AFTER INSERT ON {events}
  {each}
  EXECUTE FUNCTION {apply}();
",
        trigger = names.trigger,
        events = names.events,
        apply = names.apply,
    )
}
