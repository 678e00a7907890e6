//! Declarations without a macro: the model that they become, and what is said about wrong ones.

mod docs;
mod faults;
mod former;
mod random;
mod support;
mod users;
mod views;
