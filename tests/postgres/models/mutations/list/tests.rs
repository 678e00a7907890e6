//! What the comparison cannot meet, with the test that notices it.

mod installation;
mod log;
mod statements;

use super::super::Mutation;

pub(in super::super) const BY_TESTS: [&[(Mutation, &str)]; 3] =
    [installation::ALL, log::ALL, statements::ALL];
