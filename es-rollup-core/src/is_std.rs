//! Whether a name stands for the type of the standard library that is called so.

/// Is implemented for each type alone with itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the `{Std}` of the standard library, though it is called so",
    label = "a type of another name than the standard library's, or one with its path",
    note = "write the path to it: `crate::…`, `self::…`"
)]
pub trait IsStd<Std: ?Sized> {}

impl<T: ?Sized> IsStd<T> for T {}

/// Compiles where the type is the one of the standard library.
pub const fn is_std<T: IsStd<Std> + ?Sized, Std: ?Sized>() {}
