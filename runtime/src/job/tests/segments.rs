//! Logs at their limit: the job goes on in a new segment, whatever fails on the way there.

use std::sync::Arc;

use super::crash::{ALL_CLASSES, RESULT, failure, scripted};
use super::world::{Bench, Deed};
use crate::event::{Event, Payload};
use crate::job::{DriveError, End, Stopped};
use crate::limits::Limits;
use crate::replay::replay;
use crate::store::memory::{Fault, MemoryStore};
use crate::store::{ResolveHow, Store};

const LOOP: &str = r#"
tool pay(n: Int) -> Int { via host once }
signal go: Int
agent main() -> Int {
  var sum = 0
  let text = "a large text that the job keeps. ".repeat(1000)
  for i in 0..3000 {
    sum += random_int(1, 1)
    if i % 500 == 499 { sum += pay(i) }
  }
  sum += await go
  return sum + text.len()
}
"#;

fn within(log: u64) -> Limits {
    Limits { log, ..Limits::default() }
}

async fn segments(bench: &Bench) -> Vec<(u64, u64)> {
    let log = bench.log().await;
    let begins = log.iter().filter_map(|stored| match stored.event {
        Event::Continued { segment, .. } => Some((segment, stored.seq)),
        _ => None,
    });
    begins.collect()
}

/// Runs to the end, restarting after each failure of the store and settling doubts.
async fn to_the_end(bench: &mut Bench) -> (String, u32) {
    let mut failures = 0;
    for _ in 0..30 {
        match bench.drive().await {
            Ok(End::Completed { result }) => return (result, failures),
            Ok(End::Stopped(Stopped::NeedsAttention(doubts))) => {
                for effect in doubts {
                    let how = ResolveHow::Completed("null".to_owned());
                    bench.runtime.resolve(&bench.key, &effect, how, "test").await.unwrap();
                }
            }
            Ok(End::Stopped(Stopped::Waiting(_))) => {
                bench.runtime.signal(&bench.key, "go", "7", "go").await.unwrap();
                bench.restart().await;
            }
            Err(DriveError::Store(_)) => {
                failures += 1;
                bench.restart().await;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the job does not end");
}

#[tokio::test]
async fn a_job_outlives_its_log_limit() {
    for pace in [None, Some(crate::limits::SNAPSHOT_PACE)] {
        let mut bench = Bench::limited(LOOP, within(50)).await;
        bench.save_every(pace);
        bench.world.script("pay", &[Deed::Answer("10"); 6]);
        assert_eq!(to_the_end(&mut bench).await.0, "36067");
        let begun = segments(&bench).await;
        assert!(begun.len() > 50, "{} segments", begun.len());
        for (at, pair) in begun.windows(2).enumerate() {
            assert_eq!(pair[0].0 + 1, pair[1].0, "segment {at}");
            let length = pair[1].1 - pair[0].1;
            assert!((50..=70).contains(&length), "segment {} has {length} events", pair[0].0);
        }
        assert!(bench.world.all_done().values().all(|times| *times == 1));
        bench.replays().await;
        let view = bench.runtime.view(&bench.key).await.unwrap().unwrap();
        assert_eq!(view.segment, begun.last().unwrap().0);
        let report = crate::event::verify::verify(&*bench.store, &bench.key, None).await.unwrap().unwrap();
        assert_eq!(report.problem, None);
    }
}

/// Without a snapshot, going on begins with the last segment, not with the first event.
#[tokio::test]
async fn going_on_reads_the_last_segment_only() {
    let mut bench = Bench::limited(LOOP, within(200)).await;
    bench.save_every(None);
    bench.world.script("pay", &[Deed::Answer("10"); 6]);
    assert!(matches!(bench.drive().await.unwrap(), End::Stopped(Stopped::Waiting(_))));
    bench.restart().await;
    bench.runtime.signal(&bench.key, "go", "7", "go").await.unwrap();
    let before = bench.store.events_read();
    assert_eq!(bench.result().await, "36067");
    let read = bench.store.events_read() - before;
    assert!(read < 2_000, "{read} events were read");
}

/// A program that never ends by itself no longer ends with its log: whoever wants that cancels it.
#[tokio::test]
async fn a_loop_without_end_goes_on_until_it_is_cancelled() {
    let source = "
agent main() -> Int {
  var n = 0
  while true {
    n += 1
    let tried = try now()
    match tried { .Ok(_) => {}, .Err(_) => {} }
  }
  return n
}
";
    let bench = Bench::limited(source, within(50)).await;
    let (end, ()) = tokio::join!(bench.drive(), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        bench.runtime.cancel(&bench.key, "ada").await.unwrap();
    });
    assert!(matches!(end, Ok(End::Cancelled)), "{end:?}");
    assert!(segments(&bench).await.len() > 3);
    bench.replays().await;
}

#[tokio::test]
async fn whichever_append_fails_segments_change_nothing() {
    let (mut struck, mut begun) = (0, 0);
    for nth in 1..40 {
        for lost in [false, true] {
            let store = Arc::new(MemoryStore::new());
            let mut bench = Bench::limited_on(ALL_CLASSES, scripted(), store.clone(), within(12)).await;
            bench.save_every((nth % 2 == 0).then_some(0));
            let fault = if lost { Fault::LostAfter } else { Fault::Fails(failure()) };
            store.fail_append(nth, fault);
            let (result, failures) = to_the_end(&mut bench).await;
            struck += failures;
            begun += segments(&bench).await.len();
            assert_eq!(result, RESULT, "append {nth}");
            for (call, times) in bench.world.all_done() {
                let may_repeat =
                    call.starts_with("look") || call.starts_with("find") || call.starts_with("put");
                assert!(times == 1 || may_repeat, "append {nth}: {call} done {times} times");
            }
            bench.replays().await;
        }
    }
    assert!(struck >= 10 && begun > 150, "struck {struck} times, {begun} segments");
}

/// A state that is not the one the log before it leads to is found by a replay, and a large text lies in it once.
#[tokio::test]
async fn a_replay_compares_the_state_that_a_segment_begins_with() {
    let mut bench = Bench::limited(LOOP, within(1_000)).await;
    bench.world.script("pay", &[Deed::Answer("10"); 6]);
    assert_eq!(to_the_end(&mut bench).await.0, "36067");
    let row = bench.store.job(&bench.key).await.unwrap().unwrap();
    let program = bench.runtime.program("job", row.program).await.unwrap();
    let log = bench.log().await;
    replay(&program, "job", &log).expect("untouched, it agrees");
    let at: Vec<usize> =
        (0..log.len()).filter(|at| matches!(log[*at].event, Event::Continued { .. })).collect();
    let parts = |at: usize| match &log[at].event {
        Event::Continued { state, large, .. } => (state.clone(), large.clone()),
        _ => unreachable!(),
    };
    assert_eq!(parts(at[0]).1, parts(at[1]).1, "the large text is the same payload in both");
    assert_eq!(parts(at[0]).1.len(), 1);
    assert!(parts(at[0]).0.bytes.unwrap().len() < 2_000);
    let mut other = log.clone();
    let Event::Continued { state, .. } = &mut other[at[1]].event else { unreachable!() };
    *state = parts(at[0]).0;
    let found = replay(&program, "job", &other).unwrap_err();
    assert!(found.what.contains("begins with another state"), "{found}");
    let Event::Continued { state, .. } = &mut other[at[1]].event else { unreachable!() };
    *state = Payload::new(*b"no state");
    assert!(replay(&program, "job", &other).unwrap_err().what.contains("cannot be read"));
}
