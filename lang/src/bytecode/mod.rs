//! The bytecode: what the compiler writes and the machine reads; uses only spans and ids.
//!
//! In: a checked program through `codegen`. Out: canonical bytes with a semantic hash. Invariant: a module that
//! has passed [`verify`](verify()) cannot make the machine read outside its tables.

pub(crate) mod cron;
pub mod disasm;
pub mod encode;
pub mod hash;
pub mod instr;
pub mod module;
mod operands;
pub mod verify;
pub(crate) mod zones;

pub use encode::{decode, decode_debug, encode, encode_debug};
pub use hash::{ProgramHash, hash};
pub use instr::{Instr, Reg};
pub use module::Module;
pub use verify::verify;
