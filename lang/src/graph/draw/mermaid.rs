//! Mermaid, as Markdown renderers show it.

use std::fmt::Write;

use super::title;
use crate::graph::{Dependency, TaskGraph};

/// A flowchart from top to bottom. Conditional tasks are hexagons; dotted arrows mean order without data.
#[must_use]
pub fn mermaid(graph: &TaskGraph) -> String {
    let mut out = format!("---\ntitle: {}\n---\nflowchart TD\n", title(graph));
    for &task in graph.order() {
        let node = graph.node(task);
        let mut label = escaped(&node.name);
        if !node.calls.is_empty() {
            let _ = write!(label, "<br/><small>{}</small>", escaped(&node.calls.join(", ")));
        }
        let (open, close) = if node.conditional { ("{{", "}}") } else { ("[", "]") };
        let _ = writeln!(out, "  t{}{open}\"{label}\"{close}", task.0);
    }
    for &task in graph.order() {
        for (on, why) in graph.waits_for(task) {
            let arrow = match why {
                Dependency::Data => "-->",
                Dependency::Condition => "-- when -->",
                Dependency::Order => "-.->",
            };
            let _ = writeln!(out, "  t{} {arrow} t{}", on.0, task.0);
        }
    }
    out
}

/// Names of tools may hold characters that Mermaid takes for syntax.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
