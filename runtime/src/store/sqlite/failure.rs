//! What SQLite says, as a sentence that says what to do.

use rusqlite::ErrorCode;

use super::super::{StoreError, StoreErrorKind};
use super::place::{self, Place};

/// An error of SQLite for people.
pub(super) fn explain(place: &Place, error: &rusqlite::Error) -> StoreError {
    let store = place.name.join(place::FILE);
    let store = store.display();
    let (kind, message) = match code(error) {
        Some(ErrorCode::NotADatabase) => (
            StoreErrorKind::NotAStore,
            format!("{store} is not a database: name another directory with --store, or move it away"),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            StoreErrorKind::Corrupt,
            format!(
                "the store {store} is damaged ({error}): stop all workers and restore a backup; `aeth verify JOB` \
                 tells which jobs are whole"
            ),
        ),
        Some(ErrorCode::ReadOnly) => (
            StoreErrorKind::Open,
            format!(
                "the store {store} cannot be written ({error}): make the directory and its files writable, or name \
                 another with --store"
            ),
        ),
        Some(
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied,
        ) => (
            StoreErrorKind::Open,
            format!(
                "the store {store} cannot be opened ({error}): you need to be allowed to read and write the \
                 directory, and the database must be a regular file"
            ),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => (
            StoreErrorKind::Busy,
            format!(
                "the store {store} was locked by another process for {:.1?}: wait for it or end it, then try again",
                place.busy
            ),
        ),
        Some(ErrorCode::DiskFull) => (
            StoreErrorKind::Io,
            format!(
                "no space is left for the store {store}: make room; nothing that was acknowledged is lost"
            ),
        ),
        Some(ErrorCode::SystemIoFailure) => (
            StoreErrorKind::Io,
            format!("the store {store} cannot be read or written ({error}): check the disk"),
        ),
        None if is_bad_row(error) => (
            StoreErrorKind::Corrupt,
            format!(
                "the store {store} holds a row that no version of this program writes ({error}): restore a backup"
            ),
        ),
        _ => (StoreErrorKind::Other, format!("the store {store} failed: {error}")),
    };
    StoreError { kind, message }
}

/// Whether the connection, or the transaction as a whole, can no longer be trusted; else only what was asked failed.
pub(super) fn ends_transaction(error: &rusqlite::Error) -> bool {
    matches!(
        code(error),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::OutOfMemory
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::NotADatabase
                | ErrorCode::InternalMalfunction
        )
    )
}

/// Whether another process holds a lock that it will give back.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

fn is_bad_row(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}
