//! What `toggle` flips.

/// A value that `toggle` flips: `bool`.
#[diagnostic::on_unimplemented(
    message = "`toggle` needs a `bool`, which `{Self}` is not",
    label = "change the type to `bool`, or use another column"
)]
pub trait Flag: Sized {
    /// The opposite; no value counts as false.
    fn toggled(current: Option<&Self>) -> Self;
}

impl Flag for bool {
    #[inline]
    fn toggled(current: Option<&Self>) -> Self {
        !matches!(current, Some(true))
    }
}
