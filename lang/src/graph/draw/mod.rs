//! Drawings of a TaskGraph: for the terminal, for Markdown (Mermaid), for Graphviz (DOT).
//!
//! In: a [`TaskGraph`]. Out: text that ends in a line break and depends on nothing but the graph.

mod dot;
mod mermaid;
mod text;

pub use dot::dot;
pub use mermaid::mermaid;
pub use text::text;

use super::TaskGraph;
use crate::check::program::GraphKind;

/// `agent name(a, b)`.
fn title(graph: &TaskGraph) -> String {
    let kind = match graph.kind {
        GraphKind::Agent => "agent",
        GraphKind::Flow => "flow",
    };
    format!("{kind} {}({})", graph.name, graph.params.join(", "))
}

/// A text between double quotes, for formats that escape with a backslash.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
