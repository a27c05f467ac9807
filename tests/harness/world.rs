//! A temporary folder with a program and a store, and the `aeth` command in it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Pid, Signal, WaitOptions};

use super::Log;

/// Longest a command may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with everything one test needs; gone with it.
pub struct World {
    dir: tempfile::TempDir,
    envs: Vec<(String, String)>,
}

impl World {
    /// An empty folder.
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder"), envs: Vec::new() }
    }

    /// A folder with `main.aeth`.
    pub fn with_program(source: &str) -> Self {
        let world = Self::new();
        world.write("main.aeth", source);
        world
    }

    /// Sets an environment variable for every command of this world.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file, with its folders.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// The `aeth` command with arguments, in this folder, with a bare environment.
    pub fn aeth<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Aeth {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aeth"));
        command.current_dir(self.path()).args(args).env_clear();
        for name in ["PATH", "HOME", "LANG", "TZ"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        Aeth { command, stdin: Vec::new() }
    }

    /// `aeth` to its end, for commands that are not the point of a test.
    pub fn run(&self, args: &[&str]) -> Finished {
        self.aeth(args).finish()
    }

    /// The event log of a job, as `aeth events` shows it.
    pub fn log(&self, job: &str) -> Log {
        Log::read(self, job)
    }
}

/// A command about to be started.
pub struct Aeth {
    command: Command,
    stdin: Vec<u8>,
}

impl Aeth {
    /// Kills (or, with `:stop`, stops) the process at a boundary, as `intent.after:1:kill`.
    pub fn crash_at(self, point: &str) -> Self {
        self.env("AETH_CRASH_AT", point)
    }

    /// An environment variable for this command.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What it reads.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Starts it.
    pub fn spawn(mut self) -> Running {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("aeth starts");
        let mut stdin = child.stdin.take().expect("piped");
        let input = self.stdin;
        std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let stdout = drain(child.stdout.take().expect("piped"));
        let stderr = drain(child.stderr.take().expect("piped"));
        Running { child, output: Some((stdout, stderr)), described: format!("{:?}", self.command) }
    }

    /// Starts it and waits for its end.
    pub fn finish(self) -> Finished {
        self.spawn().finish()
    }
}

fn drain(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

/// Collects what a command prints.
type Reader = JoinHandle<Vec<u8>>;

/// A command that runs; killed when dropped.
pub struct Running {
    child: Child,
    output: Option<(Reader, Reader)>,
    described: String,
}

impl Running {
    /// Sends a signal to the process alone, not to its group.
    pub fn signal(&self, signal: Signal) {
        let _ = rustix::process::kill_process(self.pid(), signal);
    }

    /// `kill -9`.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until it has stopped itself.
    pub fn wait_stopped(&self) {
        super::wait_until(&format!("{} to stop", self.described), PATIENCE, || {
            let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
            let (_, status) =
                rustix::process::waitpid(Some(self.pid()), options).expect("a child of ours")?;
            assert!(status.stopped(), "{} ended instead of stopping: {status:?}", self.described);
            Some(())
        });
    }

    /// Whether it has not ended.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Finished {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "{} did not end within {PATIENCE:?}", self.described);
            std::thread::sleep(Duration::from_millis(2));
        };
        let (stdout, stderr) = self.output.take().expect("finished once");
        let text = |thread: JoinHandle<Vec<u8>>| {
            String::from_utf8_lossy(&thread.join().expect("a reader")).into_owned()
        };
        Finished {
            status,
            stdout: text(stdout),
            stderr: text(stderr),
            described: std::mem::take(&mut self.described),
            took: started.elapsed(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// How long the test waited for it.
    pub took: Duration,
    described: String,
}

impl Finished {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    /// Asserts that it was killed.
    #[track_caller]
    pub fn was_killed(self) -> Self {
        assert_eq!(self.status.signal(), Some(Signal::KILL.as_raw()), "{self}");
        self
    }

    /// Asserts that stderr or stdout says something.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text) || self.stdout.contains(text), "not said: {text}\n{self}");
        self
    }

    /// Its standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr, described, .. } = self;
        write!(f, "{described}\n{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
