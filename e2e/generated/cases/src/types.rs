//! The types, one line each: how they are written, their values in JSON, and what a column shows.
//!
//! Whether a value can be read is not worked out but looked up: events have no other values than those that stand
//! here, so that the reference needs no parser of its own.

use serde_json::Value;
use std::cmp::Ordering;

#[derive(Debug)]
pub struct Ty {
    pub rust: &'static str,
    /// Values as JSON, most of them likely to meet again.
    pub good: &'static [&'static str],
    /// Rare ones, at the ends of the range.
    pub edges: &'static [&'static str],
    /// What is not a value.
    pub bad: &'static [&'static str],
    pub default: Option<&'static str>,
    /// Literals in Rust, with what they mean.
    pub literals: &'static [(&'static str, &'static str)],
    pub number: Option<Number>,
    pub order: Option<fn(&Value, &Value) -> Ordering>,
    /// Whether it can be a member of a set.
    pub equal: bool,
    /// Whether a column can hold many of it.
    pub single: bool,
    /// SQL that shows a column, `@`, as JSON.
    pub sql: &'static str,
    /// The one form of all that means the same.
    pub kept: fn(&Value) -> Value,
    /// What a column keeps of a value, in that form.
    pub reads: fn(&Value) -> Value,
}

/// Exact numbers, counted in units of `10^-scale`.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub lowest: i128,
    pub highest: i128,
    scale: u32,
}

const fn ty(rust: &'static str, good: &'static [&'static str], bad: &'static [&'static str]) -> Ty {
    Ty {
        rust,
        good,
        edges: &[],
        bad,
        default: None,
        literals: &[],
        number: None,
        order: None,
        equal: true,
        single: true,
        sql: "to_jsonb(@)",
        kept: Value::clone,
        reads: Value::clone,
    }
}

const fn integer(rust: &'static str, lowest: i128, highest: i128, edges: &'static [&'static str]) -> Ty {
    Ty {
        edges,
        default: Some("0"),
        literals: &[("3", "3"), ("7", "7")],
        number: Some(Number { lowest, highest, scale: 0 }),
        order: Some(by_number),
        ..ty(rust, &["0", "1", "2", "5", "40", "100"], &["1.5", "\"5\"", "true", "[]", "{}", "1e40"])
    }
}

const TEXTS: &[&str] =
    &["\"a\"", "\"b\"", "\"B\"", "\"é\"", "\"\"", "\"it's \\\"quoted\\\" \\\\ $$ 🦀\"", "\"\u{ffff}\""];
const NO_TEXTS: &[&str] = &["5", "true", "[]", "{}", "[\"a\"]"];

/// Every type.
pub static TYPES: &[Ty] = &[
    Ty {
        default: Some("false"),
        literals: &[("true", "true"), ("false", "false")],
        order: Some(by_bool),
        ..ty("bool", &["true", "false"], &["0", "\"true\"", "[]"])
    },
    Ty {
        default: Some("\"\""),
        literals: &[("\"a\"", "\"a\""), ("\"it's\"", "\"it's\"")],
        order: Some(by_text),
        ..ty("String", TEXTS, NO_TEXTS)
    },
    Ty { default: Some("\"\""), order: Some(by_text), ..ty("Box<str>", TEXTS, NO_TEXTS) },
    Ty {
        order: Some(by_text),
        ..ty("char", &["\"a\"", "\"Z\"", "\"é\"", "\"🦀\"", "\"'\""], &["\"\"", "\"ab\"", "5", "[]"])
    },
    integer("u8", 0, 255, &["255", "250"]),
    integer("i16", -32768, 32767, &["-32768", "32767", "-7"]),
    integer("i32", -2_147_483_648, 2_147_483_647, &["-2147483648", "2147483647", "-7"]),
    integer(
        "i64",
        -9_223_372_036_854_775_808,
        9_223_372_036_854_775_807,
        &["-9223372036854775808", "9223372036854775807", "-7"],
    ),
    integer("u32", 0, 4_294_967_295, &["4294967295", "4294967290"]),
    integer("u64", 0, 18_446_744_073_709_551_615, &["18446744073709551615", "9223372036854775808"]),
    Ty {
        literals: &[],
        ..integer(
            "Cents",
            -9_223_372_036_854_775_808,
            9_223_372_036_854_775_807,
            &["-9223372036854775808", "9223372036854775807"],
        )
    },
    Ty {
        literals: &[],
        number: Some(Number { lowest: i128::MIN / 4, highest: i128::MAX / 4, scale: 4 }),
        order: Some(by_decimal),
        default: Some("\"0\""),
        sql: "to_jsonb((@)::text)",
        kept: decimal,
        reads: decimal,
        ..ty(
            "Decimal",
            &["\"1\"", "\"1.0\"", "\"-2.5\"", "\"0.0001\"", "\"40\"", "\"0\""],
            &["\"x\"", "true", "[]", "{}"],
        )
    },
    Ty {
        default: Some("0.0"),
        order: Some(by_number),
        kept: float,
        reads: float,
        ..ty("f64", &["0.1", "1", "-2.5", "1e30", "0.49442216887364965", "3.0"], &["\"1\"", "true", "[]"])
    },
    Ty {
        default: Some("\"00000000-0000-0000-0000-000000000000\""),
        order: Some(by_text),
        ..ty(
            "Uuid",
            &[
                "\"8a0b4f0e-6a57-4d0b-9f0e-0d9f1c4f3a21\"",
                "\"00000000-0000-0000-0000-000000000001\"",
                "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"",
            ],
            &["\"x\"", "5", "\"8a0b4f0e-6a57-4d0b-9f0e-0d9f1c4f3a2\""],
        )
    },
    Ty {
        default: Some("\"1970-01-01\""),
        order: Some(by_text),
        edges: &["\"0001-01-01\"", "\"9999-12-31\""],
        sql: "to_jsonb(to_char(@, 'YYYY-MM-DD'))",
        ..ty(
            "NaiveDate",
            &["\"2026-03-01\"", "\"2026-03-02\"", "\"1969-12-31\""],
            &["\"2026-02-30\"", "5", "\"x\"", "\"+12026-01-01\""],
        )
    },
    Ty {
        default: Some("\"1970-01-01T00:00:00.000000Z\""),
        order: Some(by_text),
        sql: "to_jsonb(to_char(@ AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))",
        kept: moment,
        reads: microseconds,
        edges: &["\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999999999Z\""],
        ..ty(
            "DateTime<Utc>",
            &[
                "\"2026-03-01T12:34:56.789012999Z\"",
                "\"2026-03-01T12:34:56.789012001Z\"",
                "\"1969-12-31T23:59:59.999999001Z\"",
                "\"2026-03-01T12:34:56Z\"",
                "\"2026-03-01T12:34:56.789Z\"",
                "\"2026-03-01T12:34:56.789012Z\"",
                "\"1969-12-31T23:59:59.999999Z\"",
            ],
            &["\"2026-03-01\"", "5", "\"x\"", "\"2026-02-30T00:00:00Z\""],
        )
    },
    Ty {
        default: Some("\"free\""),
        literals: &[("\"free\"", "\"free\""), ("\"paid-yearly\"", "\"paid-yearly\"")],
        kept: plan,
        reads: plan,
        ..ty(
            "Plan",
            &["\"free\"", "\"paid-yearly\"", "\"gold\"", "\"it's\""],
            &["\"Free\"", "\"nope\"", "5", "[]"],
        )
    },
    Ty {
        equal: false,
        kept: spot,
        reads: spot,
        ..ty(
            "Spot",
            &["{\"name\": \"a\", \"floor\": 3}", "{\"name\": \"b\"}", "{\"name\": \"\", \"floor\": null}"],
            &["{}", "5", "\"a\"", "{\"name\": 5}", "{\"name\": \"a\", \"floor\": \"3\"}"],
        )
    },
    Ty {
        equal: false,
        ..ty("Json", &["{\"a\": [1, null, \"x\"]}", "[]", "\"text\"", "1.5", "false", "null"], &[])
    },
    // A `Vec` of bytes is many bytes to what takes many.
    Ty {
        single: false,
        default: Some("[]"),
        order: Some(by_bytes),
        sql: "CASE WHEN @ IS NOT NULL THEN (SELECT coalesce(jsonb_agg(get_byte(@, i) ORDER BY i), '[]') FROM generate_series(0, length(@) - 1) AS i) END",
        ..ty(
            "Vec<u8>",
            &["[]", "[0]", "[1, 2, 3]", "[255, 0]", "[92, 39]"],
            &["[256]", "[-1]", "\"x\"", "5", "[\"1\"]", "{}"],
        )
    },
    Ty {
        equal: false,
        single: false,
        default: Some("[]"),
        ..ty(
            "Vec<String>",
            &["[]", "[\"a\"]", "[\"b\", \"a\", \"b\"]", "[\"it's\", \"\"]"],
            &["5", "\"a\"", "{}", "[5]"],
        )
    },
    Ty {
        equal: false,
        single: false,
        default: Some("[]"),
        ..ty("Vec<i64>", &["[]", "[1]", "[3, 2, 2]"], &["5", "{}", "[\"1\"]", "[1.5]"])
    },
];

impl Ty {
    /// What is kept of a value; `None` of what is not one.
    pub fn read(&self, value: &Value) -> Option<Value> {
        let mut known = self.good.iter().chain(self.edges).chain(&self.default);
        known.any(|text| json(text) == *value).then(|| (self.reads)(value))
    }

    /// Whether it can be an element of Rust's sets, in an order that SQL has too.
    pub fn can_be_member(&self) -> bool {
        self.single && self.order.is_some() && self.rust != "f64"
    }

    pub fn default(&self) -> Option<Value> {
        self.default.map(|text| (self.reads)(&json(text)))
    }
}

impl Number {
    pub fn read(self, value: &Value) -> i128 {
        let text = value.as_str().map_or_else(|| value.to_string(), String::from);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let scale = usize::try_from(self.scale).expect("a small scale");
        format!("{whole}{fraction:0<scale$}").parse().expect("a number")
    }

    pub fn shown(self, units: i128) -> Value {
        if self.scale == 0 {
            return json(&units.to_string());
        }
        let (one, sign) = (self.one(), if units < 0 { "-" } else { "" });
        let (whole, fraction) = (units.abs() / one, units.abs() % one);
        let scale = usize::try_from(self.scale).expect("a small scale");
        decimal(&Value::from(format!("{sign}{whole}.{fraction:0>scale$}")))
    }

    pub fn one(self) -> i128 {
        10_i128.pow(self.scale)
    }
}

/// A text in this file as JSON.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not text"))
}

fn by_text(one: &Value, other: &Value) -> Ordering {
    text(one).as_bytes().cmp(text(other).as_bytes())
}

fn by_bool(one: &Value, other: &Value) -> Ordering {
    one.as_bool().cmp(&other.as_bool())
}

fn by_number(one: &Value, other: &Value) -> Ordering {
    let integers = || Some((one.to_string().parse::<i128>().ok()?, other.to_string().parse::<i128>().ok()?));
    match integers() {
        Some((one, other)) => one.cmp(&other),
        None => one.as_f64().partial_cmp(&other.as_f64()).expect("numbers"),
    }
}

fn by_decimal(one: &Value, other: &Value) -> Ordering {
    let number = Number { lowest: i128::MIN, highest: i128::MAX, scale: 4 };
    number.read(one).cmp(&number.read(other))
}

fn by_bytes(one: &Value, other: &Value) -> Ordering {
    let bytes = |value: &Value| -> Vec<u64> {
        value.as_array().into_iter().flatten().map(|byte| byte.as_u64().expect("a byte")).collect()
    };
    bytes(one).cmp(&bytes(other))
}

/// Without zeros behind the point, which do not tell values apart.
fn decimal(value: &Value) -> Value {
    let text = text(value);
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    Value::from(if trimmed == "-0" { "0" } else { trimmed })
}

fn float(value: &Value) -> Value {
    value.as_f64().map_or(Value::Null, Value::from)
}

/// With six digits behind the second.
fn moment(value: &Value) -> Value {
    let text = text(value).trim_end_matches('Z');
    let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
    Value::from(format!("{second}.{fraction:0<6}Z"))
}

/// The same without what is below the microsecond.
fn microseconds(value: &Value) -> Value {
    let moment = moment(value);
    let whole = text(&moment).trim_end_matches('Z');
    Value::from(format!("{}Z", &whole[..whole.len().min(26)]))
}

fn plan(value: &Value) -> Value {
    if value == "gold" { "paid-yearly".into() } else { value.clone() }
}

/// Without what stands for nothing.
fn spot(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}
