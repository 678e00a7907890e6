//! What a change could forget: each is planted into what a database has to do, and noticed by some history.

use es_rollup_core::evolve::{Alteration, Touched};

/// Something that a change could forget.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// To fold anything again.
    Touched,
    /// To fold the entities again that have an event of one of the types.
    OneType,
    /// To refuse stored events that the new model does not know.
    Unknown,
    /// To refuse what means something else to events that are archived.
    Archived,
    /// That rows of both models cannot be in the tables at once.
    Unfillable,
    Created,
    Dropped,
    /// That a column is the one that had another name: it is a new one then.
    Renamed,
    RenamedTable,
    RenamedConstraints,
    Added,
    Removed,
    Retyped,
    Relisted,
    Loosened,
    Tightened,
    Unconstrained,
    Constrained,
}

impl Fault {
    pub(super) const ALL: [Self; 18] = [
        Self::Touched,
        Self::Unknown,
        Self::Created,
        Self::Dropped,
        Self::Renamed,
        Self::RenamedTable,
        Self::RenamedConstraints,
        Self::Added,
        Self::Removed,
        Self::Retyped,
        Self::Relisted,
        Self::Loosened,
        Self::Tightened,
        Self::Unconstrained,
        Self::Constrained,
        Self::Unfillable,
        Self::Archived,
        Self::OneType,
    ];

    /// The alteration without it.
    pub(super) fn plant(self, alteration: &mut Alteration) {
        let Alteration { tables, created, dropped, unknown, touched, archived, fillable } = alteration;
        match self {
            Self::Touched => *touched = Touched::Nobody,
            Self::OneType => {
                if let Touched::Among(tags) = touched {
                    tags.remove(0);
                }
            }
            Self::Unknown => *unknown = None,
            Self::Archived => *archived = Touched::Nobody,
            Self::Unfillable => *fillable = true,
            Self::Created => created.clear(),
            Self::Dropped => dropped.clear(),
            Self::Renamed => tables.iter_mut().for_each(|table| table.renamed.clear()),
            Self::RenamedTable => tables.iter_mut().for_each(|table| table.table = None),
            Self::RenamedConstraints => {
                for table in tables {
                    table.renamed_constraints.clear();
                }
            }
            Self::Added => tables.iter_mut().for_each(|table| table.added.clear()),
            Self::Removed => tables.iter_mut().for_each(|table| table.removed.clear()),
            Self::Retyped => tables.iter_mut().for_each(|table| table.retyped.clear()),
            Self::Relisted => tables.iter_mut().for_each(|table| table.relisted.clear()),
            Self::Loosened => tables.iter_mut().for_each(|table| table.loosened.clear()),
            Self::Tightened => tables.iter_mut().for_each(|table| table.tightened.clear()),
            Self::Unconstrained => tables.iter_mut().for_each(|table| table.unconstrained.clear()),
            Self::Constrained => tables.iter_mut().for_each(|table| table.constrained.clear()),
        }
    }
}
