//! The rough shape of a text before the grammar sees it: words, brackets, strings, comments, lines.
//!
//! In: any text at all. Out: [`Scan`]: tokens with their enclosing bracket, and what is wrong with the brackets,
//! strings and characters. The grammar decides what the tokens mean; this only finds where declarations, statements
//! and comments begin and end, and refuses nesting that would be too deep for it. Linear, without recursion.

use crate::diagnostic::{Diagnostic, codes};
use crate::limits;
use crate::span::{FileId, Span};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, keyword or number.
    Word,
    /// A piece of a string literal, quotes included.
    Text,
    /// `(`, `[`, `{`, and the `{` of an interpolation.
    Open,
    /// `)`, `]`, `}`.
    Close,
    /// One character of punctuation.
    Punct,
    /// A line break.
    Newline,
    /// `// …` to the end of its line.
    Comment,
}

/// Whether a text could name a value: a word of small letters, digits and `_` that is not reserved.
pub(crate) fn is_name(text: &str) -> bool {
    let word = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let starts = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    word && starts && !super::explain::RESERVED.contains(&text)
}

/// No token.
pub(crate) const NONE: u32 = u32::MAX;

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
    /// The bracket it stands in, as an index, or [`NONE`].
    pub(crate) parent: u32,
    /// Of a bracket: its partner, or [`NONE`].
    pub(crate) mate: u32,
}

/// The rough shape of a text.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// All tokens in order; spaces are left out.
    pub(crate) tokens: Vec<Token>,
    /// Opening brackets without a partner, and closing ones, in order.
    pub(crate) unmatched: Vec<u32>,
    /// What is wrong with strings and characters, in order of position.
    pub(crate) errors: Vec<Diagnostic>,
    /// Ranges that the grammar shall not see: control characters, a byte order mark, odd spaces.
    pub(crate) hidden: Vec<(u32, u32)>,
    /// The brackets that first go beyond the nesting limit.
    pub(crate) too_deep: Vec<u32>,
}

enum Context {
    Bracket { open: u32, byte: u8 },
    Hole { open: u32, block: bool, from: usize },
}

impl Context {
    fn open(&self) -> u32 {
        match self {
            Self::Bracket { open, .. } | Self::Hole { open, .. } => *open,
        }
    }
}

struct Scanner<'a> {
    file: FileId,
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    stack: Vec<Context>,
    scan: Scan,
    starts: &'a [u32],
    next_start: usize,
    odd_characters: usize,
    control_seen: bool,
    /// How many interpolations of plain strings are open: a line break ends them all.
    plain_holes: usize,
}

impl Scan {
    /// Which tokens begin in a stretch of the text.
    pub(crate) fn inside(&self, bytes: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let before = |end: usize| self.tokens.partition_point(|token| (token.start as usize) < end);
        before(bytes.start)..before(bytes.end)
    }
}

/// Scans a text. Every bracket still open at one of `starts` (in order) is taken to have been left open there.
pub(crate) fn scan(file: FileId, text: &str, starts: &[u32]) -> Scan {
    let mut scanner = Scanner {
        file,
        bytes: text.as_bytes(),
        text,
        at: 0,
        stack: Vec::new(),
        scan: Scan::default(),
        starts,
        next_start: 0,
        odd_characters: 0,
        control_seen: false,
        plain_holes: 0,
    };
    if text.starts_with('\u{feff}') {
        scanner.hide(0, 3);
        scanner.at = 3;
    }
    scanner.run();
    let mut scan = scanner.scan;
    scan.unmatched.sort_unstable();
    scan.errors.sort_by_key(|error| error.span().start);
    adopt_children(&mut scan);
    scan
}

/// What stands in a bracket that is never closed stands, for all purposes, in the bracket around it.
fn adopt_children(scan: &mut Scan) {
    for index in 0..scan.tokens.len() {
        let parent = scan.tokens[index].parent;
        if parent != NONE && scan.tokens[parent as usize].mate == NONE {
            // The parent comes earlier and has been given its own final parent already.
            scan.tokens[index].parent = scan.tokens[parent as usize].parent;
        }
    }
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if self.starts.get(self.next_start).is_some_and(|&start| start as usize <= self.at) {
                self.next_start += 1;
                self.abandon(0);
            }
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => self.newline(),
                b'/' if self.bytes.get(self.at + 1) == Some(&b'/') => {
                    let end = self.line_end();
                    self.push(Kind::Comment, end);
                }
                b'"' => self.string(self.at, self.bytes[self.at..].starts_with(b"\"\"\"")),
                b'r' if self.bytes.get(self.at + 1) == Some(&b'"') => self.raw_string(),
                b'\'' => self.quoted(),
                b'(' | b'[' | b'{' => self.open(byte),
                b')' | b']' | b'}' => self.close(byte),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => self.word(),
                0x21..=0x7e => self.push(Kind::Punct, self.at + 1),
                _ => self.odd(),
            }
        }
        self.abandon(0);
    }

    fn push(&mut self, kind: Kind, end: usize) {
        let parent = self.stack.last().map_or(NONE, Context::open);
        let token = Token { kind, start: small(self.at), end: small(end), parent, mate: NONE };
        self.scan.tokens.push(token);
        self.at = end;
    }

    fn line_end(&self) -> usize {
        self.bytes[self.at..].iter().position(|&b| b == b'\n').map_or(self.bytes.len(), |n| self.at + n)
    }

    fn word(&mut self) {
        let length =
            self.bytes[self.at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        self.push(Kind::Word, self.at + length);
    }

    fn newline(&mut self) {
        // A newline ends a plain string, whatever interpolations are open in it.
        let plain = |context: &Context| matches!(context, Context::Hole { block: false, .. });
        if self.plain_holes > 0
            && let Some(index) = self.stack.iter().position(plain)
        {
            let Context::Hole { from, .. } = self.stack[index] else { return };
            self.unterminated(from, self.at);
            self.abandon(index);
        }
        self.push(Kind::Newline, self.at + 1);
    }

    fn unterminated(&mut self, from: usize, to: usize) {
        let span = Span::new(self.file, from, to);
        let error =
            Diagnostic::error(codes::UNTERMINATED_STRING, span, "this string does not end on its line");
        self.scan.errors.push(match self.json_brace(from, to) {
            Some(brace) => error
                .label(Span::new(self.file, brace, brace + 1), "an interpolation begins here")
                .help("write `\\{` for a brace in a string; JSON is written `json { … }.to_json()`"),
            None => error.help("close it with `\"`, or write a block string: `\"\"\"`"),
        });
    }

    /// The first brace of a stretch that is probably one of JSON text, which a quote follows.
    fn json_brace(&self, from: usize, to: usize) -> Option<usize> {
        let text = &self.bytes[from..to];
        let escaped = |at: usize| text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        let quoted = |at: usize| {
            let inside = text[at + 1..].trim_ascii_start();
            inside.starts_with(b"\\\"") || inside.starts_with(b"\"")
        };
        (0..text.len()).find(|&at| text[at] == b'{' && !escaped(at) && quoted(at)).map(|at| from + at)
    }

    fn open(&mut self, byte: u8) {
        let index = small(self.scan.tokens.len());
        if self.stack.len() == limits::NESTING {
            self.scan.too_deep.push(index);
        }
        self.push(Kind::Open, self.at + 1);
        self.stack.push(Context::Bracket { open: index, byte });
    }

    fn close(&mut self, byte: u8) {
        let partner = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        // A `}` ends whatever was left open inside its braces; `)` and `]` never reach across a brace. Interpolations
        // end at their own `}` only.
        let mut found = None;
        for (index, context) in self.stack.iter().enumerate().rev() {
            match context {
                Context::Bracket { byte: open, .. } if *open == partner => found = Some(index),
                Context::Hole { .. } if byte == b'}' => found = Some(index),
                Context::Bracket { byte: b'{', .. } | Context::Hole { .. } => {}
                Context::Bracket { .. } => continue,
            }
            break;
        }
        let index = small(self.scan.tokens.len());
        let Some(found) = found else {
            self.push(Kind::Close, self.at + 1);
            self.scan.unmatched.push(index);
            return;
        };
        self.abandon(found + 1);
        let context = self.pop();
        self.push(Kind::Close, self.at + 1);
        let (Some(Context::Bracket { open, .. }) | Some(Context::Hole { open, .. })) = context else {
            return;
        };
        self.scan.tokens[open as usize].mate = index;
        self.scan.tokens[index as usize].mate = open;
        if let Some(Context::Hole { block, from, .. }) = context {
            self.text_piece(from, block);
        }
    }

    fn pop(&mut self) -> Option<Context> {
        let context = self.stack.pop();
        if matches!(context, Some(Context::Hole { block: false, .. })) {
            self.plain_holes -= 1;
        }
        context
    }

    /// Leaves every bracket from stack position `from` on without a partner.
    fn abandon(&mut self, from: usize) {
        while self.stack.len() > from {
            if let Some(context) = self.pop() {
                self.scan.unmatched.push(context.open());
            }
        }
    }

    fn string(&mut self, from: usize, block: bool) {
        let quotes = if block { 3 } else { 1 };
        let start = self.at;
        self.at += quotes;
        self.text_from(start, from, block);
    }

    /// Goes on with a string after one of its interpolations.
    fn text_piece(&mut self, from: usize, block: bool) {
        self.text_from(self.at, from, block);
    }

    fn text_from(&mut self, start: usize, from: usize, block: bool) {
        let mut at = self.at;
        let limit =
            self.starts[self.next_start..].iter().map(|&start| start as usize).find(|&start| start > at);
        loop {
            match self.bytes.get(at) {
                Some(_) if limit == Some(at) => {
                    self.unterminated_to_end(from, block);
                    return self.push_text(start, at);
                }
                Some(b'\\') if self.bytes[at..].starts_with(b"\\u{") => {
                    at += 3;
                    at += self.bytes[at..].iter().take_while(|b| !matches!(b, b'}' | b'"' | b'\n')).count();
                    at += usize::from(self.bytes.get(at) == Some(&b'}'));
                }
                Some(b'\\') if self.bytes.get(at + 1).is_some_and(|&b| b != b'\n') => at += 2,
                Some(b'"') if !block => {
                    return self.push_text(start, at + 1);
                }
                Some(b'"') if self.bytes[at..].starts_with(b"\"\"\"") => {
                    return self.push_text(start, at + 3);
                }
                Some(b'{') => {
                    self.push_text(start, at);
                    let index = small(self.scan.tokens.len());
                    if self.stack.len() == limits::NESTING {
                        self.scan.too_deep.push(index);
                    }
                    self.push(Kind::Open, at + 1);
                    self.stack.push(Context::Hole { open: index, block, from });
                    self.plain_holes += usize::from(!block);
                    return;
                }
                Some(b'\n') if !block => {
                    self.unterminated(from, at);
                    return self.push_text(start, at);
                }
                Some(&byte) => {
                    if byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') {
                        self.control(at);
                    }
                    at += 1;
                }
                None => {
                    self.unterminated_to_end(from, block);
                    return self.push_text(start, self.bytes.len());
                }
            }
        }
    }

    fn unterminated_to_end(&mut self, from: usize, block: bool) {
        if block {
            let span = Span::new(self.file, from, from + 3);
            let error =
                Diagnostic::error(codes::UNTERMINATED_STRING, span, "this block string is never closed");
            self.scan.errors.push(error.help("close it with `\"\"\"` on a line of its own"));
        } else {
            self.unterminated(from, self.bytes.len());
        }
    }

    fn push_text(&mut self, start: usize, end: usize) {
        // An escape may have stepped into the middle of a character: move to its end.
        let mut end = end.min(self.bytes.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.at = start;
        self.push(Kind::Text, end);
    }

    fn raw_string(&mut self) {
        let start = self.at;
        let body = start + 1;
        if self.bytes[body..].starts_with(b"\"\"\"") {
            let next = self.starts[self.next_start..].iter().map(|&start| start as usize);
            let limit = next.into_iter().find(|&start| start > body).unwrap_or(self.bytes.len());
            let end = self.text[body + 3..].find("\"\"\"").map(|n| body + 6 + n).filter(|&end| end <= limit);
            if end.is_none() {
                self.unterminated_to_end(start, true);
            }
            return self.push_text(start, end.unwrap_or(limit));
        }
        let length = self.bytes[body + 1..].iter().position(|b| matches!(b, b'"' | b'\n'));
        let end = length.map_or(self.bytes.len(), |n| body + 1 + n);
        if self.bytes.get(end) == Some(&b'"') {
            self.push_text(start, end + 1);
        } else {
            self.unterminated(start, end);
            self.push_text(start, end);
        }
    }

    /// `'…'` is a string to people who come from elsewhere; the builder tells them.
    fn quoted(&mut self) {
        let length = self.bytes[self.at + 1..].iter().position(|b| matches!(b, b'\'' | b'\n'));
        let end = length.map_or(self.bytes.len(), |n| self.at + 1 + n);
        if self.bytes.get(end) == Some(&b'\'') {
            self.push_text(self.at, end + 1);
        } else {
            self.push(Kind::Punct, self.at + 1);
        }
    }

    fn odd(&mut self) {
        let character = self.text[self.at..].chars().next().unwrap_or(' ');
        let end = self.at + character.len_utf8();
        if character.is_control() {
            self.control(self.at);
            self.at = end;
            return;
        }
        if character.is_whitespace() || character == '\u{feff}' {
            self.hide(self.at, end);
            self.at = end;
            return;
        }
        let rest = &self.text[self.at..];
        let length: usize = rest
            .chars()
            .take_while(|c| !c.is_ascii() && !c.is_whitespace() && !c.is_control())
            .map(char::len_utf8)
            .sum();
        self.odd_characters += 1;
        if self.odd_characters <= limits::DIAGNOSTICS {
            let span = Span::new(self.file, self.at, self.at + length.max(1));
            let message = match character {
                '\u{2018}'..='\u{201f}' => "a typographic quotation mark does not begin a string".to_owned(),
                c if c.is_alphabetic() => {
                    format!("`{c}` cannot stand in a name: names are ASCII letters, digits and `_`")
                }
                c => format!("`{}` means nothing here", c.escape_debug()),
            };
            self.scan.errors.push(Diagnostic::error(codes::UNEXPECTED_CHARACTER, span, message));
        }
        self.push(Kind::Punct, self.at + length.max(1));
    }

    /// A control character: reported once per file, and hidden from the grammar.
    fn control(&mut self, at: usize) {
        let length = self.text[at..].chars().next().map_or(1, char::len_utf8);
        if !std::mem::replace(&mut self.control_seen, true) {
            let code = self.text[at..].chars().next().map_or(0, u32::from);
            let span = Span::new(self.file, at, at + length);
            let message = format!("the control character U+{code:04X} cannot stand in a program");
            self.scan.errors.push(Diagnostic::error(codes::UNEXPECTED_CHARACTER, span, message));
        }
        self.hide(at, at + length);
    }

    fn hide(&mut self, from: usize, to: usize) {
        match self.scan.hidden.last_mut() {
            Some(last) if last.1 as usize == from => last.1 = small(to),
            _ => self.scan.hidden.push((small(from), small(to))),
        }
    }
}

fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
