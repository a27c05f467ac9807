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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use aeth_lang::bytecode::module::FileOp;

    use super::super::fixture::{call, dispatch, exec, grants, plain};
    use super::super::{Body, Reply};
    use super::*;
    use crate::value::ErrorKind;

    #[tokio::test]
    async fn every_kind_has_its_door() {
        let dir = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(dir.path()).unwrap();
        std::fs::create_dir(base.join("store")).unwrap();
        let children = Arc::new(Children::new(base.join("store/locks"), None));
        let host = HostTools::new().with("echo", |args| async move { Ok(args) });
        let tools = SystemTools::new(grants(&base, "exec=echo,file=."), Secrets::default(), children)
            .with_host(Arc::new(host))
            .with_store(&base.join("store"))
            .unwrap();
        let ask = async |request| dispatch(tools.prepare(call(request)).await).await.reply;
        let file = |op, path: &str| CallRequest::File { op, path: path.into(), text: Some("t".into()) };

        let echoed = ask(CallRequest::Host { tool: "echo".into(), args: "{}".into() }).await;
        assert_eq!(echoed, Ok(Reply::Json("{}".into())));
        let said = ask(exec(&["echo", "hi"])).await;
        assert_eq!(said, Ok(Reply::Exec { code: 0, stdout: b"hi\n".to_vec(), stderr: Vec::new() }));
        assert_eq!(ask(file(FileOp::Write, "a")).await, Ok(Reply::Json("null".into())));
        assert_eq!(ask(file(FileOp::Write, "store/a")).await.unwrap_err().kind, ErrorKind::Denied);
        let http = CallRequest::Http {
            method: "GET".into(),
            url: plain("http://example.com/"),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
        };
        assert_eq!(ask(http).await.unwrap_err().kind, ErrorKind::Denied);
        assert!(tools.clone().with_store(Path::new("/no/such")).is_err());
    }
}
