//! A small notation for declarations. Marks are counted, so that each part has its own.

use es_rollup_core::SqlType;
use es_rollup_core::model::{Absent, Literal, Place, Shape, Tagging, Trigger, TypeTexts};
use es_rollup_core::resolve::{
    Collection, Declarations, DeclaredField, DeclaredVariant, DeclaredView, Fault, InView, Mark, Marked,
    RustType, RustTypes, TypeAt, Word, WordValue, resolve,
};

/// An enum that is being declared.
pub(crate) struct Draft {
    pub(crate) declarations: Declarations,
    /// What each mark is at, for tests that look for it.
    pub(crate) places: Vec<String>,
}

impl Draft {
    /// `UserEvent` over `user_events`, with ids of type `i64` and tagged by `type`.
    pub(crate) fn new() -> Self {
        let plain =
            |(spelling, sql)| RustType { sql: Some(sql), ..RustType::plain(spelling, Mark::default()) };
        let time = RustType::plain("Time", Mark::default());
        let [boolean, integer, text] = [
            ("bool", TypeTexts::of(bool::SQL)),
            ("i64", TypeTexts::of(i64::SQL)),
            ("String", TypeTexts::of(String::SQL)),
        ]
        .map(plain);
        let types = RustTypes::new([boolean, integer, text, time]);
        let id = types.standard().integer;
        Self {
            declarations: Declarations {
                name: Marked::new("UserEvent".into(), Mark::default()),
                tagging: Tagging::Internal { tag: "type".into() },
                events: Some(Marked::new("user_events".into(), Mark::default())),
                id: Some(id),
                table: None,
                trigger: Trigger::Statement,
                history: None,
                archive: None,
                words: Vec::new(),
                views: Vec::new(),
                variants: Vec::new(),
                types,
                mistaken: false,
            },
            places: vec!["the enum".into()],
        }
    }

    pub(crate) fn mark(&mut self, what: &str) -> Mark {
        self.places.push(what.into());
        Mark(self.places.len() - 1)
    }

    /// A type of the standard library, or an `Option` or a collection of one; any other type is left to the compiler.
    pub(crate) fn ty(&mut self, spelling: &str) -> TypeAt {
        let mark = self.mark(spelling);
        let mut ty = RustType::plain(spelling, mark);
        let inside = |of: &str| spelling.strip_prefix(of)?.strip_prefix('<')?.strip_suffix('>');
        if let Some(inner) = inside("Option") {
            ty.option = Some(self.ty(inner));
        }
        let collections =
            [("Vec", Collection::Vec), ("VecDeque", Collection::Ordered), ("BTreeSet", Collection::Set)];
        for (name, collection) in collections {
            if let Some(inner) = inside(name) {
                ty.elements = Some((collection, self.ty(inner)));
            }
        }
        ty.sql = match spelling {
            "bool" => Some(TypeTexts::of(bool::SQL)),
            "i32" => Some(TypeTexts::of(i32::SQL)),
            "i64" => Some(TypeTexts::of(i64::SQL)),
            "f64" => Some(TypeTexts::of(f64::SQL)),
            "String" => Some(TypeTexts::of(String::SQL)),
            "Uuid" => Some(TypeTexts::of(uuid::Uuid::SQL)),
            _ => None,
        };
        self.declarations.types.add(ty)
    }

    /// Words on the enum, such as `at = "changed_at", index(role)`.
    pub(crate) fn on_enum(mut self, words: &[&str]) -> Self {
        let words = words.iter().flat_map(|group| self.words(group, 0, Place::Enum)).collect();
        self.declarations.words = words;
        self
    }

    /// A view, with words such as `key(item), index(size)`.
    pub(crate) fn view(mut self, name: &str, words: &str) -> Self {
        let name = Marked::new(name.into(), self.mark(name));
        let words = self.words(words, 0, Place::View);
        self.declarations.views.push(DeclaredView { name, words });
        self
    }

    /// A variant with its words and its fields: name, type, words. The words of each text are in one pair of brackets.
    pub(crate) fn variant(mut self, name: &str, words: &[&str], fields: &[(&str, &str, &str)]) -> Self {
        let mark = self.mark(name);
        let (words, in_views) = self.with_views(words, Place::Variant);
        let fields = fields
            .iter()
            .map(|(name, spelling, words)| {
                let whole = self.ty(spelling);
                let option = self.declarations.types.get(whole).option;
                let (words, in_views) = self.with_views(&[words], Place::Field);
                DeclaredField {
                    name: Some((*name).into()),
                    words,
                    in_views,
                    mistaken: false,
                    ty: option.unwrap_or(whole),
                    optional: option.is_some(),
                    keys: vec![(*name).into()],
                    absent: if option.is_some() { Absent::None } else { Absent::Refused },
                    left_out: false,
                }
            })
            .collect();
        self.declarations.variants.push(DeclaredVariant {
            name: Marked::new(name.into(), mark),
            wire: vec![snake(name)],
            other: false,
            shape: Shape::Struct,
            words,
            in_views,
            fields,
        });
        self
    }

    /// The last variant represents every unknown event.
    pub(crate) fn other(mut self) -> Self {
        let last = self.declarations.variants.last_mut().expect("a variant");
        (last.other, last.shape) = (true, Shape::Unit);
        self
    }

    /// The words of texts outside of views, and those in the brackets of each view.
    fn with_views(&mut self, texts: &[&str], place: Place) -> (Vec<Word>, Vec<InView>) {
        let names: Vec<String> = self.declarations.views.iter().map(|view| view.name.is.clone()).collect();
        let mut in_views = vec![InView::default(); names.len()];
        let mut outside = Vec::new();
        for (group, text) in texts.iter().enumerate() {
            for one in split(text) {
                let of_view = one.split_once('(').and_then(|(name, inside)| {
                    Some((names.iter().position(|view| view == name)?, inside.strip_suffix(')')?))
                });
                let Some((view, inside)) = of_view else {
                    outside.extend(self.words(one, group, place));
                    continue;
                };
                let group = in_views[view].words.last().map_or(0, |last| last.group + 1);
                let words = self.words(inside, group, place.in_view().expect("a place of views"));
                in_views[view].words.extend(words);
            }
        }
        (outside, in_views)
    }

    /// The words of a text, separated by commas. Keys may be anywhere; what does not belong there is a fault.
    fn words(&mut self, text: &str, group: usize, place: Place) -> Vec<Word> {
        split(text)
            .into_iter()
            .map(|one| {
                let mark = self.mark(one);
                let end = one.find([' ', '(']).unwrap_or(one.len());
                let (name, rest) = (&one[..end], one[end..].trim());
                let value = self.value(name, rest, mark);
                let word = Word::new(name, place, value.clone(), mark);
                let elsewhere = |_: Fault| {
                    let places = [Place::Enum, Place::Variant, Place::Field, Place::Context];
                    let of_views = [Place::View, Place::ViewVariant, Place::ViewField, Place::ViewContext];
                    places
                        .into_iter()
                        .chain(of_views)
                        .find_map(|place| Word::new(name, place, value.clone(), mark).ok())
                };
                let word = word.or_else(|fault| elsewhere(fault).ok_or(()));
                Word { group, ..word.unwrap_or_else(|()| panic!("no key has the form of `{one}`")) }
            })
            .collect()
    }

    fn value(&mut self, name: &str, rest: &str, mark: Mark) -> WordValue {
        let text = |rest: &str| rest.strip_prefix('"')?.strip_suffix('"').map(String::from);
        let literal = |rest: &str| match (rest, text(rest)) {
            ("true", _) => Literal::Bool(true),
            ("false", _) => Literal::Bool(false),
            (_, Some(text)) => Literal::Text(text),
            (number, None) => Literal::Integer(number.parse().expect("a literal")),
        };
        if let Some(rest) = rest.strip_prefix('=').map(str::trim) {
            return match (name, text(rest)) {
                ("as", _) => WordValue::Type(self.ty(rest)),
                ("default", _) => WordValue::Literal(Marked::new(literal(rest), mark)),
                (_, Some(text)) => WordValue::Text(Marked::new(text, mark)),
                (_, None) => panic!("`{rest}` is not a string"),
            };
        }
        let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
            return WordValue::None;
        };
        if name == "context" {
            return WordValue::Words { words: self.words(inside, 0, Place::Context), mistaken: false };
        }
        let pairs = || {
            split(inside).into_iter().map(move |pair| {
                let (name, value) = pair.split_once('=').expect("`=`");
                (Marked::new(name.trim().to_string(), mark), value.trim())
            })
        };
        match name {
            "check" => {
                let text = |value| Marked::new(text(value).expect("a string"), mark);
                WordValue::Expressions(pairs().map(|(name, value)| (name, text(value))).collect())
            }
            "set" => {
                let literal = |value| Marked::new(literal(value), mark);
                WordValue::Assignments(pairs().map(|(name, value)| (name, literal(value))).collect())
            }
            _ => WordValue::Names(
                split(inside).into_iter().map(|name| Marked::new(name.to_string(), mark)).collect(),
            ),
        }
    }

    /// The messages, each with the text at its mark.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faults = resolve(&self.declarations).err().unwrap_or_default();
        faults.iter().map(|fault| format!("{}: {}", self.places[fault.mark.0], fault.message)).collect()
    }
}

/// At the commas that are not in brackets or in a string.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start, mut parts) = (0, false, 0, Vec::new());
    for (at, one) in text.char_indices() {
        match one {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// `RoleGranted` as `role_granted`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for one in name.chars() {
        if one.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(one.to_ascii_lowercase());
    }
    snake
}
