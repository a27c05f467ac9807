//! Every limit of the compiler, named in one place.

/// Most files of one program.
pub const FILES: usize = 1_000;
/// Most bytes of declarations whose trees an editor's session keeps; as much again of what it may soon forget.
pub const KEPT_TREES_BYTES: usize = 1024 * 1024;

/// Longest source text, in bytes. Beyond it a file is refused before it is parsed.
pub const SOURCE_BYTES: usize = 8 * 1024 * 1024;
/// Deepest nesting of brackets, strings, operators, types and patterns.
pub const NESTING: usize = 256;
/// Longest chain of left-associative operators or postfix operations, which makes a deep tree as well.
pub const CHAIN: usize = 1_000;
/// Most diagnostics one compilation reports; further ones are counted in a closing line.
pub const DIAGNOSTICS: usize = 100;
/// Most parameters of one function, tool, agent or lambda.
pub const PARAMETERS: usize = 64;
/// Most registers one function may use.
pub const REGISTERS: usize = 60_000;
/// Most instructions of one function.
pub const INSTRUCTIONS: usize = 1_000_000;
/// Most tasks of one agent or flow, and most of its pure lets.
pub const TASKS: usize = 1_000;
/// Most fields of one record or payload, and most variants of one enum.
pub const FIELDS: usize = 1_000;
/// Most declarations of one kind, library functions included.
pub const DECLARATIONS: usize = 60_000;
/// Most types that one type may be made of.
pub const TYPE_SIZE: usize = 2_000;
/// Most facts about optionals that are kept at a time in one body; older ones are forgotten first.
pub const FACTS: usize = 500;
/// Most steps the proofs that matches cover every value may take, all matches of a program together.
pub const MATCH_STEPS: usize = 20_000_000;
/// Deepest nesting of a type that is decoded or shown, aliases written out.
pub const TYPE_DEPTH: usize = 500;
/// Most digits of a Decimal.
pub const DECIMAL_DIGITS: usize = 28;
/// Longest encoded module, in bytes. A hostile one takes some 30 times as much memory while it is decoded.
pub const MODULE_BYTES: usize = 16 * 1024 * 1024;
/// Longest encoded debug table, in bytes: it carries the sources.
pub const DEBUG_BYTES: usize = 64 * 1024 * 1024;
