//! What the comparison cannot meet, with the test that notices it.

mod archived;
mod chosen;
mod edited;
mod installation;
mod log;
mod many;
mod plain;
mod statements;

use super::super::Mutation;

pub(in super::super) const BY_TESTS: [&[(Mutation, &str)]; 8] = [
    archived::ALL,
    chosen::ALL,
    edited::ALL,
    installation::ALL,
    log::ALL,
    many::ALL,
    plain::ALL,
    statements::ALL,
];
