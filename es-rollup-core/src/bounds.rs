//! The bounds of a whole number of at most eight bytes, read from the text that says which numbers a type holds.
//!
//! A counter of such a type is compared with its bounds before it moves, in integers. Every other counter is added up as
//! `numeric` and compared afterwards.

use crate::text_value::equal;

/// The lowest and the greatest number of a type, as the text for [`TypeInfo::number`](crate::TypeInfo::number) has them;
/// `None` if the text says anything else, or if the numbers have more than eight bytes.
pub(crate) const fn bounds<'a>(name: &str, holds: &'a str) -> Option<(&'a str, &'a str)> {
    const FROM: &str = "es_number OPERATOR(pg_catalog.>=) ";
    const TO: &str = " AND es_number OPERATOR(pg_catalog.<=) ";
    if !(equal(name, "smallint") || equal(name, "integer") || equal(name, "bigint")) {
        return None;
    }
    let Some(numbers) = after(holds, FROM) else { return None };
    let lowest = numbers.split_at(digits(numbers)).0;
    let Some(highest) = after(numbers.split_at(lowest.len()).1, TO) else { return None };
    if digits(highest) == highest.len() && is_in_eight_bytes(lowest) && is_in_eight_bytes(highest) {
        Some((lowest, highest))
    } else {
        None
    }
}

/// What comes after the beginning.
const fn after<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    if text.len() < beginning.len() || !text.is_char_boundary(beginning.len()) {
        return None;
    }
    let (begins, rest) = text.split_at(beginning.len());
    if equal(begins, beginning) { Some(rest) } else { None }
}

/// How long the whole number is with which the text begins.
const fn digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = if !bytes.is_empty() && bytes[0] == b'-' { 1 } else { 0 };
    while at < bytes.len() && bytes[at].is_ascii_digit() {
        at += 1;
    }
    at
}

const fn is_in_eight_bytes(number: &str) -> bool {
    i64::from_str_radix(number, 10).is_ok()
}

#[cfg(test)]
mod tests {
    use super::bounds;
    use crate::SqlType;
    use crate::model::TypeTexts;

    fn of<T: SqlType>() -> Option<(String, String)> {
        let TypeTexts { name, number, .. } = TypeTexts::of(T::SQL);
        bounds(&name, &number?).map(|(lowest, highest)| (lowest.into(), highest.into()))
    }

    #[test]
    fn whole_numbers_of_at_most_eight_bytes_have_bounds() {
        let (lowest, highest) = (i64::MIN.to_string(), i64::MAX.to_string());
        assert_eq!(of::<i64>(), Some((lowest.clone(), highest.clone())));
        assert_eq!(of::<isize>(), Some((lowest, highest)));
        assert_eq!(of::<i16>(), Some(("-32768".into(), "32767".into())));
        assert_eq!(of::<u8>(), Some(("0".into(), "255".into())));
        assert_eq!(of::<u32>(), Some(("0".into(), "4294967295".into())));
        for none in [of::<u64>(), of::<i128>(), of::<f64>(), of::<String>()] {
            assert_eq!(none, None);
        }
    }

    #[test]
    fn another_text_has_none() {
        let text = |from: &str, to: &str| {
            format!("es_number OPERATOR(pg_catalog.>=) {from} AND es_number OPERATOR(pg_catalog.<=) {to}")
        };
        assert_eq!(bounds("bigint", &text("-7", "7")), Some(("-7", "7")));
        assert_eq!(bounds("numeric", &text("-7", "7")), None);
        for [from, to] in
            [["", "7"], ["-", "7"], ["1", "7 OR true"], ["1", "9223372036854775808"], ["é", "7"]]
        {
            assert_eq!(bounds("bigint", &text(from, to)), None, "{from} {to}");
        }
        for text in ["", "es_number >= 1 AND es_number <= 7", "es_number OPERATOR(pg_catalog.>é"] {
            assert_eq!(bounds("bigint", text), None, "{text}");
        }
    }
}
