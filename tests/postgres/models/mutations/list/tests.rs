//! What the comparison cannot meet, with the test that notices it.

mod archived;
mod edited;
mod installation;
mod log;
mod many;
mod statements;

use super::super::Mutation;

pub(in super::super) const BY_TESTS: [&[(Mutation, &str)]; 6] =
    [archived::ALL, edited::ALL, installation::ALL, log::ALL, many::ALL, statements::ALL];
