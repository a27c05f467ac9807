//! Functions: every operand of every instruction, every handler.

use super::{Verdict, at, ensure};
use crate::bytecode::Module;
use crate::bytecode::instr::{Instr, Reg};
use crate::bytecode::module::{Constant, Function, Handler, VariantType};
use crate::bytecode::operands::{self, Operand};
use crate::limits;

/// Most instructions after far jumps have been laid out.
const MOST: usize = limits::INSTRUCTIONS * 3;

pub(super) fn functions(module: &Module) -> Verdict {
    for (n, function) in module.functions.iter().enumerate() {
        window(n, function)?;
        for (pc, &instr) in function.code.iter().enumerate() {
            instruction(module, function, pc, instr).map_err(|problem| {
                let name = format!("{instr:?}");
                at(format!("function {n}, instruction {pc}"), format!("{name}: {problem}"))
            })?;
        }
        handlers(function).map_err(|problem| at(format!("function {n}"), problem))?;
    }
    Ok(())
}

fn window(n: usize, function: &Function) -> Verdict {
    let place = || format!("function {n}");
    let fixed = usize::from(function.params) + usize::from(function.captures);
    let registers = usize::from(function.registers);
    ensure(fixed <= registers, || at(place(), "its parameters do not fit its registers"))?;
    ensure(registers <= limits::REGISTERS, || at(place(), "too many registers"))?;
    ensure(function.code.len() <= MOST, || at(place(), "too many instructions"))?;
    let ends =
        matches!(function.code.last(), Some(Instr::Return { .. } | Instr::Fail { .. } | Instr::Jump { .. }));
    ensure(ends, || at(place(), "it does not end"))
}

fn instruction(module: &Module, function: &Function, pc: usize, instr: Instr) -> Result<(), &'static str> {
    let mut problem = None;
    operands::visit(instr, &mut |operand| {
        if problem.is_none() {
            problem = operand_problem(module, function, pc, operand);
        }
    });
    problem.map_or(Ok(()), Err)
}

/// What is wrong with an operand.
fn operand_problem(
    module: &Module,
    function: &Function,
    pc: usize,
    operand: Operand,
) -> Option<&'static str> {
    let registers = usize::from(function.registers);
    let run = |first: Reg, count: usize| {
        (usize::from(first) + count > registers).then_some("its run leaves the window")
    };
    match operand {
        Operand::Register(register) => run(register, 1).map(|_| "a register is outside the window"),
        Operand::Pair(register) => run(register, 2).map(|_| "a register is outside the window"),
        Operand::Run { first, count } => run(first, count),
        Operand::Window(first) => run(first, 0),
        Operand::Jump(to) => {
            let target = i64::try_from(pc).unwrap_or(i64::MAX).saturating_add(1).saturating_add(to.into());
            let inside = usize::try_from(target).is_ok_and(|target| target < function.code.len());
            (!inside).then_some("it jumps out of the function")
        }
        Operand::Constant(k) => missing(module.constants.get(k as usize), "no such constant"),
        Operand::TextConstant(k) => match module.constants.get(k as usize) {
            Some(Constant::Text(_)) => None,
            _ => Some("no such text"),
        },
        Operand::Global(g) => missing(module.globals.get(usize::from(g)), "no such global"),
        Operand::Shape(shape) => missing(module.shapes.get(usize::from(shape)), "no such shape"),
        Operand::Path { path, first } => match module.paths.get(usize::from(path)) {
            Some(path) => run(first, path.registers()),
            None => Some("no such path"),
        },
        Operand::Record { ty, first } => match module.records.get(usize::from(ty)) {
            Some(record) => run(first, record.fields.len()),
            None => Some("no such record"),
        },
        Operand::Variant { variant, first } => match made(module, variant) {
            Some(variant) => run(first, variant.fields.len()),
            None => Some("no such variant"),
        },
        Operand::Call { function, first } => match module.functions.get(usize::from(function)) {
            Some(callee) if callee.captures > 0 => Some("it calls a function that has captures"),
            Some(callee) => run(first, callee.params.into()),
            None => Some("no such function"),
        },
        Operand::Closure { function, first } => match module.functions.get(usize::from(function)) {
            Some(callee) => run(first, callee.captures.into()),
            None => Some("no such function"),
        },
        Operand::Builtin { builtin, first } => run(first, builtin.arity().into()),
        Operand::Site { site, first } => {
            match module.sites.get(usize::from(site)).map(|site| site.arguments(module)) {
                Some(Some(count)) => run(first, count.into()),
                _ => Some("no such site"),
            }
        }
        Operand::Below { value, bound } => (value >= bound).then_some("an unknown kind"),
    }
}

fn missing<T>(found: Option<&T>, problem: &'static str) -> Option<&'static str> {
    found.is_none().then_some(problem)
}

/// The variant that an entry of the variant table names.
fn made(module: &Module, variant: u16) -> Option<&VariantType> {
    let &(id, variant) = module.variants.get(usize::from(variant))?;
    module.enums.get(usize::from(id))?.variants.get(usize::from(variant))
}

/// Handlers are in range, nested, and each stands before those around it. A fault goes on behind what it left: were
/// that within, one instruction that fails could run for ever, and unwinding costs no steps.
fn handlers(function: &Function) -> Result<(), &'static str> {
    let mut open: Vec<Handler> = Vec::new();
    for &handler in &function.handlers {
        let length = function.code.len();
        if handler.start >= handler.end || handler.end as usize > length || handler.target as usize >= length
        {
            return Err("a handler is out of range");
        }
        if handler.target < handler.end {
            return Err("a handler leads back into what it guards");
        }
        if handler.register >= function.registers {
            return Err("a handler's register is outside the window");
        }
        while open.last().is_some_and(|inner| inner.start >= handler.start && inner.end <= handler.end) {
            open.pop();
        }
        if open.last().is_some_and(|before| before.end > handler.start) {
            return Err("handlers overlap or are out of order");
        }
        open.push(handler);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(ranges: &[(u32, u32)]) -> Function {
        Function {
            registers: 1,
            code: vec![Instr::Return { s: 0 }; 10],
            handlers: ranges
                .iter()
                .map(|&(start, end)| Handler { start, end, target: 9, register: 0 })
                .collect(),
            ..Function::default()
        }
    }

    #[test]
    fn handlers_nest_inside_out() {
        for good in [&[(0, 2), (0, 2)][..], &[(1, 2), (0, 5)], &[(0, 2), (3, 4), (0, 8), (8, 9)], &[]] {
            assert_eq!(handlers(&with(good)), Ok(()), "{good:?}");
        }
        for bad in [&[(0, 5), (1, 2)][..], &[(0, 3), (2, 5)], &[(3, 4), (0, 2)], &[(2, 2)], &[(0, 11)]] {
            assert!(handlers(&with(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn handlers_lead_forward() {
        for (target, good) in [(0, false), (3, false), (4, true), (9, true)] {
            let mut function = with(&[(1, 4)]);
            function.handlers[0].target = target;
            assert_eq!(handlers(&function).is_ok(), good, "{target}");
        }
    }
}
