//! A runtime in memory with a scripted world: host tools, environment, signals, answers, and a clock that jumps.
//!
//! In: a `world` block, a line per fact. Out: how a job ended and what was called. Invariant: nothing takes real time;
//! a job that completes is replayed, and must agree with itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aeth_lang::Compiled;
use aeth_runtime::event::{Environment, Verdict};
use aeth_runtime::grant::Grants;
use aeth_runtime::host::{Answer, Call, CallRequest, Prepared, Reply, Tools};
use aeth_runtime::job::{DriveOptions, End, Stop, Stopped, Wait};
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::Program;
use aeth_runtime::store::JobKey;
use aeth_runtime::store::memory::MemoryStore;
use aeth_runtime::value::{Error, ErrorKind};
use aeth_runtime::{Host, Runtime, RuntimeOptions, Start};
use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::page::Block;
use super::{Problem, compact};

/// When every world begins: 2026-01-01T00:00:00Z, in milliseconds.
const BEGIN_MS: i64 = 1_767_225_600_000;
/// How often a job may wait before it is taken for endless.
const WAITS: usize = 1_000;

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With a result, in JSON form.
    Completed(String),
    /// With an error.
    Failed { kind: String, message: String },
    /// It waits for something that never comes: a line each.
    Waits(Vec<String>),
    /// As nothing should end.
    Defect(String),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed(result) => f.write_str(result),
            Self::Failed { kind, message } => write!(f, "{kind}: {message}"),
            Self::Waits(waits) => write!(f, "a wait for {}", waits.join(", ")),
            Self::Defect(what) => f.write_str(what),
        }
    }
}

/// What the world does with a call.
#[derive(Clone, Debug)]
enum Deed {
    /// Does it and answers with this JSON.
    Answer(String),
    /// Fails for good.
    Fails(ErrorKind, String),
    /// Proves that it did nothing.
    Refused,
    /// Nobody knows.
    Lost,
    /// Never answers.
    Silent,
}

/// A line about a tool: used once, but the last that fits is used again and again.
#[derive(Clone, Debug)]
struct Rule {
    tool: String,
    args: Option<String>,
    deed: Deed,
    used: bool,
}

/// Something that arrives from outside.
#[derive(Clone, Debug)]
struct Arrival {
    signal: String,
    value: String,
    after_ms: i64,
    answer: bool,
    sent: bool,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    calls: Vec<String>,
    unanswered: Vec<String>,
}

/// Host tools with scripted answers.
#[derive(Clone, Default)]
struct World(Arc<Mutex<State>>);

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meet(&self, tool: &str, args: &str) -> Deed {
        let mut state = self.state();
        state.calls.push(format!("{tool} {}", compact(args)));
        let fits =
            |rule: &Rule| rule.tool == tool && rule.args.as_ref().is_none_or(|want| *want == compact(args));
        let fresh = state.rules.iter().position(|rule| !rule.used && fits(rule));
        let Some(at) = fresh.or_else(|| state.rules.iter().rposition(fits)) else {
            state.unanswered.push(format!("{tool} {args}"));
            return Deed::Fails(ErrorKind::Failed, "the page's world has no answer".to_owned());
        };
        state.rules[at].used = true;
        state.rules[at].deed.clone()
    }
}

impl Host for World {
    fn tools(&self, _: &Program, _: &Grants) -> Arc<dyn Tools> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl Tools for World {
    async fn prepare(&self, call: Call) -> Result<Box<dyn Prepared>, Error> {
        match call.request {
            CallRequest::Host { tool, args } => Ok(Box::new(Sent { world: self.clone(), tool, args })),
            _ => Err(Error::new(ErrorKind::Denied, "a page's world has only host tools")),
        }
    }
}

struct Sent {
    world: World,
    tool: String,
    args: String,
}

#[async_trait]
impl Prepared for Sent {
    async fn dispatch(self: Box<Self>) -> Answer {
        let failed = |verdict, kind, message: &str| Answer { verdict, reply: Err(Error::new(kind, message)) };
        match self.world.meet(&self.tool, &self.args) {
            Deed::Answer(json) => Answer { verdict: Verdict::Done, reply: Ok(Reply::Json(json)) },
            Deed::Fails(kind, message) => failed(Verdict::Done, kind, &message),
            Deed::Refused => failed(Verdict::NotDone, ErrorKind::Unavailable, "connection refused"),
            Deed::Lost => failed(Verdict::Unknown, ErrorKind::Timeout, "no answer in time"),
            Deed::Silent => std::future::pending().await,
        }
    }
}

/// A runtime with its world.
pub(super) struct Bench {
    runtime: Runtime,
    world: World,
    now_ms: Arc<AtomicI64>,
    env: Environment,
    arrivals: Vec<Arrival>,
    jobs: u64,
}

impl Bench {
    /// A fresh store and world.
    pub(super) async fn open(_: &Compiled, world: Option<&Block>) -> Result<Self, Problem> {
        let now_ms = Arc::new(AtomicI64::new(BEGIN_MS));
        let (clock, nonce) = (now_ms.clone(), AtomicU64::new(1));
        let store = MemoryStore::with(
            move || clock.load(Ordering::Relaxed),
            move || Ok(nonce.fetch_add(1, Ordering::Relaxed)),
        );
        let mut state = State::default();
        let (mut env, mut arrivals) = (Environment::new(), Vec::new());
        if let Some(block) = world {
            for (at, line) in block.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let wrong = |problem: &str| (block.line + at, format!("{problem}: `{line}`"));
                match line.split_once(' ') {
                    Some(("env", rest)) => {
                        let (name, value) = rest.split_once('=').ok_or_else(|| wrong("`env NAME = text`"))?;
                        env.insert(name.trim().to_owned(), value.trim().to_owned());
                    }
                    Some((word @ ("signal" | "answer"), rest)) => {
                        arrivals.push(
                            arrival(rest, word == "answer")
                                .ok_or_else(|| wrong("`signal name = JSON after 1h`"))?,
                        );
                    }
                    _ => state.rules.push(rule(line).ok_or_else(|| wrong("`tool {args} => JSON`"))?),
                }
            }
        }
        let world = World(Arc::new(Mutex::new(state)));
        let options = RuntimeOptions { store: Arc::new(store), folder: None, host: Arc::new(world.clone()) };
        let runtime = Runtime::open(options).await.map_err(|error| (1, format!("no runtime: {error}")))?;
        Ok(Self { runtime, world, now_ms, env, arrivals, jobs: 0 })
    }

    /// Runs an agent until it ends or waits for what never comes. What completes is replayed.
    pub(super) async fn run(
        &mut self,
        compiled: &Compiled,
        agent: &str,
        args: &str,
    ) -> Result<Ended, String> {
        self.jobs += 1;
        let args: BTreeMap<String, Box<RawValue>> = serde_json::from_str(args)
            .map_err(|error| format!("the arguments are no JSON object: {error}"))?;
        let start = Start {
            namespace: "default".into(),
            job: Some(format!("job-{}", self.jobs)),
            compiled,
            agent: agent.to_owned(),
            args: args.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect(),
            env: self.env.clone(),
            grants: Grants::default(),
            limits: Limits::default(),
        };
        let key = match self.runtime.start(start).await {
            Ok(started) => started.key,
            Err(error) => return Ok(Ended::Failed { kind: "Start".to_owned(), message: error.to_string() }),
        };
        let ended = self.drive(&key).await?;
        if matches!(ended, Ended::Completed(_) | Ended::Failed { .. }) {
            self.runtime
                .replay(&key)
                .await
                .map_err(|error| format!("{ended}, but its replay differs: {error}"))?;
        }
        Ok(ended)
    }

    async fn drive(&mut self, key: &JobKey) -> Result<Ended, String> {
        for _ in 0..WAITS {
            self.deliver(key).await?;
            let options = DriveOptions {
                stop_at_wait: Some(Duration::ZERO),
                observer: None,
                stop: watch::Sender::new(Stop::No).subscribe(),
            };
            match self.runtime.drive(key, options).await.map_err(|error| error.to_string())? {
                End::Completed { result } => return Ok(Ended::Completed(result)),
                End::Failed { error, .. } => {
                    return Ok(Ended::Failed { kind: error.kind.name().to_owned(), message: error.message });
                }
                End::Cancelled => return Ok(Ended::Waits(vec!["nothing: it was cancelled".to_owned()])),
                End::Stopped(Stopped::Waiting(waits)) => {
                    if self.deliver(key).await? {
                        continue;
                    }
                    if !self.pass(&waits) {
                        return Ok(Ended::Waits(waits.iter().map(wait).collect()));
                    }
                }
                End::Stopped(Stopped::NeedsAttention(effects)) => {
                    let doubts = effects.iter().map(|effect| format!("doubt {effect}"));
                    return Ok(Ended::Waits(doubts.collect()));
                }
                End::Stopped(other) => return Ok(Ended::Defect(format!("it stopped: {other:?}"))),
            }
        }
        Ok(Ended::Defect(format!("it waits more than {WAITS} times")))
    }

    /// Sends what is due; says whether anything was.
    async fn deliver(&mut self, key: &JobKey) -> Result<bool, String> {
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        let mut any = false;
        for (at, arrival) in self.arrivals.iter_mut().enumerate() {
            if arrival.sent || BEGIN_MS + arrival.after_ms > now_ms {
                continue;
            }
            if arrival.answer {
                let (questions, _) =
                    self.runtime.inbox("default").await.map_err(|error| error.to_string())?;
                let Some(question) = questions.iter().find(|question| question.signal == arrival.signal)
                else {
                    continue;
                };
                self.runtime
                    .answer(question, &arrival.value, "ada")
                    .await
                    .map_err(|error| error.to_string())?;
            } else {
                let request = format!("arrival-{at}");
                let sent = self.runtime.signal(key, &arrival.signal, &arrival.value, &request).await;
                sent.map_err(|error| error.to_string())?;
            }
            arrival.sent = true;
            any = true;
        }
        Ok(any)
    }

    /// Lets time pass until the next thing can happen; `false` if nothing ever will.
    fn pass(&self, waits: &[Wait]) -> bool {
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        let due =
            self.arrivals.iter().filter(|arrival| !arrival.sent).map(|arrival| BEGIN_MS + arrival.after_ms);
        let next = waits.iter().filter_map(|wait| wait.until_ms).chain(due.filter(|due| *due > now_ms)).min();
        match next {
            Some(next) => self.now_ms.fetch_max(next, Ordering::Relaxed).max(next) > 0,
            None => false,
        }
    }

    /// Every call of a host tool, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        self.world.state().calls.clone()
    }

    /// What the world did not know, and what it knew in vain.
    pub(super) fn problems(&self, line: usize) -> Vec<Problem> {
        let state = self.world.state();
        let mut problems: Vec<Problem> = state
            .unanswered
            .iter()
            .map(|call| (line, format!("the world has no answer for `{call}`")))
            .collect();
        let idle = state.rules.iter().filter(|rule| !rule.used);
        problems
            .extend(idle.map(|rule| (line, format!("nobody calls `{}` as this world expects", rule.tool))));
        problems
    }
}

/// A wait in the words of a page.
fn wait(wait: &Wait) -> String {
    match (&wait.question, &wait.signal) {
        (Some(question), _) => format!("question {question}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "timer".to_owned(),
    }
}

/// `tool {args} => JSON`, `tool => fails Kind "message"`, `=> refused`, `=> lost`, `=> silent`.
fn rule(line: &str) -> Option<Rule> {
    let (call, deed) = line.split_once(" => ")?;
    let (tool, args) = match call.trim().split_once(' ') {
        Some((tool, args)) => (tool, Some(compact(args))),
        None => (call.trim(), None),
    };
    let deed = match deed.trim() {
        "refused" => Deed::Refused,
        "lost" => Deed::Lost,
        "silent" => Deed::Silent,
        failure if failure.starts_with("fails ") => {
            let (kind, message) = failure["fails ".len()..].split_once(' ')?;
            let message = message.trim().strip_prefix('"')?.strip_suffix('"')?;
            let kind = ErrorKind::named(kind).unwrap_or_else(|| ErrorKind::Other(kind.to_owned()));
            Deed::Fails(kind, message.to_owned())
        }
        json => Deed::Answer(json.to_owned()),
    };
    Some(Rule { tool: tool.to_owned(), args, deed, used: false })
}

/// `name = JSON`, then perhaps `after 90s` (ms, s, m, h, d).
fn arrival(text: &str, answer: bool) -> Option<Arrival> {
    let (signal, rest) = text.split_once('=')?;
    let (value, after) =
        rest.rsplit_once(" after ").map_or((rest, None), |(value, after)| (value, Some(after)));
    let after_ms = match after {
        Some(after) => millis(after.trim())?,
        None => 0,
    };
    Some(Arrival {
        signal: signal.trim().to_owned(),
        value: value.trim().to_owned(),
        after_ms,
        answer,
        sent: false,
    })
}

fn millis(text: &str) -> Option<i64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    text[..digits].parse::<i64>().ok()?.checked_mul(unit)
}
