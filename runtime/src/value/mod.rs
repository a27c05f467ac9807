//! Values: what registers hold, what effects carry. Sixteen bytes, cheap to move, changed in place when unshared.
//!
//! In: what the machine computes, what the world answered as JSON text. Out: JSON text, what `{x}` shows, digests.
//! Invariant: a value is a tree of data without identity; two values that are equal behave alike everywhere. It may
//! nest as deep as memory allows, so nothing here recurses over a value without a bound, not even its drop.

use std::sync::Arc;

use rust_decimal::Decimal;

pub mod bytes;
pub mod decimal;
pub mod equal;
pub mod error;
mod items;
pub mod json;
pub mod measure;
pub mod number;
pub mod order;
#[cfg(test)]
mod properties;
mod seed;
pub(crate) mod table;
pub mod text;
pub mod time;

pub use error::{Error, ErrorKind};
pub use items::{Items, Map};
pub use seed::KeySet;

/// A value of the language. Which variant stands where is known from the type, except in `Json`, which is Null,
/// Bool, Int (canonical 64-bit integers), Number (every other number, as written), Text, List or Map with Text keys.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// Bool
    Bool(bool),
    /// Int
    Int(i64),
    /// Float: never NaN or infinite
    Float(f64),
    /// Duration in milliseconds
    Duration(i64),
    /// Timestamp: milliseconds since 1970, UTC
    Timestamp(i64),
    /// A payload-free enum value
    Unit(Unit),
    /// Decimal
    Decimal(Arc<Decimal>),
    /// A JSON number that is no canonical Int, as written
    Number(Arc<String>),
    /// String
    Text(Arc<String>),
    /// Bytes
    Bytes(Arc<Vec<u8>>),
    /// List
    List(Arc<Items>),
    /// Map, in insertion order. Keys are Text, Int, Bool or Unit
    Map(Arc<Map>),
    /// Tuple
    Tuple(Arc<Items>),
    /// A record
    Record(Arc<Record>),
    /// An enum value with payload
    Variant(Arc<Variant>),
    /// A function value
    Closure(Arc<Closure>),
    /// Text with secrets in it, which only a host can open
    Sealed(Arc<Vec<SealedPart>>),
}

const _: () = assert!(size_of::<Value>() == 16);

/// A map key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Bool
    Bool(bool),
    /// Int
    Int(i64),
    /// A payload-free enum value
    Unit(Unit),
    /// String
    Text(Arc<String>),
}

/// A payload-free enum value: enum and variant index of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit {
    /// The enum.
    pub ty: u16,
    /// The variant.
    pub variant: u16,
}

/// A record value.
#[derive(Clone, Debug)]
pub struct Record {
    /// The record type of the module.
    pub ty: u16,
    /// One value per field.
    pub fields: Items,
}

/// An enum value with payload.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The enum type of the module.
    pub ty: u16,
    /// The variant.
    pub variant: u16,
    /// One value per payload field.
    pub fields: Items,
}

/// A function value.
#[derive(Clone, Debug)]
pub struct Closure {
    /// The function of the module.
    pub function: u16,
    /// Captured values.
    pub captures: Items,
}

/// A piece of sealed text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SealedPart {
    /// Literal text.
    Text(String),
    /// A secret by name.
    Secret(String),
}

impl Value {
    /// A String.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Arc::new(text.into()))
    }

    /// A List.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items.into()))
    }

    /// A tuple.
    #[must_use]
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Arc::new(items.into()))
    }

    /// A Map or JSON object.
    #[must_use]
    pub fn map(entries: Map) -> Self {
        Self::Map(Arc::new(entries))
    }

    /// A record of a type of the module.
    #[must_use]
    pub fn record(ty: u16, fields: Vec<Self>) -> Self {
        Self::Record(Arc::new(Record { ty, fields: fields.into() }))
    }

    /// An enum value; one without payload is a [`Unit`].
    #[must_use]
    pub fn variant(ty: u16, variant: u16, fields: Vec<Self>) -> Self {
        if fields.is_empty() {
            return Self::Unit(Unit { ty, variant });
        }
        Self::Variant(Arc::new(Variant { ty, variant, fields: fields.into() }))
    }

    /// A Decimal.
    #[must_use]
    pub fn decimal(decimal: Decimal) -> Self {
        Self::Decimal(Arc::new(decimal))
    }

    /// The text of a String.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an Int.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// Whether it holds nothing on the heap.
    #[inline]
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(
            self,
            Self::Null
                | Self::Bool(_)
                | Self::Int(_)
                | Self::Float(_)
                | Self::Duration(_)
                | Self::Timestamp(_)
                | Self::Unit(_)
        )
    }

    /// The values directly inside this one: items, fields, payload, captures, the values of a map.
    #[must_use]
    pub fn children(&self) -> usize {
        match self {
            Self::List(items) | Self::Tuple(items) => items.len(),
            Self::Map(map) => map.len(),
            Self::Record(record) => record.fields.len(),
            Self::Variant(variant) => variant.fields.len(),
            Self::Closure(closure) => closure.captures.len(),
            _ => 0,
        }
    }

    /// One of the values directly inside this one.
    #[must_use]
    pub fn child(&self, at: usize) -> Option<&Self> {
        match self {
            Self::List(items) | Self::Tuple(items) => items.get(at),
            Self::Map(map) => map.get_index(at).map(|(_, value)| value),
            Self::Record(record) => record.fields.get(at),
            Self::Variant(variant) => variant.fields.get(at),
            Self::Closure(closure) => closure.captures.get(at),
            _ => None,
        }
    }

    /// What this value is, for a sentence: "a list".
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a Bool",
            Self::Int(_) => "an Int",
            Self::Float(_) => "a Float",
            Self::Duration(_) => "a Duration",
            Self::Timestamp(_) => "a Timestamp",
            Self::Unit(_) | Self::Variant(_) => "an enum value",
            Self::Decimal(_) => "a Decimal",
            Self::Number(_) => "a number",
            Self::Text(_) => "a String",
            Self::Bytes(_) => "Bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple",
            Self::Record(_) => "a record",
            Self::Closure(_) => "a function",
            Self::Sealed(_) => "text with secrets",
        }
    }
}

impl Key {
    /// A value as a key; null, numbers with fractions and everything composed is none.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(Self::Text(Arc::clone(text))),
            Value::Int(int) => Some(Self::Int(*int)),
            Value::Bool(bool) => Some(Self::Bool(*bool)),
            Value::Unit(unit) => Some(Self::Unit(*unit)),
            _ => None,
        }
    }

    /// As [`of`](Self::of), without a copy.
    #[must_use]
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(Self::Text(text)),
            other => Self::of(&other),
        }
    }

    /// The key as a value.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(int) => Value::Int(*int),
            Self::Unit(unit) => Value::Unit(*unit),
            Self::Text(text) => Value::Text(Arc::clone(text)),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(Arc::new(text.into()))
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::Text(Arc::new(text))
    }
}
