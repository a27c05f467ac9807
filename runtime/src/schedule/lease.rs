//! What to do about a job's lease (runtime.md S1, S2): pure decisions over what was observed.

use super::liveness::Liveness;
use crate::store::Lease;

/// What a worker may do about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody holds it: take it.
    Take,
    /// This worker holds it.
    Ours,
    /// The holder lives: look again, at the latest after so many milliseconds.
    Wait {
        /// When its heartbeat would have stood still for a full lease.
        ms: u64,
    },
    /// The holder is dead: take the job at once.
    TakeOver,
    /// The holder lives but has not moved for a full lease: end it, then take the job.
    KillThenTake,
}

/// What one observer has seen of one job's holder, on its own clock.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    seen: Option<Sight>,
}

/// Something that stands still as long as the holder does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sight {
    holder: String,
    epoch: u64,
    heartbeat: Option<u64>,
    /// When it was first seen so.
    since_ms: u64,
}

impl Watch {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what is the case at `now_ms` of the observer's clock, and decides. `heartbeat` and `liveness` are
    /// those of the lease's holder.
    pub fn observe(
        &mut self,
        worker: &str,
        now_ms: u64,
        lease: &Lease,
        heartbeat: Option<u64>,
        liveness: Liveness,
        lease_ms: u64,
    ) -> Turn {
        let Some(holder) = &lease.holder else {
            self.seen = None;
            return Turn::Take;
        };
        let same = |sight: &&Sight| {
            (&sight.holder, sight.epoch, sight.heartbeat) == (holder, lease.fence.epoch, heartbeat)
        };
        let since_ms = self.seen.as_ref().filter(same).map_or(now_ms, |sight| sight.since_ms);
        self.seen = Some(Sight { holder: holder.clone(), epoch: lease.fence.epoch, heartbeat, since_ms });
        if holder == worker {
            return Turn::Ours;
        }
        decide(liveness, now_ms.saturating_sub(since_ms), lease_ms)
    }
}

/// What to do about a holder whose heartbeat has stood still for so long.
#[must_use]
pub fn decide(liveness: Liveness, still_ms: u64, lease_ms: u64) -> Turn {
    match liveness {
        Liveness::Dead => Turn::TakeOver,
        Liveness::Alive if still_ms >= lease_ms => Turn::KillThenTake,
        Liveness::Alive => Turn::Wait { ms: lease_ms - still_ms },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Fence;

    const LEASE: u64 = 10_000;

    fn held(by: &str, epoch: u64) -> Lease {
        Lease { holder: Some(by.into()), fence: Fence { epoch, nonce: 0 } }
    }

    #[test]
    fn decisions() {
        let table = [
            (Liveness::Dead, 0, Turn::TakeOver),
            (Liveness::Dead, LEASE, Turn::TakeOver),
            (Liveness::Alive, 0, Turn::Wait { ms: LEASE }),
            (Liveness::Alive, LEASE - 1, Turn::Wait { ms: 1 }),
            (Liveness::Alive, LEASE, Turn::KillThenTake),
            (Liveness::Alive, u64::MAX, Turn::KillThenTake),
        ];
        for (liveness, still, turn) in table {
            assert_eq!(decide(liveness, still, LEASE), turn, "{liveness:?} {still}");
        }
    }

    #[test]
    fn a_full_lease_counts_from_the_last_movement_seen() {
        let mut watch = Watch::new();
        let mut see =
            |now, lease: &Lease, beat| watch.observe("me", now, lease, beat, Liveness::Alive, LEASE);
        assert_eq!(
            see(1_000_000, &held("a", 1), Some(7)),
            Turn::Wait { ms: LEASE },
            "never from the first sight"
        );
        assert_eq!(see(1_009_000, &held("a", 1), Some(7)), Turn::Wait { ms: 1_000 });
        assert_eq!(see(1_009_500, &held("a", 1), Some(8)), Turn::Wait { ms: LEASE }, "it moved");
        assert_eq!(see(1_019_499, &held("a", 1), Some(8)), Turn::Wait { ms: 1 });
        assert_eq!(see(1_019_500, &held("a", 1), Some(8)), Turn::KillThenTake);
        assert_eq!(see(1_020_000, &held("a", 2), Some(8)), Turn::Wait { ms: LEASE }, "taken anew");
        assert_eq!(see(1_030_000, &held("b", 3), Some(8)), Turn::Wait { ms: LEASE }, "another holder");
        assert_eq!(see(1_040_000, &held("b", 3), None), Turn::Wait { ms: LEASE });
        assert_eq!(see(1_050_000, &Lease { holder: None, ..held("", 3) }, None), Turn::Take);
        assert_eq!(see(1_050_001, &held("b", 3), None), Turn::Wait { ms: LEASE }, "held again");
        assert_eq!(see(1_090_000, &held("me", 4), None), Turn::Ours);
    }

    #[test]
    fn a_clock_that_stands_or_jumps_back_never_hurries() {
        let mut watch = Watch::new();
        for now in [50_000, 50_000, 0] {
            let turn = watch.observe("me", now, &held("a", 1), Some(1), Liveness::Alive, LEASE);
            assert_eq!(turn, Turn::Wait { ms: LEASE });
        }
    }

    #[test]
    fn the_dead_are_not_waited_for() {
        let turn = Watch::new().observe("me", 0, &held("a", 1), Some(1), Liveness::Dead, LEASE);
        assert_eq!(turn, Turn::TakeOver);
    }
}
