//! A store with the runtime on it: what every command that executes or speaks to a job begins with.

use std::sync::Arc;

use aeth_runtime::Runtime;
use aeth_runtime::host::GuardCommand;
use aeth_runtime::host::entropy::random_name;
use aeth_runtime::job::DriveError;
use aeth_runtime::store::{JobKey, Store};
use aeth_runtime::{RuntimeOptions, SystemHost};

use crate::exit::{Exit, Failure};
use crate::place::{Home, Place, cannot_use};
use crate::terminal::text;

/// The hidden command that watches over children.
const GUARD: &str = "guard";

/// A runtime on a store, and how a person names both.
pub(crate) struct Session {
    /// Executes and speaks to jobs.
    pub(crate) runtime: Arc<Runtime>,
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// The store, and where it is.
    pub(crate) home: Home,
    place: Place,
    namespace: String,
}

impl Session {
    /// A session on a store, which is made if it is not there.
    pub(crate) async fn create(namespace: &str, place: Place) -> Result<Self, Failure> {
        let home = place.create()?;
        Self::on(namespace, place, home).await
    }

    /// A session on a store that is there.
    pub(crate) async fn open(namespace: &str, place: Place) -> Result<Self, Failure> {
        let home = place.open()?;
        Self::on(namespace, place, home).await
    }

    async fn on(namespace: &str, place: Place, home: Home) -> Result<Self, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::unusable(format!("the path of this program is not known: {error}")))?;
        let guard = GuardCommand { program: program.into(), args: vec![GUARD.into()] };
        let store = Arc::clone(&home.store);
        let host = Arc::new(SystemHost::new(home.directory.as_deref(), Some(guard)));
        let options = RuntimeOptions { store: home.store.clone(), folder: home.directory.clone(), host };
        let runtime = Runtime::open(options).await.map_err(|error| cannot_use(&error))?;
        Ok(Self { runtime: Arc::new(runtime), store, home, place, namespace: namespace.into() })
    }

    /// The key of a job in this session's namespace.
    pub(crate) fn key(&self, job: &str) -> JobKey {
        JobKey::new(self.namespace.as_str(), job)
    }

    /// The flags that a printed command needs to mean the same jobs.
    pub(crate) fn flags(&self) -> String {
        flags(&self.place, &self.namespace)
    }

    /// Whether jobs end with this process.
    pub(crate) fn in_memory(&self) -> bool {
        self.place.in_memory()
    }

    /// The command that goes on with a job.
    pub(crate) fn resume(&self, job: &str) -> String {
        format!("aeth resume {}{}", text::shell(job), self.flags())
    }
}

/// The flags that a printed command needs to mean the same jobs.
pub(crate) fn flags(place: &Place, namespace: &str) -> String {
    let namespace = if namespace == "default" {
        String::new()
    } else {
        format!(" --namespace {}", text::shell(namespace))
    };
    format!("{}{namespace}", place.flag())
}

/// Who speaks, for the record.
pub(crate) fn person() -> String {
    let name =
        ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    name.unwrap_or_else(|| "command line".into())
}

/// A job that cannot be executed or read, in words.
pub(crate) fn cannot_drive(error: &DriveError) -> Failure {
    match error {
        DriveError::NoJob(job) => {
            Failure::usage(format!("there is no job `{job}`")).help("`aeth jobs` lists the jobs there are")
        }
        DriveError::Divergence { job, .. } => Failure::new(Exit::Failed, error.to_string())
            .help(format!("`aeth verify {job}` checks the log itself")),
        _ => Failure::unusable(error.to_string()),
    }
}

/// A name for one sending: random, so that sending the same twice is twice.
pub(crate) fn request_id() -> String {
    random_name(16)
}
