//! Signals, models, prompts, memories and schedules.

use serde::{Deserialize, Serialize};

use super::types::FieldType;
use crate::ids::{FunctionId, GraphId, ModelId, ShapeId, ToolId};

/// A signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub shape: ShapeId,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Who answers.
    pub provider: Provider,
    /// A function without parameters that gives the tuple `(name, base_url, key, temperature, max_tokens)`: text or
    /// null (it may be sealed), Float or null, Int or null.
    pub request: FunctionId,
    /// Which model is asked when this one cannot be.
    pub fallback: Option<ModelId>,
}

/// Who answers for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Provider {
    /// Anything that speaks this protocol.
    OpenAi,
    /// Anything that speaks this protocol.
    Anthropic,
    /// Replies read from a file.
    Script,
    /// The embedding program.
    Host,
}

/// A prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<FieldType>,
    /// What a reply is decoded into.
    pub result: ShapeId,
    /// A pure function over the parameters that gives the tuple `(model, history, turns, system, user)`: Model; list
    /// of Message or null; Int or null; text or null; text or null.
    pub request: FunctionId,
    /// Tools the model may call, sorted.
    pub tools: Vec<ToolId>,
    /// How often a reply that does not decode is sent back.
    pub retries: u32,
}

/// A memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: MemoryKind,
}

/// What a memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemoryKind {
    /// Values by key.
    Map(ShapeId, ShapeId),
    /// Values that can be searched for by words.
    Index(ShapeId),
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// When it fires.
    pub every: Every,
    /// The time zone of a cron text; UTC if not said.
    pub zone: Option<String>,
    /// The agent it starts.
    pub agent: GraphId,
    /// A pure function without parameters that gives the tuple of the arguments.
    pub args: FunctionId,
}

/// When a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Every {
    /// A cron text of five fields.
    Cron(String),
    /// Milliseconds.
    Interval(i64),
}
