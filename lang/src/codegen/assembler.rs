//! Instructions with labels in, code with distances, handlers and spans out.
//!
//! Invariant: code that cannot be reached is not written, and the code of a function ends in a terminator.

use crate::bytecode::Instr;
use crate::bytecode::module::Handler;
use crate::ids::LocalId;
use crate::span::Span;

/// A place in the code that jumps lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u32);

const UNBOUND: u32 = u32::MAX;

struct Op {
    instr: Instr,
    target: Option<Label>,
}

/// A `try` before its addresses are known.
struct Guarded {
    start: u32,
    end: u32,
    target: Label,
    register: u16,
}

/// Where a local lives, for the debug table.
pub(super) struct Lifetime {
    pub(super) register: u16,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) local: LocalId,
}

/// One function's code while it is being written.
pub(super) struct Assembler {
    ops: Vec<Op>,
    labels: Vec<u32>,
    used: Vec<bool>,
    handlers: Vec<Guarded>,
    spans: Vec<(u32, Span)>,
    lifetimes: Vec<Lifetime>,
    reachable: bool,
    /// The source of what is written next.
    pub(super) span: Span,
}

/// What a finished function consists of.
pub(super) struct Assembled {
    pub(super) code: Vec<Instr>,
    pub(super) handlers: Vec<Handler>,
    pub(super) spans: Vec<(u32, Span)>,
    pub(super) lifetimes: Vec<Lifetime>,
}

impl Assembler {
    pub(super) fn new(span: Span) -> Self {
        Self {
            ops: Vec::new(),
            labels: Vec::new(),
            used: Vec::new(),
            handlers: Vec::new(),
            spans: Vec::new(),
            lifetimes: Vec::new(),
            reachable: true,
            span,
        }
    }

    /// The number of the next instruction, before far jumps are laid out.
    pub(super) fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(UNBOUND)
    }

    /// Whether what is written next can run.
    pub(super) fn is_reachable(&self) -> bool {
        self.reachable
    }

    /// Writes an instruction that goes on with the next one, or a terminator.
    pub(super) fn emit(&mut self, instr: Instr) {
        self.write(instr, None);
    }

    /// Writes a jump to a label.
    pub(super) fn branch(&mut self, instr: Instr, target: Label) {
        if self.reachable {
            self.used[target.0 as usize] = true;
        }
        self.write(instr, Some(target));
    }

    fn write(&mut self, instr: Instr, target: Option<Label>) {
        if !self.reachable {
            return;
        }
        // Code of the library stands in no source of the program.
        let foreign = self.span == Span::default();
        if !foreign && self.spans.last().is_none_or(|&(_, last)| last != self.span) {
            self.spans.push((self.here(), self.span));
        }
        self.ops.push(Op { instr, target });
        self.reachable = !matches!(instr, Instr::Jump { .. } | Instr::Return { .. } | Instr::Fail { .. });
    }

    /// A label that is bound later.
    pub(super) fn label(&mut self) -> Label {
        let label = Label(u32::try_from(self.labels.len()).unwrap_or(UNBOUND));
        self.labels.push(UNBOUND);
        self.used.push(false);
        label
    }

    /// Binds a label to which all jumps have been written.
    pub(super) fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.here();
        self.reachable |= self.used[label.0 as usize];
    }

    /// Binds a label to which a jump is written later, from code that `runs`.
    pub(super) fn bind_head(&mut self, label: Label, runs: bool) {
        self.labels[label.0 as usize] = self.here();
        self.reachable |= runs;
    }

    /// Whether a jump to the label has been written.
    pub(super) fn is_used(&self, label: Label) -> bool {
        self.used[label.0 as usize]
    }

    /// Faults since `start` go on at the label with the error in `register`. No-op if nothing was written since.
    pub(super) fn guard(&mut self, start: u32, target: Label, register: u16) {
        let end = self.here();
        if start < end {
            self.used[target.0 as usize] = true;
            self.handlers.push(Guarded { start, end, target, register });
        }
    }

    /// Notes where a local lived.
    pub(super) fn lived(&mut self, local: LocalId, register: u16, from: u32) {
        let to = self.here();
        if from < to {
            self.lifetimes.push(Lifetime { register, from, to, local });
        }
    }

    /// Lays the code out. Jumps of 16 bits that do not reach become a skip over a far one.
    pub(super) fn finish(self) -> Assembled {
        let far = self.far_jumps();
        let address = addresses(&far, |far| if far { 3 } else { 1 });
        let at = |op: u32| address[op as usize];
        let mut code = Vec::with_capacity(address[self.ops.len()] as usize);
        for (op, &is_far) in self.ops.iter().zip(&far) {
            let Some(label) = op.target else {
                code.push(op.instr);
                continue;
            };
            let target = i64::from(at(self.resolve(label)));
            let distance = |from: usize| target - (from as i64 + 1);
            if is_far {
                code.push(with_distance(op.instr, 1));
                code.push(Instr::Jump { to: 1 });
                let last = code.len();
                code.push(with_distance(Instr::Jump { to: 0 }, distance(last)));
            } else {
                let last = code.len();
                code.push(with_distance(op.instr, distance(last)));
            }
        }
        let handlers = self.handlers.iter().map(|guarded| Handler {
            start: at(guarded.start),
            end: at(guarded.end),
            target: at(self.labels[guarded.target.0 as usize]),
            register: guarded.register,
        });
        let handlers = handlers.collect();
        let spans = self.spans.iter().map(|&(op, span)| (at(op), span)).collect();
        let mut lifetimes = self.lifetimes;
        for lifetime in &mut lifetimes {
            (lifetime.from, lifetime.to) = (at(lifetime.from), at(lifetime.to));
        }
        lifetimes.sort_by_key(|lifetime| (lifetime.from, lifetime.register, lifetime.to));
        Assembled { code, handlers, spans, lifetimes }
    }

    /// Which short jumps could fail to reach, judged as if all of them were far: one pass, never too few.
    fn far_jumps(&self) -> Vec<bool> {
        let short: Vec<bool> = self.ops.iter().map(|op| op.target.is_some() && is_short(op.instr)).collect();
        let widest = addresses(&short, |short| if short { 3 } else { 1 });
        let reach = i64::from(i16::MAX) - 4;
        self.ops
            .iter()
            .zip(&short)
            .enumerate()
            .map(|(at, (op, &short))| match op.target {
                Some(label) if short => {
                    let distance = i64::from(widest[self.resolve(label) as usize]) - i64::from(widest[at]);
                    distance.abs() > reach
                }
                _ => false,
            })
            .collect()
    }

    /// The instruction a label leads to, jumps to jumps followed a few steps.
    fn resolve(&self, label: Label) -> u32 {
        let mut at = self.labels[label.0 as usize];
        for _ in 0..4 {
            match self.ops.get(at as usize) {
                Some(Op { instr: Instr::Jump { .. }, target: Some(next) }) => {
                    at = self.labels[next.0 as usize];
                }
                _ => break,
            }
        }
        at
    }
}

/// The address of each instruction and of the end, given what is counted per instruction.
fn addresses(ops: &[bool], size: impl Fn(bool) -> u32) -> Vec<u32> {
    let mut next = 0u32;
    let mut all = Vec::with_capacity(ops.len() + 1);
    for &op in ops {
        all.push(next);
        next = next.saturating_add(size(op));
    }
    all.push(next);
    all
}

fn is_short(instr: Instr) -> bool {
    matches!(
        instr,
        Instr::JumpUnlessLtInt { .. }
            | Instr::JumpUnlessLeInt { .. }
            | Instr::JumpUnlessEqInt { .. }
            | Instr::JumpUnlessVariant { .. }
            | Instr::JumpUnlessJson { .. }
            | Instr::NextInt { .. }
            | Instr::NextItem { .. }
            | Instr::NextEntry { .. }
    )
}

fn with_distance(mut instr: Instr, distance: i64) -> Instr {
    match &mut instr {
        Instr::Jump { to }
        | Instr::JumpIf { to, .. }
        | Instr::JumpUnless { to, .. }
        | Instr::JumpIfNull { to, .. }
        | Instr::JumpUnlessNull { to, .. } => *to = i32::try_from(distance).unwrap_or(0),
        Instr::JumpUnlessLtInt { to, .. }
        | Instr::JumpUnlessLeInt { to, .. }
        | Instr::JumpUnlessEqInt { to, .. }
        | Instr::JumpUnlessVariant { to, .. }
        | Instr::JumpUnlessJson { to, .. }
        | Instr::NextInt { to, .. }
        | Instr::NextItem { to, .. }
        | Instr::NextEntry { to, .. } => *to = i16::try_from(distance).unwrap_or(0),
        _ => {}
    }
    instr
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short jump over `padding` instructions, laid out.
    fn over(padding: usize) -> Vec<Instr> {
        let mut asm = Assembler::new(Span::default());
        let end = asm.label();
        asm.branch(Instr::JumpUnlessLtInt { a: 0, b: 1, to: 0 }, end);
        for _ in 0..padding {
            asm.emit(Instr::Null { d: 0 });
        }
        asm.bind(end);
        asm.emit(Instr::Return { s: 0 });
        asm.finish().code
    }

    #[test]
    fn a_short_jump_that_reaches_stays_short() {
        let code = over(100);
        assert_eq!(code.len(), 102);
        assert_eq!(code[0], Instr::JumpUnlessLtInt { a: 0, b: 1, to: 100 });
    }

    #[test]
    fn a_short_jump_that_does_not_reach_skips_to_a_far_one() {
        let code = over(40_000);
        assert_eq!(code[0], Instr::JumpUnlessLtInt { a: 0, b: 1, to: 1 });
        assert_eq!(code[1], Instr::Jump { to: 1 });
        assert_eq!(code[2], Instr::Jump { to: 40_000 });
        assert_eq!(code.len(), 40_004);
    }

    #[test]
    fn backward_jumps_become_far_too() {
        let mut asm = Assembler::new(Span::default());
        let top = asm.label();
        asm.bind_head(top, true);
        for _ in 0..40_000 {
            asm.emit(Instr::Null { d: 0 });
        }
        asm.branch(Instr::NextInt { i: 0, end: 1, to: 0 }, top);
        asm.emit(Instr::Return { s: 0 });
        let code = asm.finish().code;
        assert_eq!(code[40_000], Instr::NextInt { i: 0, end: 1, to: 1 });
        assert_eq!(code[40_002], Instr::Jump { to: -40_003 });
    }

    #[test]
    fn what_follows_a_terminator_is_not_written() {
        let mut asm = Assembler::new(Span::default());
        asm.emit(Instr::Return { s: 0 });
        let unused = asm.label();
        asm.emit(Instr::Null { d: 0 });
        asm.bind(unused);
        asm.emit(Instr::Null { d: 0 });
        assert_eq!(asm.finish().code, [Instr::Return { s: 0 }]);
    }
}
