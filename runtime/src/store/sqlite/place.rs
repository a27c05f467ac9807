//! The directory of a store: found or created, on a disk of this machine, and the same for as long as it is open.
#![allow(clippy::disallowed_methods, reason = "the store's own directory is the one it creates and resolves")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::{Missing, StoreError, StoreErrorKind};

/// The database's name in its directory.
pub(super) const FILE: &str = "aeth.db";

/// A directory that may hold a store.
#[derive(Debug)]
pub(super) struct Place {
    /// The directory as it was named, for messages.
    pub(super) name: PathBuf,
    /// The database.
    pub(super) file: PathBuf,
    /// How long to wait for other processes.
    pub(super) busy: Duration,
    /// The database's device and inode, once it is open.
    identity: Option<(u64, u64)>,
}

impl Place {
    /// The place of a store, which is only created where that is asked for.
    pub(super) fn find(directory: &Path, missing: Missing, busy: Duration) -> Result<Self, StoreError> {
        let name = directory.to_path_buf();
        if missing == Missing::Create && !directory.exists() {
            create(directory)?;
        }
        let resolved = match directory.canonicalize() {
            Ok(resolved) => resolved,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(no_store(&name)),
            Err(error) => return Err(cannot_open(&name, &error)),
        };
        if !resolved.is_dir() {
            return Err(StoreError::new(
                StoreErrorKind::NotAStore,
                format!("{} is not a directory: a store is a directory that holds {FILE}", name.display()),
            ));
        }
        refuse_network(&name, &resolved)?;
        let place = Self { name, file: resolved.join(FILE), busy, identity: None };
        if missing == Missing::Refuse && place.inode().is_none() {
            return Err(no_store(&place.name));
        }
        Ok(place)
    }

    /// The place, bound to the file that has been opened.
    pub(super) fn fix(mut self) -> Result<Self, StoreError> {
        self.identity = self.inode();
        match self.identity {
            Some(_) => Ok(self),
            None => Err(self.replaced()),
        }
    }

    /// An error once another file stands where the open one stood: what is written to ours would be seen by nobody.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.identity.is_some() && self.inode() != self.identity {
            return Err(self.replaced());
        }
        Ok(())
    }

    /// An error if a file that SQLite takes for an empty database has bytes in it all the same: it takes a few of them
    /// for none, and would write over what is left of something.
    pub(super) fn check_empty(&self) -> Result<(), StoreError> {
        match rustix::fs::stat(&self.file) {
            Ok(stat) if stat.st_size > 0 => Err(StoreError::new(
                StoreErrorKind::NotAStore,
                format!(
                    "{FILE} in {} is not a database: name another directory with --store, or move it away",
                    self.name.display()
                ),
            )),
            _ => Ok(()),
        }
    }

    // Never opens the file: closing it again would drop the locks that SQLite holds on it in this process.
    fn inode(&self) -> Option<(u64, u64)> {
        let stat = rustix::fs::stat(&self.file).ok()?;
        #[allow(
            clippy::useless_conversion,
            clippy::unnecessary_cast,
            reason = "the types differ by platform"
        )]
        Some((stat.st_dev as u64, stat.st_ino as u64))
    }

    fn replaced(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::Open,
            format!(
                "{FILE} in {} was moved, deleted or replaced while it was open: stop all workers, put the right file \
                 back with its -wal file, and start again",
                self.name.display()
            ),
        )
    }
}

/// Creates the directory, readable by its owner only, and makes its name durable.
fn create(directory: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| cannot_open(directory, &error))?;
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A directory that cannot be synced is no reason to refuse: its file system orders names by itself.
    let _ = std::fs::File::open(parent).and_then(|parent| parent.sync_all());
    Ok(())
}

pub(super) fn no_store(name: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::Open,
        format!(
            "there is no store in {}: `aeth run` creates one; --store names another directory",
            name.display()
        ),
    )
}

fn cannot_open(name: &Path, error: &std::io::Error) -> StoreError {
    StoreError::new(
        StoreErrorKind::Open,
        format!("the store {} cannot be opened: {error}; --store names another directory", name.display()),
    )
}

/// Locks and shared memory do not work between machines: two of them would both believe to hold the store.
#[cfg(target_os = "linux")]
fn refuse_network(name: &Path, resolved: &Path) -> Result<(), StoreError> {
    /// Magic numbers of statfs(2).
    const NETWORK: [(u32, &str); 11] = [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xff53_4d42, "CIFS"),
        (0xfe53_4d42, "SMB"),
        (0x0102_1997, "9P"),
        (0x00c3_6400, "Ceph"),
        (0x5346_414f, "AFS"),
        (0x6b41_4653, "AFS"),
        (0x7375_7245, "Coda"),
        (0x0bd0_0bd0, "Lustre"),
        (0x564c, "NCP"),
    ];
    let kind = rustix::fs::statfs(resolved).map_err(|error| cannot_open(name, &error.into()))?.f_type;
    #[allow(clippy::unnecessary_cast, reason = "the type differs by platform; magic numbers have 32 bits")]
    let magic = kind as u32;
    match NETWORK.iter().find(|(known, _)| *known == magic) {
        None => Ok(()),
        Some((_, system)) => Err(StoreError::new(
            StoreErrorKind::Open,
            format!(
                "the store {} lies on a network file system ({system}), where locks cannot be relied on: keep it on \
                 a local disk",
                name.display()
            ),
        )),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_name: &Path, _resolved: &Path) -> Result<(), StoreError> {
    Ok(())
}
