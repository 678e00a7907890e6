//! Exact decimal numbers with a scale, as `numeric` has them.

use bigdecimal::num_bigint::BigInt;
use std::cmp::Ordering;
use std::fmt;

/// `digits / 10^scale`; 1.10 and 1.1 are equal, and yet two texts.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) digits: BigInt,
    pub(crate) scale: u32,
}

impl Number {
    /// Reads a JSON number, with or without an exponent; without one, a number in a string.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole_digits = whole.strip_prefix('-').unwrap_or(whole);
        let all = |text: &str| text.bytes().all(|one| one.is_ascii_digit());
        if whole_digits.is_empty()
            || !all(whole_digits)
            || !all(fraction)
            || mantissa.ends_with('.')
            || exponent.abs() > 999
        {
            return None;
        }
        let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        Some(match u32::try_from(scale) {
            Ok(scale) => Self { digits, scale },
            Err(_) => Self { digits: digits * power(u32::try_from(-scale).ok()?), scale: 0 },
        })
    }

    pub(crate) fn integer(value: i128) -> Self {
        Self { digits: value.into(), scale: 0 }
    }

    /// The same number without zeros at the end of its fraction.
    pub(crate) fn trimmed(mut self) -> Self {
        while self.scale > 0 && (&self.digits % 10_u8) == BigInt::ZERO {
            self.digits /= 10_u8;
            self.scale -= 1;
        }
        self
    }

    /// How many tens of the fraction's last place it holds, at a scale that is no smaller than its own.
    fn at(&self, scale: u32) -> BigInt {
        &self.digits * power(scale - self.scale)
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self { digits: self.at(scale) + other.at(scale), scale }
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self { digits: self.at(scale) - other.at(scale), scale }
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.at(scale).cmp(&other.at(scale))
    }

    /// Whether it is a whole number between two others, written without a fraction.
    pub(crate) fn is_integer_in(&self, (lowest, highest): (i128, i128)) -> bool {
        self.scale == 0 && (BigInt::from(lowest)..=BigInt::from(highest)).contains(&self.digits)
    }
}

pub(crate) fn power(exponent: u32) -> BigInt {
    BigInt::from(10_u8).pow(exponent)
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < BigInt::ZERO { "-" } else { "" };
        let places = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits.magnitude(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

#[test]
fn numbers_keep_their_scale() {
    let number = |text| Number::parse(text).expect("a number");
    assert_eq!(number("-0.50").to_string(), "-0.50");
    assert_eq!(number("1.5e3").to_string(), "1500");
    assert_eq!(number("1e-7").to_string(), "0.0000001");
    assert_eq!(number("1.10").plus(&number("2")).to_string(), "3.10");
    assert_eq!(number("0.5").minus(&number("0.50")).to_string(), "0.00");
    assert_eq!(number("1.10").compare(&number("1.1")), Ordering::Equal);
    assert_eq!(number("10.500").trimmed().to_string(), "10.5");
}
