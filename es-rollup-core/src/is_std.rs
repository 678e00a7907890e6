//! Checks that a type's name refers to the standard library's type.

/// Implemented by every type, but only with itself as `Std`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the standard library's `{Std}`, although it has the same name",
    label = "rename the type, or write its path here",
    note = "for example, write `crate::…` or `self::…`"
)]
pub trait IsStd<Std: ?Sized> {}

impl<T: ?Sized> IsStd<T> for T {}

/// Compiles only if the type is the standard library's.
pub const fn is_std<T: IsStd<Std> + ?Sized, Std: ?Sized>() {}
