//! The guard: a process beside the worker that ends the worker's children when the worker is gone, also by SIGKILL.
//!
//! In: the folder of exec locks, the worker's lock prefix, and a pipe whose other end only the worker holds. Out:
//! nothing; when the pipe closes, every child whose lock bears the prefix is dead. Invariant: it acts only after the
//! worker has ended, when no new lock with this prefix can appear.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use super::orphan;

/// How the embedding program starts a guard: a command that calls [`run`] with the two arguments that are added, the
/// lock folder and the prefix. Its standard input is the pipe, its standard output says `ready`.
#[derive(Clone, Debug)]
pub struct GuardCommand {
    /// The program: usually `std::env::current_exe()`.
    pub program: OsString,
    /// Its first arguments: usually a hidden subcommand.
    pub args: Vec<OsString>,
}

/// The line with which a guard says that it watches.
const READY: &str = "ready";
/// How long a guard may take to start.
const START: Duration = Duration::from_secs(10);
/// How long a guard waits for killed children to be gone.
const GONE: Duration = Duration::from_secs(30);

/// What a guard process does: waits until its standard input ends, then ends every child of the worker.
///
/// # Errors
/// If the pipe cannot be read or the folder cannot be listed.
pub fn run(locks: &Path, prefix: &str) -> io::Result<()> {
    // A session of its own: what a terminal sends to the worker's session does not reach it.
    let _ = rustix::process::setsid();
    let mut out = io::stdout();
    out.write_all(format!("\n{READY}\n").as_bytes())?;
    out.flush()?;
    let mut pipe = io::stdin().lock();
    let mut byte = [0; 64];
    loop {
        match pipe.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    orphan::end_all(locks, prefix, GONE)
}

/// A worker's hold on its guard: started at the first call, started again if it died.
pub(super) struct Guard {
    command: Option<GuardCommand>,
    running: Mutex<Option<Child>>,
}

impl Guard {
    pub(super) fn new(command: Option<GuardCommand>) -> Self {
        Self { command, running: Mutex::new(None) }
    }

    /// Makes sure that a guard watches. Blocks until it says so.
    pub(super) fn ensure(&self, locks: &Path, prefix: &str) -> io::Result<()> {
        let Some(command) = &self.command else { return Ok(()) };
        let mut running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(child) = running.as_mut()
            && child.try_wait()?.is_none()
        {
            return Ok(());
        }
        let mut child = Command::new(&command.program)
            .args(&command.args)
            .arg(locks)
            .arg(prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let said = child.stdout.take().map(await_ready);
        match said {
            Some(Ok(())) => {
                *running = Some(child);
                Ok(())
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                Err(io::Error::other("the guard process did not start"))
            }
        }
    }
}

impl Drop for Guard {
    /// An orderly end: the pipe closes, the guard ends what is left and goes.
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(mut child) = running.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// Waits for the line that says that the guard watches, on a thread of its own so that a silent one cannot hang us.
fn await_ready(mut out: ChildStdout) -> io::Result<()> {
    let (tell, hear) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut seen, mut buffer) = (Vec::new(), [0; 256]);
        while let Ok(read @ 1..) = out.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..read]);
            if String::from_utf8_lossy(&seen).lines().any(|line| line == READY) {
                let _ = tell.send(());
                break;
            }
        }
    });
    hear.recv_timeout(START).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))
}
