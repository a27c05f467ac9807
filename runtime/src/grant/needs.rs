//! What an agent needs, as far as its code tells before it runs.

use std::fmt;

use aeth_lang::bytecode::instr::Instr;
use aeth_lang::bytecode::module::{CommandPart, Graph, Module, Site, Tool, Via};
use aeth_lang::ids::FunctionId;

use super::net::NetGrant;
use crate::event::Environment;

/// Something an agent needs to be granted. Printed as it stands after `--allow`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A command; `None`: which is known at the call.
    Exec(Option<String>),
    /// A host; `None`: which is known at the call.
    Net(Option<NetGrant>),
    /// Some folder.
    File,
    /// An MCP server.
    Mcp(String),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exec(Some(command)) => write!(f, "exec={command}"),
            Self::Exec(None) => f.write_str("exec"),
            Self::Net(Some(host)) => write!(f, "net={host}"),
            Self::Net(None) => f.write_str("net"),
            Self::File => f.write_str("file=."),
            Self::Mcp(server) => write!(f, "mcp={server}"),
        }
    }
}

/// What an agent with this environment needs, sorted: through its tools, and those of the flows it uses.
#[must_use]
pub fn needs(module: &Module, agent: &Graph, env: &Environment) -> Vec<Need> {
    let tools = agent.tools.iter().filter_map(|id| module.tools.get(id.index()));
    let mut needs: Vec<Need> = tools.flat_map(|tool| of_tool(module, tool, env)).collect();
    needs.sort();
    needs.dedup();
    // An open need of a kind is met by whatever else of the kind is granted.
    let named = |kind: fn(&Need) -> bool| needs.iter().any(kind);
    let (exec, net) =
        (named(|need| matches!(need, Need::Exec(Some(_)))), named(|need| matches!(need, Need::Net(Some(_)))));
    needs.retain(|need| match need {
        Need::Exec(None) => !exec,
        Need::Net(None) => !net,
        _ => true,
    });
    needs
}

fn of_tool(module: &Module, tool: &Tool, env: &Environment) -> Vec<Need> {
    match &tool.via {
        Via::Exec { command, .. } => match command.first() {
            Some(CommandPart::Literal(name)) => vec![Need::Exec(Some(name.clone()))],
            _ => vec![Need::Exec(None)],
        },
        Via::Http { request, url_prefix } => match host_of_prefix(url_prefix) {
            Some(host) => vec![Need::Net(Some(host))],
            None if url_prefix.is_empty() => of_environment(module, *request, env),
            None => vec![Need::Net(None)],
        },
        Via::File(_) => vec![Need::File],
        Via::Mcp { server, .. } => vec![Need::Mcp(server.clone())],
        Via::Host => Vec::new(),
    }
}

/// The host of a URL's literal beginning, if it certainly ends within it.
fn host_of_prefix(prefix: &str) -> Option<NetGrant> {
    let rest = prefix.strip_prefix("https://").or_else(|| prefix.strip_prefix("http://"))?;
    rest.find(['/', '?', '#']).and_then(|_| host_of_url(prefix))
}

fn host_of_url(url: &str) -> Option<NetGrant> {
    let url = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let text = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    text.parse().ok()
}

/// A URL that begins with `{env.NAME}`: the hosts of the variables that the request reads and that hold URLs.
fn of_environment(module: &Module, request: FunctionId, env: &Environment) -> Vec<Need> {
    let code = module.functions.get(request.index()).map_or(&[][..], |function| &function.code);
    let sites = code.iter().filter_map(|instr| match instr {
        Instr::Effect { site, .. } => module.sites.get(usize::from(*site)),
        _ => None,
    });
    let hosts: Vec<Need> = sites
        .filter_map(|site| match site {
            Site::Env { name, .. } => Some(Need::Net(Some(host_of_url(env.get(name)?)?))),
            _ => None,
        })
        .collect();
    if hosts.is_empty() { vec![Need::Net(None)] } else { hosts }
}

#[cfg(test)]
mod tests {
    use aeth_lang::bytecode::instr::Reg;
    use aeth_lang::bytecode::module::{Class, FileOp, Function};
    use aeth_lang::ids::{ShapeId, ToolId};

    use super::*;

    fn tool(name: &str, via: Via) -> Tool {
        Tool {
            name: name.into(),
            docs: None,
            params: Vec::new(),
            result: ShapeId(0),
            via,
            class: Class::Once,
            timeout: None,
            retry: None,
            not_done: Vec::new(),
            limit: None,
            doubt_fails: false,
            lookup: None,
            settle: None,
            confirm: None,
            undo: None,
        }
    }

    fn http(prefix: &str) -> Via {
        Via::Http { request: FunctionId(0), url_prefix: prefix.into() }
    }

    fn exec(first: CommandPart) -> Via {
        Via::Exec { request: FunctionId(0), command: vec![first] }
    }

    fn flags(vias: Vec<Via>, env: &Environment) -> Vec<String> {
        let read = Instr::Effect { d: Reg::default(), site: 0, first: Reg::default() };
        let module = Module {
            functions: vec![Function { code: vec![read], ..Function::default() }],
            sites: vec![Site::Env { name: "API".into(), optional: false }],
            tools: vias.into_iter().map(|via| tool("t", via)).collect(),
            ..Module::default()
        };
        let agent = Graph {
            name: "a".into(),
            agent: true,
            docs: None,
            params: Vec::new(),
            result: ShapeId(0),
            tasks: Vec::new(),
            env: Vec::new(),
            secrets: Vec::new(),
            tools: (0..module.tools.len()).map(ToolId::of).collect(),
            models: Vec::new(),
            budget: None,
            key: None,
        };
        needs(&module, &agent, env).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn of_each_kind() {
        let none = Environment::new();
        let table = [
            (exec(CommandPart::Literal("git".into())), "exec=git"),
            (exec(CommandPart::Value), "exec"),
            (exec(CommandPart::Spread), "exec"),
            (http("https://api.example.com/v1/"), "net=api.example.com"),
            (http("http://127.0.0.1:8080/"), "net=127.0.0.1:8080"),
            (http("https://api.example.com"), "net"),
            (http("https://"), "net"),
            (http("https://api.{"), "net"),
            (http(""), "net"),
            (Via::File(FileOp::Read), "file=."),
            (Via::Mcp { server: "issues".into(), tool: "t".into() }, "mcp=issues"),
        ];
        for (via, flag) in table {
            assert_eq!(flags(vec![via], &none), [flag]);
        }
        assert!(flags(vec![Via::Host], &none).is_empty());
    }

    #[test]
    fn a_variable_that_holds_a_url_names_the_host() {
        let env = Environment::from([("API".to_owned(), "http://localhost:9000/base".to_owned())]);
        assert_eq!(flags(vec![http("")], &env), ["net=localhost:9000"]);
        let other = Environment::from([("API".to_owned(), "token".to_owned())]);
        assert_eq!(flags(vec![http("")], &other), ["net"]);
    }

    #[test]
    fn sorted_once_and_open_ones_only_alone() {
        let vias = vec![
            http("https://b.com/"),
            http(""),
            exec(CommandPart::Literal("git".into())),
            exec(CommandPart::Literal("git".into())),
            exec(CommandPart::Spread),
        ];
        assert_eq!(flags(vias, &Environment::new()), ["exec=git", "net=b.com"]);
    }
}
