//! DOT, for Graphviz.

use std::fmt::Write;

use super::{quoted, title};
use crate::graph::{Dependency, TaskGraph};

/// A digraph from top to bottom. Conditional tasks are hexagons; dashed arrows mean order without data.
#[must_use]
pub fn dot(graph: &TaskGraph) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&graph.name));
    let _ = writeln!(
        out,
        "  label={};\n  labelloc=t;\n  node [shape=box, fontname=\"sans-serif\"];",
        quoted(&title(graph))
    );
    for &task in graph.order() {
        let node = graph.node(task);
        let label = [std::slice::from_ref(&node.name), node.calls.as_slice()].concat();
        let label = quoted(&label.join("\n")).replace('\n', "\\n");
        let shape = if node.conditional { ", shape=hexagon" } else { "" };
        let _ = writeln!(out, "  t{} [label={label}{shape}];", task.0);
    }
    for &task in graph.order() {
        for (on, why) in graph.waits_for(task) {
            let style = match why {
                Dependency::Data => "",
                Dependency::Condition => " [label=\"when\"]",
                Dependency::Order => " [style=dashed]",
            };
            let _ = writeln!(out, "  t{} -> t{}{style};", on.0, task.0);
        }
    }
    out.push_str("}\n");
    out
}
