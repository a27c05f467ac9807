//! The one thread that writes. Commands that are queued together share one transaction and one sync to disk; each has
//! a savepoint of its own, so that one that is refused never fails the others.
//!
//! Invariant: a command is acknowledged only after the commit that holds it. After a failure the connection is never
//! used again.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::super::{StoreError, StoreErrorKind};
use super::place::Place;
use super::queue::Queue;
use super::{connection, failure};

/// Commands of one transaction: bounds how long the first waits for the last.
const GROUP: usize = 256;

/// Why a command was not carried out, or not known to be.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// What went wrong.
    pub(super) error: StoreError,
    /// Whether the commit had begun: then it may be durable all the same.
    pub(super) committing: bool,
}

/// Why a command stops.
pub(super) enum Stop<E> {
    /// By the rules: its savepoint is undone.
    Refused(E),
    /// SQLite failed.
    Sql(rusqlite::Error),
}

impl<E> From<rusqlite::Error> for Stop<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// The way to the thread.
pub(super) struct Writer {
    queue: Arc<Queue<Box<dyn Command>>>,
    place: Arc<Place>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on an open connection.
    pub(super) fn start(place: Arc<Place>, connection: Connection) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::new());
        let (commands, its_place) = (queue.clone(), place.clone());
        let thread = std::thread::Builder::new()
            .name("aeth-store-write".into())
            .spawn(move || serve(&commands, &its_place, connection))
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Other, format!("the store cannot start a thread: {error}"))
            })?;
        Ok(Self { queue, place, thread: Some(thread) })
    }

    /// Carries out a command; it has been committed when this returns.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, Stop<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Lost> + From<StoreError> + Send + 'static,
    {
        let (command, answer) = self.command(work);
        self.queue.push(command);
        outcome(answer).await
    }

    /// The same, ahead of all that is queued.
    pub(super) async fn run_first<T, E>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, Stop<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Lost> + From<StoreError> + Send + 'static,
    {
        let (command, answer) = self.command(work);
        self.queue.push_first(command);
        outcome(answer).await
    }

    fn command<T, E, F>(&self, work: F) -> (Box<dyn Command>, oneshot::Receiver<Result<T, E>>)
    where
        T: Send + 'static,
        E: From<Lost> + From<StoreError> + Send + 'static,
        F: FnMut(&Connection) -> Result<T, Stop<E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        (Box::new(Task { work, place: self.place.clone(), done: None, reply }), answer)
    }
}

async fn outcome<T, E: From<Lost>>(answer: oneshot::Receiver<Result<T, E>>) -> Result<T, E> {
    answer.await.unwrap_or_else(|_| {
        let error = StoreError::new(StoreErrorKind::Other, "the store has been closed");
        // It may have been closed after the commit.
        Err(Lost { error, committing: true }.into())
    })
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // It ends by itself; a panic there has already failed what was waiting.
            let _ = thread.join();
        }
    }
}

/// Something to be written.
trait Command: Send {
    /// Writes within a savepoint. `Ok(false)`: refused, the savepoint is to be undone.
    fn run(&mut self, connection: &Connection) -> Result<bool, rusqlite::Error>;
    /// Tells whoever waits.
    fn finish(self: Box<Self>, commit: Result<(), Lost>);
}

struct Task<F, T, E> {
    work: F,
    place: Arc<Place>,
    done: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Command for Task<F, T, E>
where
    T: Send,
    E: From<Lost> + From<StoreError> + Send,
    F: FnMut(&Connection) -> Result<T, Stop<E>> + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<bool, rusqlite::Error> {
        let done = match (self.work)(connection) {
            Ok(value) => Ok(value),
            Err(Stop::Refused(why)) => Err(why),
            // The connection is sound, so the failure is this command's own.
            Err(Stop::Sql(error)) if !failure::ends_transaction(&error) && !connection.is_autocommit() => {
                Err(failure::explain(&self.place, &error).into())
            }
            Err(Stop::Sql(error)) => return Err(error),
        };
        let kept = done.is_ok();
        self.done = Some(done);
        Ok(kept)
    }

    fn finish(self: Box<Self>, commit: Result<(), Lost>) {
        let answer = match (commit, self.done) {
            // A refusal stands whatever became of the others: nothing of it was to be written.
            (_, Some(Err(refused))) => Err(refused),
            (Ok(()), Some(done)) => done,
            (Err(lost), _) => Err(lost.into()),
            (Ok(()), None) => {
                let error = StoreError::new(StoreErrorKind::Other, "the command was not carried out");
                Err(error.into())
            }
        };
        // Nobody may be waiting any more.
        let _ = self.reply.send(answer);
    }
}

fn serve(queue: &Queue<Box<dyn Command>>, place: &Place, first: Connection) {
    let mut connection = Some(first);
    loop {
        let mut group = queue.take(GROUP);
        if group.is_empty() {
            return;
        }
        let result = write_group(&mut connection, place, &mut group);
        for command in group {
            command.finish(result.clone());
        }
    }
}

/// Writes a group on a sound connection; one that failed is dropped, and replaced before the next group.
fn write_group(
    kept: &mut Option<Connection>,
    place: &Place,
    group: &mut [Box<dyn Command>],
) -> Result<(), Lost> {
    let lost = |error| Lost { error, committing: false };
    let connection = match kept.take() {
        Some(connection) => {
            if let Err(error) = place.check() {
                *kept = Some(connection);
                return Err(lost(error));
            }
            connection
        }
        None => connection::reopen_writer(place).map_err(lost)?,
    };
    let result = transact(&connection, group);
    let sound = match &result {
        Ok(()) => true,
        Err((error, _)) => failure::is_busy(error) && connection.is_autocommit(),
    };
    if sound {
        *kept = Some(connection);
    }
    result.map_err(|(error, committing)| Lost { error: failure::explain(place, &error), committing })
}

/// One transaction. The flag says whether the commit had begun.
fn transact(connection: &Connection, group: &mut [Box<dyn Command>]) -> Result<(), (rusqlite::Error, bool)> {
    say(connection, "BEGIN IMMEDIATE").map_err(|error| (error, false))?;
    let members = group.iter_mut().try_for_each(|command| run_member(connection, command.as_mut()));
    let (result, committing) = match members {
        Ok(()) => (say(connection, "COMMIT"), true),
        Err(error) => (Err(error), false),
    };
    result.map_err(|error| {
        // If this fails too, dropping the connection ends the transaction.
        let _ = say(connection, "ROLLBACK");
        (error, committing)
    })
}

fn run_member(connection: &Connection, command: &mut dyn Command) -> Result<(), rusqlite::Error> {
    say(connection, "SAVEPOINT member")?;
    if !command.run(connection)? {
        say(connection, "ROLLBACK TO member")?;
    }
    say(connection, "RELEASE member")
}

fn say(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}
