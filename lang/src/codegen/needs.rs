//! What a graph can reach: environment variables, secrets and tools, through flows, tools' clauses and lookups.
//!
//! Child agents (`run`, `start`) are jobs of their own and have needs of their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::program::{Body, EffectKind, Expr, ExprKind, Program, SealedPart, Tool, Via};
use crate::ids::{GraphId, ToolId};

use super::walk;

/// What every graph and tool needs by itself.
pub(super) struct Needs {
    graphs: Vec<Need>,
    tools: Vec<Need>,
}

/// What something needs.
#[derive(Clone, Default)]
pub(super) struct Need {
    /// Environment variables, and whether each must be there.
    pub(super) env: BTreeMap<String, bool>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) tools: BTreeSet<ToolId>,
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
            need
        });
        Self { graphs: graphs.collect(), tools: program.tools.iter().map(Need::of_tool).collect() }
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
            ExprKind::Effect(effect) => match &effect.kind {
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
