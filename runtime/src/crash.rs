//! Crash points: places at which a debug build kills or stops itself when told to, so that tests hit the exact window
//! they name. `AETH_CRASH_AT=<boundary>:<n>[:kill|:stop]`: at the n-th time the boundary is reached.
//!
//! A build without debug assertions has none of this.

/// A boundary of the durable loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// `job.created`: a job and its first event are durable.
    JobCreated,
    /// `lease.taken`: the lease is ours, nothing is read yet.
    LeaseTaken,
    /// `intent.before`: about to append a batch that holds an intent.
    IntentBefore,
    /// `intent.after`: the intent is durable, nothing is sent.
    IntentAfter,
    /// `call.sent`: after the check of the dispatch window, just before the first byte.
    CallSent,
    /// `call.answered`: the answer is in hand, its outcome is not recorded.
    CallAnswered,
    /// `outcome.before`: about to append a batch that holds an outcome.
    OutcomeBefore,
    /// `outcome.after`: the outcome is durable.
    OutcomeAfter,
    /// `end.before`: about to append the job's end.
    EndBefore,
    /// `end.after`: the end is durable, nobody has been told.
    EndAfter,
}

impl Boundary {
    /// The name in `AETH_CRASH_AT`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JobCreated => "job.created",
            Self::LeaseTaken => "lease.taken",
            Self::IntentBefore => "intent.before",
            Self::IntentAfter => "intent.after",
            Self::CallSent => "call.sent",
            Self::CallAnswered => "call.answered",
            Self::OutcomeBefore => "outcome.before",
            Self::OutcomeAfter => "outcome.after",
            Self::EndBefore => "end.before",
            Self::EndAfter => "end.after",
        }
    }
}

/// Marks that a boundary is reached.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_: Boundary) {}

/// Marks that a boundary is reached; ends or stops this very process if the environment says so.
#[cfg(debug_assertions)]
pub fn point(boundary: Boundary) {
    armed::reached(boundary);
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Boundary;
    use rustix::process::{Signal, getpid, kill_process};

    struct Plan {
        boundary: String,
        nth: u64,
        signal: Signal,
    }

    static REACHED: AtomicU64 = AtomicU64::new(0);

    pub(super) fn reached(boundary: Boundary) {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        let Some(plan) = PLAN.get_or_init(plan) else { return };
        if plan.boundary != boundary.name() || REACHED.fetch_add(1, Ordering::SeqCst) + 1 != plan.nth {
            return;
        }
        // Death reaches every thread before the call returns.
        let _ = kill_process(getpid(), plan.signal);
        if plan.signal == Signal::STOP {
            settle();
        }
    }

    /// A stop begins when the thread that the kernel chose for it wakes up, so this one may run on for a moment. It
    /// must not: the boundary would lie behind it before the process stands still. It spins until time has leapt, so
    /// that it is as ready as any other thread when the process goes on.
    #[allow(clippy::disallowed_methods, reason = "a debug build's own switch; the process is to stand still")]
    fn settle() {
        use std::time::{Duration, Instant};
        let started = Instant::now();
        let mut last = started;
        while last.elapsed() < Duration::from_millis(400) && started.elapsed() < Duration::from_secs(5) {
            last = Instant::now();
            std::hint::spin_loop();
        }
    }

    #[allow(clippy::disallowed_methods, reason = "a debug build's own switch, read once")]
    fn plan() -> Option<Plan> {
        let text = std::env::var("AETH_CRASH_AT").ok()?;
        let mut parts = text.split(':');
        let boundary = parts.next()?.to_owned();
        let nth = parts.next().unwrap_or("1").parse().unwrap_or(1);
        let signal = if parts.next() == Some("stop") { Signal::STOP } else { Signal::KILL };
        Some(Plan { boundary, nth, signal })
    }
}
