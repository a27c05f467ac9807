//! The only doors outwards: clock, entropy, tools. Everything that can differ between two runs comes through here.
//!
//! In: a [`CallRequest`] that the program computed. Out: an [`Answer`] with its verdict. Invariant: [`Tools::prepare`]
//! does everything that may wait or fail locally (grants, secrets, encoding, looking up the command) and sends
//! nothing; [`Prepared::dispatch`] sends at once and repeats nothing.

#![allow(clippy::disallowed_methods, reason = "this folder is the door to the world that the bans lead to")]

pub mod answer;
pub mod clock;
mod command;
pub mod embed;
pub mod entropy;
pub mod exec;
pub mod file;
#[cfg(test)]
mod fixture;
pub mod guard;
pub mod http;
pub mod orphan;
pub mod system;

pub use answer::{Raw, interpret};
pub use clock::SystemClock;
pub use embed::HostTools;
pub use entropy::SystemEntropy;
pub use exec::Children;
pub use guard::GuardCommand;
pub use orphan::end_orphans;
pub use system::SystemTools;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::event::Verdict;
use crate::value::{Error, SealedPart};
use aeth_lang::bytecode::module::{CommandPart, FileOp};

/// Text that may hold secrets.
pub type Sealed = Vec<SealedPart>;

/// What is to be done, as recorded: canonical bytes are its postcard encoding. Secrets are names here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallRequest {
    /// An HTTP request.
    Http {
        /// `GET`, `POST` …
        method: String,
        /// Absolute URL, query not included.
        url: Sealed,
        /// Query parameters, in order.
        query: Vec<(String, Sealed)>,
        /// Headers, in order.
        headers: Vec<(String, Sealed)>,
        /// The body.
        body: Body,
    },
    /// A child process.
    Exec {
        /// The command and its arguments; never a shell string.
        command: Vec<String>,
        /// What was known of each element before it ran: tells literal from computed text.
        parts: Vec<CommandPart>,
        /// Its standard input.
        stdin: Body,
        /// Its declared environment.
        env: Vec<(String, Sealed)>,
        /// Its working directory.
        cwd: Option<String>,
    },
    /// A file operation.
    File {
        /// Which.
        op: FileOp,
        /// The path.
        path: String,
        /// What is written.
        text: Option<String>,
    },
    /// A tool of the embedding program.
    Host {
        /// Its name.
        tool: String,
        /// Its arguments: a JSON object.
        args: String,
    },
}

/// The body of a request or the input of a child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Nothing.
    None,
    /// Text as it is.
    Text(Sealed),
    /// JSON (sent with `content-type: application/json` unless a header says otherwise); sealed where it holds secrets.
    Json(Sealed),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// A call with all that a host needs to know.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool's name, for messages.
    pub tool: String,
    /// What is to be done.
    pub request: CallRequest,
    /// Whether it changes nothing: then a host may follow redirects (none of the present ones does).
    pub readonly: bool,
    /// Time from dispatch to the complete answer.
    pub timeout: Duration,
    /// Statuses or exit codes that prove that nothing happened.
    pub not_done: Vec<i64>,
    /// Most bytes of an answer.
    pub answer_bytes: u64,
    /// Names this attempt uniquely in the store: `namespace/job/effect#attempt`.
    pub attempt_name: String,
}

/// What the world answered, before it is decoded.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What is known of the attempt.
    pub verdict: Verdict,
    /// The reply, or why there is none. Secrets are already replaced by placeholders.
    pub reply: Result<Reply, Error>,
}

/// A reply as it came, undecoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Of HTTP: any status. Turning statuses into errors is done after, by the result type.
    Http {
        /// The status.
        status: u16,
        /// Header names in lower case, in order; values of repeated headers joined by `, `.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Of a child that ended by itself.
    Exec {
        /// Its exit code.
        code: i32,
        /// Its output.
        stdout: Vec<u8>,
        /// Its error output.
        stderr: Vec<u8>,
    },
    /// A value in JSON form: file operations and host tools.
    Json(String),
}

/// Carries calls out.
#[async_trait]
pub trait Tools: Send + Sync + 'static {
    /// Everything that may wait or fail before the first byte. An error here is final and proves that nothing was
    /// done (kinds Denied, Unavailable, Rejected …).
    async fn prepare(&self, call: Call) -> Result<Box<dyn Prepared>, Error>;
}

/// A call that is ready to be sent.
#[async_trait]
pub trait Prepared: Send {
    /// Sends it and waits for the answer, at most for the call's timeout (then the verdict is unknown, kind
    /// Timeout; a child's group is ended). Nothing is awaited before the first byte. Dropping the future gives up.
    async fn dispatch(self: Box<Self>) -> Answer;
}

/// The machine's clock: only for leases, pauses and timeouts; programs see the store's.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds of a clock that never jumps and counts suspend.
    fn elapsed_ms(&self) -> u64;
}

/// Randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The names of the secrets in a sealed text.
fn secrets_in(sealed: &[SealedPart]) -> impl Iterator<Item = &str> {
    sealed.iter().filter_map(|part| match part {
        SealedPart::Secret(name) => Some(name.as_str()),
        SealedPart::Text(_) => None,
    })
}

/// Work that blocks, on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
