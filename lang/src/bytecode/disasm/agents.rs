//! Models, prompts, memories, schedules, budgets, plans.

use std::fmt::Write;

use super::Listing;
use crate::bytecode::module::{Budget, Callable, Every, MemoryKind};
use crate::ids::ShapeId;

impl Listing<'_> {
    pub(super) fn agents(&self, out: &mut String) {
        let module = self.module;
        for model in &module.models {
            let provider = format!("{:?}", model.provider).to_lowercase();
            let _ = write!(out, "\nmodel {}\n  provider {provider} f{}\n", model.name, model.request.0);
            if let Some(id) = model.fallback {
                let _ = writeln!(out, "  fallback {}", module.models[id.index()].name);
            }
        }
        for prompt in &module.prompts {
            let (params, result) = (self.params(&prompt.params), self.shape(prompt.result));
            let _ = writeln!(out, "\nprompt {}({params}) -> {result}", prompt.name);
            let _ = writeln!(out, "  request f{}", prompt.request.0);
            for tool in &prompt.tools {
                let _ = writeln!(out, "  tool {}", module.tools[tool.index()].name);
            }
            if prompt.retries > 0 {
                let _ = writeln!(out, "  retry {}", prompt.retries);
            }
        }
        for memory in &module.memories {
            let holds = match memory.kind {
                MemoryKind::Map(key, value) => format!("Map<{}, {}>", self.shape(key), self.shape(value)),
                MemoryKind::Index(value) => format!("Index<{}>", self.shape(value)),
            };
            let _ = write!(out, "\nmemory {}: {holds}\n", memory.name);
        }
        for schedule in &module.schedules {
            let every = match &schedule.every {
                Every::Cron(text) => format!("{text:?}"),
                Every::Interval(ms) => format!("{ms}ms"),
            };
            let zone = schedule.zone.as_ref().map_or_else(String::new, |zone| format!(" in {zone:?}"));
            let agent = &module.graphs[schedule.agent.index()].name;
            let args = schedule.args.0;
            let _ = write!(out, "\nschedule {} every {every}{zone} run {agent} f{args}\n", schedule.name);
        }
    }

    pub(super) fn plan(&self, using: &[Callable], result: ShapeId, host: bool, unattended: bool) -> String {
        let names: Vec<&str> = using
            .iter()
            .map(|one| match one {
                Callable::Tool(id) => self.module.tools[id.index()].name.as_str(),
                Callable::Prompt(id) => self.module.prompts[id.index()].name.as_str(),
            })
            .collect();
        let by = if host { " by host" } else { "" };
        let unattended = if unattended { " unattended" } else { "" };
        format!("plan using {}{by} -> {}{unattended}", names.join(", "), self.shape(result))
    }
}

/// A budget as a program writes it.
pub(super) fn budget(budget: &Budget) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, bound: Option<String>| {
        parts.extend(bound.map(|bound| format!("{name} {bound}")));
    };
    part("tokens", budget.tokens.map(|n| n.to_string()));
    part("cost", budget.cost.as_ref().map(|cost| format!("{cost}d")));
    part("calls", budget.calls.map(|n| n.to_string()));
    part("time", budget.time_ms.map(|ms| format!("{ms}ms")));
    parts.join(" ")
}
