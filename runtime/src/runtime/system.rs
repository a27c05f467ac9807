//! The real world for every job of a runtime: child processes, HTTP, files, tools of the embedding program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Host;
use crate::grant::{Grants, Secrets};
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
        let base = folder.map_or_else(std::env::temp_dir, Path::to_owned);
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
        let tools = SystemTools::new(grants.clone(), secrets, self.children.clone())
            .with_host(self.host_tools.clone());
        let tools = match &self.folder {
            Some(folder) => tools.clone().with_store(folder).unwrap_or_else(|error| {
                tracing::warn!(%error, "the store's folder cannot be named");
                tools
            }),
            None => tools,
        };
        Arc::new(tools)
    }
}
