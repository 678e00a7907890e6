//! What is refused because of bases: events that they include, and what would lose them.

use super::super::install::check;
use super::super::names::{self, ID, Names, VERSION};
use super::super::raise;
use super::super::text::{indent, literal};
use crate::ErrorKind;
use crate::model::{Model, View};

/// Refuses an event of an entity without a row that its base includes. `first` is the sequence of the entity's first event.
pub(in super::super) fn replayed(model: &Model, view: &View, first: &str) -> String {
    if !model.archive {
        return String::new();
    }
    let kind = format!("'{}'", ErrorKind::Replay.sqlstate());
    format!(
        "{refuse}
FROM {base} AS b
WHERE es_base = 0 AND b.{ID} = es.es_entity AND b.{VERSION} >= {first};
",
        refuse = raise::call(
            view,
            model,
            [&kind, "es_entity", &format!("{first}::bigint"), &format!("b.{VERSION}")],
            &[]
        ),
        base = Names::new(&model.store, view).base,
    )
}

/// What to do before the first events of an entity are deleted, as a further sentence of a hint.
pub(in super::super) fn and_archive(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        " Before you delete the first events of an entity, archive them: SELECT {}(id, sequence).",
        names.archive
    )
}

/// Fails if an entity was archived that the snapshot of the transaction does not show as archived, as further lines: to
/// insert what is there, but not visible, is a serialization failure.
pub(in super::super) fn sees_bases(model: &Model, names: &Names) -> String {
    if !model.archive {
        return String::new();
    }
    format!(
        "
IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
  -- A base that is newer than the snapshot cannot be seen, but not be inserted a second time either: that is 40001.
  INSERT INTO {base} ({ID}, {VERSION}, \"event_types\", \"views\")
  SELECT n.es_id, 0, '{{}}', '{{}}' FROM unnest(es.es_ids) AS n (es_id)
  ON CONFLICT DO NOTHING;
  DELETE FROM {base} AS b WHERE b.{VERSION} = 0;
END IF;",
        base = names.base
    )
}

/// Refuses to drop the table while an entity is archived; it may be gone already. `why` says what is about to happen.
pub(in super::super) fn is_unused(names: &Names, why: &str) -> String {
    format!(
        "IF to_regclass({literal_base}) IS NOT NULL THEN
{used}
END IF;",
        literal_base = literal(&names.base),
        used = indent(
            &check(
                "",
                &format!("EXISTS (SELECT FROM {})", names.base),
                &literal(&format!("entities of {} are archived, {why}", names.rollup)),
                &format!(
                    "Give up what they were, or insert their events again while the triggers are off. Then: DELETE FROM {}.",
                    names.base
                ),
            ),
            2
        ),
    )
}

/// Refuses to empty the rollup while entities are archived.
pub(in super::super) fn is_empty(model: &Model) -> String {
    if !model.archive {
        return String::new();
    }
    let names = Names::new(&model.store, &model.root);
    format!(
        "  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') AND pg_relation_size({literal_base}) > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
      MESSAGE = {older}, HINT = 'Try again at READ COMMITTED.', SCHEMA = {schema}, TABLE = {table};
  END IF;
  IF EXISTS (SELECT FROM {base}) THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = {message}, HINT = {hint}, SCHEMA = {schema}, TABLE = {table};
  END IF;
",
        base = names.base,
        literal_base = literal(&names.base),
        older = literal(&format!(
            "entities of {} may have been archived since the transaction began",
            names.rollup
        )),
        message = literal(&format!("entities of {} are archived", names.rollup)),
        hint = literal(&format!(
            "Empty their bases with the events: TRUNCATE {}, {}. What they were is lost then.",
            names.events, names.base
        )),
        schema = literal(&model.root.table.schema),
        table = literal(&names::base(&model.root.table).name),
    )
}
