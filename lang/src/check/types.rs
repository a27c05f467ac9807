//! Types as the checker knows them.

use std::sync::Arc;

use crate::ids::{EnumId, RecordId};

/// A type. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
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
    /// `Model`
    Model,
    /// What `fail`, `return`, `break` have: fits any type.
    Never,
    /// Text that holds a secret: has no name in programs.
    Secret,
    /// `(A, B)`
    Tuple(Arc<[Type]>),
    /// `List<T>`
    List(Arc<Type>),
    /// `Map<K, V>`
    Map(Arc<(Type, Type)>),
    /// `T?`, never of `T?` or Null.
    Optional(Arc<Type>),
    /// A record with its type arguments. `Error`, `Entry`, … are prelude records.
    Record(RecordId, Arc<[Type]>),
    /// An enum with its type arguments. `ErrorKind`, `Result<T>` are prelude enums.
    Enum(EnumId, Arc<[Type]>),
    /// `fn(A) -> B`
    Function(Arc<[Type]>, Arc<Type>),
    /// `Job<T>`
    Job(Arc<Type>),
    /// `Plan<T>`
    Plan(Arc<Type>),
    /// A type parameter of the declaration at hand, by position.
    Param(u16),
    /// Not yet known: an inference variable of the statement at hand. Never in a checked program.
    Open(u32),
    /// The type of something broken: fits everything, so that one mistake yields one error.
    Unknown,
}

impl Type {
    /// `T?`, collapsing `T??` and `Null?`.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            Self::Optional(_) | Self::Null | Self::Unknown | Self::Never => self,
            other => Self::Optional(Arc::new(other)),
        }
    }

    /// `List<T>`.
    #[must_use]
    pub fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    /// `Map<K, V>`.
    #[must_use]
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new((key, value)))
    }
}
