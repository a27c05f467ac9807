//! Exec locks: a child holds a flock on a file for as long as it or anything it started lives, and the file says who
//! it is. Whoever finds such a lock taken, and its worker gone, can end the child.
//!
//! In: the folder `locks/` of a store. Out: no process with that lock. Invariant: only processes that hold the very
//! lock file, or belong to the very group that is written in it, are killed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::entropy::random_name;
use crate::schedule::process::{self, Identity};

/// How often an ending child is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The lock of a child that is about to start: taken by this process until [`Self::child_holds`].
pub(super) struct ExecLock {
    path: PathBuf,
    /// The one that the child inherits, and whose open file has the lock. Read-only.
    shared: Option<OwnedFd>,
    /// For what is written into it.
    writer: File,
}

impl ExecLock {
    /// Creates and takes the lock of an attempt.
    pub(super) fn create(locks: &Path, prefix: &str, attempt: &str) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(locks)?;
        let path = locks.join(format!("{prefix}-{}-{}.lock", digest(attempt), random_name(8)));
        let mut writer = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        writer.write_all(format!("attempt {attempt}\n").as_bytes())?;
        let shared = File::open(&path)?;
        flock(&shared, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { path, shared: Some(shared.into()), writer })
    }

    /// Whether processes that are started now inherit the lock.
    pub(super) fn inheritable(&self, yes: bool) -> io::Result<()> {
        let flags = if yes { FdFlags::empty() } else { FdFlags::CLOEXEC };
        match &self.shared {
            Some(shared) => Ok(fcntl_setfd(shared.as_fd(), flags)?),
            None => Ok(()),
        }
    }

    /// The child runs: from now on only it holds the lock, and the file says who it is.
    pub(super) fn child_holds(&mut self, child: Pid) {
        self.shared = None;
        if let Some(identity) = Identity::of(child) {
            let _ = self.writer.write_all(format!("group {identity}\n").as_bytes());
        }
    }

    /// Ends the child and whatever holds the lock with it. Blocking.
    pub(super) fn end(&self, patience: Duration) -> impl FnOnce() -> io::Result<()> + Send + 'static {
        let path = self.path.clone();
        move || end_one(&path, patience)
    }

    /// The child ended by itself: whatever left its group may live on.
    pub(super) fn finished(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for ExecLock {
    /// The call is over, or was never made. A lock that something still holds is left for recovery to see.
    fn drop(&mut self) {
        self.shared = None;
        if taken(&self.path) != Some(true) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Ends what is left of one attempt of an effect, whichever worker started it (runtime.md S2): afterwards nothing of
/// it runs. Blocking; call it on a thread that may wait.
///
/// # Errors
/// If the folder cannot be read, or something could not be ended within `patience`.
pub fn end_orphans(locks: &Path, attempt: &str, patience: Duration) -> io::Result<()> {
    let wanted = format!("-{}-", digest(attempt));
    end_matching(locks, |name| name.contains(&wanted), patience)
}

/// Ends every child whose lock bears a prefix.
pub(super) fn end_all(locks: &Path, prefix: &str, patience: Duration) -> io::Result<()> {
    let wanted = format!("{prefix}-");
    end_matching(locks, |name| name.starts_with(&wanted), patience)
}

fn end_matching(locks: &Path, wanted: impl Fn(&str) -> bool, patience: Duration) -> io::Result<()> {
    let entries = match fs::read_dir(locks) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let mut failed = None;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(".lock") && wanted(name) {
            failed = end_one(&entry.path(), patience).err().or(failed);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Kills the group and every holder until the lock is free, then removes it.
fn end_one(path: &Path, patience: Duration) -> io::Result<()> {
    let deadline = Instant::now() + patience;
    let group = fs::read_to_string(path).ok().and_then(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("group "))
            .and_then(|rest| rest.parse::<Identity>().ok())
    });
    loop {
        let left = group.as_ref().is_some_and(|leader| leader.reachable() && end_group(leader));
        match taken(path) {
            None => return Ok(()),
            Some(false) if !left => return remove(path),
            Some(false) => {}
            Some(true) => end_holders(path)?,
        }
        if Instant::now() > deadline {
            let message = format!("the child with the lock {} does not end", path.display());
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        std::thread::sleep(LOOK);
    }
}

/// Kills a group if it is still the one that the leader began; whether anything living was there.
///
/// A group's number is not given away while the group has members: it is ours if its leader is the recorded process,
/// or if the leader is gone and the members belong to the recorded session.
fn end_group(leader: &Identity) -> bool {
    let now = Identity::of(leader.pid);
    if now.as_ref().is_some_and(|now| now != leader) {
        return false;
    }
    let members =
        process::all().filter(|member| member.group == leader.pid && member.session == leader.session);
    let living = members.filter(|member| member.state != 'Z').count() > 0;
    if living {
        let _ = kill_process_group(leader.pid, Signal::KILL);
    }
    living
}

/// Kills every process that holds the lock: the child and what it started. Those who merely look at the file, as this
/// one does, hold no exclusive lock.
fn end_holders(path: &Path) -> io::Result<()> {
    let file = fs::metadata(path)?;
    let same = |other: &fs::Metadata| (other.dev(), other.ino()) == (file.dev(), file.ino());
    let own = rustix::process::getpid();
    for member in process::all().filter(|member| member.pid != own) {
        let folder = PathBuf::from(format!("/proc/{}", member.pid.as_raw_nonzero()));
        let Ok(open) = fs::read_dir(folder.join("fd")) else { continue };
        let holds = open.flatten().any(|fd| {
            fs::metadata(fd.path()).is_ok_and(|found| same(&found))
                && fs::read_to_string(folder.join("fdinfo").join(fd.file_name()))
                    .is_ok_and(|info| locked(&info))
        });
        if holds {
            let _ = kill_process(member.pid, Signal::KILL);
        }
    }
    Ok(())
}

/// Whether an open file, as `/proc/PID/fdinfo` shows it, bears an exclusive flock.
fn locked(info: &str) -> bool {
    let mut locks = info.lines().filter(|line| line.starts_with("lock:"));
    locks.any(|line| line.contains(" FLOCK ") && line.contains(" WRITE "))
}

/// Whether somebody holds a lock; `None`: there is none.
fn taken(path: &Path) -> Option<bool> {
    let file = File::open(path).ok()?;
    Some(flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Attempts have names of any length: files bear their digest.
fn digest(attempt: &str) -> String {
    blake3::hash(attempt.as_bytes()).to_hex()[..24].to_owned()
}
