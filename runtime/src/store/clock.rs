//! Where a store takes its clock and its random numbers from, unless a test gives others.
//!
//! In: nothing. Out: milliseconds since 1970 that never decrease within this process, and nonces. Invariant: nothing
//! else of the stores reads the system's clock or entropy.
#![allow(
    clippy::disallowed_methods,
    reason = "the store is the one clock of events, and draws the nonces of leases"
)]

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{StoreError, StoreErrorKind};

/// The system's clock, held back from going back.
#[derive(Debug, Default)]
pub(super) struct SystemClock {
    latest_ms: AtomicI64,
}

impl SystemClock {
    /// Milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.latest_ms.fetch_max(now_ms, Ordering::Relaxed).max(now_ms)
    }
}

/// A random number that no other holder of a lease has.
pub(super) fn nonce() -> Result<u64, StoreError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        StoreError::new(StoreErrorKind::Other, format!("the system gives no random numbers: {error}"))
    })?;
    Ok(u64::from_le_bytes(bytes))
}
