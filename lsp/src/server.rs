//! One handler per message. Every handler changes state before it first waits, because the library keeps the order
//! of notifications only up to there.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::json;
use tokio::sync::Mutex;
use tower_lsp::Client;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializeParams, InitializeResult,
    InitializedParams, PositionEncodingKind, Registration, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
    Uri,
};

use crate::checks::Checks;
use crate::diagnostics;
use crate::documents::{Documents, Snapshot};

/// The server. Cheap to clone: checks run beside the messages.
#[derive(Clone, Debug)]
pub(crate) struct LanguageServer {
    client: Client,
    documents: Arc<Documents>,
    checks: Checks,
    /// Held while diagnostics are sent, so that what arrives last is what is true.
    publishing: Arc<Mutex<()>>,
    shut_down: Arc<AtomicBool>,
    /// Whether the editor tells of files that change on disk, when asked to.
    watches: Arc<AtomicBool>,
    /// The folder that the editor works in.
    folder: Arc<OnceLock<PathBuf>>,
}

impl LanguageServer {
    /// A server that talks back through `client`.
    pub(crate) fn new(client: Client, checks: Checks) -> Self {
        Self {
            client,
            documents: Arc::default(),
            checks,
            publishing: Arc::default(),
            shut_down: Arc::default(),
            watches: Arc::default(),
            folder: Arc::default(),
        }
    }

    /// Becomes true when `shutdown` was asked for.
    pub(crate) fn shut_down(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.shut_down)
    }

    /// Checks a snapshot beside the messages and publishes what is found, unless it is stale by then.
    fn check(&self, snapshot: Snapshot) {
        let server = self.clone();
        let check = self.documents.begin_check(&snapshot.uri);
        tokio::spawn(async move {
            let checked = snapshot.clone();
            let documents = Arc::clone(&server.documents);
            let folder = server.folder.get().cloned();
            let found = server.checks.run(move |trees| {
                let base = folder.as_deref();
                let current = documents.current(&checked) && documents.latest(&checked.uri, check);
                current.then(|| diagnostics::of(&checked.uri, &checked.text, base, &documents, trees))
            });
            let Some(Some(found)) = found.await else { return };
            let _publishing = server.publishing.lock().await;
            if server.documents.current(&snapshot) && server.documents.latest(&snapshot.uri, check) {
                server.client.publish_diagnostics(snapshot.uri, found, Some(snapshot.version)).await;
            }
        });
    }

    /// Checks the open documents that may import one that has changed; `None`: something on disk has.
    fn check_importers(&self, changed: Option<&Uri>) {
        for snapshot in self.documents.all() {
            if changed != Some(&snapshot.uri) && snapshot.text.as_str().contains("import") {
                self.check(snapshot);
            }
        }
    }

    /// Takes back what was published, unless the document is open again.
    async fn clear(&self, uri: Uri) {
        let _publishing = self.publishing.lock().await;
        if !self.documents.is_open(&uri) {
            self.client.publish_diagnostics(uri, Vec::new(), None).await;
        }
    }
}

impl tower_lsp::LanguageServer for LanguageServer {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let first = params.workspace_folders.and_then(|folders| folders.into_iter().next());
        if let Some(folder) = first.and_then(|folder| Some(folder.uri.to_file_path()?.into_owned())) {
            let _ = self.folder.set(folder);
        }
        let watched = params.capabilities.workspace.and_then(|workspace| workspace.did_change_watched_files);
        let dynamic = watched.and_then(|watched| watched.dynamic_registration).unwrap_or_default();
        self.watches.store(dynamic, Ordering::SeqCst);
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        };
        Ok(InitializeResult {
            capabilities: ServerCapabilities {
                position_encoding: Some(PositionEncodingKind::UTF16),
                text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
                ..ServerCapabilities::default()
            },
            server_info: Some(ServerInfo {
                name: "aeth".into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        if !self.watches.load(Ordering::SeqCst) {
            return;
        }
        // Files that are not open change too: another branch, a generator, a second editor.
        let options =
            json!({ "watchers": [{ "globPattern": "**/*.aeth" }, { "globPattern": "**/aeth.toml" }] });
        let watch = Registration {
            id: "sources".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(options),
        };
        let _ = self.client.register_capability(vec![watch]).await;
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let snapshot = self.documents.open(document.uri, document.version, document.text);
        self.check(snapshot.clone());
        self.check_importers(Some(&snapshot.uri));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        if let Some(snapshot) = self.documents.change(&document.uri, document.version, params.content_changes)
        {
            self.check(snapshot.clone());
            self.check_importers(Some(&snapshot.uri));
        }
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        self.documents.close(&uri);
        // From here on importers see what is on disk.
        self.check_importers(Some(&uri));
        self.clear(uri).await;
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.check_importers(Some(&params.text_document.uri));
    }

    async fn did_change_watched_files(&self, _: DidChangeWatchedFilesParams) {
        self.check_importers(None);
    }
}
