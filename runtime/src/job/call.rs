//! From a tool and its arguments to a request that can be recorded, and from a reply to a value.
//!
//! Pure: the request is computed by the machine, the reply is decoded by the tool's type.

use std::sync::Arc;
use std::time::Duration;

use aeth_lang::bytecode::module::{Shape, Tool, Via};
use aeth_lang::ids::ToolId;
use aeth_lang::library::prelude;

use crate::event::{Payload, Verdict};
use crate::host::answer::{self, Raw};
use crate::host::{Answer, Body, Call, CallRequest, Sealed};
use crate::ledger::Policy;
use crate::machine::{Context, Machine, Program};
use crate::value::{Error, ErrorKind, Key, SealedPart, Value};

/// Time a call may take when its tool does not say.
const DEFAULT_TIMEOUT_MS: i64 = 60_000;

/// How much of an answer that does not decode an error shows, in characters.
const SHOWN: usize = 120;

/// A call as the program asks for it: what will be recorded, and the rules it is under.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) tool: ToolId,
    pub(crate) request: CallRequest,
    pub(crate) timeout_ms: i64,
    pub(crate) policy: Policy,
}

impl Plan {
    /// Computes the request of a tool call.
    pub(crate) fn new(
        program: &Arc<Program>,
        context: &Context,
        id: ToolId,
        args: &[Value],
        key: &str,
    ) -> Result<Self, Error> {
        let tool = &program.module.tools[id.index()];
        let timeout_ms = match tool.timeout {
            Some(function) => match Machine::evaluate(program, function, args.to_vec(), context)? {
                Value::Duration(ms) if ms > 0 => ms,
                _ => return Err(limit(&format!("the timeout of {} is not above zero", tool.name))),
            },
            None => DEFAULT_TIMEOUT_MS,
        };
        let request = request(program, context, tool, args, key)?;
        Ok(Self { tool: id, request, timeout_ms, policy: Policy::of(tool, timeout_ms) })
    }

    /// What the log keeps of the request, and what every attempt sends.
    pub(crate) fn payload(&self) -> Result<Payload, Error> {
        let bytes = postcard::to_stdvec(&self.request).map_err(|error| {
            Error::new(ErrorKind::Failed, format!("the request cannot be recorded: {error}"))
        })?;
        Ok(Payload::new(bytes))
    }

    /// What a host is given.
    pub(crate) fn call(&self, tool: &Tool, answer_bytes: u64, attempt_name: String) -> Call {
        Call {
            tool: tool.name.clone(),
            request: self.request.clone(),
            readonly: !self.policy.changes_world(),
            timeout: Duration::from_millis(u64::try_from(self.timeout_ms).unwrap_or(0)),
            not_done: tool.not_done.clone(),
            answer_bytes,
            attempt_name,
        }
    }
}

fn limit(message: &str) -> Error {
    Error::new(ErrorKind::Limit, message)
}

fn request(
    program: &Arc<Program>,
    context: &Context,
    tool: &Tool,
    args: &[Value],
    key: &str,
) -> Result<CallRequest, Error> {
    let parts = |function| -> Result<Vec<Value>, Error> {
        let mut inputs = args.to_vec();
        inputs.push(Value::text(key));
        match Machine::evaluate(program, function, inputs, context)? {
            Value::Tuple(parts) => Ok(parts.iter().cloned().collect()),
            other => Err(malformed(tool, &format!("gives {} instead of its parts", other.what()))),
        }
    };
    match &tool.via {
        Via::Http { request, .. } => {
            let [method, url, query, headers, body] = take(tool, parts(*request)?)?;
            Ok(CallRequest::Http {
                method: text(tool, &method)?,
                url: sealed(tool, &url)?,
                query: pairs(tool, &query)?,
                headers: pairs(tool, &headers)?,
                body: content(program, &body)?,
            })
        }
        Via::Exec { request, command: known } => {
            let [command, stdin, env, cwd] = take(tool, parts(*request)?)?;
            let Value::List(command) = command else { return Err(malformed(tool, "has no command")) };
            Ok(CallRequest::Exec {
                command: command.iter().map(|part| text(tool, part)).collect::<Result<_, _>>()?,
                parts: known.clone(),
                stdin: content(program, &stdin)?,
                env: pairs(tool, &env)?,
                cwd: if matches!(cwd, Value::Null) { None } else { Some(text(tool, &cwd)?) },
            })
        }
        Via::File(op) => {
            let path = text(tool, args.first().unwrap_or(&Value::Null))?;
            let content = args.get(1).map(|value| text(tool, value)).transpose()?;
            Ok(CallRequest::File { op: *op, path, text: content })
        }
        Via::Host => {
            let mut members = Vec::new();
            for (param, value) in tool.params.iter().zip(args) {
                let name = serde_json::Value::from(param.json.as_str());
                members.push(format!("{name}:{}", program.encode(value)));
            }
            Ok(CallRequest::Host { tool: tool.name.clone(), args: format!("{{{}}}", members.join(",")) })
        }
        Via::Mcp { .. } => {
            Err(Error::new(ErrorKind::Unavailable, "MCP servers cannot be called by this version"))
        }
    }
}

fn take<const N: usize>(tool: &Tool, parts: Vec<Value>) -> Result<[Value; N], Error> {
    parts.try_into().map_err(|_| malformed(tool, "has another number of parts"))
}

fn malformed(tool: &Tool, what: &str) -> Error {
    Error::new(ErrorKind::Failed, format!("the request of {} {what}", tool.name))
}

fn text(tool: &Tool, value: &Value) -> Result<String, Error> {
    value
        .as_text()
        .map(str::to_owned)
        .ok_or_else(|| malformed(tool, &format!("holds {} where text is expected", value.what())))
}

fn sealed(tool: &Tool, value: &Value) -> Result<Sealed, Error> {
    match value {
        Value::Sealed(parts) => Ok(parts.to_vec()),
        other => Ok(vec![SealedPart::Text(text(tool, other)?)]),
    }
}

fn pairs(tool: &Tool, value: &Value) -> Result<Vec<(String, Sealed)>, Error> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Map(map) => map
            .iter()
            .filter(|(_, value)| !matches!(value, Value::Null))
            .map(|(key, value)| match key {
                Key::Text(name) => Ok((name.to_string(), sealed(tool, value)?)),
                _ => Err(malformed(tool, "has a key that is not text")),
            })
            .collect(),
        other => Err(malformed(tool, &format!("holds {} where a map is expected", other.what()))),
    }
}

/// A body or standard input: text as it is, everything else in JSON form.
fn content(program: &Program, value: &Value) -> Result<Body, Error> {
    Ok(match value {
        Value::Null => Body::None,
        Value::Text(text) => Body::Text(vec![SealedPart::Text(text.to_string())]),
        Value::Sealed(parts) => Body::Text(parts.to_vec()),
        Value::Bytes(bytes) => Body::Bytes(bytes.to_vec()),
        other => {
            let mut parts = Vec::new();
            json_parts(program, other, &mut parts);
            Body::Json(parts)
        }
    })
}

/// The JSON form of a value with sealed text inside: literal JSON, with secrets between (the host escapes them).
fn json_parts(program: &Program, value: &Value, out: &mut Sealed) {
    match value {
        Value::Sealed(parts) => {
            push(out, "\"");
            for part in parts.iter() {
                match part {
                    SealedPart::Text(text) => {
                        let quoted = serde_json::Value::from(text.as_str()).to_string();
                        push(out, &quoted[1..quoted.len() - 1]);
                    }
                    SealedPart::Secret(_) => out.push(part.clone()),
                }
            }
            push(out, "\"");
        }
        Value::Map(map) => {
            push(out, "{");
            for (n, (key, value)) in map.iter().enumerate() {
                let key = program.encode(&key.value());
                push(out, if n == 0 { "" } else { "," });
                push(out, &if key.starts_with('"') { key } else { format!("\"{key}\"") });
                push(out, ":");
                json_parts(program, value, out);
            }
            push(out, "}");
        }
        Value::List(items) => {
            push(out, "[");
            for (n, item) in items.iter().enumerate() {
                push(out, if n == 0 { "" } else { "," });
                json_parts(program, item, out);
            }
            push(out, "]");
        }
        other => push(out, &program.encode(other)),
    }
}

fn push(out: &mut Sealed, text: &str) {
    match out.last_mut() {
        Some(SealedPart::Text(last)) => last.push_str(text),
        _ => out.push(SealedPart::Text(text.to_owned())),
    }
}

/// An answer, decoded by the tool's type: what is known of the attempt, and its value or error.
pub(crate) fn decode(program: &Program, tool: &Tool, answer: Answer) -> (Verdict, Result<Value, Error>) {
    let reply = match answer.reply {
        Ok(reply) => reply,
        Err(error) => return (answer.verdict, Err(error)),
    };
    let shape = program.module.shape(tool.result);
    let whole = matches!(shape, Shape::Record(id, _) if [prelude::HTTP_RESPONSE.0, prelude::EXEC_RESULT.0].contains(id));
    let (verdict, raw) = answer::interpret(reply, whole, &tool.not_done);
    (verdict, raw.and_then(|raw| value_of(program, tool, shape, raw)))
}

fn value_of(program: &Program, tool: &Tool, shape: &Shape, raw: Raw) -> Result<Value, Error> {
    match (shape, raw) {
        (Shape::Null, _) => Ok(Value::Null),
        (Shape::Bytes, Raw::Body(bytes) | Raw::Output(bytes)) => Ok(Value::Bytes(Arc::new(bytes))),
        (Shape::String, raw @ (Raw::Body(_) | Raw::Output(_))) => Ok(Value::text(raw.string()?)),
        (_, raw) => {
            let text = raw.text()?;
            program.decode(&text, tool.result).map_err(|error| {
                let shown: String = text.chars().take(SHOWN).collect();
                let message =
                    format!("{} answered with something else: {}: {shown}", tool.name, error.message);
                Error::new(ErrorKind::Decode, message)
            })
        }
    }
}
