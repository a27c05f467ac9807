//! What a body of a graph reads once the pure names (`let`) are looked through.

use crate::bytecode::module;
use crate::check::program::{Graph, Input};
use crate::ids::LetId;

/// Parameters and tasks that a body reads, and the lets that it computes from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// What comes in, each once, in the order of first use.
    pub inputs: Vec<module::Input>,
    /// The lets, each after those it uses.
    pub lets: Vec<LetId>,
}

impl Expanded {
    /// Looks through the lets among `inputs`. A let that depends on itself (which the checker reports) is taken
    /// once.
    #[must_use]
    pub fn of(graph: &Graph, inputs: &[Input]) -> Self {
        let mut expanded = Self::default();
        let mut seen = vec![false; graph.lets.len()];
        expanded.add(graph, inputs, &mut seen);
        expanded
    }

    fn add(&mut self, graph: &Graph, inputs: &[Input], seen: &mut [bool]) {
        for input in inputs {
            let read = match *input {
                Input::Param(n) => module::Input::Param(n),
                Input::Task(task) => module::Input::Task(task),
                Input::Let(id) => {
                    if !std::mem::replace(&mut seen[id.index()], true) {
                        let inner = &graph.lets[id.index()].inputs;
                        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.add(graph, inner, seen));
                        self.lets.push(id);
                    }
                    continue;
                }
            };
            if !self.inputs.contains(&read) {
                self.inputs.push(read);
            }
        }
    }
}
