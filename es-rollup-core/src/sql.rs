//! SQL text that can be assembled in const evaluation.
//!
//! A macro cannot see that `RoleId` is a `uuid`. A trait can, but only when the compiler evaluates it.
//! So a type's texts are constants of [`SqlType`](crate::SqlType), often joined from those of other types, and
//! [`Template`](crate::template::Template) puts them into the derive's text while the user's crate compiles:
//! `MIGRATION_SQL` is a plain `&'static str` in the binary.

use std::fmt;

/// A fragment of SQL: text, or smaller fragments in order.
#[derive(Clone, Copy, Debug)]
pub enum Sql {
    /// Literal text.
    Text(&'static str),
    /// Fragments, one after the other.
    Join(&'static [Sql]),
    /// The joined fragments as a quoted JSON string.
    Json(&'static [Sql]),
}

impl Sql {
    /// The text's length in bytes.
    pub const fn len(self) -> usize {
        self.length(false)
    }

    const fn length(self, escaped: bool) -> usize {
        match self {
            Self::Text(text) => {
                if escaped {
                    escape(text.as_bytes(), None, 0)
                } else {
                    text.len()
                }
            }
            Self::Join(parts) | Self::Json(parts) => {
                let quoted = matches!(self, Self::Json(_));
                let mut total = if quoted { QUOTES } else { 0 };
                let mut at = 0;
                while at < parts.len() {
                    total += parts[at].length(escaped || quoted);
                    at += 1;
                }
                total
            }
        }
    }

    /// Whether the text is empty.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The text as bytes, padded with zeros.
    pub(crate) const fn padded<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        self.write(&mut bytes, 0, false);
        bytes
    }

    pub(crate) const fn write(self, into: &mut [u8], mut at: usize, escaped: bool) -> usize {
        match self {
            Self::Text(text) => {
                if escaped {
                    return escape(text.as_bytes(), Some(into), at);
                }
                into.split_at_mut(at).1.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
                at + text.len()
            }
            Self::Join(parts) | Self::Json(parts) => {
                let quoted = matches!(self, Self::Json(_));
                if quoted {
                    into[at] = b'"';
                    at += 1;
                }
                let mut next = 0;
                while next < parts.len() {
                    at = parts[next].write(into, at, escaped || quoted);
                    next += 1;
                }
                if quoted {
                    into[at] = b'"';
                    at += 1;
                }
                at
            }
        }
    }
}

/// The number of bytes that the quotes around a JSON string take.
const QUOTES: usize = 2;

/// Escapes text for a JSON string (<https://datatracker.ietf.org/doc/html/rfc8259#section-7>) and returns the position
/// after it. Without `into`, it only measures.
const fn escape(text: &[u8], mut into: Option<&mut [u8]>, mut at: usize) -> usize {
    let mut next = 0;
    while next < text.len() {
        let byte = text[next];
        let unicode = [
            b'\\',
            b'u',
            b'0',
            b'0',
            b"0123456789abcdef"[(byte >> 4) as usize],
            b"0123456789abcdef"[(byte & 15) as usize],
        ];
        let (whole, short): (&[u8], _) = match byte {
            b'"' | b'\\' => (&[b'\\', byte], false),
            0..=0x1f => (&unicode, false),
            _ => (&[byte], true),
        };
        if let Some(into) = &mut into {
            if short {
                into[at] = byte;
            } else {
                into.split_at_mut(at).1.split_at_mut(whole.len()).0.copy_from_slice(whole);
            }
        }
        at += whole.len();
        next += 1;
    }
    at
}

/// Text as a quoted JSON string.
#[doc(hidden)]
pub fn json(text: &str) -> String {
    let mut bytes = vec![b'"'; escape(text.as_bytes(), None, 0) + QUOTES];
    escape(text.as_bytes(), Some(&mut bytes), 1);
    String::from_utf8(bytes).expect("escaped text is still UTF-8")
}

impl fmt::Display for Sql {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Join(parts) => parts.iter().try_for_each(|part| part.fmt(out)),
            Self::Json(parts) => out.write_str(&json(&Self::Join(parts).to_string())),
        }
    }
}

/// Bytes that were joined from text, as text.
///
/// # Panics
///
/// If they are not UTF-8.
pub const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("text joined from text is UTF-8"),
    }
}

/// An object of JSON, as text, whose members are such texts.
pub(crate) fn object<Name: AsRef<str>>(members: impl IntoIterator<Item = (Name, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("{}:{value}", json(name.as_ref()))).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::{Sql, text};

    const NESTED: Sql =
        Sql::Join(&[Sql::Text("a"), Sql::Join(&[Sql::Text("é"), Sql::Text("")]), Sql::Text("b")]);
    const BYTES: [u8; NESTED.len()] = NESTED.padded();

    #[test]
    fn fragments_are_joined_in_order_at_compile_time() {
        const JOINED: &str = text(&BYTES);
        assert_eq!(JOINED, "aéb");
    }

    const QUOTED: Sql = Sql::Json(&[Sql::Text("a\"b\\c\n"), Sql::Join(&[Sql::Text("é")])]);
    const QUOTED_BYTES: [u8; QUOTED.len()] = QUOTED.padded();

    #[test]
    fn fragments_become_a_json_string_at_compile_time_and_when_displayed() {
        const WRITTEN: &str = text(&QUOTED_BYTES);
        assert_eq!(WRITTEN, r#""a\"b\\c\u000aé""#);
        assert_eq!(QUOTED.to_string(), WRITTEN);
    }

    #[test]
    fn fragments_are_also_joined_when_displayed() {
        assert_eq!(NESTED.to_string(), "aéb");
    }
}
