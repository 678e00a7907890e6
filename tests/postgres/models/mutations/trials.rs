//! What mutations are tried on: models with streams, the same in every run.

use super::super::check::check;
use super::super::generate::{self, Dice};
use super::super::installed::Installed;
use super::super::palette::TYPES;
use super::super::streams::{self, Case};
use super::super::subject::Subject;
use super::super::tally::Tally;
use super::super::{cases, sweep};
use super::Mutation;
use crate::layout::OTHERWISE;
use crate::support::run;
use es_rollup_core::emit::qualified;
use es_rollup_core::model::Tagging;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sqlx::PgPool;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

/// Random models a tagging; two in four have a row trigger.
const RANDOM: usize = 12;

/// Cases of each, of three streams on average.
const CASES: usize = 24;

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The n-th random model of the n-th tagging.
    Random(usize, usize),
    /// The sweep of the n-th type.
    Swept(usize),
    /// The same in a database that orders text otherwise.
    OrderedOtherwise(usize),
    /// Thousands of entities, of the n-th type.
    Crowd(usize),
}

/// A model and its streams, made once they are needed.
pub(super) struct Trial {
    kind: Kind,
    made: OnceCell<Made>,
}

struct Made {
    subject: Subject,
    migration: String,
    revert: String,
    cases: OnceCell<Vec<Case>>,
}

/// All trials, those first that notice most in little time.
pub(super) fn all() -> impl Iterator<Item = Trial> {
    let random = (0..RANDOM).flat_map(|number| (0..4).map(move |tagging| Kind::Random(number, tagging)));
    let swept = (0..TYPES.len()).map(Kind::Swept);
    let named = |wanted: &'static str| (0..TYPES.len()).filter(move |at| TYPES[*at].name == wanted);
    let otherwise = named("String").map(Kind::OrderedOtherwise);
    let crowds = named("u64").map(Kind::Crowd);
    let kinds = random.chain(swept).chain(otherwise).chain(crowds);
    kinds.map(|kind| Trial { kind, made: OnceCell::new() })
}

impl Trial {
    fn made(&self) -> &Made {
        self.made.get_or_init(|| {
            let subject = match self.kind {
                Kind::Random(number, tagging) => {
                    let config = Config { rng_seed: seed(number, tagging), ..Config::default() };
                    let tagging = match tagging {
                        0 => Tagging::Internal { tag: "type".into() },
                        1 => Tagging::Adjacent { tag: "kind".into(), content: "data".into() },
                        2 => Tagging::External,
                        _ => Tagging::Separate { column: OTHERWISE.event_type.into() },
                    };
                    generate::subject(number, tagging, &mut Dice(TestRunner::new(config).rng()))
                }
                Kind::Swept(number) | Kind::OrderedOtherwise(number) | Kind::Crowd(number) => {
                    sweep::subject(number, &TYPES[number])
                }
            };
            let (migration, revert) = (subject.migration(), subject.revert());
            Made { subject, migration, revert, cases: OnceCell::new() }
        })
    }

    fn cases(&self) -> &[Case] {
        let Made { subject, cases, .. } = self.made();
        cases.get_or_init(|| match self.kind {
            Kind::Random(number, tagging) => {
                let config = Config { rng_seed: seed(number, tagging), ..Config::default() };
                let mut runner = TestRunner::new(config);
                let strategy = streams::cases(subject);
                let case = |_| strategy.new_tree(&mut runner).expect("a case").current();
                (0..CASES).map(case).collect()
            }
            Kind::Swept(number) | Kind::OrderedOtherwise(number) => cases::cases(subject, number),
            Kind::Crowd(number) => vec![cases::crowd(subject, number)],
        })
    }

    pub(super) fn is_ordered_otherwise(&self) -> bool {
        matches!(self.kind, Kind::OrderedOtherwise(_))
    }

    /// Whether the mutation makes another of its migrations.
    pub(super) fn is_changed_by(&self, mutation: &Mutation) -> bool {
        let Made { migration, revert, .. } = self.made();
        [migration, revert].into_iter().any(|sql| matches!(mutation.applied(sql), Cow::Owned(_)))
    }

    /// Installs, inserts, compares and takes away; says what is wrong, if anything is.
    pub(super) async fn run(&self, pool: &PgPool, mutation: Option<&Mutation>) -> Result<(), String> {
        let Made { subject, migration, revert, .. } = self.made();
        let mutated = |sql: &'_ String| mutation.map_or(sql.clone(), |one| one.applied(sql).into_owned());
        let outcome = match Installed::with(pool, subject, mutated(migration)).await {
            Ok(installed) => self.compared(pool, &installed, &mutated(revert)).await,
            Err(reason) => Err(reason),
        };
        // Whatever is left.
        run(pool, revert).await.expect("the rollup is taken away");
        let drop = format!("DROP TABLE {}", qualified(&subject.model.store.table));
        run(pool, &drop).await.expect("the event table is dropped");
        outcome
    }

    async fn compared(&self, pool: &PgPool, installed: &Installed<'_>, revert: &str) -> Result<(), String> {
        installed.has_expected_columns(pool).await?;
        let mut tally = Tally::default();
        for case in self.cases() {
            check(pool, installed, case, &mut tally).await.map_err(|error| error.to_string())?;
        }
        installed.leaves_no_trace(pool, revert).await
    }
}

fn seed(number: usize, tagging: usize) -> RngSeed {
    RngSeed::Fixed((number * 4 + tagging) as u64)
}

impl fmt::Display for Trial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trigger = self.made().subject.model.trigger;
        match self.kind {
            Kind::Random(number, tagging) => {
                let tagging = ["internal", "adjacent", "external", "separate"][tagging];
                write!(out, "random model {number}, {tagging} tag, {trigger:?} trigger")
            }
            Kind::Swept(number) => write!(out, "sweep of {}, {trigger:?} trigger", TYPES[number].name),
            Kind::OrderedOtherwise(number) => write!(out, "sweep of {} under ICU", TYPES[number].name),
            Kind::Crowd(_) => write!(out, "thousands of entities"),
        }
    }
}
