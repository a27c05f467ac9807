//! Programs, modules and snapshots that nobody wrote: no panic, no hang, no stack overflow, and nothing unsafe is executed.
//!
//! In: real programs (examples, the specification, what was found before in `corpus/`) and random bytes that say how to
//! mutilate them. Each target runs 20 seconds, ten minutes with `AETH_CAMPAIGN=full`, and prints how often. What fails
//! is kept as a file in `corpus/`, where every later run begins.

mod modules;
mod programs;
mod snapshots;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long each target runs.
fn budget() -> Duration {
    let full = std::env::var("AETH_CAMPAIGN").is_ok_and(|size| size == "full");
    Duration::from_secs(if full { 600 } else { 20 })
}

/// Hands one run after the other to `target`, each a string of random bytes, until the time is up; answers how many.
/// The runs are the same every time, further ones the longer it lasts. A run that fails is made as short as it can be.
fn campaign(what: &str, most: usize, target: impl Fn(&[u8]) + std::panic::RefUnwindSafe) -> usize {
    let fails = |bytes: &[u8]| std::panic::catch_unwind(|| target(bytes)).is_err();
    for (at, bytes) in kept(what).iter().enumerate() {
        assert!(!fails(bytes), "{what}: kept run {at} fails again");
    }
    let started = Instant::now();
    let mut count = 0_usize;
    while started.elapsed() < budget() {
        let mut random =
            blake3::Hasher::new().update(what.as_bytes()).update(&count.to_le_bytes()).finalize_xof();
        let mut length = [0; 8];
        random.fill(&mut length);
        let mut bytes = vec![0; usize::try_from(u64::from_le_bytes(length) % (most as u64 + 1)).unwrap_or(0)];
        random.fill(&mut bytes);
        if fails(&bytes) {
            let bytes = shortened(bytes, &fails);
            let line: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            panic!("{what}: run {count} fails; keep it as a line of tests/fuzz/corpus: {line}");
        }
        count += 1;
    }
    count
}

/// What is replayed before anything else: a line of hexadecimal digits per run, in the file of the target.
fn kept(what: &str) -> Vec<Vec<u8>> {
    let path = root().join("tests/fuzz/corpus").join(format!("{}.txt", what.replace(' ', "_")));
    let text = std::fs::read_to_string(&path).expect("the corpus of the target");
    let digits = |line: &str| -> Vec<u8> {
        let pairs = (0..line.len() / 2).map(|at| u8::from_str_radix(&line[2 * at..2 * at + 2], 16));
        pairs.map(|byte| byte.expect("hexadecimal digits")).collect()
    };
    text.lines().filter(|line| !line.starts_with('#')).map(digits).collect()
}

/// The bytes without every piece that they fail without.
fn shortened(mut bytes: Vec<u8>, fails: &impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let started = Instant::now();
    let mut piece = bytes.len() / 2;
    while piece > 0 && started.elapsed() < budget() {
        let mut at = 0;
        while at < bytes.len() {
            let end = (at + piece).min(bytes.len());
            let without = [&bytes[..at], &bytes[end..]].concat();
            if fails(&without) {
                bytes = without;
            } else {
                at = end;
            }
        }
        piece /= 2;
    }
    bytes
}

/// Longest that one input may take, of the processor: what else the machine does is no hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// What one input takes.
struct Watch(Duration);

impl Watch {
    fn start() -> Self {
        Self(Self::spent())
    }

    fn within_patience(&self, what: &str) {
        let took = Self::spent().saturating_sub(self.0);
        assert!(took < PATIENCE, "{what}: {took:?}");
    }

    /// What the processor has done for this thread.
    fn spent() -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).expect("a time since the thread began")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(end)).collect();
    files.sort();
    files
}

/// The programs that are mutilated: examples, pages of the specification, earlier findings.
fn bases() -> &'static [String] {
    static BASES: OnceLock<Vec<String>> = OnceLock::new();
    BASES.get_or_init(|| {
        let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a text");
        let mut bases: Vec<String> = files("tests/fuzz/corpus", ".aeth").iter().map(read).collect();
        for example in files("examples", "") {
            bases.push(read(&example.join("main.aeth")));
        }
        for page in files("tests/suite", ".md").iter().map(read) {
            bases.extend(
                page.split("```aeth\n")
                    .skip(1)
                    .filter_map(|rest| rest.split("\n```").next())
                    .map(str::to_owned),
            );
        }
        bases.push(read(&root().join("lang/src/syntax/tests/taste.aeth")));
        assert!(bases.len() > 10, "only {} programs", bases.len());
        bases
    })
}

/// Reads decisions from random bytes; when they are used up, every further decision is the first.
struct Dice<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Dice<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    fn byte(&mut self) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0))
    }

    /// A number below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        (self.byte() << 8 | self.byte()) % n.max(1)
    }

    fn is_empty(&self) -> bool {
        self.bytes.len() == 0
    }
}
