//! Every way in which there is no store: an error of the right kind, whose sentence says what to do.

use rusqlite::Connection;

use super::*;
use crate::store::{StoreErrorKind, open};

fn refused(result: Result<SqliteStore, StoreError>, kind: StoreErrorKind, words: &[&str]) {
    let error = result.err().expect("it is refused");
    assert_eq!(error.kind, kind, "{error}");
    for word in words {
        assert!(error.message.contains(word), "{word}: {error}");
    }
}

#[test]
fn a_command_that_only_looks_creates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join(".aeth");
    refused(SqliteStore::open_existing(&missing), StoreErrorKind::Open, &["there is no store in", ".aeth"]);
    assert!(!missing.exists());
    std::fs::create_dir(&missing).unwrap();
    refused(SqliteStore::open_existing(&missing), StoreErrorKind::Open, &["there is no store in"]);
    assert_eq!(std::fs::read_dir(&missing).unwrap().count(), 0);
    // Left by somebody who was interrupted right after creating the file.
    std::fs::write(missing.join("aeth.db"), "").unwrap();
    refused(SqliteStore::open_existing(&missing), StoreErrorKind::Open, &["there is no store in"]);
    SqliteStore::open_or_create(&missing).unwrap();
    SqliteStore::open_existing(&missing).unwrap();
}

#[cfg(unix)]
#[test]
fn a_new_directory_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let nested = directory.path().join("a/b/.aeth");
    SqliteStore::open_or_create(&nested).unwrap();
    assert_eq!(std::fs::metadata(&nested).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_is_no_store_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("aeth.db");
    let text = "this is text, and long enough to be taken for a header. ".repeat(100);
    std::fs::write(&file, &text).unwrap();
    refused(
        SqliteStore::open_or_create(directory.path()),
        StoreErrorKind::NotAStore,
        &["aeth.db", "--store"],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    std::fs::remove_file(&file).unwrap();

    let other = Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    refused(SqliteStore::open_or_create(directory.path()), StoreErrorKind::NotAStore, &["another program"]);
    let mode: String = other.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete", "its journal is as it was");

    let file = directory.path().join("a file");
    std::fs::write(&file, "").unwrap();
    refused(SqliteStore::open_or_create(&file), StoreErrorKind::NotAStore, &["not a directory"]);
}

#[test]
fn a_newer_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open_or_create(directory.path()).unwrap());
    let file = Connection::open(directory.path().join("aeth.db")).unwrap();
    file.pragma_update(None, "user_version", 9).unwrap();
    for missing in [Missing::Create, Missing::Refuse] {
        let opened = SqliteStore::open(directory.path(), missing);
        refused(opened, StoreErrorKind::Newer, &["newer version", "schema 9"]);
    }
    file.pragma_update(None, "user_version", -1).unwrap();
    refused(SqliteStore::open_existing(directory.path()), StoreErrorKind::Corrupt, &["damaged"]);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named() {
    // Root may write everywhere but here.
    let opened = SqliteStore::open_or_create(Path::new("/proc/aeth"));
    refused(opened, StoreErrorKind::Open, &["/proc/aeth", "cannot be opened"]);
    // A file format that this SQLite may read but not write is what a read-only file is to it.
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open_or_create(directory.path()).unwrap());
    let file = directory.path().join("aeth.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[18] = 9;
    std::fs::write(&file, bytes).unwrap();
    let store = SqliteStore::open_existing(directory.path()).unwrap();
    assert_eq!(store.jobs("default", JobFilter::default()).await, Ok(Vec::new()), "it can be looked at");
    for _ in 0..2 {
        let error = store.heartbeat("w").await.unwrap_err();
        assert!(error.kind == StoreErrorKind::Open && error.message.contains("cannot be written"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_database_behind_a_link_is_refused() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(SqliteStore::open_or_create(other.path()).unwrap());
    std::os::unix::fs::symlink(other.path().join("aeth.db"), directory.path().join("aeth.db")).unwrap();
    refused(SqliteStore::open_existing(directory.path()), StoreErrorKind::Open, &["regular file"]);
    // A link to the whole directory is its owner's business.
    std::os::unix::fs::symlink(other.path(), directory.path().join("link")).unwrap();
    SqliteStore::open_existing(&directory.path().join("link")).unwrap();
}

#[tokio::test]
async fn a_lock_held_by_another_is_waited_for_then_named() {
    let directory = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(impatient(directory.path()).unwrap());
    let mut job = Held::create(&store, "j").await;
    let other = Connection::open(directory.path().join("aeth.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let append = job.next(&[note("1")]);
    let Err(AppendError::Unknown(why)) = store.append(append.clone()).await else { panic!("it is locked") };
    assert!(why.contains("locked by another process"), "{why}");
    assert_eq!(store.heartbeat("w").await.unwrap_err().kind, StoreErrorKind::Busy);
    // Reading goes on meanwhile.
    assert!(store.job(&job.key).await.unwrap().is_some());
    assert!(store.version().await.is_ok());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.append(append).await, Ok(()));
}

#[test]
fn one_opened_while_locked_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let other = Connection::open(directory.path().join("aeth.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    refused(impatient(directory.path()), StoreErrorKind::Busy, &["locked by another process", "aeth.db"]);
    other.execute_batch("ROLLBACK").unwrap();
    impatient(directory.path()).unwrap();
}

#[test]
fn many_may_create_it_at_once() {
    for _ in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| SqliteStore::open_or_create(directory.path()).unwrap());
            }
        });
        let ids: i64 = Connection::open(directory.path().join("aeth.db"))
            .unwrap()
            .query_row("SELECT count(*) FROM meta WHERE name = 'store_id'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(ids, 1);
    }
}

#[test]
fn a_url_names_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    assert!(open("memory", Missing::Refuse).is_ok());
    assert!(open(path.to_str().unwrap(), Missing::Refuse).is_err());
    assert!(open(path.to_str().unwrap(), Missing::Create).is_ok());
    for (url, words) in [("postgres://h/d", "PostgreSQL"), ("gopher://x", "gopher://x"), ("", "no name")] {
        let error = open(url, Missing::Create).err().expect("it is refused");
        assert!(error.kind == StoreErrorKind::Open && error.message.contains(words), "{error}");
    }
}
