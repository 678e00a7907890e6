//! The trigger on the event table.

use super::names::{NEW, Names};
use crate::model::{Model, View};

pub(super) fn trigger(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- Waits for the writers that are at work and keeps new ones waiting until the migration commits; readers go on.
CREATE OR REPLACE TRIGGER {trigger}
  AFTER INSERT ON {events}
  REFERENCING NEW TABLE AS {NEW}
  FOR EACH STATEMENT
  EXECUTE FUNCTION {apply}();
",
        trigger = names.trigger,
        events = names.events,
        apply = names.apply,
    )
}
