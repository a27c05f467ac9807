//! A world in memory: host tools with scripted answers, each call counted by its key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aeth_lang::source::SourceMap;
use async_trait::async_trait;
use tokio::sync::watch;

use crate::event::{Environment, Event, StoredEvent, Verdict};
use crate::grant::Grants;
use crate::host::{Answer, Call, CallRequest, Prepared, Reply, Tools};
use crate::job::{DriveError, DriveOptions, End, Stop};
use crate::limits::Limits;
use crate::machine::Program;
use crate::store::JobKey;
use crate::store::memory::MemoryStore;
use crate::value::{Error, ErrorKind};
use crate::{Host, Runtime, RuntimeOptions, Start};

/// What the world does with a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    /// Does it and answers with this JSON.
    Answer(&'static str),
    /// Does it, and the answer is lost.
    DoneButLost,
    /// Does not do it, and the answer is lost.
    LostBefore,
    /// Proves that it did nothing.
    Refused,
    /// A final refusal.
    Rejected,
    /// Never answers.
    Silence,
    /// Does it and answers with this JSON after a fifth of a second.
    Late(&'static str),
}

#[derive(Default)]
struct State {
    script: BTreeMap<String, Vec<Deed>>,
    done: BTreeMap<String, u32>,
    sent: Vec<String>,
}

/// Counts what is done to it, by tool and arguments.
#[derive(Clone, Default)]
pub(super) struct World(Arc<Mutex<State>>);

impl World {
    /// Lets the next calls of a tool go as told; after that they are done and answered with `null`.
    pub(super) fn script(&self, tool: &str, deeds: &[Deed]) {
        self.state().script.insert(tool.to_owned(), deeds.iter().rev().copied().collect());
    }

    /// How often calls of a tool with these arguments were done.
    pub(super) fn done(&self, call: &str) -> u32 {
        self.state().done.get(call).copied().unwrap_or(0)
    }

    /// Everything done, with how often.
    pub(super) fn all_done(&self) -> BTreeMap<String, u32> {
        self.state().done.clone()
    }

    /// How many calls were sent, of which something may have been done.
    pub(super) fn sent(&self, tool: &str) -> usize {
        self.state().sent.iter().filter(|call| call.starts_with(tool)).count()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meet(&self, tool: &str, call: &str) -> Deed {
        let mut state = self.state();
        state.sent.push(call.to_owned());
        let deed = state.script.get_mut(tool).and_then(Vec::pop).unwrap_or(Deed::Answer("null"));
        if matches!(deed, Deed::Answer(_) | Deed::DoneButLost | Deed::Late(_)) {
            *state.done.entry(call.to_owned()).or_default() += 1;
        }
        deed
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
        let CallRequest::Host { tool, args } = call.request else {
            return Err(Error::new(ErrorKind::Denied, "only host tools here"));
        };
        Ok(Box::new(Sent { world: self.clone(), name: format!("{tool}{args}"), tool }))
    }
}

struct Sent {
    world: World,
    tool: String,
    name: String,
}

#[async_trait]
impl Prepared for Sent {
    async fn dispatch(self: Box<Self>) -> Answer {
        let failed = |verdict, kind, message: &str| Answer { verdict, reply: Err(Error::new(kind, message)) };
        match self.world.meet(&self.tool, &self.name) {
            Deed::Answer(json) => Answer { verdict: Verdict::Done, reply: Ok(Reply::Json(json.to_owned())) },
            Deed::DoneButLost | Deed::LostBefore => {
                failed(Verdict::Unknown, ErrorKind::Timeout, "no answer in time")
            }
            Deed::Refused => failed(Verdict::NotDone, ErrorKind::Unavailable, "connection refused"),
            Deed::Rejected => failed(Verdict::Done, ErrorKind::Rejected, "status 400"),
            Deed::Silence => std::future::pending().await,
            Deed::Late(json) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Answer { verdict: Verdict::Done, reply: Ok(Reply::Json(json.to_owned())) }
            }
        }
    }
}

/// A program, its world and a store.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) store: Arc<MemoryStore>,
    pub(super) runtime: Runtime,
    pub(super) key: JobKey,
    /// See [`Runtime::save_every`].
    pub(super) pace: Option<u64>,
    pub(super) stop: watch::Sender<Stop>,
}

impl Bench {
    /// Starts `source`'s only agent, without arguments.
    pub(super) async fn new(source: &str) -> Self {
        Self::on(source, World::default(), Arc::new(MemoryStore::new())).await
    }

    /// The same, within other limits.
    pub(super) async fn limited(source: &str, limits: Limits) -> Self {
        Self::within(source, World::default(), Arc::new(MemoryStore::new()), limits).await
    }

    pub(super) async fn on(source: &str, world: World, store: Arc<MemoryStore>) -> Self {
        Self::within(source, world, store, Limits::default()).await
    }

    /// The same, on a world and a store.
    pub(super) async fn limited_on(
        source: &str,
        world: World,
        store: Arc<MemoryStore>,
        limits: Limits,
    ) -> Self {
        Self::within(source, world, store, limits).await
    }

    async fn within(source: &str, world: World, store: Arc<MemoryStore>, limits: Limits) -> Self {
        let runtime = open(&world, &store).await;
        let compilation = aeth_lang::compile(&SourceMap::single("test.aeth", source));
        let Some(compiled) = compilation.compiled else { panic!("{:#?}", compilation.diagnostics) };
        let agent = compiled.module.graphs.iter().find(|graph| graph.agent).expect("an agent").name.clone();
        let start = Start {
            namespace: "default".into(),
            job: Some("job".into()),
            compiled: &compiled,
            agent,
            args: Vec::new(),
            env: Environment::new(),
            grants: Grants::default(),
            limits,
        };
        let key = runtime.start(start).await.expect("starts").key;
        let pace = Some(crate::limits::SNAPSHOT_PACE);
        Self { world, store, runtime, key, pace, stop: watch::Sender::new(Stop::No) }
    }

    /// Executes until the job ends or waits for longer than a second.
    pub(super) async fn drive(&self) -> Result<End, DriveError> {
        let options = DriveOptions {
            stop_at_wait: Some(Duration::from_secs(1)),
            observer: None,
            stop: self.stop.subscribe(),
        };
        self.runtime.drive(&self.key, options).await
    }

    /// Executes to its result.
    pub(super) async fn result(&self) -> String {
        match self.drive().await {
            Ok(End::Completed { result }) => result,
            other => panic!("{other:?}"),
        }
    }

    /// The job as a process that has just begun sees it: another runtime on the same store.
    pub(super) async fn restart(&mut self) {
        self.runtime = open(&self.world, &self.store).await;
        self.runtime.save_every(self.pace);
    }

    /// Lets the job be saved at this pace from now on.
    pub(super) fn save_every(&mut self, bytes: Option<u64>) {
        self.pace = bytes;
        self.runtime.save_every(bytes);
    }

    pub(super) async fn log(&self) -> Vec<StoredEvent> {
        self.runtime.log(&self.key).await.expect("the log")
    }

    /// Names of the events of a kind of interest, in order.
    pub(super) async fn names(&self, of: impl Fn(&Event) -> bool) -> Vec<&'static str> {
        self.log().await.iter().filter(|stored| of(&stored.event)).map(|stored| stored.event.name()).collect()
    }

    /// Replays the log and compares.
    pub(super) async fn replays(&self) {
        let (before, done) = (self.log().await.len(), self.world.all_done());
        self.runtime.replay(&self.key).await.expect("the replay agrees");
        assert_eq!(self.log().await.len(), before, "a replay writes nothing");
        assert_eq!(self.world.all_done(), done, "a replay does nothing");
    }
}

async fn open(world: &World, store: &Arc<MemoryStore>) -> Runtime {
    let options = RuntimeOptions { store: store.clone(), folder: None, host: Arc::new(world.clone()) };
    Runtime::open(options).await.expect("opens")
}
