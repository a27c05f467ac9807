//! Expected diagnostics: `// error: [E0301] "text"` on the line on which they begin.

use aeth_lang::diagnostic::{Diagnostic, Severity};
use aeth_lang::source::SourceMap;

use super::Problem;

/// A diagnostic that a page expects.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// The line of the page.
    pub(super) line: usize,
    severity: Severity,
    code: String,
    text: String,
}

impl Mark {
    /// Whether a program with it compiles.
    pub(super) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same diagnostic on another line.
    pub(super) fn on(self, line: usize) -> Self {
        Self { line, ..self }
    }

    fn fits(&self, found: &Diagnostic) -> bool {
        self.severity == found.severity
            && self.code == found.code.as_str()
            && told(found).contains(&self.text)
    }
}

/// Everything a diagnostic says.
fn told(found: &Diagnostic) -> String {
    let mut parts = vec![found.message.clone()];
    parts.extend(found.labels.iter().map(|label| label.text.clone()));
    parts.extend(found.help.clone());
    parts.extend(found.fixes.iter().map(|fix| fix.title.clone()));
    parts.join("\n")
}

/// The marks of a text that begins on this line of the page. `//^ error: …`, alone on its line, speaks of the nearest
/// line above that is no mark itself.
pub(super) fn read(text: &str, first: usize) -> Result<Vec<Mark>, Problem> {
    let mut marks = Vec::new();
    let mut above = first;
    for (at, line) in text.lines().enumerate() {
        let of_above = line.trim_start().starts_with("//^ ");
        if !of_above {
            above = first + at;
        }
        marks.extend(of_line(line, above).map_err(|problem| (first + at, problem))?);
    }
    Ok(marks)
}

/// The marks on one line.
pub(super) fn of_line(line: &str, number: usize) -> Result<Vec<Mark>, String> {
    let mut marks = Vec::new();
    let mut rest = line;
    while let Some((at, word, severity)) = next(rest) {
        rest = &rest[at + word.len()..];
        let wrong = || format!("an expected diagnostic is written `// {word} [E0101] \"text\"`");
        let (code, after) =
            rest.trim_start().strip_prefix('[').and_then(|code| code.split_once(']')).ok_or_else(wrong)?;
        let after = after.trim_start().strip_prefix('"').ok_or_else(wrong)?;
        // The text goes to the last quote before the next mark, so that it may hold quotes itself.
        let until = next(after).map_or(after.len(), |(at, ..)| at);
        let end = after[..until].rfind('"').ok_or_else(wrong)?;
        marks.push(Mark { line: number, severity, code: code.to_owned(), text: after[..end].to_owned() });
        rest = &after[end + 1..];
    }
    Ok(marks)
}

/// The next `error:` or `warning:` after `//`, `//^` or `//>`.
fn next(text: &str) -> Option<(usize, &'static str, Severity)> {
    let kinds = [("error:", Severity::Error), ("warning:", Severity::Warning)];
    text.match_indices("//").find_map(|(at, _)| {
        let rest = &text[at + 2..];
        let word = rest.trim_start_matches(['^', '>']).trim_start();
        let at = text.len() - word.len();
        kinds.iter().find(|(kind, _)| word.starts_with(kind)).map(|&(kind, severity)| (at, kind, severity))
    })
}

/// Where diagnostics and marks differ. `line` leads from a diagnostic to its line of the page.
pub(super) fn compare(
    marks: &[Mark],
    found: &[Diagnostic],
    line: impl Fn(&Diagnostic) -> usize,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut open: Vec<&Mark> = marks.iter().collect();
    for diagnostic in found {
        let number = line(diagnostic);
        match open.iter().position(|mark| mark.line == number && mark.fits(diagnostic)) {
            Some(at) => drop(open.remove(at)),
            None => problems.push((number, format!("unexpected {}", shown(diagnostic)))),
        }
    }
    // What is wrong in both ways is one mistake, told once.
    for mark in open {
        let here =
            problems.iter_mut().find(|(number, problem)| *number == mark.line && problem.starts_with("unex"));
        let kind = word(mark.severity);
        let wanted = format!("expected {kind} [{}] \"{}\"", mark.code, mark.text);
        match here {
            Some((_, problem)) => {
                *problem = format!("{wanted}, found {}", problem.trim_start_matches("unexpected "));
            }
            None => problems.push((mark.line, format!("{wanted}, found none"))),
        }
    }
    problems
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A diagnostic as a mark would be written.
pub(super) fn shown(found: &Diagnostic) -> String {
    let help = found.help.as_ref().map_or(String::new(), |help| format!(" (help: {help})"));
    format!("{} [{}] \"{}\"{help}", word(found.severity), found.code, found.message)
}

/// The line of its file on which a diagnostic begins.
pub(super) fn line_in_file(found: &Diagnostic, sources: &SourceMap) -> usize {
    sources.get(found.span().file).position(found.span().start).line as usize
}
