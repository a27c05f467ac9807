//! Who may work on what, and until when.
//!
//! In: leases and heartbeats of the store, locks of the operating system. Out: whether to wait, to take over, or to
//! end the holder first; whether a worker may still send. Invariant: nothing is decided by comparing wall clocks,
//! host names or bare pids.
#![allow(clippy::disallowed_methods, reason = "liveness is a question to the operating system")]

mod active;
pub mod heartbeat;
pub mod lease;
pub mod liveness;
pub mod process;
pub mod window;

pub use active::{ActiveWorker, Claim, attempt_name, locks};
pub use heartbeat::Heartbeat;
pub use lease::{Turn, Watch};
pub use liveness::{Liveness, Worker, Workers};
pub use window::Window;
