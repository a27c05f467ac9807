//! The command line: every command, argument and help text. The contract is in the reference of the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs durable agents: programs whose every step survives a crash and whose side effects never happen twice.
#[derive(Debug, Parser)]
#[command(name = "aeth", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Example: aeth run examples/hello/main.aeth name=World")]
pub(crate) struct Arguments {
    /// Jobs of this namespace; namespaces do not see each other.
    #[arg(long, global = true, value_name = "N", default_value = "default")]
    pub(crate) namespace: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs an agent, or resumes its job after a crash.
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Checks programs without running them.
    #[command(after_help = "Example: aeth check src/ --format short")]
    Check(Check),
    /// Explains a code of a diagnostic, with an example and how to mend it.
    #[command(after_help = "Example: aeth explain E0201")]
    Explain(Explain),
    /// Goes on with a job that was interrupted or that waited.
    #[command(after_help = "Example: aeth resume nightly-7")]
    Resume(Resume),
    /// Lists jobs, newest first.
    #[command(after_help = "Example: aeth jobs --state waiting")]
    Jobs(Jobs),
    /// Shows a job: its tasks, their values, what it waits for.
    #[command(after_help = "Example: aeth show nightly-7")]
    Show(OneJob),
    /// Prints a job's events.
    #[command(after_help = "Example: aeth events nightly-7 --follow --json")]
    Events(Events),
    /// Executes a job's recorded history again, without any effect, and compares.
    #[command(after_help = "Example: aeth replay nightly-7")]
    Replay(OneJob),
    /// Checks that a job's log is whole and unchanged.
    #[command(after_help = "Example: aeth verify nightly-7 --head 3f9a…")]
    Verify(Verify),
    /// Writes a job's log into a file that verifies elsewhere.
    #[command(after_help = "Example: aeth export nightly-7 -o nightly-7.aethlog")]
    Export(Export),
    /// Sends a signal to a job.
    #[command(after_help = "Example: aeth signal nightly-7 approval true")]
    Signal(Signal),
    /// Lists what waits for a person: open questions, effects in doubt.
    #[command(after_help = "Example: aeth inbox")]
    Inbox(Listing),
    /// Answers a question of the inbox.
    #[command(after_help = "Example: aeth answer 3fa9 true")]
    Answer(Answer),
    /// Ends a job from outside.
    #[command(after_help = "Example: aeth cancel nightly-7")]
    Cancel(Cancel),
    /// Says what became of an effect in doubt.
    #[command(after_help = "Example: aeth resolve nightly-7 publish/0 --completed '{\"id\": \"42\"}'")]
    Resolve(Resolve),
    /// Draws the tasks of agents and flows and what they wait for.
    #[command(after_help = "Example: aeth graph main.aeth --format mermaid")]
    Graph(Graph),
    /// Prints a program's bytecode.
    #[command(after_help = "Example: aeth disasm main.aeth")]
    Disasm(Disasm),
    /// Serves editors over standard input and output.
    #[command(after_help = "Example: aeth lsp")]
    Lsp(Lsp),
    /// Ends a tool's child processes when the process that started them dies. Started by the runtime itself.
    #[command(hide = true, disable_help_flag = true)]
    Guard(Guard),
}

const RUN_EXAMPLES: &str = "\
Examples:
  aeth run main.aeth repo=. since=v1.0 --allow exec=git,file=./notes
  aeth run main.aeth --job nightly-7 --input @arguments.json
  echo '{\"name\": \"World\"}' | aeth run main.aeth --input -";

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// A directory, or `memory` for none [default: $AETH_STORE, else ./.aeth]
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

/// `aeth run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The program.
    pub(crate) file: PathBuf,
    /// Arguments of the agent: plain text for a String, JSON for everything else.
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) arguments: Vec<String>,
    /// The agent [default: `main`, else the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    /// Arguments as a JSON object: its text, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON")]
    pub(crate) input: Option<String>,
    /// The job's id. The same id never starts twice: run again after a crash, it resumes.
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<String>,
    /// What the agent may reach: `exec=git,net=api.example.com,file=./notes`; a kind alone allows all of it.
    #[arg(long, value_name = "GRANTS")]
    pub(crate) allow: Vec<String>,
    #[command(flatten)]
    pub(crate) drive: Drive,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// How a job is driven and what is shown of it.
#[derive(Debug, Args)]
pub(crate) struct Drive {
    /// Stay through long waits, instead of stopping with exit code 3.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print the result as JSON, also if it is a String.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `aeth resume`
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The job.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) job: Option<String>,
    /// Every job that has not ended.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) drive: Drive,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files, or directories whose `.aeth` files are checked.
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// The same as --format json: one object per line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Forms of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With the source.
    Human,
    /// One line each.
    Short,
    /// One JSON object per line.
    Json,
}

/// `aeth explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code; without one, all are listed.
    pub(crate) code: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `aeth jobs`
#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// Only jobs in this state.
    #[arg(long, value_enum)]
    pub(crate) state: Option<State>,
    /// Only jobs of this agent.
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

/// States to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum State {
    Queued,
    Running,
    Waiting,
    Paused,
    #[value(alias = "needs-attention")]
    NeedsAttention,
    Completed,
    Failed,
    Cancelled,
}

/// A command that lists.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// Print one JSON object per line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// A command about one job.
#[derive(Debug, Args)]
pub(crate) struct OneJob {
    /// The job.
    pub(crate) job: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth events`
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The job.
    pub(crate) job: String,
    /// Stay and print events as they are committed, until the job ends.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Print one JSON object per line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth signal`
#[derive(Debug, Args)]
pub(crate) struct Signal {
    /// The job.
    pub(crate) job: String,
    /// The signal.
    pub(crate) name: String,
    /// What it carries, as JSON.
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) value: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth answer`
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// The question: the short id that `aeth inbox` shows, or JOB/EFFECT.
    pub(crate) id: String,
    /// The answer, as JSON.
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) value: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The job, or a file that `aeth export` wrote.
    #[arg(value_name = "JOB|FILE")]
    pub(crate) job: String,
    /// A head that an earlier verification printed: then it is proven that nothing up to it has changed since.
    #[arg(long, value_name = "HEX")]
    pub(crate) head: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth export`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The job.
    pub(crate) job: String,
    /// The file to write.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: std::path::PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth cancel`
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The job.
    pub(crate) job: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth resolve`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("how").required(true))]
pub(crate) struct Resolve {
    /// The job.
    pub(crate) job: String,
    /// The effect, as `aeth inbox` shows it.
    pub(crate) effect: String,
    /// It happened, and this was its result.
    #[arg(long, value_name = "JSON", group = "how", allow_hyphen_values = true)]
    pub(crate) completed: Option<String>,
    /// It did not happen: call it.
    #[arg(long, group = "how")]
    pub(crate) not_done: bool,
    /// Give up: the effect fails.
    #[arg(long, group = "how")]
    pub(crate) fail: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `aeth graph`
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The program.
    pub(crate) file: PathBuf,
    /// Only this agent or flow.
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    /// How it is drawn.
    #[arg(long, value_enum, default_value_t = Drawing::Text)]
    pub(crate) format: Drawing,
}

/// Forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    /// For the terminal.
    Text,
    /// Mermaid, as many sites render it.
    Mermaid,
    /// Graphviz.
    Dot,
}

/// `aeth disasm`
#[derive(Debug, Args)]
pub(crate) struct Disasm {
    /// The program.
    pub(crate) file: PathBuf,
}

/// `aeth lsp`
#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// What editors pass by habit; the only transport there is.
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}

/// `aeth guard`
#[derive(Debug, Args)]
pub(crate) struct Guard {
    /// The folder of locks.
    pub(crate) locks: PathBuf,
    /// The worker's prefix.
    pub(crate) prefix: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_visible_command_shows_an_example() {
        for command in Arguments::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(
                after.contains(&format!("aeth {}", command.get_name())),
                "{}: {after}",
                command.get_name()
            );
        }
    }

    #[test]
    fn values_may_begin_with_a_hyphen() {
        let parsed = Arguments::try_parse_from(["aeth", "signal", "job", "level", "-5"]).expect("parses");
        let Command::Signal(signal) = parsed.command else { panic!("signal") };
        assert_eq!(signal.value, "-5");
    }

    #[test]
    fn a_resolution_is_exactly_one() {
        for (flags, ok) in [
            (&["--not-done"][..], true),
            (&["--fail"], true),
            (&["--completed", "1"], true),
            (&[], false),
            (&["--not-done", "--fail"], false),
            (&["--completed", "1", "--fail"], false),
        ] {
            let line = ["aeth", "resolve", "job", "effect/0"].iter().chain(flags);
            assert_eq!(Arguments::try_parse_from(line).is_ok(), ok, "{flags:?}");
        }
    }
}
