//! Faults in declarations, each with the place where it is.

use crate::emit::ended_quote;

/// Where something is written. Only the caller knows what the number means: the derive has a span for each, a test may
/// count the words that it declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub usize);

/// Something that is wrong with declarations: where, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The smallest part that has to be edited.
    pub mark: Mark,
    /// In lower case, one sentence: what is wrong, then `;` and what to write instead.
    pub message: String,
}

/// All faults so far, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, mark: Mark, message: impl Into<String>) {
        self.0.push(Fault { mark, message: message.into() });
    }

    /// Text that an SQL literal in a dollar-quoted body cannot contain.
    pub(super) fn text(&mut self, mark: Mark, text: &str) {
        if let Some(has) = unquotable(text) {
            self.add(mark, format!("a name in the payload cannot contain {has}; choose another name"));
        }
    }

    /// The same text in a literal of an attribute.
    pub(super) fn literal(&mut self, mark: Mark, literal: &crate::model::Literal) {
        use crate::model::Literal;
        let has = match literal {
            Literal::Text(text) => unquotable(text),
            Literal::Bool(_) | Literal::Integer(_) => None,
        };
        if let Some(has) = has {
            self.add(mark, format!("a string in an attribute cannot contain {has}; use another string, or set the column from a field"));
        }
    }
}

/// What makes a text unfit for an SQL literal in a dollar-quoted body, in words that follow "cannot contain".
pub fn unquotable(text: &str) -> Option<String> {
    Some(if let Some(tag) = ended_quote(text) {
        format!("`{tag}`, which quotes the emitted SQL")
    } else if text.chars().any(char::is_control) {
        "a control character".into()
    } else if text.contains('\\') {
        "a backslash".into()
    } else {
        return None;
    })
}

/// The name that was probably intended, if one is similar.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

/// Lists names for a message: `` `a`, `b` ``.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
