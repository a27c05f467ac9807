//! The machine's state is recorded with what is delivered, so that a replay notices also what no request shows (R2).

use super::world::Bench;
use crate::event::{Event, Payload, StoredEvent};
use crate::replay::replay;
use crate::store::Store;

const SOURCE: &str = "
agent main() -> Int {
  let unseen = random_int(1, 6)
  let before = now()
  sleep(1ms)
  let after = now()
  assert unseen > 0 && before <= after
  return 7
}
";

async fn log(bench: &Bench) -> Vec<StoredEvent> {
    assert_eq!(bench.result().await, "7");
    bench.log().await
}

#[tokio::test]
async fn every_delivery_carries_the_state_it_met() {
    let bench = Bench::new(SOURCE).await;
    let log = log(&bench).await;
    for stored in &log {
        let delivered = matches!(stored.event, Event::EffectCompleted { .. } | Event::TimerFired { .. });
        assert_eq!(stored.state.is_some(), delivered, "{}", stored.event.name());
    }
    bench.replays().await;
}

#[tokio::test]
async fn a_value_that_no_request_shows_is_missed() {
    let bench = Bench::new(SOURCE).await;
    let mut log = log(&bench).await;
    let program = bench
        .runtime
        .program("job", bench.store.job(&bench.key).await.unwrap().unwrap().program)
        .await
        .unwrap();
    replay(&program, "job", &log).expect("untouched, it agrees");
    let drawn = log.iter().position(|stored| matches!(stored.event, Event::EffectCompleted { .. })).unwrap();
    let Event::EffectCompleted { value, .. } = &mut log[drawn].event else { unreachable!() };
    let other = if value.text() == Some("3") { "4" } else { "3" };
    *value = Payload::new(other.as_bytes());
    let found = replay(&program, "job", &log).unwrap_err();
    assert!(found.what.contains("another state"), "{found}");
    assert!(found.seq > log[drawn].seq, "{found}");
}

#[tokio::test]
async fn a_large_state_is_not_hashed_for_every_effect() {
    let source = "
agent main() -> Int {
  let large = (1..=200_000)
  var sum = 0
  for i in 1..=200 { if now() > time.parse(\"2000-01-01T00:00:00Z\") { sum += i } }
  return sum + large.len()
}
";
    let bench = Bench::new(source).await;
    bench.result().await;
    let with = bench.log().await.iter().filter(|stored| stored.state.is_some()).count();
    assert!((1..=100).contains(&with), "{with} of 200 deliveries carry a digest of two million bytes");
    bench.replays().await;
}
