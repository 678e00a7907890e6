//! What migrations say about themselves, read from a directory, a file or a database. Only reading: the test that writes
//! them is in `es-rollup`.

mod chain;
mod described;
mod directory;
mod file;
mod name;

pub use chain::{Chain, Step, chains, heads};
pub use described::model_in;
pub use directory::{Directory, Found, HEADS, read};
pub use file::{Arrow, Migration, read as read_file};
pub use name::{DOWN, Form, Name, UP};
