//! Turns a model into SQL: plain functions from [`Model`] to text.
//!
//! `names` says what everything is called, `step` what an event does; `apply` (the statement trigger), `each` (the
//! row trigger) and `catch_up` (history) hold the step, `write` is how they write a row, `guarded` what is different
//! where somebody else has put constraints on it. `relation` says whose rows the triggers take. `ordinary` is the short
//! way that both triggers try first with a single event. Text is the same, byte for byte, for the same model: a
//! migration's identity is its bytes.

mod apply;
mod catch_up;
mod change;
mod constraints;
mod describe;
mod each;
mod explain;
mod guarded;
mod history;
mod names;
mod ordinary;
mod preflight;
mod refuse;
mod relation;
mod replica;
mod revert;
mod step;
mod table;
mod text;
mod trigger;
mod write;

use crate::Fingerprint;
use crate::model::{Model, Part, Trigger, View};
pub use names::{LONGEST_SUFFIX, RESERVED_PREFIX};
pub use text::{DOLLAR_TAG, Piece, pieces};

/// The migration that creates one view and folds the existing events.
///
/// Its [`Piece::Fingerprint`] is the fingerprint of the model's [`meaning`]. That way, a release that only rewords the
/// SQL can be applied over an older one.
pub fn migration(model: &Model, view: &View) -> Vec<Piece> {
    let mut parts = vec![
        preflight::preflight(model, view),
        table::table(model, view),
        table::model(model, view),
        refuse::refuse(model, view),
        guarded::guarded(model, view),
    ];
    match view.trigger {
        Trigger::Statement => parts.extend([
            catch_up::catch_up(model, view),
            apply::apply(model, view),
            table::truncate(model, view),
            trigger::trigger(model, view),
        ]),
        Trigger::Row => parts.extend([
            relation::leaves(model, view),
            catch_up::catch_up(model, view),
            each::each(model, view),
            replica::function(model, view),
            table::truncate(model, view),
            trigger::trigger(model, view),
            replica::trigger(model, view),
        ]),
    }
    parts.push(history::history(model, view));
    pieces(&parts.join("\n"))
}

/// The migration that removes one view.
pub fn revert(model: &Model, view: &View) -> Vec<Piece> {
    pieces(&revert::revert(model, view))
}

/// What each event does to each column, as a Markdown table.
pub fn explanation(model: &Model, view: &View) -> Vec<Piece> {
    pieces(&explain::explain(model, view))
}

/// The model as JSON, including all SQL text of its types.
pub fn description(model: &Model) -> Vec<Piece> {
    pieces(&describe::describe(model))
}

/// The part of the model that its fingerprint covers; see [`fingerprint`].
pub fn meaning(model: &Model) -> Vec<Piece> {
    pieces(&describe::meaning(model))
}

/// The fingerprint of the pieces of [`meaning`]. Each piece is hashed on its own and the hashes are then combined in
/// order, so that the compiler can hash the pieces that only it knows. `of_type` gives the fingerprint of a part of a
/// type.
pub fn fingerprint(pieces: &[Piece], of_type: impl Fn(usize, Part) -> Fingerprint) -> Fingerprint {
    pieces.iter().fold(Fingerprint::START, |all, piece| match piece {
        Piece::Text(text) => all.and(Fingerprint::START.with(text)),
        Piece::Type(slot, part) => all.and(of_type(*slot, *part)),
        Piece::If(..) | Piece::Fingerprint => unreachable!("the meaning contains neither"),
    })
}

/// A table's quoted and qualified name, for messages and queries.
pub fn qualified(table: &crate::model::Table) -> String {
    names::qualified(table)
}

#[cfg(test)]
mod tests {
    use super::{Piece, migration, revert};
    use crate::SqlType;
    use crate::model::{
        Absent, Column, Constraint, Field, Kind, Model, Operation, Origin, Row, Shape, Source, Step, Store,
        Table, Tagging, Transition, Trigger, Type, Variant, View,
    };

    /// A model with everything that reads the event table, which has names of its own for all of its columns.
    fn named_otherwise(trigger: Trigger) -> Model {
        let field = |origin, key: &str| Field {
            name: key.into(),
            origin,
            keys: vec![key.into()],
            whole: None,
            ascending: false,
            path: Vec::new(),
            ty: Type::known(<i64 as SqlType>::SQL),
            many: false,
            optional: false,
            absent: Absent::Refused,
        };
        let variant = |name: &str, fields| Variant {
            name: name.into(),
            wire: vec![name.into()],
            other: false,
            shape: Shape::Struct,
            fields,
        };
        let step = |column, operation, source| Step { column, operation, source };
        let column = |name: &str, ty, kind| Column { name: name.into(), ty, kind, nullable: true };
        let number = || Type::known(<i64 as SqlType>::SQL);
        let store = Store {
            table: Table::parse("log"),
            id: "stream".into(),
            id_type: number(),
            sequence: "position".into(),
            payload: "body".into(),
            recorded_at: "written".into(),
            context: Some("beside".into()),
        };
        let steps = vec![
            step(0, Operation::Increment, Source::Field(0)),
            step(1, Operation::Set, Source::Sequence),
            step(2, Operation::Set, Source::Field(1)),
        ];
        let view = View {
            table: Table::parse("kept"),
            columns: vec![
                column("balance", number(), Kind::Counter),
                column("moved_in", number(), Kind::Value),
                column("actor", number(), Kind::Value),
            ],
            transitions: vec![
                Transition { row: Row::Create, steps: Vec::new() },
                Transition { row: Row::Change, steps },
                Transition { row: Row::Delete, steps: Vec::new() },
            ],
            trigger,
            constraints: vec![Constraint::Check { name: "sane".into(), expression: "balance >= 0".into() }],
        };
        let fields = vec![field(Origin::Payload, "amount"), field(Origin::Context, "actor")];
        Model {
            event: "E".into(),
            store,
            tagging: Tagging::Internal { tag: "kind".into() },
            variants: vec![
                variant("made", Vec::new()),
                variant("moved", fields),
                variant("gone", Vec::new()),
            ],
            views: vec![view],
        }
    }

    #[test]
    fn no_column_of_the_event_table_is_called_by_another_layouts_name() {
        for trigger in [Trigger::Statement, Trigger::Row] {
            let model = named_otherwise(trigger);
            let text = |pieces: Vec<Piece>| -> String {
                let texts = pieces.into_iter().filter_map(|piece| match piece {
                    Piece::Text(text) => Some(text),
                    Piece::Type(..) | Piece::If(..) | Piece::Fingerprint => None,
                });
                texts.collect()
            };
            let view = &model.views[0];
            let sql = text(migration(&model, view)) + &text(revert(&model, view));
            for record in ["es_event", "e", "NEW"] {
                for column in ["id", "sequence", "event", "recorded_at", "context", "event_type"] {
                    for name in [format!("{record}.{column}"), format!("{record}.\"{column}\"")] {
                        let words =
                            |before: char| !before.is_alphanumeric() && before != '_' && before != '.';
                        let stray = sql.match_indices(&name).find(|(at, _)| {
                            let next = sql[at + name.len()..].chars().next().unwrap_or(' ');
                            sql[..*at].chars().next_back().is_none_or(words)
                                && !(next.is_alphanumeric() || next == '_')
                        });
                        assert_eq!(stray, None, "{name} in {sql}");
                    }
                }
            }
            assert!(sql.contains("e.\"position\""), "{sql}");
        }
    }
}
