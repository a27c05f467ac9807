//! The types a program declares, its constants and functions, and code with locals of its own.

use super::expr::Expr;
use crate::check::types::Type;
use crate::ids::{GlobalId, LocalId};
use crate::span::Span;

/// A record type.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name as JSON Schema and messages show it.
    pub name: String,
    /// How many type parameters it has; fields speak of them as `Type::Param(n)`.
    pub generics: usize,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// Its declaration; default for prelude types.
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// A field of a record or of a variant's payload, or a parameter of a tool or graph.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in programs.
    pub name: String,
    /// Its name in JSON, where it differs.
    pub foreign: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Its default: a global. (`T?` without one defaults to null.)
    pub default: Option<GlobalId>,
    /// Its name's place.
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// An enum type.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// How many type parameters it has.
    pub generics: usize,
    /// Its variants in order.
    pub variants: Vec<Variant>,
    /// Its declaration.
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its payload; empty if it has none.
    pub fields: Vec<Field>,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// A constant, or the default of a field or parameter.
#[derive(Clone, Debug)]
pub struct Global {
    /// `NAME`, or `Record.field` for a default: for messages.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub body: Body,
    /// Its declaration.
    pub span: Span,
}

/// A declared function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its result type.
    pub result: Type,
    /// Its code.
    pub body: Body,
    /// Its name's place.
    pub span: Span,
}

/// Code with locals of its own.
#[derive(Clone, Debug)]
pub struct Body {
    /// The locals that hold the parameters, in order; then those that hold captures.
    pub params: Vec<LocalId>,
    /// All locals, by [`LocalId`].
    pub locals: Vec<Local>,
    /// What it computes.
    pub value: Expr,
}

/// A local variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; empty for one the checker made.
    pub name: String,
    /// Its type as declared (before narrowing).
    pub ty: Type,
    /// Whether it is a `var`.
    pub mutable: bool,
    /// Where it is bound.
    pub span: Span,
}

/// A body that reads outer locals by value, as they are when it is made.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Outer locals, in the order of the body's capture parameters, which follow its own parameters.
    pub captures: Vec<LocalId>,
    /// Its code. `body.params` = own parameters, then captures.
    pub body: Body,
}
