//! What the operands of an instruction refer to: the one place that knows, for verifier and listing.

use super::instr::{Instr, Reg};
use crate::library::Builtin;

/// Something an instruction refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// One register.
    Register(Reg),
    /// A register and the one after it.
    Pair(Reg),
    /// A run of registers.
    Run { first: Reg, count: usize },
    /// A distance from the next instruction.
    Jump(i32),
    /// A constant.
    Constant(u32),
    /// A constant that is a Text.
    TextConstant(u32),
    /// A global.
    Global(u16),
    /// A shape.
    Shape(u16),
    /// A path and its window.
    Path { path: u16, first: Reg },
    /// A record type and the run of its fields.
    Record { ty: u16, first: Reg },
    /// An entry of the variant table and the run of its payload.
    Variant { variant: u16, first: Reg },
    /// A called function and its window.
    Call { function: u16, first: Reg },
    /// A window of a size that is known at run time only.
    Window(Reg),
    /// A function value and the run of its captures.
    Closure { function: u16, first: Reg },
    /// A builtin and its window.
    Builtin { builtin: Builtin, first: Reg },
    /// A site and its window.
    Site { site: u16, first: Reg },
    /// A number below a fixed bound.
    Below { value: u16, bound: u16 },
}

/// Calls `see` with everything an instruction refers to, its destination first.
pub(super) fn visit(instr: Instr, see: &mut dyn FnMut(Operand)) {
    use Operand::{Below, Jump, Pair, Register, Run};
    let mut registers = |all: &[Reg]| all.iter().for_each(|&register| see(Register(register)));
    match instr {
        Instr::Null { d } | Instr::Bool { d, .. } | Instr::Int { d, .. } => registers(&[d]),
        Instr::Const { d, k } => {
            registers(&[d]);
            see(Operand::Constant(k));
        }
        Instr::Secret { d, k } => {
            registers(&[d]);
            see(Operand::TextConstant(k));
        }
        Instr::Global { d, g } => {
            registers(&[d]);
            see(Operand::Global(g));
        }
        Instr::Copy { d, s } | Instr::Take { d, s } | Instr::Push { d, s } => registers(&[d, s]),
        Instr::Extend { d, s } | Instr::Merge { d, s } | Instr::SetField { d, s, .. } => registers(&[d, s]),
        Instr::AddInt { d, a, b }
        | Instr::SubInt { d, a, b }
        | Instr::MulInt { d, a, b }
        | Instr::DivInt { d, a, b }
        | Instr::RemInt { d, a, b }
        | Instr::AddFloat { d, a, b }
        | Instr::SubFloat { d, a, b }
        | Instr::MulFloat { d, a, b }
        | Instr::DivFloat { d, a, b }
        | Instr::RemFloat { d, a, b }
        | Instr::EqInt { d, a, b }
        | Instr::LtInt { d, a, b }
        | Instr::LeInt { d, a, b }
        | Instr::LtFloat { d, a, b }
        | Instr::LeFloat { d, a, b }
        | Instr::Eq { d, a, b }
        | Instr::Lt { d, a, b }
        | Instr::Le { d, a, b }
        | Instr::Item { d, a, b }
        | Instr::Entry { d, a, b }
        | Instr::JsonField { d, a, b }
        | Instr::JsonIndex { d, a, b } => registers(&[d, a, b]),
        Instr::Put { d, k, v } => registers(&[d, k, v]),
        Instr::SetItem { d, i, s } => registers(&[d, i, s]),
        Instr::NegInt { d, a }
        | Instr::NegFloat { d, a }
        | Instr::AddIntImm { d, a, .. }
        | Instr::Not { d, a }
        | Instr::Len { d, a }
        | Instr::TupleField { d, a, .. }
        | Instr::ToJson { d, a }
        | Instr::JsonPayload { d, a }
        | Instr::Field { d, a, .. }
        | Instr::Payload { d, a, .. } => registers(&[d, a]),
        Instr::Decode { d, a, shape } => {
            registers(&[d, a]);
            see(Operand::Shape(shape));
        }
        Instr::Jump { to } => see(Jump(to)),
        Instr::JumpIf { a, to }
        | Instr::JumpUnless { a, to }
        | Instr::JumpIfNull { a, to }
        | Instr::JumpUnlessNull { a, to } => {
            registers(&[a]);
            see(Jump(to));
        }
        Instr::JumpUnlessLtInt { a, b, to }
        | Instr::JumpUnlessLeInt { a, b, to }
        | Instr::JumpUnlessEqInt { a, b, to }
        | Instr::NextInt { i: a, end: b, to } => {
            registers(&[a, b]);
            see(Jump(to.into()));
        }
        Instr::JumpUnlessVariant { a, to, .. } => {
            registers(&[a]);
            see(Jump(to.into()));
        }
        Instr::JumpUnlessJson { a, kind, to } => {
            registers(&[a]);
            see(Below { value: kind, bound: 6 });
            see(Jump(to.into()));
        }
        Instr::NextItem { d, iter, to } => {
            registers(&[d]);
            see(Pair(iter));
            see(Jump(to.into()));
        }
        Instr::NextEntry { d, iter, to } => {
            see(Pair(d));
            see(Pair(iter));
            see(Jump(to.into()));
        }
        Instr::Concat { d, first, n }
        | Instr::Seal { d, first, n }
        | Instr::List { d, first, n }
        | Instr::Tuple { d, first, n } => {
            registers(&[d]);
            see(Run { first, count: n.into() });
        }
        Instr::Map { d, first, n } => {
            registers(&[d]);
            see(Run { first, count: usize::from(n) * 2 });
        }
        Instr::Record { d, first, ty } => {
            registers(&[d]);
            see(Operand::Record { ty, first });
        }
        Instr::Variant { d, first, v } => {
            registers(&[d]);
            see(Operand::Variant { variant: v, first });
        }
        Instr::Change { root, path, first } => {
            registers(&[root]);
            see(Operand::Path { path, first });
        }
        Instr::Call { d, f, first } => {
            registers(&[d]);
            see(Operand::Call { function: f, first });
        }
        Instr::CallValue { d, callee, first } => {
            registers(&[d, callee]);
            see(Operand::Window(first));
        }
        Instr::Closure { d, f, first } => {
            registers(&[d]);
            see(Operand::Closure { function: f, first });
        }
        Instr::Builtin { d, f, first } => {
            registers(&[d]);
            see(Operand::Builtin { builtin: f, first });
        }
        Instr::Return { s } | Instr::Fail { s } => registers(&[s]),
        Instr::Error { d, s, kind } => {
            registers(&[d, s]);
            see(Below { value: kind, bound: 2 });
        }
        Instr::Effect { d, site, first } => {
            registers(&[d]);
            see(Operand::Site { site, first });
        }
    }
}
