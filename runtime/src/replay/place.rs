//! From code back to source: the end of the identity thread, as a person reads it.

use aeth_lang::ids::SiteId;
use aeth_lang::source::Source;
use aeth_lang::span::Span;

use crate::effect::CodePoint;
use crate::machine::Program;

impl Program {
    /// Where each frame of a failure stands, innermost first, as `file:line:column`; code without a source (the
    /// library's own) is left out.
    #[must_use]
    pub fn trace(&self, points: &[CodePoint]) -> Vec<String> {
        let spans = points.iter().filter_map(|point| self.debug.span(point.function, point.pc));
        spans.filter_map(|span| self.place(span)).collect()
    }

    /// Where an effect is asked for, as `file:line:column`.
    #[must_use]
    pub fn place_of_site(&self, site: SiteId) -> Option<String> {
        self.place(self.debug.site(site)?)
    }

    /// A span as `file:line:column`.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<String> {
        let file = usize::from(span.file.0);
        let (name, text) = (self.debug.files.get(file)?, self.debug.sources.get(file)?);
        let position = Source::new(name.as_str(), text.as_str()).position(span.start);
        Some(format!("{name}:{}:{}", position.line, position.column))
    }
}
