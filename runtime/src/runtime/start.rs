//! Creating a job: idempotent under its id, its arguments decoded by the agent's types.

use std::sync::Arc;

use aeth_lang::Compiled;
use aeth_lang::bytecode::module::{Graph, Shape};
use aeth_lang::bytecode::{self};

use super::Runtime;
use crate::crash::{self, Boundary};
use crate::event::{Environment, Event, Lineage, Payload};
use crate::grant::Grants;
use crate::job::DriveError;
use crate::limits::{self, Limits};
use crate::machine::Program;
use crate::store::{Created, Head, JobKey, JobRow, NewJob, StoreError, StoredProgram};
use crate::value::Error;

/// A job to be started.
pub struct Start<'a> {
    /// Whose jobs it belongs to; `default` if nobody says.
    pub namespace: String,
    /// Its id; made up if `None`. The same id never starts twice.
    pub job: Option<String>,
    /// Its program.
    pub compiled: &'a Compiled,
    /// The agent.
    pub agent: String,
    /// Arguments by the names of parameters, as JSON texts: their order and digits are the sender's.
    pub args: Vec<(String, String)>,
    /// Environment variables the program may read; only those it names are recorded.
    pub env: Environment,
    /// What it may reach.
    pub grants: Grants,
    /// Its limits.
    pub limits: Limits,
}

/// A job that is there now.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its name.
    pub key: JobKey,
    /// Whether it was created just now.
    pub fresh: bool,
    /// Whether it runs another program than the one given: the file has changed since.
    pub pinned: bool,
}

/// Why a job was not started. Nothing has run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StartError {
    /// The id cannot be used.
    #[error("`{0}` cannot be a job id: use letters, digits, `.`, `_`, `-`, at most {max} of them", max = limits::JOB_ID_BYTES)]
    BadId(String),
    /// No such agent.
    #[error("the program has no agent `{0}`")]
    NoAgent(String),
    /// The agent can come to something that this version compiles and does not run.
    #[error("{what} is not run by this version yet ({place})")]
    NotRun {
        /// What: begins a sentence.
        what: String,
        /// Where: `file:line:column`.
        place: String,
    },
    /// Arguments are missing, unknown or of another type: a sentence each.
    #[error("{}", .0.join("\n"))]
    Arguments(Vec<String>),
    /// Environment variables that the program needs.
    #[error("the environment variable {} is not set, and the agent reads it", .0.join(", "))]
    Environment(Vec<String>),
    /// The job exists with other arguments or another agent.
    #[error("job `{job}` exists already with {difference}; take another id")]
    Differs {
        /// The job.
        job: String,
        /// What differs.
        difference: String,
    },
    /// The program cannot be loaded: a constant fails.
    #[error("the program cannot be loaded: {0}")]
    Program(String),
    /// The store cannot be used, or the job's pinned program.
    #[error(transparent)]
    Drive(#[from] DriveError),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Drive(error.into())
    }
}

impl Runtime {
    /// Creates a job, unless one with the same id, agent and arguments exists already.
    ///
    /// # Errors
    /// See [`StartError`]; nothing has been started then.
    pub async fn start(&self, start: Start<'_>) -> Result<Started, StartError> {
        if let Some(id) = &start.job {
            check_id(id)?;
            let key = JobKey::new(start.namespace.as_str(), id.as_str());
            if let Some(row) = self.store.job(&key).await? {
                return self.existing(&row, &start).await;
            }
        }
        let program = self.load(start.compiled)?;
        let (id, agent) =
            program.module.agent(&start.agent).ok_or_else(|| StartError::NoAgent(start.agent.clone()))?;
        if let Some(first) = super::not_run(&program.module, &program.debug, id).into_iter().next() {
            let place = first.span.and_then(|span| program.place(span)).unwrap_or_default();
            return Err(StartError::NotRun { what: first.what, place });
        }
        let args = arguments(&program, agent, &start.args)?;
        if args.len() as u64 > start.limits.payload {
            let (bytes, most) = (args.len(), start.limits.payload);
            let problem = format!("the arguments have {bytes} bytes in JSON form; {most} is the most");
            return Err(StartError::Arguments(vec![problem]));
        }
        let env = environment(agent, &start.env)?;
        self.put_program(&program, start.compiled).await?;
        let id = start.job.clone().unwrap_or_else(|| self.fresh_id(&start.agent));
        let key = JobKey::new(start.namespace.as_str(), id);
        let args_digest = *blake3::hash(args.as_bytes()).as_bytes();
        let lineage = self.fresh_lineage();
        let event = Event::JobCreated {
            program: program.hash.0,
            agent: start.agent.clone(),
            args: Payload::new(args.into_bytes()),
            env: Payload::new(serde_json::to_vec(&env).unwrap_or_default()),
            grants: Payload::new(serde_json::to_vec(&start.grants).unwrap_or_default()),
            limits: start.limits.clone(),
            lineage,
        };
        let mut head = Head::START;
        let event = head.seal(&key, 0, self.store.now_ms(), &event);
        let program_hash = program.hash.0;
        let new = NewJob {
            key: key.clone(),
            lineage,
            program: program_hash,
            agent: start.agent.clone(),
            args_digest,
            event,
        };
        match self.store.create(new).await? {
            Created::New => {
                crash::point(Boundary::JobCreated);
                Ok(Started { key, fresh: true, pinned: false })
            }
            Created::Exists(row) => self.existing(&row, &start).await,
        }
    }

    /// A job of this id is there: the same agent with the same arguments is the same job.
    async fn existing(&self, row: &JobRow, start: &Start<'_>) -> Result<Started, StartError> {
        let job = row.key.job.clone();
        let differs = |difference: String| StartError::Differs { job: job.clone(), difference };
        if row.agent != start.agent {
            return Err(differs(format!("agent `{}`", row.agent)));
        }
        let program = self.program(&job, row.program).await?;
        let (_, agent) =
            program.module.agent(&row.agent).ok_or_else(|| StartError::NoAgent(row.agent.clone()))?;
        let args = arguments(&program, agent, &start.args)?;
        if blake3::hash(args.as_bytes()) != row.args_digest {
            return Err(differs("other arguments".to_owned()));
        }
        let pinned = row.program != start.compiled.hash.0;
        Ok(Started { key: row.key.clone(), fresh: false, pinned })
    }

    fn load(&self, compiled: &Compiled) -> Result<Arc<Program>, StartError> {
        let program = Program::load(compiled.module.clone(), compiled.debug.clone())
            .map_err(|error| StartError::Program(error.to_string()))?;
        self.keep(&program);
        Ok(program)
    }

    async fn put_program(&self, program: &Program, compiled: &Compiled) -> Result<(), StartError> {
        let stored = StoredProgram {
            module: bytecode::encode(&compiled.module),
            debug: bytecode::encode_debug(&compiled.debug),
        };
        Ok(self.store.put_program(program.hash.0, stored).await?)
    }

    /// A short id that people can type: the agent's name and eight random letters and digits.
    fn fresh_id(&self, agent: &str) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        let tail: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        format!("{agent}-{tail}")
    }

    fn fresh_lineage(&self) -> Lineage {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        Lineage(bytes)
    }
}

fn check_id(id: &str) -> Result<(), StartError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let first = id.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if first && id.len() <= limits::JOB_ID_BYTES && id.chars().all(fits) {
        return Ok(());
    }
    Err(StartError::BadId(id.chars().take(limits::JOB_ID_BYTES).collect()))
}

/// The arguments in their canonical JSON form: every parameter, in order, decoded by its type and written back.
fn arguments(program: &Program, agent: &Graph, given: &[(String, String)]) -> Result<String, StartError> {
    let mut problems = Vec::new();
    let mut members = Vec::new();
    for param in &agent.params {
        let mut values = given.iter().filter(|(name, _)| *name == param.name || *name == param.json);
        let value = values.next().map(|(_, value)| value);
        if values.next().is_some() {
            problems.push(format!("the argument `{}` is given twice", param.name));
            continue;
        }
        let decoded = match (value, param.default) {
            (Some(value), _) => program.decode(value, param.shape),
            (None, Some(default)) => Ok(program.globals[default.index()].clone()),
            (None, None) if matches!(program.module.shape(param.shape), Shape::Optional(_)) => {
                Ok(crate::value::Value::Null)
            }
            (None, None) => {
                let docs = param.docs.as_ref().map_or(String::new(), |docs| format!(": {docs}"));
                let ty = program.module.shape_name(param.shape);
                problems.push(format!("the argument `{}` ({ty}) is missing{docs}", param.name));
                continue;
            }
        };
        match decoded {
            Ok(value) => {
                let name = serde_json::Value::from(param.json.as_str());
                members.push(format!("{name}:{}", program.encode(&value)));
            }
            Err(Error { message, .. }) => problems.push(format!("the argument `{}`: {message}", param.name)),
        }
    }
    let known = |name: &String| agent.params.iter().any(|param| param.name == *name || param.json == *name);
    for (name, _) in given.iter().filter(|(name, _)| !known(name)) {
        let names: Vec<&str> = agent.params.iter().map(|param| param.name.as_str()).collect();
        let takes = if names.is_empty() { "no arguments".to_owned() } else { names.join(", ") };
        problems.push(format!("the agent `{}` has no parameter `{name}`; it takes {takes}", agent.name));
    }
    if problems.is_empty() {
        Ok(format!("{{{}}}", members.join(",")))
    } else {
        Err(StartError::Arguments(problems))
    }
}

/// The variables that the agent names, as they are now.
fn environment(agent: &Graph, given: &Environment) -> Result<Environment, StartError> {
    let mut missing = Vec::new();
    let mut recorded = Environment::new();
    for (name, required) in &agent.env {
        match given.get(name) {
            Some(value) => {
                recorded.insert(name.clone(), value.clone());
            }
            None if *required => missing.push(name.clone()),
            None => {}
        }
    }
    if missing.is_empty() { Ok(recorded) } else { Err(StartError::Environment(missing)) }
}
