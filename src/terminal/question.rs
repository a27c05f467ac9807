//! Lines that a person types: questions of a job and of the command itself.
//!
//! Invariant: a line is read only while something is asked, and a line typed for one question is never taken for
//! another's answer.

use std::io::{BufRead, Write};
use std::sync::mpsc as blocking;

use tokio::sync::mpsc;

use super::style::{ATTENTION, BOLD, DIM};
use super::{say, text};

/// Reads lines on a thread of its own, because reading cannot be interrupted.
pub(crate) struct Keyboard {
    wishes: blocking::Sender<()>,
    lines: mpsc::UnboundedReceiver<Option<String>>,
    /// Whether a line has been wished for and not yet come.
    reading: bool,
    /// Whether that line would belong to a question that is gone.
    stale: bool,
}

impl Keyboard {
    /// A keyboard nobody has asked for anything yet.
    pub(crate) fn new() -> Self {
        let (wishes, wished) = blocking::channel::<()>();
        let (typed, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            while wished.recv().is_ok() {
                let mut line = String::new();
                let read = std::io::stdin().lock().read_line(&mut line);
                let line = matches!(read, Ok(bytes) if bytes > 0)
                    .then(|| line.trim_end_matches(['\n', '\r']).to_owned());
                if typed.send(line).is_err() {
                    return;
                }
            }
        });
        Self { wishes, lines, reading: false, stale: false }
    }

    /// Shows the mark of an open question and asks for a line.
    pub(crate) fn ask(&mut self) {
        prompt("> ");
        // A line still being read for a question that is gone will be dropped, and another one wished for.
        if !self.reading {
            self.reading = self.wishes.send(()).is_ok();
        }
    }

    /// Nobody wants to know any more: the line being typed is dropped when it comes.
    pub(crate) fn withdraw(&mut self) {
        self.stale = self.reading;
    }

    /// The next line; `None` at the end of input. Wait for it only after [`ask`](Self::ask).
    pub(crate) async fn line(&mut self) -> Option<String> {
        loop {
            let line = self.lines.recv().await.flatten();
            self.reading = false;
            if line.is_none() || !std::mem::take(&mut self.stale) {
                return line;
            }
            prompt("> ");
            self.reading = self.wishes.send(()).is_ok();
        }
    }
}

/// Shows a question of a job: what is asked, of whom, what goes with it.
pub(crate) fn show(question: &str, to: Option<&str>, shown: Option<&serde_json::Value>) {
    let to = to.map(|to| format!(" {DIM}(for {}){DIM:#}", text::plain(to))).unwrap_or_default();
    say(&format!("{ATTENTION}?{ATTENTION:#} {BOLD}{}{BOLD:#}{to}", text::lines(question)));
    let shown = match shown {
        None | Some(serde_json::Value::Null) => return,
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    for line in text::lines(&shown).lines() {
        say(&format!("  {DIM}│{DIM:#} {line}"));
    }
}

/// Asks something that is answered with yes or no; anything else is no.
pub(crate) fn yes(question: &str) -> bool {
    prompt(&format!("{} [y/N] ", text::plain(question)));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn prompt(text: &str) {
    let mut err = anstream::stderr().lock();
    let _ = write!(err, "{text}").and_then(|()| err.flush());
}
