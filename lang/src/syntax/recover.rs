//! Recovery: a text with mistakes still gives a tree of everything else.
//!
//! pest stops at the first error and gives no tree. So the text is cut into declarations, each parsed alone; in one
//! that does not parse, the smallest stretch around the error that could be a part of its own (an argument, a value,
//! a statement, a clause) is overwritten by NUL bytes, which the grammar takes for a broken part, and it is parsed
//! again. Positions stay as they were. The work is bounded: beyond that, the declaration as a whole is broken.

mod region;

use std::ops::Range;

use pest::Parser as _;

use super::ast::{File, Item, ItemKind};
use super::case::{self, Named};
use super::explain;
use super::parse::{Builder, Grammar, Parsed, Rule, broken_item};
use super::scan::{self, Kind, NONE, Scan};
use super::trivia;
use crate::diagnostic::{Diagnostic, codes};
use crate::limits;
use crate::span::{FileId, Span};
use region::Region;

/// The words a declaration begins with, those of other languages included.
pub(crate) const DECLARATIONS: &[&str] = &[
    "agent",
    "async",
    "class",
    "const",
    "def",
    "enum",
    "export",
    "flow",
    "fn",
    "func",
    "function",
    "import",
    "interface",
    "memory",
    "model",
    "prompt",
    "pub",
    "public",
    "record",
    "schedule",
    "signal",
    "struct",
    "test",
    "tool",
    "type",
];

/// Most stretches overwritten in one declaration.
const ATTEMPTS: usize = 64;
/// Most bytes that recovery parses again in one file.
const REPARSED_BYTES: usize = 32 * 1024 * 1024;

/// Parses a whole text, declaration by declaration.
pub(crate) fn parse(file: FileId, text: &str) -> Parsed {
    let scan = scan_balanced(file, text);
    let mut work = Work {
        file,
        text,
        scan: &scan,
        bytes: text.as_bytes().to_vec(),
        budget: REPARSED_BYTES,
        diagnostics: Vec::new(),
        names: Vec::new(),
        items: Vec::new(),
    };
    for &(from, to) in &scan.hidden {
        work.bytes[from as usize..to as usize].fill(b' ');
    }
    let chunks = chunks(&scan, text);
    if chunks.is_empty() {
        // No token at all: what the scan found belongs to no declaration.
        work.diagnostics.extend(scan.errors.iter().cloned());
    }
    for chunk in chunks {
        work.declaration(chunk);
    }
    let Work { mut diagnostics, names, items, .. } = work;
    diagnostics.extend(case::report(file, text, &scan.tokens, &names));
    crate::diagnostic::sort(&mut diagnostics);
    let docs = trivia::module_docs(text, &scan.tokens);
    Parsed { file: File { docs, items }, diagnostics, comments: trivia::comments(file, text, &scan.tokens) }
}

/// Scans a text; if its braces do not match, a declaration at the left margin ends whatever was left open before it.
fn scan_balanced(file: FileId, text: &str) -> Scan {
    let scan = scan::scan(file, text, &[]);
    let brace = |index: &u32| {
        let at = scan.tokens[*index as usize].start as usize;
        matches!(text.as_bytes()[at], b'{' | b'}')
    };
    if !scan.unmatched.iter().any(brace) {
        return scan;
    }
    let margin = |index: usize| {
        let at = scan.tokens[index].start as usize;
        (at == 0 || text.as_bytes()[at - 1] == b'\n') && begins_declaration(&scan, text, index)
    };
    let starts: Vec<u32> =
        (0..scan.tokens.len()).filter(|&n| margin(n)).map(|n| scan.tokens[n].start).collect();
    scan::scan(file, text, &starts)
}

/// Whether a token begins its line and, with the one after it, a declaration.
fn begins_declaration(scan: &Scan, text: &str, index: usize) -> bool {
    let tokens = &scan.tokens;
    let word = |n: usize| &text[tokens[n].start as usize..tokens[n].end as usize];
    let first = tokens[index].kind == Kind::Word && (index == 0 || tokens[index - 1].kind == Kind::Newline);
    if !first || !DECLARATIONS.contains(&word(index)) {
        return false;
    }
    match tokens.get(index + 1).map(|next| next.kind) {
        Some(Kind::Word) => !matches!(word(index + 1), "in" | "as"),
        Some(Kind::Text) => matches!(word(index), "test" | "import"),
        Some(Kind::Open) => word(index) == "import" && word(index + 1) == "{",
        _ => false,
    }
}

/// Cuts a text before every declaration that begins a line outside all brackets.
fn chunks(scan: &Scan, text: &str) -> Vec<Range<usize>> {
    let tokens = &scan.tokens;
    let significant = |n: &usize| !matches!(tokens[*n].kind, Kind::Newline | Kind::Comment);
    let Some(first) = (0..tokens.len()).find(significant) else { return Vec::new() };
    let mut starts = vec![tokens[first].start as usize];
    for index in first + 1..tokens.len() {
        if tokens[index].parent == NONE && begins_declaration(scan, text, index) {
            starts.push(tokens[index].start as usize);
        }
    }
    let ends = starts[1..].iter().copied().chain(std::iter::once(text.len()));
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

struct Work<'a> {
    file: FileId,
    text: &'a str,
    scan: &'a Scan,
    /// The text as the grammar sees it: hidden characters are spaces, broken stretches NUL bytes.
    bytes: Vec<u8>,
    budget: usize,
    diagnostics: Vec<Diagnostic>,
    names: Vec<Named>,
    items: Vec<Item>,
}

impl Work<'_> {
    fn declaration(&mut self, chunk: Range<usize>) {
        if self.too_deep(&chunk) {
            return self.broken(&chunk);
        }
        let closers = self.braces(&chunk);
        if !self.bad_characters(&chunk) {
            return self.broken(&chunk);
        }
        let mut last: Option<(Vec<Region>, usize)> = None;
        for attempt in 0..ATTEMPTS {
            let mut work = String::from_utf8_lossy(&self.bytes[chunk.clone()]).into_owned();
            work.extend(std::iter::repeat_n('}', closers));
            let error = match Grammar::parse(Rule::file, &work) {
                Ok(pairs) => return self.build(pairs, chunk.start),
                Err(error) => error,
            };
            if attempt > 0 {
                let Some(left) = self.budget.checked_sub(work.len()) else { break };
                self.budget = left;
            }
            let at = (chunk.start + explain::position(&error)).min(chunk.end);
            last = match last.take() {
                // Still at the same mistake: a larger stretch is broken.
                Some((ladder, step)) if self.same_mistake(&ladder[step], at) => Some((ladder, step + 1)),
                _ => {
                    self.diagnostics
                        .push(explain::explain(self.file, self.text, self.scan, &error, at, &chunk));
                    Some((region::ladder(self.scan, self.text, &chunk, at), 0))
                }
            };
            match &last {
                Some((ladder, step)) if *step < ladder.len() => {
                    let range = ladder[*step].range.clone();
                    if range == chunk {
                        break;
                    }
                    self.bytes[range].fill(0);
                }
                _ => break,
            }
        }
        self.broken(&chunk);
    }

    /// Whether an error at `at` is still the one that `region` was broken for.
    fn same_mistake(&self, region: &Region, at: usize) -> bool {
        if at < region.range.end {
            return true;
        }
        let between = &self.bytes[region.range.end..at];
        !region.whole && between.iter().all(u8::is_ascii_whitespace)
    }

    fn build(&mut self, pairs: pest::iterators::Pairs<'_, Rule>, base: usize) {
        let builder = Builder::new(self.file, self.text, self.scan, base);
        self.items.extend(builder.file(pairs));
        let diagnostics = builder.finish(&mut self.names);
        self.diagnostics.extend(diagnostics);
    }

    fn broken(&mut self, chunk: &Range<usize>) {
        let end = chunk.start + self.text[chunk.clone()].trim_end().len();
        let span = Span::new(self.file, chunk.start, end);
        let kind = ItemKind::Broken(broken_item(self.scan, self.text, span));
        let docs = trivia::docs_before(self.text, &self.scan.tokens, span.start);
        self.items.push(Item { docs, span, kind });
    }

    fn too_deep(&mut self, chunk: &Range<usize>) -> bool {
        let deep = self.scan.too_deep.iter().map(|&index| self.scan.tokens[index as usize]);
        let Some(token) = deep.into_iter().find(|token| chunk.contains(&(token.start as usize))) else {
            return false;
        };
        let span = Span { file: self.file, start: token.start, end: token.end };
        let message = format!("brackets and strings nest deeper than {} levels here", limits::NESTING);
        self.diagnostics.push(Diagnostic::error(codes::NESTING_TOO_DEEP, span, message));
        true
    }

    /// Reports braces without a partner; answers how many are missing at the end.
    fn braces(&mut self, chunk: &Range<usize>) -> usize {
        let (mut closers, mut first) = (0, None);
        for &index in &self.scan.unmatched {
            let token = self.scan.tokens[index as usize];
            let at = token.start as usize;
            if !chunk.contains(&at) {
                continue;
            }
            let span = Span { file: self.file, start: token.start, end: token.end };
            match self.text.as_bytes()[at] {
                b'}' => {
                    let error = Diagnostic::error(codes::UNBALANCED, span, "this `}` closes nothing");
                    self.diagnostics.push(error.fix("remove it", span, ""));
                    self.bytes[at] = b' ';
                }
                b'{' if !self.interpolates(index) => {
                    closers += 1;
                    first = first.into_iter().chain([span]).min_by_key(|span| span.start);
                }
                _ => {}
            }
        }
        if let Some(span) = first {
            let mut error = Diagnostic::error(codes::UNBALANCED, span, "this `{` is never closed");
            if let Some(suspect) = region::suspect_brace(self.scan, self.text, chunk) {
                let place = Span { file: self.file, start: suspect.start, end: suspect.end };
                if place != span {
                    error = error.label(place, "judging by the indentation, this one lacks its `}`");
                }
            }
            self.diagnostics.push(error);
        }
        closers
    }

    /// Whether a brace opens an interpolation: it follows the text of a string directly.
    fn interpolates(&self, index: u32) -> bool {
        let tokens = &self.scan.tokens;
        let brace = tokens[index as usize];
        index > 0 && {
            let before = tokens[index as usize - 1];
            before.kind == Kind::Text && before.end == brace.start
        }
    }

    /// Reports what the scanner found in a declaration and breaks the statements it stands in. False if nothing of
    /// the declaration can be read.
    fn bad_characters(&mut self, chunk: &Range<usize>) -> bool {
        let errors: Vec<&Diagnostic> =
            self.scan.errors.iter().filter(|e| chunk.contains(&(e.span().start as usize))).collect();
        let mut done = chunk.start;
        for error in errors {
            let at = error.span().start as usize;
            if at < done {
                continue;
            }
            self.diagnostics.push(error.clone());
            if error.code == codes::UNTERMINATED_STRING
                && self.text[at..].trim_start_matches('r').starts_with("\"\"\"")
            {
                return false;
            }
            // Control characters are hidden already: the rest of their statement is fine.
            if self.bytes[at] == b' ' {
                continue;
            }
            let ladder = region::ladder(self.scan, self.text, chunk, at);
            let whole = ladder.iter().find(|region| region.whole && region.range != *chunk);
            let Some(region) = whole else { return false };
            self.bytes[region.range.clone()].fill(0);
            done = region.range.end;
        }
        true
    }
}
