//! The ledger's entries: a fold of the log, effect by effect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::effect::EffectId;
use crate::event::{Event, Payload, Resolution, Verdict};

/// What the log says of one effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The last attempt that was intended, from 1; 0: none.
    pub attempt: u32,
    /// Whether that attempt has no outcome.
    pub open: bool,
    /// How many attempts failed and were to be tried again; a crash is not a failure.
    pub failures: u32,
    /// When the first attempt was intended: the horizon of its key counts from here.
    pub first_ms: i64,
    /// When the last attempt was intended.
    pub last_ms: i64,
    /// The request as recorded, which every attempt sends.
    pub request: Option<Payload>,
    /// When the next attempt may begin.
    pub retry_at_ms: Option<i64>,
    /// Whether a person must say what happened.
    pub doubt: bool,
    /// The strongest of what is known of the closed attempts; `None`: none was closed.
    pub verdict: Option<Verdict>,
    /// When somebody else first took the job while the last attempt was open: by then its dispatcher was dead and
    /// could send no more. Later takes do not put this off.
    pub taken_over_ms: Option<i64>,
}

impl Entry {
    /// What is known of all attempts together when the last one's verdict is `last`: not done only if each was.
    #[must_use]
    pub fn overall(&self, last: Verdict) -> Verdict {
        match (self.verdict, last) {
            (None, last) => last,
            (Some(Verdict::NotDone), last) => last,
            (Some(before), Verdict::NotDone) => before,
            (Some(Verdict::Done), _) | (_, Verdict::Done) => Verdict::Done,
            (Some(Verdict::Unknown), Verdict::Unknown) => Verdict::Unknown,
        }
    }

    fn close(&mut self, verdict: Verdict) {
        self.verdict = Some(self.overall(verdict));
        self.open = false;
        self.doubt = false;
    }
}

/// Every effect of a job that has an intent and no outcome yet. What is settled is in the log; nothing can be asked of
/// it any more, and a job may have millions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    entries: BTreeMap<EffectId, Entry>,
}

impl Ledger {
    /// The entry of an effect.
    #[must_use]
    pub fn get(&self, effect: &EffectId) -> Option<&Entry> {
        self.entries.get(effect)
    }

    /// Effects whose last attempt has no outcome, with that attempt.
    pub(crate) fn open_attempts(&self) -> impl Iterator<Item = (&EffectId, u32)> {
        self.entries.iter().filter(|(_, entry)| entry.open).map(|(id, entry)| (id, entry.attempt))
    }

    /// How many intents have no outcome.
    #[must_use]
    pub fn open(&self) -> usize {
        self.entries.values().filter(|entry| entry.open).count()
    }

    /// Takes an event into account; most say nothing of effects.
    pub fn apply(&mut self, event: &Event, time_ms: i64) {
        match event {
            Event::EffectIntended { effect, attempt, request, .. } => {
                let entry = self.entries.entry(effect.clone()).or_default();
                if entry.open {
                    // Nobody knows what became of an attempt that a crash cut short.
                    entry.close(Verdict::Unknown);
                }
                if entry.attempt == 0 {
                    entry.first_ms = time_ms;
                    entry.request = Some(request.clone());
                }
                (entry.attempt, entry.open, entry.last_ms) = (*attempt, true, time_ms);
                (entry.retry_at_ms, entry.doubt, entry.taken_over_ms) = (None, false, None);
            }
            Event::LeaseTaken { .. } => {
                for entry in self.entries.values_mut().filter(|entry| entry.open) {
                    entry.taken_over_ms.get_or_insert(time_ms);
                }
            }
            Event::EffectRetryScheduled { effect, verdict, at_ms, error, .. } => {
                let entry = self.entries.entry(effect.clone()).or_default();
                entry.close(*verdict);
                entry.retry_at_ms = Some(*at_ms);
                // An attempt that was never sent, or that a lookup found undone, is no failure of the tool.
                let unsent = error.bytes.as_deref().is_some_and(|bytes| bytes == b"null");
                entry.failures += u32::from(!unsent);
            }
            Event::EffectCompleted { effect, .. }
            | Event::EffectFailed { effect, .. }
            | Event::EffectResolved {
                effect, how: Resolution::Completed(_) | Resolution::Failed(_), ..
            } => {
                self.entries.remove(effect);
            }
            Event::EffectInDoubt { effect, .. } => {
                self.entries.entry(effect.clone()).or_default().doubt = true;
            }
            Event::EffectResolved { effect, how: Resolution::NotDone, .. } => {
                let entry = self.entries.entry(effect.clone()).or_default();
                entry.close(Verdict::NotDone);
                entry.retry_at_ms = Some(time_ms);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_not_done_only_if_every_attempt_was() {
        use Verdict::{Done, NotDone, Unknown};
        let table = [
            (None, NotDone, NotDone),
            (None, Unknown, Unknown),
            (Some(NotDone), NotDone, NotDone),
            (Some(NotDone), Unknown, Unknown),
            (Some(Unknown), NotDone, Unknown),
            (Some(Unknown), Unknown, Unknown),
            (Some(Unknown), Done, Done),
            (Some(Done), NotDone, Done),
        ];
        for (verdict, last, want) in table {
            let entry = Entry { verdict, ..Entry::default() };
            assert_eq!(entry.overall(last), want, "{verdict:?} then {last:?}");
        }
    }

    #[test]
    fn an_open_attempt_was_taken_over_at_the_first_take_since() {
        let mut ledger = Ledger::default();
        let intended = |attempt| Event::EffectIntended {
            effect: "a/0".into(),
            tool: "pay".into(),
            class: aeth_lang::bytecode::module::Class::Once,
            key: "k".into(),
            request: Payload::new(*b"{}"),
            attempt,
        };
        let taken = |epoch| Event::LeaseTaken { worker: "w".into(), epoch };
        let at = |ledger: &Ledger| ledger.get(&"a/0".into()).and_then(|entry| entry.taken_over_ms);
        for (event, time_ms, want) in [
            (taken(1), 10, None),
            (intended(1), 20, None),
            (taken(2), 30, Some(30)),
            (taken(3), 40, Some(30)),
            (intended(2), 50, None),
            (taken(4), 60, Some(60)),
        ] {
            ledger.apply(&event, time_ms);
            assert_eq!(at(&ledger), want, "after {} at {time_ms}", event.name());
        }
    }
}
