//! The ordinary event in one statement: it directly follows its row or begins its stream, and its values are accepted.
//! Every other event takes the general path, which has the same result and says what is wrong. The text runs under any
//! search path, so it leaves out what may look up names: types that are written by hand, and checks.

use super::change::NOT_ORDINARY;
use super::chosen::chosen;
use super::effect::{Effect, can_be, types, when};
use super::event::content_wrong;
use super::names::{ID, Names, ROW, SEQUENCE};
use super::order::{begins, follows_row};
use super::others;
use super::text::{indent, literal, where_true};
use super::versions;
use crate::model::{Fact, Model, Order, Touch, View};

/// The variable that the match may need.
pub(super) fn declared(ordinary: &str) -> &'static str {
    if ordinary.contains("es_ordinary") {
        "\n  es_ordinary boolean := true;  -- whether the event is an ordinary one"
    } else {
        ""
    }
}

/// The match over those event types that can be ordinary; `None` if none can.
pub(super) fn ordinary(model: &Model, view: &View) -> Option<String> {
    let variants = model.variants.iter().zip(&view.rules);
    let ordinary = variants.enumerate().filter(|(place, (variant, rule))| {
        let has_way = match rule.touch {
            Touch::Create => can_begin(model, view),
            Touch::Add | Touch::Change => true,
            Touch::Nothing | Touch::Remove | Touch::Delete => false,
        };
        has_way
            && can_be(model, view, variant, rule)
            && (!others::is_put(model, *place) || is_base_known(model))
    });
    let branches: Vec<String> = ordinary
        .map(|(place, (variant, rule))| {
            let body = indent(&branch(model, view, place), 2);
            let tags: Vec<String> =
                variant.wire.iter().map(|tag| format!("es_tag = {}", literal(tag))).collect();
            let text = format!("ELSIF {} THEN  -- {}\n{body}\n", tags.join(" OR "), variant.name);
            types(view, variant, rule)
                .into_iter()
                .fold(text, |text, ty| where_true(&ty, Fact::Qualified, || text))
        })
        .collect();
    (!branches.is_empty()).then(|| {
        format!(
            "-- An ordinary event directly follows its row or begins its stream. Events that end the stream, or need more than one
-- statement, take the general path.
IF es_tag IS NULL THEN
  NULL;
{}END IF;",
            branches.concat()
        )
    })
}

/// Whether the version from which other tables are folded is known without a look at the row: if sequences only increase,
/// it is not the one before the event's, which views do not mind. The history begins at the row of exactly that version.
const fn is_base_known(model: &Model) -> bool {
    match model.store.order {
        Order::Contiguous => true,
        Order::Increasing => model.history.is_none(),
    }
}

/// Whether a row can be written without a look at what came before. An entity that has ended may have no row, one that is
/// archived may have lost it, and checks are for the folded row.
pub(super) fn can_begin(model: &Model, view: &View) -> bool {
    begins(model).is_some() && !model.has_delete() && !model.archive && !view.has_checks()
}

fn branch(model: &Model, view: &View, place: usize) -> String {
    let (variant, rule, is_put) = (&model.variants[place], &view.rules[place], others::is_put(model, place));
    let effect = Effect::of(model, view, variant, rule, ROW);
    let wrong = content_wrong(model, variant);
    let wrong = wrong.map(|wrong| format!("IF {wrong} THEN\n  {NOT_ORDINARY}\nEND IF;"));
    let mut lines: Vec<String> = wrong.into_iter().chain(effect.read()).collect();
    let mut conditions = effect.accepted(&lines);
    // What folds into the views keeps the row in the history, too.
    let kept = |statement: String, row: &str| {
        if is_put { statement } else { versions::and_kept(model, &statement, row) }
    };
    let statement = match rule.touch {
        Touch::Create => {
            let (insert, guards) = effect.insert();
            conditions.extend(begins(model).into_iter().chain(guards));
            kept(insert, Names::new(&model.store, view).rollup.as_str())
        }
        Touch::Nothing | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete => {
            kept(effect.update("r", vec![format!("r.{ID} = es_entity"), follows_row(model)]), "r")
        }
    };
    // The row's new version makes other transactions wait that fold into the views.
    let put = if is_put {
        let put = others::perform(model, "es_entity", &format!("{SEQUENCE} - 1"), SEQUENCE);
        // With the first event, rows can be there that somebody has left.
        let chosen = if rule.touch == Touch::Create { String::new() } else { chosen(model, place) };
        format!("\n{}", indent(&format!("{chosen}{put}"), 2))
    } else {
        String::new()
    };
    let done = format!("{statement}\nIF FOUND THEN{put}\n  RETURN NULL;\nEND IF;");
    lines.push(when(&conditions, done));
    lines.join("\n")
}
