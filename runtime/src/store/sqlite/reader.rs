//! Threads that read beside the writer, and the connection that notices commits.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::super::{StoreError, StoreErrorKind};
use super::place::Place;
use super::queue::Queue;
use super::{connection, failure};

/// A long read leaves one for the short ones.
const THREADS: usize = 2;

/// Looking whether something changed must not wait for others: whoever polls looks again.
const WATCH: Duration = Duration::from_millis(100);

type Read = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Fate + Send>;

/// Whether the connection can be used again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Drop,
}

/// The way to the threads.
pub(super) struct Readers {
    queue: Arc<Queue<Read>>,
    place: Arc<Place>,
    watch: Mutex<Watch>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Watch {
    connection: Option<Connection>,
    /// How often it was opened: `data_version` counts from anew on every connection.
    opened: u32,
}

impl Readers {
    /// Starts the threads; each opens its connection when it has something to read.
    pub(super) fn start(place: Arc<Place>) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::new());
        let mut readers = Self { queue, place, watch: Mutex::default(), threads: Vec::new() };
        for index in 0..THREADS {
            let (queue, place) = (readers.queue.clone(), readers.place.clone());
            let thread = std::thread::Builder::new()
                .name(format!("aeth-store-read-{index}"))
                .spawn(move || serve(&queue, &place))
                .map_err(|error| {
                    StoreError::new(
                        StoreErrorKind::Other,
                        format!("the store cannot start a thread: {error}"),
                    )
                })?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Reads within one transaction, so that all of it is of one moment.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let place = self.place.clone();
        self.queue.push(Box::new(move |connection| {
            let result = connection.map_err(|error| (error, Fate::Keep)).and_then(|connection| {
                place.check().map_err(|error| (error, Fate::Keep))?;
                read_whole(connection, read).map_err(|error| {
                    let fate = if failure::ends_transaction(&error) { Fate::Drop } else { Fate::Keep };
                    (failure::explain(&place, &error), fate)
                })
            });
            let (answer, fate) = match result {
                Ok(value) => (Ok(value), Fate::Keep),
                Err((error, fate)) => (Err(error), fate),
            };
            // Nobody may be waiting any more.
            let _ = reply.send(answer);
            fate
        }));
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::Other, "the store has been closed")))
    }

    /// A number that changes with every commit of anyone. Only reads shared memory, so it is done right here.
    pub(super) fn version(&self) -> Result<u64, StoreError> {
        self.place.check()?;
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if watch.connection.is_none() {
            watch.connection = Some(connection::open_reader(&self.place, WATCH)?);
            watch.opened += 1;
        }
        let opened = u64::from(watch.opened);
        let Some(connection) = &watch.connection else { return Ok(0) };
        let read = connection
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, u32>(0)));
        match read {
            Ok(version) => Ok(opened << 32 | u64::from(version)),
            Err(error) => {
                watch.connection = None;
                Err(failure::explain(&self.place, &error))
            }
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // It ends by itself; a panic there has already failed what was waiting.
            let _ = thread.join();
        }
    }
}

fn serve(queue: &Queue<Read>, place: &Place) {
    let mut kept: Option<Connection> = None;
    while let Some(read) = queue.take(1).pop() {
        let fate = match kept.take().map_or_else(|| connection::open_reader(place, place.busy), Ok) {
            Ok(connection) => {
                let fate = read(Ok(&connection));
                kept = (fate == Fate::Keep).then_some(connection);
                continue;
            }
            Err(error) => read(Err(error)),
        };
        debug_assert!(fate == Fate::Keep, "there was no connection to drop");
    }
}

fn read_whole<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
) -> Result<T, rusqlite::Error> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    // Dropping it ends it; there is nothing to keep.
    read(&transaction)
}
