//! Views in the Rust fold: which row an event means, what it does to it, and in which order it is refused.

mod elements;
mod emptying;
mod keys;
mod model;
mod order;
mod random;
mod rows;
mod support;
mod torn;
