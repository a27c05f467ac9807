//! `aeth graph`: draws the tasks of agents and flows and what they wait for.

use aeth_lang::graph::draw::{dot, mermaid, text};

use crate::args::{Drawing, Graph};
use crate::exit::{Exit, Failure, Outcome};
use crate::{program, terminal};

pub(crate) fn run(args: &Graph) -> Outcome {
    let compiled = program::compile(&args.file)?;
    let wanted = |name: &str| args.agent.as_deref().is_none_or(|agent| agent == name);
    let drawn: Vec<String> = compiled
        .graphs
        .iter()
        .filter(|graph| wanted(&graph.name))
        .map(|graph| match args.format {
            Drawing::Text => text(graph),
            Drawing::Mermaid => mermaid(graph),
            Drawing::Dot => dot(graph),
        })
        .collect();
    if drawn.is_empty() {
        let names: Vec<&str> = compiled.graphs.iter().map(|graph| graph.name.as_str()).collect();
        let failure = match &args.agent {
            Some(agent) => Failure::usage(format!("the program has no agent or flow `{agent}`")),
            None => Failure::usage("the program has no agent or flow: there is nothing to draw"),
        };
        return Err(if names.is_empty() {
            failure
        } else {
            failure.help(format!("it has {}", names.join(", ")))
        });
    }
    terminal::print(drawn.join("\n").trim_end())?;
    Ok(Exit::Done)
}
