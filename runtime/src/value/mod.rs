//! Values: what registers hold, what effects carry. Sixteen bytes, cheap to move, changed in place when unshared.
//!
//! Invariant: a value is a tree of data without identity; two values that are equal behave alike everywhere.

use std::sync::Arc;

use indexmap::IndexMap;
use rust_decimal::Decimal;

mod equal;
pub mod error;

pub use error::{Error, ErrorKind};

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
    List(Arc<Vec<Value>>),
    /// Map, in insertion order. Keys are Text, Int, Bool or Unit
    Map(Arc<Map>),
    /// Tuple
    Tuple(Arc<Vec<Value>>),
    /// A record
    Record(Arc<Record>),
    /// An enum value with payload
    Variant(Arc<Variant>),
    /// A function value
    Closure(Arc<Closure>),
    /// Text with secrets in it, which only a host can open
    Sealed(Arc<Vec<SealedPart>>),
}

/// A map's storage.
pub type Map = IndexMap<Key, Value, rustc_hash::FxBuildHasher>;

/// A map key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    pub fields: Vec<Value>,
}

/// An enum value with payload.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The enum type of the module.
    pub ty: u16,
    /// The variant.
    pub variant: u16,
    /// One value per payload field.
    pub fields: Vec<Value>,
}

/// A function value.
#[derive(Clone, Debug)]
pub struct Closure {
    /// The function of the module.
    pub function: u16,
    /// Captured values.
    pub captures: Vec<Value>,
}

/// A piece of sealed text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SealedPart {
    /// Literal text.
    Text(String),
    /// A secret by name.
    Secret(String),
}
