//! The command `es-rollup`, run as a process on a real PostgreSQL. Each test has a database of its own.

mod enums;
mod filling;
mod generating;
mod mistakes;
mod models;
mod page;
mod place;
mod rehearsing;
mod rights;
mod status;
mod terminal;
mod verifying;
