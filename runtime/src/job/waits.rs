//! Timers, signals, questions, and reads of the world that are answered at once.

use super::outbox::Urgency;
use super::pending::State;
use super::{DriveError, Driver};
use crate::effect::{Effect, EffectId, Question, Request};
use crate::event::{Event, Payload, Verdict};
use crate::store::Message;
use crate::value::Value;

impl Driver<'_> {
    pub(super) fn begin_sleep(&mut self, request: &Request) {
        let now = self.now_ms();
        let at_ms = match request.effect {
            Effect::Sleep { ms } => now.saturating_add(ms.max(0)),
            Effect::SleepUntil { at_ms } => at_ms,
            _ => now,
        };
        self.effects.set(&request.id, State::Sleeping(at_ms));
        self.outbox.push(Event::TimerSet { effect: request.id.clone(), at_ms }, Urgency::Rides);
    }

    pub(super) fn begin_wait(&mut self, request: &Request) {
        let Effect::Await { signal, ask, within_ms } = &request.effect else { return };
        let now = self.now_ms();
        let deadline_ms = within_ms.map(|ms| now.saturating_add(ms.max(0)));
        let signal = self.program.module.signals[signal.index()].name.clone();
        let effect = request.id.clone();
        let (event, question) = match ask {
            None => (Event::SignalAwaited { effect, signal, deadline_ms }, None),
            Some(asked) => {
                let question = self.question_payload(asked);
                let digest = self.question_digest(&effect, &question);
                let event =
                    Event::QuestionAsked { effect, signal, question, digest: digest.clone(), deadline_ms };
                (event, Some(digest))
            }
        };
        self.effects.set(&request.id, State::Waiting { deadline_ms, question });
        self.outbox.push(event, Urgency::Rides);
    }

    fn question_payload(&self, asked: &Question) -> Payload {
        let show = asked.show.as_ref().map(|value| self.program.encode(value));
        let text = serde_json::Value::from(asked.text.as_str());
        let to = asked.to.as_deref().map_or(serde_json::Value::Null, serde_json::Value::from);
        let show = show.unwrap_or_else(|| "null".to_owned());
        Payload::new(format!("{{\"text\":{text},\"show\":{show},\"to\":{to}}}").into_bytes())
    }

    /// What an answer is good for: this question of this job, as shown, about this program (S7).
    fn question_digest(&self, effect: &EffectId, question: &Payload) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("aetheris 2026 question");
        hasher.update(&self.lineage.0);
        hasher.update(&self.program.hash.0);
        hasher.update(&question.digest);
        hasher.update(effect.as_str().as_bytes());
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// What `now()`, `random()` and the like give, or a note, as the event that records it.
    pub(super) fn read_world(&mut self, request: &Request) -> Event {
        let effect = request.id.clone();
        let value = match &request.effect {
            Effect::Now => self.now_ms().to_string(),
            Effect::Random => float_text(unit_interval(self.random())),
            Effect::RandomInt { low, high } => between(*low, *high, &mut || self.random()).to_string(),
            Effect::Uuid => serde_json::Value::from(uuid(&mut || self.random())).to_string(),
            Effect::Note { text, data } => {
                let text = serde_json::Value::from(text.as_str());
                let data = data.as_ref().unwrap_or(&Value::Null);
                let data = self.program.encode(data);
                let note = Payload::new(format!("{{\"text\":{text},\"data\":{data}}}").into_bytes());
                return Event::NoteRecorded { effect, note };
            }
            _ => "null".to_owned(),
        };
        Event::EffectCompleted {
            effect,
            attempt: 0,
            verdict: Verdict::Done,
            value: Payload::new(value.into_bytes()),
        }
    }

    /// Ends waits whose instant has come. An answer that was acknowledged in time wins over its deadline, so the
    /// inbox is read first (S7).
    pub(super) async fn fire_timers(&mut self) -> Result<(), DriveError> {
        let now = self.now_ms();
        let due = self.effects.due(now);
        if due.is_empty() {
            return Ok(());
        }
        if due.iter().any(|id| self.is_wait(id)) {
            self.read_inbox().await?;
            self.place_signals().await?;
        }
        for id in due {
            let Some(pending) = self.effects.get(&id) else { continue };
            match pending.state {
                State::Sleeping(_) | State::Waiting { .. } => {
                    self.record(Event::TimerFired { effect: id }, Urgency::Rides)?;
                    self.advance().await?;
                }
                State::RetryAt(_) => self.begin_attempt(&id)?,
                State::Settling(_) => self.begin_lookup(&id),
                _ => {}
            }
        }
        Ok(())
    }

    fn is_wait(&self, id: &EffectId) -> bool {
        self.effects.get(id).is_some_and(|pending| matches!(pending.state, State::Waiting { .. }))
    }

    /// Gives signals that lie in the inbox to those who wait for them: first in, first out, the oldest waiter first.
    pub(super) async fn place_signals(&mut self) -> Result<(), DriveError> {
        loop {
            let Some((row, event)) = self.next_signal() else { return Ok(()) };
            self.inbound.rows.remove(&row);
            self.outbox.consume(row);
            self.record(event, Urgency::Now)?;
            // Another wait may begin before the next signal is placed.
            self.advance().await?;
        }
    }

    fn next_signal(&self) -> Option<(u64, Event)> {
        for (number, row) in &self.inbound.rows {
            let Message::Signal { name, value } = &row.message else { continue };
            let waiter = self.effects.in_order().find(|(_, pending)| {
                match (&pending.request.effect, &pending.state) {
                    (Effect::Await { signal, .. }, State::Waiting { deadline_ms, question: None }) => {
                        self.program.module.signals[signal.index()].name == *name
                            && deadline_ms.is_none_or(|deadline| row.time_ms <= deadline)
                    }
                    _ => false,
                }
            });
            if let Some((id, _)) = waiter {
                let event = Event::SignalReceived {
                    effect: Some(id.clone()),
                    signal: name.clone(),
                    value: Payload::new(value.clone().into_bytes()),
                    inbox: *number,
                };
                return Some((*number, event));
            }
        }
        None
    }
}

/// 53 random bits as a number in [0, 1).
#[allow(clippy::cast_precision_loss, reason = "53 bits fit a float exactly")]
fn unit_interval(random: u64) -> f64 {
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

/// The shortest text that reads back as the same float.
fn float_text(float: f64) -> String {
    format!("{float:?}")
}

/// An evenly distributed integer, both bounds included (rejection sampling).
fn between(low: i64, high: i64, random: &mut dyn FnMut() -> u64) -> i64 {
    let span = high.wrapping_sub(low).cast_unsigned().wrapping_add(1);
    if span == 0 {
        return random().cast_signed();
    }
    let ceiling = u64::MAX - u64::MAX % span;
    loop {
        let drawn = random();
        if drawn < ceiling {
            return low.wrapping_add((drawn % span).cast_signed());
        }
    }
}

/// A random UUID (RFC 9562, version 4).
fn uuid(random: &mut dyn FnMut() -> u64) -> String {
    let high = (random() & !0xf000) | 0x4000;
    let low = (random() & !(0b11 << 62)) | (0b10 << 62);
    let hex = format!("{high:016x}{low:016x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_included_and_never_left() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state
        };
        let drawn: std::collections::BTreeSet<i64> =
            (0..1_000).map(|_| between(-1, 2, &mut random)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
        assert_eq!(between(5, 5, &mut random), 5);
        let _ = between(i64::MIN, i64::MAX, &mut random);
    }

    #[test]
    fn uuids_have_version_and_variant() {
        let text = uuid(&mut || u64::MAX);
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn random_floats_stay_below_one() {
        assert!(unit_interval(u64::MAX) < 1.0);
        assert!(unit_interval(0).abs() < f64::EPSILON);
    }
}
