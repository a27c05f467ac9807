//! Files beneath granted folders. The kernel resolves every path beneath the granted folder's handle; what was opened
//! is then asked where it really is, so that no grant reaches the store or `aeth.toml` by any name.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aeth_lang::bytecode::module::FileOp;
use async_trait::async_trait;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt as _};
use tokio::time::timeout;

use super::entropy::random_name;
use super::{Answer, Call, CallRequest, Prepared, Reply};
use crate::event::Verdict;
use crate::grant::{Grants, Redactor, Secrets};
use crate::value::{Error, ErrorKind};

/// The name of the project file, which no grant reaches.
const PROJECT: &str = "aeth.toml";

/// Everything that may fail before the file is touched.
pub(super) fn prepare(
    call: &Call,
    grants: &Grants,
    secrets: &Secrets,
    store: Option<&Path>,
) -> Result<Box<dyn Prepared>, Error> {
    let CallRequest::File { op, path, text } = &call.request else {
        return Err(Error::new(ErrorKind::Failed, "not a file call"));
    };
    let (folder, rest) = grants.file(path)?;
    let work = Work {
        op: *op,
        shown: path.clone(),
        folder,
        rest,
        text: text.clone().unwrap_or_default(),
        limit: call.answer_bytes,
        store: store.map(Path::to_path_buf),
    };
    Ok(Box::new(PreparedFile { work, timeout: call.timeout, redactor: secrets.redactor([]) }))
}

/// A file operation that is ready.
struct PreparedFile {
    work: Work,
    timeout: Duration,
    redactor: Redactor,
}

#[async_trait]
impl Prepared for PreparedFile {
    async fn dispatch(self: Box<Self>) -> Answer {
        let Self { work, timeout: limit, redactor } = *self;
        let shown = work.shown.clone();
        let done = timeout(limit, tokio::task::spawn_blocking(move || work.perform())).await;
        let (verdict, reply) = match done {
            Ok(Ok(Ok(json))) => (Verdict::Done, Ok(Reply::Json(String::from_utf8_lossy(&json).into_owned()))),
            Ok(Ok(Err(failure))) => (failure.verdict, Err(failure.error)),
            Ok(Err(_)) => (
                Verdict::Unknown,
                Err(Error::new(ErrorKind::Unavailable, format!("{shown:?} was not finished"))),
            ),
            Err(_) => {
                let message = format!("the file system did not answer for {shown:?} within {limit:?}");
                (Verdict::Unknown, Err(Error::new(ErrorKind::Timeout, message)))
            }
        };
        let reply = match reply {
            Ok(Reply::Json(text)) => Ok(Reply::Json(redactor.text(text))),
            Ok(other) => Ok(other),
            Err(error) => Err(redactor.error(error)),
        };
        Answer { verdict, reply }
    }
}

/// Why an operation failed, and whether it may have changed something.
struct Failure {
    verdict: Verdict,
    error: Error,
}

/// A file operation.
struct Work {
    op: FileOp,
    shown: String,
    folder: PathBuf,
    rest: PathBuf,
    text: String,
    limit: u64,
    store: Option<PathBuf>,
}

/// What a path leads to: the folder it lies in and its name there.
struct Place {
    parent: Dir,
    name: PathBuf,
}

impl Work {
    /// Carries it out; the answer is JSON.
    fn perform(&self) -> Result<Vec<u8>, Failure> {
        let root = Dir::open_ambient_dir(&self.folder, ambient_authority());
        let root = root.map_err(|error| self.failure(&error))?;
        self.check_place(&root)?;
        match self.op {
            FileOp::Read => self.read(&root),
            FileOp::List => self.list(&root),
            FileOp::Exists => self.exists(&root),
            FileOp::Write => self.write(&self.place(&root)?),
            FileOp::Append => self.append(&self.place(&root)?),
            FileOp::Delete => self.delete(&root),
        }
    }

    fn read(&self, root: &Dir) -> Result<Vec<u8>, Failure> {
        let file = self.open_regular(root, &self.rest, OpenOptions::new().read(true))?;
        let mut bytes = Vec::new();
        let read = file.take(self.limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| self.failure(&error))?;
        if bytes.len() as u64 > self.limit {
            return Err(self.refuse(ErrorKind::Limit, &format!("has more than {} bytes", self.limit)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(json(&text)),
            Err(_) => Err(self.refuse(ErrorKind::Decode, "is not UTF-8 text")),
        }
    }

    fn list(&self, root: &Dir) -> Result<Vec<u8>, Failure> {
        let folder = self.open_folder(root, &self.rest)?;
        let mut names = Vec::new();
        let mut size = 2;
        for entry in folder.entries().map_err(|error| self.failure(&error))? {
            let name = entry.map_err(|error| self.failure(&error))?.file_name();
            let Ok(name) = name.into_string() else {
                return Err(self.refuse(ErrorKind::Decode, "holds a name that is not UTF-8"));
            };
            size += name.len() as u64 + 3;
            if size > self.limit {
                return Err(
                    self.refuse(ErrorKind::Limit, &format!("has names of more than {} bytes", self.limit))
                );
            }
            names.push(name);
        }
        names.sort();
        Ok(json(&names))
    }

    /// Whether there is such a file or folder. One that may not be looked at is an error, not `false`.
    fn exists(&self, root: &Dir) -> Result<Vec<u8>, Failure> {
        if self.rest.as_os_str().is_empty() {
            return Ok(json(&true));
        }
        match self.place(root) {
            Ok(place) => {
                let found = place.parent.try_exists(&place.name).map_err(|error| self.failure(&error))?;
                Ok(json(&found))
            }
            Err(failure) if failure.error.kind == ErrorKind::NotFound => Ok(json(&false)),
            Err(failure) => Err(failure),
        }
    }

    /// A new file beside the old one takes its place at once: readers see the old text or the new one.
    fn write(&self, place: &Place) -> Result<Vec<u8>, Failure> {
        let mut mode = 0o666;
        match place.parent.symlink_metadata(&place.name) {
            Ok(old) if !old.is_file() => return Err(self.refuse(ErrorKind::Rejected, "is no regular file")),
            Ok(old) => mode = cap_std::fs::PermissionsExt::mode(&old.permissions()) & 0o777,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(self.failure(&error)),
        }
        let fresh = format!(".{}.tmp", random_name(8));
        let written = (|| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(mode);
            let mut file = place.parent.open_with(&fresh, &options)?;
            file.write_all(self.text.as_bytes())?;
            file.sync_all()?;
            place.parent.rename(&fresh, &place.parent, &place.name)
        })();
        if let Err(error) = written {
            let _ = place.parent.remove_file(&fresh);
            return Err(self.failure(&error));
        }
        self.sync(&place.parent)
    }

    /// One write: two that append at once do not mix.
    fn append(&self, place: &Place) -> Result<Vec<u8>, Failure> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o666);
        let mut file = self.open_regular(&place.parent, &place.name, &mut options)?;
        let before = file.metadata().map(|found| found.len()).unwrap_or_default();
        let written = file.write_all(self.text.as_bytes()).and_then(|()| file.sync_all());
        if let Err(error) = written {
            let untouched = file.metadata().is_ok_and(|found| found.len() == before);
            let verdict = if untouched { Verdict::NotDone } else { Verdict::Unknown };
            return Err(Failure { verdict, ..self.failure(&error) });
        }
        self.sync(&place.parent)
    }

    /// Already gone is deleted.
    fn delete(&self, root: &Dir) -> Result<Vec<u8>, Failure> {
        let place = match self.place(root) {
            Err(failure) if failure.error.kind == ErrorKind::NotFound => return Ok(json(&())),
            place => place?,
        };
        match place.parent.symlink_metadata(&place.name) {
            Ok(found) if found.is_dir() => return Err(self.refuse(ErrorKind::Rejected, "is a folder")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(json(&())),
            _ => {}
        }
        match place.parent.remove_file(&place.name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failure(&error)),
            _ => self.sync(&place.parent),
        }
    }

    /// Changes of a folder are durable when the folder is.
    fn sync(&self, folder: &Dir) -> Result<Vec<u8>, Failure> {
        match rustix::fs::fsync(folder.as_fd()) {
            // Some file systems cannot; then the rename is as durable as it gets.
            Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::BADF) => Ok(json(&())),
            Err(error) => Err(Failure { verdict: Verdict::Unknown, ..self.failure(&error.into()) }),
        }
    }

    /// The folder that a path lies in, opened and checked.
    fn place(&self, root: &Dir) -> Result<Place, Failure> {
        let Some(name) = self.rest.file_name() else {
            return Err(self.refuse(ErrorKind::Rejected, "is a folder"));
        };
        let parent = match self.rest.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => self.open_folder(root, parent)?,
            _ => root.try_clone().map_err(|error| self.failure(&error))?,
        };
        let real = real_path(&parent).map_err(|error| self.failure(&error))?;
        self.check_path(&real.join(name))?;
        Ok(Place { parent, name: name.into() })
    }

    fn open_folder(&self, root: &Dir, path: &Path) -> Result<Dir, Failure> {
        if path.as_os_str().is_empty() {
            return root.try_clone().map_err(|error| self.failure(&error));
        }
        let folder = root.open_dir(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let missing = self.folder.join(path);
                self.fail(
                    ErrorKind::NotFound,
                    format!("{:?}: there is no folder {}", self.shown, missing.display()),
                )
            }
            _ => self.failure(&error),
        })?;
        self.check_place(&folder)?;
        Ok(folder)
    }

    /// Opens what is a regular file before and after, without waiting for the other end of a pipe.
    fn open_regular(&self, dir: &Dir, path: &Path, options: &mut OpenOptions) -> Result<File, Failure> {
        let irregular = || self.refuse(ErrorKind::Rejected, "is no regular file");
        match dir.metadata(path) {
            Ok(found) if !found.is_file() => return Err(irregular()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.failure(&error)),
            _ => {}
        }
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
        let file = dir.open_with(path, options).map_err(|error| self.failure(&error))?;
        if !file.metadata().is_ok_and(|found| found.is_file()) {
            return Err(irregular());
        }
        self.check_place(&file)?;
        Ok(file)
    }

    /// Refuses what is, by whatever name it was reached, part of the store or the project file.
    fn check_place(&self, opened: &impl AsFd) -> Result<(), Failure> {
        let real = real_path(opened).map_err(|error| self.failure(&error))?;
        self.check_path(&real)
    }

    fn check_path(&self, real: &Path) -> Result<(), Failure> {
        let store = self.store.as_deref().is_some_and(|store| real.starts_with(store));
        if store || real.file_name().is_some_and(|name| name == PROJECT) {
            let what = if store { "belongs to the store" } else { "decides what is allowed" };
            return Err(self.refuse(ErrorKind::Denied, &format!("{what}: no grant reaches it")));
        }
        Ok(())
    }

    fn refuse(&self, kind: ErrorKind, why: &str) -> Failure {
        self.fail(kind, format!("the file {:?} {why}", self.shown))
    }

    fn fail(&self, kind: ErrorKind, message: String) -> Failure {
        Failure { verdict: Verdict::NotDone, error: Error::new(kind, message) }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::Denied,
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::InvalidFilename => {
                ErrorKind::Rejected
            }
            _ => ErrorKind::Unavailable,
        };
        let why = match kind {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        self.fail(kind, format!("{:?}: {why}", self.shown))
    }
}

/// Where an open file or folder really is.
fn real_path(opened: &impl AsFd) -> io::Result<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", opened.as_fd().as_raw_fd()))
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("text, lists of text and booleans have a JSON form")
}

#[cfg(test)]
mod tests;
