//! Models, prompts, memories and schedules: tables, with a function for what has to be computed.

use crate::bytecode::module::{self, Memory, MemoryKind, Model, Prompt, Schedule};
use crate::check::program::{self, Callable};
use crate::ids::ToolId;

use super::{Generator, Order, Pending, Source};

impl<'p> Generator<'p> {
    /// Writes all models, sorted by name.
    pub(super) fn models(&mut self) {
        for at in self.model_order.sorted.clone() {
            let declared = &self.program.models[at];
            let source = Source::Request(&declared.parts, declared.span);
            let request = self.declare(Pending { name: format!("{}.request", declared.name), source });
            let fallback = declared.fallback.map(|id| self.model_id(id));
            let (name, provider) = (declared.name.clone(), declared.provider);
            self.module.models.push(Model { name, provider, request, fallback });
            self.drain();
        }
    }

    /// Writes all prompts, sorted by name.
    pub(super) fn prompts(&mut self) {
        for at in self.prompt_order.sorted.clone() {
            let declared = &self.program.prompts[at];
            let params = self.fields(&declared.params, true);
            let result = self.shape(&declared.result);
            let source = Source::Request(&declared.parts, declared.span);
            let request = self.declare(Pending { name: format!("{}.request", declared.name), source });
            let mut tools: Vec<ToolId> = declared.tools.iter().map(|&id| self.tool_id(id)).collect();
            tools.sort_unstable();
            tools.dedup();
            self.module.prompts.push(Prompt {
                name: declared.name.clone(),
                docs: declared.docs.clone(),
                params,
                result,
                request,
                tools,
                retries: declared.retries,
            });
            self.fill_types();
            self.drain();
        }
    }

    /// Writes all memories, sorted by name.
    pub(super) fn memories(&mut self) {
        for at in self.memory_order.sorted.clone() {
            let declared = &self.program.memories[at];
            let kind = match &declared.kind {
                program::MemoryKind::Map(key, value) => MemoryKind::Map(self.shape(key), self.shape(value)),
                program::MemoryKind::Index(value) => MemoryKind::Index(self.shape(value)),
            };
            self.module.memories.push(Memory { name: declared.name.clone(), kind });
        }
        self.fill_types();
        self.drain();
    }

    /// Writes all schedules, sorted by name.
    pub(super) fn schedules(&mut self) {
        let program = self.program;
        for at in Order::by_name(program.schedules.iter().map(|schedule| schedule.name.as_str())).sorted {
            let declared = &program.schedules[at];
            let args = self.declare(Pending::body(format!("{}.args", declared.name), &declared.args, 0));
            self.module.schedules.push(Schedule {
                name: declared.name.clone(),
                every: declared.every.clone(),
                zone: declared.zone.clone(),
                agent: self.graph_id(declared.agent),
                args,
            });
            self.drain();
        }
    }

    /// The module's name of what a plan may use.
    pub(super) fn callable(&self, callable: Callable) -> module::Callable {
        match callable {
            Callable::Tool(id) => module::Callable::Tool(self.tool_id(id)),
            Callable::Prompt(id) => module::Callable::Prompt(self.prompt_id(id)),
        }
    }
}
