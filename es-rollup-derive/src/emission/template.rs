//! Emitted text as one literal, with instructions for what the compiler fills in because the macro does not know it.

use es_rollup_core::emit::Piece;
use es_rollup_core::model::Type;
use es_rollup_core::template::Instruction;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// A constant expression for the text of pieces. `place` is that of a type in `TYPES`.
pub(super) fn text(pieces: &[Piece], place: impl Fn(Type) -> usize, krate: &TokenStream) -> TokenStream {
    if let [Piece::Text(text)] = pieces {
        return quote!(#text);
    }
    let mut template = Template { text: String::new(), instructions: Vec::new(), has_fingerprint: false };
    template.push(pieces, &place);
    let Template { text, instructions, has_fingerprint } = template;
    let instructions =
        Literal::byte_string(&instructions.into_iter().flat_map(Instruction::encoded).collect::<Vec<u8>>());
    let fingerprint = if has_fingerprint { quote!(#krate::__private::text(FINGERPRINT)) } else { quote!("") };
    quote! {{
        const SQL: &#krate::__private::Template = &#krate::__private::Template {
            text: #text,
            instructions: #instructions,
            types: TYPES,
            fingerprint: #fingerprint,
        };
        const LENGTH: ::core::primitive::usize = SQL.len();
        #krate::__private::text(const { &SQL.bytes::<LENGTH>() })
    }}
}

struct Template {
    text: String,
    instructions: Vec<Instruction>,
    has_fingerprint: bool,
}

impl Template {
    fn push(&mut self, pieces: &[Piece], place: &impl Fn(Type) -> usize) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.text.push_str(text);
                    self.instructions.push(Instruction::Copy(text.len()));
                }
                Piece::Type(ty, part) => self.instructions.push(Instruction::Fill(place(*ty), *part)),
                Piece::If(ty, fact, inside) => {
                    self.instructions.push(Instruction::If(place(*ty), *fact));
                    self.push(inside, place);
                    self.instructions.push(Instruction::End);
                }
                Piece::Fingerprint => {
                    self.has_fingerprint = true;
                    self.instructions.push(Instruction::Fingerprint);
                }
            }
        }
    }
}
