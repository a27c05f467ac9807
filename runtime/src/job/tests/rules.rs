//! Verdict by class: what is called again, what is looked up, what is asked.

use super::world::{Bench, Deed};
use crate::event::Event;
use crate::job::{End, Stopped};
use crate::store::ResolveHow;
use crate::value::ErrorKind;

const ONCE: &str = r#"
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  task a = pay(1)
  return a
}
"#;

fn of_effects(event: &Event) -> bool {
    matches!(
        event,
        Event::EffectIntended { .. }
            | Event::EffectCompleted { .. }
            | Event::EffectFailed { .. }
            | Event::EffectRetryScheduled { .. }
            | Event::EffectInDoubt { .. }
            | Event::EffectResolved { .. }
    )
}

#[tokio::test]
async fn a_call_is_intended_then_done_then_recorded() {
    let bench = Bench::new(ONCE).await;
    bench.world.script("pay", &[Deed::Answer("7")]);
    assert_eq!(bench.result().await, "7");
    assert_eq!(bench.names(of_effects).await, ["EffectIntended", "EffectCompleted"]);
    assert_eq!(bench.world.done(r#"pay{"n":1}"#), 1);
    bench.replays().await;
    assert_eq!(bench.result().await, "7", "an ended job gives its result again");
}

#[tokio::test]
async fn a_once_call_without_an_answer_is_never_repeated() {
    for (deed, done) in [(Deed::DoneButLost, 1), (Deed::LostBefore, 0)] {
        let bench = Bench::new(ONCE).await;
        bench.world.script("pay", &[deed]);
        let end = bench.drive().await.unwrap();
        let End::Stopped(Stopped::NeedsAttention(doubts)) = end else { panic!("{end:?}") };
        assert_eq!(doubts, ["a/0"]);
        let again = bench.drive().await.unwrap();
        assert!(matches!(again, End::Stopped(Stopped::NeedsAttention(_))), "{again:?}");
        assert_eq!(bench.world.sent("pay"), 1);
        assert_eq!(bench.world.done(r#"pay{"n":1}"#), done);
    }
}

#[tokio::test]
async fn a_doubt_is_settled_in_each_of_three_ways() {
    let ways = [
        (ResolveHow::Completed("5".into()), Some("5"), 1),
        (ResolveHow::NotDone, Some("9"), 2),
        (ResolveHow::Fail, None, 1),
    ];
    for (how, want, sent) in ways {
        let mut bench = Bench::new(ONCE).await;
        bench.world.script("pay", &[Deed::LostBefore, Deed::Answer("9")]);
        bench.drive().await.unwrap();
        bench.runtime.resolve(&bench.key, "a/0", how.clone(), "ada").await.unwrap();
        bench.restart().await;
        match (bench.drive().await.unwrap(), want) {
            (End::Completed { result }, Some(want)) => assert_eq!(result, want),
            (End::Failed { error, .. }, None) => assert_eq!(error.kind, ErrorKind::InDoubt),
            (end, _) => panic!("{how:?}: {end:?}"),
        }
        assert_eq!(bench.world.sent("pay"), sent, "{how:?}");
        bench.replays().await;
    }
}

#[tokio::test]
async fn what_is_proven_not_done_is_tried_again() {
    let source = ONCE.replace("once }", "once retry 2 backoff 1ms to 1ms }");
    let bench = Bench::new(&source).await;
    bench.world.script("pay", &[Deed::Refused, Deed::Refused, Deed::Answer("3")]);
    assert_eq!(bench.result().await, "3");
    assert_eq!(
        bench.names(of_effects).await,
        [
            "EffectIntended",
            "EffectRetryScheduled",
            "EffectIntended",
            "EffectRetryScheduled",
            "EffectIntended",
            "EffectCompleted"
        ]
    );
    bench.replays().await;
}

#[tokio::test]
async fn a_final_refusal_is_an_outcome() {
    let source = ONCE.replace("once }", "once retry 2 on [.Rejected] backoff 1ms to 1ms }");
    let bench = Bench::new(&source).await;
    bench.world.script("pay", &[Deed::Rejected, Deed::Answer("3")]);
    let end = bench.drive().await.unwrap();
    assert!(matches!(&end, End::Failed { error, .. } if error.kind == ErrorKind::Rejected), "{end:?}");
    assert_eq!(bench.world.sent("pay"), 1);
    bench.replays().await;
}

#[tokio::test]
async fn an_idempotent_call_is_repeated_when_nobody_knows() {
    let source = ONCE.replace("once }", "idempotent retry 3 backoff 1ms to 1ms }");
    let bench = Bench::new(&source).await;
    bench.world.script("pay", &[Deed::DoneButLost, Deed::Answer("3")]);
    assert_eq!(bench.result().await, "3");
    assert_eq!(bench.world.sent("pay"), 2);
    bench.replays().await;
}

#[tokio::test]
async fn a_lookup_that_finds_it_spares_the_call() {
    let source = r#"
tool find(key: String) -> Int? { via host readonly }
tool pay(n: Int) -> Int { via host once lookup find(call.key) settle 1ms }
agent main() -> Int {
  task a = pay(1)
  return a
}
"#;
    for (answer, sent, want) in [("4", 1, "4"), ("null", 2, "8")] {
        let bench = Bench::new(source).await;
        bench.world.script("pay", &[Deed::DoneButLost, Deed::Answer("8")]);
        bench.world.script("find", &[Deed::Answer(answer)]);
        assert_eq!(bench.result().await, want);
        assert_eq!(bench.world.sent("pay"), sent);
        assert_eq!(bench.world.sent("find"), 1);
        bench.replays().await;
    }
}

#[tokio::test]
async fn a_failing_task_waits_for_what_its_siblings_are_owed() {
    let source = r#"
tool pay(n: Int) -> Int { via host once }
tool look(n: Int) -> Int { via host readonly }
agent main() -> Int {
  task a = pay(1)
  task b = look(2)
  return a + b
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::Answer("1")]);
    bench.world.script("look", &[Deed::Rejected]);
    let end = bench.drive().await.unwrap();
    assert!(matches!(&end, End::Failed { error, .. } if error.kind == ErrorKind::Rejected), "{end:?}");
    assert_eq!(bench.world.done(r#"pay{"n":1}"#), 1);
    let outcomes = bench.names(|event| matches!(event, Event::EffectCompleted { .. })).await;
    assert_eq!(outcomes, ["EffectCompleted"], "the payment is recorded although nobody waits for it");
    bench.replays().await;
}

#[tokio::test]
async fn readonly_calls_have_no_intents_and_sequences_share_writes() {
    let source = r#"
tool look(n: Int) -> Int { via host readonly }
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  var sum = 0
  for i in 0..10 { sum += look(i) + pay(i) }
  return sum
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("look", &[Deed::Answer("1"); 10]);
    bench.world.script("pay", &[Deed::Answer("2"); 10]);
    let before = bench.store.appends();
    assert_eq!(bench.result().await, "30");
    assert_eq!(bench.names(|event| matches!(event, Event::EffectIntended { .. })).await.len(), 10);
    let writes = bench.store.appends() - before;
    // Ten outcomes must be durable before the next look leaves, ten intents before their calls, and the end.
    assert!(writes <= 21, "{writes} writes");
    bench.replays().await;
}

#[tokio::test]
async fn a_chain_of_n_calls_costs_n_plus_one_writes() {
    let source = r#"
tool pay(n: Int) -> Int { via host once }
agent main() -> Int {
  var sum = 0
  for i in 0..10 { sum += pay(i) }
  return sum
}
"#;
    let bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::Answer("2"); 10]);
    let before = bench.store.appends();
    assert_eq!(bench.result().await, "20");
    assert_eq!(bench.store.appends() - before, 11);
}

#[tokio::test]
async fn stopping_and_resuming_does_not_put_a_lookup_off() {
    let source = r#"
tool find(key: String) -> Int? { via host readonly }
tool pay(n: Int) -> Int { via host once lookup find(call.key) settle 3s }
agent main() -> Int { return pay(1) }
"#;
    let mut bench = Bench::new(source).await;
    bench.world.script("pay", &[Deed::DoneButLost]);
    bench.world.script("find", &[Deed::Answer("3")]);
    let mut stops = 0;
    let result = loop {
        match bench.drive().await.unwrap() {
            End::Completed { result } => break result,
            End::Stopped(Stopped::Waiting(_)) if stops < 12 => stops += 1,
            other => panic!("{other:?} after {stops} stops"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        bench.restart().await;
    };
    assert_eq!((result.as_str(), bench.world.sent("pay")), ("3", 1));
    assert!(stops >= 3, "it was stopped {stops} times while it settled");
    bench.replays().await;
}
