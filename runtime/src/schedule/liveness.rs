//! Whether a worker lives (runtime.md S2): it holds an OS lock on a file named by its random id. Taken: it lives,
//! also when it is stopped. Free, or no file: it is dead. No pid or host name is ever asked for that.
//!
//! In: the folder `workers/` of a store. Out: alive or dead, for certain. Invariant: [`Workers::kill_stopped`]
//! signals only the process that registered the id, and only while its lock is taken.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::process::Identity;
use crate::host::entropy::random_name;

/// How often a lock that is about to become free is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Workers that live in this process without a folder.
static LIVING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Whether a worker lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Its lock is taken: it may do something at any time.
    Alive,
    /// It will never do anything again.
    Dead,
}

/// Why a worker could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum KillError {
    /// It runs in another container.
    #[error("worker {0} runs in another pid namespace and cannot be ended from here: stop its container")]
    Elsewhere(String),
    /// It is this very process.
    #[error("worker {0} is this process")]
    Ourselves(String),
    /// Its file does not say who it is.
    #[error("the lock of worker {0} is taken, but its file does not name a process that still runs")]
    Unnamed(String),
    /// Another user's.
    #[error("worker {0} may not be ended: {1}")]
    Refused(String, io::Error),
    /// It was ended, and its lock is still taken.
    #[error("worker {0} was ended but its lock is still taken")]
    Remains(String),
}

/// Where the workers of a store prove that they live.
#[derive(Clone, Debug)]
pub struct Workers {
    folder: Option<PathBuf>,
}

impl Workers {
    /// Workers of all processes that share a store's folder.
    #[must_use]
    pub fn in_folder(store: &Path) -> Self {
        Self { folder: Some(store.join("workers")) }
    }

    /// Workers of this process alone, for stores without a folder.
    #[must_use]
    pub fn in_process() -> Self {
        Self { folder: None }
    }

    /// A new worker, alive until it is dropped or its process ends in whatever way.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn register(&self) -> io::Result<Worker> {
        let id = random_name(16);
        let Some(folder) = &self.folder else {
            living().insert(id.clone());
            return Ok(Worker { id, lock: None });
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = path(folder, &id).ok_or(io::ErrorKind::InvalidInput)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return self.register(),
            locked => locked?,
        }
        let own = Identity::own().ok_or_else(|| io::Error::other("/proc does not show this process"))?;
        writeln!(file, "{own}")?;
        // Between creating and locking it, one who tidies up can take it for a dead one: locked above, or removed.
        let same = fs::metadata(&path).is_ok_and(|there| {
            file.metadata().is_ok_and(|here| (here.dev(), here.ino()) == (there.dev(), there.ino()))
        });
        if !same {
            return self.register();
        }
        Ok(Worker { id, lock: Some((path, file)) })
    }

    /// Whether a worker lives.
    ///
    /// # Errors
    /// If the folder cannot be read: then nothing is known.
    pub fn liveness(&self, id: &str) -> io::Result<Liveness> {
        let alive = match &self.folder {
            None => living().contains(id),
            Some(folder) => match path(folder, id) {
                Some(path) => taken(&path)?,
                // Nobody can register under such a name.
                None => false,
            },
        };
        Ok(if alive { Liveness::Alive } else { Liveness::Dead })
    }

    /// Makes a worker dead that does not move: afterwards its lock is free. Blocks for at most `patience`.
    ///
    /// # Errors
    /// If it cannot be ended; then it may still do something.
    pub fn kill_stopped(&self, id: &str, patience: Duration) -> Result<(), KillError> {
        let refused = |error: io::Error| KillError::Refused(id.to_owned(), error);
        if self.liveness(id).map_err(refused)? == Liveness::Dead {
            return Ok(());
        }
        let Some(path) = self.folder.as_deref().and_then(|folder| path(folder, id)) else {
            return Err(KillError::Ourselves(id.to_owned()));
        };
        let written =
            fs::read_to_string(&path).ok().and_then(|text| text.trim_end().parse::<Identity>().ok());
        let worker = written.ok_or_else(|| KillError::Unnamed(id.to_owned()))?;
        if !worker.reachable() {
            return Err(KillError::Elsewhere(id.to_owned()));
        }
        if worker.pid == rustix::process::getpid() {
            return Err(KillError::Ourselves(id.to_owned()));
        }
        match pidfd_open(worker.pid, PidfdFlags::empty()) {
            // From here on the handle means one process, whatever becomes of its number: is it the one?
            Ok(handle) => {
                let same = Identity::of(worker.pid).is_some_and(|now| now.start == worker.start);
                if same && taken(&path).map_err(refused)? {
                    match pidfd_send_signal(&handle, Signal::KILL) {
                        Ok(()) | Err(Errno::SRCH) => {}
                        Err(error) => return Err(refused(error.into())),
                    }
                }
            }
            Err(Errno::SRCH) => {}
            Err(error) => return Err(refused(error.into())),
        }
        let deadline = Instant::now() + patience;
        while taken(&path).map_err(refused)? {
            if Instant::now() > deadline {
                return Err(KillError::Remains(id.to_owned()));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Removes what dead workers left; how many.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn tidy(&self) -> io::Result<usize> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut removed = 0;
        for entry in entries {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".lock"));
            let Some(path) = id.and_then(|id| path(folder, id)) else { continue };
            let Ok(file) = File::open(&path) else { continue };
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
                && fs::remove_file(&path).is_ok()
            {
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// A living worker.
#[derive(Debug)]
pub struct Worker {
    /// Its random id, under which it holds leases.
    pub id: String,
    /// Its file and the lock on it.
    lock: Option<(PathBuf, File)>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        match self.lock.take() {
            // Removed while it is still locked: nobody sees it free and present.
            Some((path, _file)) => drop(fs::remove_file(path)),
            None => drop(living().remove(&self.id)),
        }
    }
}

fn living() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A worker's file; `None` if the id is none of ours, so that no stored bytes name another file.
fn path(folder: &Path, id: &str) -> Option<PathBuf> {
    let ours = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    ours.then(|| folder.join(format!("{id}.lock")))
}

fn taken(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use rustix::process::{Pid, kill_process};

    use super::*;
    use crate::host::exec::spawn_apart;

    const PATIENCE: Duration = Duration::from_secs(10);
    const FOLDER: &str = "AETH_TEST_LIVENESS_WORKER";

    /// What the other process does: registers, says so, and lives until it is killed.
    #[test]
    fn worker_process() {
        let Some(folder) = std::env::var_os(FOLDER) else { return };
        let folder = PathBuf::from(folder);
        let worker = Workers::in_folder(&folder).register().unwrap();
        fs::write(folder.join("id.new"), &worker.id).unwrap();
        fs::rename(folder.join("id.new"), folder.join("id")).unwrap();
        std::thread::sleep(Duration::from_secs(600));
    }

    struct Other {
        process: Child,
        id: String,
    }

    impl Other {
        fn start(folder: &Path) -> Self {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command
                .args(["--exact", "schedule::liveness::tests::worker_process", "--nocapture"])
                .env(FOLDER, folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let process = spawn_apart(|| command.spawn()).unwrap();
            let deadline = Instant::now() + PATIENCE;
            let id = loop {
                if let Ok(id) = fs::read_to_string(folder.join("id")) {
                    break id;
                }
                assert!(Instant::now() < deadline, "the other worker did not start");
                std::thread::sleep(LOOK);
            };
            Self { process, id }
        }

        fn signal(&self, signal: Signal) {
            kill_process(Pid::from_raw(self.process.id().cast_signed()).unwrap(), signal).unwrap();
        }
    }

    impl Drop for Other {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    #[test]
    fn alive_until_dropped() {
        let dir = tempfile::tempdir().unwrap();
        for workers in [Workers::in_folder(dir.path()), Workers::in_process()] {
            let (a, b) = (workers.register().unwrap(), workers.register().unwrap());
            assert_ne!(a.id, b.id);
            let gone = a.id.clone();
            assert_eq!(workers.liveness(&a.id).unwrap(), Liveness::Alive);
            drop(a);
            assert_eq!(workers.liveness(&gone).unwrap(), Liveness::Dead);
            assert_eq!(workers.liveness(&b.id).unwrap(), Liveness::Alive);
            assert!(matches!(workers.kill_stopped(&b.id, PATIENCE), Err(KillError::Ourselves(_))));
            assert!(workers.kill_stopped(&gone, PATIENCE).is_ok());
        }
        assert_eq!(fs::read_dir(dir.path().join("workers")).unwrap().count(), 0);
    }

    #[test]
    fn other_names_are_dead_and_name_no_file() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x.lock"), "").unwrap();
        for id in ["", "../x", "w1", &"A".repeat(32), &"a".repeat(33)] {
            assert_eq!(Workers::in_folder(dir.path()).liveness(id).unwrap(), Liveness::Dead, "{id}");
        }
    }

    #[test]
    fn a_killed_process_is_dead_at_once_and_a_stopped_one_is_alive() {
        let dir = tempfile::tempdir().unwrap();
        let workers = Workers::in_folder(dir.path());
        let mut other = Other::start(dir.path());
        assert_eq!(workers.liveness(&other.id).unwrap(), Liveness::Alive);
        other.signal(Signal::STOP);
        assert_eq!(workers.liveness(&other.id).unwrap(), Liveness::Alive);
        assert_eq!(workers.tidy().unwrap(), 0, "the living are left alone");
        other.signal(Signal::KILL);
        other.process.wait().unwrap();
        assert_eq!(workers.liveness(&other.id).unwrap(), Liveness::Dead);
        fs::write(dir.path().join("workers/notes.txt"), "").unwrap();
        assert_eq!(workers.tidy().unwrap(), 1);
        assert_eq!(fs::read_dir(dir.path().join("workers")).unwrap().count(), 1, "what is not ours stays");
    }

    #[test]
    fn a_stopped_one_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let workers = Workers::in_folder(dir.path());
        let mut other = Other::start(dir.path());
        other.signal(Signal::STOP);
        workers.kill_stopped(&other.id, PATIENCE).unwrap();
        assert_eq!(workers.liveness(&other.id).unwrap(), Liveness::Dead);
        let status = other.process.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    }

    #[test]
    fn nobody_else_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let workers = Workers::in_folder(dir.path());
        let mut other = Other::start(dir.path());
        let path = dir.path().join("workers").join(format!("{}.lock", other.id));
        let truth = fs::read_to_string(&path).unwrap();
        let words: Vec<&str> = truth.split_whitespace().collect();
        let short = Duration::from_millis(50);

        fs::write(&path, format!("{} {} {} pid:[1]\n", words[0], words[1], words[2])).unwrap();
        assert!(matches!(workers.kill_stopped(&other.id, short), Err(KillError::Elsewhere(_))));
        fs::write(&path, format!("{} 1 {} {}\n", words[0], words[2], words[3])).unwrap();
        assert!(
            matches!(workers.kill_stopped(&other.id, short), Err(KillError::Remains(_))),
            "another start time"
        );
        fs::write(&path, "").unwrap();
        assert!(matches!(workers.kill_stopped(&other.id, short), Err(KillError::Unnamed(_))));
        assert!(other.process.try_wait().unwrap().is_none(), "it lives");
    }
}
