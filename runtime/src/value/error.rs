//! Errors as programs see them: `record Error`, in the runtime's own shape.

use super::Value;

/// What a program can catch.
#[derive(Clone, Debug)]
pub struct Error {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// A sentence for people.
    pub message: String,
    /// More, as Json.
    pub data: Value,
    /// The task it comes from.
    pub task: Option<String>,
    /// What led to it.
    pub cause: Option<Box<Error>>,
}

/// The kinds of failure, in the order of `library::prelude::ERROR_KINDS`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// No answer in time.
    Timeout,
    /// Not reachable, or answering that it cannot.
    Unavailable,
    /// Too many requests.
    RateLimited,
    /// Refused as wrong.
    Rejected,
    /// Not there.
    NotFound,
    /// Not permitted.
    Denied,
    /// Not of the expected form.
    Decode,
    /// Overflow, division by zero, not finite.
    Arithmetic,
    /// An assertion did not hold.
    Assertion,
    /// A limit was reached.
    Limit,
    /// A budget was spent.
    Budget,
    /// Ended from outside.
    Cancelled,
    /// Nobody knows whether it happened.
    InDoubt,
    /// What was recorded is no longer so.
    ConfirmationFailed,
    /// `fail "…"`, a non-zero exit.
    Failed,
    /// A kind of the program's own.
    Other(String),
}

impl Error {
    /// An error of a kind with its sentence.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), data: Value::Null, task: None, cause: None }
    }
}
