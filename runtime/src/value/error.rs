//! Errors as programs see them: `record Error`, in the runtime's own shape.

use aeth_lang::library::prelude::{ERROR, ERROR_KIND, ERROR_KINDS};

use super::{Unit, Value};

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

/// Causes beyond this many are dropped: a chain of causes is for people.
const CAUSES: usize = 32;

impl Error {
    /// An error of a kind with its sentence.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), data: Value::Null, task: None, cause: None }
    }

    /// The error as the program's `record Error`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut chain = vec![self];
        while let Some(cause) = chain[chain.len() - 1].cause.as_deref().filter(|_| chain.len() < CAUSES) {
            chain.push(cause);
        }
        chain.into_iter().rev().fold(Value::Null, |cause, error| {
            Value::record(
                ERROR.0,
                vec![
                    error.kind.to_value(),
                    Value::text(error.message.as_str()),
                    error.data.clone(),
                    error.task.as_deref().map_or(Value::Null, Value::text),
                    cause,
                ],
            )
        })
    }

    /// The error that a program's `record Error` stands for; `None` if it is none.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let mut chain = Vec::new();
        let mut next = value;
        while let Value::Record(record) = next {
            let [kind, message, data, task, cause] = record.fields.as_slice() else { break };
            if record.ty != ERROR.0 || chain.len() == CAUSES {
                break;
            }
            chain.push(Self {
                kind: ErrorKind::from_value(kind)?,
                message: message.as_text()?.to_owned(),
                data: data.clone(),
                task: task.as_text().map(str::to_owned),
                cause: None,
            });
            next = cause;
        }
        chain.into_iter().rev().reduce(|cause, error| Self { cause: Some(Box::new(cause)), ..error })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)
    }
}

impl std::error::Error for Error {}

impl ErrorKind {
    /// The kind of this name, as [`name`](Self::name) gives it; `None` for a name of a program's own.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|kind| kind.name() == name)
    }

    /// Every kind without a name of its own, in order.
    pub const KNOWN: [Self; 15] = [
        Self::Timeout,
        Self::Unavailable,
        Self::RateLimited,
        Self::Rejected,
        Self::NotFound,
        Self::Denied,
        Self::Decode,
        Self::Arithmetic,
        Self::Assertion,
        Self::Limit,
        Self::Budget,
        Self::Cancelled,
        Self::InDoubt,
        Self::ConfirmationFailed,
        Self::Failed,
    ];

    /// The variant's number.
    #[must_use]
    pub fn index(&self) -> u16 {
        let at = Self::KNOWN.iter().position(|kind| kind == self).unwrap_or(Self::KNOWN.len());
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// `e.kind.name()`: that of `Other` too.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => ERROR_KINDS[known.index() as usize],
        }
    }

    /// The kind as the program's `ErrorKind`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Other(name) => Value::variant(ERROR_KIND.0, self.index(), vec![Value::text(name.as_str())]),
            known => Value::Unit(Unit { ty: ERROR_KIND.0, variant: known.index() }),
        }
    }

    /// The kind that a program's `ErrorKind` stands for.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Unit(unit) if unit.ty == ERROR_KIND.0 => Self::KNOWN.get(unit.variant as usize).cloned(),
            Value::Variant(variant) if variant.ty == ERROR_KIND.0 => {
                Some(Self::Other(variant.fields.first()?.as_text()?.to_owned()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_records_and_back() {
        let cause =
            Error { task: Some("log".into()), ..Error::new(ErrorKind::Other("Quota".into()), "no more") };
        let error = Error {
            data: Value::list(vec![Value::Int(1)]),
            cause: Some(Box::new(cause)),
            ..Error::new(ErrorKind::Failed, "it broke")
        };
        assert_eq!(Error::from_value(&error.to_value()), Some(error));
        assert_eq!(Error::from_value(&Value::Int(1)), None);
        for (at, kind) in ErrorKind::KNOWN.into_iter().enumerate() {
            assert_eq!(kind.name(), ERROR_KINDS[at]);
            assert_eq!(ErrorKind::from_value(&kind.to_value()), Some(kind));
        }
    }

    #[test]
    fn a_chain_of_causes_is_cut() {
        let mut value = Value::Null;
        for _ in 0..100_000 {
            let fields =
                vec![ErrorKind::Failed.to_value(), Value::text("m"), Value::Null, Value::Null, value];
            value = Value::record(ERROR.0, fields);
        }
        let mut error = Error::from_value(&value);
        let mut length = 0;
        while let Some(next) = error {
            length += 1;
            error = next.cause.map(|cause| *cause);
        }
        assert_eq!(length, CAUSES);
    }
}
