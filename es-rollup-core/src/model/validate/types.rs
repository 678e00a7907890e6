//! The types of a model are complete, and what refers to a type refers to one of them.

use super::faults::Faults;
use crate::SqlType as _;
use crate::emit::ended_quote;
use crate::model::{Entry, Model, Need, Type, TypeTexts};

impl Faults {
    pub(super) fn types(&mut self, model: &Model) {
        for (ty, entry) in model.types.iter() {
            match entry {
                Entry::Known(texts) => self.texts(&format!("type t{}", ty.0 + 1), texts),
                Entry::Hole => {}
            }
        }
    }

    fn texts(&mut self, what: &str, texts: &TypeTexts) {
        let TypeTexts { name, accepts, read, write, expects, default, number, order, values, .. } = texts;
        let some = [write, default, number, order, values].into_iter().flatten();
        for text in [name, accepts, read, expects].into_iter().chain(some) {
            if text.chars().any(char::is_control) || ended_quote(text).is_some() {
                self.add(format!("{what}: the text {text:?} cannot be emitted in SQL"));
            }
        }
        if name.is_empty() {
            self.add(format!("{what} has no name"));
        }
    }

    /// A reference to a type.
    pub(super) fn ty(&mut self, model: &Model, what: &str, ty: Type) {
        if model.types.get(ty).is_none() {
            self.add(format!("{what} has type t{}, which does not exist", ty.0 + 1));
        }
    }
}

/// What an operation may require of a type.
#[derive(Clone, Copy)]
pub(super) enum Ability {
    Default,
    Number,
    Order,
    Equality,
    Boolean,
}

impl Ability {
    pub(super) const fn of(need: Need) -> Self {
        match need {
            Need::Number => Self::Number,
            Need::Order => Self::Order,
            Need::Equality => Self::Equality,
            Need::Boolean => Self::Boolean,
        }
    }
}

/// Whether the type has the ability. For a type that only the compiler knows, the compiler checks it.
pub(super) fn can(model: &Model, ty: Type, ability: Ability) -> bool {
    model.types.texts(ty).is_none_or(|texts| match ability {
        Ability::Default => texts.default.is_some(),
        Ability::Number => texts.number.is_some(),
        Ability::Order => texts.order.is_some(),
        Ability::Equality => texts.equality,
        Ability::Boolean => texts.name == bool::SQL.name.to_string(),
    })
}
