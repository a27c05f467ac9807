//! One file per command. Each takes its arguments and answers with an exit code, or says why it could not.

mod answer;
mod cancel;
mod check;
mod disasm;
mod drive;
mod events;
mod explain;
mod export;
mod failed;
mod graph;
mod guard;
mod inbox;
mod jobs;
mod log;
mod lsp;
mod message;
mod replay;
mod resolve;
mod resume;
mod run;
mod show;
mod signal;
mod verify;

use std::future::Future;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::exit::{Failure, Outcome};
use crate::{telemetry, terminal};

/// Runs the command that the command line names.
pub(crate) fn execute() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are no errors: clap knows which stream and code.
        Err(error) => error.exit(),
    };
    let exit = match telemetry::start().and_then(|()| dispatch(arguments)) {
        Ok(exit) => exit,
        Err(failure) => terminal::report(&failure),
    };
    ExitCode::from(exit as u8)
}

fn dispatch(Arguments { namespace, command }: Arguments) -> Outcome {
    let namespace = namespace.as_str();
    match command {
        Command::Run(args) => block_on(run::run(namespace, &args)),
        Command::Resume(args) => block_on(resume::run(namespace, &args)),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Jobs(args) => block_on(jobs::run(namespace, &args)),
        Command::Show(args) => block_on(show::run(namespace, &args)),
        Command::Events(args) => block_on(events::run(namespace, &args)),
        Command::Replay(args) => block_on(replay::run(namespace, &args)),
        Command::Verify(args) => block_on(verify::run(namespace, &args)),
        Command::Export(args) => block_on(export::run(namespace, &args)),
        Command::Signal(args) => block_on(signal::run(namespace, &args)),
        Command::Inbox(args) => block_on(inbox::run(namespace, &args)),
        Command::Answer(args) => block_on(answer::run(namespace, &args)),
        Command::Cancel(args) => block_on(cancel::run(namespace, &args)),
        Command::Resolve(args) => block_on(resolve::run(namespace, &args)),
        Command::Graph(args) => graph::run(&args),
        Command::Disasm(args) => disasm::run(&args),
        Command::Lsp(_) => block_on(lsp::run()),
        Command::Guard(args) => guard::run(&args),
    }
}

/// Runs a command that waits for things. What still waits when it is done (a line nobody types) is left behind.
fn block_on(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::unusable(format!("no threads can be started: {error}")))?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_background();
    outcome
}
