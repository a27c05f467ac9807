//! The rules themselves (runtime.md L3, L5): what follows an answer, and what follows its absence.

use aeth_lang::bytecode::module::Class;

use super::{Entry, Policy};
use crate::event::Verdict;
use crate::value::ErrorKind;

/// What follows an answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The effect has failed; what is known of all its attempts.
    Fail(Verdict),
    /// The attempt is closed; the next may begin then.
    Retry {
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// Nobody knows, but the world can be asked, not before then.
    Lookup {
        /// Milliseconds since 1970.
        not_before_ms: i64,
    },
    /// Nobody knows: a person must say.
    Doubt,
    /// Nobody knows, and the tool wants that as an error of kind InDoubt.
    DoubtFails,
}

/// What follows an attempt without an outcome, after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It is called again, under the same key.
    Call,
    /// The world is asked whether it happened, not before then.
    Lookup {
        /// Milliseconds since 1970.
        not_before_ms: i64,
    },
    /// A person must say.
    Doubt,
    /// An error of kind InDoubt.
    DoubtFails,
}

/// What an attempt that was answered with an error tells the ledger.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    /// What is known of the attempt.
    pub verdict: Verdict,
    /// What kind of failure.
    pub kind: &'a ErrorKind,
    /// When it was answered.
    pub now_ms: i64,
    /// Random, for the jitter of a pause.
    pub random: u64,
}

/// Kinds that are tried again when the tool's `retry` names none.
#[must_use]
pub fn default_kinds(class: Class) -> &'static [ErrorKind] {
    match class {
        Class::Once => &[ErrorKind::Unavailable, ErrorKind::RateLimited],
        Class::Readonly | Class::Idempotent(_) => {
            &[ErrorKind::Timeout, ErrorKind::Unavailable, ErrorKind::RateLimited]
        }
    }
}

/// Decides what follows an error. `entry` tells of the attempts before, this one open.
#[must_use]
pub fn after_answer(policy: &Policy, entry: &Entry, refusal: &Refusal<'_>) -> After {
    let overall = entry.overall(refusal.verdict);
    let again = retry_at(policy, entry.failures, refusal);
    match (policy.class, refusal.verdict) {
        (Class::Once, Verdict::Unknown) => unknown(policy, refusal.now_ms),
        // A final answer of a tool that may be called once is its outcome, whatever `retry` says (L3).
        (Class::Once, Verdict::Done) => After::Fail(overall),
        (Class::Idempotent(horizon), _) if !within_horizon(horizon, entry, refusal.now_ms) => {
            match refusal.verdict {
                Verdict::Unknown => unknown(policy, refusal.now_ms),
                Verdict::Done | Verdict::NotDone => After::Fail(overall),
            }
        }
        _ => again.map_or(After::Fail(overall), |at_ms| After::Retry { at_ms }),
    }
}

fn unknown(policy: &Policy, now_ms: i64) -> After {
    if policy.lookup {
        return After::Lookup { not_before_ms: now_ms.saturating_add(policy.settle_ms) };
    }
    if policy.doubt_fails { After::DoubtFails } else { After::Doubt }
}

/// Decides what becomes of an attempt that has an intent and no outcome. `taken_ms`: when this holder took the job.
/// The attempt's dispatcher could last have sent when it was proven dead, at the first take since.
#[must_use]
pub fn recover(policy: &Policy, entry: &Entry, now_ms: i64, taken_ms: i64) -> Recovery {
    match policy.class {
        Class::Readonly => return Recovery::Call,
        Class::Idempotent(horizon) if within_horizon(horizon, entry, now_ms) => return Recovery::Call,
        Class::Idempotent(_) | Class::Once => {}
    }
    match unknown(policy, entry.taken_over_ms.unwrap_or(taken_ms)) {
        After::Lookup { not_before_ms } => Recovery::Lookup { not_before_ms },
        After::DoubtFails => Recovery::DoubtFails,
        _ => Recovery::Doubt,
    }
}

fn within_horizon(horizon: Option<i64>, entry: &Entry, now_ms: i64) -> bool {
    entry.attempt == 0 || horizon.is_none_or(|ms| now_ms.saturating_sub(entry.first_ms) < ms)
}

/// When the next attempt may begin; `None` if there is none. The pause doubles (or grows by `rate`) up to its bound
/// and is drawn evenly below it ("full jitter": Brooker, Exponential Backoff and Jitter, 2015).
fn retry_at(policy: &Policy, failures: u32, refusal: &Refusal<'_>) -> Option<i64> {
    let retry = policy.retry.as_ref()?;
    let wanted = if retry.on.is_empty() {
        default_kinds(policy.class).contains(refusal.kind)
    } else {
        retry.on.contains(&refusal.kind.index())
    };
    if !wanted || failures >= retry.count {
        return None;
    }
    let mut bound_ms = retry.backoff_ms.max(0);
    for _ in 0..failures {
        bound_ms = grow(bound_ms, retry.rate).min(retry.backoff_max_ms);
    }
    bound_ms = bound_ms.min(retry.backoff_max_ms.max(0));
    let bound = u64::try_from(bound_ms).unwrap_or(0);
    let pause = if retry.jitter { refusal.random % (bound + 1) } else { bound };
    Some(refusal.now_ms.saturating_add(i64::try_from(pause).unwrap_or(i64::MAX)))
}

/// `bound * rate` in whole milliseconds; the product is a pause, far below where a float loses digits.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "saturating, and bounded above"
)]
fn grow(bound_ms: i64, rate: f64) -> i64 {
    (bound_ms as f64 * rate) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeth_lang::bytecode::module::Retry;

    const NOW: i64 = 1_000_000;

    fn policy(class: Class) -> Policy {
        let retry = Retry {
            count: 2,
            on: Vec::new(),
            backoff_ms: 100,
            backoff_max_ms: 300,
            rate: 2.0,
            jitter: false,
        };
        Policy { class, retry: Some(retry), lookup: false, settle_ms: 1_000, doubt_fails: false }
    }

    fn answer(policy: &Policy, entry: &Entry, verdict: Verdict, kind: &ErrorKind) -> After {
        after_answer(policy, entry, &Refusal { verdict, kind, now_ms: NOW, random: 7 })
    }

    /// One row: class, verdict, kind, what follows the first attempt.
    #[test]
    fn the_table_of_answers() {
        use Class::{Idempotent, Once, Readonly};
        use ErrorKind::{Rejected, Timeout, Unavailable};
        use Verdict::{Done, NotDone, Unknown};
        let day = Idempotent(Some(86_400_000));
        let again = || After::Retry { at_ms: NOW + 100 };
        let table = [
            (Readonly, NotDone, Unavailable, again()),
            (Readonly, Unknown, Timeout, again()),
            (Readonly, Done, Rejected, After::Fail(Done)),
            (day, NotDone, Unavailable, again()),
            (day, Unknown, Timeout, again()),
            (day, Done, Rejected, After::Fail(Done)),
            (Once, NotDone, Unavailable, again()),
            (Once, NotDone, Rejected, After::Fail(NotDone)),
            (Once, Done, Rejected, After::Fail(Done)),
            (Once, Done, Unavailable, After::Fail(Done)),
            (Once, Unknown, Timeout, After::Doubt),
            (Once, Unknown, Unavailable, After::Doubt),
        ];
        let entry = Entry { attempt: 1, open: true, first_ms: NOW - 5, ..Entry::default() };
        for (class, verdict, kind, want) in table {
            let row = format!("{class:?} {verdict:?} {kind:?}");
            assert_eq!(answer(&policy(class), &entry, verdict, &kind), want, "{row}");
        }
    }

    /// One row: class, age of the first intent, lookup, in_doubt fail, what becomes of the open attempt.
    #[test]
    fn the_table_of_recovery() {
        use Class::{Idempotent, Once, Readonly};
        let hour = Idempotent(Some(3_600_000));
        let lookup = || Recovery::Lookup { not_before_ms: NOW - 10 + 1_000 };
        let table = [
            (Readonly, 5, false, false, Recovery::Call),
            (hour, 5, false, false, Recovery::Call),
            (hour, 3_600_000, false, false, Recovery::Doubt),
            (hour, 3_600_000, true, false, lookup()),
            (Idempotent(None), i64::MAX / 2, false, false, Recovery::Call),
            (Once, 5, false, false, Recovery::Doubt),
            (Once, 5, false, true, Recovery::DoubtFails),
            (Once, 5, true, false, lookup()),
            (Once, 5, true, true, lookup()),
        ];
        for (class, age, has_lookup, doubt_fails, want) in table {
            let policy = Policy { lookup: has_lookup, doubt_fails, ..policy(class) };
            let entry = Entry { attempt: 1, open: true, first_ms: NOW - age, ..Entry::default() };
            assert_eq!(recover(&policy, &entry, NOW, NOW - 10), want, "{class:?} {age}");
        }
    }

    #[test]
    fn pauses_double_up_to_their_bound_and_then_end() {
        let policy = policy(Class::Readonly);
        let at = |failures| {
            let entry = Entry { failures, ..Entry::default() };
            answer(&policy, &entry, Verdict::NotDone, &ErrorKind::Unavailable)
        };
        assert_eq!(at(0), After::Retry { at_ms: NOW + 100 });
        assert_eq!(at(1), After::Retry { at_ms: NOW + 200 });
        assert_eq!(at(2), After::Fail(Verdict::NotDone));
    }

    #[test]
    fn jitter_stays_below_the_bound() {
        let mut policy = policy(Class::Readonly);
        policy.retry.as_mut().unwrap().jitter = true;
        for random in [0, 1, 99, 100, 101, u64::MAX] {
            let refusal =
                Refusal { verdict: Verdict::NotDone, kind: &ErrorKind::Unavailable, now_ms: NOW, random };
            let After::Retry { at_ms } = after_answer(&policy, &Entry::default(), &refusal) else { panic!() };
            assert!((NOW..=NOW + 100).contains(&at_ms), "{random} gives {at_ms}");
        }
    }
}
