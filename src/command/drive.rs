//! Executing a job before a person: progress shown, questions asked, Ctrl-C heard, the end printed.

use std::collections::BTreeSet;
use std::time::Duration;

use aeth_lang::bytecode::module::{Module, Shape};
use aeth_runtime::TalkError;
use aeth_runtime::effect::EffectId;
use aeth_runtime::event::StoredEvent;
use aeth_runtime::event::fold::EffectView;
use aeth_runtime::job::{DriveError, DriveOptions, End, Stop, Stopped, Wait};
use aeth_runtime::machine::Program;
use aeth_runtime::store::{JobKey, JobRow};
use serde_json::Value;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::inbox::{self, Entry, Kind};
use super::{failed, log};
use crate::args::Drive;
use crate::exit::{Exit, Failure, Outcome};
use crate::session::{Session, cannot_drive, person};
use crate::terminal::event::until_then;
use crate::terminal::question::{self, Keyboard};
use crate::terminal::screen::Screen;
use crate::terminal::style::{ATTENTION, DIM, ERROR};
use crate::terminal::{self, text};

/// A wait longer than this ends a command that nobody watches.
pub(super) const LONG_WAIT: Duration = Duration::from_mins(1);
/// How often a tree is drawn.
const FRAME: Duration = Duration::from_millis(100);

/// Executes a job and prints how it ended.
pub(crate) async fn drive(session: &Session, key: &JobKey, args: &Drive) -> Outcome {
    let row = log::row(&*session.store, key).await?;
    let program =
        session.runtime.program(&key.job, row.program).await.map_err(|error| cannot_drive(&error))?;
    let past = log::events(&*session.store, key, 1).await?;
    if !args.quiet {
        greet(&row, &past);
    }
    let screen = Screen::new(&key.job, tasks(&program, &row.agent), &past, args.quiet);
    let end = Attendance::new(session, key, &program, screen)?.attend(args).await;
    let end = end.map_err(|error| cannot_drive(&error))?;
    if matches!(end, End::Completed { .. } | End::Failed { .. }) {
        say_left_open(session, key).await?;
    }
    match end {
        End::Completed { result } => print_result(&program, &row.agent, &result, args.json),
        End::Failed { error, trace } => {
            failed::report(&program.debug, &key.job, &error, &trace);
            Ok(Exit::Failed)
        }
        End::Cancelled => {
            let failure = Failure::new(Exit::Failed, format!("job `{}` was cancelled", key.job));
            Err(left_open(session, key).await?.into_iter().fold(failure, Failure::help))
        }
        End::Stopped(stopped) => Err(stopped_failure(session, key, stopped).await?),
    }
}

/// Says what a job that has ended leaves unknown: calls that it did not wait for any longer.
pub(super) async fn say_left_open(session: &Session, key: &JobKey) -> Result<(), Failure> {
    for unknown in left_open(session, key).await? {
        terminal::say(&format!("{ATTENTION}{}{ATTENTION:#}", text::plain(&unknown)));
    }
    Ok(())
}

/// What a job that has ended leaves unknown, a sentence each.
async fn left_open(session: &Session, key: &JobKey) -> Result<Vec<String>, Failure> {
    let view = log::view(&*session.store, key).await?;
    let sentence = |(effect, doubt): (&EffectId, &EffectView)| {
        let tool = doubt.call.as_ref().map(|call| format!(" ({})", call.tool)).unwrap_or_default();
        format!("nobody knows whether {effect}{tool} happened")
    };
    Ok(view.doubts().map(sentence).collect())
}

/// Says that a job has a history: it goes on, or has ended already.
fn greet(row: &JobRow, past: &[StoredEvent]) {
    let job = text::plain(&row.key.job);
    match past.last() {
        Some(_) if row.state.ended() => {
            terminal::say(&format!("{DIM}job `{job}` ended before; this is what was recorded{DIM:#}"));
        }
        Some(last) if last.seq > 1 => {
            terminal::say(&format!("{DIM}job `{job}` goes on after event {}{DIM:#}", last.seq));
        }
        _ => {}
    }
}

/// The tasks of an agent in the order of the source, the returned value last.
fn tasks(program: &Program, agent: &str) -> Vec<String> {
    let Some((id, graph)) = program.module.agent(agent) else { return Vec::new() };
    let spans = program.debug.graphs.get(id.index()).map(|(_, spans)| spans.as_slice()).unwrap_or_default();
    let mut order: Vec<usize> = (0..graph.tasks.len()).collect();
    order.sort_by_key(|&at| (graph.tasks[at].name == "return", spans.get(at).map(|span| span.start)));
    order.iter().map(|&at| graph.tasks[at].name.clone()).collect()
}

fn print_result(program: &Program, agent: &str, result: &str, json: bool) -> Outcome {
    let shape = program.module.agent(agent).map(|(_, graph)| program.module.shape(graph.result));
    let text = match (shape, json) {
        (Some(Shape::String), false) => serde_json::from_str::<String>(result).ok(),
        _ => None,
    };
    match text {
        Some(text) => terminal::print_text(&text)?,
        None => terminal::print_json(result)?,
    }
    Ok(Exit::Done)
}

/// A job that is being executed, and the person before it.
struct Attendance<'s> {
    session: &'s Session,
    key: &'s JobKey,
    program: &'s Program,
    screen: Screen,
    signals: [Signal; 3],
    stop: watch::Sender<Stop>,
    keyboard: Option<Keyboard>,
    /// The question that is asked right now.
    asking: Option<Asked>,
    /// Questions that need not be asked (again).
    settled: BTreeSet<String>,
}

/// A question being asked.
struct Asked {
    entry: Entry,
    digest: String,
    signal: String,
}

impl<'s> Attendance<'s> {
    fn new(
        session: &'s Session,
        key: &'s JobKey,
        program: &'s Program,
        screen: Screen,
    ) -> Result<Self, Failure> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let listen = |kind| {
            signal(kind).map_err(|error| Failure::unusable(format!("signals cannot be received: {error}")))
        };
        let [interrupt, terminate, hangup] = kinds.map(listen);
        Ok(Self {
            session,
            key,
            program,
            screen,
            signals: [interrupt?, terminate?, hangup?],
            stop: watch::channel(Stop::No).0,
            keyboard: terminal::can_ask().then(Keyboard::new),
            asking: None,
            settled: BTreeSet::new(),
        })
    }

    /// Executes the job to its end, or until it stops.
    async fn attend(mut self, args: &Drive) -> Result<End, DriveError> {
        let stays = args.wait || self.keyboard.is_some();
        let (observer, mut events) = mpsc::unbounded_channel();
        let mut driving = self.start(observer, (!stays).then_some(LONG_WAIT));
        let mut frames = tokio::time::interval(FRAME);
        frames.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let end = loop {
            self.ask_next().await;
            tokio::select! {
                Some(event) = events.recv() => self.event(&event),
                _ = frames.tick(), if self.screen.moves() && self.asking.is_none() => {
                    self.screen.draw(self.session.store.now_ms());
                }
                line = line(&mut self.keyboard), if self.asking.is_some() => self.answer(line).await,
                () = any(&mut self.signals) => self.interrupted(),
                end = &mut driving => break end,
            }
        };
        while let Ok(event) = events.try_recv() {
            self.event(&event);
        }
        if self.asking.is_some() {
            terminal::say("");
        }
        self.screen.finish(self.session.store.now_ms());
        end.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    /// Executes beside this task: drawing and typing never wait for a program, nor a program for them.
    fn start(
        &self,
        observer: mpsc::UnboundedSender<StoredEvent>,
        stop_at_wait: Option<Duration>,
    ) -> JoinHandle<Result<End, DriveError>> {
        let options = DriveOptions { stop_at_wait, observer: Some(observer), stop: self.stop.subscribe() };
        let (runtime, key) = (self.session.runtime.clone(), self.key.clone());
        tokio::spawn(async move { runtime.drive(&key, options).await })
    }

    fn event(&mut self, event: &StoredEvent) {
        self.screen.event(event);
        let Some(asked) = &self.asking else { return };
        let open = self.screen.view().is_some_and(|view| {
            view.questions
                .iter()
                .any(|(effect, open)| effect.as_str() == asked.entry.effect && open.digest == asked.digest)
        });
        if !open {
            terminal::say(&format!("\n{DIM}this question is no longer open{DIM:#}"));
            self.asking = None;
            if let Some(keyboard) = &mut self.keyboard {
                keyboard.withdraw();
            }
        }
    }

    /// Asks the next open question, if there is someone to ask.
    async fn ask_next(&mut self) {
        let (None, Some(keyboard), Some(view)) = (&self.asking, &mut self.keyboard, self.screen.view())
        else {
            return;
        };
        let unsettled = |effect: &str| !self.settled.contains(effect);
        if !view.questions.keys().any(|effect| unsettled(effect.as_str())) {
            return;
        }
        // Read with the inbox: what was answered elsewhere a moment ago is not asked here.
        let Ok(entries) = inbox::of_job(&*self.session.store, self.key, view).await else { return };
        let next = entries.into_iter().find_map(|entry| {
            let (_, open) = view.questions.iter().find(|(effect, _)| effect.as_str() == entry.effect)?;
            unsettled(&entry.effect).then(|| (open.digest.clone(), open.signal.clone(), entry))
        });
        let Some((digest, signal, entry)) = next else { return };
        if let Kind::Question { text, to, show, .. } = &entry.kind {
            let (text, to, show) = (text.clone(), to.clone(), show.clone());
            self.screen.finish(self.session.store.now_ms());
            question::show(&text, to.as_deref(), Some(&show));
            keyboard.ask();
            self.asking = Some(Asked { entry, digest, signal });
        }
    }

    /// Takes a line as the answer to what is asked; asks again if it does not fit.
    async fn answer(&mut self, line: Option<String>) {
        let (Some(asked), Some(keyboard)) = (self.asking.take(), &mut self.keyboard) else { return };
        let Some(line) = line else {
            // Nobody types any more: this job waits for an answer from elsewhere.
            let id = asked.entry.long_id();
            terminal::say(&format!(
                "\n{DIM}answer with{DIM:#} aeth answer {} JSON{}",
                text::shell(&id),
                self.session.flags()
            ));
            self.settled.insert(asked.entry.effect);
            return;
        };
        let value = typed(&self.program.module, &asked.signal, &line);
        let said = match value {
            Ok(value) => {
                let question = asked.open_question();
                self.session.runtime.answer(&question, &value, &person()).await
            }
            Err(why) => Err(TalkError::Value(why)),
        };
        match said {
            Ok(()) => {
                self.settled.insert(asked.entry.effect);
            }
            Err(error @ TalkError::Value(_)) => {
                terminal::say(&format!("{ERROR}{}{ERROR:#}", text::lines(&error.to_string())));
                keyboard.ask();
                self.asking = Some(asked);
            }
            Err(error) => {
                terminal::say(&format!("{ATTENTION}{}{ATTENTION:#}", text::lines(&error.to_string())));
                self.settled.insert(asked.entry.effect);
            }
        }
    }

    /// The first time lets finish what is under way; the second time ends at once.
    fn interrupted(&mut self) {
        if self.stop.send_replace(Stop::Drain) == Stop::No {
            self.screen.clear();
            if self.asking.take().is_some() {
                terminal::say("");
            }
            self.keyboard = None;
            terminal::say(&format!(
                "{DIM}stopping after what is under way; Ctrl-C again stops at once{DIM:#}"
            ));
            return;
        }
        self.screen.clear();
        let exit = terminal::report(&interrupted_failure(self.session, &self.key.job));
        // A call that is under way is left to the next holder, as after a crash.
        std::process::exit(exit as i32);
    }
}

impl Asked {
    fn open_question(&self) -> aeth_runtime::OpenQuestion {
        aeth_runtime::OpenQuestion {
            key: self.entry.key.clone(),
            effect: self.entry.effect.clone(),
            signal: self.signal.clone(),
            digest: self.digest.clone(),
            question: String::new(),
            deadline_ms: None,
        }
    }
}

async fn line(keyboard: &mut Option<Keyboard>) -> Option<String> {
    match keyboard {
        Some(keyboard) => keyboard.line().await,
        None => std::future::pending().await,
    }
}

async fn any(signals: &mut [Signal; 3]) {
    let [first, second, third] = signals;
    tokio::select! {
        _ = first.recv() => {}
        _ = second.recv() => {}
        _ = third.recv() => {}
    }
}

/// What a person typed, as JSON: y and n for a Bool, plain text for a String, JSON for everything else.
fn typed(module: &Module, signal: &str, line: &str) -> Result<String, String> {
    let mut shape =
        module.signals.iter().find(|known| known.name == signal).map(|known| module.shape(known.shape));
    if let Some(Shape::Optional(inner)) = shape {
        if line.trim() == "null" {
            return Ok("null".into());
        }
        shape = Some(module.shape(*inner));
    }
    let line = line.trim();
    match shape {
        Some(Shape::String) => Ok(Value::from(line).to_string()),
        Some(Shape::Bool) => match line.to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" => Ok("true".into()),
            "n" | "no" | "false" => Ok("false".into()),
            _ => Err("answer with y or n".into()),
        },
        Some(Shape::Enum(..) | Shape::Decimal | Shape::Duration | Shape::Timestamp | Shape::Bytes)
            if serde_json::from_str::<Value>(line).is_err() =>
        {
            Ok(Value::from(line).to_string())
        }
        _ => Ok(line.to_owned()),
    }
}

fn interrupted_failure(session: &Session, job: &str) -> Failure {
    let failure = Failure::new(Exit::Stopped, format!("job `{job}` was interrupted"));
    if session.in_memory() {
        return failure.help("its store was in memory: it is gone with this process");
    }
    failure.help(format!("go on with: {}", session.resume(job)))
}

/// Why a job stopped, what it waits for, and the commands that go on.
pub(super) async fn stopped_failure(
    session: &Session,
    key: &JobKey,
    stopped: Stopped,
) -> Result<Failure, Failure> {
    let job = &key.job;
    let mut failure = match stopped {
        Stopped::Interrupted => return Ok(interrupted_failure(session, job)),
        Stopped::Paused => Failure::new(Exit::Stopped, format!("job `{job}` is paused")),
        Stopped::NeedsAttention(_) => Failure::new(
            Exit::Stopped,
            format!("job `{job}` needs attention: nobody knows whether a call happened"),
        ),
        Stopped::Waiting(waits) => waiting(session, job, &waits),
    };
    if session.in_memory() {
        return Ok(failure.help("its store is in memory: use --wait to stay, or a store that lasts"));
    }
    let all = inbox::all(&*session.store, &key.namespace).await?;
    let digits = inbox::digits(&all);
    for entry in all.iter().filter(|entry| entry.key == *key) {
        failure = failure.help(entry.summary());
        for command in entry.commands(digits, &session.flags()) {
            failure = failure.help(format!("  {command}"));
        }
    }
    Ok(failure.help(format!("then go on with: {}", session.resume(job))))
}

fn waiting(session: &Session, job: &str, waits: &[Wait]) -> Failure {
    let now_ms = session.store.now_ms();
    let until = |wait: &Wait| {
        wait.until_ms.map(|until| format!(" (at most {})", until_then(until - now_ms))).unwrap_or_default()
    };
    let mut words = Vec::new();
    for wait in waits {
        words.push(match (&wait.question, &wait.signal) {
            (Some(_), _) => format!("an answer to {}{}", wait.effect, until(wait)),
            (None, Some(signal)) => format!("signal `{signal}`{}", until(wait)),
            (None, None) => match wait.until_ms {
                Some(until) => format!("a timer that is due in {}", until_then(until - now_ms)),
                None => "a timer".to_owned(),
            },
        });
    }
    let mut failure = Failure::new(Exit::Stopped, format!("job `{job}` waits for {}", words.join(", ")));
    for signal in waits.iter().filter(|wait| wait.question.is_none()).filter_map(|wait| wait.signal.as_ref())
    {
        let (job, signal) = (text::shell(job), text::shell(signal));
        failure = failure.help(format!("aeth signal {job} {signal} JSON{}", session.flags()));
    }
    failure
}

#[cfg(test)]
mod tests {
    use aeth_lang::bytecode::module::Signal;
    use aeth_lang::ids::ShapeId;

    use super::*;

    #[test]
    fn people_type_what_is_natural() {
        let types =
            [Shape::Bool, Shape::String, Shape::Int, Shape::Enum(0, vec![]), Shape::Optional(ShapeId::of(0))];
        let signals = ["bool", "string", "int", "enum", "maybe"];
        let module = Module {
            shapes: types.into(),
            signals: (0..5).map(|at| Signal { name: signals[at].into(), shape: ShapeId::of(at) }).collect(),
            ..Module::default()
        };
        for (signal, line, value) in [
            ("bool", " Y ", Ok("true")),
            ("bool", "no", Ok("false")),
            ("bool", "perhaps", Err("answer with y or n")),
            ("string", "hello \"you\"", Ok(r#""hello \"you\"""#)),
            ("string", "5", Ok("\"5\"")),
            ("int", "5", Ok("5")),
            ("int", "five", Ok("five")),
            ("enum", "Fix", Ok("\"Fix\"")),
            ("enum", "\"Fix\"", Ok("\"Fix\"")),
            ("maybe", "null", Ok("null")),
            ("maybe", "y", Ok("true")),
        ] {
            assert_eq!(
                typed(&module, signal, line),
                value.map(str::to_owned).map_err(str::to_owned),
                "{signal} {line}"
            );
        }
    }
}
