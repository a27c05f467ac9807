//! The instruction set: eight bytes each, typed, so that arithmetic dispatches on nothing at run time.
//!
//! A frame is a window of registers. `d` is the destination, `a`, `b`, `s` are sources, `first` begins a run of
//! consecutive registers. Jumps are relative to the *next* instruction. A fault (`fail`) carries an Error value.
//! A run that an instruction reads from `first` is consumed: its registers are null afterwards (but for `d`), so
//! that what they held stays unshared and can be changed in place. A fault writes no `d`. The windows of callees
//! begin at `first`: the compiler keeps nothing alive at or above it. Types are not proven: an instruction that
//! meets a value of another type than its own faults with an Internal error, it never panics.
//! Invariant: append only within one format version; [`verify`](super::verify()) has proven every register, index
//! and target in range before the first instruction runs.

use serde::{Deserialize, Serialize};

use crate::library::Builtin;

/// A register of the current frame.
pub type Reg = u16;

/// One instruction.
#[allow(missing_docs, reason = "the line above each instruction says what its operands are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Instr {
    // values
    /// d = constants\[k\]
    Const { d: Reg, k: u32 },
    /// d = null
    Null { d: Reg },
    /// d = true or false
    Bool { d: Reg, value: bool },
    /// d = a small Int
    Int { d: Reg, value: i32 },
    /// d = globals\[g\]
    Global { d: Reg, g: u16 },
    /// d = s, shared
    Copy { d: Reg, s: Reg },
    /// d = s; s = null: keeps a value unshared, so that it can be changed in place
    Take { d: Reg, s: Reg },
    // Int: checked, faults with Arithmetic
    /// d = a + b
    AddInt { d: Reg, a: Reg, b: Reg },
    /// d = a - b
    SubInt { d: Reg, a: Reg, b: Reg },
    /// d = a * b
    MulInt { d: Reg, a: Reg, b: Reg },
    /// d = a / b, truncated
    DivInt { d: Reg, a: Reg, b: Reg },
    /// d = a % b
    RemInt { d: Reg, a: Reg, b: Reg },
    /// d = -a
    NegInt { d: Reg, a: Reg },
    /// d = a + immediate
    AddIntImm { d: Reg, a: Reg, imm: i16 },
    // Float: faults with Arithmetic when not finite
    /// d = a + b
    AddFloat { d: Reg, a: Reg, b: Reg },
    /// d = a - b
    SubFloat { d: Reg, a: Reg, b: Reg },
    /// d = a * b
    MulFloat { d: Reg, a: Reg, b: Reg },
    /// d = a / b
    DivFloat { d: Reg, a: Reg, b: Reg },
    /// d = a % b
    RemFloat { d: Reg, a: Reg, b: Reg },
    /// d = -a
    NegFloat { d: Reg, a: Reg },
    // comparison
    /// d = a == b, both Int
    EqInt { d: Reg, a: Reg, b: Reg },
    /// d = a < b, both Int
    LtInt { d: Reg, a: Reg, b: Reg },
    /// d = a <= b, both Int
    LeInt { d: Reg, a: Reg, b: Reg },
    /// d = a < b, both Float
    LtFloat { d: Reg, a: Reg, b: Reg },
    /// d = a <= b, both Float
    LeFloat { d: Reg, a: Reg, b: Reg },
    /// d = a == b, any values
    Eq { d: Reg, a: Reg, b: Reg },
    /// d = a < b, values of one ordered type
    Lt { d: Reg, a: Reg, b: Reg },
    /// d = a <= b, values of one ordered type
    Le { d: Reg, a: Reg, b: Reg },
    /// d = !a
    Not { d: Reg, a: Reg },
    // control
    /// Goes on `to` instructions after the next one.
    Jump { to: i32 },
    /// Jumps if a is true.
    JumpIf { a: Reg, to: i32 },
    /// Jumps if a is false.
    JumpUnless { a: Reg, to: i32 },
    /// Jumps if a is null.
    JumpIfNull { a: Reg, to: i32 },
    /// Jumps if a is not null.
    JumpUnlessNull { a: Reg, to: i32 },
    /// Jumps unless a < b, both Int.
    JumpUnlessLtInt { a: Reg, b: Reg, to: i16 },
    /// Jumps unless a <= b, both Int.
    JumpUnlessLeInt { a: Reg, b: Reg, to: i16 },
    /// Jumps unless a == b, both Int.
    JumpUnlessEqInt { a: Reg, b: Reg, to: i16 },
    /// Jumps unless the enum value in a is this variant.
    JumpUnlessVariant { a: Reg, variant: u16, to: i16 },
    /// Jumps unless a is a JSON value of this kind ([`JsonKind`](super::module::JsonKind) by number).
    JumpUnlessJson { a: Reg, kind: u16, to: i16 },
    /// Loop step of `for i in a..b`: if `i + 1 < end` then i += 1 and jump (backwards), else fall through. An `i + 1`
    /// that overflows is not below `end`.
    NextInt { i: Reg, end: Reg, to: i16 },
    /// Loop step over a list: `iter` holds the list, `iter + 1` the next index (Int). If there is an item: d = it,
    /// the index grows; else jump.
    NextItem { d: Reg, iter: Reg, to: i16 },
    /// Loop step over a map: `iter` holds the map, `iter + 1` the next position. d = key, d + 1 = value; else jump.
    NextEntry { d: Reg, iter: Reg, to: i16 },
    // text
    /// d = the text forms of `n` registers from `first`, joined.
    Concat { d: Reg, first: Reg, n: u16 },
    /// d = sealed text of `n` registers from `first`; sealed parts stay sealed.
    Seal { d: Reg, first: Reg, n: u16 },
    /// d = a reference to the secret named by constants\[k\] (a Text), as sealed text.
    Secret { d: Reg, k: u32 },
    // lists, maps, tuples
    /// d = list of `n` registers from `first`
    List { d: Reg, first: Reg, n: u16 },
    /// Adds s to the list in d, in place.
    Push { d: Reg, s: Reg },
    /// Adds all items of the list in s to the list in d.
    Extend { d: Reg, s: Reg },
    /// d = a\[b\] of a list; faults with NotFound
    Item { d: Reg, a: Reg, b: Reg },
    /// d = number of items of the list in a
    Len { d: Reg, a: Reg },
    /// d = map of `n` pairs of registers from `first`
    Map { d: Reg, first: Reg, n: u16 },
    /// Puts key k, value v into the map in d, in place.
    Put { d: Reg, k: Reg, v: Reg },
    /// Puts all entries of the map (or JSON object) in s into the map in d.
    Merge { d: Reg, s: Reg },
    /// d = a\[b\] of a map; faults with NotFound
    Entry { d: Reg, a: Reg, b: Reg },
    /// d = tuple of `n` registers from `first`
    Tuple { d: Reg, first: Reg, n: u16 },
    /// d = a.n of a tuple
    TupleField { d: Reg, a: Reg, n: u16 },
    // JSON
    /// d = a as Json (a value of any type with a JSON form)
    ToJson { d: Reg, a: Reg },
    /// d = a decoded as shapes\[shape\]; faults with Decode. `a` is encoded first if it is no Json.
    Decode { d: Reg, a: Reg, shape: u16 },
    /// d = a.name of a Json, null when missing; the name is the String in b
    JsonField { d: Reg, a: Reg, b: Reg },
    /// d = a\[b\] of a Json (String or Int in b); faults with NotFound
    JsonIndex { d: Reg, a: Reg, b: Reg },
    /// d = payload of the JSON value in a as its pattern sees it (Number gives a Decimal)
    JsonPayload { d: Reg, a: Reg },
    // records, enums
    /// d = record `ty` of registers from `first`, one per field
    Record { d: Reg, first: Reg, ty: u16 },
    /// d = field n of the record in a
    Field { d: Reg, a: Reg, n: u16 },
    /// Sets field n of the record in d to s, in place: for `..base` updates of a fresh copy.
    SetField { d: Reg, n: u16, s: Reg },
    /// d = variants\[v\] with payload registers from `first` (their number stands in the variant's entry)
    Variant { d: Reg, first: Reg, v: u16 },
    /// d = payload field n of the enum value in a
    Payload { d: Reg, a: Reg, n: u16 },
    // places
    /// Changes what stands at paths\[path\] inside the `var` in `root`, in place where unshared. Dynamic keys of the
    /// path, then the action's arguments, stand from `first`; the action's result is written to `first`.
    /// Faults before anything is changed.
    Change { root: Reg, path: u16, first: Reg },
    // functions
    /// d = functions\[f\](registers from `first`); the callee's window begins at `first`.
    Call { d: Reg, f: u16, first: Reg },
    /// d = the function value in `callee`, called with its parameters from `first`; its captures follow them.
    CallValue { d: Reg, callee: Reg, first: Reg },
    /// d = function value of functions\[f\] with its captures from `first` (their number stands in the function).
    Closure { d: Reg, f: u16, first: Reg },
    /// d = builtin of registers from `first` (as many as it takes)
    Builtin { d: Reg, f: Builtin, first: Reg },
    /// Ends the frame with the value in s.
    Return { s: Reg },
    /// Faults with the Error in s.
    Fail { s: Reg },
    /// d = an Error of kind Failed (0) or Assertion (1) with the message in s
    Error { d: Reg, s: Reg, kind: u16 },
    // effects
    /// Asks for sites\[site\] with arguments from `first`, blocks the fiber; d = the outcome, or a fault.
    Effect { d: Reg, site: u16, first: Reg },
    // added later: the order is stored in modules
    /// d\[i\] = s in place, for a list and an Int, Float or Bool; faults with NotFound before anything is changed.
    SetItem { d: Reg, i: Reg, s: Reg },
}
