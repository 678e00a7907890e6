//! Mistakes in what events do to the rows of views.

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "rows, empty: they stay",
        &[
            ("keep(&mut *any1, |row| rest1);", "keep(&mut *any1, |row| true);"),
            ("keep(&mut any1, &*any2, |row| rest1);", "keep(&mut any1, &*any2, |row| true);"),
        ],
    ),
    fault(
        "rows, empty: all go instead of those that match",
        &[("|row| row.any1 != any2", "|row| false && row.any1 != any2")],
    ),
    fault(
        "rows, empty: only one part has to match",
        &[("row.any1 != any2 || row.any3 != any4", "row.any1 != any2 && row.any3 != any4")],
    ),
    fault("rows, empty: those that match stay", &[("|row| row.any1 != any2", "|row| row.any1 == any2")]),
    fault(
        "rows, create: in place of another",
        &[(
            "if ::core::option::Option::is_some(rest1) { return ::core::result::Result::Err(::es_rollup::__private::Refusal::row(::es_rollup::ErrorKind::RowExists, any1)); }",
            "",
        )],
    ),
    fault(
        "rows, create: one that exists is called missing",
        &[("::es_rollup::ErrorKind::RowExists", "::es_rollup::ErrorKind::RowMissing")],
    ),
    fault(
        "rows, add: changes become a new row",
        &[(
            "::core::option::Option::Some(any1) => { let mut any1 = rest1 } ::core::option::Option::None => { rest2 }",
            "_ => { rest2 }",
        )],
    ),
    fault(
        "rows, change: one that is missing is of another view",
        &[(
            "::es_rollup::__private::Refusal::row(::es_rollup::ErrorKind::RowMissing, any1)",
            "::es_rollup::__private::Refusal::row(::es_rollup::ErrorKind::RowMissing, \"another\")",
        )],
    ),
    fault(
        "rows, delete: one that is missing is accepted",
        &[(
            "if ::core::option::Option::is_none(rest1) { return ::core::result::Result::Err(::es_rollup::__private::Refusal::row(::es_rollup::ErrorKind::RowMissing, any1)); }",
            "",
        )],
    ),
    fault(
        "rows, remove: they stay",
        &[
            ("remove(&mut *any1, &any2);", "row(&*any1, &any2);"),
            ("::es_rollup::__private::Edit::remove(&mut any1, &any2);", "let _ = &any2;"),
        ],
    ),
    fault(
        "rows, changed: the version stays",
        &[("__row0.version = event.sequence;", ""), ("__row1.version = event.sequence;", "")],
    ),
    fault(
        "rows, changed: modified_at stays",
        &[("__row0.modified_at = rest1;", ""), ("__row1.modified_at = rest1;", "")],
    ),
    fault(
        "rows, changed: created_at is another time",
        &[
            ("__row0.modified_at = rest1;", "__row0.modified_at = rest1; __row0.created_at = rest1;"),
            ("__row1.modified_at = rest1;", "__row1.modified_at = rest1; __row1.created_at = rest1;"),
        ],
    ),
    fault(
        "rows, elements: only the first",
        &[(
            "for __element in rest1 { rest2 }",
            "for __element in ::core::iter::Iterator::take(::core::iter::IntoIterator::into_iter(rest1), 1) { rest2 }",
        )],
    ),
    fault(
        "rows, elements: the ones before are not seen",
        &[(
            "::es_rollup::__private::Edit::row(&any1, &*any2, &any3)",
            "::es_rollup::__private::Holder::row(&*any2, &any3)",
        )],
    ),
    fault(
        "rows, elements: made although a later one is refused",
        &[
            (
                "::es_rollup::__private::Edit::put(&mut __edit0, __key0, __row0);",
                "::es_rollup::__private::Holder::put(&mut *__view0, ::core::clone::Clone::clone(&__key0), ::core::clone::Clone::clone(&__row0)); ::es_rollup::__private::Edit::put(&mut __edit0, __key0, __row0);",
            ),
            (
                "::es_rollup::__private::Edit::remove(&mut __edit0, &__key0);",
                "::es_rollup::__private::Holder::remove(&mut *__view0, &__key0); ::es_rollup::__private::Edit::remove(&mut __edit0, &__key0);",
            ),
        ],
    ),
    fault(
        "rows, elements: none is changed in the end",
        &[("::es_rollup::__private::Edit::make(any1, &mut *any2);", "let _ = any1;")],
    ),
    fault(
        "rows, refused: told of the entity's own row",
        &[("::es_rollup::__private::Refusal::of_view(rest1, any1)", "rest1")],
    ),
];
