//! The arguments of an agent from the command line: `name=value` and `--input`, as one JSON object.
//!
//! A value is JSON text, but where the parameter's type is written as a JSON string the quotes may be left out: a
//! String takes the text as it is. Decoding and checking by type is the runtime's, with its own messages; here is
//! only what depends on how a shell is typed into.

use std::io::Read;

use aeth_lang::bytecode::module::{Graph, Module, Shape};
use aeth_lang::ids::ShapeId;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::exit::Failure;

/// What the command line says about arguments.
#[derive(Debug)]
pub(crate) struct Given {
    /// Members of `--input` as JSON text: order and digits are the sender's.
    input: Vec<(String, String)>,
    /// `name=value` in order, the value as it was typed.
    named: Vec<(String, String)>,
}

/// Reads `--input` and splits `name=value`, before the program is looked at.
pub(crate) fn read(named: &[String], input: Option<&str>) -> Result<Given, Failure> {
    let named = named.iter().map(|word| split(word)).collect::<Result<Vec<_>, _>>()?;
    for (at, (name, _)) in named.iter().enumerate() {
        if named[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Failure::usage(format!("the argument `{name}` is given twice")));
        }
    }
    let input = match input {
        None => Vec::new(),
        Some("-") => object("standard input", &from_stdin()?)?,
        Some(text) => match text.strip_prefix('@') {
            Some(path) => object(path, &from_file(path)?)?,
            None => object("--input", text)?,
        },
    };
    for (at, (name, _)) in input.iter().enumerate() {
        if input[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Failure::usage(format!("the argument `{name}` is given twice in --input")));
        }
        if named.iter().any(|(other, _)| other == name) {
            return Err(Failure::usage(format!("the argument `{name}` is given twice: here and in --input")));
        }
    }
    Ok(Given { input, named })
}

impl Given {
    /// The arguments as JSON texts by name, by the types of the agent's parameters.
    pub(crate) fn for_agent(&self, module: &Module, agent: &Graph) -> Result<Vec<(String, String)>, Failure> {
        let mut members = self.input.clone();
        for (name, text) in &self.named {
            let shape = agent.params.iter().find(|param| param.name == *name).map(|param| param.shape);
            let value = match shape {
                Some(shape) => value(module, shape, name, text)?,
                // Unknown: the runtime refuses it by name.
                None => quoted(text),
            };
            members.push((name.clone(), value));
        }
        Ok(members)
    }
}

fn split(word: &str) -> Result<(String, String), Failure> {
    let (name, value) = word.split_once('=').ok_or_else(|| {
        Failure::usage(format!("`{word}` is no argument: arguments are written name=value"))
    })?;
    if name.is_empty() {
        return Err(Failure::usage(format!("`{word}` has no name before `=`")));
    }
    Ok((name.into(), value.into()))
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    match std::io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::usage(format!("--input -: standard input cannot be read: {error}"))),
    }
}

fn from_file(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("--input @{path}: the file cannot be read: {error}")))
}

/// The members of a JSON object in the order in which they stand, those that stand there twice twice.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object of arguments")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

fn object(place: &str, text: &str) -> Result<Vec<(String, String)>, Failure> {
    match serde_json::from_str::<Members>(text) {
        Ok(Members(members)) => {
            Ok(members.into_iter().map(|(name, raw)| (name, raw.get().to_owned())).collect())
        }
        Err(error) if error.is_data() => {
            Err(Failure::usage(format!("{place}: expected a JSON object of arguments")))
        }
        Err(error) => Err(Failure::usage(format!("{place}: this is no JSON: {error}"))),
    }
}

fn value(module: &Module, shape: ShapeId, name: &str, text: &str) -> Result<String, Failure> {
    let json = serde_json::from_str::<IgnoredAny>(text);
    match (reading(module, shape), json) {
        (Reading::Text, _) | (Reading::Either, Err(_)) => Ok(quoted(text)),
        (Reading::Either | Reading::Json, Ok(_)) => Ok(text.trim().to_owned()),
        (Reading::Json, Err(error)) => {
            Err(Failure::usage(format!("argument `{name}`: `{text}` is no JSON: {error}"))
                .help(format!("parameter `{name}` is no String, so its value is written as JSON")))
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// How the text of an argument is read.
enum Reading {
    /// As it is.
    Text,
    /// As JSON, else as it is: types that are strings in JSON.
    Either,
    /// As JSON.
    Json,
}

fn reading(module: &Module, shape: ShapeId) -> Reading {
    match module.shape(shape) {
        Shape::String => Reading::Text,
        Shape::Optional(inner) => reading(module, *inner),
        Shape::Decimal | Shape::Bytes | Shape::Duration | Shape::Timestamp | Shape::Enum(..) => {
            Reading::Either
        }
        _ => Reading::Json,
    }
}

#[cfg(test)]
mod tests {
    use aeth_lang::bytecode::module::FieldType;

    use super::*;

    fn agent(shapes: usize) -> Graph {
        let params = ["a", "b"]
            .iter()
            .zip(0..shapes)
            .map(|(name, shape)| FieldType {
                name: (*name).into(),
                json: (*name).into(),
                shape: ShapeId::of(shape),
                default: None,
                docs: None,
            })
            .collect();
        Graph {
            name: "main".into(),
            agent: true,
            docs: None,
            params,
            result: ShapeId::of(0),
            tasks: Vec::new(),
            env: Vec::new(),
            secrets: Vec::new(),
            tools: Vec::new(),
            models: Vec::new(),
            budget: None,
            key: None,
        }
    }

    fn text(members: &[(String, String)]) -> String {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}={value}")).collect();
        members.join(" ")
    }

    fn decode(shapes: Vec<Shape>, words: &[&str]) -> Result<String, Failure> {
        let agent = agent(shapes.len());
        let module = Module { shapes, ..Module::default() };
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        Ok(text(&read(&words, None)?.for_agent(&module, &agent)?))
    }

    #[test]
    fn strings_are_taken_as_they_are() {
        let object = decode(vec![Shape::String], &["a=5=\"x\""]).expect("fits");
        assert_eq!(object, r#"a="5=\"x\"""#);
    }

    #[test]
    fn everything_else_is_json() {
        let object =
            decode(vec![Shape::Int, Shape::Json], &["a=-5", r#"b={"y": 1.50, "x": []}"#]).expect("fits");
        assert_eq!(object, r#"a=-5 b={"y": 1.50, "x": []}"#, "order and digits stay");
        let failure = decode(vec![Shape::Int], &["a=five"]).expect_err("no JSON");
        assert!(failure.message.contains("argument `a`: `five` is no JSON"), "{failure}");
    }

    #[test]
    fn what_is_a_string_in_json_needs_no_quotes() {
        let shapes = || vec![Shape::Duration, Shape::Enum(0, vec![])];
        assert_eq!(decode(shapes(), &["a=PT5S", "b=Fix"]).expect("fits"), r#"a="PT5S" b="Fix""#);
        let object = decode(shapes(), &[r#"b={"Revise":{"reason":"x"}}"#]).expect("fits");
        assert_eq!(object, r#"b={"Revise":{"reason":"x"}}"#);
    }

    #[test]
    fn input_and_names_together() {
        let given = read(&["b=2".into()], Some(" {\"a\": {\"x\": 1.0}}\n")).expect("reads");
        let module = Module { shapes: vec![Shape::Int], ..Module::default() };
        let members = given.for_agent(&module, &agent(1)).expect("fits");
        assert_eq!(text(&members), r#"a={"x": 1.0} b="2""#, "b is unknown to this agent");
        assert!(
            read(&[], Some("{}")).expect("reads").for_agent(&module, &agent(1)).expect("fits").is_empty()
        );
    }

    #[test]
    fn every_argument_once_and_with_its_name() {
        assert!(decode(vec![Shape::Int], &["a=1", "a=2"]).expect_err("twice").message.contains("twice"));
        assert!(decode(vec![Shape::Int], &["a"]).expect_err("no =").message.contains("name=value"));
        assert!(decode(vec![Shape::Int], &["=1"]).expect_err("no name").message.contains("no name"));
        let failure = read(&["a=1".into()], Some("{\"a\": 2}")).expect_err("twice");
        assert!(failure.message.contains("in --input"), "{failure}");
        let failure = read(&[], Some("{\"a\": 1, \"a\": 2}")).expect_err("twice");
        assert!(failure.message.contains("`a` is given twice"), "{failure}");
    }

    #[test]
    fn input_is_an_object() {
        for (text, says) in
            [("[1]", "expected a JSON object"), ("{", "this is no JSON"), ("@/no/such", "cannot be read")]
        {
            let failure = read(&[], Some(text)).expect_err(text);
            assert!(failure.message.contains(says), "{failure}");
            assert_eq!(failure.exit, crate::exit::Exit::Usage);
        }
    }
}
