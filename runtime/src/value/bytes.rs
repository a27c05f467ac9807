//! Digests of values: BLAKE3 over canonical bytes.
//!
//! A composed value hashes its own bytes with the digests of what it holds, so that a structure that shares parts
//! costs what it takes in memory, and whether parts are shared shows nowhere.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Key, SealedPart, Unit, Value};

/// A digest.
pub type Digest = [u8; 32];

/// Hashes values, each shared part once. It must not outlive them: parts are known by their address.
#[derive(Default)]
pub struct Hasher {
    known: FxHashMap<usize, Digest>,
    /// Bytes of composed values that were hashed so far.
    pub hashed: u64,
}

/// The digest of one value.
#[must_use]
pub fn digest(value: &Value) -> Digest {
    let mut bytes = Vec::new();
    Hasher::default().write(value, &mut bytes);
    *blake3::hash(&bytes).as_bytes()
}

/// A composed value whose parts are being hashed.
struct Open<'a> {
    value: &'a Value,
    next: usize,
    bytes: Vec<u8>,
}

impl Hasher {
    /// Writes the canonical bytes of a value: itself if it is not composed, a digest else.
    pub fn write(&mut self, value: &Value, out: &mut Vec<u8>) {
        if !scalar(value, out) {
            let digest = self.composed(value);
            out.push(tag::DIGEST);
            out.extend_from_slice(&digest);
        }
    }

    /// The digest of a value, and how many bytes were hashed for it beside those of composed values.
    pub(crate) fn digest(&mut self, value: &Value) -> (Digest, u64) {
        let mut bytes = Vec::new();
        if scalar(value, &mut bytes) {
            return (*blake3::hash(&bytes).as_bytes(), bytes.len() as u64);
        }
        let known = shared(value).and_then(|address| self.known.get(&address).copied());
        (known.unwrap_or_else(|| self.composed(value)), 0)
    }

    fn composed(&mut self, root: &Value) -> Digest {
        let mut open = vec![Open { value: root, next: 0, bytes: head(root) }];
        let mut done: Option<Digest> = None;
        while let Some(top) = open.last_mut() {
            if let Some(digest) = done.take() {
                top.bytes.push(tag::DIGEST);
                top.bytes.extend_from_slice(&digest);
            }
            let mut inside = None;
            while let Some(child) = top.value.child(top.next) {
                top.next += 1;
                if scalar(child, &mut top.bytes) {
                    continue;
                }
                match shared(child).and_then(|address| self.known.get(&address)) {
                    Some(digest) => {
                        top.bytes.push(tag::DIGEST);
                        top.bytes.extend_from_slice(digest);
                    }
                    None => {
                        inside = Some(child);
                        break;
                    }
                }
            }
            if let Some(value) = inside {
                open.push(Open { value, next: 0, bytes: head(value) });
            } else if let Some(top) = open.pop() {
                let digest = *blake3::hash(&top.bytes).as_bytes();
                self.hashed += top.bytes.len() as u64;
                if let Some(address) = shared(top.value) {
                    self.known.insert(address, digest);
                }
                done = Some(digest);
            }
        }
        done.unwrap_or_default()
    }
}

mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const BOOL: u8 = 1;
    pub(super) const INT: u8 = 2;
    pub(super) const FLOAT: u8 = 3;
    pub(super) const DURATION: u8 = 4;
    pub(super) const TIMESTAMP: u8 = 5;
    pub(super) const UNIT: u8 = 6;
    pub(super) const DECIMAL: u8 = 7;
    pub(super) const NUMBER: u8 = 8;
    pub(super) const TEXT: u8 = 9;
    pub(super) const BYTES: u8 = 10;
    pub(super) const LIST: u8 = 11;
    pub(super) const MAP: u8 = 12;
    pub(super) const TUPLE: u8 = 13;
    pub(super) const RECORD: u8 = 14;
    pub(super) const VARIANT: u8 = 15;
    pub(super) const CLOSURE: u8 = 16;
    pub(super) const SEALED: u8 = 17;
    pub(super) const DIGEST: u8 = 18;
}

/// Where a composed value lies, if others hold it too.
fn shared(value: &Value) -> Option<usize> {
    fn at<T>(arc: &Arc<T>) -> Option<usize> {
        (Arc::strong_count(arc) > 1).then(|| Arc::as_ptr(arc).addr())
    }
    match value {
        Value::List(items) | Value::Tuple(items) => at(items),
        Value::Map(map) => at(map),
        Value::Record(record) => at(record),
        Value::Variant(variant) => at(variant),
        Value::Closure(closure) => at(closure),
        _ => None,
    }
}

fn text(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text);
}

fn number(tag: u8, bytes: [u8; 8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&bytes);
}

fn unit(value: Unit, out: &mut Vec<u8>) {
    out.push(tag::UNIT);
    out.extend_from_slice(&value.ty.to_le_bytes());
    out.extend_from_slice(&value.variant.to_le_bytes());
}

/// Writes a value that is not composed; false if it is.
fn scalar(value: &Value, out: &mut Vec<u8>) -> bool {
    match value {
        Value::Null => out.push(tag::NULL),
        Value::Bool(bool) => out.extend_from_slice(&[tag::BOOL, u8::from(*bool)]),
        Value::Int(int) => number(tag::INT, int.to_le_bytes(), out),
        Value::Float(float) => number(tag::FLOAT, float.to_bits().to_le_bytes(), out),
        Value::Duration(ms) => number(tag::DURATION, ms.to_le_bytes(), out),
        Value::Timestamp(ms) => number(tag::TIMESTAMP, ms.to_le_bytes(), out),
        Value::Unit(value) => unit(*value, out),
        Value::Decimal(decimal) => text(tag::DECIMAL, decimal.to_string().as_bytes(), out),
        Value::Number(number) => text(tag::NUMBER, number.as_bytes(), out),
        Value::Text(value) => text(tag::TEXT, value.as_bytes(), out),
        Value::Bytes(bytes) => text(tag::BYTES, bytes, out),
        Value::Sealed(parts) => {
            out.push(tag::SEALED);
            out.extend_from_slice(&(parts.len() as u64).to_le_bytes());
            for part in parts.iter() {
                match part {
                    SealedPart::Text(part) => text(0, part.as_bytes(), out),
                    SealedPart::Secret(name) => text(1, name.as_bytes(), out),
                }
            }
        }
        Value::List(_)
        | Value::Map(_)
        | Value::Tuple(_)
        | Value::Record(_)
        | Value::Variant(_)
        | Value::Closure(_) => return false,
    }
    true
}

/// What stands before the parts of a composed value: its kind, type, number of parts, keys.
fn head(value: &Value) -> Vec<u8> {
    let (tag, ty, variant) = match value {
        Value::Map(_) => (tag::MAP, 0, 0),
        Value::Tuple(_) => (tag::TUPLE, 0, 0),
        Value::Record(record) => (tag::RECORD, record.ty, 0),
        Value::Variant(variant) => (tag::VARIANT, variant.ty, variant.variant),
        Value::Closure(closure) => (tag::CLOSURE, closure.function, 0),
        _ => (tag::LIST, 0, 0),
    };
    let mut out = vec![tag];
    out.extend_from_slice(&ty.to_le_bytes());
    out.extend_from_slice(&variant.to_le_bytes());
    out.extend_from_slice(&(value.children() as u64).to_le_bytes());
    if let Value::Map(map) = value {
        for key in map.keys() {
            match key {
                Key::Bool(bool) => out.extend_from_slice(&[tag::BOOL, u8::from(*bool)]),
                Key::Int(int) => number(tag::INT, int.to_le_bytes(), &mut out),
                Key::Unit(value) => unit(*value, &mut out),
                Key::Text(value) => text(tag::TEXT, value.as_bytes(), &mut out),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;

    #[test]
    fn sharing_shows_nowhere() {
        let leaf = || Value::list(vec![Value::Int(1), Value::text("a")]);
        let one = leaf();
        let shared = Value::list(vec![one.clone(), one.clone(), Value::Null]);
        let apart = Value::list(vec![leaf(), leaf(), Value::Null]);
        assert_eq!(digest(&shared), digest(&apart));
        let deep = (0..100_000).fold(Value::Null, |inner, _| Value::list(vec![inner]));
        assert_ne!(digest(&deep), digest(&shared));
        let wide = (0..64).fold(Value::Null, |inner, _| Value::list(vec![inner.clone(), inner]));
        assert_ne!(digest(&wide), digest(&deep));
    }

    #[test]
    fn each_difference_shows() {
        let entry = |key: &str, value: i64| Value::map(Map::from_iter([(key.into(), Value::Int(value))]));
        let values = [
            Value::Null,
            Value::Int(1),
            Value::Duration(1),
            Value::Timestamp(1),
            Value::Float(1.0),
            Value::text("1"),
            Value::Number(Arc::new("1".into())),
            Value::list(vec![]),
            Value::tuple(vec![]),
            Value::list(vec![Value::Null]),
            Value::list(vec![Value::list(vec![])]),
            Value::record(0, vec![]),
            Value::record(1, vec![]),
            Value::variant(1, 0, vec![]),
            Value::variant(1, 0, vec![Value::Null]),
            Value::variant(1, 1, vec![Value::Null]),
            entry("a", 1),
            entry("b", 1),
            entry("a", 2),
        ];
        for (at, a) in values.iter().enumerate() {
            for b in &values[at + 1..] {
                assert_ne!(digest(a), digest(b), "{a:?} {b:?}");
            }
        }
    }
}
