//! `aeth guard`: what the runtime starts beside itself to end its children when it dies.

use std::path::Path;

use aeth_runtime::host::guard;

use crate::args::Guard;
use crate::exit::{Exit, Failure, Outcome};

pub(crate) fn run(args: &Guard) -> Outcome {
    guard::run(Path::new(&args.locks), &args.prefix)
        .map_err(|error| Failure::unusable(format!("children cannot be watched: {error}")))?;
    Ok(Exit::Done)
}
