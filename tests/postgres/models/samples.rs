//! Values of each type: what serde writes, what is at the end of the range, and what only looks like one.

use super::types::{Cast, Reads, Ty};
use es_rollup_core::model::Literal;
use serde_json::{Value, json};

impl Ty {
    /// Literals that can stand in an attribute.
    pub(crate) fn literals(&self) -> Vec<Literal> {
        match &self.reads {
            Reads::Bool => vec![Literal::Bool(true), Literal::Bool(false)],
            Reads::Text => ["open", "it's", ""].map(|text| Literal::Text(text.into())).to_vec(),
            Reads::Names(names) => names
                .iter()
                .filter(|(read, kept)| read == kept)
                .map(|(_, kept)| Literal::Text((*kept).into()))
                .collect(),
            Reads::Integer(lowest, _) => {
                let negative = i64::try_from(*lowest).unwrap_or(i64::MIN);
                [0, 3, 100, negative].map(Literal::Integer).to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// Values as serde writes them, few enough to meet again and again.
    pub(crate) fn examples(&self) -> Vec<Value> {
        match &self.reads {
            Reads::Bool => vec![json!(true), json!(false)],
            Reads::Text => {
                ["b", "Z", "", "é", "it's \"so\"", "a\\b\n{},$es_rollup$", "ba"].map(Value::from).to_vec()
            }
            Reads::Char => ["b", "Z", "é", " ", "😀", "'"].map(Value::from).to_vec(),
            Reads::Names(names) => names.iter().map(|(read, _)| Value::from(*read)).collect(),
            Reads::Integer(0, _) => [5, 2, 0, 7, 100].map(Value::from).to_vec(),
            Reads::Integer(..) => [5, -2, 0, 7, 100, -3].map(Value::from).to_vec(),
            Reads::Single | Reads::Double => {
                vec![json!(1.5), json!(-2.25), json!(0.1), json!(5), json!(0.0), json!(-1e-7), json!(3e10)]
            }
            Reads::Decimal => {
                vec![json!("1.10"), json!("-2.5"), json!("1.1"), json!("0"), json!("7"), json!(3), json!(2.5)]
            }
            Reads::BigDecimal => vec![
                json!("1.10"),
                json!("-2.5"),
                json!("1.1"),
                json!("0.00"),
                json!("1.5e3"),
                json!("2E-5"),
                json!(3),
            ],
            Reads::Uuid => [
                "6fa459ea-ee8a-3ca4-894e-db77e160355e",
                "00000000-0000-4000-8000-000000000001",
                "FFFFFFFF-0000-4000-8000-000000000001",
                "6fa459eaee8a3ca4894edb77e160355e",
            ]
            .map(Value::from)
            .to_vec(),
            Reads::Date => ["2024-02-29", "2026-03-01", "0001-01-01", "9999-12-31", "1969-12-31"]
                .map(Value::from)
                .to_vec(),
            Reads::Time => {
                ["12:34:56.789", "00:00:00", "23:59:59.999999999", "12:34:56", "12:34:56.789000999"]
                    .map(Value::from)
                    .to_vec()
            }
            Reads::Local => [
                "2024-02-29T12:34:56.789",
                "0001-01-01T00:00:00",
                "9999-12-31T23:59:59.999999999",
                "2024-02-29T12:34:56.789000001",
                "1969-12-31T23:59:59.9999995",
            ]
            .map(Value::from)
            .to_vec(),
            Reads::Moment => [
                "2024-02-29T12:34:56.789Z",
                "2024-02-29T14:34:56.789+02:00",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999999Z",
                "2024-02-29T14:34:56.789000999+02:00",
                "2024-02-29T12:34:56.7890004Z",
                "1969-07-20T20:17:40.000001999Z",
                "1969-07-20T20:17:40.000001Z",
            ]
            .map(Value::from)
            .to_vec(),
            Reads::Json => {
                vec![
                    json!({"a": [1, null, "x"], "é": {}}),
                    json!([]),
                    json!("text"),
                    json!(1.5),
                    json!(false),
                    json!(null),
                ]
            }
            Reads::Struct([_]) => {
                vec![json!({"at": "2024-02-29"}), json!({"at": "1969-12-31", "more": [null]})]
            }
            Reads::Struct(_) => vec![
                json!({"it's \"city\"": "b", "zip": null, "near": []}),
                json!({"town": "Z", "zip": 5, "near": [{"at": "2024-02-29"}, {"at": "0001-01-01"}]}),
                json!({"town": "", "city": 1, "other": {"at": []}}),
            ],
            Reads::Bytes(None) => vec![
                json!([98]),
                json!([]),
                json!([0, 255, 92, 39]),
                json!([97, 98]),
                json!([97]),
                json!([200]),
            ],
            Reads::Bytes(Some(length)) => {
                let bytes = [[0, 255, 92, 39], [1, 2, 3, 4], [0, 0, 0, 0], [128, 0, 0, 1]];
                bytes.map(|bytes| bytes.into_iter().cycle().take(*length).collect()).to_vec()
            }
            Reads::List(element) => {
                let all = element.examples();
                let some = all.iter().skip(1).step_by(2).cloned().collect();
                vec![Value::Array(all), json!([]), Value::Array(some)]
            }
            Reads::Cast(cast) => cast.examples(),
        }
    }

    /// Values at the end of what the type holds; sums of them overflow.
    pub(crate) fn extremes(&self) -> Vec<Value> {
        match &self.reads {
            Reads::Integer(i128::MIN, _) => vec![json!(1e38), json!(-1e38), json!(i64::MIN), json!(u64::MAX)],
            Reads::Integer(lowest, highest) => {
                let integer = |value: i128| serde_json::from_str(&value.to_string()).expect("an integer");
                vec![integer(*highest), integer(*lowest)]
            }
            Reads::Decimal => vec![
                json!("79228162514264337593543950335"),
                json!("-7922816251426433759354395033.5"),
                json!("0.0000000000000000000000000001"),
            ],
            Reads::BigDecimal => vec![
                Value::from("9".repeat(900)),
                Value::from(format!("-0.{}1", "0".repeat(899))),
                Value::from("-9e899"),
            ],
            Reads::Double => vec![json!(1.797_693_134_862_315e308), json!(5e-324), json!(-1e300)],
            Reads::Single => vec![json!(3.4e38), json!(1e-44), json!(-3.4e38)],
            Reads::Text => vec![Value::from("x".repeat(3_000))],
            Reads::Bytes(None) => vec![(0..3_000).map(|at| at % 256).collect()],
            Reads::Cast(Cast::Integer) => vec![json!(i32::MIN), json!(i32::MAX.to_string())],
            _ => self.examples(),
        }
    }

    /// JSON that is no value of the type, though it looks like one.
    pub(crate) fn near_misses(&self) -> Vec<Value> {
        match &self.reads {
            Reads::Bool => vec![json!(1), json!("true"), json!("t")],
            Reads::Text => vec![json!(5), json!(["a"])],
            Reads::Char => vec![json!(""), json!("ab"), json!("é́")],
            Reads::Names(_) => {
                vec![json!("ON-HOLD"), json!(""), json!("closed "), json!({"closed": null}), json!(0)]
            }
            Reads::Integer(i128::MIN, _) => vec![json!(2e38), json!(-2e38), json!(5.0), json!("5")],
            Reads::Integer(lowest, highest) => {
                let integer = |value: i128| serde_json::from_str(&value.to_string()).expect("a number");
                vec![
                    integer(*highest + 1),
                    integer(*lowest - 1),
                    json!(5.0),
                    json!(1.5),
                    json!("5"),
                    json!(1e300),
                ]
            }
            Reads::Double => vec![json!("1.5"), json!([1.5]), json!("NaN")],
            Reads::Single => vec![json!(3.5e38), json!(1e-50), json!("1.5"), json!(-1e300)],
            Reads::Decimal => vec![
                json!("79228162514264337593543950336"),
                json!("0.00000000000000000000000000001"),
                json!("1."),
                json!(""),
                json!("NaN"),
                json!("1e3"),
                json!(1e20),
            ],
            Reads::BigDecimal => vec![
                json!("1e900"),
                json!("1e-901"),
                json!("NaN"),
                json!(""),
                json!(1.5),
                json!("Infinity"),
                json!(1e20),
            ],
            Reads::Uuid => vec![
                json!("6fa459ea-ee8a-3ca4-894e-db77e160355"),
                json!("6fa459ea-ee8a-3ca4-894e-db77e160355g"),
                json!("6fa459eaee8a-3ca4-894e-db77e160355e0"),
            ],
            Reads::Date => {
                vec![
                    json!("2023-02-29"),
                    json!("2024-13-01"),
                    json!("0000-01-01"),
                    json!("20240229"),
                    json!("today"),
                ]
            }
            Reads::Time => {
                vec![
                    json!("24:00:00"),
                    json!("12:60:00"),
                    json!("12:34:60"),
                    json!("12:34:56."),
                    json!("now"),
                ]
            }
            Reads::Local => vec![
                json!("2023-02-29T00:00:00"),
                json!("2024-02-29T24:00:00"),
                json!("2024-02-29T00:00:00Z"),
                json!("2024-02-29"),
            ],
            Reads::Moment => vec![
                json!("2024-02-29T12:34:56"),
                json!("2024-02-30T12:34:56Z"),
                json!("2024-02-29T12:34:60.5Z"),
                json!("infinity"),
            ],
            Reads::Json => Vec::new(),
            Reads::Cast(cast) => cast.near_misses(),
            Reads::Struct(keys) => no_structs(keys.len()),
            Reads::Bytes(length) => no_bytes(*length),
            Reads::List(element) => {
                let mut wrong: Vec<Value> =
                    element.near_misses().into_iter().map(|miss| json!([miss])).collect();
                wrong.extend([json!({}), json!("a"), json!([null]), json!([element.examples()])]);
                wrong
            }
        }
    }
}

impl Cast {
    /// Values that are cast, few enough to meet again and again.
    fn examples(self) -> Vec<Value> {
        match self {
            Self::Text => ["b", "", "é", "it's", " 5"].map(Value::from).to_vec(),
            Self::Json => {
                vec![json!({"a": [1, null]}), json!("text"), json!(1.5), json!(null), json!([])]
            }
            Self::Integer => vec![json!(5), json!("7"), json!(" +5 "), json!("-3"), json!(0)],
            Self::Short => {
                vec![json!("b"), json!(""), json!("it's"), json!(1.5), json!(true), json!("éééé")]
            }
        }
    }

    /// JSON that cannot be cast to the type.
    fn near_misses(self) -> Vec<Value> {
        match self {
            Self::Text => vec![json!(5), json!(false), json!(["a"])],
            Self::Json => Vec::new(),
            Self::Integer => {
                vec![
                    json!(1.5),
                    json!("5.0"),
                    json!(2_147_483_648_u32),
                    json!(true),
                    json!("five"),
                    json!(""),
                ]
            }
            Self::Short => vec![json!("false"), json!(false), json!(12345), json!({"a": 1})],
        }
    }
}

/// JSON that is not the struct of so many keys.
fn no_structs(keys: usize) -> Vec<Value> {
    if keys == 1 {
        return vec![json!({"at": "2023-02-29"}), json!({"at": null}), json!({}), json!([])];
    }
    vec![
        json!({}),
        json!({"town": null}),
        json!({"town": "b", "it's \"city\"": "b"}),
        json!({"town": "b", "zip": 1.5}),
        json!({"town": "b", "near": null}),
        json!({"town": "b", "near": [{"at": "2024-02-29"}, {"at": "2024-02-30"}]}),
        json!({"town": "b", "near": [null]}),
        json!("town"),
        json!([]),
    ]
}

/// JSON that is not so many bytes.
fn no_bytes(length: Option<usize>) -> Vec<Value> {
    let of = |byte: Value| Value::Array(vec![byte; length.unwrap_or(2)]);
    let mut wrong: Vec<Value> =
        [json!(256), json!(-1), json!(1.5), json!(1.0), json!("a"), json!(null), json!([1])].map(of).to_vec();
    wrong.extend([json!({}), json!("AQID"), json!(1)]);
    if let Some(length) = length {
        wrong.extend([vec![json!(1); length - 1].into(), vec![json!(1); length + 1].into()]);
    }
    wrong
}

/// Every type has examples and near misses that it judges as such.
#[test]
fn the_palette_knows_its_own() {
    use super::held::Held;
    use super::palette::TYPES;

    for ty in TYPES {
        for json in ty.examples().iter().chain(&ty.extremes()) {
            assert!(ty.read(json).is_some(), "{} reads {json}", ty.name);
        }
        for json in ty.near_misses() {
            assert!(ty.read(&json).is_none(), "{} does not read {json}", ty.name);
        }
        for literal in ty.literals() {
            let held = ty.literal(&literal).expect("a value");
            assert!(!ty.is_number() || matches!(held, Held::Number(number) if ty.holds(&number)));
        }
        assert_eq!(ty.default().is_some(), ty.has_default(), "the default of {}", ty.name);
    }
}
