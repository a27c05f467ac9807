//! Speaking to a job from outside: typed against its pinned program where it enters, durable before it returns.

use std::sync::Arc;

use super::Runtime;
use crate::effect::EffectId;
use crate::event::fold::JobView;
use crate::job::DriveError;
use crate::machine::Program;
use crate::store::{JobFilter, JobKey, Message, PostError, ResolveHow, StoreError};
use crate::value::Error;

/// Why a message was not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TalkError {
    /// The job, its program or the store cannot be used.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The inbox does not take it.
    #[error("job {job}: {error}")]
    Post {
        /// The job.
        job: String,
        /// Why.
        error: PostError,
    },
    /// The program has no such signal.
    #[error("the program has no signal `{name}`{}", if .known.is_empty() { String::new() } else { format!("; it has {}", .known.join(", ")) })]
    NoSignal {
        /// The name.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The signal is one that a question waits for: only an answer to its id counts.
    #[error("a question waits for `{0}`: answer it by its id (see `aeth inbox`)")]
    IsQuestion(String),
    /// There is no such open question, or no such effect in doubt.
    #[error("{0}")]
    NotOpen(String),
    /// The value is not of the expected type.
    #[error("the value does not fit: {0}")]
    Value(String),
}

impl From<StoreError> for TalkError {
    fn from(error: StoreError) -> Self {
        Self::Drive(error.into())
    }
}

/// A question that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// The job that asks.
    pub key: JobKey,
    /// The effect, which is the question's name within its job.
    pub effect: String,
    /// The signal whose type the answer has.
    pub signal: String,
    /// Question, what is shown, for whom: a JSON object `{"text", "show", "to"}`.
    pub question: String,
    /// What the answer is good for.
    pub digest: String,
    /// Until when.
    pub deadline_ms: Option<i64>,
}

/// An effect of which nobody knows whether it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The job.
    pub key: JobKey,
    /// The effect.
    pub effect: String,
    /// The tool.
    pub tool: String,
}

impl Runtime {
    /// Puts a signal into a job's inbox. `request_id`: the same one twice is one signal.
    ///
    /// # Errors
    /// When there is no such job or signal, the value does not fit, or the inbox is full.
    pub async fn signal(
        &self,
        key: &JobKey,
        name: &str,
        value: &str,
        request_id: &str,
    ) -> Result<(), TalkError> {
        let (program, view) = self.known(key).await?;
        if view.questions.values().any(|question| question.signal == name) {
            return Err(TalkError::IsQuestion(name.to_owned()));
        }
        let value = fitting(&program, name, value)?;
        self.post(key, request_id, Message::Signal { name: name.to_owned(), value }).await
    }

    /// Answers an open question.
    ///
    /// # Errors
    /// When the question is not open (any more), or the value does not fit.
    pub async fn answer(&self, question: &OpenQuestion, value: &str, by: &str) -> Result<(), TalkError> {
        let (program, view) = self.known(&question.key).await?;
        let effect = EffectId::from(question.effect.as_str());
        let open = view.questions.get(&effect).is_some_and(|open| open.digest == question.digest);
        if !open {
            return Err(TalkError::NotOpen(format!("the question {} is not open any more", question.effect)));
        }
        let value = fitting(&program, &question.signal, value)?;
        let message = Message::Answer {
            question: question.effect.clone(),
            digest: question.digest.clone(),
            value,
            by: by.to_owned(),
        };
        // One answer per question: whoever comes first has answered it.
        let request_id = format!("answer:{}:{}", question.effect, question.digest);
        self.post(&question.key, &request_id, message).await
    }

    /// Asks for a job's end.
    ///
    /// # Errors
    /// When there is no such job, or it has ended.
    pub async fn cancel(&self, key: &JobKey, by: &str) -> Result<(), TalkError> {
        self.post(key, "cancel", Message::Cancel { by: by.to_owned(), force: false }).await
    }

    /// Says what became of an effect in doubt. A value is decoded by the tool's type.
    ///
    /// # Errors
    /// When the effect is not in doubt, or the value does not fit.
    pub async fn resolve(
        &self,
        key: &JobKey,
        effect: &str,
        how: ResolveHow,
        by: &str,
    ) -> Result<(), TalkError> {
        let (program, view) = self.known(key).await?;
        let Some((_, doubt)) = view.doubts().find(|(id, _)| id.as_str() == effect) else {
            let known: Vec<&str> = view.doubts().map(|(id, _)| id.as_str()).collect();
            let known = if known.is_empty() {
                "none is".to_owned()
            } else {
                format!("in doubt: {}", known.join(", "))
            };
            return Err(TalkError::NotOpen(format!("the effect `{effect}` is not in doubt ({known})")));
        };
        let how = match how {
            ResolveHow::Completed(value) => {
                let name = doubt.call.as_ref().map_or("", |call| call.tool.as_str());
                let tool = program.module.tools.iter().find(|tool| tool.name == name);
                let shape = tool
                    .map(|tool| tool.result)
                    .ok_or_else(|| TalkError::NotOpen(format!("the program has no tool `{name}`")))?;
                ResolveHow::Completed(canonical(&program, shape, &value)?)
            }
            other => other,
        };
        let request_id = format!("resolve:{effect}:{}", doubt.attempts);
        let message = Message::Resolve { effect: effect.to_owned(), how, by: by.to_owned() };
        self.post(key, &request_id, message).await
    }

    /// What waits for a person in a namespace: open questions and effects in doubt of unfinished jobs.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn inbox(&self, namespace: &str) -> Result<(Vec<OpenQuestion>, Vec<Doubt>), TalkError> {
        let filter = JobFilter { unfinished: true, ..JobFilter::default() };
        let (mut questions, mut doubts) = (Vec::new(), Vec::new());
        for row in self.store.jobs(namespace, filter).await? {
            let key = row.key;
            let Some(view) = self.view(&key).await? else { continue };
            questions.extend(view.questions.iter().map(|(effect, open)| OpenQuestion {
                key: key.clone(),
                effect: effect.to_string(),
                signal: open.signal.clone(),
                question: open.question.text().unwrap_or("{}").to_owned(),
                digest: open.digest.clone(),
                deadline_ms: open.deadline_ms,
            }));
            doubts.extend(view.doubts().map(|(effect, doubt)| Doubt {
                key: key.clone(),
                effect: effect.to_string(),
                tool: doubt.call.as_ref().map_or_else(String::new, |call| call.tool.clone()),
            }));
        }
        Ok((questions, doubts))
    }

    /// A job as its events tell it.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn view(&self, key: &JobKey) -> Result<Option<JobView>, DriveError> {
        Ok(JobView::of(&self.log(key).await?))
    }

    async fn known(&self, key: &JobKey) -> Result<(Arc<Program>, JobView), TalkError> {
        let missing = || DriveError::NoJob(key.job.clone());
        let row = self.store.job(key).await?.ok_or_else(missing)?;
        let program = self.program(&key.job, row.program).await?;
        let view = self.view(key).await?.ok_or_else(missing)?;
        Ok((program, view))
    }

    async fn post(&self, key: &JobKey, request_id: &str, message: Message) -> Result<(), TalkError> {
        let posted = self.store.post(key, request_id, message).await;
        posted.map(|_| ()).map_err(|error| TalkError::Post { job: key.job.clone(), error })
    }
}

/// A signal's value in canonical form.
fn fitting(program: &Program, signal: &str, value: &str) -> Result<String, TalkError> {
    let Some(found) = program.module.signals.iter().find(|known| known.name == signal) else {
        let known = program.module.signals.iter().map(|known| known.name.clone()).collect();
        return Err(TalkError::NoSignal { name: signal.to_owned(), known });
    };
    canonical(program, found.shape, value)
}

fn canonical(program: &Program, shape: aeth_lang::ids::ShapeId, value: &str) -> Result<String, TalkError> {
    let fits = |error: Error| TalkError::Value(error.message);
    Ok(program.encode(&program.decode(value, shape).map_err(fits)?))
}
