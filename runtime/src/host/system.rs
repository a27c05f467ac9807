//! The real world: every kind of call through its own door, each behind the grants of the job.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::exec::Children;
use super::{Call, CallRequest, HostTools, Prepared, Tools, file, http};
use crate::grant::{Grants, Secrets};
use crate::value::Error;

/// The tools of one job on this machine.
#[derive(Clone)]
pub struct SystemTools {
    grants: Arc<Grants>,
    secrets: Arc<Secrets>,
    children: Arc<Children>,
    host: Arc<HostTools>,
    store: Option<PathBuf>,
}

impl SystemTools {
    /// Tools within these grants, with these secrets; children belong to the worker.
    #[must_use]
    pub fn new(grants: Grants, secrets: Secrets, children: Arc<Children>) -> Self {
        Self {
            grants: Arc::new(grants),
            secrets: Arc::new(secrets),
            children,
            host: Arc::default(),
            store: None,
        }
    }

    /// With tools of the embedding program.
    #[must_use]
    pub fn with_host(mut self, host: Arc<HostTools>) -> Self {
        self.host = host;
        self
    }

    /// With a store folder that no file grant reaches.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn with_store(mut self, folder: &std::path::Path) -> io::Result<Self> {
        self.store = Some(std::fs::canonicalize(folder)?);
        Ok(self)
    }
}

#[async_trait]
impl Tools for SystemTools {
    async fn prepare(&self, call: Call) -> Result<Box<dyn Prepared>, Error> {
        let (grants, secrets) = (&self.grants, &self.secrets);
        match &call.request {
            CallRequest::Http { .. } => http::prepare(call, grants, secrets).await,
            CallRequest::Exec { .. } => self.children.prepare(call, grants, secrets).await,
            CallRequest::File { .. } => file::prepare(&call, grants, secrets, self.store.as_deref()),
            CallRequest::Host { .. } => self.host.prepare(call, secrets),
        }
    }
}
