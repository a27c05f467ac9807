//! The thread that checks. One, because it keeps what declarations have parsed to: after an edit only what changed
//! goes through the grammar again.
//!
//! In: documents to check. Out: what was found, or nothing if the document had changed before its turn. Invariant: a
//! panic in the checker ends one check, not the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use aeth_lang::limits;
use aeth_lang::syntax::Trees;
use tokio::sync::oneshot;

type Check = Box<dyn FnOnce(&mut Trees) + Send>;

/// The way to the thread. It ends when the last of these is gone.
#[derive(Clone, Debug)]
pub(crate) struct Checks {
    queue: mpsc::Sender<Check>,
}

impl Checks {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (queue, checks) = mpsc::channel::<Check>();
        std::thread::Builder::new().name("checks".to_owned()).spawn(move || {
            let mut trees = Trees::up_to(limits::KEPT_TREES_BYTES);
            for check in checks {
                if catch_unwind(AssertUnwindSafe(|| check(&mut trees))).is_err() {
                    // What it was in the middle of is not to be trusted.
                    trees = Trees::up_to(limits::KEPT_TREES_BYTES);
                }
            }
        })?;
        Ok(Self { queue })
    }

    /// Runs a check when its turn comes; `None` if it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        check: impl FnOnce(&mut Trees) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let check = move |trees: &mut Trees| drop(answer.send(check(trees)));
        self.queue.send(Box::new(check)).ok()?;
        answered.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_check_and_no_other() {
        let checks = Checks::start().expect("a thread");
        let failed: Option<()> = checks.run(|_| panic!("a defect of the checker, made by a test")).await;
        assert_eq!(failed, None);
        assert_eq!(checks.run(|_| 1).await, Some(1));
    }
}
