//! The bytecode: what the compiler writes and the machine reads; uses only spans and ids.
//!
//! In: a checked program through `codegen`. Out: canonical bytes with a semantic hash. Invariant: a module that
//! has passed [`verify`] cannot make the machine read outside its tables.

pub mod instr;
pub mod module;

pub use instr::{Instr, Reg};
pub use module::Module;
