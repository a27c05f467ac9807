//! The order of a graph's nodes, and the cycles that keep it from having one.

use indexmap::IndexMap;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::super::Checker;
use super::Node;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

impl Checker<'_> {
    /// An order in which each node comes after those it names. Cycles are reported; what takes part in one is left
    /// unknown, and checked all the same.
    pub(super) fn order(&mut self, nodes: &[Node<'_>]) -> Vec<usize> {
        let mut by_name: IndexMap<&str, usize> = IndexMap::new();
        for (at, node) in nodes.iter().enumerate() {
            match node {
                Node::Task(_, task) => {
                    by_name.entry(&task.name.name).or_insert(at);
                }
                Node::Let { names, .. } => {
                    for name in names {
                        by_name.entry(&name.name).or_insert(at);
                    }
                }
            }
        }
        let mut graph: DiGraph<usize, Span> = DiGraph::new();
        let indices: Vec<NodeIndex> = (0..nodes.len()).map(|at| graph.add_node(at)).collect();
        for (at, node) in nodes.iter().enumerate() {
            node.mentions(&mut |name| {
                if let Some(&needed) = by_name.get(name.name.as_str()) {
                    graph.update_edge(indices[at], indices[needed], name.span);
                }
            });
        }
        let mut order = Vec::with_capacity(nodes.len());
        // Strongly connected components come with what they need before them.
        for component in tarjan_scc(&graph) {
            let looped = component.len() > 1 || graph.contains_edge(component[0], component[0]);
            if looped {
                self.cycle(nodes, &graph, &component);
            }
            let mut members: Vec<usize> = component.iter().map(|index| graph[*index]).collect();
            members.sort_unstable();
            order.extend(members);
        }
        order
    }

    fn cycle(&mut self, nodes: &[Node<'_>], graph: &DiGraph<usize, Span>, component: &[NodeIndex]) {
        let start = component.iter().copied().min_by_key(|index| graph[*index]).unwrap_or_default();
        let path = shortest_cycle(graph, component, start);
        let named = |index: &NodeIndex| format!("`{}`", nodes[graph[*index]].name().0);
        let mut shown: Vec<String> = path.iter().map(named).collect();
        shown.push(named(&start));
        let message = if path.len() == 1 {
            format!("{} needs itself", shown[0])
        } else {
            format!("these wait for each other: {}", shown.join(" → "))
        };
        let mut diagnostic = Diagnostic::error(codes::TASK_CYCLE, nodes[graph[start]].name().1, message);
        for (at, from) in path.iter().enumerate() {
            let to = path.get(at + 1).unwrap_or(&start);
            if let Some(edge) = graph.find_edge(*from, *to) {
                let label = format!("{} needs {}", named(from), named(to));
                diagnostic = diagnostic.label(graph[edge], label);
            }
        }
        self.report(diagnostic);
    }
}

/// The shortest way from `start` back to itself within its component.
fn shortest_cycle(graph: &DiGraph<usize, Span>, component: &[NodeIndex], start: NodeIndex) -> Vec<NodeIndex> {
    let mut came: IndexMap<NodeIndex, NodeIndex> = IndexMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(at).filter(|next| component.contains(next)).collect();
        next.sort_by_key(|index| graph[*index]);
        for to in next {
            if to == start {
                let mut path = vec![at];
                let mut back = at;
                while back != start {
                    back = came[&back];
                    path.push(back);
                }
                path.reverse();
                return path;
            }
            if !came.contains_key(&to) {
                came.insert(to, at);
                queue.push_back(to);
            }
        }
    }
    vec![start]
}
