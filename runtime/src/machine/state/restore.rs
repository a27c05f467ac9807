//! From a state back to a machine: every number is checked against the program, the job's limits, or the list it
//! counts in, before anything is made of it.

use std::collections::BTreeMap;

use aeth_lang::bytecode::Module;
use aeth_lang::ids::{FunctionId, GraphId};

use super::super::fanout::{Arm, Each, Race, Retry, Within};
use super::super::fault::Fault;
use super::super::fiber::{Fiber, Frame};
use super::super::graph::{Graph, Task};
use super::super::group::{Awaiting, FiberId, Group, GroupId, Kind, Parent};
use super::super::{Failure, Machine, Root, Waiter};
use super::{AwaitingState, FaultState, FiberState, KindState, State};
use crate::effect::EffectId;
use crate::limits::{FIBER_DEPTH, JSON_DEPTH, TRACE};
use crate::value::table::{Malformed, Ref};
use crate::value::{Error, ErrorKind, Value};

type Make<'m> = dyn FnMut(Ref<u32>) -> Result<Value, Malformed> + 'm;

/// Gives an empty machine a state.
pub(crate) fn restore(
    machine: &mut Machine,
    state: &State<'_, u32>,
    make: &mut Make<'_>,
) -> Result<(), Malformed> {
    let State { groups, fibers, done } = state;
    let limits = &machine.context.limits;
    if fibers.len() > limits.fibers as usize || groups.len() > fibers.len() + 1 {
        return Err(Malformed("more fibers live than may"));
    }
    // Fibers have the first numbers, groups those behind.
    let group_id = |number: usize| (fibers.len() + 1 + number) as GroupId;
    let mut awaited: BTreeMap<u32, GroupId> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        if let Some(fiber) = group.parent
            && awaited.insert(fiber, group_id(number)).is_some()
        {
            return Err(Malformed("a fiber waits for two groups"));
        }
    }
    let mut registers = limits.heap;
    let module = &machine.program.module;
    let mut made = Made { fibers: BTreeMap::new(), groups: BTreeMap::new() };
    for (number, group) in groups.iter().enumerate() {
        let kind = kind(&group.kind, module, make)?;
        let parent = group.parent.map(|fiber| FiberId::from(fiber) + 1);
        let request = group.request.map(EffectId::from);
        let group = Group { path: group.path.into(), parent, depth: 0, live: BTreeMap::new(), request, kind };
        made.groups.insert(group_id(number), group);
    }
    for (number, state) in fibers.iter().enumerate() {
        let id = number as FiberId + 1;
        let mut fiber = fiber(state, module, &mut registers, make)?;
        if let Some((group, index)) = state.parent {
            fiber.parent = Some(Parent { group: group_id(group as usize), index });
            made.adopt(group_id(group as usize), index, id)?;
        }
        fiber.awaiting = Some(match state.awaiting {
            AwaitingState::Nothing => return Err(Malformed("a fiber waits for nothing")),
            AwaitingState::Effect { id, dest, awaited } => Awaiting::Effect { id: id.into(), dest, awaited },
            AwaitingState::Group { dest } => {
                let id = *awaited.get(&(number as u32)).ok_or(Malformed("a fiber waits for no group"))?;
                Awaiting::Group { id, dest }
            }
        });
        made.fibers.insert(id, fiber);
    }
    let root = match (groups.first(), fibers.first()) {
        (Some(group), _) if group.parent.is_none() => Root::Graph(group_id(0)),
        (_, Some(fiber)) if fiber.parent.is_none() => Root::Function(1),
        (None, None) => Root::Gone,
        _ => return Err(Malformed("nothing is the first")),
    };
    made.give_depths(&root)?;
    finish(machine, made, root, done.as_ref(), make)
}

/// Puts what was made into the machine.
fn finish(
    machine: &mut Machine,
    made: Made,
    root: Root,
    done: Option<&Result<Ref<u32>, FaultState<'_, u32>>>,
    make: &mut Make<'_>,
) -> Result<(), Malformed> {
    let Made { fibers, mut groups } = made;
    machine.next_id = (fibers.len() + groups.len()) as u64;
    let effects = fibers.iter().filter_map(|(id, fiber)| match &fiber.awaiting {
        Some(Awaiting::Effect { id: effect, .. }) => Some((effect.clone(), Waiter::Fiber(*id))),
        _ => None,
    });
    let own = groups.iter().filter_map(|(id, group)| Some((group.request.clone()?, Waiter::Group(*id))));
    for (effect, waiter) in effects.chain(own) {
        if machine.blocked.insert(effect, waiter).is_some() {
            return Err(Malformed("two wait for one effect"));
        }
    }
    machine.root = match (root, done) {
        (Root::Graph(id), Some(_)) => {
            let ended = groups.remove(&id).filter(|_| groups.is_empty() && fibers.is_empty());
            Root::Ended(Box::new(ended.ok_or(Malformed("something lives after the end"))?))
        }
        (Root::Gone, Some(_)) => Root::Gone,
        (Root::Graph(id), None) => Root::Graph(id),
        (Root::Function(id), None) => Root::Function(id),
        (Root::Function(_) | Root::Ended(_) | Root::Gone, _) => {
            return Err(Malformed("it has neither a beginning nor an end"));
        }
    };
    machine.done = match done {
        None => None,
        Some(Ok(value)) => Some(Ok(make(*value)?)),
        Some(Err(state)) => {
            let fault = fault(state, make)?;
            Some(Err(Failure { error: fault.error, trace: fault.trace }))
        }
    };
    (machine.fibers, machine.groups) = (fibers, groups);
    Ok(())
}

/// Fibers and groups that are being put together.
struct Made {
    fibers: BTreeMap<FiberId, Fiber>,
    groups: BTreeMap<GroupId, Group>,
}

impl Made {
    /// A fiber becomes a child of its group.
    fn adopt(&mut self, group: GroupId, index: u32, fiber: FiberId) -> Result<(), Malformed> {
        let group = self.groups.get_mut(&group).ok_or(Malformed("a fiber belongs to no group"))?;
        let room = match &group.kind {
            Kind::Graph(graph) => graph.tasks.len(),
            Kind::Each(each) => each.items.children(),
            Kind::Race(race) => race.arms.len(),
            Kind::Within(_) => 1,
            Kind::Retry(_) => usize::MAX,
        };
        if index as usize >= room || group.live.insert(index, fiber).is_some() {
            return Err(Malformed("a group has no such child"));
        }
        Ok(())
    }

    /// Says how deep everything stands, from the root on; whatever is not reached belongs to nothing.
    fn give_depths(&mut self, root: &Root) -> Result<(), Malformed> {
        let mut reached = 0;
        let mut open = match root {
            Root::Graph(id) => vec![(None, *id, 0)],
            Root::Function(id) => self.below(*id, 0, &mut reached)?.into_iter().collect(),
            Root::Ended(_) | Root::Gone => Vec::new(),
        };
        while let Some((parent, id, depth)) = open.pop() {
            let group = self.groups.get_mut(&id).ok_or(Malformed("a fiber waits for no group"))?;
            if group.parent != parent || depth > FIBER_DEPTH {
                return Err(Malformed("fibers nest deeper than they may"));
            }
            group.depth = depth;
            reached += 1;
            for fiber in group.live.values().copied().collect::<Vec<_>>() {
                open.extend(self.below(fiber, depth, &mut reached)?);
            }
        }
        if reached == self.fibers.len() + self.groups.len() {
            return Ok(());
        }
        Err(Malformed("something belongs to nothing"))
    }

    fn below(
        &mut self,
        id: FiberId,
        depth: u32,
        reached: &mut usize,
    ) -> Result<Option<(Option<FiberId>, GroupId, u32)>, Malformed> {
        let fiber = self.fibers.get_mut(&id).ok_or(Malformed("a group has no such child"))?;
        fiber.depth = depth;
        *reached += 1;
        Ok(match &fiber.awaiting {
            Some(Awaiting::Group { id: group, .. }) => Some((Some(id), *group, depth + 1)),
            _ => None,
        })
    }
}

fn fiber(
    state: &FiberState<'_, u32>,
    module: &Module,
    registers: &mut u64,
    make: &mut Make<'_>,
) -> Result<Fiber, Malformed> {
    let mut fiber = Fiber::new(state.path.into(), None, 0);
    fiber.counter = state.counter;
    // The window of the call before: where it begins, and how many registers it has. It may reach further than that
    // of the call in it.
    let (mut base_before, mut registers_before) = (0, 0);
    let mut length = 0;
    for (number, &(function, dest, pc, base)) in state.frames.iter().enumerate() {
        let code = module.functions.get(function as usize).ok_or(Malformed("there is no such function"))?;
        let window = u32::from(code.registers);
        let inside = if number == 0 {
            base == 0
        } else {
            (base_before..=base_before + registers_before).contains(&base)
                && u32::from(dest) < registers_before
        };
        if !inside || pc as usize >= code.code.len() {
            return Err(Malformed("a call stands nowhere"));
        }
        *registers =
            registers.checked_sub(u64::from(window)).ok_or(Malformed("more registers than may be"))?;
        base_before = base;
        registers_before = window;
        let end = base.checked_add(window).ok_or(Malformed("more registers than may be"))?;
        length = length.max(end as usize);
        fiber.frames.push(Frame { function, dest, pc, base });
    }
    if fiber.frames.is_empty() || state.stack.len() > length {
        return Err(Malformed("registers belong to no call"));
    }
    fiber.stack = state.stack.iter().map(|value| make(*value)).collect::<Result<_, _>>()?;
    fiber.stack.resize(length, Value::Null);
    Ok(fiber)
}

fn kind(state: &KindState<'_, u32>, module: &Module, make: &mut Make<'_>) -> Result<Kind, Malformed> {
    let code = |function: u16| {
        let found = module.functions.get(function as usize).map(|_| FunctionId(function));
        found.ok_or(Malformed("there is no such function"))
    };
    let mut values =
        |of: &[Ref<u32>]| -> Result<Vec<Value>, Malformed> { of.iter().map(|of| make(*of)).collect() };
    let size = |number: u64| usize::try_from(number).map_err(|_| Malformed("a number is too large"));
    Ok(match state {
        KindState::Graph { graph, args, tasks } => {
            let declared = module.graphs.get(*graph as usize).map(|graph| graph.tasks.len());
            if declared != Some(tasks.len()) {
                return Err(Malformed("there is no such graph"));
            }
            let args = values(args)?;
            let task = |(state, value): &(_, _)| Ok(Task { state: *state, value: make(*value)? });
            let tasks = tasks.iter().map(task).collect::<Result<_, _>>()?;
            Kind::Graph(Graph { graph: GraphId(*graph), args, tasks })
        }
        KindState::Each { function, indexed, items, captures, bound, next, results } => {
            let each = Each {
                function: code(*function)?,
                indexed: *indexed,
                captures: values(captures)?,
                results: values(results)?,
                items: make(*items)?,
                bound: size(*bound)?,
                next: size(*next)?,
            };
            if !matches!(each.items, Value::List(_)) || each.results.len() > each.items.children() {
                return Err(Malformed("items are no list"));
            }
            Kind::Each(each)
        }
        KindState::Race { arms, next, failed } => {
            let mut made = Vec::with_capacity(arms.len());
            for (name, function, captures) in arms {
                let captures = values(captures)?;
                made.push(Arm { name: (*name).to_owned(), function: code(*function)?, captures });
            }
            let failed = failed.as_ref().map(|failed| fault(failed, make)).transpose()?.map(Box::new);
            Kind::Race(Race { arms: made, next: size(*next)?, failed })
        }
        KindState::Within { function, captures, ms, begun } => {
            let (function, captures) = (code(*function)?, values(captures)?);
            Kind::Within(Within { function, captures, ms: *ms, begun: *begun })
        }
        KindState::Retry { function, captures, on, count, pause_ms, rate, jitter, attempt, step } => {
            let rate = f64::from_bits(*rate);
            if !rate.is_finite() {
                return Err(Malformed("a Float is not finite"));
            }
            Kind::Retry(Retry {
                function: code(*function)?,
                captures: values(captures)?,
                on: on.clone(),
                count: *count,
                pause_ms: *pause_ms,
                rate,
                jitter: *jitter,
                attempt: *attempt,
                step: *step,
            })
        }
    })
}

fn fault(state: &FaultState<'_, u32>, make: &mut Make<'_>) -> Result<Fault, Malformed> {
    let FaultState { errors, catchable, trace } = state;
    if trace.len() > TRACE || errors.len() > JSON_DEPTH {
        return Err(Malformed("an error is too long"));
    }
    let mut cause = None;
    for (kind, name, message, data, task) in errors.iter().rev() {
        let kind = match (name, ErrorKind::KNOWN.get(*kind as usize)) {
            (None, Some(kind)) => kind.clone(),
            (Some(name), None) => ErrorKind::Other((*name).to_owned()),
            _ => return Err(Malformed("there is no such kind of error")),
        };
        let (message, task) = ((*message).to_owned(), task.map(str::to_owned));
        cause = Some(Box::new(Error { kind, message, data: make(*data)?, task, cause }));
    }
    let error = *cause.ok_or(Malformed("an error is missing"))?;
    Ok(Fault { error, catchable: *catchable, trace: trace.clone() })
}
