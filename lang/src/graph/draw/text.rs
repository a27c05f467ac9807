//! A list of tasks in levels, 80 columns wide.

use std::fmt::Write;

use super::title;
use crate::graph::{Dependency, TaskGraph};
use crate::ids::TaskId;

const WIDTH: usize = 80;
/// Names longer than this are not waited for by the columns.
const NAME: usize = 24;

/// The tasks level by level; those of one level can run side by side. `?`: only under a condition. Behind the arrow
/// what a task waits for, in brackets where only order is meant; behind the dot what it calls.
#[must_use]
pub fn text(graph: &TaskGraph) -> String {
    let mut out = format!("{}\n", title(graph));
    let name = |task: TaskId| {
        let node = graph.node(task);
        format!("{}{}", node.name, if node.conditional { "?" } else { "" })
    };
    let column = graph.order().iter().map(|&task| name(task).chars().count()).max().unwrap_or(0).min(NAME);
    for (level, tasks) in graph.by_level().into_iter().enumerate() {
        for (n, task) in tasks.into_iter().enumerate() {
            let number = if n == 0 { level.to_string() } else { String::new() };
            let mut line = format!("{number:>3}  {:column$}", name(task));
            let waits = graph.waits_for(task);
            for (n, (on, why)) in waits.iter().enumerate() {
                let on = &graph.node(*on).name;
                let on = if *why == Dependency::Order { format!("({on})") } else { on.clone() };
                let comma = if n + 1 < waits.len() { "," } else { "" };
                append(
                    &mut out,
                    &mut line,
                    column,
                    if n == 0 { "  ← " } else { " " },
                    &format!("{on}{comma}"),
                );
            }
            let calls = &graph.node(task).calls;
            for (n, call) in calls.iter().enumerate() {
                let comma = if n + 1 < calls.len() { "," } else { "" };
                append(
                    &mut out,
                    &mut line,
                    column,
                    if n == 0 { "  · " } else { " " },
                    &format!("{call}{comma}"),
                );
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    let path: Vec<_> = graph.critical_path().iter().map(|&task| graph.node(task).name.as_str()).collect();
    let (count, width) = (graph.order().len(), graph.width());
    let tasks = if count == 1 { "task" } else { "tasks" };
    let _ = writeln!(out, "{count} {tasks}, at most {width} at once, longest path {}", path.len());
    out
}

/// Adds a word to the line, on a new one if it does not fit.
fn append(out: &mut String, line: &mut String, column: usize, before: &str, word: &str) {
    let length = |text: &str| text.chars().count();
    if length(line) + length(before) + length(word) > WIDTH {
        let _ = writeln!(out, "{}", line.trim_end());
        *line = " ".repeat(5 + column + 3);
        line.push_str(before.trim_start());
        if before.trim().is_empty() {
            line.push(' ');
        }
    } else {
        line.push_str(before);
    }
    line.push_str(word);
}
