//! What the models of a run are made of, and what every run should draw.

use super::super::subject::Subject;
use super::Tally;
use es_rollup_core::model::{
    Absent, Constraint, Empty, Field, Origin, Rule, Source, Tagging, Touch, Variant,
};

/// A choice and what was chosen.
pub(super) type Drawn = (&'static str, String);

/// What every run of the usual length draws, whatever the tagging.
pub(super) const ALL_DRAWN: [(&str, &[&str]); 11] = [
    ("column", &["a value", "a counter", "a set", "a list", "of a foreign type"]),
    ("constraint", &["check", "unique", "index", "index of members"]),
    ("absent", &["refused", "none", "default", "a literal"]),
    ("read from", &["one key", "several keys", "inside a field", "the content", "the context"]),
    ("read as", &["one", "optional", "many", "ascending"]),
    ("shape", &["Struct", "Newtype", "Unit"]),
    ("life", &["Create", "Change", "Delete"]),
    ("variant", &["aliased", "other", "nothing done"]),
    ("trigger", &["Statement", "Row"]),
    ("id", &["Uuid", "Text", "Bigint"]),
    ("store", &["Contiguous", "Increasing", "with a time", "without a time", "with a filter"]),
];

/// What a long run draws of views and of histories.
pub(super) const ALL_OF_VIEWS: [(&str, &[&str]); 9] = [
    ("views", &["0", "1", "2"]),
    ("history", &["none", "beside views", "alone", "where entities end"]),
    ("archive", &["beside a history", "beside views", "where entities end"]),
    ("parts of a key", &["0", "1", "2"]),
    ("constraint of a view", &["check", "unique", "index"]),
    ("touch", &["nothing", "create", "add", "change", "remove", "delete"]),
    ("empty", &["all", "those that match"]),
    ("rows", &["of the event", "of elements", "of ascending elements", "of objects"]),
    ("key", &["a field", "a literal", "the sequence", "the context", "an element", "inside an element"]),
];

impl Tally {
    /// Counts what a model is made of.
    pub(crate) fn draw(&mut self, subject: &Subject) {
        let mut drawn = |choice, chosen: String| *self.drawn.entry((choice, chosen)).or_default() += 1;
        let view = subject.view();
        drawn("tagging", tagging(&subject.model.tagging).into());
        drawn("trigger", format!("{:?}", subject.model.trigger));
        drawn("id", format!("{:?}", subject.id));
        let store = &subject.model.store;
        drawn("store", format!("{:?}", store.order));
        drawn("store", if store.recorded_at.is_some() { "with a time" } else { "without a time" }.into());
        if store.filter.is_some() {
            drawn("store", "with a filter".into());
        }
        for (column, ty) in view.columns.iter().zip(&subject.types) {
            drawn("column", column.kind.words().into());
            if ty.is_foreign() {
                drawn("column", "of a foreign type".into());
            }
        }
        for constraint in &view.constraints {
            let many = |name: &String| view.column(name).is_some_and(|column| column.kind.is_many());
            let chosen = match constraint {
                Constraint::Index { columns, .. } if columns.iter().any(many) => "index of members",
                Constraint::Check { .. } | Constraint::Unique { .. } | Constraint::Index { .. } => {
                    constraint_kind(constraint)
                }
            };
            drawn("constraint", chosen.into());
        }
        drawn("views", subject.model.views.len().to_string());
        let history = match (&subject.model.history, subject.model.views.len()) {
            (None, _) => "none",
            (Some(_), 0) => "alone",
            (Some(_), _) => "beside views",
        };
        drawn("history", history.into());
        if subject.model.history.is_some() && subject.model.has_delete() {
            drawn("history", "where entities end".into());
        }
        if subject.model.archive {
            let with = |is: bool, what: &'static str| is.then(|| what.to_string());
            let model = &subject.model;
            let all = [
                with(model.history.is_some(), "beside a history"),
                with(!model.views.is_empty(), "beside views"),
                with(model.has_delete(), "where entities end"),
            ];
            all.into_iter().flatten().for_each(|one| drawn("archive", one));
        }
        for view in &subject.model.views {
            drawn("parts of a key", view.parts().len().to_string());
            for constraint in &view.constraints {
                drawn("constraint of a view", constraint_kind(constraint).into());
            }
            for (variant, rule) in subject.model.variants.iter().zip(&view.rules) {
                if *rule != Rule::NOTHING {
                    draw_rule(variant, rule, &mut drawn);
                }
            }
        }
        for (variant, rule) in subject.variants() {
            drawn("shape", format!("{:?}", variant.shape));
            drawn("life", format!("{:?}", variant.life));
            let marks = [
                (variant.wire.len() > 1, "aliased"),
                (variant.other, "other"),
                (rule.steps.is_empty(), "nothing done"),
            ];
            for (_, mark) in marks.into_iter().filter(|(holds, _)| *holds) {
                drawn("variant", mark.into());
            }
            for step in &rule.steps {
                drawn("operation", step.operation.key().into());
            }
            for field in &variant.fields {
                drawn("absent", absent(&field.absent).into());
                drawn("read from", read_from(field).into());
                let as_what = match field {
                    Field { ascending: true, .. } => "ascending",
                    Field { many: true, .. } => "many",
                    Field { optional: true, .. } => "optional",
                    Field { .. } => "one",
                };
                drawn("read as", as_what.into());
            }
        }
    }
}

fn constraint_kind(constraint: &Constraint) -> &'static str {
    match constraint {
        Constraint::Check { .. } => "check",
        Constraint::Unique { .. } => "unique",
        Constraint::Index { .. } => "index",
    }
}

/// Counts what a rule of a view is made of.
fn draw_rule(variant: &Variant, rule: &Rule, drawn: &mut impl FnMut(&'static str, String)) {
    drawn("touch", rule.touch.key().into());
    match &rule.empty {
        None => {}
        Some(Empty::All) => drawn("empty", "all".into()),
        Some(Empty::Matching(parts)) => {
            drawn("empty", "those that match".into());
            for (_, source) in parts {
                drawn("matched", part_from(variant, source).into());
            }
        }
    }
    if rule.touch != Touch::Nothing {
        let inside = |source: &Source| part_from(variant, source) == "inside an element";
        let of_what = match rule.each {
            None => "of the event",
            Some(at) if variant.fields[at].ascending => "of ascending elements",
            Some(_) if rule.key.iter().any(inside) => "of objects",
            Some(_) => "of elements",
        };
        drawn("rows", of_what.into());
    }
    for source in &rule.key {
        drawn("key", part_from(variant, source).into());
    }
    for step in &rule.steps {
        drawn("operation in a view", step.operation.key().into());
        if step.source.field().is_some_and(|at| variant.fields[at].origin == Origin::Element) {
            drawn("operation in a view", "from an element".into());
        }
    }
}

/// Where a part of a key comes from.
fn part_from(variant: &Variant, source: &Source) -> &'static str {
    match source {
        Source::Nothing => "nothing",
        Source::Literal(_) => "a literal",
        Source::RecordedAt => "the recorded time",
        Source::Sequence => "the sequence",
        Source::Field(at) => {
            let field = &variant.fields[*at];
            match (field.origin, field.path.is_empty()) {
                (Origin::Payload, _) => "a field",
                (Origin::Context, _) => "the context",
                (Origin::Element, true) => "an element",
                (Origin::Element, false) => "inside an element",
            }
        }
    }
}

/// A form of tagging, as a choice.
pub(super) fn tagging(tagging: &Tagging) -> &'static str {
    match tagging {
        Tagging::Internal { .. } => "internal",
        Tagging::Adjacent { .. } => "adjacent",
        Tagging::External => "external",
        Tagging::Separate { .. } => "separate",
    }
}

fn absent(absent: &Absent) -> &'static str {
    match absent {
        Absent::Refused => "refused",
        Absent::None => "none",
        Absent::Default => "default",
        Absent::Literal(_) => "a literal",
    }
}

fn read_from(field: &Field) -> &'static str {
    match (field.origin, field.path.is_empty(), field.keys.len()) {
        (Origin::Context, ..) => "the context",
        (Origin::Element, ..) => "an element",
        (Origin::Payload, false, _) => "inside a field",
        (Origin::Payload, true, 0) => "the content",
        (Origin::Payload, true, 1) => "one key",
        (Origin::Payload, true, _) => "several keys",
    }
}
