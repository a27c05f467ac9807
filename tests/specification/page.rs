//! A page as what is to be done: programs with their files, runs and expectations.

use super::Problem;

/// A fenced block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The line of the page on which its text begins.
    pub(super) line: usize,
    /// Its text.
    pub(super) text: String,
}

/// Everything to be done for a page, in order.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) steps: Vec<Step>,
}

/// One thing to be done.
#[derive(Debug)]
pub(super) enum Step {
    /// A program is compiled and run.
    Program(Program),
    /// A table of expressions is evaluated.
    Eval(Block),
}

/// A file of a program.
#[derive(Debug)]
pub(super) struct File {
    /// Its path, from the folder of the program.
    pub(super) path: String,
    pub(super) block: Block,
}

/// A program: its main file first.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) files: Vec<File>,
    pub(super) runs: Vec<Run>,
}

/// One execution of a program.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) args: Option<Block>,
    pub(super) world: Option<Block>,
    pub(super) outcome: Option<Outcome>,
    pub(super) calls: Option<Block>,
}

/// How a run is to end.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With this result.
    Json(Block),
    /// With this error.
    Fails(Block),
    /// Not: it waits for these.
    Waits(Block),
}

impl Page {
    /// Reads a page.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let mut page = Self::default();
        let mut files = Vec::new();
        for (info, block) in fences(text)? {
            let line = block.line;
            let mut words = info.split_whitespace();
            let language = words.next().unwrap_or_default();
            let words: Vec<&str> = words.collect();
            match (language, words.as_slice()) {
                ("text" | "console", _) => {}
                ("aeth", ["eval"]) => page.steps.push(Step::Eval(block)),
                ("aeth", []) => page.program("main.aeth", block, &mut files),
                ("aeth", [word]) if word.starts_with("main=") => page.program(&word[5..], block, &mut files),
                ("aeth", [word]) if word.starts_with("file=") => {
                    files.push(File { path: word[5..].to_owned(), block });
                }
                ("args" | "world" | "json" | "fails" | "waits" | "calls", []) => {
                    page.attach(language, block)?;
                }
                _ => return Err((line - 1, format!("no block is written ```{info}"))),
            }
        }
        match files.first() {
            Some(file) => Err((file.block.line, "a file without a program after it".to_owned())),
            None => Ok(page),
        }
    }

    /// A main file, with the files before it.
    fn program(&mut self, path: &str, block: Block, files: &mut Vec<File>) {
        let main = File { path: path.to_owned(), block };
        let files = std::iter::once(main).chain(files.drain(..)).collect();
        self.steps.push(Step::Program(Program { files, runs: Vec::new() }));
    }

    /// A block that says something of the program before it.
    fn attach(&mut self, what: &str, block: Block) -> Result<(), Problem> {
        let line = block.line;
        let Some(Step::Program(program)) = self.steps.last_mut() else {
            return Err((line, format!("there is no program before this `{what}`")));
        };
        if !matches!(what, "calls") && program.runs.last().is_none_or(|run| run.outcome.is_some()) {
            program.runs.push(Run::default());
        }
        let twice = |slot: &Option<Block>| match slot {
            Some(_) => Err((line, format!("a second `{what}` for one run"))),
            None => Ok(()),
        };
        let Some(run) = program.runs.last_mut() else {
            return Err((line, "`calls` stands after what the run comes to".to_owned()));
        };
        match what {
            "args" => {
                twice(&run.args)?;
                run.args = Some(block);
            }
            "world" => {
                twice(&run.world)?;
                run.world = Some(block);
            }
            "calls" => {
                twice(&run.calls)?;
                run.calls = Some(block);
            }
            "json" => run.outcome = Some(Outcome::Json(block)),
            "fails" => run.outcome = Some(Outcome::Fails(block)),
            _ => run.outcome = Some(Outcome::Waits(block)),
        }
        Ok(())
    }
}

/// Every fenced block with what stands after its opening fence. A fence is at least three backticks; it ends with as
/// many.
fn fences(text: &str) -> Result<Vec<(String, Block)>, Problem> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String, Block)> = None;
    for (at, line) in text.lines().enumerate() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match &mut open {
            Some((fence, info, block)) => {
                if ticks >= *fence && line.len() == ticks {
                    found.push((std::mem::take(info), block.clone()));
                    open = None;
                } else {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None if ticks >= 3 => {
                let block = Block { line: at + 2, text: String::new() };
                open = Some((ticks, line[ticks..].trim().to_owned(), block));
            }
            None => {}
        }
    }
    match open {
        Some((_, _, block)) => Err((block.line - 1, "a block that never ends".to_owned())),
        None => Ok(found),
    }
}
