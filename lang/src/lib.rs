//! The `.aeth` language: source text in, verified bytecode module out.

pub mod bytecode;
pub mod check;
pub mod codegen;
pub mod diagnostic;
pub mod graph;
pub mod ids;
pub mod library;
pub mod limits;
pub mod source;
pub mod span;
pub mod syntax;
