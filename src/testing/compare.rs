//! Compares a row with a state. The database does it, with the expressions by which the trigger reads values.

use super::columns::{Column, Columns, Held, Typed};
use super::database::Work;
use super::driver::{Driver, Failure};
use crate::{Rollup, SqlType, State};
use serde::Serialize;

/// How the rows of one enum are compared.
#[derive(Debug)]
pub(super) struct Comparison {
    columns: Vec<Column>,
    /// Takes the values and the id.
    select: String,
    /// The values as `es_rust`, joined with the row, if there is one.
    from: String,
}

/// A column of the state and of the row.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) name: &'static str,
    /// As JSON; `None` for NULL.
    pub(super) rust: Option<String>,
    pub(super) row: Option<String>,
    pub(super) is_equal: bool,
}

/// A column with the displayed values of both sides.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) name: &'static str,
    pub(super) values: [String; 2],
    pub(super) is_equal: bool,
}

impl Comparison {
    pub(super) fn new<E: Columns + Rollup<Id: SqlType>>() -> Self {
        let mut columns = vec![Column::new("id", E::Id::SQL, false), Column::new("version", i64::SQL, false)];
        columns.extend(E::columns());
        let (mut texts, mut values) = (vec!["(es_kept.\"id\" IS NOT NULL)::text".to_owned()], Vec::new());
        for (at, column) in columns.iter().enumerate() {
            let (rust, row) = sides(at, column);
            texts.push(format!("to_jsonb({rust})::text"));
            texts.push(format!("to_jsonb({row})::text"));
            texts.push(format!("nullif(pg_typeof({row})::text, pg_typeof({rust})::text)"));
            let reading = column.reading();
            values.push(format!(
                "(SELECT {reading} FROM (SELECT es_values -> {at} -> 0) AS es_one (es_value)) AS es_{at}"
            ));
        }
        let id = E::Id::SQL.read;
        let from = format!(
            "FROM (SELECT {values} FROM (SELECT $1::text::jsonb) AS es_all (es_values)) AS es_rust
             LEFT JOIN {rollup} AS es_kept
             ON es_kept.\"id\" = (SELECT {id} FROM (SELECT $2::text::jsonb) AS es_ids (es_value))",
            values = values.join(", "),
            rollup = E::ROLLUP_TABLE,
        );
        Self { columns, select: format!("SELECT {} {from}", texts.join(", ")), from }
    }

    /// The columns' names with the values of a state.
    pub(super) fn held<E: Columns + Rollup<Id: Serialize>>(
        &self,
        state: &E::State,
    ) -> Vec<(&'static str, Held)> {
        let mut held = vec![Held::json(state.id()), Held::json(&state.version())];
        held.extend(E::values(state));
        self.columns.iter().map(|column| column.name).zip(held).collect()
    }

    /// The columns of two states in pairs, as Rust has them.
    pub(super) fn pairs<E: Columns + Rollup<Id: Serialize>>(
        &self,
        one: &E::State,
        other: &E::State,
    ) -> Vec<Pair> {
        let (held, others) = (self.held::<E>(one), self.held::<E>(other));
        // Neither ids nor versions come from events.
        let typed = [None, None].into_iter().chain(E::typed(one, other).into_iter().map(Some));
        let pair = |(((name, one), (_, other)), typed): (((_, Held), (_, Held)), Option<Typed>)| {
            let json = [one.shown(), other.shown()];
            let typed = typed.unwrap_or(Typed { is_equal: None, shown: None });
            Pair {
                name,
                is_equal: typed.is_equal.unwrap_or_else(|| one.is_same(&other)),
                // The database receives what serde writes. If that is the same, show what `Debug` prints.
                values: if json[0] == json[1] { typed.shown.unwrap_or(json) } else { json },
            }
        };
        held.into_iter().zip(others).zip(typed).map(pair).collect()
    }

    /// What is sent to the database for a state; without one, only NULL.
    #[track_caller]
    pub(super) fn told<E: Columns + Rollup<Id: Serialize>>(&self, state: Option<&E::State>) -> Told {
        let mut told = Told { values: String::new(), too_fine: vec![false; self.columns.len()] };
        let mut values = Vec::new();
        if let Some(state) = state {
            for ((column, (_, held)), fine) in
                self.columns.iter().zip(self.held::<E>(state)).zip(&mut told.too_fine)
            {
                values.push(column.told(&held));
                *fine = column.is_too_fine(&held);
            }
        }
        told.values = format!("[{}]", values.join(","));
        told
    }

    /// The row of an entity compared with the columns of the state; `None` if there is no row.
    pub(super) async fn row<D: Driver>(
        &self,
        work: &mut Work<'_, D>,
        told: &Told,
        id: &str,
    ) -> Result<Option<Vec<Compared>>, String> {
        let rows = D::rows(work.connection, &self.select, &[&told.values, id]).await;
        let rows = rows.map_err(|failure| failure.to_string())?;
        let mut texts = rows.into_iter().next().ok_or("the server returned no row")?.into_iter();
        if texts.next().flatten().as_deref() != Some("true") {
            return Ok(None);
        }
        let mut compared = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let (rust, row) = (texts.next().flatten(), texts.next().flatten());
            if let Some(other) = texts.next().flatten() {
                return Err(format!("the type of column {} is now {other}", column.name));
            }
            let is_equal = match (&rust, &row) {
                (Some(one), Some(other)) if one != other => self.is_equal::<D>(work, at, told, id).await?,
                (one, other) => one == other,
            };
            let is_equal = is_equal && !told.too_fine[at];
            compared.push(Compared { name: column.name, rust, row, is_equal });
        }
        Ok(Some(compared))
    }

    /// Whether two values are equal that are written differently, such as 1.0 and 1.00.
    async fn is_equal<D: Driver>(
        &self,
        work: &mut Work<'_, D>,
        at: usize,
        told: &Told,
        id: &str,
    ) -> Result<bool, String> {
        let (rust, row) = sides(at, &self.columns[at]);
        let sql = format!("SELECT ({rust} = {row})::text {}", self.from);
        let answer = async {
            D::run(work.connection, "SAVEPOINT es_equal").await?;
            let answer = D::rows(work.connection, &sql, &[&told.values, id]).await;
            let end = if answer.is_ok() { "RELEASE es_equal" } else { "ROLLBACK TO es_equal" };
            D::run(work.connection, end).await?;
            answer
        };
        match answer.await {
            Ok(rows) => Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("true")),
            // A type without an operator for it.
            Err(Failure::Refused(report)) if report.sqlstate == "42883" => Ok(false),
            Err(failure) => Err(failure.to_string()),
        }
    }
}

/// What is sent to the database for a state.
#[derive(Debug)]
pub(super) struct Told {
    values: String,
    /// Which of the columns have a time that no row can hold in full.
    too_fine: Vec<bool>,
}

/// The expressions for a column's value in Rust and in the row.
fn sides(at: usize, column: &Column) -> (String, String) {
    (format!("es_rust.es_{at}"), format!("es_kept.\"{}\"", column.name.replace('"', "\"\"")))
}

/// Whether all columns are equal.
pub(super) fn all_equal(compared: &[Compared]) -> bool {
    compared.iter().all(|column| column.is_equal)
}
