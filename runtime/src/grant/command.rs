//! Finding a command: a name along `PATH`, a path from the base folder. The answer is always absolute.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

/// The absolute path that a command stands for, or `None` if there is no such file that may be executed.
///
/// A name with a `/` is a path, relative to `base`; others are looked up in the absolute folders of `path`. Links
/// are kept: what a command *is called* decides what it does.
#[must_use]
pub fn resolve(command: &str, base: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    if command.is_empty() || command.contains('\0') {
        return None;
    }
    if command.contains('/') {
        let found = plain(&base.join(command));
        return executable(&found).then_some(found);
    }
    let folders = std::env::split_paths(path?).filter(|folder| folder.is_absolute());
    folders.map(|folder| plain(&folder.join(command))).find(|found| executable(found))
}

/// A path without `.` and `..`, as it is written: no link is followed.
#[must_use]
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn executable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn looks_along_path_and_skips_what_cannot_run() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("tool"), "#!/bin/sh\n").unwrap();
        }
        let second = dir.path().join("b/tool");
        fs::set_permissions(&second, fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::join_paths([
            Path::new("relative").to_path_buf(),
            dir.path().join("a"),
            dir.path().join("b"),
        ])
        .unwrap();
        assert_eq!(resolve("tool", dir.path(), Some(&path)), Some(second.clone()));
        assert_eq!(resolve("b/../b/./tool", dir.path(), Some(&path)), Some(second.clone()));
        assert_eq!(resolve(second.to_str().unwrap(), Path::new("/"), None), Some(second));
        for missing in ["", "a/tool", "other", "to\0ol", "a", "."] {
            assert_eq!(resolve(missing, dir.path(), Some(&path)), None, "{missing:?}");
        }
    }
}
