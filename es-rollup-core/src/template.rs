//! Text with holes, which const evaluation fills in with what only the compiler knows about types.
//!
//! The text is one literal, and what becomes of it is one string of bytes, so that the compiler has little to check. Const
//! evaluation is slow, too: it takes a microsecond or more for each byte that it looks at. So each part of a type is
//! measured once, with the type, and a text is joined only where it is used.

use crate::TypeInfo;
use crate::model::{Fact, Part};
use crate::sql::Sql;

/// The texts of a [`Rollup`](crate::Rollup). The derive implements it for a type with a parameter: the compiler then
/// joins only those that are used, instead of all whenever it checks the crate.
pub trait Texts {
    /// [`Rollup::MODEL`](crate::Rollup::MODEL)
    const MODEL: &'static str;
    /// [`Rollup::MIGRATION_SQL`](crate::Rollup::MIGRATION_SQL)
    const MIGRATION_SQL: &'static str;
    /// [`Rollup::REVERT_SQL`](crate::Rollup::REVERT_SQL)
    const REVERT_SQL: &'static str;
    /// [`Rollup::STATE_SQL`](crate::Rollup::STATE_SQL)
    const STATE_SQL: &'static str;
    /// [`Rollup::EXPLANATION`](crate::Rollup::EXPLANATION)
    const EXPLANATION: &'static str;
}

/// For an enum without SQL.
impl Texts for () {
    const MODEL: &'static str = "";
    const MIGRATION_SQL: &'static str = "";
    const REVERT_SQL: &'static str = "";
    const STATE_SQL: &'static str = "";
    const EXPLANATION: &'static str = "";
}

/// What one type puts into holes.
#[derive(Clone, Copy, Debug)]
pub struct Filling {
    /// By [`Part`].
    parts: [Sql; Part::ALL.len()],
    /// Their lengths in bytes.
    lengths: [usize; Part::ALL.len()],
    /// By [`Fact`].
    facts: [bool; Fact::ALL.len()],
}

/// Text with holes.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The text without the holes.
    pub text: &'static str,
    /// The [instructions](Instruction) that make the result of the text, each encoded.
    pub instructions: &'static [u8],
    /// The types in the instructions.
    pub types: &'static [Filling],
    /// The model's fingerprint.
    pub fingerprint: &'static str,
}

/// One instruction, of those that make the result of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Copies so many bytes of the text.
    Copy(usize),
    /// Puts in a part of a type.
    Fill(usize, Part),
    /// Begins instructions that are only followed if the fact is true of a type.
    If(usize, Fact),
    /// Ends them.
    End,
    /// Puts in the fingerprint.
    Fingerprint,
}

/// The bytes that an instruction takes: what it does, and three bytes of numbers.
const WIDTH: usize = 4;

/// What an instruction does, as its first byte.
#[derive(Clone, Copy)]
enum Code {
    Copy,
    Fill,
    If,
    End,
    Fingerprint,
}

impl Code {
    const ALL: [Self; 5] = [Self::Copy, Self::Fill, Self::If, Self::End, Self::Fingerprint];
}

impl Instruction {
    /// The instruction's bytes.
    ///
    /// # Panics
    ///
    /// If it copies 16 MiB or more, or if there are 65,536 types or more.
    pub fn encoded(self) -> [u8; WIDTH] {
        let wide = |number: usize| match u32::try_from(number).map(u32::to_be_bytes) {
            Ok([0, one, two, three]) => [one, two, three],
            Ok(_) | Err(_) => panic!("a migration is shorter than 16 MiB"),
        };
        let numbered = |ty: usize, number: u8| {
            let [zero, high, low] = wide(ty);
            assert!(zero == 0, "there are fewer than 65,536 types");
            [number, high, low]
        };
        let (code, [one, two, three]) = match self {
            Self::Copy(bytes) => (Code::Copy, wide(bytes)),
            Self::Fill(ty, part) => (Code::Fill, numbered(ty, part as u8)),
            Self::If(ty, fact) => (Code::If, numbered(ty, fact as u8)),
            Self::End => (Code::End, [0; 3]),
            Self::Fingerprint => (Code::Fingerprint, [0; 3]),
        };
        [code as u8, one, two, three]
    }
}

impl Filling {
    /// What a type puts into holes, with its description and its labels as JSON.
    pub(crate) const fn new(info: &TypeInfo, json: Sql, labels: Sql) -> Self {
        let mut parts = [Sql::Text(""); Part::ALL.len()];
        let mut lengths = [0; Part::ALL.len()];
        let mut at = 0;
        while at < parts.len() {
            parts[at] = match Part::ALL[at] {
                Part::Name => info.name,
                Part::Qualified => info.qualified_name(),
                Part::Unmodified => info.unmodified_name(),
                Part::Accepts => info.accepts,
                Part::Read => info.read,
                Part::Write => info.written(),
                Part::Expects => info.quotable_expects(),
                Part::Default => info.default_literal(),
                Part::Holds => info.holds(),
                Part::Lowest => info.lowest(),
                Part::Highest => info.highest(),
                Part::Collation => info.collation(),
                // Only its presence is checked; it has no text.
                Part::Equality => Sql::Text(""),
                Part::Values => info.value_literals(),
                Part::Json => json,
                Part::Labels => labels,
            };
            lengths[at] = parts[at].len();
            at += 1;
        }
        Self { parts, lengths, facts: facts(info) }
    }

    /// A part of the type.
    pub const fn part(&self, part: Part) -> Sql {
        self.parts[part as usize]
    }
}

const fn facts(info: &TypeInfo) -> [bool; Fact::ALL.len()] {
    let mut facts = [false; Fact::ALL.len()];
    let mut at = 0;
    while at < facts.len() {
        facts[at] = match Fact::ALL[at] {
            Fact::OneOfValues => info.is_one_of_values(),
            Fact::ArrayOfValues => info.is_array_of_values(),
            Fact::Collated => info.is_collated(),
            Fact::Text => info.is_text(),
            Fact::Qualified => info.is_own(),
            Fact::Unqualified => info.is_not_own(),
            Fact::Bounded => info.is_bounded(),
            Fact::Unbounded => !info.is_bounded(),
            Fact::Written => info.is_written(),
            Fact::Unwritten => !info.is_written(),
        };
        at += 1;
    }
    facts
}

impl Template {
    /// The result's length in bytes.
    pub const fn len(&self) -> usize {
        self.write(None)
    }

    /// Whether the result is empty.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The result as bytes.
    ///
    /// # Panics
    ///
    /// If `N` is not [`len`](Self::len).
    pub const fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let end = self.write(Some(&mut bytes));
        assert!(end == N, "`N` must be the length of the text");
        bytes
    }

    /// Follows the instructions and returns the result's length. Without `into`, it only measures.
    const fn write(&self, mut into: Option<&mut [u8]>) -> usize {
        let Self { text, instructions, types, fingerprint } = *self;
        let (mut next, mut from, mut at) = (0, 0, 0);
        // How many conditions around the current instruction are not met, counted from the outermost one.
        let mut unmet = 0;
        while next < instructions.len() {
            let (number, place) = (
                instructions[next + 1] as usize,
                (instructions[next + 2] as usize) << 8 | instructions[next + 3] as usize,
            );
            match Code::ALL[instructions[next] as usize] {
                Code::Copy => {
                    let bytes = number << 16 | place;
                    if unmet == 0 {
                        if let Some(into) = &mut into {
                            let copied = text.as_bytes().split_at(from + bytes).0.split_at(from).1;
                            into.split_at_mut(at).1.split_at_mut(bytes).0.copy_from_slice(copied);
                        }
                        at += bytes;
                    }
                    from += bytes;
                }
                Code::Fill => {
                    if unmet == 0 {
                        if let Some(into) = &mut into {
                            types[place].parts[number].write(into, at, false);
                        }
                        at += types[place].lengths[number];
                    }
                }
                Code::If => {
                    if unmet > 0 || !types[place].facts[number] {
                        unmet += 1;
                    }
                }
                Code::End => {
                    if unmet > 0 {
                        unmet -= 1;
                    }
                }
                Code::Fingerprint => {
                    if unmet == 0 {
                        if let Some(into) = &mut into {
                            Sql::Text(fingerprint).write(into, at, false);
                        }
                        at += fingerprint.len();
                    }
                }
            }
            next += WIDTH;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqlType;

    const SHORT: Template =
        Template { text: "é-", instructions: &[0, 0, 0, 2, 4, 0, 0, 0], types: &[], fingerprint: "0f" };
    const BYTES: [u8; SHORT.len()] = SHORT.bytes();

    fn joined(text: &'static str, instructions: &[Instruction], types: &'static [Filling]) -> String {
        let encoded: Vec<u8> = instructions.iter().flat_map(|one| one.encoded()).collect();
        let template = Template { text, instructions: encoded.leak(), types, fingerprint: "0f" };
        let mut bytes = vec![0; template.len()];
        assert_eq!(template.write(Some(&mut bytes)), bytes.len());
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn holes_are_filled_in_at_compile_time() {
        assert_eq!(crate::sql::text(&BYTES), "é0f");
        let instructions =
            [Instruction::Copy(2), Instruction::Fingerprint].map(Instruction::encoded).concat();
        assert_eq!(SHORT.instructions, instructions);
    }

    #[test]
    fn every_part_of_a_type_is_the_one_that_is_known_at_run_time() {
        const TYPES: &[Filling] = &[i64::FILLING, String::FILLING, bool::FILLING, <Vec<u8>>::FILLING];
        let infos = [i64::SQL, String::SQL, bool::SQL, <Vec<u8>>::SQL];
        for (at, info) in infos.into_iter().enumerate() {
            let texts = crate::model::TypeTexts::of(info);
            for part in Part::ALL {
                let filled = joined("", &[Instruction::Fill(at, part)], TYPES);
                assert_eq!(filled, texts.text(part), "{part:?} of {}", texts.name);
                assert_eq!(TYPES[at].part(part).to_string(), filled);
            }
            for fact in Fact::ALL {
                let filled =
                    joined("x", &[Instruction::If(at, fact), Instruction::Copy(1), Instruction::End], TYPES);
                assert_eq!(filled == "x", texts.is(fact), "{fact:?} of {}", texts.name);
            }
        }
    }

    #[test]
    fn what_is_inside_an_unmet_condition_is_left_out_to_its_end() {
        const TYPES: &[Filling] = &[i64::FILLING];
        let (met, unmet) = (Instruction::If(0, Fact::Qualified), Instruction::If(0, Fact::Text));
        let inner = |outer, inner| {
            let (copy, end) = (Instruction::Copy(1), Instruction::End);
            let fill = Instruction::Fill(0, Part::Name);
            joined(
                "abcde",
                &[copy, outer, copy, inner, copy, fill, Instruction::Fingerprint, end, copy, end, copy],
                TYPES,
            )
        };
        assert_eq!(inner(met, met), "abcbigint0fde");
        assert_eq!(inner(met, unmet), "abde");
        assert_eq!(inner(unmet, met), "ae");
        assert_eq!(inner(unmet, unmet), "ae");
    }

    #[test]
    fn parts_facts_and_codes_are_found_by_their_numbers() {
        assert!(Part::ALL.iter().enumerate().all(|(at, part)| *part as usize == at));
        assert!(Fact::ALL.iter().enumerate().all(|(at, fact)| *fact as usize == at));
        assert!(Code::ALL.iter().enumerate().all(|(at, code)| *code as usize == at));
    }
}
