//! The `.aeth` language server: the compiler's own checker, in an editor.
//!
//! In: the Language Server Protocol on any pair of streams. Out: diagnostics of every open document. Invariant: what
//! the editor shows is what `aeth check` says of the same text: this crate translates, it never judges.
//!
//! [`serve`] speaks the protocol; `server` keeps one handler per message; `documents` holds the texts that are open; `checks` is the
//! thread that checks them;
//! `files` reads what a document imports; `text` turns UTF-16 positions into byte offsets and back; `diagnostics` translates what the checker says.

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

mod checks;
mod diagnostics;
mod documents;
pub mod files;
mod server;
mod text;

/// Requests in flight before reading pauses. The library's default of 4 stalls an editor that asks in bursts.
const REQUESTS_IN_FLIGHT: usize = 64;

/// Speaks the protocol until `exit` or the end of `input`. Gives the status a process should end with: 0 if
/// `shutdown` came before, 1 otherwise, as the protocol demands.
///
/// # Errors
/// The system gives no thread to check in.
pub async fn serve<I, O>(input: I, output: O) -> std::io::Result<u8>
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let checks = checks::Checks::start()?;
    let (service, socket) = LspService::new(|client| server::LanguageServer::new(client, checks));
    let shut_down = service.inner().shut_down();
    Server::new(input, output, socket).concurrency_level(REQUESTS_IN_FLIGHT).serve(service).await;
    Ok(u8::from(!shut_down.load(std::sync::atomic::Ordering::SeqCst)))
}
