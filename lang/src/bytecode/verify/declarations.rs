//! Sites, tools, signals, agents and flows.

use super::tables::{closed, fields, is_decimal, parameters};
use super::{Verdict, VerifyError, at, ensure, sorted};
use crate::bytecode::Module;
use crate::bytecode::module::{Callable, FieldType, Graph, Input, MemoryKind, Retry, Site, Task, Tool, Via};
use crate::ids::FunctionId;
use crate::library::prelude;
use crate::limits;

/// A function is there, has no captures and this many parameters.
pub(super) fn function(module: &Module, place: &str, id: FunctionId, params: usize) -> Verdict {
    let known = module.functions.get(id.index());
    ensure(known.is_some_and(|known| usize::from(known.params) == params), || {
        at(place, format!("function {} does not take {params} parameters", id.0))
    })?;
    ensure(known.is_some_and(|known| known.captures == 0), || at(place, "its function has captures"))
}

pub(super) fn sites(module: &Module) -> Verdict {
    let free = parameters(module);
    for (n, site) in module.sites.iter().enumerate() {
        let place = format!("site {n}");
        ensure(site.arguments(module).is_some(), || at(place.as_str(), "it names what is not there"))?;
        let own = |id: &FunctionId, params: u16| {
            let known = module.functions.get(id.index()).is_some_and(|known| known.params == params);
            ensure(known, || at(place.as_str(), format!("its function does not take {params} parameters")))
        };
        match site {
            Site::Flow(id) => {
                ensure(!module.graphs[id.index()].agent, || at(place, "it calls an agent as a flow"))?;
            }
            Site::RunAgent(id) | Site::StartAgent(id) => {
                ensure(module.graphs[id.index()].agent, || at(place, "it runs a flow as an agent"))?;
            }
            Site::Await { signal, .. } | Site::Send(signal) => {
                ensure(signal.index() < module.signals.len(), || at(place, "no such signal"))?;
            }
            Site::Each { item, indexed } => own(item, 1 + u16::from(*indexed))?,
            Site::Race(arms) => {
                ensure(!arms.is_empty(), || at(place.as_str(), "a race without arms"))?;
                arms.iter().try_for_each(|(_, arm)| own(arm, 0))?;
            }
            Site::Within(body) => own(body, 0)?,
            Site::Retry { body, on, .. } => {
                own(body, 0)?;
                ensure(on.iter().flatten().all(is_kind), || at(place.as_str(), "no such kind of error"))?;
            }
            Site::Plan { using, result, .. } => {
                let known = |one: &Callable| match one {
                    Callable::Tool(id) => id.index() < module.tools.len(),
                    Callable::Prompt(id) => id.index() < module.prompts.len(),
                };
                let good = using.is_sorted_by(|a, b| a < b) && using.iter().all(known);
                ensure(good, || at(place.as_str(), "what it may use is not there or not sorted"))?;
                closed(module, &free, &place, *result)?;
            }
            Site::Memory { memory, op } => {
                let kind = module.memories.get(memory.index()).map(|memory| memory.kind);
                let index = kind.map(|kind| matches!(kind, MemoryKind::Index(_)));
                ensure(index == Some(op.of_index()), || at(place.as_str(), "no such memory"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_kind(kind: &u16) -> bool {
    usize::from(*kind) < prelude::ERROR_KINDS.len()
}

/// Parameters refer to what is there and need no type arguments.
pub(super) fn params(module: &Module, free: &[u16], place: &str, params: &[FieldType]) -> Verdict {
    ensure(params.len() <= limits::PARAMETERS, || at(place, "too many parameters"))?;
    fields(module, place, params)?;
    params.iter().try_for_each(|param| closed(module, free, place, param.shape))
}

pub(super) fn tools(module: &Module) -> Verdict {
    sorted("tools", module.tools.iter().map(|tool| tool.name.as_str()))?;
    let free = parameters(module);
    for tool in &module.tools {
        let place = format!("tool `{}`", tool.name);
        params(module, &free, &place, &tool.params)?;
        closed(module, &free, &place, tool.result)?;
        tool_functions(module, &place, tool)?;
        if let Some(retry) = &tool.retry {
            ensure(is_sane(retry), || at(place.as_str(), "its retry clause makes no sense"))?;
        }
        let positive = |(calls, span): (i64, i64)| calls > 0 && span > 0;
        ensure(tool.limit.is_none_or(positive), || at(place.as_str(), "its limit is not positive"))?;
        ensure(tool.settle.is_none_or(|settle| settle >= 0), || {
            at(place.as_str(), "it settles before the call")
        })?;
    }
    Ok(())
}

fn tool_functions(module: &Module, place: &str, tool: &Tool) -> Verdict {
    let own = tool.params.len();
    match &tool.via {
        Via::Exec { request, .. } | Via::Http { request, .. } => function(module, place, *request, own + 1)?,
        Via::File(op) => ensure(own == op.arity(), || at(place, "it does not fit its file operation"))?,
        Via::Mcp { .. } | Via::Host => {}
    }
    let clauses =
        [(tool.timeout, own), (tool.lookup, own + 1), (tool.confirm, own + 2), (tool.undo, own + 2)];
    clauses
        .into_iter()
        .try_for_each(|(clause, params)| clause.map_or(Ok(()), |id| function(module, place, id, params)))
}

fn is_sane(retry: &Retry) -> bool {
    let pauses = retry.backoff_ms >= 0 && retry.backoff_ms <= retry.backoff_max_ms;
    pauses && retry.rate.is_finite() && retry.rate >= 0.0 && retry.on.iter().all(is_kind)
}

pub(super) fn signals(module: &Module) -> Verdict {
    sorted("signals", module.signals.iter().map(|signal| signal.name.as_str()))?;
    let free = parameters(module);
    module.signals.iter().try_for_each(|signal| closed(module, &free, "signals", signal.shape))
}

pub(super) fn graphs(module: &Module) -> Verdict {
    sorted("graphs", module.graphs.iter().map(|graph| graph.name.as_str()))?;
    let free = parameters(module);
    for graph in &module.graphs {
        let place = format!("`{}`", graph.name);
        params(module, &free, &place, &graph.params)?;
        closed(module, &free, &place, graph.result)?;
        sorted(&place, graph.env.iter().map(|(name, _)| name.as_str()))?;
        sorted(&place, graph.secrets.iter().map(String::as_str))?;
        let tools = graph.tools.is_sorted_by(|a, b| a < b)
            && graph.tools.last().is_none_or(|last| last.index() < module.tools.len());
        ensure(tools, || at(place.as_str(), "its tools are not there or not sorted"))?;
        let models = graph.models.is_sorted_by(|a, b| a < b)
            && graph.models.last().is_none_or(|last| last.index() < module.models.len());
        ensure(models, || at(place.as_str(), "its models are not there or not sorted"))?;
        clauses(module, &place, graph)?;
        tasks(module, graph)?;
    }
    Ok(())
}

fn clauses(module: &Module, place: &str, graph: &Graph) -> Verdict {
    if let Some(budget) = &graph.budget {
        let bounds = [budget.tokens, budget.calls, budget.time_ms];
        ensure(graph.agent && bounds.iter().flatten().all(|bound| *bound >= 0), || {
            at(place, "its budget makes no sense")
        })?;
        let cost = budget.cost.as_deref().is_none_or(|cost| is_decimal(cost) && !cost.starts_with('-'));
        ensure(cost, || at(place, "its budget is no Decimal"))?;
    }
    if let Some((key, inputs)) = &graph.key {
        let own = |input: &Input| matches!(input, Input::Param(n) if usize::from(*n) < graph.params.len());
        ensure(graph.agent && inputs.iter().all(own), || at(place, "its key reads what is not there"))?;
        function(module, place, *key, inputs.len())?;
    }
    Ok(())
}

fn tasks(module: &Module, graph: &Graph) -> Verdict {
    let place = || format!("`{}`", graph.name);
    let last = graph.tasks.last().is_some_and(|last| last.name == "return");
    ensure(last, || at(place(), "its last task is not `return`"))?;
    ensure(graph.tasks.len() <= limits::TASKS, || at(place(), "too many tasks"))?;
    let mut names: Vec<&str> = graph.tasks.iter().map(|task| task.name.as_str()).collect();
    names.sort_unstable();
    sorted("tasks", names)?;
    graph.tasks.iter().enumerate().try_for_each(|(n, task)| {
        one_task(module, graph, n, task).map_err(|error| VerifyError {
            place: format!("`{}.{}`", graph.name, task.name),
            problem: error.problem,
        })
    })
}

fn one_task(module: &Module, graph: &Graph, n: usize, task: &Task) -> Verdict {
    let earlier =
        task.after.is_sorted_by(|a, b| a < b) && task.after.last().is_none_or(|last| last.index() < n);
    ensure(earlier, || at("", "it waits for a later task"))?;
    let inputs = |inputs: &[Input]| {
        let known = inputs.iter().all(|input| match input {
            Input::Param(param) => usize::from(*param) < graph.params.len(),
            Input::Task(task_id) => task.after.contains(task_id),
        });
        ensure(known, || at("", "it reads what it does not wait for"))
    };
    inputs(&task.inputs)?;
    function(module, "", task.body, task.inputs.len())?;
    if let Some((when, read)) = &task.when {
        inputs(read)?;
        function(module, "", *when, read.len())?;
    }
    Ok(())
}
