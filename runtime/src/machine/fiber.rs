//! A fiber: one sequence of calls with its own registers. Plain data.

use std::sync::Arc;

use aeth_lang::ids::FunctionId;

use super::fault::Fault;
use super::group::{Awaiting, Parent};
use super::program::Program;
use crate::effect::CodePoint;
use crate::value::Value;

/// One sequence of calls.
#[derive(Debug)]
pub(crate) struct Fiber {
    /// Its name within the job; ids of effects begin with it.
    pub path: Arc<str>,
    /// The number of its next effect.
    pub counter: u32,
    /// Whose child it is; `None` for the only fiber of a function machine.
    pub parent: Option<Parent>,
    /// How many fibers it stands within.
    pub depth: u32,
    /// What it waits for, if it does.
    pub awaiting: Option<Awaiting>,
    /// Registers of all frames; windows overlap where arguments are passed.
    pub stack: Vec<Value>,
    /// Calls, outermost first.
    pub frames: Vec<Frame>,
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// The function.
    pub function: u16,
    /// The caller's register for the result.
    pub dest: u16,
    /// The next instruction.
    pub pc: u32,
    /// Where its window begins.
    pub base: u32,
}

impl Fiber {
    /// A fiber that has not run yet.
    pub(crate) fn new(path: Arc<str>, parent: Option<Parent>, depth: u32) -> Self {
        Self { path, counter: 0, parent, depth, awaiting: None, stack: Vec::new(), frames: Vec::new() }
    }

    /// Begins the outermost call.
    pub(crate) fn enter(&mut self, program: &Program, function: FunctionId, args: Vec<Value>) {
        let registers = program.module.functions.get(function.index()).map_or(0, |f| f.registers as usize);
        self.stack = args;
        self.stack.resize(registers.max(self.stack.len()), Value::Null);
        self.frames = vec![Frame { function: function.0, dest: 0, pc: 0, base: 0 }];
    }

    /// The next number for an effect, flow call, `each` or `race`.
    pub(crate) fn number(&mut self) -> u32 {
        let number = self.counter;
        self.counter += 1;
        number
    }

    /// Writes a register of the innermost frame.
    pub(crate) fn set(&mut self, register: u16, value: Value) {
        let base = self.frames.last().map_or(0, |frame| frame.base as usize);
        if let Some(place) = self.stack.get_mut(base + register as usize) {
            *place = value;
        }
    }

    /// Takes a run of registers of the innermost frame.
    pub(crate) fn take(&mut self, first: u16, count: usize) -> Vec<Value> {
        let base = self.frames.last().map_or(0, |frame| frame.base as usize) + first as usize;
        let run = self.stack.get_mut(base..base + count).unwrap_or(&mut []);
        run.iter_mut().map(std::mem::take).collect()
    }

    /// Forgets registers beyond its frames: what a fiber that waits holds depends on where it waits, not on how far
    /// its calls once reached.
    pub(crate) fn trim(&mut self, program: &Program) {
        let registers = |frame: &Frame| program.module.functions[frame.function as usize].registers;
        let ends = self.frames.iter().map(|frame| frame.base as usize + registers(frame) as usize);
        if let Some(end) = ends.max() {
            self.stack.truncate(end);
        }
    }

    /// Goes on at the handler that catches the fault.
    ///
    /// # Errors
    /// The fault, if nobody does; the fiber then has no frames.
    pub(crate) fn unwind(&mut self, program: &Program, mut fault: Box<Fault>) -> Result<(), Box<Fault>> {
        while let Some(frame) = self.frames.last_mut() {
            let at = frame.pc.saturating_sub(1);
            let function = &program.module.functions[frame.function as usize];
            let handler = function.handlers.iter().find(|handler| handler.start <= at && at < handler.end);
            if let Some(handler) = handler.filter(|_| fault.catchable) {
                frame.pc = handler.target;
                self.set(handler.register, fault.error.to_value());
                return Ok(());
            }
            fault.passes(CodePoint { function: FunctionId(frame.function), pc: at });
            let base = frame.base as usize;
            let end = (base + function.registers as usize).min(self.stack.len());
            self.stack[base..end].fill(Value::Null);
            self.frames.pop();
        }
        Err(fault)
    }
}
