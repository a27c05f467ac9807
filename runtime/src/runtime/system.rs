//! The real world for every job of a runtime: child processes, HTTP, files, tools of the embedding program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Host;
use crate::grant::{Grants, Scope, Secrets};
use crate::host::entropy::random_name;
use crate::host::exec::Children;
use crate::host::system::SystemTools;
use crate::host::{GuardCommand, HostTools, Tools};
use crate::machine::Program;
use crate::schedule::locks;

/// Reaches the world of this machine, for each job within what it was granted.
pub struct SystemHost {
    folder: Option<PathBuf>,
    children: Arc<Children>,
    host_tools: Arc<HostTools>,
}

impl SystemHost {
    /// A host for a store in this folder (`None`: in memory). Without a guard, children of a process that is killed
    /// live until their effects are recovered.
    #[must_use]
    pub fn new(folder: Option<&Path>, guard: Option<GuardCommand>) -> Self {
        // Without a folder of the store, children's locks stand in one of their own, which nobody else writes.
        #[allow(clippy::disallowed_methods, reason = "locks of children, not data of a job")]
        let private = || std::env::temp_dir().join(format!("aeth-{}", random_name(8)));
        let base = folder.map_or_else(private, Path::to_owned);
        let children = Arc::new(Children::new(locks(&base), guard));
        Self { folder: folder.map(Path::to_owned), children, host_tools: Arc::default() }
    }

    /// With tools of the embedding program (`via host`).
    #[must_use]
    pub fn with_tools(mut self, tools: HostTools) -> Self {
        self.host_tools = Arc::new(tools);
        self
    }
}

impl Host for SystemHost {
    fn tools(&self, program: &Program, grants: &Grants) -> Arc<dyn Tools> {
        let declared = program.module.graphs.iter().flat_map(|graph| graph.secrets.iter().cloned());
        let secrets = Secrets::from_environment(declared);
        let tools = |grants: Grants| {
            SystemTools::new(grants, secrets.clone(), self.children.clone())
                .with_host(self.host_tools.clone())
        };
        let Some(folder) = &self.folder else { return Arc::new(tools(grants.clone())) };
        match tools(grants.clone()).with_store(folder) {
            Ok(tools) => Arc::new(tools),
            Err(error) => {
                // A store that cannot be named cannot be kept out of file grants: then nothing is granted (G3).
                tracing::error!(%error, "the store's folder cannot be named: no file may be reached");
                Arc::new(tools(Grants { file: Scope::default(), ..grants.clone() }))
            }
        }
    }
}
