//! Strings in attributes: text, or the name of an enum's value.

/// The type of a column that `#[rollup(set(column = "…"))]` can set.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set to a string in an attribute",
    note = "a string can set a column of type `String`, or of an enum without data that has `#[derive(es_rollup::SqlType)]`"
)]
pub trait FromText {
    /// The texts that are valid values; `None` if any text is.
    const TEXTS: Option<&'static [&'static str]>;

    /// The value that serde would read from the text.
    fn from_text(text: &'static str) -> Self;
}

impl FromText for String {
    const TEXTS: Option<&'static [&'static str]> = None;

    #[inline]
    fn from_text(text: &'static str) -> Self {
        text.into()
    }
}

/// Whether the text is one of the valid texts.
#[doc(hidden)]
pub const fn is_text_of(texts: Option<&[&str]>, text: &str) -> bool {
    let Some(texts) = texts else { return true };
    let mut at = 0;
    while at < texts.len() {
        if equal(texts[at], text) {
            return true;
        }
        at += 1;
    }
    false
}

pub(crate) const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
