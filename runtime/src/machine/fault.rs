//! Faults: errors on their way through frames and fibers, with the places they passed.

use crate::effect::CodePoint;
use crate::limits::TRACE;
use crate::value::{Error, ErrorKind};

/// An error on its way outwards.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// What a program sees of it.
    pub error: Error,
    /// Whether a `try` may stop it: not so for limits, cancellation, budgets, doubt and failed confirmation.
    pub catchable: bool,
    /// The instructions it passed, from the innermost frame outwards.
    pub trace: Vec<CodePoint>,
}

/// The result of what may fault; boxed, so that what succeeds stays small.
pub(crate) type Run<T> = Result<T, Box<Fault>>;

impl Fault {
    /// A fault that a program may catch.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { error: Error::new(kind, message), catchable: true, trace: Vec::new() })
    }

    /// A limit of the job, by its name in `Limits`.
    pub(crate) fn limit(name: &str, limit: u64, what: &str) -> Box<Self> {
        let message = format!("the job's limit `{name}` ({limit}) was reached: {what}");
        Box::new(Self { catchable: false, ..*Self::new(ErrorKind::Limit, message) })
    }

    /// The module does what no compiled program does.
    pub(crate) fn internal(what: impl std::fmt::Display) -> Box<Self> {
        let message = format!("internal error: {what}");
        Box::new(Self { catchable: false, ..*Self::new(ErrorKind::Failed, message) })
    }

    /// The job was cancelled from outside.
    pub(crate) fn cancelled() -> Box<Self> {
        Box::new(Self { catchable: false, ..*Self::new(ErrorKind::Cancelled, "the job was cancelled") })
    }

    /// An error that an effect ended with.
    pub(crate) fn outcome(error: Error) -> Box<Self> {
        let fatal = matches!(
            error.kind,
            ErrorKind::Cancelled
                | ErrorKind::Budget
                | ErrorKind::Limit
                | ErrorKind::InDoubt
                | ErrorKind::ConfirmationFailed
        );
        Box::new(Self { error, catchable: !fatal, trace: Vec::new() })
    }

    /// Notes a place it passes; of a long way only the ends are kept.
    pub(crate) fn passes(&mut self, point: CodePoint) {
        if self.trace.len() >= TRACE {
            self.trace.remove(TRACE / 2);
        }
        self.trace.push(point);
    }
}

impl From<Error> for Box<Fault> {
    fn from(error: Error) -> Self {
        Self::new(Fault { error, catchable: true, trace: Vec::new() })
    }
}
