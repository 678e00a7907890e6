//! The rules for where a key is written, and with what.

use super::super::declare::{Word, WordValue};
use super::super::fault::Faults;
use super::super::key::Key;
use super::super::meaning::Meaning;
use crate::model::{Form, Place};

/// A key belongs where it is written, and has a value in its form. A parser with better spans reports this earlier.
pub(super) fn check_places(meaning: &Meaning<'_>, faults: &mut Faults) {
    check_words(&meaning.input.words, Place::Enum, faults);
    for view in &meaning.input.views {
        check_words(&view.words, Place::View, faults);
    }
    for variant in &meaning.input.variants {
        check_words(&variant.words, Place::Variant, faults);
        for view in &variant.in_views {
            check_words(&view.words, Place::ViewVariant, faults);
        }
        for field in &variant.fields {
            check_words(&field.words, Place::Field, faults);
            for view in &field.in_views {
                check_words(&view.words, Place::ViewField, faults);
            }
        }
    }
}

fn check_words(words: &[Word], place: Place, faults: &mut Faults) {
    for Word { key, mark, value, .. } in words {
        if !key.is_in(place) {
            faults.add(*mark, Key::misplaced(key.name(), place));
        } else if !value.has(key.spelling.form) {
            faults.add(
                *mark,
                format!("expected {}; write `{}`", key.spelling.form.words(), key.spelling.example),
            );
        }
        if let (WordValue::Words { words, .. }, Form::Keys(inside)) = (value, key.spelling.form) {
            let in_view = if place.outside().is_some() { Place::ViewContext } else { inside };
            check_words(words, in_view, faults);
        }
    }
}
