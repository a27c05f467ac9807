//! Records, enums, and types written out: what values are decoded by and described with.

use serde::{Deserialize, Serialize};

use crate::ids::{GlobalId, ShapeId};

/// A record type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordType {
    /// Its name.
    pub name: String,
    /// Its fields in order. Shapes may be `Param(n)` for generic records.
    pub fields: Vec<FieldType>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// A field of a record or payload, or a parameter of a tool or graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldType {
    /// Its name in programs.
    pub name: String,
    /// Its name in JSON.
    pub json: String,
    /// Its type.
    pub shape: ShapeId,
    /// What it is when missing.
    pub default: Option<GlobalId>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// An enum type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// Its variants in order.
    pub variants: Vec<VariantType>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantType {
    /// Its name.
    pub name: String,
    /// Its payload.
    pub fields: Vec<FieldType>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// A type, written out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Shape {
    /// `Null`
    Null,
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Float`
    Float,
    /// `Decimal`
    Decimal,
    /// `String`
    String,
    /// `Bytes`
    Bytes,
    /// `Duration`
    Duration,
    /// `Timestamp`
    Timestamp,
    /// `Json`
    Json,
    /// `(A, B)`
    Tuple(Vec<ShapeId>),
    /// `List<T>`
    List(ShapeId),
    /// `Map<K, V>`
    Map(ShapeId, ShapeId),
    /// `T?`
    Optional(ShapeId),
    /// A record with type arguments.
    Record(u16, Vec<ShapeId>),
    /// An enum with type arguments.
    Enum(u16, Vec<ShapeId>),
    /// A type parameter of the record or enum that this shape stands in.
    Param(u16),
    /// Something without JSON form (function, job, plan, model): cannot be decoded.
    Opaque,
}
