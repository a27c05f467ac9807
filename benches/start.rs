//! How long a person waits for the smallest agent: a cold `aeth run` with a new store each time.

use std::path::Path;
use std::process::Command;

use crate::{ROUNDS, median, timed};

pub(crate) fn cold() {
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hello/main.aeth");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let times = (0..ROUNDS * 4)
        .map(|round| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_aeth"));
            command
                .arg("run")
                .arg(&main)
                .arg("name=Ada")
                .arg("--store")
                .arg(folder.path().join(round.to_string()));
            let (time, output) = timed(|| command.output().expect("aeth starts"));
            assert_eq!(output.stdout, b"Hello, Ada! Your name has 3 letters.\n", "{output:?}");
            time
        })
        .collect();
    println!(
        "start: {:.1} ms for `aeth run examples/hello/main.aeth name=Ada` with a new store",
        median(times).as_secs_f64() * 1e3
    );
}
