//! The loop: executes instructions of one fiber until it ends, faults, asks for an effect or has used its fuel.
//!
//! The current frame's code, window and instruction pointer are locals; frequent instructions stand here, the rest in
//! [`data`](super::data) and [`change`](super::change). An instruction either completes or faults with nothing
//! written; a pause comes only between instructions.

use std::sync::Arc;

use aeth_lang::bytecode::Instr;
use aeth_lang::bytecode::module::{Action, Mutation, PathStep};
use aeth_lang::ids::SiteId;

use super::builtins::Patterns;
use super::fault::{Fault, Run};
use super::fiber::{Fiber, Frame};
use super::meter::Meter;
use super::program::Program;
use super::{change, data};
use crate::value::{ErrorKind, Value, measure};

/// Why a fiber stopped.
pub(crate) enum Stop {
    /// Its outermost call returned.
    Done(Value),
    /// A fault left its outermost call.
    Failed(Box<Fault>),
    /// It asks for an effect; arguments stand from `first`, the outcome goes to `dest`.
    Effect {
        /// The site.
        site: SiteId,
        /// Where the outcome goes.
        dest: u16,
        /// Where the arguments begin.
        first: u16,
    },
    /// Something is used up: see [`Meter::pause`].
    Paused,
}

/// What instructions and builtins work with, beside registers.
pub(crate) struct Library<'a> {
    /// The program.
    pub program: &'a Program,
    /// What may still be used.
    pub meter: &'a mut Meter,
    /// Compiled regular expressions.
    pub patterns: &'a mut Patterns,
}

/// Runs a fiber.
pub(crate) fn execute(fiber: &mut Fiber, library: &mut Library<'_>) -> Stop {
    let program = library.program;
    let functions = program.module.functions.as_slice();
    'frames: loop {
        let Some(&Frame { function, pc, base, .. }) = fiber.frames.last() else {
            return Stop::Failed(Fault::internal("a fiber without frames runs"));
        };
        let function = &functions[function as usize];
        let code = function.code.as_slice();
        let base = base as usize;
        let end = base + function.registers as usize;
        let regs = &mut fiber.stack[base..end];
        let mut pc = pc as usize;

        macro_rules! save {
            () => {
                if let Some(frame) = fiber.frames.last_mut() {
                    frame.pc = pc as u32;
                }
            };
        }
        let fault = 'run: loop {
            macro_rules! fault {
                ($kind:ident, $($message:tt)*) => { break 'run Fault::new(ErrorKind::$kind, format!($($message)*)) };
            }
            macro_rules! malformed {
                () => {
                    break 'run Fault::internal(format_args!("{:?} on values of other types", code[pc - 1]))
                };
            }
            macro_rules! check {
                ($result:expr) => {
                    match $result {
                        Ok(value) => value,
                        Err(fault) => break 'run fault,
                    }
                };
            }
            macro_rules! rest {
                () => {
                    if library.meter.fuel < 0 || library.meter.heap < 0 {
                        save!();
                        return Stop::Paused;
                    }
                };
            }
            macro_rules! jump {
                ($to:expr) => {{
                    let to = $to as isize;
                    pc = pc.wrapping_add_signed(to);
                    if to < 0 {
                        library.meter.fuel -= 1;
                        rest!();
                    }
                }};
            }
            macro_rules! set {
                ($d:expr, $value:expr) => {{
                    let value = $value;
                    put(&mut regs[$d as usize], value);
                }};
            }
            macro_rules! pair {
                ($kind:ident, $a:expr, $b:expr) => {
                    match (&regs[$a as usize], &regs[$b as usize]) {
                        (Value::$kind(a), Value::$kind(b)) => (*a, *b),
                        _ => malformed!(),
                    }
                };
            }
            macro_rules! int {
                ($d:expr, $a:expr, $b:expr, $op:ident, $sign:literal) => {{
                    let (a, b) = pair!(Int, $a, $b);
                    match a.$op(b) {
                        Some(value) => put_int(&mut regs[$d as usize], value),
                        None => break 'run overflow(a, $sign, b),
                    }
                }};
            }
            macro_rules! float {
                ($d:expr, $a:expr, $b:expr, $op:tt, $sign:literal) => {{
                    let (a, b) = pair!(Float, $a, $b);
                    let value = a $op b;
                    if !value.is_finite() {
                        break 'run not_finite(a, $sign, b);
                    }
                    put_float(&mut regs[$d as usize], value);
                }};
            }
            macro_rules! test {
                ($d:expr, $kind:ident, $a:expr, $op:tt, $b:expr) => {{
                    let (a, b) = pair!($kind, $a, $b);
                    put_bool(&mut regs[$d as usize], a $op b);
                }};
            }
            macro_rules! call {
                ($function:expr, $first:expr, $dest:expr, $captures:expr) => {{
                    let callee = $function;
                    let Some(target) = functions.get(callee as usize) else {
                        break 'run Fault::internal("a call of no function");
                    };
                    save!();
                    if fiber.frames.len() >= library.meter.limits().frames as usize {
                        break 'run frame_limit(library.meter);
                    }
                    let base = base + $first as usize;
                    let need = base + target.registers as usize;
                    if fiber.stack.len() < need {
                        check!(grow(&mut fiber.stack, need, library.meter));
                    }
                    for (at, value) in $captures.iter().enumerate() {
                        fiber.stack[base + target.params as usize + at] = Value::clone(value);
                    }
                    fiber.frames.push(Frame { function: callee, dest: $dest, pc: 0, base: base as u32 });
                    library.meter.fuel -= 1;
                    if library.meter.fuel < 0 || library.meter.heap < 0 {
                        return Stop::Paused;
                    }
                    continue 'frames;
                }};
            }

            let instr = code[pc];
            pc += 1;
            match instr {
                Instr::Copy { d, s } => put_copy!(regs[d as usize], &regs[s as usize]),
                Instr::Take { d, s } => set!(d, std::mem::take(&mut regs[s as usize])),
                Instr::Int { d, value } => put_int(&mut regs[d as usize], i64::from(value)),
                Instr::Bool { d, value } => put_bool(&mut regs[d as usize], value),
                Instr::Null { d } => set!(d, Value::Null),
                Instr::Const { d, k } => put_copy!(regs[d as usize], &program.constants[k as usize]),
                Instr::Global { d, g } => match program.globals.get(g as usize) {
                    Some(value) => set!(d, value.clone()),
                    None => break 'run Fault::internal("a constant is read before it is computed"),
                },

                Instr::AddInt { d, a, b } => int!(d, a, b, checked_add, "+"),
                Instr::SubInt { d, a, b } => int!(d, a, b, checked_sub, "-"),
                Instr::MulInt { d, a, b } => int!(d, a, b, checked_mul, "*"),
                Instr::DivInt { d, a, b } => int!(d, a, b, checked_div, "/"),
                Instr::RemInt { d, a, b } => {
                    let (a, b) = pair!(Int, a, b);
                    if b == 0 {
                        break 'run overflow(a, "%", b);
                    }
                    // Of the smallest Int by -1 the quotient does not fit, but the remainder does: 0.
                    put_int(&mut regs[d as usize], a.wrapping_rem(b));
                }
                Instr::AddIntImm { d, a, imm } => match &regs[a as usize] {
                    Value::Int(a) => match a.checked_add(i64::from(imm)) {
                        Some(value) => put_int(&mut regs[d as usize], value),
                        // written as a difference where it is one
                        None if imm < 0 => break 'run overflow(*a, "-", -i64::from(imm)),
                        None => break 'run overflow(*a, "+", i64::from(imm)),
                    },
                    _ => malformed!(),
                },
                Instr::NegInt { d, a } => match &regs[a as usize] {
                    Value::Int(a) => match a.checked_neg() {
                        Some(value) => put_int(&mut regs[d as usize], value),
                        None => fault!(Arithmetic, "-({a}) does not fit in 64 bits"),
                    },
                    _ => malformed!(),
                },
                Instr::AddFloat { d, a, b } => float!(d, a, b, +, "+"),
                Instr::SubFloat { d, a, b } => float!(d, a, b, -, "-"),
                Instr::MulFloat { d, a, b } => float!(d, a, b, *, "*"),
                Instr::DivFloat { d, a, b } => float!(d, a, b, /, "/"),
                Instr::RemFloat { d, a, b } => {
                    let (a, b) = pair!(Float, a, b);
                    let value = libm::fmod(a, b);
                    if !value.is_finite() {
                        break 'run not_finite(a, "%", b);
                    }
                    put_float(&mut regs[d as usize], value);
                }
                Instr::NegFloat { d, a } => match regs[a as usize] {
                    Value::Float(a) => put_float(&mut regs[d as usize], -a),
                    _ => malformed!(),
                },

                Instr::EqInt { d, a, b } => test!(d, Int, a, ==, b),
                Instr::LtInt { d, a, b } => test!(d, Int, a, <, b),
                Instr::LeInt { d, a, b } => test!(d, Int, a, <=, b),
                Instr::LtFloat { d, a, b } => test!(d, Float, a, <, b),
                Instr::LeFloat { d, a, b } => test!(d, Float, a, <=, b),
                Instr::Not { d, a } => match regs[a as usize] {
                    Value::Bool(a) => put_bool(&mut regs[d as usize], !a),
                    _ => malformed!(),
                },

                Instr::Jump { to } => jump!(to),
                Instr::JumpIf { a, to } => match regs[a as usize] {
                    Value::Bool(true) => jump!(to),
                    Value::Bool(false) => {}
                    _ => malformed!(),
                },
                Instr::JumpUnless { a, to } => match regs[a as usize] {
                    Value::Bool(false) => jump!(to),
                    Value::Bool(true) => {}
                    _ => malformed!(),
                },
                Instr::JumpIfNull { a, to } => {
                    if matches!(regs[a as usize], Value::Null) {
                        jump!(to);
                    }
                }
                Instr::JumpUnlessNull { a, to } => {
                    if !matches!(regs[a as usize], Value::Null) {
                        jump!(to);
                    }
                }
                Instr::JumpUnlessLtInt { a, b, to } => {
                    let (a, b) = pair!(Int, a, b);
                    if a >= b {
                        jump!(to);
                    }
                }
                Instr::JumpUnlessLeInt { a, b, to } => {
                    let (a, b) = pair!(Int, a, b);
                    if a > b {
                        jump!(to);
                    }
                }
                Instr::JumpUnlessEqInt { a, b, to } => {
                    let (a, b) = pair!(Int, a, b);
                    if a != b {
                        jump!(to);
                    }
                }
                Instr::JumpUnlessVariant { a, variant, to } => {
                    let found = match &regs[a as usize] {
                        Value::Unit(unit) => unit.variant,
                        Value::Variant(value) => value.variant,
                        _ => malformed!(),
                    };
                    if found != variant {
                        jump!(to);
                    }
                }
                Instr::JumpUnlessJson { a, kind, to } => {
                    if check!(data::json_kind(&regs[a as usize])) as u16 != kind {
                        jump!(to);
                    }
                }
                Instr::NextInt { i, end, to } => {
                    let (at, end) = pair!(Int, i, end);
                    if let Some(next) = at.checked_add(1).filter(|next| *next < end) {
                        put_int(&mut regs[i as usize], next);
                        jump!(to);
                    }
                }
                Instr::NextItem { d, iter, to } => {
                    let index = iter as usize + 1;
                    let (Value::List(items), Value::Int(at)) = (&regs[iter as usize], &regs[index]) else {
                        malformed!()
                    };
                    match usize::try_from(*at).ok().and_then(|at| items.get(at)) {
                        Some(item) => {
                            let next = at + 1;
                            put_copy!(regs[d as usize], item);
                            put_int(&mut regs[index], next);
                        }
                        None => jump!(to),
                    }
                }
                Instr::NextEntry { d, iter, to } => {
                    let index = iter as usize + 1;
                    let (Value::Map(map), Value::Int(at)) = (&regs[iter as usize], &regs[index]) else {
                        malformed!()
                    };
                    match usize::try_from(*at).ok().and_then(|at| map.get_index(at)) {
                        Some((key, value)) => {
                            let (key, value, next) = (key.value(), value.clone(), at + 1);
                            set!(d, key);
                            set!(d as usize + 1, value);
                            put_int(&mut regs[index], next);
                        }
                        None => jump!(to),
                    }
                }

                Instr::Item { d, a, b } => {
                    let (Value::List(items), Value::Int(at)) = (&regs[a as usize], &regs[b as usize]) else {
                        malformed!()
                    };
                    match usize::try_from(*at).ok().and_then(|at| items.get(at)) {
                        Some(item) => put_copy!(regs[d as usize], item),
                        None => break 'run data::no_item(*at, items.len()),
                    }
                }
                Instr::Len { d, a } => match &regs[a as usize] {
                    Value::List(items) => {
                        let length = items.len() as i64;
                        put_int(&mut regs[d as usize], length);
                    }
                    _ => malformed!(),
                },
                Instr::Push { d, s } => {
                    let item = regs[s as usize].clone();
                    let Value::List(items) = &mut regs[d as usize] else { malformed!() };
                    if Arc::strong_count(items) > 1 {
                        check!(library.meter.alloc_items(items.len()));
                    }
                    library.meter.heap -= 1;
                    Arc::make_mut(items).push(item);
                    rest!();
                }
                Instr::Field { d, a, n } => match &regs[a as usize] {
                    Value::Record(record) => match record.fields.get(n as usize) {
                        Some(field) => put_copy!(regs[d as usize], field),
                        None => malformed!(),
                    },
                    _ => malformed!(),
                },
                Instr::TupleField { d, a, n } => match &regs[a as usize] {
                    Value::Tuple(items) if (n as usize) < items.len() => {
                        put_copy!(regs[d as usize], &items[n as usize]);
                    }
                    _ => malformed!(),
                },
                Instr::Payload { d, a, n } => match &regs[a as usize] {
                    Value::Variant(variant) if (n as usize) < variant.fields.len() => {
                        put_copy!(regs[d as usize], &variant.fields[n as usize]);
                    }
                    _ => malformed!(),
                },

                Instr::SetItem { d, i, s } => {
                    let Value::Int(at) = regs[i as usize] else { malformed!() };
                    let Ok([list, value]) = regs.get_disjoint_mut([d as usize, s as usize]) else {
                        malformed!()
                    };
                    let Value::List(items) = list else { malformed!() };
                    let length = items.len();
                    let Some(index) = usize::try_from(at).ok().filter(|at| *at < length) else {
                        break 'run data::no_item(at, length);
                    };
                    if Arc::get_mut(items).is_none() {
                        check!(library.meter.alloc_items(length));
                        rest!();
                    }
                    put_copy!(Arc::make_mut(items)[index], &*value);
                }

                Instr::Change { root, path, first } => {
                    let path = &program.module.paths[path as usize];
                    let (root, first) = (root as usize, first as usize);
                    if let ([PathStep::Index], Action::Set) = (path.steps.as_slice(), path.action) {
                        let Value::Int(at) = regs[first] else { malformed!() };
                        let Ok([root, value]) = regs.get_disjoint_mut([root, first + 1]) else {
                            malformed!()
                        };
                        let Value::List(items) = root else { malformed!() };
                        let length = items.len();
                        let Some(index) = usize::try_from(at).ok().filter(|at| *at < length) else {
                            break 'run data::no_item(at, length);
                        };
                        if Arc::strong_count(items) > 1 {
                            check!(library.meter.alloc_items(length));
                        }
                        put_moved(&mut Arc::make_mut(items)[index], value);
                        put(&mut regs[first], Value::Null);
                    } else if let ([], Action::Mutate(Mutation::ListPush)) =
                        (path.steps.as_slice(), path.action)
                    {
                        let Ok([root, value]) = regs.get_disjoint_mut([root, first]) else { malformed!() };
                        let Value::List(items) = root else { malformed!() };
                        if Arc::strong_count(items) > 1 {
                            check!(library.meter.alloc_items(items.len()));
                        }
                        library.meter.heap -= 1;
                        Arc::make_mut(items).push(std::mem::take(value));
                    } else if let ([PathStep::Key], Action::Set) = (path.steps.as_slice(), path.action) {
                        check!(change::put(root, first, regs, library));
                    } else {
                        check!(change::change(path, root, first, regs, library));
                    }
                    rest!();
                }

                Instr::Call { d, f, first } => call!(f, first, d, [Value::Null; 0]),
                Instr::CallValue { d, callee, first } => {
                    let Value::Closure(closure) = &regs[callee as usize] else { malformed!() };
                    if closure.captures.is_empty() {
                        let function = closure.function;
                        call!(function, first, d, [Value::Null; 0]);
                    }
                    let closure = Arc::clone(closure);
                    call!(closure.function, first, d, closure.captures);
                }
                Instr::Return { s } => {
                    if let Value::Int(int) = regs[s as usize]
                        && let [.., caller, frame] = fiber.frames.as_slice()
                    {
                        let place = caller.base as usize + frame.dest as usize;
                        for place in regs.iter_mut() {
                            put(place, Value::Null);
                        }
                        fiber.frames.pop();
                        put_int(&mut fiber.stack[place], int);
                        continue 'frames;
                    }
                    let value = std::mem::take(&mut regs[s as usize]);
                    for place in regs.iter_mut() {
                        put(place, Value::Null);
                    }
                    let dest = fiber.frames.pop().map_or(0, |frame| frame.dest);
                    let Some(caller) = fiber.frames.last() else { return Stop::Done(value) };
                    put(&mut fiber.stack[caller.base as usize + dest as usize], value);
                    continue 'frames;
                }
                Instr::Effect { d, site, first } => {
                    save!();
                    return Stop::Effect { site: SiteId(site), dest: d, first };
                }

                Instr::Builtin { d, f, first } => {
                    let args = &mut regs[first as usize..first as usize + f.arity() as usize];
                    library.meter.fuel -= 1;
                    let value = check!(super::builtins::call(f, args, library));
                    args.fill(Value::Null);
                    set!(d, value);
                    rest!();
                }
                other => {
                    check!(data::perform(other, regs, library));
                    rest!();
                }
            }
        };
        save!();
        if let Err(fault) = fiber.unwind(program, fault) {
            return Stop::Failed(fault);
        }
    }
}

/// Writes a register. What holds nothing on the heap needs no drop, and that is most of what is overwritten.
#[inline(always)]
fn put(place: &mut Value, value: Value) {
    if place.is_plain() {
        std::mem::forget(std::mem::replace(place, value));
    } else {
        *place = value;
    }
}

/// Writes an Int. Tag and number are written apart, never as a whole that was just put together: reading back
/// sixteen bytes that were written in two pieces stalls the processor longer than an instruction takes.
#[inline(always)]
fn put_int(place: &mut Value, int: i64) {
    match place {
        Value::Int(slot) => *slot = int,
        other => put(other, Value::Int(int)),
    }
}

/// Writes a Bool, as [`put_int`] does.
#[inline(always)]
fn put_bool(place: &mut Value, bool: bool) {
    match place {
        Value::Bool(slot) => *slot = bool,
        other => put(other, Value::Bool(bool)),
    }
}

/// Writes a Float, as [`put_int`] does.
#[inline(always)]
fn put_float(place: &mut Value, float: f64) {
    match place {
        Value::Float(slot) => *slot = float,
        other => put(other, Value::Float(float)),
    }
}

/// Writes a copy of a value, as [`put_int`] does.
macro_rules! put_copy {
    ($place:expr, $value:expr) => {
        match $value {
            Value::Int(int) => {
                let int = *int;
                put_int(&mut $place, int);
            }
            Value::Bool(bool) => {
                let bool = *bool;
                put_bool(&mut $place, bool);
            }
            Value::Float(float) => {
                let float = *float;
                put_float(&mut $place, float);
            }
            other => {
                let value = other.clone();
                put(&mut $place, value);
            }
        }
    };
}
use put_copy;

/// Moves a value, leaving null, as [`put_int`] does.
#[inline(always)]
fn put_moved(place: &mut Value, value: &mut Value) {
    match value {
        Value::Int(int) => put_int(place, *int),
        Value::Bool(bool) => put_bool(place, *bool),
        other => {
            put(place, std::mem::take(other));
            return;
        }
    }
    put(value, Value::Null);
}

/// Makes room for a callee's window; registers count as heap.
#[cold]
#[inline(never)]
fn grow(stack: &mut Vec<Value>, need: usize, meter: &mut Meter) -> Run<()> {
    meter.alloc((need - stack.len()) as u64)?;
    if measure::items_units(need) > meter.limits().heap {
        return Err(meter.heap_limit());
    }
    stack.resize(need, Value::Null);
    Ok(())
}

#[cold]
#[inline(never)]
fn frame_limit(meter: &Meter) -> Box<Fault> {
    Fault::limit("frames", u64::from(meter.limits().frames), "calls nest too deep")
}

#[cold]
#[inline(never)]
fn overflow(a: i64, sign: &str, b: i64) -> Box<Fault> {
    let message = if b == 0 && matches!(sign, "/" | "%") {
        format!("division by zero: {a} {sign} 0")
    } else {
        format!("{a} {sign} {b} does not fit in 64 bits")
    };
    Fault::new(ErrorKind::Arithmetic, message)
}

#[cold]
#[inline(never)]
fn not_finite(a: f64, sign: &str, b: f64) -> Box<Fault> {
    Fault::new(ErrorKind::Arithmetic, format!("{a:?} {sign} {b:?} is not finite"))
}
