//! The ordinary event in one statement: it directly follows its row, and its values are accepted. Every other event
//! takes the general path, which has the same result and says what is wrong. The text runs under any search path, so it
//! leaves out what may look up names: types that are written by hand, and checks.

use std::collections::BTreeSet;

use super::change::{NOT_ORDINARY, member, operand};
use super::constraints::check_reads;
use super::expression::{expression, unread};
use super::names::{Event, ID, MODIFIED_AT, Names, VERSION};
use super::order::follows_row;
use super::step::content_wrong;
use super::text::{ident, indent, literal, part, where_true};
use crate::model::{
    Column, Envelope, Fact, Field, Kind, Life, Model, Part, Rule, Source, Step, Type, Variant, View,
};

/// The variable that the match needs.
pub(super) const ORDINARY: &str = "\n  es_ordinary boolean := true;  -- whether the event is an ordinary one";

/// The match over those event types that can be ordinary; `None` if none can.
pub(super) fn ordinary(model: &Model, view: &View) -> Option<String> {
    let variants = model.variants.iter().zip(&view.rules);
    let ordinary =
        variants.filter(|(variant, rule)| variant.life == Life::Change && can_be(model, view, variant, rule));
    let branches: Vec<String> = ordinary
        .map(|(variant, rule)| {
            let body = indent(&branch(model, view, variant, rule), 2);
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
            "-- An ordinary event directly follows its row. Events that begin or end the stream, or need more than one statement,
-- take the general path.
IF es_tag IS NULL THEN
  NULL;
{}END IF;",
            branches.concat()
        )
    })
}

/// The types whose texts the branch has.
pub(super) fn types(view: &View, variant: &Variant, rule: &Rule) -> BTreeSet<Type> {
    let fields = rule.steps.iter().filter_map(|step| match step.source {
        Source::Field(place) => Some(&variant.fields[place]),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    });
    let fields = fields.flat_map(|field| [Some(field.ty), field.whole.as_ref().map(|whole| whole.ty)]);
    let columns = rule.steps.iter().map(|step| Some(view.columns[step.column].ty));
    fields.chain(columns).flatten().collect()
}

/// Whether one statement can do everything that events of the variant do to a row.
pub(super) fn can_be(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> bool {
    let once =
        |(at, step): (usize, &Step)| rule.steps[..at].iter().all(|earlier| earlier.column != step.column);
    let simple = |step: &Step| match step.source {
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => true,
        Source::Field(place) => {
            let field = &variant.fields[place];
            // A member has no variable in the row, so there can be only one.
            !field.many && !model.types.raises(field.ty) && (!is_member(view, step) || !field.optional)
        }
    };
    let members = rule.steps.iter().filter(|step| is_member(view, step)).count();
    // The checks hold for the row, and still hold if what they read stays.
    let written = rule.steps.iter().map(|step| view.columns[step.column].name.as_str());
    let moved = Envelope::of(&model.store).filter(|one| !one.is_fixed()).map(Envelope::name);
    let checked = check_reads(view, written) || check_reads(view, moved);
    !variant.other
        && !variant.wire.is_empty()
        && !checked
        && rule.steps.iter().enumerate().all(once)
        && rule.steps.iter().all(simple)
        && members <= 1
}

/// Whether the step adds a field's value to a collection, or removes it.
fn is_member(view: &View, step: &Step) -> bool {
    let column = &view.columns[step.column];
    column.kind.is_many() && matches!(step.source, Source::Field(_))
}

fn branch(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> String {
    let mut lines = Vec::new();
    lines.extend(
        content_wrong(model, variant).map(|wrong| format!("IF {wrong} THEN\n  {NOT_ORDINARY}\nEND IF;")),
    );
    let field = |step: &Step| match step.source {
        Source::Field(place) => Some(&variant.fields[place]),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    };
    // The member comes last, since it stays in `es_value`.
    let (members, others): (Vec<&Step>, Vec<&Step>) =
        rule.steps.iter().partition(|step| is_member(view, step));
    for step in others {
        let column = &view.columns[step.column];
        lines.extend(field(step).map(|field| operand(model, view, column, step.operation, field)));
    }
    for step in members {
        let column = &view.columns[step.column];
        lines.extend(field(step).map(|field| member(model, view, column, field)));
    }
    let doubtful = !lines.is_empty();
    let update = update(model, view, variant, rule);
    let found = format!("{update}\nIF FOUND THEN\n  RETURN NULL;\nEND IF;");
    if doubtful {
        lines.push(format!("IF es_ordinary THEN\n{}\nEND IF;", indent(&found, 2)));
    } else {
        lines.push(found);
    }
    lines.join("\n")
}

/// The statement, which only finds a row that the event directly follows.
fn update(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> String {
    let (names, event) = (Names::new(&model.store, view), Event::new(&model.store));
    let mut set = vec![format!("{VERSION} = {}", event.sequence)];
    if model.store.recorded_at.is_some() {
        set.push(format!("{MODIFIED_AT} = {}", event.recorded_at));
    }
    let mut guards = vec![format!("r.{ID} = es_entity"), follows_row(model)];
    for step in &rule.steps {
        let column = &view.columns[step.column];
        let name = ident(&column.name);
        let value = match step.source {
            Source::Field(place) => read(view, step, column, &variant.fields[place]),
            Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => {
                unread(model, &step.source).unwrap_or_default()
            }
        };
        let result = expression(column, step.operation, &format!("r.{name}"), &value);
        if step.operation.counts() {
            let holds = part(&column.ty, Part::Holds);
            guards.push(format!("(SELECT {holds} FROM (SELECT {result} AS es_number) AS es_counted)"));
        }
        set.push(format!("{name} = {result}"));
    }
    format!(
        "UPDATE {rollup} AS r SET\n  {set}\nWHERE {guards};",
        rollup = names.rollup,
        set = set.join(",\n  "),
        guards = guards.join("\n  AND ")
    )
}

/// A field's value, after it was found and accepted.
fn read(view: &View, step: &Step, column: &Column, field: &Field) -> String {
    match (is_member(view, step), column.kind) {
        (true, Kind::Value | Kind::Counter | Kind::Set | Kind::List) => part(&field.ty, Part::Read),
        (false, _) => format!("es_row.{}", ident(&column.name)),
    }
}
