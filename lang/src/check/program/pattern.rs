//! Patterns over values of known type, and the arms they select.

use super::JsonKind;
use super::expr::{Expr, Literal};
use crate::check::types::Type;
use crate::ids::{EnumId, LocalId, RecordId};
use crate::span::Span;

/// An arm of a match.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What fits.
    pub pattern: Pattern,
    /// The guard, which sees the bindings.
    pub guard: Option<Expr>,
    /// The value.
    pub body: Expr,
}

/// A pattern over a value of known type.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What fits.
    pub kind: PatternKind,
    /// The type of the value it is matched against.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a pattern.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// Anything.
    Wildcard,
    /// Anything, bound to a local, if the inner pattern fits.
    Bind(LocalId, Option<Box<Pattern>>),
    /// Null.
    Null,
    /// Not null, and the inner pattern (of the type without `?`) fits.
    Some(Box<Pattern>),
    /// Equal to a literal.
    Literal(Literal),
    /// Within a range (Int, Float, Decimal, String, Duration); the bounds are literals.
    Range { start: Literal, end: Literal, inclusive: bool },
    /// This variant, with payload patterns by index.
    Variant { id: EnumId, variant: u16, fields: Vec<(u16, Pattern)> },
    /// A record with field patterns by index.
    Record { id: RecordId, fields: Vec<(u16, Pattern)> },
    /// A tuple.
    Tuple(Vec<Pattern>),
    /// A list of exactly these, or of at least these with the rest bound.
    List { items: Vec<Pattern>, rest: Option<Option<LocalId>> },
    /// A JSON kind, with the payload (bool, number, text, list, object) bound by the inner pattern.
    Json(JsonKind, Option<Box<Pattern>>),
    /// The first that fits; all bind the same locals.
    Or(Vec<Pattern>),
}
