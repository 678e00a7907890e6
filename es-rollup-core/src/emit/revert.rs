//! The way back: everything that the migration made, and nothing else.

use super::names::Names;
use super::preflight::raise_install;
use super::table::COMMENT;
use super::text::literal;
use crate::model::{Model, View};

pub(super) fn revert(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- Takes the rollup {rollup} away. Nothing is lost: it is derived from its events.
DO $es_rollup$
BEGIN
  IF pg_catalog.to_regclass({literal}) IS NOT NULL AND pg_catalog.starts_with(
    pg_catalog.obj_description(pg_catalog.to_regclass({literal}), 'pg_class'), {comment}
  ) IS NOT TRUE THEN
    {no_rollup}
  END IF;
END
$es_rollup$;
DROP TRIGGER IF EXISTS {trigger} ON {events};
DROP TRIGGER IF EXISTS {replica_trigger} ON {events};
DROP FUNCTION IF EXISTS {apply};
DROP FUNCTION IF EXISTS {catch_up};
DROP FUNCTION IF EXISTS {refuse};
DROP FUNCTION IF EXISTS {guarded};
DROP FUNCTION IF EXISTS {leaves};
DROP FUNCTION IF EXISTS {replica};
DROP TABLE IF EXISTS {rollup};
",
        rollup = names.rollup,
        literal = literal(&names.rollup),
        comment = literal(COMMENT),
        no_rollup = raise_install(
            &literal(&format!("{} is no rollup", names.rollup)),
            "The table was not made by this migration and is left alone.",
            4
        ),
        trigger = names.trigger,
        events = names.events,
        apply = names.apply,
        catch_up = names.catch_up,
        refuse = names.refuse,
        guarded = names.guarded,
        leaves = names.leaves,
        replica = names.replica,
        replica_trigger = names.replica_trigger,
    )
}
