//! The trigger's function in the row form: folds an ordinary event as it is inserted, and leaves every other one to the
//! function for those.

use super::direct::direct;
use super::each;
use super::event::{and_is_recorded, content_variable, open};
use super::filter;
use super::function::Function;
use super::names::{Names, ROW, SEQUENCE};
use super::order;
use super::ordinary::{self, ordinary};
use super::qualify::qualify;
use super::relation;
use super::text::{indent, part};
use crate::model::{Model, Part, View};

pub(super) fn row(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (declared, ordinary) = match ordinary(model, view) {
        Some(ordinary) => {
            let direct = direct(model, view);
            (
                format!(
                    "
{copied}  es_tag text;  -- the event's type{content}
  es_value jsonb;  -- the current value{doubt}{grown}",
                    content = content_variable(model),
                    grown = direct.declared,
                    copied = if ordinary.contains(&format!("{ROW}.")) {
                        format!("  {ROW} {}%ROWTYPE;  -- values of the event\n", names.rollup)
                    } else {
                        String::new()
                    },
                    doubt = ordinary::declared(&ordinary),
                ),
                format!(
                    "{open}
  IF {direct}{recorded}{in_turn} THEN
{ordinary}
  END IF;
",
                    open = indent(&open(model), 2),
                    direct = direct.condition,
                    recorded = and_is_recorded(model),
                    in_turn = order::and_in_turn(model),
                    ordinary = indent(&ordinary, 4)
                ),
            )
        }
        None => (String::new(), String::new()),
    };
    let body = format!(
        "<<es>>
DECLARE
  es_event ALIAS FOR NEW;  -- the current event
  es_entity {id_type};  -- the entity that is being folded
  {SEQUENCE} bigint;  -- the event's sequence{declared}
BEGIN
{relation}
{skip}{ordinary}  {each}
  RETURN NULL;
END",
        id_type = part(&model.store.id_type, Part::Qualified),
        relation = indent(&relation::row(model, view), 2),
        skip = filter::skip(model),
        each = each::call(model, view),
    );
    Function::hot(
        "-- Folds one event. It runs under any search path: whatever is looked up by name has its schema.",
        &names.apply,
        model,
        &format!("#variable_conflict use_column\n{}", qualify(&body)),
    )
}
