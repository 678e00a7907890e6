//! A type in the model's description, from const evaluation.

use std::marker::PhantomData;

use crate::SqlType;
use crate::sql::Sql;

/// A type in the model's description: the same text as that of [`TypeTexts`](crate::model::TypeTexts).
#[derive(Debug)]
pub(crate) struct Described<T: ?Sized>(PhantomData<T>);

impl<T: SqlType + ?Sized> Described<T> {
    /// Everything that decides what a value becomes, as a JSON object.
    pub(crate) const JSON: Sql = Sql::Join(&[
        Sql::Text("{\"name\":"),
        Sql::Json(&[T::SQL.name]),
        Sql::Text(",\"qualified\":"),
        where_some(T::CHECKED.is_own(), Self::QUALIFIED),
        Sql::Text(",\"identity\":"),
        where_some(T::CHECKED.is_own(), Self::IDENTITY),
        Sql::Text(",\"accepts\":"),
        Sql::Json(&[T::SQL.accepts]),
        Sql::Text(",\"read\":"),
        Sql::Json(&[T::SQL.read]),
        Sql::Text(",\"default\":"),
        where_some(T::SQL.default.is_some(), Self::DEFAULT),
        Sql::Text(",\"number\":"),
        where_some(T::SQL.number.is_some(), Self::NUMBER),
        Sql::Text(",\"order\":"),
        where_some(T::SQL.order.is_some(), Self::ORDER),
        Sql::Text(if T::SQL.equality { ",\"equality\":true" } else { ",\"equality\":false" }),
        Sql::Text(",\"values\":"),
        where_some(T::SQL.values.is_some(), Self::VALUES),
        Sql::Text(if T::SQL.exact_keys { ",\"exact_keys\":true" } else { ",\"exact_keys\":false" }),
        Sql::Text(if T::SQL.changes { ",\"changes\":true" } else { ",\"changes\":false" }),
        Sql::Text(if T::SQL.null { ",\"null\":true" } else { ",\"null\":false" }),
        Sql::Text(if T::SQL.wide { ",\"wide\":true" } else { ",\"wide\":false" }),
        Sql::Text(",\"raises\":false}"),
    ]);
    /// What decides no value: [`TypeInfo::expects`](crate::TypeInfo::expects) as a string, or an object if there is a
    /// [`TypeInfo::write`](crate::TypeInfo::write).
    pub(crate) const LABELS: Sql = if T::SQL.is_written() {
        Sql::Join(&[
            Sql::Text("{\"text\":"),
            Sql::Json(&[T::SQL.quotable_expects()]),
            Sql::Text(",\"write\":"),
            Sql::Json(&[T::SQL.written()]),
            Sql::Text("}"),
        ])
    } else {
        Sql::Json(&[T::SQL.quotable_expects()])
    };

    const QUALIFIED: &'static [Sql] = &[T::SQL.qualified()];
    const IDENTITY: &'static [Sql] = &[T::SQL.identity()];
    const DEFAULT: &'static [Sql] = &[T::SQL.default_literal()];
    const NUMBER: &'static [Sql] = &[T::SQL.holds()];
    const ORDER: &'static [Sql] = &[T::SQL.collation()];
    const VALUES: &'static [Sql] = &[T::SQL.value_literals()];
}

/// A text as a JSON string, or null.
const fn where_some(some: bool, text: &'static [Sql]) -> Sql {
    if some { Sql::Json(text) } else { Sql::Text("null") }
}
