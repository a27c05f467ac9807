//! What the compiler tells a person: one type for every error, warning and note, many per result.
//!
//! In: spans and sentences from every pass. Out: the same [`Diagnostic`] for terminal, JSON and editor.
//! Invariant: every diagnostic has a code of the registry in [`codes`], and its spans lie in the source map.

pub mod codes;
pub mod json;
// Drawing needs miette's `fancy` feature, which only the command turns on.
#[cfg(any(feature = "render", test))]
pub mod render;
pub mod short;

use crate::limits;
use crate::source::Source;
use crate::span::{FileId, Span};
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

    /// Speaks of another place of the same mistake as well: its first fix mends both. At most `places` are shown.
    pub(crate) fn join(&mut self, again: Self, places: usize) {
        if self.labels.len() < places {
            self.labels.push(Label { span: again.span(), text: "and here".to_owned() });
        }
        if let (Some(fix), Some(more)) = (self.fixes.first_mut(), again.fixes.into_iter().next()) {
            // They come in order of position.
            fix.edits.extend(more.edits);
        }
    }

    /// The primary place.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}

/// Reads bytes as a source text. Bytes that are not UTF-8 are an error that names the place; the source it comes
/// with shows the text up to there, so that the error can be rendered.
///
/// # Errors
/// The diagnostic, whose span lies in a file of id 0, and the readable part of the text.
pub fn source_from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Source, Box<(Diagnostic, Source)>> {
    let name = name.into();
    let file = FileId(0);
    if bytes.len() > limits::SOURCE_BYTES {
        return Err(Box::new((too_large(file, bytes.len()), Source::new(name, ""))));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let at = error.valid_up_to();
            let readable = String::from_utf8_lossy(&bytes[..at]);
            let line = readable.matches('\n').count() + 1;
            let message =
                format!("`{name}` is not valid UTF-8: byte {at}, on line {line}, is 0x{:02x}", bytes[at]);
            let diagnostic = Diagnostic::error(codes::INVALID_UTF8, Span::new(file, at, at), message);
            Err(Box::new((diagnostic.help("save the file as UTF-8"), Source::new(name, readable))))
        }
    }
}

/// The error for a text of `bytes` bytes, beyond [`limits::SOURCE_BYTES`].
#[must_use]
pub fn too_large(file: FileId, bytes: usize) -> Diagnostic {
    let most = limits::SOURCE_BYTES / (1024 * 1024);
    let message = format!("the file has {bytes} bytes, more than {most} MB");
    Diagnostic::error(codes::SOURCE_TOO_LARGE, Span::new(file, 0, 0), message)
}

/// Puts diagnostics in order of position and drops exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span(), diagnostic.severity, diagnostic.code));
    diagnostics.dedup();
}

/// Drops warnings that may only follow from an error: where a declaration has one, nobody can say what in it is unused
/// or never reached; and what a broken declaration would have used, is not unused.
pub fn drop_consequences(diagnostics: &mut Vec<Diagnostic>, declarations: impl Iterator<Item = Span>) {
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let errors: Vec<Span> = errors.map(Diagnostic::span).collect();
    if errors.is_empty() {
        return;
    }
    let broken: Vec<Span> = declarations.filter(|item| errors.iter().any(|at| item.covers(*at))).collect();
    diagnostics.retain(|found| match found.code {
        codes::UNUSED_TOOL => false,
        codes::UNUSED_LOCAL | codes::UNUSED_PARAMETER | codes::UNUSED_TASK | codes::UNREACHABLE_CODE => {
            !broken.iter().any(|item| item.covers(found.span()))
        }
        _ => true,
    });
}

/// Keeps the first [`limits::DIAGNOSTICS`], errors before warnings when some must go; answers how many went.
pub fn cap(diagnostics: &mut Vec<Diagnostic>) -> usize {
    let dropped = diagnostics.len().saturating_sub(limits::DIAGNOSTICS);
    if dropped > 0 {
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        diagnostics.truncate(limits::DIAGNOSTICS);
        sort(diagnostics);
    }
    dropped
}
