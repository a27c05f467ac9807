//! Models, prompts, memories and schedules.

use super::declarations::{function, params};
use super::tables::{closed, parameters};
use super::{Verdict, at, ensure, sorted};
use crate::bytecode::module::{Every, MemoryKind, Shape};
use crate::bytecode::{Module, cron};
use crate::ids::ModelId;

pub(super) fn models(module: &Module) -> Verdict {
    sorted("models", module.models.iter().map(|model| model.name.as_str()))?;
    for model in &module.models {
        let place = format!("model `{}`", model.name);
        function(module, &place, model.request, 0)?;
        let known = model.fallback.is_none_or(|id| id.index() < module.models.len());
        ensure(known, || at(place, "its fallback is not there"))?;
    }
    // Every chain of fallbacks ends: walked once, each model belongs to one walk.
    let mut walk = vec![0; module.models.len()];
    for first in 0..module.models.len() {
        let mut next = Some(first);
        while let Some(at_hand) = next.filter(|&at_hand| walk[at_hand] == 0) {
            walk[at_hand] = first + 1;
            next = module.models[at_hand].fallback.map(ModelId::index);
            let circle = next.is_some_and(|next| walk[next] == first + 1);
            ensure(!circle, || at("models", "fallbacks lead back to themselves"))?;
        }
    }
    Ok(())
}

pub(super) fn prompts(module: &Module) -> Verdict {
    sorted("prompts", module.prompts.iter().map(|prompt| prompt.name.as_str()))?;
    let free = parameters(module);
    for prompt in &module.prompts {
        let place = format!("prompt `{}`", prompt.name);
        params(module, &free, &place, &prompt.params)?;
        closed(module, &free, &place, prompt.result)?;
        function(module, &place, prompt.request, prompt.params.len())?;
        let tools = prompt.tools.is_sorted_by(|a, b| a < b)
            && prompt.tools.last().is_none_or(|last| last.index() < module.tools.len());
        ensure(tools, || at(place.as_str(), "its tools are not there or not sorted"))?;
    }
    Ok(())
}

pub(super) fn memories(module: &Module) -> Verdict {
    sorted("memories", module.memories.iter().map(|memory| memory.name.as_str()))?;
    let free = parameters(module);
    for memory in &module.memories {
        let place = format!("memory `{}`", memory.name);
        match memory.kind {
            MemoryKind::Index(value) => closed(module, &free, &place, value)?,
            MemoryKind::Map(key, value) => {
                closed(module, &free, &place, key)?;
                closed(module, &free, &place, value)?;
                let plain = matches!(
                    module.shape(key),
                    Shape::String | Shape::Int | Shape::Bool | Shape::Enum(..) | Shape::Null
                );
                ensure(plain, || at(place.as_str(), "its keys cannot be keys"))?;
            }
        }
    }
    Ok(())
}

pub(super) fn schedules(module: &Module) -> Verdict {
    sorted("schedules", module.schedules.iter().map(|schedule| schedule.name.as_str()))?;
    for schedule in &module.schedules {
        let place = format!("schedule `{}`", schedule.name);
        let agent = module.graphs.get(schedule.agent.index()).is_some_and(|graph| graph.agent);
        ensure(agent, || at(place.as_str(), "its agent is not there"))?;
        function(module, &place, schedule.args, 0)?;
        let sane = match &schedule.every {
            Every::Cron(text) => cron::problem(text).is_none(),
            Every::Interval(ms) => *ms > 0 && schedule.zone.is_none(),
        };
        ensure(sane, || at(place.as_str(), "it never fires"))?;
    }
    Ok(())
}
