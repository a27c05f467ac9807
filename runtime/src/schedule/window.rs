//! The dispatch window (runtime.md L4): how long after a heartbeat a worker may still send.
//!
//! Invariant: the window counts from when the last successful heartbeat was *begun*, on a clock that counts suspend,
//! so it is closed before anyone else could take the lease.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::{LEASE_MARGIN_MS, LEASE_MS};

/// Until when a worker may send.
#[derive(Debug)]
pub struct Window {
    /// How long a heartbeat is good for.
    length_ms: u64,
    /// One more than when the last successful heartbeat was begun; 0: there was none.
    begun: AtomicU64,
}

impl Default for Window {
    fn default() -> Self {
        Self::new(LEASE_MS, LEASE_MARGIN_MS)
    }
}

impl Window {
    /// A closed window for leases of this length, of which the last part is not used.
    #[must_use]
    pub fn new(lease_ms: u64, margin_ms: u64) -> Self {
        Self { length_ms: lease_ms.saturating_sub(margin_ms), begun: AtomicU64::new(0) }
    }

    /// A heartbeat that was begun then has succeeded.
    pub fn renewed(&self, begun_ms: u64) {
        self.begun.fetch_max(begun_ms.saturating_add(1), Ordering::AcqRel);
    }

    /// Nothing may be sent any more, also if a heartbeat that is under way succeeds yet.
    pub fn close(&self) {
        self.begun.store(u64::MAX, Ordering::Release);
    }

    /// Whether a call may be sent now. Asked immediately before the first byte.
    #[must_use]
    pub fn may_send(&self, now_ms: u64) -> bool {
        match self.begun.load(Ordering::Acquire).checked_sub(1) {
            Some(begun) => now_ms >= begun && now_ms - begun < self.length_ms,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_from_a_heartbeat_until_the_margin() {
        let window = Window::new(10_000, 2_000);
        assert!(!window.may_send(0), "closed at first");
        window.renewed(500);
        let table = [(499, false), (500, true), (8_499, true), (8_500, false), (u64::MAX, false)];
        for (now, open) in table {
            assert_eq!(window.may_send(now), open, "at {now}");
        }
        window.renewed(300);
        assert!(window.may_send(8_499), "an older heartbeat that is acknowledged late changes nothing");
        window.renewed(9_000);
        assert!(window.may_send(16_999));
        window.close();
        window.renewed(9_002);
        assert!(!window.may_send(9_003), "closed for good");
        let margin_is_all = Window::new(1, 2);
        margin_is_all.renewed(0);
        assert!(!margin_is_all.may_send(0));
    }
}
