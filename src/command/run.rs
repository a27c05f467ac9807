//! `aeth run`: runs an agent, or resumes its job after a crash.

use std::path::Path;

use aeth_lang::Compiled;
use aeth_lang::bytecode::module::{Graph, Module};
use aeth_lang::diagnostic::{Diagnostic, codes};
use aeth_lang::source::{Source, SourceMap};
use aeth_runtime::event::Environment;
use aeth_runtime::grant::{GrantError, Grants, Need, Secrets, needs};
use aeth_runtime::limits::Limits;
use aeth_runtime::{Start, StartError, Started, not_run};

use super::drive;
use crate::args::{Format, Run};
use crate::arguments;
use crate::exit::{Failure, Outcome};
use crate::place::{Place, cannot_use};
use crate::program;
use crate::project::Project;
use crate::session::{Session, cannot_drive};
use crate::terminal::{self, question, text};

/// How many further places a refusal shows.
const MORE: usize = 4;

pub(crate) async fn run(namespace: &str, args: &Run) -> Outcome {
    let given = arguments::read(&args.arguments, args.input.as_deref())?;
    let compiled = program::compile(&args.file)?;
    let agent = choose(&compiled.module, args.agent.as_deref())?;
    runnable(&compiled, agent)?;
    let session = Session::create(namespace, Place::choose(args.store.store.as_deref())?).await?;
    let known = match &args.job {
        Some(job) => session.store.job(&session.key(job)).await.map_err(|error| cannot_use(&error))?,
        None => None,
    };
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    // What a job may reach was recorded when it was created: asked only of a new one.
    let grants = match &known {
        Some(_) => Grants::default(),
        None => granted(args, &compiled.module, agent, &environment)?,
    };
    // A job that is there is asked for by the types it started with.
    let arguments = match &known {
        Some(row) => {
            let pinned = session.runtime.program(&row.key.job, row.program).await;
            let pinned = pinned.map_err(|error| cannot_drive(&error))?;
            match pinned.module.agent(&agent.name) {
                Some((_, agent)) => given.for_agent(&pinned.module, agent)?,
                None => given.for_agent(&compiled.module, agent)?,
            }
        }
        None => given.for_agent(&compiled.module, agent)?,
    };
    let started = start(&session, args, arguments, &compiled, agent, environment, grants).await?;
    if started.pinned {
        let file = args.file.display();
        terminal::say(&format!(
            "{file} has changed since job `{}` started: it goes on with the program it started with",
            started.key.job
        ));
    }
    drive::drive(&session, &started.key, &args.drive).await
}

/// The agent to run: the one that is named, else `main`, else the only one.
fn choose<'m>(module: &'m Module, name: Option<&str>) -> Result<&'m Graph, Failure> {
    let agents: Vec<&Graph> = module.graphs.iter().filter(|graph| graph.agent).collect();
    let names = || agents.iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, agents.as_slice()) {
        (Some(name), _) => agents.iter().find(|agent| agent.name == name).copied().ok_or_else(|| {
            Failure::usage(format!("the program has no agent `{name}`")).help(format!("it has {}", names()))
        }),
        (None, []) => Err(Failure::usage("the program has no agent: there is nothing to run")),
        (None, [only]) => Ok(only),
        (None, several) => several.iter().find(|agent| agent.name == "main").copied().ok_or_else(|| {
            Failure::usage(format!("the program has several agents: {}", names()))
                .help("say which with --agent NAME")
        }),
    }
}

/// Refuses an agent that can come to something this version does not run, before anything has happened.
fn runnable(compiled: &Compiled, agent: &Graph) -> Result<(), Failure> {
    let Some((id, _)) = compiled.module.agent(&agent.name) else { return Ok(()) };
    let found = not_run(&compiled.module, &compiled.debug, id);
    let Some((first, rest)) = found.split_first() else { return Ok(()) };
    let mut sources = SourceMap::default();
    for (name, text) in compiled.debug.files.iter().zip(&compiled.debug.sources) {
        sources.add(Source::new(name.as_str(), text.as_str()));
    }
    let message = format!("{} is checked and compiled, but not run by this version yet", first.what);
    let mut diagnostic = Diagnostic::error(codes::NOT_RUN, first.span.unwrap_or_default(), message)
        .help("nothing has run; agents that cannot come to it run as ever");
    for other in rest.iter().take(MORE) {
        diagnostic = diagnostic.label(other.span.unwrap_or_default(), format!("{} neither", other.what));
    }
    terminal::say(&program::shown(&diagnostic, &sources, Format::Human));
    Err(Failure::usage(format!("agent `{}` cannot be run yet", agent.name)))
}

async fn start(
    session: &Session,
    args: &Run,
    arguments: Vec<(String, String)>,
    compiled: &Compiled,
    agent: &Graph,
    env: Environment,
    grants: Grants,
) -> Result<Started, Failure> {
    let start = Start {
        namespace: session.key("").namespace,
        job: args.job.clone(),
        compiled,
        agent: agent.name.clone(),
        args: arguments,
        env,
        grants,
        limits: Limits::default(),
    };
    session.runtime.start(start).await.map_err(|error| match error {
        StartError::Drive(error) => cannot_drive(&error),
        StartError::Arguments(problems) => {
            let failure = Failure::usage(problems.first().cloned().unwrap_or_default());
            problems.into_iter().skip(1).fold(failure, Failure::help)
        }
        other => Failure::usage(other.to_string()),
    })
}

/// What the job may reach: what `--allow` says and, at a terminal, what a person says yes to.
fn granted(args: &Run, module: &Module, agent: &Graph, env: &Environment) -> Result<Grants, Failure> {
    let refused = |error: GrantError| Failure::usage(error.to_string());
    let folder = std::env::current_dir()
        .map_err(|error| Failure::unusable(format!("the current folder cannot be used: {error}")))?;
    let mut grants = Grants::new(&folder).map_err(refused)?;
    args.allow.iter().try_for_each(|list| grants.allow_list(list)).map_err(refused)?;
    let beside = args.file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    if let Some(project) = Project::of(beside)? {
        project.grant(&mut grants)?;
    }
    let needs = needs(module, agent, env);
    let missing = grants.missing(&needs);
    if !missing.is_empty() {
        let flag = flag(&missing);
        if !terminal::can_ask() || !ask(agent, &missing) {
            return Err(Failure::usage(format!("agent `{}` needs what it has not been granted", agent.name))
                .help(format!("allow it with {flag}")));
        }
        missing.iter().try_for_each(|need| grants.allow_list(&need.to_string())).map_err(refused)?;
    }
    grants.pin(&needs).map_err(refused)?;
    let problems = Secrets::from_environment(agent.secrets.iter().cloned()).problems();
    match problems.split_first() {
        None => Ok(grants),
        Some((first, rest)) => Err(rest.iter().cloned().fold(Failure::usage(first.clone()), Failure::help)),
    }
}

/// The flag that grants what is missing, as it is typed.
fn flag(missing: &[Need]) -> String {
    let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("--allow {}", text::shell(&list.join(",")))
}

fn ask(agent: &Graph, missing: &[Need]) -> bool {
    terminal::say(&format!("agent `{}` needs:", agent.name));
    for need in missing {
        terminal::say(&format!("  {}", text::plain(&describe(need))));
    }
    question::yes("allow it for this job?")
}

fn describe(need: &Need) -> String {
    match need {
        Need::Exec(Some(command)) => format!("to run `{command}`, which may do anything you may do"),
        Need::Exec(None) => "to run any command, each of which may do anything you may do".into(),
        Need::Net(Some(host)) => format!("to reach {host}"),
        Need::Net(None) => "to reach any public host".into(),
        Need::File => "to read and write files in this folder".into(),
        Need::Mcp(server) => format!("to use the MCP server `{server}`"),
    }
}
