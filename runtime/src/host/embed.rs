//! Tools of the embedding program: async functions by name, from JSON text to JSON text.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Answer, Call, CallRequest, Prepared, Reply};
use crate::event::Verdict;
use crate::grant::{Redactor, Secrets};
use crate::value::{Error, ErrorKind};

/// What a host tool answers: the JSON form of its result, or an error with what is known of the attempt.
pub type HostResult = Result<String, HostFailure>;

/// A failed host call.
#[derive(Clone, Debug)]
pub struct HostFailure {
    /// `Done` unless the tool knows better.
    pub verdict: Verdict,
    /// What the program sees.
    pub error: Error,
}

impl From<Error> for HostFailure {
    fn from(error: Error) -> Self {
        Self { verdict: Verdict::Done, error }
    }
}

type Pending = Pin<Box<dyn Future<Output = HostResult> + Send>>;
type HostTool = Arc<dyn Fn(String) -> Pending + Send + Sync>;

/// The tools that `via host` reaches.
#[derive(Clone, Default)]
pub struct HostTools {
    tools: BTreeMap<String, HostTool>,
}

impl fmt::Debug for HostTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tools.keys()).finish()
    }
}

impl HostTools {
    /// No tools.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool. It gets its arguments as a JSON object.
    #[must_use]
    pub fn with<F, R>(mut self, name: impl Into<String>, tool: F) -> Self
    where
        F: Fn(String) -> R + Send + Sync + 'static,
        R: Future<Output = HostResult> + Send + 'static,
    {
        self.tools.insert(name.into(), Arc::new(move |args| Box::pin(tool(args))));
        self
    }

    /// Finds the tool.
    pub(super) fn prepare(&self, call: Call, secrets: &Secrets) -> Result<Box<dyn Prepared>, Error> {
        let CallRequest::Host { tool, args } = &call.request else {
            return Err(Error::new(ErrorKind::Failed, "not a host call"));
        };
        let Some(function) = self.tools.get(tool) else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("the program that runs this agent supplies no tool `{tool}`"),
            ));
        };
        let (function, args, redactor) = (function.clone(), args.clone(), secrets.redactor([]));
        Ok(Box::new(PreparedHost { function, args, redactor, call }))
    }
}

struct PreparedHost {
    function: HostTool,
    args: String,
    redactor: Redactor,
    call: Call,
}

#[async_trait]
impl Prepared for PreparedHost {
    async fn dispatch(self: Box<Self>) -> Answer {
        let Self { function, args, redactor, call } = *self;
        let unknown =
            |kind, message| HostFailure { verdict: Verdict::Unknown, error: Error::new(kind, message) };
        // A task of its own, which ends with this call: a panic in it is an answer, not the end of the driver.
        let mut task = JoinSet::new();
        task.spawn(function(args));
        let answered = match timeout(call.timeout, task.join_next()).await {
            Ok(Some(Ok(answered))) => answered,
            Ok(_) => Err(unknown(ErrorKind::Failed, format!("the tool `{}` panicked", call.tool))),
            Err(_) => {
                let message = format!("the tool `{}` did not answer within {:?}", call.tool, call.timeout);
                Err(unknown(ErrorKind::Timeout, message))
            }
        };
        match answered {
            Ok(text) if text.len() as u64 > call.answer_bytes => {
                let message =
                    format!("the tool `{}` answered more than {} bytes", call.tool, call.answer_bytes);
                Answer { verdict: Verdict::Done, reply: Err(Error::new(ErrorKind::Limit, message)) }
            }
            Ok(text) => Answer { verdict: Verdict::Done, reply: Ok(Reply::Json(redactor.text(text))) },
            Err(failure) => Answer { verdict: failure.verdict, reply: Err(redactor.error(failure.error)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{call, dispatch};
    use super::*;

    async fn ask(tool: &str, args: &str) -> Answer {
        let tools = HostTools::new()
            .with("echo", |args| async move { Ok(args) })
            .with("refuse", |_| async {
                let error = Error::new(ErrorKind::Unavailable, "asleep with a-long-secret");
                Err(HostFailure { verdict: Verdict::NotDone, error })
            })
            .with("reject", |_| async { Err(Error::new(ErrorKind::Rejected, "no").into()) })
            .with("panic", |_| async { panic!("on purpose") })
            .with("hang", |_| std::future::pending());
        let secrets = Secrets::given([("KEY".to_owned(), "a-long-secret".to_owned())]);
        let request = CallRequest::Host { tool: tool.into(), args: args.into() };
        dispatch(tools.prepare(call(request), &secrets)).await
    }

    #[tokio::test]
    async fn every_verdict() {
        let kind = |answer: &Answer| answer.reply.as_ref().unwrap_err().kind.clone();
        let echoed = ask("echo", r#"{"a":"x a-long-secret"}"#).await;
        assert_eq!(echoed.verdict, Verdict::Done);
        assert_eq!(echoed.reply.unwrap(), Reply::Json(r#"{"a":"x [secret KEY]"}"#.into()));
        let refused = ask("refuse", "{}").await;
        assert_eq!(refused.verdict, Verdict::NotDone);
        assert_eq!(refused.reply.unwrap_err().message, "asleep with [secret KEY]");
        assert_eq!(ask("reject", "{}").await.verdict, Verdict::Done);
        let hung = ask("hang", "{}").await;
        assert_eq!((hung.verdict, kind(&hung)), (Verdict::Unknown, ErrorKind::Timeout));
        let panicked = ask("panic", "{}").await;
        assert_eq!((panicked.verdict, kind(&panicked)), (Verdict::Unknown, ErrorKind::Failed));
        let flood = ask("echo", &"x".repeat(100_001)).await;
        assert_eq!((flood.verdict, kind(&flood)), (Verdict::Done, ErrorKind::Limit));
        let missing = ask("nothing", "{}").await;
        assert_eq!((missing.verdict, kind(&missing)), (Verdict::NotDone, ErrorKind::NotFound));
    }
}
