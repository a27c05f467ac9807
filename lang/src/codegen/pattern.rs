//! Patterns: a sequence of tests on registers, bindings by the way.
//!
//! A binding is an alias of the register that was tested wherever neither can change; parts are taken out into
//! temporaries that live as long as the arm.

use crate::bytecode::{Instr, Reg};
use crate::check::program::{JsonKind, Literal, Pattern, PatternKind};
use crate::check::types::Type;
use crate::ids::LocalId;
use crate::library::Builtin;

use super::assembler::Label;
use super::function::Builder;

impl<'p> Builder<'_, 'p> {
    /// Binds what the pattern binds if the value in `reg` fits, else goes on at `miss`. `reg` must not change.
    pub(super) fn pattern(&mut self, pattern: &'p Pattern, reg: Reg, miss: Label) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let outer = std::mem::replace(&mut self.asm.span, pattern.span);
            self.tests(pattern, reg, miss, &mut None);
            self.asm.span = outer;
        });
    }

    /// `shared`: inside alternatives, the registers that all of them fill.
    fn tests(&mut self, pattern: &'p Pattern, reg: Reg, miss: Label, shared: &mut Shared) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Bind(local, inner) => {
                if let Some(inner) = inner {
                    self.tests(inner, reg, miss, shared);
                }
                self.bind_pattern(*local, reg, shared);
            }
            PatternKind::Null => self.asm.branch(Instr::JumpUnlessNull { a: reg, to: 0 }, miss),
            PatternKind::Some(inner) => {
                self.asm.branch(Instr::JumpIfNull { a: reg, to: 0 }, miss);
                self.tests(inner, reg, miss, shared);
            }
            PatternKind::Literal(literal) => self.literal_test(literal, &pattern.ty, reg, miss),
            PatternKind::Range { start, end, inclusive } => {
                self.at_least(start, &pattern.ty, reg, miss);
                self.at_most(end, *inclusive, &pattern.ty, reg, miss);
            }
            PatternKind::Variant { variant, fields, .. } => {
                let jump = Instr::JumpUnlessVariant { a: reg, variant: *variant, to: 0 };
                self.asm.branch(jump, miss);
                self.parts(fields, miss, shared, |d, n| Instr::Payload { d, a: reg, n });
            }
            PatternKind::Record { fields, .. } => {
                self.parts(fields, miss, shared, |d, n| Instr::Field { d, a: reg, n });
            }
            PatternKind::Tuple(items) => {
                for (n, item) in (0u16..).zip(items) {
                    self.part(item, miss, shared, |d| Instr::TupleField { d, a: reg, n });
                }
            }
            PatternKind::List { items, rest } => self.list_pattern(items, *rest, reg, miss, shared),
            PatternKind::Json(kind, inner) => {
                let jump = Instr::JumpUnlessJson { a: reg, kind: json_kind(*kind), to: 0 };
                self.asm.branch(jump, miss);
                if let Some(inner) = inner {
                    self.part(inner, miss, shared, |d| Instr::JsonPayload { d, a: reg });
                }
            }
            PatternKind::Or(alternatives) => self.alternatives(alternatives, reg, miss, shared),
        });
    }

    fn parts(
        &mut self,
        fields: &'p [(u16, Pattern)],
        miss: Label,
        shared: &mut Shared,
        take: impl Fn(Reg, u16) -> Instr,
    ) {
        for (n, field) in fields {
            self.part(field, miss, shared, |d| take(d, *n));
        }
    }

    /// Takes a part out of the value, unless nobody looks at it.
    fn part(
        &mut self,
        pattern: &'p Pattern,
        miss: Label,
        shared: &mut Shared,
        take: impl FnOnce(Reg) -> Instr,
    ) {
        if matches!(pattern.kind, PatternKind::Wildcard) {
            return;
        }
        let d = self.alloc();
        self.asm.emit(take(d));
        self.tests(pattern, d, miss, shared);
    }

    fn bind_pattern(&mut self, local: LocalId, reg: Reg, shared: &mut Shared) {
        if let Some(shared) = shared {
            if let Some(&(_, d)) = shared.iter().find(|(bound, _)| *bound == local) {
                self.asm.emit(Instr::Copy { d, s: reg });
            }
        } else if self.is_mutable(local) {
            let d = self.alloc();
            self.asm.emit(Instr::Copy { d, s: reg });
            self.bind(local, d);
        } else {
            self.bind(local, reg);
        }
    }

    /// All alternatives fill the same registers, which are taken before the first.
    fn alternatives(&mut self, alternatives: &'p [Pattern], reg: Reg, miss: Label, shared: &mut Shared) {
        let mut own = None;
        let registers = if shared.is_some() { shared } else { &mut own };
        if registers.is_none() {
            let mut bound = Vec::new();
            alternatives.iter().for_each(|alternative| bindings(alternative, &mut bound));
            *registers = Some(bound.into_iter().map(|local| (local, self.declare(local))).collect());
        }
        let fits = self.asm.label();
        for (n, alternative) in alternatives.iter().enumerate() {
            if n + 1 == alternatives.len() {
                self.tests(alternative, reg, miss, registers);
            } else {
                let next = self.asm.label();
                self.tests(alternative, reg, next, registers);
                self.jump(fits);
                self.asm.bind(next);
            }
        }
        self.asm.bind(fits);
    }

    fn literal_test(&mut self, literal: &Literal, ty: &Type, reg: Reg, miss: Label) {
        match (literal, ty) {
            (Literal::Null, _) => self.asm.branch(Instr::JumpUnlessNull { a: reg, to: 0 }, miss),
            (Literal::Bool(true), Type::Bool) => self.asm.branch(Instr::JumpUnless { a: reg, to: 0 }, miss),
            (Literal::Bool(false), Type::Bool) => self.asm.branch(Instr::JumpIf { a: reg, to: 0 }, miss),
            (_, ty) => {
                let mark = self.mark();
                let b = self.alloc();
                self.literal(literal, b);
                if *ty == Type::Int {
                    self.asm.branch(Instr::JumpUnlessEqInt { a: reg, b, to: 0 }, miss);
                } else {
                    self.asm.emit(Instr::Eq { d: b, a: reg, b });
                    self.asm.branch(Instr::JumpUnless { a: b, to: 0 }, miss);
                }
                self.release(mark);
            }
        }
    }

    fn at_least(&mut self, bound: &Literal, ty: &Type, reg: Reg, miss: Label) {
        let mark = self.mark();
        let a = self.alloc();
        self.literal(bound, a);
        if *ty == Type::Int {
            self.asm.branch(Instr::JumpUnlessLeInt { a, b: reg, to: 0 }, miss);
        } else {
            self.asm.emit(Instr::Le { d: a, a, b: reg });
            self.asm.branch(Instr::JumpUnless { a, to: 0 }, miss);
        }
        self.release(mark);
    }

    fn at_most(&mut self, bound: &Literal, inclusive: bool, ty: &Type, reg: Reg, miss: Label) {
        let mark = self.mark();
        let b = self.alloc();
        self.literal(bound, b);
        match (*ty == Type::Int, inclusive) {
            (true, true) => self.asm.branch(Instr::JumpUnlessLeInt { a: reg, b, to: 0 }, miss),
            (true, false) => self.asm.branch(Instr::JumpUnlessLtInt { a: reg, b, to: 0 }, miss),
            (false, _) => {
                let test =
                    if inclusive { Instr::Le { d: b, a: reg, b } } else { Instr::Lt { d: b, a: reg, b } };
                self.asm.emit(test);
                self.asm.branch(Instr::JumpUnless { a: b, to: 0 }, miss);
            }
        }
        self.release(mark);
    }

    fn list_pattern(
        &mut self,
        items: &'p [Pattern],
        rest: Option<Option<LocalId>>,
        reg: Reg,
        miss: Label,
        shared: &mut Shared,
    ) {
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if rest.is_none() || length > 0 {
            let mark = self.mark();
            let (has, needs) = (self.alloc(), self.alloc());
            self.asm.emit(Instr::Len { d: has, a: reg });
            self.literal(&Literal::Int(length), needs);
            let jump = if rest.is_some() {
                Instr::JumpUnlessLeInt { a: needs, b: has, to: 0 }
            } else {
                Instr::JumpUnlessEqInt { a: has, b: needs, to: 0 }
            };
            self.asm.branch(jump, miss);
            self.release(mark);
        }
        for (n, item) in (0i64..).zip(items) {
            if matches!(item.kind, PatternKind::Wildcard) {
                continue;
            }
            let d = self.alloc();
            self.literal(&Literal::Int(n), d);
            self.asm.emit(Instr::Item { d, a: reg, b: d });
            self.tests(item, d, miss, shared);
        }
        if let Some(Some(local)) = rest {
            let first = self.alloc_run(3);
            self.asm.emit(Instr::Copy { d: first, s: reg });
            self.literal(&Literal::Int(length), first + 1);
            self.asm.emit(Instr::Null { d: first + 2 });
            self.asm.emit(Instr::Builtin { d: first, f: Builtin::ListSlice, first });
            self.bind_pattern(local, first, shared);
        }
    }
}

/// The registers of the locals that alternatives bind.
type Shared = Option<Vec<(LocalId, Reg)>>;

/// The locals a pattern binds, each once, in order.
fn bindings(pattern: &Pattern, bound: &mut Vec<LocalId>) {
    let mut note = |local: LocalId| {
        if !bound.contains(&local) {
            bound.push(local);
        }
    };
    match &pattern.kind {
        PatternKind::Wildcard | PatternKind::Null | PatternKind::Literal(_) | PatternKind::Range { .. } => {}
        PatternKind::Bind(local, inner) => {
            note(*local);
            inner.iter().for_each(|inner| bindings(inner, bound));
        }
        PatternKind::Some(inner) => bindings(inner, bound),
        PatternKind::Variant { fields, .. } | PatternKind::Record { fields, .. } => {
            fields.iter().for_each(|(_, field)| bindings(field, bound));
        }
        PatternKind::Tuple(items) | PatternKind::Or(items) => {
            items.iter().for_each(|item| bindings(item, bound));
        }
        PatternKind::List { items, rest } => {
            if let Some(Some(local)) = rest {
                note(*local);
            }
            items.iter().for_each(|item| bindings(item, bound));
        }
        PatternKind::Json(_, inner) => inner.iter().for_each(|inner| bindings(inner, bound)),
    }
}

/// The number of a kind in [`Instr::JumpUnlessJson`].
fn json_kind(kind: JsonKind) -> u16 {
    kind as u16
}
