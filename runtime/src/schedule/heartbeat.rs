//! One heartbeat per worker: says to the others that it works, and keeps its dispatch window open.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::window::Window;
use crate::host::Clock;
use crate::limits::HEARTBEAT_MS;
use crate::store::{Store, StoreError};

/// How soon a heartbeat that failed is tried again.
const AGAIN: Duration = Duration::from_millis(HEARTBEAT_MS / 10);

/// A running heartbeat. Dropped, it stops, and the window closes.
#[derive(Debug)]
pub struct Heartbeat {
    task: JoinHandle<()>,
    window: Arc<Window>,
}

impl Heartbeat {
    /// Writes the first heartbeat, then goes on beside everything else.
    ///
    /// # Errors
    /// If the store does not take the first one.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        worker: String,
        window: Arc<Window>,
    ) -> Result<Self, StoreError> {
        Self::start_every(Duration::from_millis(HEARTBEAT_MS), store, clock, worker, window).await
    }

    async fn start_every(
        usual: Duration,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        worker: String,
        window: Arc<Window>,
    ) -> Result<Self, StoreError> {
        beat(&*clock, &window, store.heartbeat(&worker)).await?;
        let kept = window.clone();
        let task = tokio::spawn(async move {
            let mut pause = usual;
            loop {
                sleep(pause).await;
                pause = match beat(&*clock, &kept, store.heartbeat(&worker)).await {
                    Ok(()) => usual,
                    Err(error) => {
                        tracing::warn!(%worker, %error, "the heartbeat was not written");
                        AGAIN
                    }
                };
            }
        });
        Ok(Self { task, window })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
        self.window.close();
    }
}

/// What counts is when it was begun: the others may see it any time after that.
async fn beat(
    clock: &dyn Clock,
    window: &Window,
    write: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), StoreError> {
    let begun = clock.elapsed_ms();
    write.await?;
    window.renewed(begun);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::host::SystemClock;
    use crate::store::StoreErrorKind;
    use crate::store::memory::MemoryStore;

    /// A clock that is moved by hand.
    #[derive(Default)]
    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn elapsed_ms(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn the_window_counts_from_the_beginning_of_a_beat_that_succeeded() {
        let (clock, window) = (Hand::default(), Window::new(100, 0));
        let slow = async {
            clock.0.store(90, Ordering::Relaxed);
            Ok(())
        };
        beat(&clock, &window, slow).await.unwrap();
        assert!(window.may_send(99));
        assert!(!window.may_send(100), "acknowledged at 90, but begun at 0");
        let failing = async { Err(StoreError { kind: StoreErrorKind::Io, message: "no".into() }) };
        assert!(beat(&clock, &window, failing).await.is_err());
        assert!(!window.may_send(100));
    }

    #[tokio::test]
    async fn it_goes_on_until_it_is_dropped() {
        let store = Arc::new(MemoryStore::new());
        let window = Arc::new(Window::default());
        let pause = Duration::from_millis(2);
        let start =
            Heartbeat::start_every(pause, store.clone(), Arc::new(SystemClock), "w".into(), window.clone());
        let heartbeat = start.await.unwrap();
        assert!(window.may_send(SystemClock.elapsed_ms()), "open after the first");
        while store.worker("w").await.unwrap() < Some(5) {
            sleep(pause).await;
        }
        drop(heartbeat);
        assert!(!window.may_send(SystemClock.elapsed_ms()));
        sleep(Duration::from_millis(20)).await;
        let count = store.worker("w").await.unwrap();
        sleep(Duration::from_millis(20)).await;
        assert_eq!(store.worker("w").await.unwrap(), count);
        assert!(!window.may_send(SystemClock.elapsed_ms()));
    }
}
