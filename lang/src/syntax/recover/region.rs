//! Which stretch of a text a mistake breaks: the smallest that can be a part of its own, then ever larger ones.

use std::ops::Range;

use super::super::scan::{Kind, NONE, Scan, Token};

/// A stretch that may be taken for broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// Whether it is a whole statement, clause, field or declaration, so that a further error right after it is
    /// another mistake.
    pub(super) whole: bool,
}

/// Words that begin a statement and never go on with one.
const STARTERS: &[&str] = &[
    "let",
    "var",
    "task",
    "const",
    "assert",
    "given",
    "expect",
    "answer",
    "for",
    "while",
    "signal",
    "via",
    "timeout",
    "undo",
    "confirm",
    "lookup",
    "once",
    "readonly",
    "idempotent",
];
/// Words between which and a `{` there is an expression.
const HEADS: &[&str] = &["if", "while", "in", "match", "within", "retry", "most"];

struct Finder<'a> {
    tokens: &'a [Token],
    text: &'a str,
    first: usize,
    last: usize,
}

/// The stretches around an error at byte `at` of `chunk`, each larger than the one before; the chunk itself is last.
/// `unclosed` is a bracket that lacks its partner, if that is the mistake. With `whole_only`, nothing smaller than a
/// statement will do.
pub(super) fn ladder(
    scan: &Scan,
    text: &str,
    chunk: &Range<usize>,
    at: usize,
    unclosed: Option<u32>,
    whole_only: bool,
) -> Vec<Region> {
    let finder = Finder::new(scan, text, chunk);
    let mut regions: Vec<Region> = Vec::new();
    let mut add = |range: Range<usize>, whole: bool| match regions.last_mut() {
        Some(last) if last.range == range => last.whole |= whole,
        Some(last) if range.start > last.range.start || range.end < last.range.end => {}
        _ if range.is_empty() => {}
        _ => regions.push(Region { range, whole }),
    };
    if let Some(mut token) = unclosed.map(|open| open as usize).or_else(|| finder.blamed(at)) {
        let (from, to) = finder.segment(token, false);
        if let Some((from, to)) = finder.value(token, from, to) {
            add(finder.bytes(from, to), false);
        }
        loop {
            let (from, to) = finder.segment(token, true);
            add(finder.bytes(from, to), false);
            if let Some(range) = finder.statement(token) {
                add(range, true);
            }
            match finder.around(token) {
                Some(parent) => token = parent,
                None => break,
            }
        }
    }
    regions.retain(|region| region.whole || !whole_only);
    regions.push(Region { range: chunk.clone(), whole: true });
    regions
}

/// The smallest whole stretch around byte `at` of `chunk`; `None` if that is the chunk. What [`ladder`] would say,
/// without climbing further: a text may be wrong in a million places.
pub(super) fn statement(scan: &Scan, text: &str, chunk: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let finder = Finder::new(scan, text, chunk);
    let mut token = finder.blamed(at)?;
    loop {
        match finder.statement(token) {
            Some(range) => return Some(range).filter(|range| range != chunk),
            None => token = finder.around(token)?,
        }
    }
}

impl<'a> Finder<'a> {
    fn new(scan: &'a Scan, text: &'a str, chunk: &Range<usize>) -> Self {
        let Range { start: first, end: last } = scan.inside(chunk);
        Self { tokens: &scan.tokens, text, first, last }
    }

    /// The bracket that a token stands in, if it is one of the chunk.
    fn around(&self, token: usize) -> Option<usize> {
        let parent = self.tokens[token].parent;
        (parent != NONE && parent as usize >= self.first).then_some(parent as usize)
    }

    /// The whole statement, clause or field that a token stands in; `None` in brackets that hold none.
    fn statement(&self, token: usize) -> Option<Range<usize>> {
        let parent = self.tokens[token].parent;
        if parent != NONE && self.character(parent as usize) != b'{' {
            return None;
        }
        let (from, to) = self.segment(token, false);
        // Outside of declarations nothing makes sense up to the next one.
        let to = if parent == NONE { self.before(self.last).unwrap_or(to) } else { to };
        Some(self.bytes(from, to)).filter(|range| !range.is_empty())
    }

    fn character(&self, token: usize) -> u8 {
        self.text.as_bytes()[self.tokens[token].start as usize]
    }

    fn word(&self, token: usize) -> &str {
        &self.text[self.tokens[token].start as usize..self.tokens[token].end as usize]
    }

    fn significant(&self, token: usize) -> bool {
        !matches!(self.tokens[token].kind, Kind::Newline | Kind::Comment)
    }

    fn before(&self, token: usize) -> Option<usize> {
        (self.first..token).rev().find(|&n| self.significant(n))
    }

    fn after(&self, token: usize) -> Option<usize> {
        (token + 1..self.last).find(|&n| self.significant(n))
    }

    fn bytes(&self, from: usize, to: usize) -> Range<usize> {
        self.tokens[from].start as usize..self.tokens[to].end as usize
    }

    /// The token a parse error at `at` is to be blamed on.
    fn blamed(&self, at: usize) -> Option<usize> {
        let found =
            self.tokens[..self.last].partition_point(|token| (token.end as usize) <= at).max(self.first);
        if found >= self.last || !self.significant(found) {
            return self
                .before(found.min(self.last))
                .or_else(|| self.after(found))
                .map(|token| self.inside(token));
        }
        let token = self.tokens[found];
        if token.kind == Kind::Close {
            // What is missing before a closing bracket is missing inside it.
            return match self.before(found) {
                Some(before) if token.mate != NONE && before as u32 != token.mate => {
                    Some(self.inside(before))
                }
                _ => Some(found),
            };
        }
        // What is missing before a comma is missing in the part before it.
        if token.kind == Kind::Punct && self.character(found) == b',' {
            let before = self.before(found).filter(|&before| {
                !matches!(self.tokens[before].kind, Kind::Open | Kind::Text) && self.character(before) != b','
            });
            return Some(before.map_or(found, |before| self.inside(before)));
        }
        // A new statement is not to be blamed for what the line before it lacks.
        let Some(before) = self.before(found) else { return Some(found) };
        let begins = self.begins_line(found);
        let open_end = self.tokens[before].kind == Kind::Punct
            && !matches!(self.character(before), b'?' | b';')
            || self.tokens[before].kind == Kind::Open && self.tokens[before].mate == NONE;
        Some(if begins && open_end { self.inside(before) } else { found })
    }

    /// A closing bracket stands for what it closes.
    fn inside(&self, token: usize) -> usize {
        match self.tokens[token] {
            Token { kind: Kind::Close, mate, .. } if mate != NONE => mate as usize,
            _ => token,
        }
    }

    fn begins_line(&self, token: usize) -> bool {
        token == self.first || !self.significant(token - 1)
    }

    /// The part of its bracket that a token stands in, cut at line ends, and at commas if `commas`.
    fn segment(&self, token: usize, commas: bool) -> (usize, usize) {
        let parent = self.tokens[token].parent;
        let mut from = token;
        let mut at = token;
        while at > self.first {
            at -= 1;
            if at as u32 == parent || self.cuts(at, parent, commas) {
                break;
            }
            if self.significant(at) {
                from = at;
            }
        }
        let mut to = token;
        for at in token + 1..self.last {
            let closes = parent != NONE && self.tokens[parent as usize].mate == at as u32;
            if closes || self.cuts(at, parent, commas) {
                break;
            }
            if self.significant(at) {
                to = at;
            }
        }
        (from, to)
    }

    /// Whether a token ends the part of the bracket `parent` that stands before it.
    fn cuts(&self, at: usize, parent: u32, commas: bool) -> bool {
        if self.tokens[at].parent != parent {
            return false;
        }
        match self.tokens[at].kind {
            Kind::Punct => self.character(at) == b';' || commas && self.character(at) == b',',
            Kind::Newline => self.ends_statement(at, parent),
            _ => false,
        }
    }

    fn ends_statement(&self, newline: usize, parent: u32) -> bool {
        let Some(after) = self.after(newline) else { return true };
        let Some(before) = self.before(newline) else { return true };
        if self.tokens[after].kind == Kind::Word && STARTERS.contains(&self.word(after)) {
            return true;
        }
        let before_token = self.tokens[before];
        let operator = before_token.kind == Kind::Punct
            && before_token.parent == parent
            && !matches!(self.character(before), b'?' | b';' | b',');
        let next = self.tokens[after];
        let continues = match next.kind {
            Kind::Word => matches!(self.word(after), "else" | "catch"),
            Kind::Punct => match (self.character(after), self.text.as_bytes().get(next.start as usize + 1)) {
                (b'.', Some(byte)) => byte.is_ascii_lowercase() || *byte == b'_',
                (b'?' | b'|' | b'&', Some(_)) => true,
                _ => false,
            },
            _ => false,
        };
        !(operator || continues)
    }

    /// Within a segment, the value around a token that something else can stand in for: what follows `=` or `=>`, or
    /// what stands between a word like `if` and its block.
    fn value(&self, token: usize, from: usize, to: usize) -> Option<(usize, usize)> {
        let parent = self.tokens[token].parent;
        let here = |n: &usize| self.tokens[*n].parent == parent;
        let block = (token + 1..=to)
            .filter(here)
            .find(|&n| self.character(n) == b'{' && self.tokens[n].kind == Kind::Open);
        let head = (from..token).rev().filter(here).find(|&n| HEADS.contains(&self.word(n)));
        if let (Some(block), Some(head)) = (block, head) {
            return Some((self.after(head)?, self.before(block)?)).filter(|(from, to)| from <= to);
        }
        let equals = (from..token).rev().filter(here).find(|&n| self.assigns(n))?;
        let arrow =
            self.character(equals + 1) == b'>' && self.tokens[equals].end == self.tokens[equals + 1].start;
        let start = self.after(if arrow { equals + 1 } else { equals })?;
        (start <= token).then_some((start, to))
    }

    /// Whether a token is the `=` of an assignment, binding or arrow.
    fn assigns(&self, token: usize) -> bool {
        if self.tokens[token].kind != Kind::Punct || self.character(token) != b'=' {
            return false;
        }
        let at = self.tokens[token].start as usize;
        let bytes = self.text.as_bytes();
        let before = if at == 0 { b' ' } else { bytes[at - 1] };
        !matches!(before, b'=' | b'!' | b'<' | b'>') && bytes.get(at + 1) != Some(&b'=')
    }
}

/// Of a declaration with a missing `}`: the last brace whose closing partner stands at another indent than its line.
pub(super) fn suspect_brace(scan: &Scan, text: &str, chunk: &Range<usize>) -> Option<Token> {
    let column = |at: usize| {
        let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
        text[line..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count()
    };
    let mut suspects = scan.tokens[scan.inside(chunk)].iter().filter(|token| {
        if token.kind != Kind::Open || token.mate == NONE || text.as_bytes()[token.start as usize] != b'{' {
            return false;
        }
        let close = scan.tokens[token.mate as usize].start as usize;
        let own_line = text[..close].trim_end_matches([' ', '\t']).ends_with('\n');
        own_line && column(close) != column(token.start as usize)
    });
    suspects.next_back().copied()
}
