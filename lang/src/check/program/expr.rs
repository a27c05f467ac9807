//! Expressions and statements. Operands are evaluated left to right, in order.

use std::sync::Arc;

use super::Mutation;
use super::data::Closure;
use super::effect::Effect;
use super::pattern::{Arm, Pattern};
use crate::check::types::Type;
use crate::ids::{EnumId, FunctionId, GlobalId, LocalId, ModelId, RecordId};
use crate::library::Builtin;
use crate::span::Span;

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression. Operands are evaluated left to right, in order.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A local.
    Local(LocalId),
    /// A constant.
    Global(GlobalId),
    /// String interpolation: each part a String literal or any value that has a text form.
    Template(Vec<Expr>),
    /// Interpolation or text that holds secrets (type Secret).
    Sealed(Vec<SealedPart>),
    /// A list.
    List(Vec<Element>),
    /// A map; later keys win.
    Map(Vec<(Expr, Expr)>),
    /// A tuple.
    Tuple(Vec<Expr>),
    /// A JSON object; values are of type Json (or Secret inside `via`).
    JsonObject(Vec<JsonMember>),
    /// A JSON array.
    JsonArray(Vec<Element>),
    /// A record: one expression per field, in evaluation order, with the field's index. All fields are given;
    /// with `base`, the others are taken from it.
    Record { id: RecordId, base: Option<Box<Expr>>, fields: Vec<(u16, Expr)> },
    /// A variant: one expression per payload field, in evaluation order, with the field's index.
    Variant { id: EnumId, variant: u16, fields: Vec<(u16, Expr)> },
    /// A field of a record.
    Field { base: Box<Expr>, index: u16 },
    /// An element of a tuple.
    TupleField { base: Box<Expr>, index: u16 },
    /// `xs[i]`, `m[k]`, `j["a"]`, `j[0]`: fails with NotFound. The base's type tells which.
    Index { base: Box<Expr>, index: Box<Expr> },
    /// `j.name`: null when missing.
    JsonField { base: Box<Expr>, name: String },
    /// Null if `base` is null, else `then` with `bind` holding the value: `a?.b`.
    Safe { base: Box<Expr>, bind: LocalId, then: Box<Expr> },
    /// `a ?? b`.
    Coalesce { value: Box<Expr>, otherwise: Box<Expr> },
    /// `!e`.
    Not(Box<Expr>),
    /// `-e`: Int, Float, Decimal, Duration.
    Negate(Box<Expr>),
    /// `&&`.
    And(Box<Expr>, Box<Expr>),
    /// `||`.
    Or(Box<Expr>, Box<Expr>),
    /// Arithmetic; the types of both operands tell the instruction.
    Arith { op: ArithOp, left: Box<Expr>, right: Box<Expr> },
    /// Comparison of two values of one type (`T` and `T?` for Eq and Ne).
    Compare { op: CompareOp, left: Box<Expr>, right: Box<Expr> },
    /// `a..b` as a `List<Int>`.
    Range { start: Box<Expr>, end: Box<Expr>, inclusive: bool },
    /// `e as Json`, explicit or by fitting a Json place.
    ToJson(Box<Expr>),
    /// `e as T`: encodes and decodes; fails with Decode.
    Cast { value: Box<Expr>, to: Type },
    /// A call of a declared function.
    Call { function: FunctionId, args: Vec<Expr> },
    /// A call of a function value.
    CallValue { callee: Box<Expr>, args: Vec<Expr> },
    /// A call of the library.
    Builtin { builtin: Builtin, args: Vec<Expr> },
    /// A declared function as a value.
    FunctionValue(FunctionId),
    /// A model as a value.
    Model(ModelId),
    /// A lambda.
    Lambda(Box<Closure>),
    /// `if`; without `else` it has type Null.
    If { condition: Box<Expr>, then: Box<Expr>, otherwise: Option<Box<Expr>> },
    /// `match`, `if let`, `while let`, destructuring. Arms in order; the checker has proven that one fits,
    /// unless `otherwise` is given.
    Match { value: Box<Expr>, arms: Vec<Arm>, otherwise: Option<Box<Expr>> },
    /// Statements, then a value (Null if none).
    Block { stmts: Vec<Stmt>, value: Option<Box<Expr>> },
    /// `for x in xs`, `for i, x in xs`.
    ForList { list: Box<Expr>, index: Option<LocalId>, item: LocalId, body: Box<Expr> },
    /// `for i in a..b` without the list being made.
    ForRange { start: Box<Expr>, end: Box<Expr>, inclusive: bool, item: LocalId, body: Box<Expr> },
    /// `for k, v in map`.
    ForMap { map: Box<Expr>, key: LocalId, value: LocalId, body: Box<Expr> },
    /// `while`.
    While { condition: Box<Expr>, body: Box<Expr> },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `return e` of the innermost body.
    Return(Box<Expr>),
    /// `fail e`: the operand is an Error.
    Fail(Box<Expr>),
    /// `assert`: the operand is a Bool; the message a String. `text` is the condition as written.
    Assert { condition: Box<Expr>, message: Option<Box<Expr>>, text: String },
    /// `try { … } catch e { … }`.
    TryCatch { body: Box<Expr>, binding: LocalId, handler: Box<Expr> },
    /// `try e` as a Result.
    Try(Box<Expr>),
    /// Asking for something outside this fiber.
    Effect(Box<Effect>),
    /// A value whose use changes in place: `xs.push(1)`, `m.delete(k)`: see [`Mutation`].
    Mutate { place: Place, mutation: Mutation, args: Vec<Expr> },
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// Bool
    Bool(bool),
    /// Int
    Int(i64),
    /// Float
    Float(f64),
    /// Decimal, as written.
    Decimal(String),
    /// String
    Text(Arc<str>),
    /// Duration in milliseconds.
    Duration(i64),
    /// A JSON number, as written.
    JsonNumber(String),
}

/// A piece of a text that holds secrets.
#[derive(Clone, Debug)]
pub enum SealedPart {
    /// A value with a text form, or a Secret.
    Value(Expr),
    /// `secret.NAME`
    Secret(String),
}

/// An element of a list or JSON array.
#[derive(Clone, Debug)]
pub enum Element {
    /// One value.
    One(Expr),
    /// All values of a list.
    Spread(Expr),
}

/// A member of a JSON object; later keys win.
#[derive(Clone, Debug)]
pub enum JsonMember {
    /// `key: e`
    Member(String, Expr),
    /// All members of an object.
    Spread(Expr),
}

/// `+ - * / %`. `+` also joins Strings and Lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// Comparison operators. `in` is a builtin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a statement.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Binds a local.
    Let(LocalId, Expr),
    /// Destructures with a pattern that always fits.
    LetPattern(Pattern, Expr),
    /// `place = e`; with an operator, the place is read first, then `e`.
    Assign { place: Place, op: Option<ArithOp>, value: Expr },
    /// Evaluates and drops.
    Expr(Expr),
}

/// Something that can be changed: a `var` and a path into it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The `var`.
    pub local: LocalId,
    /// From the outside inwards; keys are evaluated in order.
    pub path: Vec<Step>,
    /// The type of what stands there.
    pub ty: Type,
}

/// A step of a [`Place`].
#[derive(Clone, Debug)]
pub enum Step {
    /// A record field.
    Field(u16),
    /// A list index: must exist.
    Index(Expr),
    /// A map key: the last step may add it, earlier ones must exist.
    Key(Expr),
    /// A member of a JSON object: made when missing.
    Json(Expr),
}
