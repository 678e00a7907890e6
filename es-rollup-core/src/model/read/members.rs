//! Members of JSON objects, each with its place, so that a fault can name it.

use super::super::json::Json;
use std::collections::BTreeMap;

/// Reads values, and notes what is wrong. What is wrong is read as something, so that all faults are found.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) faults: Vec<String>,
}

/// The members of an object that are still to be read.
pub(super) struct Members<'a> {
    pub(super) path: String,
    pub(super) left: BTreeMap<&'a str, &'a Json>,
    /// Whether this is not an object, so that nothing more is said about its members.
    pub(super) broken: bool,
}

/// A value, and where it is.
pub(super) struct At<'a> {
    pub(super) path: String,
    pub(super) json: Option<&'a Json>,
}

impl<'a> Members<'a> {
    /// A member; a fault if it is missing.
    pub(super) fn take(&mut self, reader: &mut Reader, name: &str) -> At<'a> {
        let at = self.maybe(name);
        if at.json.is_none() && !self.broken {
            reader.faults.push(format!("{} is missing", at.path));
        }
        at
    }

    /// A member, if it is there.
    pub(super) fn maybe(&mut self, name: &str) -> At<'a> {
        At { path: format!("{}.{name}", self.path), json: self.left.remove(name) }
    }

    /// All others are unknown.
    pub(super) fn finish(self, reader: &mut Reader) {
        reader.faults.extend(self.left.keys().map(|name| format!("{}.{name} is unknown", self.path)));
    }
}

impl Reader {
    pub(super) fn wrong(&mut self, at: &At<'_>, expected: &str) {
        if let Some(json) = at.json {
            self.faults.push(format!("{} is {}; expected {expected}", at.path, json.words()));
        }
    }

    pub(super) fn text(&mut self, at: &At<'_>) -> String {
        match at.json {
            Some(Json::Text(text)) => return text.clone(),
            _ => self.wrong(at, "a text"),
        }
        String::new()
    }

    pub(super) fn flag(&mut self, at: &At<'_>) -> bool {
        match at.json {
            Some(Json::Bool(flag)) => return *flag,
            _ => self.wrong(at, "true or false"),
        }
        false
    }

    /// A text, or null.
    pub(super) fn optional(&mut self, at: &At<'_>) -> Option<String> {
        if matches!(at.json, Some(Json::Null)) { None } else { Some(self.text(at)) }
    }

    pub(super) fn list<'a>(&mut self, at: &At<'a>) -> Vec<At<'a>> {
        match at.json {
            Some(Json::List(items)) => {
                let item = |(nth, json)| At { path: format!("{}[{nth}]", at.path), json: Some(json) };
                return items.iter().enumerate().map(item).collect();
            }
            _ => self.wrong(at, "a list"),
        }
        Vec::new()
    }

    pub(super) fn texts(&mut self, at: &At<'_>) -> Vec<String> {
        self.list(at).iter().map(|item| self.text(item)).collect()
    }

    pub(super) fn object<'a>(&mut self, at: At<'a>) -> Members<'a> {
        let broken = !matches!(at.json, Some(Json::Object(_)));
        let left = self.members(&at).into_iter().collect();
        Members { path: at.path, left, broken }
    }

    /// The members of an object in order.
    pub(super) fn members<'a>(&mut self, at: &At<'a>) -> Vec<(&'a str, &'a Json)> {
        match at.json {
            Some(Json::Object(members)) => {
                return members.iter().map(|(name, json)| (name.as_str(), json)).collect();
            }
            _ => self.wrong(at, "an object"),
        }
        Vec::new()
    }

    /// The members of an object in order, each with its name.
    pub(super) fn each<'a>(&mut self, at: &At<'a>) -> Vec<(&'a str, At<'a>)> {
        let members = self.members(at).into_iter();
        members
            .map(|(name, json)| (name, At { path: format!("{}.{name}", at.path), json: Some(json) }))
            .collect()
    }

    /// One of several values by its name.
    pub(super) fn word<T: Copy, const N: usize>(
        &mut self,
        at: &At<'_>,
        all: &[T; N],
        key: impl Fn(T) -> &'static str,
    ) -> T {
        self.one(at, &all.map(|value| (key(value), value)))
    }

    /// One of several values by its name.
    pub(super) fn one<T: Clone>(&mut self, at: &At<'_>, all: &[(&str, T)]) -> T {
        if let Some(Json::Text(text)) = at.json {
            if let Some((_, found)) = all.iter().find(|(name, _)| name == text) {
                return found.clone();
            }
            let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            self.faults.push(format!("{} is {text:?}; expected one of {}", at.path, names.join(", ")));
        } else {
            self.wrong(at, "a text");
        }
        all[0].1.clone()
    }
}
