//! What a graph can reach: environment variables, secrets and tools, through flows, tools' clauses and lookups.
//!
//! Child agents (`run`, `start`) are jobs of their own and have needs of their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::program::{
    Body, Callable, EffectKind, Expr, ExprKind, Program, Prompt, SealedPart, Tool, Via,
};
use crate::ids::{GraphId, ModelId, PromptId, ToolId};

use super::walk;

/// What every graph and tool needs by itself.
pub(super) struct Needs {
    graphs: Vec<Need>,
    tools: Vec<Need>,
    models: Vec<Need>,
    prompts: Vec<Need>,
}

/// What something needs.
#[derive(Clone, Default)]
pub(super) struct Need {
    /// Environment variables, and whether each must be there.
    pub(super) env: BTreeMap<String, bool>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) tools: BTreeSet<ToolId>,
    pub(super) models: BTreeSet<ModelId>,
    prompts: BTreeSet<PromptId>,
    flows: BTreeSet<GraphId>,
}

impl Needs {
    pub(super) fn of(program: &Program) -> Self {
        let graphs = program.graphs.iter().map(|graph| {
            let mut need = Need::default();
            for task in &graph.tasks {
                task.when.iter().for_each(|(_, body)| need.body(body));
                need.body(&task.body);
            }
            graph.lets.iter().for_each(|one| need.body(&one.body));
            graph.key.iter().for_each(|(_, key)| need.body(key));
            need
        });
        let models = program.models.iter().map(|model| {
            let mut need = Need::default();
            model.parts.values.iter().for_each(|(_, value)| need.expr(value));
            need.models.extend(model.fallback);
            need
        });
        Self {
            graphs: graphs.collect(),
            tools: program.tools.iter().map(Need::of_tool).collect(),
            models: models.collect(),
            prompts: program.prompts.iter().map(Need::of_prompt).collect(),
        }
    }

    /// What a graph needs, through everything it reaches.
    pub(super) fn reachable(&self, graph: GraphId) -> Need {
        let mut all = Need::default();
        let mut flows = BTreeSet::from([graph]);
        let mut rest = vec![&self.graphs[graph.index()]];
        while let Some(need) = rest.pop() {
            for (name, &required) in &need.env {
                *all.env.entry(name.clone()).or_default() |= required;
            }
            all.secrets.extend(need.secrets.iter().cloned());
            rest.extend(
                need.tools.iter().filter(|&&id| all.tools.insert(id)).map(|id| &self.tools[id.index()]),
            );
            let models = need.models.iter().filter(|&&id| all.models.insert(id));
            rest.extend(models.map(|id| &self.models[id.index()]));
            let prompts = need.prompts.iter().filter(|&&id| all.prompts.insert(id));
            rest.extend(prompts.map(|id| &self.prompts[id.index()]));
            rest.extend(need.flows.iter().filter(|&&id| flows.insert(id)).map(|id| &self.graphs[id.index()]));
        }
        all
    }
}

impl Need {
    fn of_tool(tool: &Tool) -> Self {
        let mut need = Self::default();
        if let Via::Exec { parts, .. } | Via::Http { parts } = &tool.via {
            parts.values.iter().for_each(|(_, value)| need.expr(value));
        }
        for body in [&tool.timeout, &tool.lookup, &tool.confirm, &tool.undo].into_iter().flatten() {
            need.body(body);
        }
        need
    }

    fn of_prompt(prompt: &Prompt) -> Self {
        let mut need = Self::default();
        prompt.parts.values.iter().for_each(|(_, value)| need.expr(value));
        need.tools.extend(&prompt.tools);
        need
    }

    fn callable(&mut self, callable: Callable) {
        match callable {
            Callable::Tool(id) => drop(self.tools.insert(id)),
            Callable::Prompt(id) => drop(self.prompts.insert(id)),
        }
    }

    fn body(&mut self, body: &Body) {
        self.expr(&body.value);
    }

    fn expr(&mut self, expr: &Expr) {
        walk::expressions(expr, &mut |expr| match &expr.kind {
            ExprKind::Sealed(parts) => {
                for part in parts {
                    if let SealedPart::Secret(name) = part {
                        self.secrets.insert(name.clone());
                    }
                }
            }
            ExprKind::Model(id) => drop(self.models.insert(*id)),
            ExprKind::Effect(effect) => match &effect.kind {
                EffectKind::Prompt { prompt, .. } => drop(self.prompts.insert(*prompt)),
                EffectKind::Plan { using, .. } => using.iter().for_each(|&one| self.callable(one)),
                EffectKind::Tool { tool, .. } => {
                    self.tools.insert(*tool);
                }
                EffectKind::Flow { graph, .. } => {
                    self.flows.insert(*graph);
                }
                EffectKind::Env { name, optional } => {
                    *self.env.entry(name.clone()).or_default() |= !optional;
                }
                _ => {}
            },
            _ => {}
        });
    }
}
