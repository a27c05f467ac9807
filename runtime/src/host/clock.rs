//! The machine's clock: counts suspend, never jumps.

use super::Clock;

/// `CLOCK_BOOTTIME`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn elapsed_ms(&self) -> u64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        let millis = u64::try_from(now.tv_nsec / 1_000_000).unwrap_or(0);
        seconds.saturating_mul(1_000).saturating_add(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_goes_back_and_moves_on() {
        let start = SystemClock.elapsed_ms();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let end = SystemClock.elapsed_ms();
        assert!((20..10_000).contains(&(end - start)), "from {start} to {end}");
    }
}
