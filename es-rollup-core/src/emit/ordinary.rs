//! The ordinary event in one statement: it directly follows its row or begins its stream, and its values are accepted.
//! Every other event takes the general path, which has the same result and says what is wrong. The text runs under any
//! search path, so it leaves out what may look up names: types that are written by hand, and checks.

use std::collections::BTreeSet;

use super::change::{NOT_ORDINARY, copied, found};
use super::columns::columns;
use super::constraints::check_reads;
use super::event::content_wrong;
use super::expression::{blank, empty, expression, in_bounds, unread};
use super::field::default;
use super::key;
use super::names::{Event, ID, MODIFIED_AT, Names, ROW, SEQUENCE, VERSION};
use super::order::{begins, follows_row};
use super::others;
use super::text::{ident, indent, literal, part, where_true};
use super::versions;
use crate::model::{
    Column, Envelope, Fact, Field, Model, Order, Part, Rule, Source, Step, Touch, Type, Variant, View,
};

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
            let put = others::is_put(model, place);
            let body = indent(&branch(model, view, variant, rule, put), 2);
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

/// The types whose texts the branch has.
pub(super) fn types(view: &View, variant: &Variant, rule: &Rule) -> BTreeSet<Type> {
    let fields = rule.steps.iter().filter_map(|step| field(variant, step));
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

/// The field that the step reads.
fn field<'a>(variant: &'a Variant, step: &Step) -> Option<&'a Field> {
    match step.source {
        Source::Field(place) => Some(&variant.fields[place]),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    }
}

/// The place of the step whose value stays in `es_value`, where the statement reads it: a member of a collection, which
/// has no variable in the row, or the last value that is never absent, which does not need one.
fn direct(view: &View, variant: &Variant, rule: &Rule) -> Option<usize> {
    let member = |step: &Step, _: &Field| is_member(view, step);
    let always =
        |step: &Step, field: &Field| !field.optional && default(field).is_none() && !step.operation.counts();
    let last = |fits: &dyn Fn(&Step, &Field) -> bool| {
        rule.steps.iter().rposition(|step| field(variant, step).is_some_and(|field| fits(step, field)))
    };
    last(&member).or_else(|| last(&always))
}

fn branch(model: &Model, view: &View, variant: &Variant, rule: &Rule, is_put: bool) -> String {
    let mut lines = Vec::new();
    lines.extend(
        content_wrong(model, variant).map(|wrong| format!("IF {wrong} THEN\n  {NOT_ORDINARY}\nEND IF;")),
    );
    let direct = direct(view, variant, rule);
    for (_, step) in rule.steps.iter().enumerate().filter(|(place, _)| Some(*place) != direct) {
        let column = &view.columns[step.column];
        let copied = field(variant, step).map(|field| copied(model, view, column, step.operation, field));
        lines.extend(copied);
    }
    let mut conditions = Vec::new();
    if let Some(place) = direct {
        let step = &rule.steps[place];
        if let Some(field) = field(variant, step) {
            lines.push(found(model, view, &view.columns[step.column], field));
            conditions.push(format!("({})", part(&field.ty, Part::Accepts)));
        }
    }
    if lines.iter().any(|line| line.contains(NOT_ORDINARY)) {
        conditions.insert(0, "es_ordinary".into());
    }
    let values = Values { model, view, variant, direct, is_kept: !is_put };
    let statement = match rule.touch {
        Touch::Create => {
            let (insert, guards) = values.insert(rule);
            conditions.extend(guards);
            insert
        }
        Touch::Nothing | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete => values.update(rule),
    };
    // The row's new version makes other transactions wait that fold into the views.
    let put = if is_put {
        let put = others::perform(model, "es_entity", &format!("{SEQUENCE} - 1"), SEQUENCE);
        format!("\n  {put}")
    } else {
        String::new()
    };
    let done = format!("{statement}\nIF FOUND THEN{put}\n  RETURN NULL;\nEND IF;");
    lines.push(if conditions.is_empty() {
        done
    } else {
        format!("IF {} THEN\n{}\nEND IF;", conditions.join(" AND "), indent(&done, 2))
    });
    lines.join("\n")
}

/// The statement of an event type.
struct Values<'a> {
    model: &'a Model,
    view: &'a View,
    variant: &'a Variant,
    /// See [`direct`].
    direct: Option<usize>,
    /// Whether the row that is written is also kept in the history. What folds into the views does that itself.
    is_kept: bool,
}

impl Values<'_> {
    /// Only finds a row that the event directly follows.
    fn update(&self, rule: &Rule) -> String {
        let Self { model, view, .. } = *self;
        let (names, event) = (Names::new(&model.store, view), Event::new(&model.store));
        let mut set = vec![format!("{VERSION} = {}", event.sequence)];
        if model.store.recorded_at.is_some() {
            set.push(format!("{MODIFIED_AT} = {}", event.recorded_at));
        }
        let mut guards = vec![format!("r.{ID} = es_entity"), follows_row(model)];
        for (place, step) in rule.steps.iter().enumerate() {
            let column = &view.columns[step.column];
            let name = ident(&column.name);
            let (current, value) = (format!("r.{name}"), self.value(place, step));
            guards.extend(counted(column, step, &current, &value));
            set.push(format!("{name} = {}", expression(column, step.operation, &current, &value)));
        }
        let update = format!(
            "UPDATE {rollup} AS r SET\n  {set}\nWHERE {guards};",
            rollup = names.rollup,
            set = set.join(",\n  "),
            guards = guards.join("\n  AND ")
        );
        if self.is_kept { versions::and_kept(model, &update, "r") } else { update }
    }

    /// Writes the row of a stream that begins, under further conditions.
    fn insert(&self, rule: &Rule) -> (String, Vec<String>) {
        let Self { model, view, .. } = *self;
        let (names, event) = (Names::new(&model.store, view), Event::new(&model.store));
        let mut values = vec!["es_entity".to_string(), event.sequence];
        if model.store.recorded_at.is_some() {
            values.extend([event.recorded_at.clone(), event.recorded_at]);
        }
        let mut guards: Vec<String> = begins(model).into_iter().collect();
        for (at, column) in view.columns.iter().enumerate() {
            let step = rule.steps.iter().enumerate().find(|(_, step)| step.column == at);
            let Some((place, step)) = step else {
                values.push(empty(column).into());
                continue;
            };
            let (current, value) = (blank(column), self.value(place, step));
            guards.extend(counted(column, step, &current, &value));
            values.push(expression(column, step.operation, &current, &value));
        }
        let insert = format!(
            "INSERT INTO {rollup}\n  ({columns})\nVALUES\n  ({values})\nON CONFLICT ({key}) DO NOTHING;",
            key = key::columns(view),
            rollup = names.rollup,
            columns = columns(model, view).join(", "),
            values = values.join(", "),
        );
        (
            if self.is_kept { versions::and_kept(model, &insert, names.rollup.as_str()) } else { insert },
            guards,
        )
    }

    /// The step's operand.
    fn value(&self, place: usize, step: &Step) -> String {
        match step.source {
            // After it was found and accepted.
            Source::Field(field) if self.direct == Some(place) => {
                part(&self.variant.fields[field].ty, Part::Read)
            }
            Source::Field(_) => format!("{ROW}.{}", ident(&self.view.columns[step.column].name)),
            Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => {
                unread(self.model, &step.source).unwrap_or_default()
            }
        }
    }
}

/// Whether a counter's new value is in the range of its type; `None` if the step does not count.
fn counted(column: &Column, step: &Step, current: &str, value: &str) -> Option<String> {
    let in_bounds = in_bounds(column, step.operation, current, value)?;
    let result = expression(column, step.operation, current, value);
    let holds = part(&column.ty, Part::Holds);
    let counted = || format!("(SELECT {holds} FROM (SELECT {result} AS es_number) AS es_counted)");
    // In parentheses, because PL/pgSQL would take the THEN of a CASE for that of the IF.
    let bounded = where_true(&column.ty, Fact::Bounded, || format!("({in_bounds})"));
    Some(bounded + &where_true(&column.ty, Fact::Unbounded, counted))
}
