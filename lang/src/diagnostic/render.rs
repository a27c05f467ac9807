//! Diagnostics for people, through miette: the message, the source with its labels, the help.
//!
//! miette is given an excerpt: the lines around the labels, clipped and with hostile characters escaped, at their own
//! line numbers. So neither a line of eight megabytes nor a control character in a source reaches the terminal.

use std::collections::BTreeMap;
use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use super::short::{escape, push_escaped};
use super::{Diagnostic, Severity};
use crate::source::{Position, Source, SourceMap};
use crate::span::Span;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// With box-drawing characters instead of ASCII.
    pub unicode: bool,
    /// Columns to wrap at.
    pub width: usize,
}

impl Default for Style {
    /// For a file or a pipe.
    fn default() -> Self {
        Self { color: false, unicode: true, width: 100 }
    }
}

/// Most characters of one source line that are shown.
const LINE_CHARACTERS: usize = 240;
/// Characters shown before the first label of a line that is clipped.
const LEAD_CHARACTERS: usize = 60;

/// One diagnostic with its source, ready to print; ends with a line break.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    // Should the excerpt not fit its labels, the message itself must not be lost.
    draw(&Report::new(diagnostic, sources), style)
        .unwrap_or_else(|| super::short::short(diagnostic, sources) + "\n")
}

/// An error of a running program, drawn like a diagnostic, but without a code: it is none of the compiler's.
#[must_use]
pub fn failure(message: &str, span: Span, help: &str, sources: &SourceMap, style: Style) -> String {
    let diagnostic = Diagnostic::error(super::codes::SYNTAX, span, message).at("here").help(help);
    let report = Report { code: None, ..Report::new(&diagnostic, sources) };
    draw(&report, style).unwrap_or_else(|| format!("{}\n", report.message))
}

fn draw(report: &Report, style: Style) -> Option<String> {
    let theme = match (style.color, style.unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::ascii(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width.max(40))
        .with_context_lines(1)
        .without_syntax_highlighting();
    let mut out = String::new();
    let drawn: Result<(), fmt::Error> = handler.render_report(&mut out, report);
    drawn.ok().map(|()| out)
}

/// A diagnostic as miette wants it.
#[derive(Debug)]
struct Report {
    message: String,
    code: Option<&'static str>,
    severity: Severity,
    source: Shown,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl Report {
    fn new(diagnostic: &Diagnostic, sources: &SourceMap) -> Self {
        let file = diagnostic.span().file;
        let source = sources.get(file);
        let spans: Vec<Span> =
            diagnostic.labels.iter().map(|label| label.span).filter(|s| s.file == file).collect();
        let excerpt = Excerpt::new(source, &spans);
        let mut labels = Vec::new();
        let mut notes = Vec::new();
        for (n, label) in diagnostic.labels.iter().enumerate() {
            let text = (!label.text.is_empty()).then(|| escape(&label.text));
            if label.span.file != file {
                notes.push(elsewhere(label.span, sources, text.as_deref().unwrap_or("see also")));
                continue;
            }
            let range = excerpt.range(source, label.span);
            let span = (range.start, range.len());
            labels.push(match n {
                0 => LabeledSpan::new_primary_with_span(text, span),
                _ => LabeledSpan::new_with_span(text, span),
            });
        }
        // Alone, a fix says itself what to do.
        let alone = diagnostic.help.is_none() && notes.is_empty() && diagnostic.fixes.len() == 1;
        let prefix = if alone { "" } else { "fix: " };
        let fixes = diagnostic.fixes.iter().map(|fix| format!("{prefix}{}", escape(&fix.title)));
        let help: Vec<String> =
            diagnostic.help.iter().map(|help| escape(help)).chain(notes).chain(fixes).collect();
        Self {
            message: escape(&diagnostic.message),
            code: Some(diagnostic.code.as_str()),
            severity: diagnostic.severity,
            source: Shown {
                name: escape(source.name()),
                text: excerpt.text,
                at: source.position(diagnostic.span().start),
            },
            labels,
            help: (!help.is_empty()).then(|| help.join("\n")),
        }
    }
}

/// A label in another file, in words.
fn elsewhere(span: Span, sources: &SourceMap, text: &str) -> String {
    let source = sources.get(span.file);
    let at = source.position(span.start);
    format!("{text}: {}:{}:{}", escape(source.name()), at.line, at.column)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// An excerpt as miette reads it.
#[derive(Debug)]
struct Shown {
    name: String,
    text: String,
    /// Where the primary place really is: miette would count bytes, of what is shown.
    at: Position,
}

impl SourceCode for Shown {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        // Without context, miette asks for the place that it writes above the source.
        let (line, column) = match before {
            0 => (self.at.line as usize - 1, self.at.column as usize - 1),
            _ => (read.line(), read.column()),
        };
        let name = self.name.clone();
        Ok(Box::new(MietteSpanContents::new_named(
            name,
            read.data(),
            *read.span(),
            line,
            column,
            read.line_count(),
        )))
    }
}

/// A source reduced to the lines around some labels; the other lines are empty, so that lines keep their numbers.
struct Excerpt {
    text: String,
    lines: BTreeMap<u32, Line>,
}

/// A line of an excerpt.
struct Line {
    /// Where it begins in the excerpt.
    start: usize,
    /// For every character of the original line that is shown, and its end: its byte there and in the excerpt's line.
    offsets: Vec<(usize, usize)>,
}

impl Excerpt {
    fn new(source: &Source, spans: &[Span]) -> Self {
        let mut wanted: BTreeMap<u32, usize> = BTreeMap::new();
        let last = source.position(u32::MAX).line;
        for span in spans {
            let at = source.position(span.start);
            for line in at.line.saturating_sub(1).max(1)..=(at.line + 1).min(last) {
                let column = if line == at.line { at.column as usize - 1 } else { usize::MAX };
                wanted.entry(line).and_modify(|first| *first = (*first).min(column)).or_insert(column);
            }
        }
        let (mut text, mut lines) = (String::new(), BTreeMap::new());
        let mut number = 1;
        for (&line, &column) in &wanted {
            text.extend(std::iter::repeat_n('\n', (line - number) as usize));
            number = line;
            let start = text.len();
            let offsets = push_line(&mut text, source.line(line), column);
            lines.insert(line, Line { start, offsets });
        }
        Self { text, lines }
    }

    /// Where a span lies in the excerpt: from its start to its end, or to the end of its first line.
    fn range(&self, source: &Source, span: Span) -> std::ops::Range<usize> {
        let at = source.position(span.start);
        let Some(line) = self.lines.get(&at.line) else { return 0..0 };
        let whole = source.line(at.line);
        let from: usize = whole.chars().take(at.column as usize - 1).map(char::len_utf8).sum();
        let to = (from + (span.end.max(span.start) - span.start) as usize).min(whole.len());
        line.start + line.offset(from)..line.start + line.offset(to.max(from))
    }
}

impl Line {
    fn offset(&self, byte: usize) -> usize {
        let index = self.offsets.partition_point(|&(original, _)| original < byte);
        self.offsets.get(index).or(self.offsets.last()).map_or(0, |&(_, shown)| shown)
    }
}

/// Appends a line, escaped and clipped around `column`.
fn push_line(text: &mut String, line: &str, column: usize) -> Vec<(usize, usize)> {
    let start = text.len();
    let skipped = match line.len() > LINE_CHARACTERS {
        true if column != usize::MAX => column.saturating_sub(LEAD_CHARACTERS),
        _ => 0,
    };
    if skipped > 0 {
        text.push('…');
    }
    let mut offsets = Vec::new();
    let mut shown = line.char_indices().skip(skipped);
    for (at, character) in shown.by_ref().take(LINE_CHARACTERS) {
        offsets.push((at, text.len() - start));
        match character {
            '\t' => text.push_str("    "),
            _ => push_escaped(text, character),
        }
    }
    let rest = shown.next();
    offsets.push((rest.map_or(line.len(), |(at, _)| at), text.len() - start));
    if rest.is_some() {
        text.push('…');
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::span::FileId;

    fn at(start: usize, end: usize) -> Span {
        Span::new(FileId(0), start, end)
    }

    #[test]
    fn message_source_labels_help_and_fixes() {
        let sources = SourceMap::single("main.aeth", "fn f() -> Int {\n  let count = 1\n  counnt + 1\n}\n");
        let error = Diagnostic::error(codes::UNKNOWN_NAME, at(34, 40), "`counnt` is not in scope")
            .label(at(22, 27), "a similar name is declared here")
            .help("names are looked up from the inside out")
            .fix("write `count`", at(34, 40), "count");
        let drawn = render(&error, &sources, Style { color: false, unicode: false, width: 80 });
        insta::assert_snapshot!(drawn, @r"
        E0201

          x `counnt` is not in scope
           ,-[main.aeth:3:3]
         1 | fn f() -> Int {
         2 |   let count = 1
           :       ^^|^^
           :         `-- a similar name is declared here
         3 |   counnt + 1
           :   ^^^^^^
         4 | }
           `----
          help: names are looked up from the inside out
                fix: write `count`
        ");
    }

    #[test]
    fn columns_are_characters_whatever_stands_before_them() {
        let text = "fn f() -> Int {\r\n\tlet ä = \"é😀\"  counnt\r\n}\r\n";
        let from = text.find("counnt").expect("there");
        let sources = SourceMap::single("ü.aeth", text);
        let error = Diagnostic::error(codes::UNKNOWN_NAME, at(from, from + 6), "there is no `counnt` here");
        let drawn = render(&error, &sources, Style { color: false, unicode: false, width: 80 });
        insta::assert_snapshot!(drawn, @r#"
        E0201

          x there is no `counnt` here
           ,-[ü.aeth:2:16]
         1 | fn f() -> Int {
         2 |     let ä = "é😀"  counnt
           :                    ^^^^^^
         3 | }
           `----
        "#);
        let clipped = format!("{}counnt", "ä ".repeat(500));
        let sources = SourceMap::single("a.aeth", clipped);
        let error = Diagnostic::error(codes::UNKNOWN_NAME, at(1500, 1506), "there is no `counnt` here");
        assert!(render(&error, &sources, Style::default()).contains("a.aeth:1:1001]"));
    }

    #[test]
    fn a_failure_has_no_code() {
        let sources = SourceMap::single("main.aeth", "agent a() -> Int {\n  return 1 / 0\n}\n");
        let style = Style { color: false, unicode: false, width: 80 };
        let drawn = failure("Arithmetic: division by zero", at(28, 33), "job `j` failed", &sources, style);
        insta::assert_snapshot!(drawn, @r"
          x Arithmetic: division by zero
           ,-[main.aeth:2:10]
         1 | agent a() -> Int {
         2 |   return 1 / 0
           :          ^^|^^
           :            `-- here
         3 | }
           `----
          help: job `j` failed
        ");
    }

    #[test]
    fn hostile_sources_are_shown_harmless() {
        let sources =
            SourceMap::single("a.aeth", format!("x \u{1b}[2J \u{202e}y {}\n", "z".repeat(1_000_000)));
        let error = Diagnostic::error(codes::SYNTAX, at(2, 3), "a \u{7} bell");
        let drawn = render(&error, &sources, Style::default());
        assert!(drawn.contains("\\u{1b}[2J \\u{202e}y"), "{drawn}");
        assert!(drawn.contains("a \\u{7} bell"), "{drawn}");
        assert!(drawn.len() < 2_000, "{}", drawn.len());
        assert!(drawn.chars().all(|c| c == '\n' || !super::super::short::is_hostile(c)));
    }

    #[test]
    fn any_place_in_any_text_can_be_drawn() {
        for text in ["", "\n", "a", "ä\r\n\tb\n\n", "no line end ✓"] {
            let sources = SourceMap::single("a.aeth", text);
            for start in 0..=text.len() + 1 {
                for end in start..=text.len() + 1 {
                    let error =
                        Diagnostic::error(codes::SYNTAX, at(start, end), "here").label(at(0, 0), "first");
                    let drawn = render(&error, &sources, Style::default());
                    assert!(drawn.contains("a.aeth:"), "{text:?} {start}..{end}: {drawn}");
                }
            }
        }
    }
}
