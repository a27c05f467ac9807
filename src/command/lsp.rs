//! `aeth lsp`: serves editors over standard input and output.

use crate::exit::{Exit, Failure, Outcome};

pub(crate) async fn run() -> Outcome {
    // `exit` without `shutdown` is the only failure the protocol knows.
    match aeth_lsp::serve(tokio::io::stdin(), tokio::io::stdout()).await {
        Ok(0) => Ok(Exit::Done),
        Ok(_) => Ok(Exit::Failed),
        Err(error) => Err(Failure::unusable(format!("the language server cannot start: {error}"))),
    }
}
