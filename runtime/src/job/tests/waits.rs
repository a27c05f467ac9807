//! Timers, signals, questions, cancellation.

use std::time::Duration;

use super::world::{Bench, Deed};
use crate::event::Event;
use crate::job::{End, Stop, Stopped};

#[tokio::test]
async fn a_signal_is_kept_until_somebody_waits() {
    let source = r#"
signal go: Int
agent main() -> Int {
  let first = await go
  let second = await go
  return first * 10 + second
}
"#;
    let mut bench = Bench::new(source).await;
    bench.runtime.signal(&bench.key, "go", "3", "one").await.unwrap();
    bench.runtime.signal(&bench.key, "go", "3", "one").await.unwrap();
    let end = bench.drive().await.unwrap();
    let End::Stopped(Stopped::Waiting(waits)) = end else { panic!("{end:?}") };
    assert_eq!(waits[0].signal.as_deref(), Some("go"));
    bench.runtime.signal(&bench.key, "go", "4", "two").await.unwrap();
    bench.restart().await;
    assert_eq!(bench.result().await, "34", "the same request twice is one signal");
    bench.replays().await;
}

#[tokio::test]
async fn signals_are_checked_where_they_enter() {
    let bench = Bench::new("signal go: Int\nagent main() -> Int { return await go }").await;
    let error = bench.runtime.signal(&bench.key, "go", "\"x\"", "a").await.unwrap_err();
    assert!(error.to_string().contains("Int"), "{error}");
    let error = bench.runtime.signal(&bench.key, "gone", "1", "b").await.unwrap_err();
    assert!(error.to_string().contains("go"), "{error}");
}

#[tokio::test]
async fn a_question_takes_only_its_own_answer() {
    let source = r#"
signal ok: Bool
agent main() -> Bool { return await ok ask "Go?" }
"#;
    let bench = Bench::new(source).await;
    bench.drive().await.unwrap();
    let refused = bench.runtime.signal(&bench.key, "ok", "true", "x").await.unwrap_err();
    assert!(refused.to_string().contains("question"), "{refused}");
    let (questions, _) = bench.runtime.inbox("default").await.unwrap();
    assert_eq!(questions.len(), 1);
    let mut other = questions[0].clone();
    other.digest = "0".repeat(32);
    assert!(bench.runtime.answer(&other, "true", "eve").await.is_err());
    bench.runtime.answer(&questions[0], "true", "ada").await.unwrap();
    assert_eq!(bench.result().await, "true");
    assert!(bench.runtime.answer(&questions[0], "false", "bob").await.is_err());
    bench.replays().await;
}

#[tokio::test]
async fn a_deadline_ends_a_wait() {
    let source = r#"
signal ok: Int
agent main() -> Int { return await ok within 20ms else -1 }
"#;
    let bench = Bench::new(source).await;
    assert_eq!(bench.result().await, "-1");
    bench.replays().await;
}

#[tokio::test]
async fn a_sleep_survives_a_restart_and_is_never_early() {
    let mut bench =
        Bench::new("agent main() -> Duration { let a = now()  sleep(2s)  return now() - a }").await;
    let end = bench.drive().await.unwrap();
    assert!(matches!(end, End::Stopped(Stopped::Waiting(_))), "{end:?}");
    bench.restart().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let result = bench.result().await;
    assert!(result.starts_with("\"PT2"), "{result}");
    bench.replays().await;
}

#[tokio::test]
async fn recorded_reads_are_restored() {
    let source = r#"
agent main() -> String {
  note("begin", json { a: 1 })
  let a = uuid()
  let b = random_int(1, 6)
  let c = random()
  return "{a} {b} {c} {now()}"
}
"#;
    let bench = Bench::new(source).await;
    let first = bench.result().await;
    bench.replays().await;
    assert_eq!(bench.result().await, first);
}

#[tokio::test]
async fn a_cancelled_job_begins_nothing_more() {
    let source = r#"
signal go: Int
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  let n = await go
  return pay(n)
}
"#;
    let bench = Bench::new(source).await;
    bench.drive().await.unwrap();
    bench.runtime.cancel(&bench.key, "ada").await.unwrap();
    bench.runtime.signal(&bench.key, "go", "1", "late").await.unwrap();
    let end = bench.drive().await.unwrap();
    assert!(matches!(end, End::Cancelled), "{end:?}");
    assert_eq!(bench.world.sent("pay"), 0);
    bench.replays().await;
}

#[tokio::test]
async fn a_call_that_was_sent_is_owed_its_outcome_before_the_job_is_cancelled() {
    let source = r#"
tool pay(n: Int) -> Int { via host once }
tool look(n: Int) -> Int { via host readonly }
agent main() -> Int {
  task a = look(1)
  task b = pay(2)
  return a + b
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::Answer("2")]);
    bench.world.script("look", &[Deed::Silence]);
    let key = bench.key.clone();
    let cancel = async {
        while bench.names(|event| matches!(event, Event::EffectCompleted { .. })).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bench.runtime.cancel(&key, "ada").await.unwrap();
    };
    let (end, ()) = tokio::join!(bench.drive(), cancel);
    assert!(matches!(end, Ok(End::Cancelled)), "{end:?}");
    assert_eq!(bench.world.done(r#"pay{"n":2}"#), 1);
    bench.replays().await;
}

#[tokio::test]
async fn an_interrupted_job_goes_on_later() {
    let source = r#"
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  let a = pay(1)
  sleep(500ms)
  return a + pay(2)
}
"#;
    let mut bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::Answer("1"), Deed::Answer("2")]);
    let interrupt = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        bench.stop.send_replace(Stop::Drain);
    };
    let (end, ()) = tokio::join!(bench.drive(), interrupt);
    assert!(matches!(end, Ok(End::Stopped(Stopped::Interrupted))), "{end:?}");
    bench.stop.send_replace(Stop::No);
    bench.restart().await;
    assert_eq!(bench.result().await, "3");
    assert_eq!(bench.world.sent("pay"), 2);
    bench.replays().await;
}
