//! What the suites stand on: a temporary [`World`] to run `aeth` in, a [`Judge`] that counts what really arrived, and
//! a reader of the event log.
//!
//! In: a program and a command line. Out: exit code, output, events, counts. Invariant: every process that a test
//! starts ends with the test, whatever happens to it.

pub mod judge;
pub mod log;
pub mod role;
pub mod world;

pub use judge::{Judge, Step};
pub use log::Log;
pub use world::{Aeth, Finished, World};

use std::time::{Duration, Instant};

/// Polls until `ready` answers something, or panics with what was waited for.
pub fn wait_until<T>(what: &str, limit: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(started.elapsed() < limit, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
