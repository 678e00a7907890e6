//! The installation of a rollup beside many events: what `migration` does, but events are folded afterwards if there are
//! many.

use super::super::history::{RESTORED, history};
use super::super::install::in_one_transaction;
use super::super::names::Names;
use super::super::plan::{self, ObjectKind};
use super::super::text::indent;
use super::super::{attach::attach, filter, notes::notes, pieces, preflight::preflight, text};
use super::touched::{FILLS, LIMIT};
use super::{Between, fill, finish, whole};
use crate::alteration::{Alteration, Altered, Touched};
use crate::model::Model;

pub(super) fn installation(model: &Model) -> String {
    let altered = |place| Altered { old: place, new: place, ..Altered::default() };
    let alteration = Alteration {
        tables: (0..model.tables().count()).map(altered).collect(),
        created: Vec::new(),
        dropped: Vec::new(),
        unknown: None,
        touched: Touched::Everybody,
        archived: Touched::Nobody,
        fillable: true,
    };
    let between = Between { found: model, old: model, new: model, alteration: &alteration };
    let mut parts = vec![preflight(model, &model.root)];
    for kind in [ObjectKind::Table, ObjectKind::Function] {
        parts.extend(model.tables().flat_map(|view| plan::created(model, view, kind)));
    }
    parts.extend([
        attach(model, &model.root),
        notes(model, &model.root),
        counted(model),
        format!(
            "IF current_setting('{FILLS}') = 'true' THEN

{finish}
{begin}
{restored}
ELSE

{history}
END IF;
",
            finish = finish::finish(&between),
            begin = fill::begin(&between, "none of its events are folded yet"),
            restored = restored(),
            history = history(model, &model.root),
        ),
    ]);
    text(model, pieces(&whole(&parts.join("\n"))))
}

/// Finds out whether there are many events, of which none are folded.
fn counted(model: &Model) -> String {
    let names = Names::new(&model.store, &model.root);
    format!(
        "-- Many events are folded later, so that nobody waits for it.
DO $es_rollup$
DECLARE
  es_limit pg_catalog.int8 := coalesce(nullif(current_setting('es_rollup.history_limit', true), '')::bigint, {LIMIT});
BEGIN
{transaction}
  PERFORM set_config('{FILLS}', (current_setting('es_rollup.again') = 'false' AND (
    SELECT count(*) > es_limit
    FROM (SELECT FROM {events} AS e{only} LIMIT es_limit + 1) AS es_counted
  ))::text, true);
END
$es_rollup$;
",
        transaction = indent(&in_one_transaction(), 2),
        events = names.events,
        only = filter::only(model, "e"),
    )
}

/// Restores the session's settings.
fn restored() -> String {
    format!(
        "DO $es_rollup$
DECLARE
  es_path pg_catalog.text;
BEGIN
{RESTORED}END
$es_rollup$;
"
    )
}
