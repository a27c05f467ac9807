//! Logs and the views they give.

use super::*;
use crate::event::codec::tests::one_of_each;
use crate::store::JobKey;

/// Stores events one millisecond apart, from 1,000 on.
fn stored(events: impl IntoIterator<Item = Event>) -> Vec<StoredEvent> {
    let (key, mut head) = (JobKey::new("default", "j"), Head::START);
    let seal = |(index, event): (i64, Event)| {
        let sealed = head.seal(&key, 1, 1_000 + index, &event);
        StoredEvent {
            seq: sealed.seq,
            epoch: 1,
            time_ms: sealed.time_ms,
            event,
            state: None,
            hash: sealed.hash,
        }
    };
    (0..).zip(events).map(seal).collect()
}

fn view(events: impl IntoIterator<Item = Event>) -> JobView {
    let first = one_of_each().swap_remove(0);
    let lease = Event::LeaseTaken { worker: "w".into(), epoch: 1 };
    JobView::of(&stored([first, lease].into_iter().chain(events))).unwrap()
}

fn json(text: &str) -> Payload {
    Payload::new(text.as_bytes())
}

fn intended(effect: &str, attempt: u32) -> Event {
    Event::EffectIntended {
        effect: effect.into(),
        tool: "pay".into(),
        class: Class::Once,
        key: "k".into(),
        request: json("{}"),
        attempt,
    }
}

fn waits(effect: &str) -> Event {
    Event::SignalAwaited { effect: effect.into(), signal: "go".into(), deadline_ms: Some(9_000) }
}

#[test]
fn a_log_begins_with_its_creation() {
    assert_eq!(JobView::of(&[]), None);
    assert_eq!(JobView::of(&stored([Event::JobCancelled])), None);
    let view = JobView::of(&stored([one_of_each().swap_remove(0)])).unwrap();
    assert_eq!((view.state(), view.agent.as_str(), view.created_ms), (JobState::Queued, "Triage", 1_000));
}

#[test]
fn folding_in_steps_is_folding_at_once() {
    let events = stored(one_of_each());
    let whole = JobView::of(&events).unwrap();
    for split in 1..events.len() {
        let mut view = JobView::of(&events[..split]).unwrap();
        // The seam is seen twice, as by a poller that reads again from its last event.
        events[split - 1..].iter().for_each(|event| view.apply(event));
        assert_eq!(view, whole);
    }
}

#[test]
fn an_effect_goes_its_way() {
    let retry = Event::EffectRetryScheduled {
        effect: "t/0".into(),
        attempt: 1,
        verdict: Verdict::NotDone,
        error: json("{}"),
        at_ms: 5_000,
    };
    let done =
        Event::EffectCompleted { effect: "t/0".into(), attempt: 2, verdict: Verdict::Done, value: json("7") };
    let log = [intended("t/0", 1), retry, intended("t/0", 2), done];
    let states = [JobState::Running, JobState::Waiting, JobState::Running, JobState::Running];
    let dues = [None, Some(5_000), None, None];
    for (until, (state, due_ms)) in states.into_iter().zip(dues).enumerate() {
        let view = view(log[..=until].to_vec());
        assert_eq!((view.state(), view.due_ms()), (state, due_ms), "after {}", log[until].name());
    }
    let view = view(log);
    let effect = &view.effects[&EffectId::from("t/0")];
    assert_eq!(effect.state, EffectState::Completed(json("7")));
    assert_eq!((effect.attempts, effect.verdict), (2, Some(Verdict::Done)));
    assert_eq!((effect.started_ms, effect.changed_ms), (1_002, 1_005));
    assert_eq!(effect.call.as_ref().unwrap().tool, "pay");
}

#[test]
fn a_doubt_needs_attention_once_nothing_is_under_way() {
    let doubt = Event::EffectInDoubt { effect: "t/0".into(), attempt: 1 };
    let log = vec![intended("t/0", 1), intended("u/0", 1), doubt];
    assert_eq!(view(log.clone()).state(), JobState::Running);
    let failed =
        Event::EffectFailed { effect: "u/0".into(), attempt: 1, verdict: Verdict::Done, error: json("{}") };
    let log = [log, vec![failed]].concat();
    let waiting = view(log.clone());
    assert_eq!(waiting.state(), JobState::NeedsAttention);
    assert_eq!(waiting.doubts().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["t/0"]);
    let resolved = Event::EffectResolved { effect: "t/0".into(), how: Resolution::NotDone, by: "ada".into() };
    let settled = view([log, vec![resolved]].concat());
    assert_eq!((settled.state(), settled.doubts().count()), (JobState::Running, 0));
    assert_eq!(settled.effects[&EffectId::from("t/0")].verdict, Some(Verdict::NotDone));
}

#[test]
fn waits_end_by_signal_by_time_and_with_their_fiber() {
    let open = view([waits("t/0"), waits("t/1.3/0"), waits("t/1.30/0"), waits("tt/0")]);
    assert_eq!((open.state(), open.due_ms(), open.waits.len()), (JobState::Waiting, Some(9_000), 4));
    let names = |view: &JobView| view.waits.keys().map(ToString::to_string).collect::<Vec<_>>();
    let all = vec![waits("t/0"), waits("t/1.3/0"), waits("t/1.30/0"), waits("tt/0")];
    let after = |event| view([all.clone(), vec![event]].concat());
    let received =
        Event::SignalReceived { effect: Some("t/0".into()), signal: "go".into(), value: json("1"), inbox: 1 };
    assert_eq!(names(&after(received)), ["t/1.3/0", "t/1.30/0", "tt/0"]);
    let fired = Event::TimerFired { effect: "tt/0".into() };
    assert_eq!(names(&after(fired)), ["t/0", "t/1.3/0", "t/1.30/0"]);
    let lost = Event::FiberEnded { fiber: "t/1.3".into(), end: FiberEnd::Cancelled };
    assert_eq!(names(&after(lost)), ["t/0", "t/1.30/0", "tt/0"]);
    assert_eq!(names(&after(Event::TaskCancelled { task: "t".into() })), ["tt/0"]);
    assert!(names(&after(Event::JobCancelled)).is_empty());
}

#[test]
fn early_signals_are_kept_until_somebody_waits() {
    let early = |effect| Event::SignalReceived { effect, signal: "go".into(), value: json("1"), inbox: 3 };
    assert_eq!(view([early(None)]).kept.len(), 1);
    assert!(view([early(None), waits("t/0"), early(Some("t/0".into()))]).kept.is_empty());
}

#[test]
fn questions_pause_and_end() {
    let asked = Event::QuestionAsked {
        effect: "t/0".into(),
        signal: "approval".into(),
        question: json(r#"{"text":"Pay?"}"#),
        digest: "d".into(),
        deadline_ms: None,
    };
    let open = view([asked.clone()]);
    assert_eq!((open.state(), open.questions.len()), (JobState::Waiting, 1));
    let answered =
        Event::QuestionAnswered { effect: "t/0".into(), value: json("true"), by: "ada".into(), inbox: 1 };
    assert!(view([asked.clone(), answered]).questions.is_empty());
    let paused = view([asked.clone(), Event::Paused { by: "ada".into() }]);
    assert_eq!((paused.state(), paused.paused.as_deref()), (JobState::Paused, Some("ada")));
    let failed = Event::JobFailed { error: json("{}"), trace: vec!["a:1:1".into()] };
    let ended = view([asked, Event::Paused { by: "ada".into() }, failed]);
    assert_eq!((ended.state(), ended.end.unwrap().time_ms), (JobState::Failed, 1_004));
}

#[test]
fn tasks_have_their_times() {
    let task = |name: &str| Arc::<str>::from(name);
    let view = view([
        Event::TaskStarted { task: task("a") },
        Event::TaskSkipped { task: task("b") },
        Event::TaskCompleted { task: task("a"), value: json("1") },
    ]);
    assert_eq!(view.tasks.keys().map(|name| &**name).collect::<Vec<_>>(), ["a", "b"]);
    let a = &view.tasks["a"];
    assert_eq!(
        (&a.state, a.started_ms, a.ended_ms),
        (&TaskState::Completed(json("1")), Some(1_002), Some(1_004))
    );
    let b = &view.tasks["b"];
    assert_eq!((&b.state, b.started_ms, b.ended_ms), (&TaskState::Skipped, None, Some(1_003)));
}
