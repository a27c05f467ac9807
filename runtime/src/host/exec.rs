//! Child processes: a list of arguments, never a shell; an environment that is empty but for what is declared; a
//! process group that ends with the call, and with the job's process.
//!
//! A call is over when its command is: what the command leaves behind in its group is ended with it. Only what leaves
//! the group by itself (a daemon with a session of its own) outlives a call that ended well.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::entropy::random_name;
use super::guard::{Guard, GuardCommand};
use super::orphan::ExecLock;
use super::{Answer, Body, Call, CallRequest, Prepared, Reply, Sealed};
use crate::event::Verdict;
use crate::grant::secrets::Form;
use crate::grant::{Grants, Redactor, Secrets};
use crate::value::{Error, ErrorKind};

/// How long a group that was told to end may take before it is killed.
const GRACE: Duration = Duration::from_millis(500);
/// How long a killed call may take to be gone.
const LAST: Duration = Duration::from_secs(5);
/// Longer than this is no bound; adding it to an instant cannot overflow.
const FOREVER: Duration = Duration::from_secs(1_000_000_000);
/// How long output is awaited from what a command leaves behind when it ends.
const DRAIN: Duration = Duration::from_millis(300);
/// The variables of this process that a child sees too.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

/// While a lock can be inherited, nothing else may start a child.
static SPAWNING: Mutex<()> = Mutex::new(());

/// Starts a process that has nothing to do with any call, so that it inherits no call's lock: for embedding programs
/// that have children of their own. One that does could be taken for a part of the call, and be ended with it.
pub fn spawn_apart<T>(spawn: impl FnOnce() -> T) -> T {
    let _spawning = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
    spawn()
}

/// The children of one worker: where their locks are, and the guard that outlives the worker.
pub struct Children {
    locks: PathBuf,
    prefix: String,
    guard: Arc<Guard>,
}

impl Children {
    /// Children with locks in this folder (`locks/` of the store). Without a guard, children of a worker that is
    /// killed end only when the next worker recovers its effects.
    #[must_use]
    pub fn new(locks: PathBuf, guard: Option<GuardCommand>) -> Self {
        let prefix = format!("exec-{}", random_name(8));
        Self { locks, prefix, guard: Arc::new(Guard::new(guard)) }
    }

    /// Everything that may fail before the child starts.
    pub(super) async fn prepare(
        &self,
        call: Call,
        grants: &Grants,
        secrets: &Secrets,
    ) -> Result<Box<dyn Prepared>, Error> {
        let CallRequest::Exec { command, parts, stdin, env, cwd } = &call.request else {
            return Err(Error::new(ErrorKind::Failed, "not an exec call"));
        };
        let Some(name) = command.first() else {
            return Err(Error::new(ErrorKind::Rejected, "the command is empty"));
        };
        super::command::check(command, parts)?;
        let program = grants.exec(name)?;
        let folder = working_folder(&grants.base, cwd.as_deref())?;
        let mut child = Command::new(&program);
        child.args(&command[1..]).current_dir(folder).env_clear().process_group(0).kill_on_drop(true);
        for (key, value) in INHERITED.iter().filter_map(|key| Some((key, std::env::var_os(key)?))) {
            child.env(key, value);
        }
        let mut redacted: Vec<&str> = Vec::new();
        for (key, value) in env {
            if key.is_empty() || key.contains(['=', '\0']) {
                return Err(Error::new(ErrorKind::Rejected, format!("{key:?} is no name of a variable")));
            }
            let value = secrets.open(value, Form::Plain)?;
            if value.contains('\0') {
                return Err(Error::new(ErrorKind::Rejected, format!("the variable {key} holds a NUL")));
            }
            child.env(key, value);
        }
        redacted.extend(env.iter().flat_map(|(_, sealed)| super::secrets_in(sealed)));
        let (input, sealed) = open_body(stdin, secrets)?;
        redacted.extend(super::secrets_in(sealed));
        child.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
        child.stdout(Stdio::piped()).stderr(Stdio::piped());
        let redactor = secrets.redactor(redacted);
        let lock = self.lock(&call).await?;
        let shown = name.clone();
        Ok(Box::new(PreparedExec { child, shown, input, lock, redactor, call }))
    }

    /// Starts the guard if need be, and takes the child's lock.
    async fn lock(&self, call: &Call) -> Result<ExecLock, Error> {
        let (guard, locks, prefix) = (self.guard.clone(), self.locks.clone(), self.prefix.clone());
        let attempt = call.attempt_name.clone();
        let work = move || {
            spawn_apart(|| guard.ensure(&locks, &prefix))?;
            ExecLock::create(&locks, &prefix, &attempt)
        };
        super::blocking(work).await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("`{}` cannot be run safely: {error}", call.tool))
        })
    }
}

fn working_folder(base: &Path, cwd: Option<&str>) -> Result<PathBuf, Error> {
    let folder = base.join(cwd.unwrap_or_default());
    match fs::metadata(&folder) {
        Ok(found) if found.is_dir() => Ok(folder),
        _ => Err(Error::new(ErrorKind::NotFound, format!("there is no folder {}", folder.display()))),
    }
}

/// The bytes of a body, and the sealed text that they come from.
fn open_body<'a>(body: &'a Body, secrets: &Secrets) -> Result<(Vec<u8>, &'a [super::SealedPart]), Error> {
    let text = |sealed: &'a Sealed, form| {
        secrets.open(sealed, form).map(|text| (text.into_bytes(), sealed.as_slice()))
    };
    match body {
        Body::None => Ok((Vec::new(), &[])),
        Body::Text(sealed) => text(sealed, Form::Plain),
        Body::Json(sealed) => text(sealed, Form::Json),
        Body::Bytes(bytes) => Ok((bytes.clone(), &[])),
    }
}

/// A child that is ready to start.
struct PreparedExec {
    child: Command,
    shown: String,
    input: Vec<u8>,
    lock: ExecLock,
    redactor: Redactor,
    call: Call,
}

#[async_trait]
impl Prepared for PreparedExec {
    async fn dispatch(mut self: Box<Self>) -> Answer {
        let deadline = Instant::now() + self.call.timeout.min(FOREVER);
        match self.start() {
            Ok(running) => self.attend(running, deadline).await,
            Err(error) => {
                let kind = match error.kind() {
                    io::ErrorKind::NotFound => ErrorKind::NotFound,
                    io::ErrorKind::ArgumentListTooLong | io::ErrorKind::InvalidInput => ErrorKind::Rejected,
                    _ => ErrorKind::Unavailable,
                };
                let error = Error::new(kind, format!("`{}` could not be started: {error}", self.shown));
                Answer { verdict: Verdict::NotDone, reply: Err(self.redactor.error(error)) }
            }
        }
    }
}

/// How a child's call ended.
enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// Its time was over.
    TimedOut,
    /// It printed too much.
    Flooded,
    /// It could not be watched.
    Lost(io::Error),
}

impl PreparedExec {
    /// Starts the child with its lock; no other child can start while the lock can be inherited.
    fn start(&mut self) -> io::Result<Running> {
        let _spawning = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        self.lock.inheritable(true)?;
        let spawned = self.child.spawn();
        self.lock.inheritable(false)?;
        let child = spawned?;
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let running = Running { group: pid.ok_or(io::ErrorKind::NotFound)?, child };
        self.lock.child_holds(running.group);
        Ok(running)
    }

    async fn attend(self, mut running: Running, deadline: Instant) -> Answer {
        let output = Output::new(self.call.answer_bytes);
        let ended = running.run(&self.input, &output, deadline).await;
        // The leader is not yet asked for, so that the group's number is still its own.
        running.end();
        if matches!(ended, Ended::Exited(_)) {
            self.lock.finished();
        } else {
            // What left the group as well: nothing of a call without an answer goes on.
            let end = self.lock.end(LAST);
            let _ = super::blocking(end).await;
            let _ = timeout(GRACE, running.child.wait()).await;
        }
        let shown = &self.shown;
        let unknown = |kind, message: String| {
            let error = self.redactor.error(Error::new(kind, message));
            Answer { verdict: Verdict::Unknown, reply: Err(error) }
        };
        match ended {
            Ended::TimedOut => unknown(
                ErrorKind::Timeout,
                format!("`{shown}` did not end within {:?}: it was killed", self.call.timeout),
            ),
            Ended::Flooded => unknown(
                ErrorKind::Limit,
                format!("`{shown}` printed more than {} bytes: it was killed", self.call.answer_bytes),
            ),
            Ended::Lost(error) => unknown(ErrorKind::Unavailable, format!("`{shown}` was lost: {error}")),
            Ended::Exited(status) => match status.code() {
                Some(code) => {
                    let (stdout, stderr) = output.into_parts();
                    let refused = self.call.not_done.contains(&i64::from(code));
                    Answer {
                        verdict: if refused { Verdict::NotDone } else { Verdict::Done },
                        reply: Ok(Reply::Exec {
                            code,
                            stdout: self.redactor.bytes(stdout),
                            stderr: self.redactor.bytes(stderr),
                        }),
                    }
                }
                None => unknown(
                    ErrorKind::Unavailable,
                    format!("`{shown}` was killed by signal {}", status.signal().unwrap_or(0)),
                ),
            },
        }
    }
}

/// A child that runs. Dropped, it takes its whole group with it.
struct Running {
    child: Child,
    group: Pid,
}

impl Running {
    /// Feeds the child, listens to it and waits for its end.
    async fn run(&mut self, input: &[u8], output: &Output, deadline: Instant) -> Ended {
        let exit = match self.exit() {
            Ok(exit) => exit,
            Err(error) => return Ended::Lost(error),
        };
        let (stdin, stdout, stderr) =
            (self.child.stdin.take(), self.child.stdout.take(), self.child.stderr.take());
        let feed = async {
            if let Some(mut pipe) = stdin {
                // A child that does not read all of its input is no error.
                let _ = pipe.write_all(input).await;
                let _ = pipe.shutdown().await;
            }
            Ok(())
        };
        let talk = async {
            tokio::try_join!(
                feed,
                output.collect(stdout, &output.stdout),
                output.collect(stderr, &output.stderr)
            )
        };
        tokio::pin!(talk);
        let mut silent = false;
        loop {
            tokio::select! {
                biased;
                told = &mut talk, if !silent => match told {
                    Ok(_) => silent = true,
                    Err(Flood) => return Ended::Flooded,
                },
                ready = exit.readable() => match ready {
                    Ok(_) => break,
                    Err(error) => return Ended::Lost(error),
                },
                () = sleep_until(deadline) => {
                    self.ask_to_end(&exit).await;
                    return Ended::TimedOut;
                }
            }
        }
        if !silent {
            match timeout(DRAIN, &mut talk).await {
                Ok(Err(Flood)) => return Ended::Flooded,
                Ok(Ok(_)) => {}
                Err(_) => {
                    self.end();
                    if let Ok(Err(Flood)) = timeout(DRAIN, &mut talk).await {
                        return Ended::Flooded;
                    }
                }
            }
        }
        self.end();
        match self.child.wait().await {
            Ok(status) => Ended::Exited(status),
            Err(error) => Ended::Lost(error),
        }
    }

    /// Becomes readable when the leader ends, without asking for it.
    #[allow(
        deprecated,
        reason = "the safe form is deprecated for types that lie about their descriptor; OwnedFd cannot, and its successor is unsafe"
    )]
    fn exit(&self) -> io::Result<AsyncFd<OwnedFd>> {
        AsyncFd::with_interest(pidfd_open(self.group, PidfdFlags::NONBLOCK)?, tokio::io::Interest::READABLE)
    }

    /// Gives the group a moment to end in order.
    async fn ask_to_end(&self, exit: &AsyncFd<OwnedFd>) {
        let _ = kill_process_group(self.group, Signal::TERM);
        tokio::select! {
            _ = exit.readable() => {}
            () = sleep(GRACE) => {}
        }
    }

    /// Ends the whole group at once. Only while the leader has not been asked for: then its number is not ours.
    fn end(&mut self) {
        if self.child.id().is_some() {
            let _ = kill_process_group(self.group, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// More output than allowed.
struct Flood;

/// What a child prints, in bounds.
struct Output {
    stdout: Mutex<Vec<u8>>,
    stderr: Mutex<Vec<u8>>,
    left: AtomicU64,
}

impl Output {
    fn new(limit: u64) -> Self {
        Self { stdout: Mutex::default(), stderr: Mutex::default(), left: AtomicU64::new(limit) }
    }

    /// Reads a pipe to its end. Both pipes share one bound.
    async fn collect(
        &self,
        pipe: Option<impl AsyncRead + Unpin>,
        into: &Mutex<Vec<u8>>,
    ) -> Result<(), Flood> {
        let Some(mut pipe) = pipe else { return Ok(()) };
        let mut buffer = vec![0; 32 * 1024];
        while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
            let taken = |left: u64| left.checked_sub(read as u64);
            self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, taken).map_err(|_| Flood)?;
            into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
        }
        Ok(())
    }

    fn into_parts(self) -> (Vec<u8>, Vec<u8>) {
        let open = |bytes: Mutex<Vec<u8>>| bytes.into_inner().unwrap_or_else(PoisonError::into_inner);
        (open(self.stdout), open(self.stderr))
    }
}

#[cfg(test)]
mod tests;
