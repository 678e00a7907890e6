//! The tables of a rollup: the entity's own row, the rows of its views, and its history.

use super::column::{Column, Held, Typed};
use super::columns::Columns;
use super::compare::{Compared, Comparison, Told};
use super::database::Work;
use super::driver::Driver;
use super::views::{RowPair, ViewColumns};
use crate::{Rollup, SqlType, State};
use serde::Serialize;

/// How the tables of one enum are compared.
#[derive(Debug)]
pub(super) struct Tables {
    root: Comparison,
    views: Vec<Comparison>,
    history: Option<Comparison>,
}

/// The compared rows of an entity in one table.
#[derive(Debug)]
pub(super) struct ComparedRows {
    pub(super) role: Role,
    /// The table, quoted.
    pub(super) table: &'static str,
    pub(super) rows: Vec<Compared>,
}

/// What a table has rows for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Root,
    View,
    History,
}

impl ComparedRows {
    pub(super) fn is_equal(&self) -> bool {
        self.rows.iter().all(Compared::is_equal)
    }
}

impl Tables {
    pub(super) fn new<E: Columns + Rollup<Id: SqlType>>() -> Self {
        let views = E::views().into_iter().map(|ViewColumns { table, parts, columns }| {
            Comparison::new::<E::Id>(table, columns, parts.to_vec())
        });
        Self {
            root: Comparison::new::<E::Id>(E::ROLLUP_TABLE, of_root::<E>(), Vec::new()),
            views: views.collect(),
            history: E::HISTORY.map(|table| Comparison::new::<E::Id>(table, of_root::<E>(), vec!["version"])),
        }
    }

    fn all(&self) -> impl Iterator<Item = (Role, &Comparison)> {
        let views = self.views.iter().map(|view| (Role::View, view));
        let history = self.history.iter().map(|history| (Role::History, history));
        std::iter::once((Role::Root, &self.root)).chain(views).chain(history)
    }

    /// The columns of a state's own row, with their values.
    pub(super) fn held<E: Columns + Rollup<Id: Serialize>>(
        &self,
        state: &E::State,
    ) -> Vec<(&'static str, Held)> {
        self.root.named(values::<E>(state))
    }

    /// What is sent to the database for each table; only empty lists if there is no state.
    #[track_caller]
    pub(super) fn told<E: Columns + Rollup<Id: Serialize>>(
        &self,
        state: Option<&E::State>,
        history: &[Vec<Held>],
    ) -> Vec<Told> {
        let root = state.map(values::<E>);
        let views = state.map(E::rows).unwrap_or_default();
        let mut told = vec![self.root.told(root.as_slice())];
        for (at, view) in self.views.iter().enumerate() {
            told.push(view.told(views.get(at).map_or(&[], Vec::as_slice)));
        }
        if let Some(table) = &self.history {
            told.push(table.told(history));
        }
        told
    }

    /// The rows of an entity in each table, compared with those that were told.
    pub(super) async fn compared<D: Driver>(
        &self,
        work: &mut Work<'_, D>,
        told: &[Told],
        id: &str,
    ) -> Result<Vec<ComparedRows>, String> {
        let mut all = Vec::new();
        for ((role, comparison), told) in self.all().zip(told) {
            let table = comparison.table;
            let rows = comparison.rows(work, told, id).await;
            let rows = rows.map_err(|error| match role {
                Role::Root => error,
                Role::View | Role::History => format!("in {table}: {error}"),
            })?;
            all.push(ComparedRows { role, table, rows });
        }
        Ok(all)
    }

    /// The rows of two states in pairs, as Rust has them.
    pub(super) fn pairs<E: Columns + Rollup<Id: Serialize>>(
        &self,
        one: &E::State,
        other: &E::State,
    ) -> Vec<ComparedRows> {
        let rows =
            |role, of: &Comparison, pairs| ComparedRows { role, table: of.table, rows: of.pairs(pairs) };
        let views = self.views.iter().zip(E::typed_rows(one, other));
        std::iter::once(rows(Role::Root, &self.root, vec![pair::<E>(one, other)]))
            .chain(views.map(|(view, pairs)| rows(Role::View, view, pairs)))
            .collect()
    }

    /// The rows that the history has for two states of one version, as Rust has them.
    pub(super) fn pair_of_history<E: Columns + Rollup<Id: Serialize>>(
        &self,
        one: &E::State,
        other: &E::State,
    ) -> Option<ComparedRows> {
        let history = self.history.as_ref()?;
        let rows = history.pairs(vec![pair::<E>(one, other)]);
        Some(ComparedRows { role: Role::History, table: history.table, rows })
    }
}

/// The columns of the root, which are also those of the history.
fn of_root<E: Columns + Rollup<Id: SqlType>>() -> Vec<Column> {
    let mut columns = vec![Column::new("id", E::Id::SQL, false), Column::new("version", i64::SQL, false)];
    columns.extend(E::columns());
    columns
}

/// The values of a state in the columns of the root.
pub(super) fn values<E: Columns + Rollup<Id: Serialize>>(state: &E::State) -> Vec<Held> {
    let mut values = vec![Held::json(state.id()), Held::json(&state.version())];
    values.extend(E::values(state));
    values
}

/// Two states in the columns of the root.
fn pair<E: Columns + Rollup<Id: Serialize>>(one: &E::State, other: &E::State) -> RowPair {
    let typed = [one.id() == other.id(), one.version() == other.version()];
    let typed = typed.map(|is_equal| Typed { is_equal: Some(is_equal), shown: None });
    RowPair::Both(
        [values::<E>(one), values::<E>(other)],
        typed.into_iter().chain(E::typed(one, other)).collect(),
    )
}
