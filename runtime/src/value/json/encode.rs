//! Values to compact JSON text, in a loop: a value may nest deeper than the native stack.

use aeth_lang::bytecode::Module;
use aeth_lang::bytecode::module::FieldType;

use crate::value::{Key, Map, Value, text};

/// The JSON text of a value.
#[must_use]
pub fn encode(value: &Value, module: &Module) -> String {
    encode_within(value, module, usize::MAX).unwrap_or_default()
}

/// The JSON text of a value; `None` if it is longer than `limit` bytes.
#[must_use]
pub fn encode_within(value: &Value, module: &Module, limit: usize) -> Option<String> {
    let mut writer = Writer { module, out: String::new(), open: Vec::new() };
    writer.value(value);
    while let Some(top) = writer.open.last_mut() {
        if writer.out.len() > limit {
            return None;
        }
        let first = top.first;
        top.first = false;
        let next = match &mut top.parts {
            Parts::Items(items) => items.next().map(|value| (None, value)),
            Parts::Entries(entries) => {
                entries.next().map(|(key, value)| (Some(text::key(key, module)), value))
            }
            Parts::Fields(names, values) => {
                let name = names.next().map_or_else(|| "?".to_owned(), |field| field.json.clone());
                values.next().map(|value| (Some(name), value))
            }
        };
        match next {
            None => {
                let close = top.close;
                writer.open.pop();
                writer.out.push_str(close);
            }
            Some((name, value)) => {
                if !first {
                    writer.out.push(',');
                }
                if let Some(name) = name {
                    quote(&name, &mut writer.out);
                    writer.out.push(':');
                }
                writer.value(value);
            }
        }
    }
    (writer.out.len() <= limit).then_some(writer.out)
}

struct Writer<'a> {
    module: &'a Module,
    out: String,
    open: Vec<Open<'a>>,
}

/// A list or object that is being written.
struct Open<'a> {
    parts: Parts<'a>,
    first: bool,
    close: &'static str,
}

enum Parts<'a> {
    Items(std::slice::Iter<'a, Value>),
    Entries(<&'a Map as IntoIterator>::IntoIter),
    Fields(std::slice::Iter<'a, FieldType>, std::slice::Iter<'a, Value>),
}

impl<'a> Writer<'a> {
    /// Writes a value, or the beginning of one that is composed.
    fn value(&mut self, value: &'a Value) {
        match value {
            Value::Text(text) => quote(text, &mut self.out),
            Value::List(items) | Value::Tuple(items) => self.open("[", Parts::Items(items.iter()), "]"),
            Value::Map(map) => self.open("{", Parts::Entries((&**map).into_iter()), "}"),
            Value::Record(record) => {
                let fields = self.module.records.get(record.ty as usize).map_or(&[][..], |ty| &ty.fields);
                self.open("{", Parts::Fields(fields.iter(), record.fields.iter()), "}");
            }
            Value::Variant(variant) => {
                let ty = self.module.enums.get(variant.ty as usize);
                let ty = ty.and_then(|ty| ty.variants.get(variant.variant as usize));
                let (name, fields) = ty.map_or(("?", &[][..]), |ty| (ty.name.as_str(), &ty.fields));
                self.out.push('{');
                quote(name, &mut self.out);
                self.open(":{", Parts::Fields(fields.iter(), variant.fields.iter()), "}}");
            }
            scalar => match text::scalar(scalar, self.module) {
                Some((text, true)) => quote(&text, &mut self.out),
                Some((text, false)) => self.out.push_str(&text),
                None => self.out.push_str("null"),
            },
        }
    }

    fn open(&mut self, open: &str, parts: Parts<'a>, close: &'static str) {
        self.out.push_str(open);
        self.open.push(Open { parts, first: true, close });
    }
}

/// Writes a text in quotes.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[start..at]);
        start = at + 1;
        if escape.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// A key as a JSON member name.
pub(super) fn member(key: &Key, module: &Module) -> Key {
    match key {
        Key::Text(_) => key.clone(),
        other => Key::from(text::key(other, module)),
    }
}
