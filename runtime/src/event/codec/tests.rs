//! Every variant's bytes, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::effect::{EffectId, FiberEnd};
use crate::event::{Lineage, Resolution, Verdict};
use crate::limits::Limits;
use aeth_lang::bytecode::module::Class;

fn payload(text: &str) -> Payload {
    Payload::new(text.as_bytes())
}

/// One event of each variant, and one more where a variant has variants. Append only, like the events themselves.
pub(crate) fn one_of_each() -> Vec<Event> {
    let effect = || EffectId::from("ticket/0");
    let limits = Limits {
        steps: 2_000_000_000,
        heap: 67_108_864,
        frames: 10_000,
        fibers: 1_000,
        open_calls: 64,
        payload: 16_777_216,
        log: 10_000_000,
    };
    vec![
        Event::JobCreated {
            program: [1; 32],
            agent: "Triage".into(),
            args: payload(r#"{"id":7}"#),
            env: payload("{}"),
            grants: payload(r#"{"net":[]}"#),
            limits,
            lineage: Lineage([2; 16]),
        },
        Event::LeaseTaken { worker: "w1".into(), epoch: 2 },
        Event::TaskStarted { task: "ticket".into() },
        Event::TaskCompleted { task: "ticket".into(), value: payload("1.50") },
        Event::TaskFailed { task: "ticket".into(), error: payload(r#"{"kind":"Timeout"}"#) },
        Event::TaskSkipped { task: "ticket".into() },
        Event::TaskCancelled { task: "ticket".into() },
        Event::FiberStarted { fiber: "ticket/0.3".into() },
        Event::FiberEnded { fiber: "ticket/0.3".into(), end: FiberEnd::Cancelled },
        Event::EffectIntended {
            effect: effect(),
            tool: "pay".into(),
            class: Class::Idempotent(Some(86_400_000)),
            key: "k1".into(),
            request: Payload::new([0xff, 0x00]),
            attempt: 1,
        },
        Event::EffectCompleted {
            effect: effect(),
            attempt: 1,
            verdict: Verdict::Done,
            value: payload(r#"{"z":1,"a":2}"#),
        },
        Event::EffectFailed { effect: effect(), attempt: 3, verdict: Verdict::NotDone, error: payload("{}") },
        Event::EffectRetryScheduled {
            effect: effect(),
            attempt: 1,
            verdict: Verdict::Unknown,
            error: payload("{}"),
            at_ms: 1_700_000_001_000,
        },
        Event::EffectInDoubt { effect: effect(), attempt: 1 },
        Event::EffectResolved {
            effect: effect(),
            how: Resolution::Completed(payload("true")),
            by: "ada".into(),
        },
        Event::DuplicateEffect { effect: effect(), attempt: 1 },
        Event::NoteRecorded { effect: effect(), note: payload(r#"{"text":"half","data":null}"#) },
        Event::TimerSet { effect: effect(), at_ms: -1 },
        Event::TimerFired { effect: effect() },
        Event::SignalAwaited { effect: effect(), signal: "go".into(), deadline_ms: None },
        Event::SignalReceived {
            effect: Some(effect()),
            signal: "go".into(),
            value: payload("null"),
            inbox: 4,
        },
        Event::QuestionAsked {
            effect: effect(),
            signal: "approval".into(),
            question: payload(r#"{"text":"Pay?","show":null,"to":"boss"}"#),
            digest: "d1".into(),
            deadline_ms: Some(1_700_000_002_000),
        },
        Event::QuestionAnswered { effect: effect(), value: payload("false"), by: "boss".into(), inbox: 5 },
        Event::CancelRequested { by: "ada".into(), force: true },
        Event::Paused { by: "ada".into() },
        Event::Resumed { by: "ada".into() },
        Event::JobCompleted { result: payload("[]") },
        Event::JobFailed { error: payload("{}"), trace: vec!["a.aeth:1:2".into()] },
        Event::JobCancelled,
        Event::Continued {
            segment: 2,
            state: Payload::new([1, 2, 0xff]),
            large: vec![payload("large"), payload("larger")],
        },
        Event::EffectResolved { effect: effect(), how: Resolution::NotDone, by: "ada".into() },
        Event::EffectResolved { effect: effect(), how: Resolution::Failed(payload("{}")), by: "ada".into() },
        Event::SignalReceived { effect: None, signal: "go".into(), value: payload("null"), inbox: 6 },
    ]
}

fn bytes_of(payloads: &[Payload]) -> Vec<Option<Vec<u8>>> {
    payloads.iter().map(|payload| payload.bytes.as_deref().map(<[u8]>::to_vec)).collect()
}

#[test]
fn bytes_never_change() {
    let lines: Vec<String> = one_of_each()
        .iter()
        .map(|event| {
            let hex: String = encode(event, None).0.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} {hex}", event.name())
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_chain_never_changes() {
    let key = JobKey::new("default", "job-1");
    let mut head = Head::START;
    for (index, event) in (0..).zip(one_of_each()) {
        let sealed = head.seal(&key, 3, 1_700_000_000_000 - index, &event);
        assert_eq!((sealed.seq, sealed.time_ms), (index as u64 + 1, 1_700_000_000_000));
    }
    insta::assert_snapshot!(blake3::Hash::from_bytes(head.hash).to_hex().as_str());
}

#[test]
fn what_is_encoded_decodes() {
    for event in one_of_each() {
        let (body, payloads) = encode(&event, None);
        assert_eq!(decode(&body, bytes_of(&payloads)), Ok((event.clone(), None)));
        let (body, payloads) = encode(&event, Some([7; 8]));
        assert_eq!(decode(&body, bytes_of(&payloads)), Ok((event.clone(), Some([7; 8]))));
        let mut erased = event.clone();
        for payload in erased.payloads_mut() {
            payload.bytes = None;
        }
        assert_eq!(decode(&body, vec![None; payloads.len()]), Ok((erased, Some([7; 8]))));
        assert_eq!(event.clone().payloads_mut().len(), event.payloads().len());
    }
}

#[test]
fn payloads_are_in_the_order_of_their_digests() {
    for event in one_of_each() {
        let (body, payloads) = encode(&event, None);
        let places: Vec<usize> = payloads
            .iter()
            .map(|payload| body.windows(32).position(|window| window == payload.digest).expect("its digest"))
            .collect();
        assert!(places.is_sorted(), "{}", event.name());
    }
}

#[test]
fn what_is_not_canonical_is_refused() {
    let (body, payloads) = encode(&Event::TimerSet { effect: "a/0".into(), at_ms: 1 }, None);
    assert!(payloads.is_empty());
    assert_eq!(decode(&[], vec![]), Err(DecodeError::Empty));
    assert_eq!(decode(&[9, 0], vec![]), Err(DecodeError::Version(9)));
    let mut trailing = body.clone();
    trailing.push(0);
    assert_eq!(decode(&trailing, vec![]), Err(DecodeError::NotCanonical));
    // The instant, 1, zigzag-encoded is 2; an overlong varint says the same with one more byte.
    let mut overlong = body[..body.len() - 1].to_vec();
    overlong.extend([0x82, 0x00]);
    assert_eq!(decode(&overlong, vec![]), Err(DecodeError::NotCanonical));
    assert!(matches!(decode(&[VERSION, 0, 200], vec![]), Err(DecodeError::Malformed(_))));
    let why = DecodeError::PayloadCount { expected: 0, found: 1 };
    assert_eq!(decode(&body, vec![Some(vec![])]), Err(why));
    let (body, _) = encode(&Event::JobCompleted { result: payload("1") }, None);
    assert_eq!(decode(&body, vec![Some(b"2".to_vec())]), Err(DecodeError::Digest(0)));
}

#[test]
fn the_chain_covers_every_field() {
    let base =
        |key: &JobKey, seq, epoch, time_ms, body: &[u8]| chain(&[0; 32], key, seq, epoch, time_ms, body);
    let key = JobKey::new("ab", "c");
    let hashes = [
        base(&key, 1, 1, 1, b"x"),
        base(&JobKey::new("a", "bc"), 1, 1, 1, b"x"),
        base(&key, 2, 1, 1, b"x"),
        base(&key, 1, 2, 1, b"x"),
        base(&key, 1, 1, 2, b"x"),
        base(&key, 1, 1, 1, b"y"),
        chain(&[1; 32], &key, 1, 1, 1, b"x"),
    ];
    let distinct: std::collections::BTreeSet<_> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
}

proptest! {
    #[test]
    fn damage_never_panics(which in 0..one_of_each().len(), at: prop::sample::Index, flip in 1..=255u8, cut: prop::sample::Index) {
        let event = &one_of_each()[which];
        let (mut body, payloads) = encode(event, (which % 2 == 0).then_some([which as u8; 8]));
        let original = body.clone();
        let at = at.index(body.len());
        body[at] ^= flip;
        if let Ok((other, state)) = decode_body(&body) {
            prop_assert_ne!(&body, &original);
            prop_assert_eq!(encode(&other, state).0, body.clone());
        }
        body.truncate(cut.index(body.len()));
        let _ = decode(&body, bytes_of(&payloads));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut versioned = vec![VERSION];
        versioned.extend(bytes);
        if let Ok((event, state)) = decode_body(&versioned) {
            prop_assert_eq!(body(&event, state), versioned);
        }
    }
}
