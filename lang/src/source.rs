//! The texts of one compilation. The only thing the compiler reads; who fills it does the I/O.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::modules::Link;
use crate::span::{FileId, Span};
use crate::syntax::{Parsed, Trees, parse, parse_again};

/// One source text and where its lines begin.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

/// A place for people: 1-based line, 1-based column in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column, counted in Unicode scalar values.
    pub column: u32,
}

impl Source {
    /// A text under the name that diagnostics show (a path as the user wrote it).
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let (name, text) = (name.into(), text.into());
        let mut line_starts = vec![0];
        line_starts.extend(
            text.bytes()
                .enumerate()
                .filter(|&(_, byte)| byte == b'\n')
                .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)),
        );
        Self { name, text, line_starts }
    }

    /// The name that diagnostics show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let column = self.text[start.min(end)..end].chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(column) }
    }

    /// The text of 1-based `line`, without its line break.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        let at = |n: usize| self.line_starts.get(n).map_or(self.text.len(), |&start| start as usize);
        let index = (line.max(1) - 1) as usize;
        self.text[at(index)..at(index + 1)].trim_end_matches(['\n', '\r'])
    }
}

/// Every text of one compilation; [`FileId`] is the index.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
    /// Where imports lead: by file and path as written.
    links: BTreeMap<(FileId, String), Link>,
    /// What has been parsed already, to find the imports.
    parsed: BTreeMap<FileId, Arc<Parsed>>,
}

impl SourceMap {
    /// A map of one file, which gets `FileId(0)`.
    #[must_use]
    pub fn single(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut map = Self::default();
        map.add(Source::new(name, text));
        map
    }

    /// Adds a text and gives the id that spans in it carry.
    pub fn add(&mut self, source: Source) -> FileId {
        let id = FileId(u16::try_from(self.sources.len()).unwrap_or(u16::MAX));
        self.sources.push(source);
        id
    }

    /// Where an import of a path in a file leads, if anyone has looked.
    #[must_use]
    pub fn link(&self, from: FileId, path: &str) -> Option<&Link> {
        self.links.get(&(from, path.to_owned()))
    }

    pub(crate) fn set_link(&mut self, from: FileId, path: &str, to: Link) {
        self.links.insert((from, path.to_owned()), to);
    }

    /// Parses a file and keeps that; `trees` may know its declarations from before.
    pub fn parse(&mut self, file: FileId, trees: &mut Trees) -> Arc<Parsed> {
        let parsed = Arc::new(parse_again(file, self.get(file).text(), trees));
        self.parsed.insert(file, Arc::clone(&parsed));
        parsed
    }

    /// A file as a tree.
    pub(crate) fn parsed(&self, file: FileId) -> Arc<Parsed> {
        self.parsed.get(&file).cloned().unwrap_or_else(|| Arc::new(parse(file, self.get(file).text())))
    }

    /// The text behind an id. Ids come from [`add`](Self::add) of this same map.
    #[must_use]
    pub fn get(&self, file: FileId) -> &Source {
        &self.sources[file.0 as usize]
    }

    /// The text under a span; empty if the span does not fit the text.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).text().get(span.range()).unwrap_or("")
    }

    /// All texts with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.sources
            .iter()
            .enumerate()
            .map(|(n, source)| (FileId(u16::try_from(n).unwrap_or(u16::MAX)), source))
    }
}
