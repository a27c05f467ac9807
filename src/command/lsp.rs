//! `aeth lsp`: serves editors over standard input and output.

use crate::exit::{Exit, Outcome};

pub(crate) async fn run() -> Outcome {
    // `exit` without `shutdown` is the only failure the protocol knows.
    match aeth_lsp::serve(tokio::io::stdin(), tokio::io::stdout()).await {
        0 => Ok(Exit::Done),
        _ => Ok(Exit::Failed),
    }
}
