//! The kill campaign: an agent with 35 effects of every class is killed 200 times, at times spread evenly over an
//! unkilled run, and goes on to its end each time. Every effect is counted once, and every kind of boundary was hit.
//!
//! `AETH_CAMPAIGN=full` kills 2,000 times.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{Finished, Judge, Log, Step, World};

/// What each path must have been called in the end: by class.
const READS: [usize; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const PUTS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
const PAYS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
const SENDS: [usize; 6] = [1, 2, 3, 4, 5, 6];

const PROGRAM: &str = r#"//! Effects of every class, more than thirty, in a chain, side by side, and around waits.

record Receipt { key: String }

tool read(n: Int) -> Receipt {
  via http { url: "{env.JUDGE}/{env.RUN}/read/{n}" }
  readonly
}
tool put(n: Int) -> Receipt {
  via http { method: "PUT", url: "{env.JUDGE}/{env.RUN}/put/{n}", headers: ["Idempotency-Key": call.key] }
  idempotent always
}
tool paid(n: Int, key: String) -> Receipt? {
  via http { url: "{env.JUDGE}/seen/{env.RUN}/pay/{n}", query: ["key": key] }
  readonly
}
tool pay(n: Int) -> Receipt {
  via http { method: "POST", url: "{env.JUDGE}/{env.RUN}/pay/{n}", headers: ["Idempotency-Key": call.key] }
  once
  lookup paid(n, call.key) settle 20ms
}
tool send(n: Int) -> Receipt {
  via http { method: "POST", url: "{env.JUDGE}/{env.RUN}/send/{n}", headers: ["Idempotency-Key": call.key] }
  once
}
tool log(line: String) -> String {
  via exec { command: ["tee", "-a", "log.txt"], stdin: "{line}\n" }
  once
}

agent main() -> Int {
  task first = {
    read(5)
    read(6)
    read(7)
    read(8)
  }
  task chain after first = {
    let a = read(1)
    let b = put(1)
    let c = pay(1)
    let d = send(1)
    put(2)
    pay(2)
    send(2)
    log("one")
    [a, b, c, d].len()
  }
  task items after first = each n in 3..6, at most 2 {
    let r = put(n)
    pay(n)
    r.key.len()
  }
  task middle after chain = {
    let before = now()
    note("half way", json { before })
    sleep(150ms)
    read(2)
    send(3)
    send(4)
    put(6)
    pay(6)
    file.append("log.txt", "two\n")
  }
  task last after middle, items = {
    sleep(100ms)
    read(3)
    read(4)
    put(7)
    pay(7)
    send(5)
    send(6)
    put(8)
    pay(8)
    read(9)
    read(10)
    read(11)
    30
  }
  return last
}
"#;

/// Where a kill struck, by what the log ended with.
fn boundary(log: &Log) -> &'static str {
    match log.last() {
        "" => "before the job",
        "JobCreated" | "LeaseTaken" => "job taken",
        "EffectIntended" => "call in flight",
        "TimerSet" | "TimerFired" => "timer",
        "JobCompleted" => "after the end",
        _ => "outcome recorded",
    }
}

/// Kinds that must have been hit at least [`HITS`] times.
const KINDS: [&str; 5] = ["before the job", "job taken", "call in flight", "timer", "outcome recorded"];
const HITS: usize = 5;

fn world(judge: &Judge, run: &str) -> World {
    World::with_program(PROGRAM).env("JUDGE", &judge.url()).env("RUN", run)
}

const START: [&str; 8] =
    ["run", "main.aeth", "--job", "j", "--wait", "--allow", "net=127.0.0.1,exec=tee,file=.", "--json"];

#[test]
fn two_hundred_kills_and_every_effect_is_counted_once() {
    let kills: usize =
        if std::env::var("AETH_CAMPAIGN").is_ok_and(|size| size == "full") { 2_000 } else { 200 };
    let judge = Judge::start();
    judge.script("*", &[Step::ok().after_ms(6)]);
    let length = unkilled_run(&judge);
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(BTreeMap::<&str, usize>::new());
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |n| n.get().min(4)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= kills {
                        return;
                    }
                    let hit = one_kill(&judge, number, length.mul_f64((number as f64 + 0.5) / kills as f64));
                    *tally.lock().expect("no panic").entry(hit).or_default() += 1;
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no panic");
    println!("campaign: {kills} kills over a run of {length:?}, in {:?}: {tally:?}", started.elapsed());
    for kind in KINDS {
        let hits = tally.get(kind).copied().unwrap_or(0);
        assert!(hits >= HITS, "`{kind}` was hit only {hits} times: {tally:?}");
    }
}

/// How long a run takes that nobody kills: the median of three.
fn unkilled_run(judge: &Judge) -> Duration {
    let mut times: Vec<_> = (0..3)
        .map(|number| {
            let run = format!("whole{number}");
            let world = world(judge, &run);
            let finished = world.run(&START).exits(0).says("30");
            assert_counts(judge, &world, &run, "an unkilled run");
            assert_eq!(judge.count(&format!("/{run}")), READS.len() + PUTS.len() + PAYS.len() + SENDS.len());
            finished.took
        })
        .collect();
    times.sort();
    times[1]
}

fn one_kill(judge: &Judge, number: usize, at: Duration) -> &'static str {
    let run = format!("run{number}");
    let world = world(judge, &run);
    let running = world.aeth(START).spawn();
    std::thread::sleep(at);
    running.kill();
    drop(running.finish());
    let log = world.log("j");
    let hit = boundary(&log);
    let told = format!("kill {number} at {at:?} ({hit}): {:?}", log.names());
    let finished = go_on(judge, &world, &run, &told);
    assert_eq!(finished.stdout.trim(), "30", "{told}\n{finished}");
    assert_counts(judge, &world, &run, &told);
    world.run(&["replay", "j"]).exits(0);
    hit
}

/// Runs to the end, being the person who settles what only a person can.
fn go_on(judge: &Judge, world: &World, run: &str, told: &str) -> Finished {
    for _ in 0..10 {
        let finished = world.run(&START);
        if finished.status.code() == Some(0) {
            return finished;
        }
        assert_eq!(finished.status.code(), Some(3), "{told}\n{finished}");
        let log = world.log("j");
        let doubts = log.doubtful_effects();
        assert!(!doubts.is_empty(), "stopped without a doubt: {told}\n{finished}");
        for effect in doubts {
            settle(judge, world, run, effect);
        }
    }
    panic!("ten resumes and no end: {told}\n{:?}", world.log("j").names());
}

/// The effects that only a person can settle, and what each does to the world.
const DOUBTFUL: [(&str, Trace); 8] = [
    ("chain/3", Trace::Sent(1)),
    ("chain/6", Trace::Sent(2)),
    ("chain/7", Trace::Written("one")),
    ("middle/4", Trace::Sent(3)),
    ("middle/5", Trace::Sent(4)),
    ("middle/8", Trace::Written("two")),
    ("last/5", Trace::Sent(5)),
    ("last/6", Trace::Sent(6)),
];

/// Where the world shows that an effect happened.
enum Trace {
    Sent(usize),
    Written(&'static str),
}

/// Looks at the world and says what happened.
fn settle(judge: &Judge, world: &World, run: &str, effect: &str) {
    let found = DOUBTFUL.iter().find(|(id, _)| *id == effect);
    let done = match found.unwrap_or_else(|| panic!("{effect} may not be in doubt")).1 {
        Trace::Written(line) => {
            let written = std::fs::read_to_string(world.path().join("log.txt")).unwrap_or_default();
            let value = if line == "one" { "\"one\"" } else { "null" };
            written.lines().any(|one| one == line).then(|| value.to_owned())
        }
        Trace::Sent(number) => {
            let arrived = judge.arrivals(&format!("/{run}/send/{number}"));
            arrived.first().map(|arrival| serde_json::json!({ "key": arrival.key }).to_string())
        }
    };
    let mut args = vec!["resolve", "j", effect];
    match &done {
        Some(value) => args.extend(["--completed", value]),
        None => args.push("--not-done"),
    }
    world.run(&args).exits(0);
}

#[track_caller]
fn assert_counts(judge: &Judge, world: &World, run: &str, told: &str) {
    let all = judge.arrivals(&format!("/{run}"));
    let on = |kind: &str, n: usize| {
        let path = format!("/{run}/{kind}/{n}");
        all.iter()
            .filter(|arrival| arrival.path == path)
            .map(|arrival| arrival.key.as_str())
            .collect::<Vec<_>>()
    };
    for n in READS {
        assert!(!on("read", n).is_empty(), "read {n} never arrived: {told}");
    }
    for n in PUTS {
        let mut keys = on("put", n);
        keys.dedup();
        assert_eq!(keys.len(), 1, "put {n} arrived under other keys, or never: {told}");
    }
    for (kind, numbers) in [("pay", &PAYS[..]), ("send", &SENDS[..])] {
        for n in numbers {
            assert_eq!(on(kind, *n).len(), 1, "{kind} {n} must arrive once: {told}");
        }
    }
    let written = std::fs::read_to_string(world.path().join("log.txt")).unwrap_or_default();
    assert_eq!(written, "one\ntwo\n", "{told}");
}
