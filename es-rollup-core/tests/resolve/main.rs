//! Declarations without a macro: the model that they become, and what is said about wrong ones.

mod faults;
mod random;
mod support;
mod users;
