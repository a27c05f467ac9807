//! Every limit of the runtime, named in one place. Those of a job are recorded when it is created.

use serde::{Deserialize, Serialize};

/// Limits of one job, counted in units that depend on no platform or allocator; recorded in `JobCreated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Steps between two deliveries: backward jumps, calls, and what builtins charge.
    pub steps: u64,
    /// Live heap in abstract units of about 16 bytes.
    pub heap: u64,
    /// Frames of one fiber.
    pub frames: u32,
    /// Live fibers.
    pub fibers: u32,
    /// Open world-changing intents.
    pub open_calls: u32,
    /// Bytes of one value that enters or leaves (arguments, outcomes, results).
    pub payload: u64,
    /// Events of the log.
    pub log: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 2_000_000_000,
            heap: 64 * 1024 * 1024,
            frames: 10_000,
            fibers: 1_000,
            open_calls: 64,
            payload: 16 * 1024 * 1024,
            log: 10_000_000,
        }
    }
}

/// Steps a fiber may take before other jobs get a turn.
pub const FUEL_SLICE: u64 = 1_000_000;
/// Steps all constants of a module together may take at load.
pub const LOAD_STEPS: u64 = 100_000_000;
/// Deepest nesting of a JSON text, and of a value that enters or leaves the machine.
pub const JSON_DEPTH: usize = 500;
/// Flow calls, items and arms within one another.
pub const FIBER_DEPTH: u32 = 200;
/// Code points of a trace; those in the middle of a longer one are left out.
pub const TRACE: usize = 100;
/// Compiled regular expressions one machine keeps.
pub const REGEX_CACHE: usize = 64;
/// Longest regular expression as it is written, in bytes.
pub const REGEX_TEXT: usize = 32 * 1024;
/// Size of one compiled regular expression, in bytes.
pub const REGEX_BYTES: usize = 1024 * 1024;
/// Rows waiting in one job's inbox.
pub const INBOX_ROWS: usize = 1_000;
/// Longest wait for the outcome of a readonly effect to be written, in milliseconds.
pub const RIDE_MS: u64 = 100;
/// Events that wait at most to be written together.
pub const BATCH_EVENTS: usize = 4_096;
/// What a job's log and work must have grown by before a snapshot of it is worth writing, in bytes.
pub const SNAPSHOT_PACE: u64 = 64 * 1024;
/// Largest snapshot that is kept, in bytes.
pub const SNAPSHOT_BYTES: usize = 256 * 1024 * 1024;
/// Rows beyond those that only people who stop, settle or resume a job may fill.
pub const INBOX_RESERVE: usize = 100;
/// Longest request id, in bytes.
pub const REQUEST_ID_BYTES: usize = 256;
/// How long a write whose fate is unknown is repeated before the store is given up, in milliseconds.
pub const APPEND_PATIENCE_MS: u64 = 60_000;
/// How long a lease lasts without a heartbeat, in milliseconds.
pub const LEASE_MS: u64 = 10_000;
/// How often a worker says that it lives, in milliseconds.
pub const HEARTBEAT_MS: u64 = 2_500;
/// Nothing is sent in the last part of a lease, in milliseconds.
pub const LEASE_MARGIN_MS: u64 = 2_000;
/// How often a process looks for changes that another process made to the store, in milliseconds.
pub const POLL_MS: u64 = 50;
/// Payloads up to this many bytes stand in their event's row.
pub const INLINE_PAYLOAD: usize = 4_096;
/// Shortest secret, in bytes.
pub const SECRET_BYTES: usize = 8;
/// Longest job id, in bytes.
pub const JOB_ID_BYTES: usize = 128;
