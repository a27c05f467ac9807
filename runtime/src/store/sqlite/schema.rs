//! What lies in the database. Forward only: a new version adds a step, and an older program refuses what it wrote.

use rusqlite::{Connection, TransactionBehavior};

use super::super::{Missing, StoreError, StoreErrorKind, clock};
use super::failure;
use super::place::{self, Place};

/// `aeth` in ASCII: tells a store from any other database.
const APPLICATION: i32 = 0x6165_7468;

/// One step per version, first to last; never changed once released.
const STEPS: [&str; 2] = [FIRST, SNAPSHOTS];

/// The version that these steps lead to.
const VERSION: i32 = STEPS.len() as i32;

/// Every key begins with namespace and job; programs are named by their content and workers by their random id.
/// Rows of jobs and events are small, so their tables are their own index.
const FIRST: &str = "
    CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
    CREATE TABLE programs (
        hash BLOB NOT NULL PRIMARY KEY,
        module BLOB NOT NULL,
        debug BLOB NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        namespace TEXT NOT NULL,
        job TEXT NOT NULL,
        lineage BLOB NOT NULL,
        program BLOB NOT NULL,
        agent TEXT NOT NULL,
        args_digest BLOB NOT NULL,
        created_ms INTEGER NOT NULL,
        head_seq INTEGER NOT NULL,
        head_ms INTEGER NOT NULL,
        head_hash BLOB NOT NULL,
        holder TEXT,
        epoch INTEGER NOT NULL,
        nonce INTEGER NOT NULL,
        state INTEGER NOT NULL,
        due_ms INTEGER,
        waiting_for TEXT NOT NULL,
        last_append BLOB,
        requests INTEGER NOT NULL,
        PRIMARY KEY (namespace, job)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX jobs_by_age ON jobs (namespace, created_ms, job);
    CREATE INDEX jobs_unfinished ON jobs (namespace, created_ms, job) WHERE state < 5;
    CREATE TABLE events (
        namespace TEXT NOT NULL,
        job TEXT NOT NULL,
        seq INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        body BLOB NOT NULL,
        payloads BLOB NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (namespace, job, seq)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE payloads (
        namespace TEXT NOT NULL,
        job TEXT NOT NULL,
        digest BLOB NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (namespace, job, digest)
    ) STRICT;
    CREATE TABLE inbox (
        namespace TEXT NOT NULL,
        job TEXT NOT NULL,
        number INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        time_ms INTEGER NOT NULL,
        interrupts INTEGER NOT NULL,
        message BLOB NOT NULL,
        PRIMARY KEY (namespace, job, number)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE requests (
        namespace TEXT NOT NULL,
        job TEXT NOT NULL,
        request_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (namespace, job, request_id)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE workers (worker TEXT NOT NULL PRIMARY KEY, beats INTEGER NOT NULL) WITHOUT ROWID, STRICT;
";

/// The newest snapshot of each job; `digest` is that of `body`.
const SNAPSHOTS: &str = "
    CREATE TABLE snapshots (
        namespace TEXT NOT NULL,
        job TEXT NOT NULL,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        program BLOB NOT NULL,
        semantics INTEGER NOT NULL,
        format INTEGER NOT NULL,
        digest BLOB NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (namespace, job)
    ) STRICT;
";

/// What a database says of itself.
struct Stamp {
    application: i32,
    version: i32,
    tables: i64,
}

/// Makes sure that the database is a store of this version: creates or brings it up to date, or says why not.
pub(super) fn prepare(connection: &Connection, place: &Place, missing: Missing) -> Result<(), StoreError> {
    let explain = |error: rusqlite::Error| failure::explain(place, &error);
    // One transaction, or it could see one half before and the other after another process created it.
    let look = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Deferred);
    let look = look.and_then(|look| stamp(&look)).map_err(explain)?;
    if version(&look, place)? == STEPS.len() {
        return Ok(());
    }
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
    let transaction = transaction.map_err(explain)?;
    // Another process may have been faster.
    let done = version(&stamp(&transaction).map_err(explain)?, place)?;
    if done == 0 {
        place.check_empty()?;
        if missing == Missing::Refuse {
            return Err(place::no_store(&place.name));
        }
    }
    let id = [clock::nonce()?.to_le_bytes(), clock::nonce()?.to_le_bytes()].concat();
    let migrate = || {
        for step in &STEPS[done..] {
            transaction.execute_batch(step)?;
        }
        transaction.execute("INSERT INTO meta VALUES ('store_id', ?1) ON CONFLICT DO NOTHING", [id])?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)
    };
    migrate().map_err(explain)?;
    transaction.commit().map_err(explain)
}

fn stamp(connection: &Connection) -> Result<Stamp, rusqlite::Error> {
    Ok(Stamp {
        application: connection.query_row("PRAGMA application_id", [], |row| row.get(0))?,
        version: connection.query_row("PRAGMA user_version", [], |row| row.get(0))?,
        tables: connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    })
}

/// The version of a store, 0 for an empty database that may become one.
fn version(stamp: &Stamp, place: &Place) -> Result<usize, StoreError> {
    let name = place.name.display();
    match stamp {
        Stamp { application: 0, version: 0, tables: 0 } => Ok(0),
        Stamp { application: APPLICATION, version, .. } => match usize::try_from(*version) {
            Ok(known @ 1..) if known <= STEPS.len() => Ok(known),
            Ok(1..) => Err(StoreError::new(
                StoreErrorKind::Newer,
                format!(
                    "the store {name} was written by a newer version of aeth (schema {version}, this one knows {VERSION}): \
                     use that version"
                ),
            )),
            _ => Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!("the store {name} is damaged (schema {version}): restore a backup"),
            )),
        },
        _ => Err(StoreError::new(
            StoreErrorKind::NotAStore,
            format!(
                "aeth.db in {name} is a database of another program: name another directory with --store"
            ),
        )),
    }
}
