//! Speed, as absolutes and ratios: interleaved rounds, medians of five. `cargo bench` runs it; `cargo bench -- fib` one.
//!
//! What is compared with what is said beside each number. Nothing here fails a build: numbers are for people.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads clocks and starts processes")]
#![allow(clippy::print_stdout, reason = "its output is its result")]

mod check;
mod compute;
mod durable;
mod resume;
mod start;

use std::time::{Duration, Instant};

/// Rounds of each measurement; the median counts.
pub(crate) const ROUNDS: usize = 5;

/// That of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if wanted("effects") {
        durable::effects_per_second();
    }
    if wanted("append") {
        durable::append_by_length();
    }
    if wanted("resume") {
        resume::by_length();
    }
    for name in ["fib", "loop", "sieve", "map"] {
        if wanted(name) {
            compute::beside_others(name);
        }
    }
    if wanted("check") {
        check::cold();
    }
    if wanted("edit") {
        check::after_an_edit();
    }
    if wanted("compile") {
        check::by_size();
    }
    if wanted("start") {
        start::cold();
    }
}

/// How long something takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let value = work();
    (started.elapsed(), value)
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
