//! Mistakes that the Rust emitter could have made, each as a change of the code that it writes.

mod rows;

/// A mistake.
#[derive(Debug)]
pub struct Fault {
    pub name: &'static str,
    /// What stands in the expansion, and what stands there instead.
    pub(crate) changes: &'static [(&'static str, &'static str)],
}

const fn fault(name: &'static str, changes: &'static [(&'static str, &'static str)]) -> Fault {
    Fault { name, changes }
}

/// Tried by default.
pub const FEW: [&str; 10] = [
    "set: nothing",
    "clear: a value is kept",
    "increment: takes away",
    "add: members come twice",
    "push: to the front",
    "rows, empty: they stay",
    "rows, changed: the version stays",
    "rows, changed: created_at is another time",
    "rows, elements: only the first",
    "rows, elements: made although a later one is refused",
];

/// All of them.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    FAULTS.iter().chain(rows::FAULTS)
}

/// Those that rows of views need not have, by operation.
const FAULTS: &[Fault] = &[
    fault(
        "set: nothing",
        &[("::core::clone::Clone::clone_from(column, value)", "{ let _ = (column, value); }")],
    ),
    fault(
        "set: `None` keeps",
        &[(
            "::core::clone::Clone::clone_from(column, { let value: &::core::option::Option<rest1 = any1; value })",
            "if any1.is_some() { ::core::clone::Clone::clone_from(column, { let value: &::core::option::Option<rest1 = any1; value }) }",
        )],
    ),
    fault(
        "set: `None` makes one of a counter",
        &[(
            "::core::option::Option::None => ::es_rollup::__private::Number::zero(),",
            "::core::option::Option::None => ::es_rollup::__private::Number::one(),",
        )],
    ),
    fault(
        "set: a literal is another flag",
        &[
            ("let any1 = false;", "let any1 = true;"),
            ("::core::option::Option::Some(false)", "::core::option::Option::Some(true)"),
        ],
    ),
    fault(
        "set: a literal is another number",
        &[
            ("let any1 = 3;", "let any1 = 4;"),
            ("let any1 = 7;", "let any1 = 8;"),
            ("::core::option::Option::Some(3)", "::core::option::Option::Some(4)"),
            ("::core::option::Option::Some(7)", "::core::option::Option::Some(8)"),
        ],
    ),
    fault(
        "set: a literal is the default",
        &[("::es_rollup::__private::FromText::from_text(any1)", "::core::default::Default::default()")],
    ),
    fault(
        "set, keep: `None` clears",
        &[(
            "if let ::core::option::Option::Some(value) = rest1 { let value = value; match rest2 }",
            "if let ::core::option::Option::Some(value) = rest1 { let value = value; match rest2 } else { *column = ::core::option::Option::None; }",
        )],
    ),
    fault(
        "a set: elements in descending order",
        &[("<[_]>::sort(values);", "<[_]>::sort(values); <[_]>::reverse(values);")],
    ),
    fault(
        "a time: nanoseconds are kept",
        &[(
            "<DateTime<Utc> as ::es_rollup::SqlType>::kept(any1)",
            "::std::boxed::Box::new(::core::clone::Clone::clone(any1))",
        )],
    ),
    fault(
        "clear: a value is kept",
        &[("let any1 = ::core::option::Option::None; rest1 state.any2 = any1;", "rest1")],
    ),
    fault(
        "clear: a set or a list is kept",
        &[("let any1 = ::std::vec::Vec::new(); rest1 state.any2 = any1;", "rest1")],
    ),
    fault(
        "clear: a counter is kept",
        &[("let any1 = ::es_rollup::__private::Number::zero(); rest1 state.any2 = any1;", "rest1")],
    ),
    fault(
        "at: another time",
        &[
            (
                "let any1 = ::core::clone::Clone::clone(&__recorded_at);",
                "let any1 = ::chrono::DateTime::UNIX_EPOCH;",
            ),
            (
                "::core::option::Option::Some(::core::clone::Clone::clone(&__recorded_at))",
                "::core::option::Option::Some(::chrono::DateTime::UNIX_EPOCH)",
            ),
            ("let value = &__recorded_at;", "let value = &::chrono::DateTime::UNIX_EPOCH;"),
        ],
    ),
    fault("sequence: the next", &[("::core::clone::Clone::clone(&event.sequence)", "(event.sequence + 1)")]),
    fault(
        "count: by nothing",
        &[("&::es_rollup::__private::Number::one()", "&::es_rollup::__private::Number::zero()")],
    ),
    fault("increment: takes away", &[("Number::plus", "Number::minus")]),
    fault("decrement: adds", &[("Number::minus", "Number::plus")]),
    fault(
        "increment: `None` empties",
        &[(
            "match any1 { ::core::option::Option::Some(value) => match ::es_rollup::__private::Number::any2 rest1, ::core::option::Option::None => ::core::clone::Clone::clone(&state.any3), }",
            "match any1 { ::core::option::Option::Some(value) => match ::es_rollup::__private::Number::any2 rest1, ::core::option::Option::None => ::es_rollup::__private::Number::zero(), }",
        )],
    ),
    fault(
        "overflow: called a wrong value",
        &[("::es_rollup::ErrorKind::Overflow", "::es_rollup::ErrorKind::WrongValue")],
    ),
    fault(
        "overflow: of another column",
        &[("(::es_rollup::ErrorKind::Overflow, any1)", "(::es_rollup::ErrorKind::Overflow, \"another\")")],
    ),
    fault(
        "overflow: begins anew",
        &[(
            "return ::core::result::Result::Err(::es_rollup::__private::Refusal::column(::es_rollup::ErrorKind::Overflow, any1))",
            "::es_rollup::__private::Number::zero()",
        )],
    ),
    fault(
        "max: keeps the smaller",
        &[("*value > *current", "*value < *current"), ("*value > state", "*value < state")],
    ),
    fault(
        "min: keeps the greater",
        &[("*value < *current", "*value > *current"), ("*value < state", "*value > state")],
    ),
    fault(
        "max, min: nothing stays nothing",
        &[(
            "_ => ::core::option::Option::Some(::core::clone::Clone::clone(value))",
            "_ => ::core::option::Option::None",
        )],
    ),
    fault(
        "toggle: as before",
        &[
            (
                "Flag>::toggled(::core::option::Option::as_ref(rest1))",
                "Flag>::toggled(::core::option::Option::as_ref(rest1).map(|on| if *on { &false } else { &true }))",
            ),
            (
                "Flag>::toggled(::core::option::Option::Some(rest1))",
                "Flag>::toggled(::core::option::Option::Some(&!*rest1))",
            ),
        ],
    ),
    fault(
        "toggle: nothing counts as true",
        &[(
            "Flag>::toggled(::core::option::Option::as_ref(rest1))",
            "Flag>::toggled(::core::option::Option::as_ref(rest1).or(::core::option::Option::Some(&true)))",
        )],
    ),
    fault("add: members come twice", &[("if !column.contains(value) { rest1 }", "{ rest1 }")]),
    fault("add: nothing", &[("if !column.contains(value) { rest1 }", "{ let _ = (&column, value); }")]),
    fault("remove: keeps what should go", &[("|member| member != value", "|member| member == value")]),
    fault("remove: nothing", &[("|member| member != value", "|member| member != value || true")]),
    fault(
        "push: to the front",
        &[
            (
                "let value = any1; column.push(::core::clone::Clone::clone(value));",
                "let value = any1; column.insert(0, ::core::clone::Clone::clone(value));",
            ),
            (
                "in any1 { column.push(::core::clone::Clone::clone(value)); }",
                "in any1 { column.insert(0, ::core::clone::Clone::clone(value)); }",
            ),
        ],
    ),
    fault(
        "push: only what is not there yet",
        &[
            (
                "let value = any1; column.push(::core::clone::Clone::clone(value));",
                "let value = any1; if !column.contains(value) { column.push(::core::clone::Clone::clone(value)); }",
            ),
            (
                "in any1 { column.push(::core::clone::Clone::clone(value)); }",
                "in any1 { if !column.contains(value) { column.push(::core::clone::Clone::clone(value)); } }",
            ),
        ],
    ),
    fault(
        "many: only the first",
        &[("for value in any1 { rest1 }", "for value in any1.iter().take(1) { rest1 }")],
    ),
    fault(
        "context: another key",
        &[("(event.context, &[rest1], any1)", "(event.context, &[\"no such key\"], any1)")],
    ),
    fault(
        "path: not followed to its end",
        &[(
            "inside_field::<rest1>(any1, &[rest2], any2)",
            "inside_field::<rest1>(any1, &[\"beside\"], any2)",
        )],
    ),
    fault(
        "path, context: missing is called null",
        &[("::es_rollup::ErrorKind::MissingKey", "::es_rollup::ErrorKind::NullValue")],
    ),
    fault(
        "a value that the column cannot hold is kept",
        &[("<NaiveDate as ::es_rollup::SqlType>::fits(value)", "true")],
    ),
    fault(
        "create: a second time",
        &[(
            "return ::core::result::Result::Err(::core::convert::From::from(::es_rollup::ErrorKind::CreatedTwice))",
            "{}",
        )],
    ),
    fault(
        "create: missing, called otherwise",
        &[("::es_rollup::ErrorKind::NotCreated", "::es_rollup::ErrorKind::Gap")],
    ),
    fault("delete: the row stays", &[("::core::matches!(self, rest1)", "false")]),
    fault("version: stays", &[("state.version = event.sequence;", "")]),
    fault("modified_at: stays", &[("state.modified_at = __recorded_at;", "")]),
    fault(
        "created_at: another time",
        &[(
            "created_at: ::core::clone::Clone::clone(&__recorded_at)",
            "created_at: ::chrono::DateTime::UNIX_EPOCH",
        )],
    ),
    fault(
        "refused: the state is changed",
        &[(
            "match event.event { rest1 } state.version = event.sequence;",
            "state.version = event.sequence; match event.event { rest1 }",
        )],
    ),
];
