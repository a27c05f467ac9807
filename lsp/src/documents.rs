//! The texts that are open, each with the version its editor gave it.
//!
//! Invariant: a [`Snapshot`] is current exactly while [`Documents::current`] says so; a check of an older one is
//! never published.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::files;
use crate::text::Text;

/// Every open document.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    open: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<Uri, Snapshot>,
    changes: u64,
    /// Per document, its latest check: what an earlier one finds may rest on files as they were before.
    checks: BTreeMap<Uri, u64>,
}

/// A document as it was at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Its address.
    pub(crate) uri: Uri,
    /// Its text.
    pub(crate) text: Arc<Text>,
    /// The editor's number for it.
    pub(crate) version: i32,
    /// Ours: grows with every change of any document, also when one is closed and opened again.
    change: u64,
}

impl Documents {
    /// A document was opened (or opened again).
    pub(crate) fn open(&self, uri: Uri, version: i32, text: String) -> Snapshot {
        let mut state = self.lock();
        state.changes += 1;
        let snapshot =
            Snapshot { uri: uri.clone(), text: Arc::new(Text::new(text)), version, change: state.changes };
        state.documents.insert(uri, snapshot.clone());
        snapshot
    }

    /// It was edited. `None` if it is not open, or the change is older than what is held.
    pub(crate) fn change(
        &self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> Option<Snapshot> {
        let mut state = self.lock();
        state.changes += 1;
        let change = state.changes;
        let document = state.documents.get_mut(uri)?;
        if version < document.version {
            return None;
        }
        let text = Arc::make_mut(&mut document.text);
        for edit in changes {
            text.apply(edit);
        }
        (document.version, document.change) = (version, change);
        Some(document.clone())
    }

    /// The text of the open document at a path, however the editor leads to it.
    pub(crate) fn text_at(&self, path: &Path) -> Option<String> {
        self.at(path).map(|document| document.text.as_str().to_owned())
    }

    /// The open document at a path.
    pub(crate) fn at(&self, path: &Path) -> Option<Snapshot> {
        let open = self.all();
        let same = |document: &&Snapshot| {
            let own = document.uri.to_file_path();
            own.is_some_and(|own| own.as_ref() == path || files::real(&own) == path)
        };
        open.iter().find(same).cloned()
    }

    /// Every open document.
    pub(crate) fn all(&self) -> Vec<Snapshot> {
        self.lock().documents.values().cloned().collect()
    }

    /// A check of a document begins: the number to ask [`Self::latest`] with.
    pub(crate) fn begin_check(&self, uri: &Uri) -> u64 {
        let mut state = self.lock();
        state.changes += 1;
        let number = state.changes;
        state.checks.insert(uri.clone(), number);
        number
    }

    /// Whether no later check of the document has begun.
    pub(crate) fn latest(&self, uri: &Uri, check: u64) -> bool {
        self.lock().checks.get(uri) == Some(&check)
    }

    /// It was closed.
    pub(crate) fn close(&self, uri: &Uri) {
        let mut state = self.lock();
        state.documents.remove(uri);
        state.checks.remove(uri);
    }

    /// Whether nothing has happened to the document since the snapshot was taken.
    pub(crate) fn current(&self, snapshot: &Snapshot) -> bool {
        self.lock().documents.get(&snapshot.uri).is_some_and(|now| now.change == snapshot.change)
    }

    /// Whether the document is open.
    pub(crate) fn is_open(&self, uri: &Uri) -> bool {
        self.lock().documents.contains_key(uri)
    }

    /// A panic while the lock was held leaves whole values behind: every write is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri() -> Uri {
        "file:///a.aeth".parse().expect("a URI")
    }

    fn whole(text: &str) -> Vec<TextDocumentContentChangeEvent> {
        vec![TextDocumentContentChangeEvent { range: None, range_length: None, text: text.into() }]
    }

    #[test]
    fn only_the_newest_snapshot_is_current() {
        let documents = Documents::default();
        let first = documents.open(uri(), 1, "a".into());
        assert!(documents.current(&first));
        let second = documents.change(&uri(), 2, whole("b")).expect("open");
        assert!(!documents.current(&first));
        assert!(documents.current(&second));
        assert_eq!((second.text.as_str(), first.text.as_str()), ("b", "a"));
    }

    #[test]
    fn reopening_under_an_old_version_makes_older_snapshots_stale() {
        let documents = Documents::default();
        let first = documents.open(uri(), 1, "a".into());
        documents.close(&uri());
        assert!(!documents.current(&first));
        documents.open(uri(), 1, "b".into());
        assert!(!documents.current(&first));
    }

    #[test]
    fn late_and_unknown_changes_are_refused() {
        let documents = Documents::default();
        assert!(documents.change(&uri(), 1, whole("x")).is_none());
        documents.open(uri(), 5, "a".into());
        assert!(documents.change(&uri(), 4, whole("x")).is_none());
    }
}
