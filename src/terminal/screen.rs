//! What is shown of a running job: a live tree, plain lines, or nothing.

use std::sync::Arc;

use aeth_runtime::event::fold::JobView;
use aeth_runtime::event::{Event, StoredEvent};

use super::event::since;
use super::picture;
use super::style::{ATTENTION, DIM, ERROR, GOOD};
use super::tree::{Canvas, layout};
use super::{say, size, text};

/// A job on the screen. Fed with committed events only.
pub(crate) struct Screen {
    job: String,
    tasks: Vec<String>,
    view: Option<JobView>,
    kind: Kind,
}

enum Kind {
    /// At a terminal.
    Tree { canvas: Canvas, frame: usize },
    /// Anywhere else.
    Lines,
    /// Nobody wants to know.
    Silent,
}

impl Screen {
    /// A screen for a job whose events so far are given. `tasks`: those of its agent, in the order of the source.
    pub(crate) fn new(job: &str, tasks: Vec<String>, past: &[StoredEvent], quiet: bool) -> Self {
        let kind = match quiet {
            true => Kind::Silent,
            false if super::progress_in_place() => Kind::Tree { canvas: Canvas::default(), frame: 0 },
            false => Kind::Lines,
        };
        Self { job: job.into(), tasks, view: JobView::of(past), kind }
    }

    /// The job as it is known.
    pub(crate) fn view(&self) -> Option<&JobView> {
        self.view.as_ref()
    }

    /// Whether it wants to be drawn again and again.
    pub(crate) fn moves(&self) -> bool {
        matches!(self.kind, Kind::Tree { .. })
    }

    /// Something was committed.
    pub(crate) fn event(&mut self, event: &StoredEvent) {
        match &mut self.view {
            // Whoever follows from the beginning tells the past again.
            Some(view) if event.seq <= view.head.seq => return,
            Some(view) => view.apply(event),
            None => self.view = JobView::new(event),
        }
        if let (Kind::Lines, Some(view)) = (&self.kind, &self.view)
            && let Some(line) = progress(event, view)
        {
            say(&line);
        }
    }

    /// Draws the tree as it is now.
    pub(crate) fn draw(&mut self, now_ms: i64) {
        let (Kind::Tree { canvas, frame }, Some(view)) = (&mut self.kind, &self.view) else { return };
        *frame += 1;
        let (columns, rows) = size();
        let picture = picture::of(&self.job, view, &self.tasks, now_ms);
        canvas.draw(&layout(&picture, columns, rows, *frame), columns);
    }

    /// Takes the tree away so that something else can be said; the next draw begins below.
    pub(crate) fn clear(&mut self) {
        if let Kind::Tree { canvas, .. } = &mut self.kind {
            canvas.clear(size().0);
        }
    }

    /// Draws for the last time and leaves it there.
    pub(crate) fn finish(&mut self, now_ms: i64) {
        self.draw(now_ms);
        if let Kind::Tree { canvas, .. } = &mut self.kind {
            canvas.leave();
        }
    }
}

/// The line of an event where nothing can be redrawn; most events have none.
fn progress(event: &StoredEvent, view: &JobView) -> Option<String> {
    let took = |task: &Arc<str>| {
        let started = view.tasks.get(task).and_then(|view| view.started_ms);
        started.map(|start| format!(" {DIM}{}{DIM:#}", since(event.time_ms - start))).unwrap_or_default()
    };
    let tool = |effect| {
        let call = view.effects.get(effect).and_then(|view| view.call.as_ref());
        call.map(|call| call.tool.clone()).unwrap_or_default()
    };
    let line = match &event.event {
        Event::TaskCompleted { task, .. } => {
            format!("{GOOD}done{GOOD:#} {}{}", text::path(task), took(task))
        }
        Event::TaskFailed { task, error } => {
            let message = picture::error_text(error);
            format!("{ERROR}failed{ERROR:#} {}: {}", text::path(task), text::plain(&message))
        }
        Event::TaskSkipped { task } => format!("skipped {}", text::path(task)),
        Event::TaskCancelled { task } => format!("cancelled {}", text::path(task)),
        Event::EffectRetryScheduled { effect, attempt, error, at_ms, .. } => format!(
            "retry {} ({}): attempt {} in {}: {}",
            text::plain(effect.as_str()),
            text::plain(&tool(effect)),
            attempt + 1,
            since(at_ms - event.time_ms),
            text::plain(&picture::error_text(error)),
        ),
        Event::EffectInDoubt { effect, .. } => {
            let (effect, tool) = (text::plain(effect.as_str()), tool(effect));
            format!(
                "{ATTENTION}in doubt{ATTENTION:#} {effect} ({}): nobody knows whether it happened",
                text::plain(&tool)
            )
        }
        Event::DuplicateEffect { effect, attempt } => {
            let effect = text::plain(effect.as_str());
            format!("{ATTENTION}twice{ATTENTION:#} {effect}: attempt {attempt} happened as well")
        }
        Event::QuestionAsked { effect, question, .. } => {
            let (effect, text) = (text::plain(effect.as_str()), picture::question_text(question));
            format!("{ATTENTION}asks{ATTENTION:#} {effect}: {}", text::plain(&text))
        }
        Event::SignalAwaited { effect, signal, .. } => {
            format!("waits {}: for signal {}", text::plain(effect.as_str()), text::plain(signal))
        }
        Event::NoteRecorded { note, .. } => format!("note {}", text::plain(&picture::question_text(note))),
        _ => return None,
    };
    Some(line)
}
