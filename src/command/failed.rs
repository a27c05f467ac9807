//! A failed job before a person: the error, its task, and the place in the source where it arose.

use aeth_lang::bytecode::module::Debug;
use aeth_lang::diagnostic::render::failure;
use aeth_lang::source::{Source, SourceMap};
use aeth_lang::span::{FileId, Span};
use aeth_runtime::value::Error;

use crate::program;
use crate::terminal::{self, style::ERROR, text};

/// Frames that are listed below the first.
const FRAMES: usize = 8;

/// Says why a job failed.
pub(crate) fn report(debug: &Debug, job: &str, error: &Error, trace: &[String]) {
    let task = error.task.as_ref().map(|task| format!(" in task `{}`", text::path(task))).unwrap_or_default();
    let about = format!("job `{job}` failed{task}");
    let sources = sources(debug);
    match trace.first().and_then(|frame| span(debug, &sources, frame)) {
        Some(span) => {
            let shown = failure(&error.to_string(), span, &about, &sources, program::style());
            terminal::say(shown.trim_end());
        }
        None => {
            terminal::say(&format!("{ERROR}error{ERROR:#}: {}", text::lines(&error.to_string())));
            terminal::say(&text::lines(&about));
        }
    }
    for frame in trace.iter().skip(1).take(FRAMES) {
        terminal::say(&format!("  called from {}", text::plain(frame)));
    }
    if trace.len() > FRAMES + 1 {
        terminal::say(&format!("  … {} more", trace.len() - FRAMES - 1));
    }
    let mut cause = error.cause.as_deref();
    while let Some(error) = cause {
        terminal::say(&format!("  because of {}", text::lines(&error.to_string())));
        cause = error.cause.as_deref();
    }
}

/// The sources that the program was compiled from.
fn sources(debug: &Debug) -> SourceMap {
    let mut sources = SourceMap::default();
    for (name, text) in debug.files.iter().zip(&debug.sources) {
        sources.add(Source::new(name.as_str(), text.as_str()));
    }
    sources
}

/// The place of a frame `file:line:column`: the longest piece of code that begins there.
fn span(debug: &Debug, sources: &SourceMap, frame: &str) -> Option<Span> {
    let (rest, column) = frame.rsplit_once(':')?;
    let (name, line) = rest.rsplit_once(':')?;
    let (line, column): (u32, usize) = (line.parse().ok()?, column.parse().ok()?);
    let (file, source) = sources.iter().find(|(_, source)| source.name() == name)?;
    let before: usize =
        source.text().split_inclusive('\n').take(line.checked_sub(1)? as usize).map(str::len).sum();
    let letters: usize = source.line(line).chars().take(column.checked_sub(1)?).map(char::len_utf8).sum();
    let start = before + letters;
    if start > source.text().len() || source.position(u32::try_from(start).ok()?).line != line {
        return None;
    }
    let code = debug.functions.iter().flat_map(|function| function.spans.iter().map(|(_, span)| span));
    let here = code.chain(&debug.sites).filter(|span| span.file == file && span.start as usize == start);
    Some(here.copied().max_by_key(|span| span.end).unwrap_or_else(|| Span::new(FileId(file.0), start, start)))
}

#[cfg(test)]
mod tests {
    use aeth_lang::bytecode::module::FunctionDebug;

    use super::*;

    #[test]
    fn a_frame_leads_back_to_its_code() {
        let source = "agent a() {\n  // \u{202e}ä\n  return f(x) +\n    1\n}\n";
        let start = source.find("f(x)").expect("there");
        let spans = vec![
            (0, Span::new(FileId(0), start, start + 1)),
            (1, Span::new(FileId(0), start, start + 4)),
            (2, Span::new(FileId(0), start + 2, start + 3)),
        ];
        let debug = Debug {
            files: vec!["main.aeth".into()],
            sources: vec![source.into()],
            functions: vec![FunctionDebug { spans, ..FunctionDebug::default() }],
            ..Debug::default()
        };
        let sources = sources(&debug);
        let found = span(&debug, &sources, "main.aeth:3:10").expect("found");
        assert_eq!(sources.text(found), "f(x)");
        let bare = span(&debug, &sources, "main.aeth:4:5").expect("a place without code");
        assert_eq!(bare.start, bare.end);
        for frame in ["other.aeth:1:1", "main.aeth:99:1", "nonsense", "main.aeth:0:0", "main.aeth:1:x"] {
            assert!(span(&debug, &sources, frame).is_none(), "{frame}");
        }
    }
}
