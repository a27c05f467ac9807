//! Text to tree: grammar, parser, recovery.

pub mod ast;
