//! Fatal test 3, the crowd: a thousand rounds in which two workers, each a process of its own, meet at a barrier and go
//! for the same job of one SQLite store. The judge counts one call per job.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use aeth_runtime::event::Verdict;
use aeth_runtime::grant::Grants;
use aeth_runtime::host::{Answer, Call, CallRequest, Prepared, Reply, Tools};
use aeth_runtime::job::{DriveOptions, End, Stop};
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::Program;
use aeth_runtime::store::JobKey;
use aeth_runtime::value::Error;
use aeth_runtime::{Host, Runtime, RuntimeOptions, Start, store};
use async_trait::async_trait;

use crate::harness::Judge;
use crate::harness::judge::send;
use crate::harness::role::Role;

const ROUNDS: usize = 1_000;
/// In so many rounds both must have found the job unfinished and gone for it.
const CONTESTED: usize = 900;
const FOLDER: &str = "AETH_TEST_FOLDER";
const JUDGE: &str = "AETH_TEST_JUDGE";
const BARRIER: &str = "AETH_TEST_BARRIER";
const REPORT: &str = "AETH_TEST_REPORT";

const PROGRAM: &str = "//! Hits once.\n\ntool hit(n: Int) -> Null {\n  via host\n  once\n}\n\nagent main(n: Int) -> Int {\n  hit(n)\n  return n\n}\n";

#[test]
fn of_two_workers_on_one_step_exactly_one_calls() {
    let judge = Judge::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    prepare_jobs(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let barrier = listener.local_addr().expect("an address").port().to_string();
    let reports = ["a", "b"].map(|name| folder.path().join(format!("report-{name}")));
    let started = Instant::now();
    let workers = reports.each_ref().map(|report| {
        let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
        let (folder, report, judge) = (path(folder.path()), path(report), judge.port().to_string());
        Role::start("worker", &[(FOLDER, &folder), (JUDGE, &judge), (BARRIER, &barrier), (REPORT, &report)])
    });
    let meeting = std::thread::spawn(move || meet(&listener));
    for worker in workers {
        assert!(worker.join(), "a worker failed");
    }
    meeting.join().expect("the barrier holds");

    let reports = reports.map(|report| std::fs::read_to_string(report).expect("a report"));
    let [a, b] = reports.each_ref().map(|report| report.lines().collect::<Vec<_>>());
    assert_eq!((a.len(), b.len()), (ROUNDS, ROUNDS));
    let contested = a.iter().zip(&b).filter(|(a, b)| **a == "attempted" && **b == "attempted").count();
    println!("two workers: both attempted in {contested} of {ROUNDS} rounds, in {:?}", started.elapsed());
    let mut arrived = [0; ROUNDS];
    for arrival in judge.arrivals("/job") {
        let number: usize = arrival.path["/job/".len()..].parse().expect("a number");
        arrived[number] += 1;
    }
    let wrong: Vec<_> = arrived.iter().enumerate().filter(|(_, count)| **count != 1).collect();
    assert!(wrong.is_empty(), "jobs that were not called exactly once: {wrong:?}");
    assert!(contested >= CONTESTED, "both attempted in only {contested} rounds");
}

/// Lets both workers into each round at the same moment.
fn meet(listener: &TcpListener) {
    let mut both = [(); 2].map(|()| {
        let (stream, _) = listener.accept().expect("a worker");
        stream.set_nodelay(true).expect("an option");
        stream
    });
    for _ in 0..ROUNDS {
        for worker in &mut both {
            worker.read_exact(&mut [0]).expect("a worker arrives");
        }
        for worker in &mut both {
            worker.write_all(&[0]).expect("a worker waits");
        }
    }
}

fn executor() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads")
}

async fn open(folder: &Path, judge: u16) -> Runtime {
    let store = store::open(folder.to_str().expect("a plain path"), store::Missing::Create).expect("a store");
    let options = RuntimeOptions { store, folder: Some(folder.to_owned()), host: Arc::new(ToJudge(judge)) };
    Runtime::open(options).await.expect("a runtime")
}

fn key(round: usize) -> JobKey {
    JobKey::new("default", format!("job-{round}"))
}

fn prepare_jobs(folder: &Path) {
    let sources = aeth_lang::source::SourceMap::single("hit.aeth", PROGRAM);
    let compiled = aeth_lang::compile(&sources).compiled.expect("the program compiles");
    executor().block_on(async {
        let runtime = open(folder, 0).await;
        for round in 0..ROUNDS {
            let started = runtime.start(Start {
                namespace: "default".to_owned(),
                job: Some(key(round).job),
                compiled: &compiled,
                agent: "main".to_owned(),
                args: std::iter::once(("n".to_owned(), round.to_string())).collect(),
                env: std::collections::BTreeMap::new(),
                grants: Grants::default(),
                limits: Limits::default(),
            });
            assert!(started.await.expect("a job").fresh);
        }
    });
}

/// One of the two: goes through all rounds and writes down in which it found the job unfinished.
pub fn worker() {
    let var = |name| std::env::var(name).expect("the worker knows its place");
    let mut barrier =
        TcpStream::connect(("127.0.0.1", var(BARRIER).parse().expect("a port"))).expect("a barrier");
    barrier.set_nodelay(true).expect("an option");
    let executor = executor();
    let folder = var(FOLDER);
    let runtime = executor.block_on(open(Path::new(&folder), var(JUDGE).parse().expect("a port")));
    let mut report = String::new();
    for round in 0..ROUNDS {
        barrier.write_all(&[0]).expect("the barrier");
        barrier.read_exact(&mut [0]).expect("the barrier");
        let word = executor.block_on(go_for(&runtime, round));
        writeln!(report, "{word}").expect("a String");
    }
    std::fs::write(var(REPORT), report).expect("a report");
}

async fn go_for(runtime: &Runtime, round: usize) -> &'static str {
    let key = key(round);
    let row = runtime.store().job(&key).await.expect("the store").expect("the job");
    let attempted = !row.state.ended();
    let (_keep, stop) = tokio::sync::watch::channel(Stop::No);
    let end = runtime.drive(&key, DriveOptions { stop_at_wait: None, observer: None, stop }).await;
    let Ok(End::Completed { result }) = end else { panic!("round {round}: {end:?}") };
    assert_eq!(result, round.to_string());
    if attempted { "attempted" } else { "late" }
}

/// The only tool: one request to the judge.
struct ToJudge(u16);

impl Host for ToJudge {
    fn tools(&self, _: &Program, _: &Grants) -> Arc<dyn Tools> {
        Arc::new(Self(self.0))
    }
}

#[async_trait]
impl Tools for ToJudge {
    async fn prepare(&self, call: Call) -> Result<Box<dyn Prepared>, Error> {
        let CallRequest::Host { args, .. } = call.request else { panic!("the program has one tool") };
        let args: serde_json::Value = serde_json::from_str(&args).expect("arguments as JSON");
        Ok(Box::new(Hit { port: self.0, path: format!("/job/{}", args["n"]) }))
    }
}

struct Hit {
    port: u16,
    path: String,
}

#[async_trait]
impl Prepared for Hit {
    async fn dispatch(self: Box<Self>) -> Answer {
        let sent = tokio::task::spawn_blocking(move || send(self.port, "POST", &self.path, "", "")).await;
        assert!(sent.expect("a thread").starts_with("HTTP/1.1 200"), "the judge takes everything");
        Answer { verdict: Verdict::Done, reply: Ok(Reply::Json("null".to_owned())) }
    }
}
