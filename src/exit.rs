//! How a command ends: the exit codes of the contract, and failures as one sentence with what to do.

use std::fmt;

/// The exit codes. Scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The job or check failed; verify or replay found a difference; the job was cancelled.
    Failed = 1,
    /// Wrong usage, a missing grant, a program that does not compile.
    Usage = 2,
    /// Stopped before an end: waiting, paused, interrupted, needs attention.
    Stopped = 3,
    /// The store or another component cannot be used.
    Unusable = 4,
}

/// Why a command could not do what was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The code the process ends with.
    pub(crate) exit: Exit,
    /// One sentence; empty when there is nothing to say (nobody reads our output any more).
    pub(crate) message: String,
    /// What to do about it, a line each.
    pub(crate) help: Vec<String>,
}

impl Failure {
    /// A failure with its code and sentence.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: Vec::new() }
    }

    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The store or another component cannot be used.
    pub(crate) fn unusable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unusable, message)
    }

    /// Whoever read our output has gone: end quietly.
    pub(crate) fn reader_gone() -> Self {
        Self::new(Exit::Done, "")
    }

    /// Adds a line that says what to do.
    pub(crate) fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<std::io::Error> for Failure {
    /// A failed write to standard output: the only I/O whose errors commands pass on without saying more.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::reader_gone(),
            _ => Self::unusable(format!("the output cannot be written: {error}")),
        }
    }
}

/// What every command answers.
pub(crate) type Outcome = Result<Exit, Failure>;
