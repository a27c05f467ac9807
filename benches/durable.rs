//! What durability costs: effects beside bare inserts, and an append to a short and to a long log.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aeth_lang::source::SourceMap;
use aeth_runtime::event::{Event, Verdict};
use aeth_runtime::grant::Grants;
use aeth_runtime::host::{Answer, Call, Prepared, Reply, Tools};
use aeth_runtime::job::{DriveOptions, End, Stop};
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::Program;
use aeth_runtime::store::{Append, JobKey, JobState, Store};
use aeth_runtime::value::Error;
use aeth_runtime::{Host, Runtime, RuntimeOptions, Start, store};
use async_trait::async_trait;

use crate::{ROUNDS, median, timed};

/// Effects of one round.
const EFFECTS: usize = 500;

const PROGRAM: &str = "//! A chain of calls that change the world.

tool bump(i: Int) -> Int {
  via host
  once
}

agent main(n: Int) -> Int {
  var sum = 0
  for i in 0..n {
    sum += bump(i)
  }
  return sum
}
";

/// A tool that answers at once: what remains is the runtime's own cost.
struct AtOnce;

impl Host for AtOnce {
    fn tools(&self, _: &Program, _: &Grants) -> Arc<dyn Tools> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Tools for AtOnce {
    async fn prepare(&self, _: Call) -> Result<Box<dyn Prepared>, Error> {
        Ok(Box::new(Self))
    }
}

#[async_trait]
impl Prepared for AtOnce {
    async fn dispatch(self: Box<Self>) -> Answer {
        Answer { verdict: Verdict::Done, reply: Ok(Reply::Json("1".to_owned())) }
    }
}

pub(crate) fn executor() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads")
}

/// A runtime on a store, in a folder or in memory.
pub(crate) async fn open(folder: Option<&Path>) -> Runtime {
    let store = match folder {
        Some(folder) => store::open(folder.to_str().expect("a plain path"), store::Missing::Create),
        None => store::open("memory", store::Missing::Create),
    };
    let folder = folder.map(Path::to_owned);
    Runtime::open(RuntimeOptions { store: store.expect("a store"), folder, host: Arc::new(AtOnce) })
        .await
        .expect("a runtime")
}

/// Runs the agent `main(n)` of a program to its end; its result.
pub(crate) async fn run(runtime: &Runtime, source: &str, job: &str, n: usize) -> String {
    let compiled =
        aeth_lang::compile(&SourceMap::single("bench.aeth", source)).compiled.expect("it compiles");
    let start = Start {
        namespace: "default".to_owned(),
        job: Some(job.to_owned()),
        compiled: &compiled,
        agent: "main".to_owned(),
        args: std::iter::once(("n".to_owned(), n.to_string())).collect(),
        env: std::collections::BTreeMap::new(),
        grants: Grants::default(),
        limits: Limits { steps: u64::MAX, ..Limits::default() },
    };
    let key = runtime.start(start).await.expect("a job").key;
    let (_keep, stop) = tokio::sync::watch::channel(Stop::No);
    match runtime.drive(&key, DriveOptions { stop_at_wait: None, observer: None, stop }).await {
        Ok(End::Completed { result }) => result,
        other => panic!("{job}: {other:?}"),
    }
}

/// Sequential `once` effects against prepared one-row inserts of the same bytes, both WAL and `synchronous=FULL`, in
/// databases of their own in one folder. Two writes per effect would make the ratio 0.5.
pub(crate) fn effects_per_second() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let executor = executor();
    let runtime = executor.block_on(open(Some(folder.path())));
    let bytes = {
        executor.block_on(run(&runtime, PROGRAM, "measure", EFFECTS));
        bytes_per_effect(&folder.path().join("aeth.db"))
    };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.push(timed(|| executor.block_on(run(&runtime, PROGRAM, &format!("r{round}"), EFFECTS))).0);
        bare.push(timed(|| inserts(&folder.path().join(format!("bare{round}.db")), bytes)).0);
    }
    let per_second = |time: Duration| EFFECTS as f64 / time.as_secs_f64();
    let (ours, bare) = (per_second(median(ours)), per_second(median(bare)));
    println!(
        "effects: {ours:.0}/s sequential `once` effects; bare inserts of {bytes} bytes: {bare:.0}/s; ratio {:.2}",
        ours / bare
    );
}

/// Bytes that one effect adds to the log.
fn bytes_per_effect(database: &Path) -> usize {
    let connection = rusqlite::Connection::open(database).expect("a database");
    let sum = "SELECT sum(length(namespace) + length(job) + 24 + length(body) + length(payloads) + length(hash)) FROM events";
    let total: i64 = connection.query_row(sum, [], |row| row.get(0)).expect("a sum");
    usize::try_from(total).expect("a size") / EFFECTS
}

fn inserts(database: &Path, bytes: usize) {
    let connection = rusqlite::Connection::open(database).expect("a database");
    connection
        .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)")
        .expect("a table");
    let body = vec![7_u8; bytes];
    let mut insert = connection.prepare("INSERT INTO rows (body) VALUES (?1)").expect("a statement");
    for _ in 0..EFFECTS {
        insert.execute([&body]).expect("an insert");
    }
}

/// The cost of one durable append when the log holds 100 and when it holds 100,000 events: it should not differ.
pub(crate) fn append_by_length() {
    const APPENDS: usize = 200;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let executor = executor();
    let runtime = executor.block_on(open(Some(folder.path())));
    let store = runtime.store().clone();
    let mut logs = executor.block_on(async {
        let mut logs = Vec::new();
        for (job, length) in [("short", 100), ("long", 100_000)] {
            logs.push(LogWriter::create(&runtime, job, length).await);
        }
        logs
    });
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (log, times) in logs.iter_mut().zip(&mut times) {
            times.push(timed(|| executor.block_on(log.append(&*store, APPENDS, 1))).0);
        }
    }
    let [short, long] = times.map(|times| median(times).as_secs_f64() * 1e6 / APPENDS as f64);
    println!("append: {short:.0} µs at 100 events, {long:.0} µs at 100,000; ratio {:.2}", long / short);
}

/// Appends plain events to one job.
struct LogWriter {
    key: JobKey,
    fence: store::Fence,
    head: store::Head,
}

impl LogWriter {
    async fn create(runtime: &Runtime, job: &str, length: usize) -> Self {
        let source = "signal go: Int\n\nagent main(n: Int) -> Int { return n + await go }\n";
        let compiled =
            aeth_lang::compile(&SourceMap::single("bench.aeth", source)).compiled.expect("it compiles");
        let start = Start {
            namespace: "default".to_owned(),
            job: Some(job.to_owned()),
            compiled: &compiled,
            agent: "main".to_owned(),
            args: std::iter::once(("n".to_owned(), 1.to_string())).collect(),
            env: std::collections::BTreeMap::new(),
            grants: Grants::default(),
            limits: Limits::default(),
        };
        let key = runtime.start(start).await.expect("a job").key;
        let store = runtime.store();
        let row = store.job(&key).await.expect("the store").expect("the job");
        let fence = store.take_lease(&key, "bench", &row.lease).await.expect("the store").expect("the lease");
        let mut writer = Self { key, fence, head: row.head };
        while writer.head.seq < length as u64 {
            writer.append(&**store, 1, 1_000.min(length - writer.head.seq as usize)).await;
        }
        writer
    }

    async fn append(&mut self, store: &dyn Store, times: usize, batch: usize) {
        for _ in 0..times {
            let expected_seq = self.head.seq;
            let events = (0..batch)
                .map(|_| {
                    let event = Event::TaskStarted { task: "a_task_of_usual_length".into() };
                    self.head.seal(&self.key, self.fence.epoch, store.now_ms(), &event)
                })
                .collect();
            let append = Append {
                key: self.key.clone(),
                id: u128::from(self.head.seq),
                fence: self.fence,
                expected_seq,
                events,
                consume: Vec::new(),
                intends: false,
                state: JobState::Running,
                due_ms: None,
                waiting_for: String::new(),
                release: false,
            };
            store.append(append).await.expect("an append");
        }
    }
}
