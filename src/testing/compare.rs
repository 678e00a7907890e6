//! Compares the rows of a table with those of a state. The database does it, with the expressions by which the trigger
//! reads values.

use super::column::{Column, Held, Typed, ident};
use super::database::Work;
use super::driver::{Driver, Failure};
use super::views::RowPair;
use crate::SqlType;

/// How the rows of one table are compared.
#[derive(Debug)]
pub(super) struct Comparison {
    /// Its name, quoted.
    pub(super) table: &'static str,
    columns: Vec<Column>,
    /// What tells the rows of an entity apart.
    key: Vec<&'static str>,
    /// Takes the values and the id.
    select: String,
    /// The values as `es_rust`.
    with: String,
    /// The values, joined with the rows of the entity.
    from: String,
}

/// A row as two sides have it.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    /// What tells it apart from the entity's other rows, in words; empty if there is nothing.
    pub(super) key: String,
    pub(super) held_by: HeldBy,
    pub(super) pairs: Vec<Pair>,
}

/// Which sides have a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldBy {
    Both,
    First,
    Second,
}

/// A column with the displayed values of both sides.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) name: &'static str,
    pub(super) values: [String; 2],
    pub(super) is_equal: bool,
}

impl Compared {
    pub(super) fn is_equal(&self) -> bool {
        self.held_by == HeldBy::Both && self.pairs.iter().all(|pair| pair.is_equal)
    }

    /// The columns as one of the sides has them.
    pub(super) fn side(&self, side: usize) -> Vec<(&'static str, String)> {
        self.pairs.iter().map(|pair| (pair.name, pair.values[side].clone())).collect()
    }
}

impl Comparison {
    /// `key`: the columns that, with the id, tell the rows of the table apart.
    pub(super) fn new<Id: SqlType>(
        table: &'static str,
        columns: Vec<Column>,
        key: Vec<&'static str>,
    ) -> Self {
        let mut texts =
            vec!["es_rust.es_place::text".to_owned(), "(es_kept.\"id\" IS NOT NULL)::text".into()];
        let (mut values, mut joined, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for (at, column) in columns.iter().enumerate() {
            let (rust, row) = sides(at, column);
            texts.push(format!("to_jsonb({rust})::text"));
            texts.push(format!("to_jsonb({row})::text"));
            texts.push(format!("nullif(pg_typeof({row})::text, pg_typeof({rust})::text)"));
            let reading = column.reading();
            values.push(format!(
                "(SELECT {reading} FROM (SELECT es_values -> {at} -> 0) AS es_one (es_value)) AS es_{at}"
            ));
            if column.name == "id" || key.contains(&column.name) {
                joined.push(format!("{rust} = {row}"));
                order.push(format!("coalesce({rust}, {row})"));
            }
        }
        // Materialized: the server cannot join by an expression that it takes for volatile.
        let with = format!(
            "WITH es_rust AS MATERIALIZED (
               SELECT es_place, {values}
               FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS es_all (es_values, es_place)
             )",
            values = values.join(", "),
        );
        let from = format!(
            "FROM es_rust FULL JOIN (
               SELECT * FROM {table} WHERE \"id\" = (SELECT {id} FROM (SELECT $2::text::jsonb) AS es_ids (es_value))
             ) AS es_kept ON {joined}",
            id = Id::SQL.read,
            joined = joined.join(" AND "),
        );
        let select = format!("{with} SELECT {} {from} ORDER BY {}", texts.join(", "), order.join(", "));
        Self { table, columns, key, select, with, from }
    }

    /// The columns' names with the values in them.
    pub(super) fn named<T>(&self, values: Vec<T>) -> Vec<(&'static str, T)> {
        self.columns.iter().map(|column| column.name).zip(values).collect()
    }

    /// The rows of two states in pairs, as Rust has them.
    pub(super) fn pairs(&self, rows: Vec<RowPair>) -> Vec<Compared> {
        rows.into_iter().map(|row| self.pair(row)).collect()
    }

    fn pair(&self, row: RowPair) -> Compared {
        let (held_by, values, typed) = match row {
            RowPair::Both(values, typed) => (HeldBy::Both, values, typed),
            RowPair::First(values) => (HeldBy::First, [values.clone(), values], Vec::new()),
            RowPair::Second(values) => (HeldBy::Second, [values.clone(), values], Vec::new()),
        };
        let [ones, others] = values;
        let typed = typed.into_iter().map(Some).chain(std::iter::repeat(None));
        let pair = |((column, (one, other)), typed): ((&Column, (Held, Held)), Option<Typed>)| {
            let json = [one.shown(), other.shown()];
            let typed = typed.unwrap_or(Typed { is_equal: None, shown: None });
            Pair {
                name: column.name,
                is_equal: typed.is_equal.unwrap_or_else(|| one.is_same(&other)),
                // The database receives what serde writes. If that is the same, show what `Debug` prints.
                values: if json[0] == json[1] { typed.shown.unwrap_or(json) } else { json },
            }
        };
        let pairs = self.columns.iter().zip(ones.into_iter().zip(others)).zip(typed).map(pair);
        self.compared(held_by, pairs.collect())
    }

    fn compared(&self, held_by: HeldBy, pairs: Vec<Pair>) -> Compared {
        let side = usize::from(held_by == HeldBy::Second);
        let key = pairs.iter().filter(|pair| self.key.contains(&pair.name));
        let key = key.map(|pair| format!("{} {}", pair.name, pair.values[side]));
        Compared { key: key.collect::<Vec<_>>().join(" and "), held_by, pairs }
    }

    /// What is sent to the database for these rows.
    #[track_caller]
    pub(super) fn told(&self, rows: &[Vec<Held>]) -> Told {
        let (mut all, mut too_fine) = (Vec::new(), Vec::new());
        for row in rows {
            let mut values = Vec::new();
            for (column, held) in self.columns.iter().zip(row) {
                values.push(column.told(held));
            }
            all.push(format!("[{}]", values.join(",")));
            let columns = self.columns.iter().zip(row);
            too_fine.push(columns.map(|(column, held)| column.is_too_fine(held)).collect());
        }
        Told { rows: format!("[{}]", all.join(",")), too_fine }
    }

    /// The rows of an entity compared with those of the state.
    pub(super) async fn rows<D: Driver>(
        &self,
        work: &mut Work<'_, D>,
        told: &Told,
        id: &str,
    ) -> Result<Vec<Compared>, String> {
        let rows = D::rows(work.connection, &self.select, &[&told.rows, id]).await;
        let mut all = Vec::new();
        for row in rows.map_err(|failure| failure.to_string())? {
            let mut texts = row.into_iter();
            let place = texts.next().flatten();
            let held_by = match (&place, texts.next().flatten().as_deref()) {
                (Some(_), Some("true")) => HeldBy::Both,
                (Some(_), _) => HeldBy::First,
                (None, _) => HeldBy::Second,
            };
            // Places count from 1.
            let place = place.and_then(|place| place.parse::<usize>().ok()).unwrap_or_default();
            let too_fine = place.checked_sub(1).and_then(|at| told.too_fine.get(at));
            let mut pairs = Vec::new();
            for (at, column) in self.columns.iter().enumerate() {
                let (rust, row) = (texts.next().flatten(), texts.next().flatten());
                if let Some(other) = texts.next().flatten() {
                    return Err(format!("the type of column {} is now {other}", column.name));
                }
                let is_equal = match (&rust, &row) {
                    (Some(one), Some(other)) if one != other => {
                        self.is_equal::<D>(work, at, place, &[&told.rows, id]).await?
                    }
                    (one, other) => one == other,
                };
                let is_equal = is_equal && !too_fine.is_some_and(|columns| columns[at]);
                pairs.push(Pair { name: column.name, values: [rust, row].map(shown), is_equal });
            }
            all.push(self.compared(held_by, pairs));
        }
        Ok(all)
    }

    /// Whether two values are equal that are written differently, such as 1.0 and 1.00.
    async fn is_equal<D: Driver>(
        &self,
        work: &mut Work<'_, D>,
        at: usize,
        place: usize,
        parameters: &[&str; 2],
    ) -> Result<bool, String> {
        let (rust, row) = sides(at, &self.columns[at]);
        let Self { with, from, .. } = self;
        let sql = format!("{with} SELECT ({rust} = {row})::text {from} WHERE es_place = {place}");
        let answer = async {
            D::run(work.connection, "SAVEPOINT es_equal").await?;
            let answer = D::rows(work.connection, &sql, parameters).await;
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

/// What is sent to the database for the rows of a table.
#[derive(Debug)]
pub(super) struct Told {
    rows: String,
    /// For each row, which of the columns have a time that no row can hold in full.
    too_fine: Vec<Vec<bool>>,
}

/// The expressions for a column's value in Rust and in the row.
fn sides(at: usize, column: &Column) -> (String, String) {
    (format!("es_rust.es_{at}"), format!("es_kept.{}", ident(column.name)))
}

/// A value of the database.
fn shown(value: Option<String>) -> String {
    value.unwrap_or_else(|| "NULL".into())
}
