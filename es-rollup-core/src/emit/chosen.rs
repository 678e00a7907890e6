//! The row of a view that an ordinary event chooses, written by the statement form's and the row form's functions
//! themselves. Calling `put` costs twice as much as all the rest of a single event: it sets a search path and planner
//! settings, and reads the event from its table.
//!
//! The entity's row has been moved before, so other transactions wait. What is not written here is left to `put`, which
//! has the same result, and says what is wrong.

use super::change::{self, Refusal};
use super::direct::by_index;
use super::effect::{Effect, can_be, types, when};
use super::key;
use super::names::{Names, SEQUENCE, VERSION};
use super::plain::is_alone;
use super::text::{ident, indent, part, where_true};
use crate::model::{Fact, Model, Order, Part, Rule, Source, Touch, Variant, View};

/// The variable for the event's values, as a row of the view. It does not hide that for the entity's row, which some
/// settings of PL/pgSQL refuse.
const VALUES: &str = "es_values";

/// Writes the row and leaves the function; empty if it is not one row that the event changes, or if one statement cannot
/// do it.
pub(super) fn chosen(model: &Model, place: usize) -> String {
    let variant = &model.variants[place];
    let changed: Vec<&View> = model.views.iter().filter(|view| view.rules[place] != Rule::NOTHING).collect();
    // `put` folds the event into all of them, so either all of them or none can be done before.
    let ([view], None) = (changed.as_slice(), &model.history) else {
        return String::new();
    };
    let rule = &view.rules[place];
    if rule.each.is_some() || rule.empty.is_some() || !can_be(model, view, variant, rule) {
        return String::new();
    }
    if rule.key.iter().any(|source| raises(model, variant, source)) {
        return String::new();
    }
    let Some(statement) = statement(model, view, variant, rule) else {
        return String::new();
    };
    let parts = view.parts().iter().map(|part| part.ty);
    let fields = rule.key.iter().filter_map(Source::field).map(|place| &variant.fields[place]);
    let fields = fields.flat_map(|field| [Some(field.ty), field.whole.as_ref().map(|whole| whole.ty)]);
    let mut types = types(view, variant, rule);
    types.extend(parts.chain(fields.flatten()));
    types.into_iter().fold(statement, |text, ty| where_true(&ty, Fact::Qualified, || text))
}

/// Whether reading a part of the key may fail.
fn raises(model: &Model, variant: &Variant, source: &Source) -> bool {
    source.field().is_some_and(|place| model.types.raises(variant.fields[place].ty))
}

/// The block that reads the key and the values and writes the row.
fn statement(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> Option<String> {
    let effect = Effect::of(model, view, variant, rule, VALUES);
    let key = rule.key.iter().enumerate();
    let key = key.map(|part| change::key(model, view, variant, part, Refusal::Left));
    let lines: Vec<String> = key.chain(effect.read()).collect();
    let done = |statement: String| format!("{statement}\nIF FOUND THEN\n  RETURN NULL;\nEND IF;");
    let found = || vec![key::current(view, "v"), by_index(model, view)];
    let gone =
        || done(format!("DELETE FROM {} AS v\nWHERE {};", table(model, view), found().join("\n  AND ")));
    let insert = || {
        let (insert, guards) = effect.insert();
        when(&guards, done(insert))
    };
    let update = || {
        let behind = format!("v.{VERSION} < {SEQUENCE}");
        done(effect.update("v", found().into_iter().chain([behind]).collect()))
    };
    let written = match rule.touch {
        Touch::Nothing => return None,
        // Checks are for the folded row.
        Touch::Create | Touch::Add if view.has_checks() => return None,
        Touch::Create => insert(),
        Touch::Add => format!("{}\n{}", update(), insert()),
        Touch::Change => update(),
        Touch::Remove | Touch::Delete => gone(),
    };
    let written = when(&effect.accepted(&lines), written);
    let body = lines.into_iter().chain([written]).collect::<Vec<_>>().join("\n");
    let parts = view.parts().iter().enumerate();
    let row = format!("\n  {VALUES} {}%ROWTYPE;  -- values of the event", table(model, view));
    let row = body.contains(&format!("{VALUES}.")).then_some(row);
    let declared: String = row
        .into_iter()
        .chain(parts.map(|(place, column)| {
            let (variable, ty) = (key::variable(place), part(&column.ty, Part::Qualified));
            format!("\n  {variable} {ty};  -- its {}", ident(&column.name))
        }))
        .collect();
    let declared = if declared.is_empty() { declared } else { format!("\nDECLARE{declared}") };
    Some(format!(
        "-- What this does not write is left to the function below, which says what is wrong.
IF {first}{alone} THEN  -- {name}
  <<es_view>>{declared}
  BEGIN
{body}
  END;
END IF;
",
        // With the first event, rows can be there that somebody has left.
        first = match model.store.order {
            Order::Contiguous => format!("{SEQUENCE} > 1 AND "),
            Order::Increasing => String::new(),
        },
        alone = is_alone(model, view),
        name = view.name,
        declared = declared.replace('\n', "\n  "),
        body = indent(&body, 4),
    ))
}

/// The view's table.
fn table(model: &Model, view: &View) -> String {
    Names::new(&model.store, view).rollup
}
