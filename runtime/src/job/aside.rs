//! Questions to the world on the side: a `lookup` runs in a machine of its own and may ask readonly tools only.
//!
//! Nothing of it enters the job's history but the answer, so a replay never asks again.

use std::sync::Arc;

use aeth_lang::ids::ToolId;

use super::call::{self, Plan};
use crate::effect::{Delivery, Effect, Outcome, Output, Request};
use crate::host::Tools;
use crate::limits;
use crate::machine::{Context, Halt, Machine, Program};
use crate::value::{Error, ErrorKind, Value};

/// Did this call happen?
pub(super) struct Lookup {
    pub(super) program: Arc<Program>,
    pub(super) context: Context,
    pub(super) tools: Arc<dyn Tools>,
    pub(super) tool: ToolId,
    pub(super) args: Vec<Value>,
    pub(super) key: String,
    pub(super) path: String,
    pub(super) name: String,
    pub(super) answer_bytes: u64,
}

impl Lookup {
    /// The tool's own question: its value if it happened, null (or false) if not, an error if nobody can tell.
    pub(super) async fn ask(self) -> Result<Value, Error> {
        let Some(function) = self.program.module.tools[self.tool.index()].lookup else {
            return Err(Error::new(ErrorKind::InDoubt, "the tool has no lookup"));
        };
        let mut args = self.args.clone();
        args.push(Value::text(self.key.as_str()));
        let mut machine =
            Machine::function(self.program.clone(), function, args, self.context.clone(), &self.path);
        loop {
            let halt = machine.run(limits::FUEL_SLICE);
            let requests: Vec<Request> = machine
                .outputs()
                .into_iter()
                .filter_map(|output| match output {
                    Output::Request(request) => Some(request),
                    Output::Withdraw(_) | Output::Fact(_) => None,
                })
                .collect();
            match halt {
                Halt::Done(result) => return result.map_err(|failure| failure.error),
                Halt::OutOfFuel => tokio::task::yield_now().await,
                Halt::Blocked if requests.is_empty() => {
                    return Err(Error::new(
                        ErrorKind::Failed,
                        "a lookup waits for something that never comes",
                    ));
                }
                Halt::Blocked => {}
            }
            for request in requests {
                let outcome = match self.perform(&request).await {
                    Ok(value) => Outcome::Value(value),
                    Err(error) => Outcome::Error(error),
                };
                machine.deliver(&Delivery::Outcome { id: request.id, outcome });
            }
        }
    }

    async fn perform(&self, request: &Request) -> Result<Value, Error> {
        let Effect::Tool { tool, args } = &request.effect else {
            return Err(Error::new(ErrorKind::Denied, "a lookup may ask readonly tools only"));
        };
        let plan = Plan::new(&self.program, &self.context, *tool, args, &self.key)?;
        if plan.policy.changes_world() {
            return Err(Error::new(ErrorKind::Denied, "a lookup may ask readonly tools only"));
        }
        let tool = &self.program.module.tools[tool.index()];
        let name = format!("{}.{}", self.name, request.id);
        let prepared = self.tools.prepare(plan.call(tool, self.answer_bytes, name)).await?;
        call::decode(&self.program, tool, prepared.dispatch().await).1
    }
}
