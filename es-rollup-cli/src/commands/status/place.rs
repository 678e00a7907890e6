//! Where a database is in a chain of migrations.

use es_rollup_core::migrations::Chain;

/// Where the database is in the chain of migrations.
pub(super) enum Place<'a> {
    /// At its end.
    Ready,
    /// Before these migrations.
    Behind(Vec<&'a str>),
    /// Nowhere in it.
    Ahead,
    /// The directory has no migration of the rollup.
    NoChain,
}

impl Place<'_> {
    /// In one word, and in a sentence.
    pub(super) fn told(&self) -> (&'static str, String) {
        match self {
            Self::Ready => ("ready", "ready".into()),
            Self::Behind(missing) => ("behind", format!("behind: apply {}", missing.join(", "))),
            Self::Ahead => ("ahead", "ahead: no migration in the directory leads to this model".into()),
            Self::NoChain => ("none", "none of this rollup in the directory".into()),
        }
    }
}

/// The place of a model.
pub(super) fn place<'a>(chains: &'a [Chain], name: &str, fingerprint: &str) -> Place<'a> {
    let Some(chain) = chains.iter().find(|chain| chain.table == name) else { return Place::NoChain };
    let Some(at) = chain.steps.iter().rposition(|step| step.fingerprint == fingerprint) else {
        return Place::Ahead;
    };
    let missing: Vec<&str> = chain.steps.iter().skip(at + 1).map(|step| step.name.as_str()).collect();
    if missing.is_empty() { Place::Ready } else { Place::Behind(missing) }
}
