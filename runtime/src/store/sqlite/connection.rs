//! Connections to the database: how each is set up, and the first, which finds out whether it is a store at all.
#![allow(clippy::disallowed_methods, reason = "waits for another process that opens the same store")]

use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::super::{Missing, StoreError, StoreErrorKind};
use super::place::Place;
use super::{failure, schema};

/// Statements kept prepared: more than there are.
const STATEMENTS: usize = 64;

/// The writer's connection of a store that is opened: created if asked for, checked, brought up to date.
pub(super) fn open_first(place: &Place, missing: Missing) -> Result<Connection, StoreError> {
    let create = match missing {
        Missing::Create => OpenFlags::SQLITE_OPEN_CREATE,
        Missing::Refuse => OpenFlags::empty(),
    };
    let explain = |error: rusqlite::Error| failure::explain(place, &error);
    let connection = connect(place, create).map_err(explain)?;
    schema::prepare(&connection, place, missing)?;
    let mode = patiently(place, || {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))
    });
    let mode = mode.map_err(explain)?;
    if mode != "wal" {
        return Err(StoreError::new(
            StoreErrorKind::Open,
            format!(
                "the store {} lies on a file system without shared memory (journal mode {mode}): keep it on a local \
                 disk",
                place.name.display()
            ),
        ));
    }
    set_up_writer(&connection).map_err(explain)?;
    Ok(connection)
}

/// The writer's connection after a failure. What the failed one may have left in the log is first made durable: the
/// kernel can count a page as written whose write failed, so a commit is only believed after it reached the database.
pub(super) fn reopen_writer(place: &Place) -> Result<Connection, StoreError> {
    place.check()?;
    let explain = |error: rusqlite::Error| failure::explain(place, &error);
    let connection = connect(place, OpenFlags::empty()).map_err(explain)?;
    set_up_writer(&connection).map_err(explain)?;
    let left = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    if left.map_err(explain)? != 0 {
        return Err(StoreError::new(
            StoreErrorKind::Busy,
            format!("the store {} is in use while it recovers: try again", place.name.display()),
        ));
    }
    Ok(connection)
}

/// A connection that cannot change anything, which waits at most so long for others.
pub(super) fn open_reader(place: &Place, busy: Duration) -> Result<Connection, StoreError> {
    place.check()?;
    let open = || {
        // Opened for writing all the same: the first to look after a crash has to recover the log.
        let connection = connect(place, OpenFlags::empty())?;
        connection.busy_timeout(busy)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open().map_err(|error| failure::explain(place, &error))
}

fn connect(place: &Place, create: OpenFlags) -> Result<Connection, rusqlite::Error> {
    // Each connection belongs to one thread at a time. A link could lead to a file whose log lies elsewhere.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(&place.file, flags | create)?;
    connection.busy_timeout(place.busy)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // What comes from a damaged or hostile file is not executed, and not believed where that is cheap to check.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "synchronous", "full")?;
    // A plain fsync does not reach the disk on macOS; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // After a burst the log shrinks again.
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))
}

/// Repeats what SQLite refuses at once while another process opens the store, where its own waiting does not apply.
fn patiently<T>(
    place: &Place,
    mut attempt: impl FnMut() -> Result<T, rusqlite::Error>,
) -> Result<T, rusqlite::Error> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(error) if failure::is_busy(&error) && start.elapsed() < place.busy => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}
