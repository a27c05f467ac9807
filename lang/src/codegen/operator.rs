//! Arithmetic and comparison by the types of the operands.

use crate::bytecode::{Instr, Reg};
use crate::check::program::{ArithOp, CompareOp, Expr, ExprKind, Literal};
use crate::check::types::Type;
use crate::library::Builtin;

use super::expr::count;
use super::function::Builder;

impl<'p> Builder<'_, 'p> {
    pub(super) fn arith(&mut self, op: ArithOp, left: &'p Expr, right: &'p Expr, d: Reg) {
        if let Some(imm) = small_step(op, &left.ty, right) {
            let a = self.operand_in(left, d);
            self.asm.emit(Instr::AddIntImm { d, a, imm });
            return;
        }
        if op == ArithOp::Add && left.ty == Type::String {
            let first = self.peek();
            let n = self.joined(left) + self.joined(right);
            self.asm.emit(Instr::Concat { d, first, n: count(n) });
            return;
        }
        if let Some(Form::Builtin(f)) = instruction(op, &left.ty, &right.ty)
            && left.ty != Type::Int
        {
            let first = self.window([left, right]);
            self.asm.emit(Instr::Builtin { d, f, first });
            return;
        }
        let a = self.operand_before(left, right);
        let b = self.operand(right);
        self.arith_registers(op, (&left.ty, &right.ty), d, a, b);
    }

    /// The pieces of a chain of `+` over Strings, in consecutive registers.
    fn joined(&mut self, expr: &'p Expr) -> usize {
        // A chain is evaluated piece by piece only as long as the run stays short.
        let mut chain = Vec::new();
        let mut rest = expr;
        while let ExprKind::Arith { op: ArithOp::Add, left, right } = &rest.kind {
            if rest.ty != Type::String || chain.len() >= 32 {
                break;
            }
            chain.push(&**right);
            rest = left;
        }
        chain.push(rest);
        for piece in chain.iter().rev() {
            self.fresh(piece);
        }
        chain.len()
    }

    /// `d = a op b`; the operands stay as they are.
    pub(super) fn arith_registers(&mut self, op: ArithOp, types: (&Type, &Type), d: Reg, a: Reg, b: Reg) {
        if *types.0 == Type::Never || *types.1 == Type::Never {
            return;
        }
        // Only `Int * Duration` comes with its sides exchanged.
        let (one, two) = if *types.0 == Type::Int { (b, a) } else { (a, b) };
        match instruction(op, types.0, types.1) {
            Some(Form::Plain(form)) => self.asm.emit(form(d, a, b)),
            Some(Form::Builtin(f)) => {
                let first = self.copies(one, two);
                self.asm.emit(Instr::Builtin { d, f, first });
            }
            Some(Form::Concat) => {
                let first = self.copies(one, two);
                self.asm.emit(Instr::Concat { d, first, n: 2 });
            }
            None => {
                self.generator.defect(self.asm.span, "an operator without an instruction for its operands");
            }
        }
    }

    fn copies(&mut self, a: Reg, b: Reg) -> Reg {
        let first = self.alloc_run(2);
        self.asm.emit(Instr::Copy { d: first, s: a });
        self.asm.emit(Instr::Copy { d: first.saturating_add(1), s: b });
        first
    }

    pub(super) fn negate(&mut self, ty: &Type, d: Reg, a: Reg) {
        let f = match ty {
            Type::Int => return self.asm.emit(Instr::NegInt { d, a }),
            Type::Float => return self.asm.emit(Instr::NegFloat { d, a }),
            Type::Decimal => Builtin::DecimalNeg,
            Type::Duration => Builtin::DurationNeg,
            Type::Never => return,
            _ => return self.generator.defect(self.asm.span, "`-` without an instruction for its operand"),
        };
        let first = self.alloc();
        self.asm.emit(Instr::Copy { d: first, s: a });
        self.asm.emit(Instr::Builtin { d, f, first });
    }

    pub(super) fn compare(&mut self, op: CompareOp, left: &'p Expr, right: &'p Expr, d: Reg) {
        let a = self.operand_before(left, right);
        let b = self.operand(right);
        let (ints, floats) = (both(left, right, &Type::Int), both(left, right, &Type::Float));
        self.asm.emit(match op {
            CompareOp::Eq | CompareOp::Ne if ints => Instr::EqInt { d, a, b },
            CompareOp::Eq | CompareOp::Ne => Instr::Eq { d, a, b },
            CompareOp::Lt if ints => Instr::LtInt { d, a, b },
            CompareOp::Le if ints => Instr::LeInt { d, a, b },
            CompareOp::Gt if ints => Instr::LtInt { d, a: b, b: a },
            CompareOp::Ge if ints => Instr::LeInt { d, a: b, b: a },
            CompareOp::Lt if floats => Instr::LtFloat { d, a, b },
            CompareOp::Le if floats => Instr::LeFloat { d, a, b },
            CompareOp::Gt if floats => Instr::LtFloat { d, a: b, b: a },
            CompareOp::Ge if floats => Instr::LeFloat { d, a: b, b: a },
            CompareOp::Lt => Instr::Lt { d, a, b },
            CompareOp::Le => Instr::Le { d, a, b },
            CompareOp::Gt => Instr::Lt { d, a: b, b: a },
            CompareOp::Ge => Instr::Le { d, a: b, b: a },
        });
        if op == CompareOp::Ne {
            self.asm.emit(Instr::Not { d, a: d });
        }
    }
}

/// Whether both sides have this type.
pub(super) fn both(left: &Expr, right: &Expr, ty: &Type) -> bool {
    left.ty == *ty && right.ty == *ty
}

/// `x + 1` and `x - 1` with a number of 16 bits.
pub(super) fn small_step(op: ArithOp, left: &Type, right: &Expr) -> Option<i16> {
    let ExprKind::Literal(Literal::Int(n)) = right.kind else { return None };
    if *left != Type::Int {
        return None;
    }
    match op {
        ArithOp::Add => i16::try_from(n).ok(),
        ArithOp::Sub => i16::try_from(n.checked_neg()?).ok(),
        _ => None,
    }
}

/// How an operator is carried out.
enum Form {
    Plain(fn(Reg, Reg, Reg) -> Instr),
    Builtin(Builtin),
    Concat,
}

fn instruction(op: ArithOp, left: &Type, right: &Type) -> Option<Form> {
    use ArithOp::{Add, Div, Mul, Rem, Sub};
    use Type::{Decimal, Duration, Float, Int, List, String, Timestamp};
    Some(match (left, op, right) {
        (Int, Add, Int) => Form::Plain(|d, a, b| Instr::AddInt { d, a, b }),
        (Int, Sub, Int) => Form::Plain(|d, a, b| Instr::SubInt { d, a, b }),
        (Int, Mul, Int) => Form::Plain(|d, a, b| Instr::MulInt { d, a, b }),
        (Int, Div, Int) => Form::Plain(|d, a, b| Instr::DivInt { d, a, b }),
        (Int, Rem, Int) => Form::Plain(|d, a, b| Instr::RemInt { d, a, b }),
        (Float, Add, Float) => Form::Plain(|d, a, b| Instr::AddFloat { d, a, b }),
        (Float, Sub, Float) => Form::Plain(|d, a, b| Instr::SubFloat { d, a, b }),
        (Float, Mul, Float) => Form::Plain(|d, a, b| Instr::MulFloat { d, a, b }),
        (Float, Div, Float) => Form::Plain(|d, a, b| Instr::DivFloat { d, a, b }),
        (Float, Rem, Float) => Form::Plain(|d, a, b| Instr::RemFloat { d, a, b }),
        (Decimal, Add, Decimal) => Form::Builtin(Builtin::DecimalAdd),
        (Decimal, Sub, Decimal) => Form::Builtin(Builtin::DecimalSub),
        (Decimal, Mul, Decimal) => Form::Builtin(Builtin::DecimalMul),
        (Decimal, Div, Decimal) => Form::Builtin(Builtin::DecimalDiv),
        (Decimal, Rem, Decimal) => Form::Builtin(Builtin::DecimalRem),
        (Duration, Add, Duration) => Form::Builtin(Builtin::DurationAdd),
        (Duration, Sub, Duration) => Form::Builtin(Builtin::DurationSub),
        (Duration, Mul, Int) | (Int, Mul, Duration) => Form::Builtin(Builtin::DurationMul),
        (Duration, Div, Int) => Form::Builtin(Builtin::DurationDiv),
        (Timestamp, Add, Duration) => Form::Builtin(Builtin::TimestampAdd),
        (Timestamp, Sub, Duration) => Form::Builtin(Builtin::TimestampSub),
        (Timestamp, Sub, Timestamp) => Form::Builtin(Builtin::TimestampDiff),
        (List(_), Add, List(_)) => Form::Builtin(Builtin::ListConcat),
        (String, Add, String) => Form::Concat,
        _ => return None,
    })
}
