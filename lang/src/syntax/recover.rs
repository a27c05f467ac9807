//! Recovery: a text with mistakes still gives a tree of everything else.
//!
//! pest stops at the first error and gives no tree. So the text is cut into declarations, each parsed alone; in one
//! that does not parse, the smallest stretch around the error that could be a part of its own (an argument, a value,
//! a statement, a clause) is overwritten by NUL bytes, which the grammar takes for a broken part, and it is parsed
//! again. Positions stay as they were. The work is bounded: beyond that, the declaration as a whole is broken.

mod region;

use std::collections::BTreeMap;
use std::ops::Range;

use super::ast::{File, Item, ItemKind};
use super::case::{self, Named};
use super::explain;
use super::parse::{Builder, Parsed, Rule, broken_item};
use super::scan::{self, Kind, NONE, Scan};
use super::trees::Trees;
use super::trivia;
use crate::diagnostic::{Diagnostic, codes};
use crate::limits;
use crate::span::{FileId, Span};
use region::Region;

/// The words a declaration begins with, those of other languages included.
pub(crate) const DECLARATIONS: &[&str] = &[
    "abstract",
    "agent",
    "async",
    "class",
    "const",
    "def",
    "enum",
    "export",
    "final",
    "flow",
    "fn",
    "func",
    "function",
    "import",
    "interface",
    "memory",
    "model",
    "private",
    "prompt",
    "pub",
    "public",
    "record",
    "schedule",
    "signal",
    "static",
    "struct",
    "test",
    "tool",
    "type",
];

/// Most places that one habit names.
const PLACES: usize = 8;
/// Most brackets without a partner that are told in one declaration.
const STRAYS: usize = 1_000;
/// Most stretches overwritten in one declaration.
const ATTEMPTS: usize = 64;
/// Most bytes that recovery parses again in one file.
const REPARSED_BYTES: usize = 32 * 1024 * 1024;

/// Parses a whole text, declaration by declaration.
pub(crate) fn parse(file: FileId, text: &str, trees: &mut Trees) -> Parsed {
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
        broken: Vec::new(),
    };
    for &(from, to) in &scan.hidden {
        work.bytes[from as usize..to as usize].fill(b' ');
    }
    let chunks = chunks(&scan, text);
    let begin = chunks.first().map_or(text.len(), |chunk| chunk.start);
    let before = |error: &&Diagnostic| (error.span().start as usize) < begin;
    work.diagnostics.extend(scan.errors.iter().take_while(before).cloned());
    for chunk in chunks {
        let said = work.diagnostics.len();
        work.declaration(chunk.clone(), trees);
        work.join_habits(said, &chunk);
    }
    let Work { mut diagnostics, names, items, broken, .. } = work;
    diagnostics.extend(case::report(file, text, &scan.tokens, &names));
    crate::diagnostic::sort(&mut diagnostics);
    let docs = trivia::module_docs(text, &scan.tokens);
    let comments = trivia::comments(file, text, &scan.tokens);
    Parsed { file: File { docs, items }, diagnostics, comments, broken }
}

/// Scans a text; if its braces do not match, a declaration at the left margin ends whatever was left open before it.
fn scan_balanced(file: FileId, text: &str) -> Scan {
    let scan = scan::scan(file, text, &[]);
    let brace = |index: &u32| {
        let at = scan.tokens[*index as usize].start as usize;
        matches!(text.as_bytes()[at], b'{' | b'}')
    };
    if scan.errors.iter().any(|error| error.code == codes::UNTERMINATED_STRING && is_block(text, error)) {
        return scan::scan(file, text, &margin_lines(text));
    }
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

/// Whether an unterminated string is a block string.
fn is_block(text: &str, error: &Diagnostic) -> bool {
    text[error.span().start as usize..].trim_start_matches('r').starts_with("\"\"\"")
}

/// Where a line begins like a declaration, whatever is open there.
fn margin_lines(text: &str) -> Vec<u32> {
    let mut at = 0;
    let mut starts = Vec::new();
    for line in text.split_inclusive('\n') {
        let length = line.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let next = line[length..].trim_start_matches([' ', '\t']);
        let named = next.len() < line.len() - length
            && next.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '"' | '{'));
        if named && DECLARATIONS.contains(&&line[..length]) {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        at += line.len();
    }
    starts
}

/// Whether a token begins its line and, with the one after it, a declaration.
fn begins_declaration(scan: &Scan, text: &str, index: usize) -> bool {
    let tokens = &scan.tokens;
    let word = |n: usize| &text[tokens[n].start as usize..tokens[n].end as usize];
    let at = tokens[index].start as usize;
    let begins = index == 0 || tokens[index - 1].kind == Kind::Newline || text.as_bytes()[at - 1] == b'\n';
    let first = tokens[index].kind == Kind::Word && begins;
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
    for (index, token) in tokens.iter().enumerate().skip(first + 1) {
        if token.parent == NONE && begins_declaration(scan, text, index) {
            starts.push(token.start as usize);
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
    broken: Vec<Span>,
}

/// The mistake that is being got out of the way, and how many its statement has had.
#[derive(Default)]
struct Mistakes {
    /// The stretches around it, and which of them is broken now.
    ladder: Vec<Region>,
    step: usize,
    /// The statement it stands in, and the mistakes reported there.
    statement: Range<usize>,
    reported: usize,
}

impl Mistakes {
    /// Most mistakes that are told apart in the head of a declaration; in a statement it is one.
    const IN_HEAD: usize = 3;

    /// Whether an error at `at` comes from the mistake before it; then a larger stretch is to be broken.
    fn is_the_last(&mut self, bytes: &[u8], at: usize) -> bool {
        let Some(region) = self.ladder.get(self.step) else { return false };
        let near = at < region.range.end
            || !region.whole && bytes[region.range.end..at].iter().all(u8::is_ascii_whitespace);
        let whole = self.ladder.iter().position(|region| region.whole).unwrap_or(self.step);
        let head = whole + 1 >= self.ladder.len();
        let enough = self.reported >= if head { Self::IN_HEAD } else { 1 };
        if near {
            self.step += 1;
            return true;
        }
        if self.step < whole && self.statement.contains(&at) && enough {
            self.step = whole;
            return true;
        }
        false
    }

    /// Begins with the next mistake.
    fn begin(&mut self, ladder: Vec<Region>) {
        let statement =
            ladder.iter().find(|region| region.whole).map(|region| region.range.clone()).unwrap_or_default();
        if statement != self.statement {
            self.statement = statement;
            self.reported = 0;
        }
        self.reported += 1;
        self.ladder = ladder;
        self.step = 0;
    }
}

impl Work<'_> {
    fn declaration(&mut self, chunk: Range<usize>, trees: &mut Trees) {
        if self.too_deep(&chunk) {
            return self.broken(&chunk);
        }
        let said = self.diagnostics.len();
        let (closers, stray) = self.braces(&chunk);
        if closers > 0 || !stray.is_empty() {
            // What belongs to what is a guess.
            self.broken.push(Span::new(self.file, chunk.start, chunk.end));
        }
        if !self.bad_characters(&chunk) {
            return self.broken(&chunk);
        }
        let mut mistakes = Mistakes::default();
        for attempt in 0..ATTEMPTS {
            let mut work = String::from_utf8_lossy(&self.bytes[chunk.clone()]).into_owned();
            work.extend(std::iter::repeat_n('}', closers));
            let length = work.len();
            let error = match trees.parse(work) {
                Ok(tree) => {
                    let consequence = closers > 0 || self.diagnostics.len() > said;
                    self.build(tree.pairs(), chunk.start, consequence);
                    self.diagnostics.extend(if self.diagnostics.len() > said { Vec::new() } else { stray });
                    return;
                }
                Err(error) => error,
            };
            let at = (chunk.start + explain::position(&error)).min(chunk.end);
            // What the end lacks has been said of the brace that is open there.
            if at == chunk.end && closers > 0 {
                break;
            }
            if !mistakes.is_the_last(&self.bytes, at) {
                let unclosed = self.unclosed(&error, at, &chunk);
                let Self { file, text, scan, .. } = *self;
                let place = explain::Place { file, text, scan, at, chunk: &chunk, unclosed };
                // With a brace too many or too few, or a string that swallowed some, one sentence says it all.
                let consequence = closers > 0 || !stray.is_empty() || self.swallowed(&chunk);
                if !(consequence && self.diagnostics.len() > said) {
                    let found = explain::explain(&place, &error);
                    if !self.follows(said, &found) {
                        self.diagnostics.push(found);
                    }
                }
                if explain::is_limit(&error) {
                    break;
                }
                // Where another statement could begin on the same line, the one before it went astray.
                let astray = explain::expects_statement(&error) && unclosed.is_none();
                mistakes.begin(region::ladder(scan, text, &chunk, at, unclosed, astray));
            }
            if attempt > 0 {
                let Some(left) = self.budget.checked_sub(length) else { break };
                self.budget = left;
            }
            match mistakes.ladder.get(mistakes.step) {
                Some(region) if region.range.start > chunk.start => {
                    let range = region.range.clone();
                    self.pass_over(range);
                }
                _ => break,
            }
        }
        if self.diagnostics.len() == said {
            self.diagnostics.extend(stray);
        }
        self.broken(&chunk);
    }

    /// Whether a mistake of the grammar follows from one of the last ones of its declaration: it stands on the same
    /// line, or behind a block that is told by its indentation.
    fn follows(&self, said: usize, found: &Diagnostic) -> bool {
        let before = self.diagnostics[said..].iter().rev().take(PLACES);
        before.into_iter().any(|before| {
            before.message == explain::INDENTED_BLOCK || self.on_one_line(before.span(), found.span())
        })
    }

    fn on_one_line(&self, a: Span, b: Span) -> bool {
        let between = self.text.as_bytes().get(a.start.min(b.start) as usize..a.start.max(b.start) as usize);
        between.is_some_and(|between| !between.contains(&b'\n'))
    }

    /// What a declaration of another language has said of its parts follows from what it is, and a sign of other
    /// languages from a mistake on its line; a habit that comes again and again is one, mended everywhere.
    fn join_habits(&mut self, said: usize, chunk: &Range<usize>) {
        let mut found = self.diagnostics.split_off(said.min(self.diagnostics.len()));
        if let Some(habit) = explain::foreign_declaration(self.file, self.text, self.scan, chunk)
            && found
                .iter()
                .any(|found| found.code == codes::SYNTAX || found.message == explain::INDENTED_BLOCK)
        {
            found.retain(|found| {
                found.code != codes::SYNTAX
                    && found.message != explain::INDENTED_BLOCK
                    && found.span() != habit.span()
            });
            found.push(habit);
        }
        crate::diagnostic::sort(&mut found);
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        let mut mistake: Option<Span> = None;
        for found in found {
            let sign = found.code == codes::HABIT && found.message.starts_with("`.aeth` has no ");
            if sign && mistake.is_some_and(|before| self.on_one_line(before, found.span())) {
                continue;
            }
            // One that is mended by a fix leaves the rest of its line as it is.
            if found.code != codes::HABIT || found.fixes.is_empty() {
                mistake = Some(found.span());
            }
            if found.code != codes::HABIT || found.fixes.is_empty() {
                self.diagnostics.push(found);
                continue;
            }
            match first.get(&found.message) {
                Some(&at) => self.diagnostics[at].join(found, PLACES),
                None => {
                    first.insert(found.message.clone(), self.diagnostics.len());
                    self.diagnostics.push(found);
                }
            }
        }
    }

    /// The bracket before `at` that lacks its partner, if a closing one is expected there.
    fn unclosed(&self, error: &pest::error::Error<Rule>, at: usize, chunk: &Range<usize>) -> Option<u32> {
        if !explain::expects_bracket(error) {
            return None;
        }
        let open = |&index: &u32| {
            let start = self.scan.tokens[index as usize].start as usize;
            chunk.contains(&start) && start < at && matches!(self.bytes[start], b'(' | b'[')
        };
        self.scan.unmatched.iter().copied().filter(open).max()
    }

    /// Builds what has parsed. Where something was wrong already, a misplaced task is a consequence of it.
    fn build(&mut self, pairs: pest::iterators::Pairs<'_, Rule>, base: usize, consequence: bool) {
        let builder = Builder::new(self.file, self.text, self.scan, base);
        self.items.extend(builder.file(pairs));
        let mut diagnostics = builder.finish(&mut self.names);
        diagnostics.retain(|diagnostic| !(consequence && diagnostic.code == codes::MISPLACED_TASK));
        self.diagnostics.extend(diagnostics);
    }

    /// Overwrites a stretch, so that the grammar takes it for a broken part.
    fn pass_over(&mut self, range: Range<usize>) {
        self.broken.push(Span::new(self.file, range.start, range.end));
        self.bytes[range].fill(0);
    }

    fn broken(&mut self, chunk: &Range<usize>) {
        let end = chunk.start + self.text[chunk.clone()].trim_end().len();
        let span = Span::new(self.file, chunk.start, end);
        self.broken.push(span);
        let kind = ItemKind::Broken(broken_item(self.scan, self.text, span));
        let docs = trivia::docs_before(self.text, &self.scan.tokens, span.start);
        self.items.push(Item { docs, span, kind });
    }

    fn too_deep(&mut self, chunk: &Range<usize>) -> bool {
        let from = self
            .scan
            .too_deep
            .partition_point(|&n| (self.scan.tokens[n as usize].start as usize) < chunk.start);
        let Some(token) = self.scan.too_deep.get(from).map(|&index| self.scan.tokens[index as usize]) else {
            return false;
        };
        if token.start as usize >= chunk.end {
            return false;
        }
        let span = Span { file: self.file, start: token.start, end: token.end };
        let message = format!("brackets and strings nest deeper than {} levels here", limits::NESTING);
        self.diagnostics.push(Diagnostic::error(codes::NESTING_TOO_DEEP, span, message));
        true
    }

    /// Reports a brace that is never closed; answers how many are missing at the end, and the errors for those that
    /// close nothing.
    fn braces(&mut self, chunk: &Range<usize>) -> (usize, Vec<Diagnostic>) {
        let (mut closers, mut first, mut stray) = (0, None, Vec::new());
        let start = |index: &u32| self.scan.tokens[*index as usize].start as usize;
        let from = self.scan.unmatched.partition_point(|index| start(index) < chunk.start);
        for &index in self.scan.unmatched[from..].iter().take_while(|index| start(index) < chunk.end) {
            let token = self.scan.tokens[index as usize];
            let at = token.start as usize;
            let span = Span { file: self.file, start: token.start, end: token.end };
            match self.text.as_bytes()[at] {
                b'}' => {
                    if stray.len() < STRAYS {
                        let error = Diagnostic::error(codes::UNBALANCED, span, "this `}` closes nothing");
                        stray.push(error.fix("remove it", span, ""));
                    }
                    self.bytes[at] = b' ';
                }
                b'{' if !self.interpolates(index) => {
                    closers += 1;
                    first = first.into_iter().chain([span]).min_by_key(|span| span.start);
                }
                _ => {}
            }
        }
        if let Some(span) = first.filter(|_| !self.swallowed(chunk)) {
            let mut error = Diagnostic::error(codes::UNBALANCED, span, "this `{` is never closed");
            if let Some(suspect) = region::suspect_brace(self.scan, self.text, chunk) {
                let place = Span { file: self.file, start: suspect.start, end: suspect.end };
                if place != span {
                    error = error.label(place, "judging by the indentation, this one lacks its `}`");
                }
            }
            self.diagnostics.push(error);
        }
        (closers, stray)
    }

    /// Whether a string that does not end may have swallowed brackets of a declaration.
    fn swallowed(&self, chunk: &Range<usize>) -> bool {
        let from = self.scan.errors.partition_point(|error| (error.span().start as usize) < chunk.start);
        let mut errors =
            self.scan.errors[from..].iter().take_while(|e| (e.span().start as usize) < chunk.end);
        errors.any(|error| error.code == codes::UNTERMINATED_STRING)
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
        let from = self.scan.errors.partition_point(|error| (error.span().start as usize) < chunk.start);
        let errors =
            self.scan.errors[from..].iter().take_while(|error| (error.span().start as usize) < chunk.end);
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
            let Some(range) = region::statement(self.scan, self.text, chunk, at) else { return false };
            done = range.end;
            self.pass_over(range);
        }
        true
    }
}
