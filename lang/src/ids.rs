//! Indices with a type each, so that a tool is never taken for a function.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u16);

        impl $name {
            /// The id as an index.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of an index. Tables are limited far below `u16::MAX` entries by the checker.
            #[must_use]
            pub fn of(index: usize) -> Self {
                Self(u16::try_from(index).unwrap_or(u16::MAX))
            }
        }
    )+};
}

ids! {
    /// A record declaration, prelude records first ([`crate::library::prelude`]).
    RecordId,
    /// An enum declaration, prelude enums first.
    EnumId,
    /// A pure function of the module or program: `fn`, lambda, task body, clause.
    FunctionId,
    /// A constant whose value is computed once, when the module is loaded.
    GlobalId,
    /// A tool.
    ToolId,
    /// A signal.
    SignalId,
    /// An agent or flow: a TaskGraph.
    GraphId,
    /// A task of one graph.
    TaskId,
    /// A pure `let` of one graph.
    LetId,
    /// A place in the program that asks for an effect.
    SiteId,
    /// A local variable of one body.
    LocalId,
    /// A model.
    ModelId,
    /// A prompt.
    PromptId,
    /// A memory.
    MemoryId,
    /// A schedule.
    ScheduleId,
    /// A type written out in the module's type table.
    ShapeId,
}
