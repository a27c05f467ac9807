//! Killed in the middle of a `within` and in the pause of a `retry`: deadline and pause are those that were recorded,
//! and each attempt is an effect of its own.

use std::time::{Duration, Instant};

use crate::harness::{Judge, Step, World, wait_until};

const DEADLINE: &str = r#"
agent main() -> String {
  let began = now()
  let how = within 4s { sleep(1h)  "slept" } else { "late" }
  let took = now() - began
  return "{how} {took >= 4s} {took < 60s}"
}
"#;

const ATTEMPTS: &str = r#"
record Receipt { key: String }
tool charge(amount: Int) -> Receipt {
  via http {
    method: "POST", url: "{env.JUDGE}/charge"
    headers: ["Idempotency-Key": call.key]
    body: json { amount }
  }
  once
}
agent main() -> Int {
  return retry 1 on [.Rejected] backoff 3s to 3s jitter off { charge(7).key.len() }
}
"#;

/// Runs the job `j` until this many timers are set, then kills it.
fn killed_at_timer(world: &World, timers: usize) {
    let args = ["run", "main.aeth", "--job", "j", "--allow", "net=127.0.0.1"];
    let running = world.aeth(args).spawn();
    wait_until("the timers to be set", Duration::from_secs(60), || {
        (world.log("j").count("TimerSet") == timers).then_some(())
    });
    running.kill();
    running.finish().was_killed();
    assert_eq!(world.log("j").count("TimerFired"), 0, "it was killed while it waited");
}

#[test]
fn a_deadline_outlives_the_process() {
    let world = World::with_program(DEADLINE);
    let began = Instant::now();
    killed_at_timer(&world, 2);
    let finished = world.run(&["resume", "j"]).exits(0);
    assert_eq!(finished.stdout.trim(), "late true true", "{finished}");
    assert!(began.elapsed() >= Duration::from_secs(4), "never early");
    let log = world.log("j");
    assert_eq!((log.count("TimerSet"), log.count("TimerFired")), (2, 1), "{:?}", log.names());
    world.run(&["verify", "j"]).exits(0);
    world.run(&["replay", "j"]).exits(0);
}

#[test]
fn the_pause_between_attempts_outlives_the_process() {
    let judge = Judge::start();
    judge.script("/charge", &[Step::status(400), Step::ok()]);
    let world = World::with_program(ATTEMPTS).env("JUDGE", &judge.url());
    killed_at_timer(&world, 1);
    assert_eq!(judge.count("/charge"), 1, "the first attempt was refused");
    world.run(&["resume", "j"]).exits(0);
    assert_eq!(judge.count("/charge"), 2);
    assert_eq!(judge.keys("/charge").len(), 2, "each attempt has a key of its own");
    let log = world.log("j");
    assert_eq!((log.count("TimerSet"), log.count("TimerFired")), (1, 1), "{:?}", log.names());
    world.run(&["verify", "j"]).exits(0);
    world.run(&["replay", "j"]).exits(0);
    assert_eq!(judge.count("/charge"), 2, "a replay sends nothing");
}
