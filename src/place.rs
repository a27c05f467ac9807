//! Which store a command works on: `--store`, else `AETH_STORE`, else what `aeth.toml` says, else `./.aeth`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aeth_runtime::schedule::{Liveness, Workers};
use aeth_runtime::store::{self, JobRow, JobState, Missing, Store, StoreError, StoreErrorKind};

use crate::exit::Failure;
use crate::project::Project;
use crate::terminal::text;

/// Where jobs are kept when nobody says.
const DEFAULT: &str = ".aeth";

/// A store by its name, not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    url: String,
    /// Whether commands that are printed have to name it.
    named: bool,
}

/// A store that is open.
#[derive(Clone)]
pub(crate) struct Home {
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// Its directory, where locks lie beside it; none in memory.
    pub(crate) directory: Option<PathBuf>,
}

impl Place {
    /// The store that the command line, the environment or the project around the current folder names.
    pub(crate) fn choose(wish: Option<&str>) -> Result<Self, Failure> {
        let environment = std::env::var("AETH_STORE").ok().filter(|url| !url.is_empty());
        let project = match (wish, &environment) {
            (None, None) => Project::of(Path::new("."))?.and_then(|project| project.store()),
            _ => None,
        };
        Ok(Self::from_parts(wish, environment.as_deref(), project))
    }

    fn from_parts(wish: Option<&str>, environment: Option<&str>, project: Option<String>) -> Self {
        match (wish, environment) {
            (Some(url), _) => Self { url: url.into(), named: true },
            (None, Some(url)) => Self { url: url.into(), named: false },
            (None, None) => Self { url: project.unwrap_or_else(|| DEFAULT.into()), named: false },
        }
    }

    /// Whether nothing outlives the process.
    pub(crate) fn in_memory(&self) -> bool {
        self.url == "memory"
    }

    /// What a printed command needs to find this store again: empty, or ` --store URL`.
    pub(crate) fn flag(&self) -> String {
        if self.named { format!(" --store {}", text::shell(&self.url)) } else { String::new() }
    }

    /// Opens the store, and makes it if it is not there.
    pub(crate) fn create(&self) -> Result<Home, Failure> {
        self.open_or(Missing::Create)
    }

    /// Opens a store that is there: commands that only look make nothing.
    pub(crate) fn open(&self) -> Result<Home, Failure> {
        if self.in_memory() {
            return Err(Failure::usage(
                "a store in memory ends with its process: there is nothing to look at",
            ));
        }
        self.open_or(Missing::Refuse)
    }

    fn open_or(&self, missing: Missing) -> Result<Home, Failure> {
        let store = store::open(&self.url, missing).map_err(|error| cannot_use(&error))?;
        Ok(Home { store, directory: self.directory() })
    }

    fn directory(&self) -> Option<PathBuf> {
        (!self.in_memory() && !self.url.contains("://")).then(|| PathBuf::from(&self.url))
    }
}

impl Home {
    /// Whether a process that lives holds the job.
    pub(crate) fn is_live(&self, row: &JobRow) -> bool {
        let workers = self.directory.as_deref().map_or_else(Workers::in_process, Workers::in_folder);
        let alive = |holder: &str| matches!(workers.liveness(holder), Ok(Liveness::Alive));
        row.lease.holder.as_deref().is_some_and(alive)
    }

    /// Whether a job should be running and nobody runs it: its process is gone.
    pub(crate) fn is_adrift(&self, row: &JobRow) -> bool {
        matches!(row.state, JobState::Queued | JobState::Running) && !self.is_live(row)
    }
}

/// A store that cannot be used, in words.
pub(crate) fn cannot_use(error: &StoreError) -> Failure {
    let failure = Failure::unusable(error.to_string());
    match error.kind {
        StoreErrorKind::Open => failure.help("--store DIRECTORY or AETH_STORE names another store"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_comes_before_the_environment() {
        assert_eq!(Place::from_parts(Some("a"), Some("b"), None).url, "a");
        assert_eq!(Place::from_parts(None, Some("b"), Some("c".into())).url, "b");
        assert_eq!(Place::from_parts(None, None, Some("c".into())).url, "c");
        assert_eq!(Place::from_parts(None, None, None).url, ".aeth");
    }

    #[test]
    fn printed_commands_name_the_store_only_if_this_one_did() {
        assert_eq!(Place::from_parts(Some("my store"), None, None).flag(), " --store 'my store'");
        assert_eq!(Place::from_parts(None, Some("b"), None).flag(), "");
    }

    #[test]
    fn looking_makes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("store");
        let failure = Place::from_parts(place.to_str(), None, None).open().err().expect("there is none");
        assert_eq!(failure.exit, crate::exit::Exit::Unusable);
        assert!(!place.exists());
    }
}
