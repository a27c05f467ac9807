//! Declarations that speak of the outside: signals, models, prompts, memories, schedules, and the tests of all that.

use super::data::{Body, Field};
use super::tool::ViaParts;
use super::{Every, Provider};
use crate::check::types::Type;
use crate::ids::{GraphId, ModelId, ToolId};
use crate::span::Span;

/// A signal.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub ty: Type,
    /// Its declaration.
    pub span: Span,
}

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Who answers.
    pub provider: Provider,
    /// Its settings as one body without parameters: see [`MODEL_PARTS`].
    pub parts: ViaParts,
    /// Which model is asked when this one cannot be.
    pub fallback: Option<ModelId>,
    /// Its name's place.
    pub span: Span,
}

/// What a model's settings are, in order: `name`, `base_url`, `key` (text, may hold secrets), `temperature` (Float),
/// `max_tokens` (Int). A missing one is a null literal.
pub const MODEL_PARTS: [&str; 5] = ["name", "base_url", "key", "temperature", "max_tokens"];

/// A prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<Field>,
    /// What a reply is decoded into.
    pub result: Type,
    /// Its clauses as one body over the parameters: see [`PROMPT_PARTS`].
    pub parts: ViaParts,
    /// Tools the model may call.
    pub tools: Vec<ToolId>,
    /// How often a reply that does not decode is sent back.
    pub retries: u32,
    /// Its name's place.
    pub span: Span,
}

/// What a prompt's clauses are, in order: `model` (Model), `history` (`List<Message>`), `turns` (Int), `system` and
/// `user` (String). A missing one is a null literal.
pub const PROMPT_PARTS: [&str; 5] = ["model", "history", "turns", "system", "user"];

/// A memory.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: MemoryKind,
    /// Its name's place.
    pub span: Span,
}

/// What a memory holds.
#[derive(Clone, Debug, PartialEq)]
pub enum MemoryKind {
    /// `Map<K, V>`
    Map(Type, Type),
    /// `Index<T>`
    Index(Type),
}

/// A schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// When it fires.
    pub every: Every,
    /// The time zone of a cron text; UTC if not said.
    pub zone: Option<String>,
    /// The agent it starts.
    pub agent: GraphId,
    /// Its arguments as a tuple: a pure body without parameters.
    pub args: Body,
    /// Its name's place.
    pub span: Span,
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its title.
    pub title: String,
    /// Its steps, in order.
    pub body: Body,
    /// Its title's place.
    pub span: Span,
}
