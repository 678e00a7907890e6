//! The model as JSON, for a migration to carry, a database to store and a later release to compare.
//!
//! It has two halves. `meaning` is everything that decides what a row becomes, keyed by column names and by the names
//! that serde writes. `labels` holds what decides no row: Rust names, what each type expects in words, how Rust reads it
//! back, and the names that views and columns had before. The fingerprint covers only the meaning; see [`meaning`].

use super::former;
use super::text::{FINGERPRINT, part};
use crate::model::{
    Absent, Column, Constraint, Empty, Field, Filter, Key, Literal, Model, Need, Origin, Part, Rule, Source,
    Step, Store, Table, Tagging, Type, Variant, View, Whole,
};
use crate::sql::{json as string, object};

/// The format version of the description. A later format gets a new number.
pub(crate) const FORMAT: i64 = 3;

fn list<T>(items: impl IntoIterator<Item = T>, describe: impl Fn(T) -> String) -> String {
    format!("[{}]", items.into_iter().map(describe).collect::<Vec<_>>().join(","))
}

/// The model in the form that a migration carries.
pub(super) fn describe(model: &Model) -> String {
    let writer = Writer { model, types: Types::Named };
    let named = |which: Part| object(model.types.iter().map(|(ty, _)| (name(ty), part(&ty, which))));
    let mut meaning = vec![("types", named(Part::Json))];
    meaning.extend(writer.meaning());
    object([
        ("format", FORMAT.to_string()),
        ("fingerprint", format!("\"{FINGERPRINT}\"")),
        ("meaning", object(meaning)),
        ("labels", writer.labels(named(Part::Labels))),
    ])
}

/// What the fingerprint covers: the meaning, in an order that does not depend on the order of declarations. Each type
/// is written out with those of its texts that matter where it is used. So Rust names of types and variants, and
/// anything that no event uses, do not affect the fingerprint.
pub(super) fn meaning(model: &Model) -> String {
    let writer = Writer { model, types: Types::Inline };
    format!("{FORMAT}{}", object(writer.meaning()))
}

/// How a type is referred to.
pub(super) enum Types {
    /// By its key in the table of types.
    Named,
    /// Written out in place.
    Inline,
}

/// A type's key in the table of types.
pub(crate) fn name(ty: Type) -> String {
    format!("t{}", ty.0 + 1)
}

/// An event's name in the payload. One that stands only for unknown types has none.
fn tag(variant: &Variant) -> &str {
    variant.wire.first().map_or("", String::as_str)
}

/// The names of the fields in Rust where they differ from the keys, by key. The field of a newtype variant has none.
fn fields(variant: &Variant) -> Option<(&'static str, String)> {
    let mut named: Vec<(&str, String)> = Vec::new();
    for field in variant.fields.iter().filter(|field| field.origin == Origin::Payload) {
        let key = field.keys.first().map_or("", String::as_str);
        if field.name != field.expected_name() && !named.iter().any(|(other, _)| *other == key) {
            named.push((key, string(&field.name)));
        }
    }
    (!named.is_empty()).then(|| ("fields", object(named)))
}

/// Writes the parts of a description.
pub(super) struct Writer<'a> {
    pub(super) model: &'a Model,
    pub(super) types: Types,
}

impl Writer<'_> {
    fn meaning(&self) -> Vec<(&'static str, String)> {
        let model = self.model;
        let mut events: Vec<(usize, &Variant)> = model
            .variants
            .iter()
            .enumerate()
            // A variant that serde never reads is never stored.
            .filter(|(_, variant)| variant.is_read())
            .collect();
        self.sort(&mut events, |(_, variant)| tag(variant));
        let mut meaning = vec![
            ("store", self.store(&model.store)),
            ("tagging", tagging(&model.tagging)),
            ("trigger", string(model.trigger.key())),
            ("events", object(events.iter().map(|(_, variant)| (tag(variant), self.event(variant))))),
        ];
        meaning.push(("root", self.view(&model.root, &events)));
        if !model.views.is_empty() {
            // Their order decides which of several errors about an event is raised.
            meaning.push(("views", list(&model.views, |view| self.view(view, &events))));
        }
        meaning.extend(model.history.iter().map(|history| ("history", table(&history.table))));
        meaning.extend(model.archive.then(|| ("archive", "true".into())));
        meaning
    }

    /// Names and descriptions for people, and the variants that serde never reads: they are never stored.
    fn labels(&self, expects: String) -> String {
        let Model { variants, root, views, event, .. } = self.model;
        let read = variants.iter().filter(|variant| variant.is_read());
        let events = read.map(|variant| {
            let name = [("name", string(&variant.name))];
            (tag(variant), object(name.into_iter().chain(fields(variant))))
        });
        let mut labels = vec![
            ("enum", string(event)),
            ("events", object(events.collect::<Vec<_>>())),
            ("expects", expects),
        ];
        let unread =
            variants.iter().zip(&root.rules).enumerate().filter(|(_, (variant, _))| !variant.is_read());
        let unread: Vec<String> = unread
            .map(|(at, (variant, rule))| {
                let members = [
                    ("at", at.to_string()),
                    ("name", string(&variant.name)),
                    ("event", self.event(variant)),
                    ("rule", self.rule(root, variant, rule)),
                ];
                let rules = views.iter().filter_map(|view| {
                    Some((&view.name, self.rule_of_view(view, variant, &view.rules[at])?))
                });
                let rules: Vec<(&String, String)> = rules.collect();
                let rules = (!rules.is_empty()).then(|| ("views", object(rules)));
                object(members.into_iter().chain(rules).chain(fields(variant)))
            })
            .collect();
        if !unread.is_empty() {
            labels.push(("unread", list(unread, |one| one)));
        }
        labels.extend(former::names(self.model).map(|names| ("was", names)));
        object(labels)
    }

    /// Sorts items whose order of declaration does not matter.
    fn sort<T>(&self, items: &mut [T], name: impl Fn(&T) -> &str) {
        match self.types {
            Types::Named => {}
            Types::Inline => items.sort_by(|one, other| name(one).cmp(name(other))),
        }
    }

    /// A type; `parts` are those that matter where it is used.
    fn ty(&self, ty: Type, parts: &[Part]) -> String {
        match self.types {
            Types::Named => string(&name(ty)),
            Types::Inline => list(parts, |one| part(&ty, *one)),
        }
    }

    fn store(&self, store: &Store) -> String {
        let mut members = vec![
            ("table", table(&store.table)),
            ("id", string(&store.id)),
            ("id_type", self.ty(store.id_type, &[Part::Name])),
            ("sequence", string(&store.sequence)),
            ("order", string(store.order.key())),
            ("payload", string(&store.payload)),
        ];
        members.extend(store.recorded_at.iter().map(|recorded_at| ("recorded_at", string(recorded_at))));
        members.extend(store.filter.iter().map(|Filter { column, value }| {
            ("filter", object([("column", string(column)), ("value", string(value))]))
        }));
        members.extend(store.context.iter().map(|context| ("context", string(context))));
        object(members)
    }

    fn event(&self, variant: &Variant) -> String {
        let mut names: Vec<&String> = variant.wire.iter().collect();
        if let [_, aliases @ ..] = names.as_mut_slice() {
            self.sort(aliases, |name| name);
        }
        object([
            ("names", list(names, |name| string(name))),
            ("other", variant.other.to_string()),
            ("shape", string(variant.shape.key())),
            ("life", string(variant.life.key())),
        ])
    }

    fn view(&self, view: &View, events: &[(usize, &Variant)]) -> String {
        let mut columns: Vec<&Column> = view.columns.iter().collect();
        self.sort(&mut columns, |column| &column.name);
        let mut constraints: Vec<&Constraint> = view.constraints.iter().collect();
        self.sort(&mut constraints, |constraint| constraint.name());
        let rules = events.iter().filter_map(|(at, variant)| {
            let rule = &view.rules[*at];
            let rule = match view.key {
                Key::Entity => self.rule(view, variant, rule),
                Key::Parts(_) | Key::Version => self.rule_of_view(view, variant, rule)?,
            };
            Some((tag(variant), rule))
        });
        let described = |columns: &[&Column]| {
            object(columns.iter().map(|column| (&column.name, self.column(view, column))))
        };
        let key = match &view.key {
            Key::Entity | Key::Version => vec![],
            Key::Parts(parts) => {
                let parts: Vec<&Column> = parts.iter().collect();
                vec![("name", string(&view.name)), ("key", described(&parts))]
            }
        };
        object(key.into_iter().chain([
            ("table", table(&view.table)),
            ("columns", described(&columns)),
            ("constraints", object(constraints.iter().map(|one| (one.name(), constraint(one))))),
            ("rules", object(rules)),
        ]))
    }

    /// What an event does to a view; `None` if nothing.
    fn rule_of_view(&self, view: &View, variant: &Variant, rule: &Rule) -> Option<String> {
        if *rule == Rule::NOTHING {
            return None;
        }
        let steps = [("steps", self.rule(view, variant, rule))];
        Some(object(self.members(view, variant, rule).into_iter().chain(steps)))
    }

    /// What an event does to rows as a whole.
    #[cfg(feature = "evolve")]
    pub(super) fn rows(&self, view: &View, variant: &Variant, rule: &Rule) -> String {
        match view.key {
            // It follows from the event's life.
            Key::Entity => String::new(),
            Key::Parts(_) | Key::Version => object(self.members(view, variant, rule)),
        }
    }

    fn members(&self, view: &View, variant: &Variant, rule: &Rule) -> Vec<(&'static str, String)> {
        let Rule { empty, touch, each, key, steps: _ } = rule;
        let empty = empty.as_ref().map(|empty| match empty {
            Empty::All => list::<()>([], |()| String::new()),
            Empty::Matching(parts) => list(parts, |(part, source)| {
                list([string(&view.parts()[*part].name), self.source(variant, source)], |one| one)
            }),
        });
        let each = each.map(|field| self.field(&variant.fields[field]));
        let members = empty.map(|empty| ("empty", empty)).into_iter();
        let members = members.chain([("touch", string(touch.key()))]);
        let members = members.chain(each.map(|each| ("each", each)));
        members.chain([("key", list(key, |source| self.source(variant, source)))]).collect()
    }

    fn column(&self, view: &View, column: &Column) -> String {
        let mut parts = vec![Part::Name, Part::Values];
        if view.parts().contains(column) {
            parts.extend([Part::Equality, Part::Collation]);
        }
        let steps = view.rules.iter().flat_map(|rule| &rule.steps);
        for step in steps.filter(|step| view.columns[step.column].name == column.name) {
            let more = match step.operation.definition().needs {
                Some(Need::Order) => Part::Collation,
                Some(Need::Number) => Part::Holds,
                Some(Need::Equality) => Part::Equality,
                // The name says it.
                Some(Need::Boolean) | None => continue,
            };
            if !parts.contains(&more) {
                parts.push(more);
            }
        }
        let members = [
            ("type", self.ty(column.ty, &parts)),
            ("kind", string(column.kind.key())),
            ("nullable", column.nullable.to_string()),
        ];
        object(members.into_iter().chain(column.retired.then(|| ("retired", true.to_string()))))
    }

    /// The steps of an event, each as column, operation and source.
    fn rule(&self, view: &View, variant: &Variant, rule: &Rule) -> String {
        list(self.steps(view, variant, rule), |(_, step)| step)
    }

    /// The same, each with its column.
    pub(super) fn steps(&self, view: &View, variant: &Variant, rule: &Rule) -> Vec<(String, String)> {
        let mut steps: Vec<&Step> = rule.steps.iter().collect();
        self.sort(&mut steps, |step| &view.columns[step.column].name);
        let described = |step: &Step| {
            let column = &view.columns[step.column].name;
            let source = self.source(variant, &step.source);
            (column.clone(), list([string(column), string(step.operation.key()), source], |one| one))
        };
        steps.into_iter().map(described).collect()
    }

    fn source(&self, variant: &Variant, source: &Source) -> String {
        match source {
            Source::Nothing => "null".to_string(),
            Source::Field(field) => self.field(&variant.fields[*field]),
            Source::Literal(value) => object([("literal", literal(value))]),
            Source::RecordedAt => object([("envelope", string("recorded_at"))]),
            Source::Sequence => object([("envelope", string("sequence"))]),
        }
    }

    fn field(&self, field: &Field) -> String {
        let mut parts = vec![Part::Accepts, Part::Read];
        // A list that is read element by element always defaults to an empty list.
        if field.absent == Absent::Default && !field.many {
            parts.push(Part::Default);
        }
        if field.ascending {
            parts.push(Part::Collation);
        }
        let mut members = vec![
            ("keys", list(&field.keys, |key| string(key))),
            ("type", self.ty(field.ty, &parts)),
            ("many", field.many.to_string()),
            ("optional", field.optional.to_string()),
            ("absent", absent(&field.absent)),
        ];
        match field.origin {
            Origin::Payload => {}
            Origin::Context => members.push(("origin", string("context"))),
            Origin::Element => members.push(("origin", string("element"))),
        }
        if field.ascending {
            members.push(("ascending", true.to_string()));
        }
        if !field.path.is_empty() {
            members.push(("path", list(&field.path, |key| string(key))));
        }
        if let Some(Whole { ty, optional, absent }) = &field.whole {
            let whole = [
                ("type", self.ty(*ty, &[Part::Accepts])),
                ("optional", optional.to_string()),
                ("absent", self::absent(absent)),
            ];
            members.push(("whole", object(whole)));
        }
        object(members)
    }
}

fn absent(absent: &Absent) -> String {
    match absent {
        Absent::Refused => string("refused"),
        Absent::None => string("none"),
        Absent::Default => string("default"),
        Absent::Literal(value) => object([("literal", literal(value))]),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Text(value) => string(value),
    }
}

fn table(table: &Table) -> String {
    object([("schema", string(&table.schema)), ("name", string(&table.name))])
}

fn tagging(tagging: &Tagging) -> String {
    match tagging {
        Tagging::External => object([("form", string("external"))]),
        Tagging::Internal { tag } => object([("form", string("internal")), ("tag", string(tag))]),
        Tagging::Separate { column } => object([("form", string("separate")), ("column", string(column))]),
        Tagging::Adjacent { tag, content } => {
            object([("form", string("adjacent")), ("tag", string(tag)), ("content", string(content))])
        }
    }
}

fn constraint(constraint: &Constraint) -> String {
    let over = |kind: &str, columns: &[String]| {
        object([("kind", string(kind)), ("columns", list(columns, |one| string(one)))])
    };
    match constraint {
        Constraint::Check { expression, .. } => {
            object([("kind", string("check")), ("expression", string(expression))])
        }
        Constraint::Unique { columns, .. } => over("unique", columns),
        Constraint::Index { columns, .. } => over("index", columns),
    }
}
