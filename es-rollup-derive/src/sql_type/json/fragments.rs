//! The SQL test of JSON, and the identity that stands for it, put together from fragments.

use super::super::body::quoted;
use super::field::JsonField;
use super::value::{info, own_info};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// The fragments of an SQL test that never raises an error.
pub(crate) struct Fragments<'a> {
    krate: &'a TokenStream,
    joined: Vec<TokenStream>,
    /// The text after them.
    before: String,
}

impl<'a> Fragments<'a> {
    pub(crate) fn new(krate: &'a TokenStream) -> Self {
        Self { krate, joined: Vec::new(), before: String::new() }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.before.push_str(text);
    }

    /// Whether a type accepts `es_value`.
    pub(crate) fn accepts(&mut self, ty: &Type) {
        let (krate, before, info) = (self.krate, std::mem::take(&mut self.before), info(self.krate, ty));
        self.joined.push(quote!(#krate::__private::Sql::Text(#before)));
        self.joined.push(quote!(#info.accepts));
    }

    /// What a type means.
    pub(crate) fn identity(&mut self, ty: &Type) {
        let (krate, before, info) = (self.krate, std::mem::take(&mut self.before), own_info(self.krate, ty));
        self.joined.push(quote!(#krate::__private::Sql::Text(#before)));
        self.joined.push(quote!(#info.identity()));
    }

    /// What a field means, without its keys.
    pub(crate) fn meaning(&mut self, field: &JsonField<'_>) {
        if field.absent {
            self.text("maybe ");
        }
        if field.unchecked {
            return self.text("any");
        }
        if field.optional {
            self.text("optional ");
        }
        self.identity(field.ty);
    }

    /// What the fields of an object mean.
    pub(crate) fn identities(&mut self, fields: &[JsonField<'_>]) {
        self.text("{");
        for field in fields {
            let keys: Vec<String> = field.keys.iter().map(|key| quoted(key)).collect();
            self.before.extend([&keys.join(" "), ": "]);
            self.meaning(field);
            self.text("; ");
        }
        self.text("}");
    }

    /// Whether the fields of the object `es_value` are accepted. The test of a field's type sees its value as `es_value`.
    /// With `others`, no keys are accepted but those and the fields'.
    pub(crate) fn fields(&mut self, fields: &[JsonField<'_>], others: Option<&[String]>) {
        let begin = self.before.len() + self.joined.len();
        for field in fields {
            let keys: Vec<String> = field.keys.iter().map(|key| get(key)).collect();
            let mut value = keys.join(", ");
            if keys.len() > 1 {
                self.before.extend(["pg_catalog.num_nonnulls(", &value, ") OPERATOR(pg_catalog.<=) 1 AND "]);
                value = format!("coalesce({value})");
            }
            if field.unchecked {
                if !field.absent {
                    self.before.extend(["(", &value, ") IS NOT NULL AND "]);
                }
                continue;
            }
            let close = match (field.absent, field.optional) {
                (false, _) => "",
                (true, false) => {
                    self.before.extend(["(", &value, " IS NULL OR "]);
                    ")"
                }
                (true, true) => {
                    self.before.extend(["(", &is_null(&value), " OR "]);
                    ")"
                }
            };
            self.before.push_str("(SELECT (");
            self.accepts(field.ty);
            self.before = format!(") FROM (SELECT {value}) AS es_inner(es_value)) IS TRUE{close} AND ");
        }
        if begin == self.before.len() + self.joined.len() {
            self.before.push_str("true AND ");
        }
        self.before.truncate(self.before.len() - " AND ".len());
        if let Some(others) = others {
            let keys = fields.iter().flat_map(|field| &field.keys).chain(others);
            let keys: Vec<String> = keys.map(|key| quoted(key)).collect();
            self.before.extend([" AND ", &has_only(&keys)]);
        }
    }

    /// The whole test.
    pub(crate) fn finish(mut self) -> TokenStream {
        let (krate, before) = (self.krate, std::mem::take(&mut self.before));
        let joined = self.joined;
        quote!(#krate::__private::Sql::Join(&[#(#joined,)* #krate::__private::Sql::Text(#before)]))
    }
}

/// The value of a key.
pub(crate) fn get(key: &str) -> String {
    format!("es_value OPERATOR(pg_catalog.->) {}", quoted(key))
}

/// Whether a value is null or absent.
pub(crate) fn is_null(value: &str) -> String {
    format!("coalesce(pg_catalog.jsonb_typeof({value}), 'null') OPERATOR(pg_catalog.=) 'null'")
}

/// Whether the object has no other keys.
pub(crate) fn has_only(keys: &[String]) -> String {
    let keys = keys.join(", ");
    format!("es_value OPERATOR(pg_catalog.-) ARRAY[{keys}]::pg_catalog.text[] OPERATOR(pg_catalog.=) '{{}}'")
}
