//! What the compiler tells a person: one type for every error, warning and note, many per result.
//!
//! In: spans and sentences from every pass. Out: the same [`Diagnostic`] for terminal, JSON and editor.
//! Invariant: every diagnostic has a code of the registry in [`codes`], and its spans lie in the source map.

pub mod codes;
pub mod json;
pub mod render;

use crate::span::Span;
pub use codes::Code;

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The program cannot be compiled.
    Error,
    /// The program compiles; a person should look.
    Warning,
}

/// A place that matters to a diagnostic, and what to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The exact place.
    pub span: Span,
    /// A few words: `declared here`, `expected Int because of this`. May be empty on the primary label.
    pub text: String,
}

/// A change to the source that mends a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative: `rename to greet`.
    pub title: String,
    /// The replacements, in order of position, not overlapping.
    pub edits: Vec<Edit>,
    /// Whether it may be applied without a person looking.
    pub applicable: bool,
}

/// One replacement of a [`Fix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, explained by `aeth explain`.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence that names the user's own identifiers; no full stop.
    pub message: String,
    /// The primary place first, then the others that matter.
    pub labels: Vec<Label>,
    /// What to do, when there is something general to say.
    pub help: Option<String>,
    /// Ready-made changes.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error with its primary place.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// A warning with its primary place.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    fn new(code: Code, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        let labels = vec![Label { span, text: String::new() }];
        Self { code, severity, message: message.into(), labels, help: None, fixes: Vec::new() }
    }

    /// Says something at the primary place itself.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Offers one replacement that may be applied without a person looking.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        let edits = vec![Edit { span, text: text.into() }];
        self.fixes.push(Fix { title: title.into(), edits, applicable: true });
        self
    }

    /// The primary place.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}
