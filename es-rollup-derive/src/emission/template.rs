//! Emitted text as one literal, and the steps in which the compiler fills in what the macro does not know.

use es_rollup_core::emit::Piece;
use es_rollup_core::model::Type;
use es_rollup_core::template::Step;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// A constant expression for the text of pieces. `place` is that of a type in `TYPES`.
pub(super) fn text(pieces: &[Piece], place: impl Fn(Type) -> usize, krate: &TokenStream) -> TokenStream {
    if let [Piece::Text(text)] = pieces {
        return quote!(#text);
    }
    let mut template = Template { text: String::new(), steps: Vec::new(), has_fingerprint: false };
    template.push(pieces, &place);
    let Template { text, steps, has_fingerprint } = template;
    let steps = Literal::byte_string(&steps.into_iter().flat_map(Step::encoded).collect::<Vec<u8>>());
    let fingerprint = if has_fingerprint { quote!(#krate::__private::text(FINGERPRINT)) } else { quote!("") };
    quote! {{
        const SQL: &#krate::__private::Template = &#krate::__private::Template {
            text: #text,
            steps: #steps,
            types: TYPES,
            fingerprint: #fingerprint,
        };
        const LENGTH: ::core::primitive::usize = SQL.len();
        #krate::__private::text(const { &SQL.bytes::<LENGTH>() })
    }}
}

struct Template {
    text: String,
    steps: Vec<Step>,
    has_fingerprint: bool,
}

impl Template {
    fn push(&mut self, pieces: &[Piece], place: &impl Fn(Type) -> usize) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.text.push_str(text);
                    self.steps.push(Step::Copy(text.len()));
                }
                Piece::Type(ty, part) => self.steps.push(Step::Fill(place(*ty), *part)),
                Piece::If(ty, fact, inside) => {
                    self.steps.push(Step::If(place(*ty), *fact));
                    self.push(inside, place);
                    self.steps.push(Step::End);
                }
                Piece::Fingerprint => {
                    self.has_fingerprint = true;
                    self.steps.push(Step::Fingerprint);
                }
            }
        }
    }
}
