//! `race`, `within` and `retry` as jobs: deadlines and pauses that survive restarts, what a lost arm still owes.

use std::sync::Arc;
use std::time::Duration;

use super::world::{Bench, Deed, World};
use crate::event::{Event, Verdict};
use crate::job::{DriveError, End, Stopped};
use crate::store::memory::{Fault, MemoryStore};
use crate::store::{StoreError, StoreErrorKind};

#[tokio::test]
async fn the_first_arm_wins_and_the_call_of_the_other_is_owed_its_outcome() {
    let source = r#"
tool quick(n: Int) -> Int { via host once }
tool slow(n: Int) -> Int { via host once }
agent main() -> Int {
  let won = race { tortoise => slow(1), hare => quick(2) }
  note("{won}")
  return won
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("quick", &[Deed::Answer("2")]);
    bench.world.script("slow", &[Deed::Late("1")]);
    assert_eq!(bench.result().await, "2");
    let log = bench.log().await;
    let at =
        |test: &dyn Fn(&Event) -> bool| log.iter().position(|stored| test(&stored.event)).expect("there");
    let note = at(&|event| matches!(event, Event::NoteRecorded { .. }));
    let owed = at(
        &|event| matches!(event, Event::EffectCompleted { effect, .. } if effect.as_str() == "return/0.tortoise/0"),
    );
    assert!(note < owed, "the program goes on at once, the job ends when nothing is owed");
    assert_eq!(bench.world.done(r#"slow{"n":1}"#), 1);
    bench.replays().await;
}

#[tokio::test]
async fn a_deadline_cancels_what_waits_and_a_cancelled_wait_takes_no_signal() {
    let source = r#"
signal go: Int
agent main() -> Int {
  let first = within 20ms { await go } else { -1 }
  let second = await go
  return first * 10 + second
}
"#;
    let mut bench = Bench::new(source).await;
    let end = bench.drive().await.unwrap();
    let End::Stopped(Stopped::Waiting(waits)) = end else { panic!("{end:?}") };
    assert_eq!(waits[0].effect, "return/1");
    bench.runtime.signal(&bench.key, "go", "4", "one").await.unwrap();
    bench.restart().await;
    assert_eq!(bench.result().await, "-6");
    bench.replays().await;
}

#[tokio::test]
async fn a_deadline_is_the_same_after_a_restart() {
    let source = r#"
agent main() -> String {
  let began = now()
  let how = within 2s { sleep(1h)  "slept" } else { "late" }
  let took = now() - began
  return if took >= 2s && took < 10s { how } else { "{how} after {took}" }
}
"#;
    let mut bench = Bench::new(source).await;
    let end = bench.drive().await.unwrap();
    let End::Stopped(Stopped::Waiting(waits)) = end else { panic!("{end:?}") };
    let effects: Vec<&str> = waits.iter().map(|wait| wait.effect.as_str()).collect();
    assert_eq!(effects, ["return/1.body/0", "return/1.timer"]);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    bench.restart().await;
    assert_eq!(bench.result().await, "\"late\"");
    let set = bench.names(|event| matches!(event, Event::TimerSet { .. })).await;
    assert_eq!(set.len(), 2, "no timer is set twice");
    bench.replays().await;
}

#[tokio::test]
async fn a_block_that_ends_in_time_needs_no_timer_any_more() {
    let source = r#"
tool look(n: Int) -> Int { via host readonly }
agent main() -> Int { return within 1h { look(1) } else { -1 } }
"#;
    let bench = Bench::new(source).await;
    bench.world.script("look", &[Deed::Answer("7")]);
    assert_eq!(bench.result().await, "7");
    assert!(bench.names(|event| matches!(event, Event::TimerFired { .. })).await.is_empty());
    bench.replays().await;
}

#[tokio::test]
async fn the_pause_of_a_retry_survives_a_restart() {
    let source = r#"
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  return retry 1 on [.Rejected] backoff 2s to 2s jitter off { pay(1) }
}
"#;
    let mut bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::Rejected, Deed::Answer("5")]);
    let end = bench.drive().await.unwrap();
    let End::Stopped(Stopped::Waiting(waits)) = end else { panic!("{end:?}") };
    assert_eq!(waits[0].effect, "return/0.1.pause");
    assert_eq!(bench.world.sent("pay"), 1);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    bench.restart().await;
    assert_eq!(bench.result().await, "5");
    assert_eq!(bench.world.sent("pay"), 2);
    bench.replays().await;
}

#[tokio::test]
async fn attempts_have_effects_and_keys_of_their_own() {
    let source = r#"
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  return retry 3 backoff 1ms to 4ms {
    let paid = pay(1)
    if paid < 3 { fail "too little" }
    paid
  }
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::Answer("1"), Deed::Answer("2"), Deed::Answer("3")]);
    assert_eq!(bench.result().await, "3");
    let mut keys = Vec::new();
    let mut drawn = Vec::new();
    for stored in bench.log().await {
        match stored.event {
            Event::EffectIntended { effect, key, .. } => keys.push((effect.to_string(), key)),
            Event::EffectCompleted { effect, attempt: 0, .. } => drawn.push(effect.to_string()),
            _ => {}
        }
    }
    let ids: Vec<&str> = keys.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["return/0.0/0", "return/0.1/0", "return/0.2/0"]);
    assert!(keys[0].1 != keys[1].1 && keys[1].1 != keys[2].1);
    assert_eq!(drawn, ["return/0.1.draw", "return/0.2.draw"], "jitter is recorded");
    bench.replays().await;
}

#[tokio::test]
async fn an_attempt_that_a_crash_lost_is_not_made_again_past_its_deadline() {
    let source = r#"
tool put(n: Int) -> Int { via host idempotent }
agent main() -> Int { return within 300ms { put(2) } else { -1 } }
"#;
    let mut bench = Bench::new(source).await;
    bench.world.script("put", &[Deed::Silence, Deed::Answer("2")]);
    let crashed = tokio::time::timeout(Duration::from_millis(100), bench.drive()).await;
    assert!(crashed.is_err(), "dropped while the call was under way");
    assert_eq!(bench.names(|event| matches!(event, Event::EffectIntended { .. })).await.len(), 1);
    bench.restart().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(bench.result().await, "-1");
    assert_eq!(bench.world.sent("put"), 1);
    let unknown = |event: &Event| matches!(event, Event::EffectFailed { verdict: Verdict::Unknown, .. });
    assert_eq!(bench.names(unknown).await.len(), 1, "what became of it is on record");
    bench.replays().await;
}

#[tokio::test]
async fn a_cancelled_job_leaves_its_pauses_and_deadlines() {
    let source = r#"
agent main() -> Int {
  task a = retry 5 backoff 1h to 2h jitter off { fail "no" }
  task b = within 2h { sleep(3h)  1 } else { 2 }
  return b
}
"#;
    let bench = Bench::new(source).await;
    let end = bench.drive().await.unwrap();
    assert!(matches!(end, End::Stopped(Stopped::Waiting(_))), "{end:?}");
    bench.runtime.cancel(&bench.key, "ada").await.unwrap();
    assert!(matches!(bench.drive().await.unwrap(), End::Cancelled));
    bench.replays().await;
}

#[tokio::test]
async fn jumps_pass_through_deadlines_and_attempts() {
    let source = r#"
tool look(n: Int) -> Int { via host readonly }
flow search(xs: List<Int>) -> Int {
  var seen = 0
  for x in xs {
    let got = within 1h {
      if x == 1 { continue }
      if x == 4 { break }
      if x == 9 { return retry 1 { return look(90) } }
      look(x)
    } else { 0 }
    seen += got
  }
  seen
}
agent main() -> List<Int> { return [search([1, 2, 3, 4, 5]), search([2, 9, 3])] }
"#;
    let bench = Bench::new(source).await;
    bench
        .world
        .script("look", &[Deed::Answer("20"), Deed::Answer("30"), Deed::Answer("20"), Deed::Answer("7")]);
    assert_eq!(bench.result().await, "[50,7]");
    bench.replays().await;
}

#[tokio::test]
async fn a_race_gives_what_its_first_success_gives_and_fails_with_the_last_error() {
    let source = r#"
tool look(n: Int) -> Int { via host readonly }
signal go: Int
agent main() -> List<Int?> {
  let now_done = race { a => { return 5 }, b => look(1) }
  let second = race { a => fail "lost", b => look(2) }
  let neither = try { race { a => fail "first", b => fail "second" } } catch e { e.message.len() }
  let timed = race { answer => { let n: Int? = await go  n }, late => { sleep(1ms)  null } }
  return [now_done, second, neither, timed]
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("look", &[Deed::Answer("2")]);
    assert_eq!(bench.result().await, "[5,2,6,null]");
    assert_eq!(bench.world.sent("look"), 1, "an arm that ends without waiting wins before later ones start");
    bench.replays().await;
}

const ALL_BLOCKS: &str = r#"
tool look(n: Int) -> Int { via host readonly }
tool put(n: Int) -> Int { via host idempotent }
tool set(n: Int) -> Int { via host idempotent }
tool find(key: String) -> Int? { via host readonly }
tool book(n: Int) -> Int { via host once lookup find(call.key) settle 1ms }
agent main() -> List<Int> {
  task won = race { a => { sleep(1h)  look(1) }, b => book(2) }
  task timed = within 20ms { put(3)  sleep(1h)  0 } else { look(4) }
  task again = retry 2 backoff 1ms to 2ms {
    let got = set(5)
    if random() > 2.0 { fail "never" }
    got
  }
  return [won, timed, try_again(again)]
}
fn try_again(n: Int) -> Int { n + 1 }
"#;

#[tokio::test]
async fn whichever_append_fails_blocks_go_on_where_they_were() {
    let mut struck = 0;
    for nth in 1..16 {
        for lost in [false, true] {
            let world = World::default();
            world.script("look", &[Deed::Answer("4"); 9]);
            world.script("find", &[Deed::Answer("2"); 9]);
            world.script("book", &[Deed::Answer("2"); 9]);
            world.script("put", &[Deed::Answer("3"); 9]);
            world.script("set", &[Deed::Rejected, Deed::Answer("6"), Deed::Answer("6")]);
            let store = Arc::new(MemoryStore::new());
            let mut bench = Bench::on(ALL_BLOCKS, world, store.clone()).await;
            let io = StoreError { kind: StoreErrorKind::Io, message: "the disk is gone".into() };
            store.fail_append(nth, if lost { Fault::LostAfter } else { Fault::Fails(io) });
            let mut result = None;
            for _ in 0..10 {
                match bench.drive().await {
                    Ok(End::Completed { result: done }) => {
                        result = Some(done);
                        break;
                    }
                    Err(DriveError::Store(_)) => {
                        struck += 1;
                        bench.restart().await;
                    }
                    other => panic!("append {nth}: {other:?}"),
                }
            }
            assert_eq!(result.as_deref(), Some("[2,4,7]"), "append {nth}");
            for (call, times) in bench.world.all_done() {
                assert!(times == 1 || !call.starts_with("book"), "append {nth}: {call} done {times} times");
            }
            bench.replays().await;
        }
    }
    assert!(struck >= 4, "the fault struck only {struck} times");
}
