//! How long it takes to go on with a job: from opening the store to the first byte of its next call, by how many
//! effects it has behind it, with its snapshot and without.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aeth_lang::source::SourceMap;
use aeth_runtime::event::Verdict;
use aeth_runtime::grant::Grants;
use aeth_runtime::host::{Answer, Call, Prepared, Reply, Tools};
use aeth_runtime::job::{DriveOptions, End, Stop, Stopped};
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::Program;
use aeth_runtime::store::JobKey;
use aeth_runtime::value::Error;
use aeth_runtime::{Host, Runtime, RuntimeOptions, Start, store};
use async_trait::async_trait;

use crate::durable::executor;
use crate::{ROUNDS, median};

const PROGRAM: &str = "
tool look(i: Int) -> Int { via host readonly }
tool bump(i: Int) -> Int { via host once }
signal go: Int

agent main(n: Int) -> Int {
  var sum = 0
  for i in 0..n {
    sum += look(i)
  }
  return sum + bump(await go)
}
";

/// Answers at once, and notes when it is asked to bump.
#[derive(Clone, Default)]
struct Clocked(Arc<Mutex<Option<Instant>>>);

impl Host for Clocked {
    fn tools(&self, _: &Program, _: &Grants) -> Arc<dyn Tools> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl Tools for Clocked {
    async fn prepare(&self, call: Call) -> Result<Box<dyn Prepared>, Error> {
        Ok(Box::new(Sent { host: self.clone(), bump: call.tool == "bump" }))
    }
}

struct Sent {
    host: Clocked,
    bump: bool,
}

#[async_trait]
impl Prepared for Sent {
    async fn dispatch(self: Box<Self>) -> Answer {
        if self.bump {
            *self.host.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        Answer { verdict: Verdict::Done, reply: Ok(Reply::Json("1".to_owned())) }
    }
}

async fn open(folder: &Path, host: &Clocked) -> Runtime {
    let store = store::open(folder.to_str().expect("a plain path"), store::Missing::Create).expect("a store");
    let options = RuntimeOptions { store, folder: Some(folder.to_owned()), host: Arc::new(host.clone()) };
    Runtime::open(options).await.expect("a runtime")
}

async fn drive(runtime: &Runtime, key: &JobKey) -> End {
    let (_keep, stop) = tokio::sync::watch::channel(Stop::No);
    let options = DriveOptions { stop_at_wait: Some(Duration::ZERO), observer: None, stop };
    runtime.drive(key, options).await.expect("it is executed")
}

/// A job with `effects` behind it that waits for a signal.
async fn prepare(folder: &Path, job: &str, effects: usize, snapshots: bool) -> JobKey {
    let mut runtime = open(folder, &Clocked::default()).await;
    if !snapshots {
        runtime.save_every(None);
    }
    let compiled =
        aeth_lang::compile(&SourceMap::single("bench.aeth", PROGRAM)).compiled.expect("it compiles");
    let start = Start {
        namespace: "default".to_owned(),
        job: Some(job.to_owned()),
        compiled: &compiled,
        agent: "main".to_owned(),
        args: std::iter::once(("n".to_owned(), effects.to_string())).collect(),
        env: std::collections::BTreeMap::new(),
        grants: Grants::default(),
        limits: Limits::default(),
    };
    let key = runtime.start(start).await.expect("a job").key;
    let end = drive(&runtime, &key).await;
    assert!(matches!(end, End::Stopped(Stopped::Waiting(_))), "{end:?}");
    runtime.signal(&key, "go", "1", "go").await.expect("a signal");
    key
}

/// From opening the store to the first byte of the call.
async fn resume(folder: &Path, key: &JobKey) -> Duration {
    let host = Clocked::default();
    let started = Instant::now();
    let runtime = open(folder, &host).await;
    let end = drive(&runtime, key).await;
    assert!(matches!(end, End::Completed { .. }), "{end:?}");
    let sent = host.0.lock().unwrap_or_else(PoisonError::into_inner).expect("it was called");
    sent - started
}

pub(crate) fn by_length() {
    let executor = executor();
    for effects in [100, 10_000, 100_000] {
        let mut medians = Vec::new();
        for snapshots in [true, false] {
            let mut times = Vec::new();
            for round in 0..ROUNDS.min(if effects > 10_000 { 3 } else { ROUNDS }) {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let job = format!("j{round}");
                times.push(executor.block_on(async {
                    let key = prepare(folder.path(), &job, effects, snapshots).await;
                    resume(folder.path(), &key).await
                }));
            }
            medians.push(median(times).as_secs_f64() * 1e3);
        }
        println!(
            "resume: {effects} effects behind: {:.1} ms to the next call; {:.1} ms without snapshots",
            medians[0], medians[1]
        );
    }
}
