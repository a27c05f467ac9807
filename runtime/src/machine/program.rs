//! A program that can run: a module with its literal values made and its globals computed, once for all jobs.

use std::sync::{Arc, OnceLock};

use aeth_lang::bytecode::module::{Constant, Debug, FORMAT_VERSION, SEMANTICS_VERSION};
use aeth_lang::bytecode::{Module, ProgramHash, hash, verify};
use aeth_lang::ids::{FunctionId, ShapeId};
use rust_decimal::Decimal;

use super::builtins::Patterns;
use super::exec::{Library, Stop, execute};
use super::fault::{Fault, Run};
use super::fiber::Fiber;
use super::meter::{Meter, Pause};
use crate::limits::{LOAD_STEPS, Limits};
use crate::value::table::Known;
use crate::value::{Error, Unit, Value, decimal, json, number};

/// A loaded program; immutable, shared by its jobs.
#[derive(Debug)]
pub struct Program {
    /// The module.
    pub module: Module,
    /// The way back to the source.
    pub debug: Debug,
    /// Its name.
    pub hash: ProgramHash,
    /// The values of its globals.
    pub globals: Vec<Value>,
    pub(super) constants: Vec<Value>,
    known: OnceLock<Known>,
}

/// Why a module cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Written by another version of the compiler.
    #[error("the module has format {found}, this runtime reads format {FORMAT_VERSION}")]
    Format {
        /// Its version.
        found: u16,
    },
    /// Compiled for other rules.
    #[error("the module is of semantics {found}, this runtime knows semantics {SEMANTICS_VERSION}")]
    Semantics {
        /// Its version.
        found: u16,
    },
    /// It would read outside its tables.
    #[error("the module is damaged: {0}")]
    Malformed(String),
    /// A constant cannot be computed.
    #[error("a constant cannot be computed: {error}")]
    Global {
        /// The function that computes it.
        function: FunctionId,
        /// Why.
        error: Box<Error>,
    },
}

impl Program {
    /// Verifies a module and computes its globals.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn load(module: Module, debug: Debug) -> Result<Arc<Self>, LoadError> {
        if module.format != FORMAT_VERSION {
            return Err(LoadError::Format { found: module.format });
        }
        if module.semantics != SEMANTICS_VERSION {
            return Err(LoadError::Semantics { found: module.semantics });
        }
        verify(&module).map_err(|error| LoadError::Malformed(error.to_string()))?;
        let constants = constants(&module)?;
        let hash = hash(&module);
        let mut program =
            Self { module, debug, hash, globals: Vec::new(), constants, known: OnceLock::new() };
        let limits = Limits { steps: LOAD_STEPS, ..Limits::default() };
        let mut meter = Meter::new(&limits);
        let mut patterns = Patterns::default();
        for at in 0..program.module.globals.len() {
            let function = program.module.globals[at];
            let mut library = Library { program: &program, meter: &mut meter, patterns: &mut patterns };
            let value = pure(function, Vec::new(), &mut library, |_, _| None)
                .map_err(|fault| LoadError::Global { function, error: Box::new(fault.error) })?;
            program.globals.push(value);
        }
        Ok(Arc::new(program))
    }

    /// The values it holds, by number: a snapshot names them.
    pub(crate) fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::new(self.constants.iter().chain(&self.globals)))
    }

    /// What decoding has to know.
    #[must_use]
    pub fn types(&self) -> json::Types<'_> {
        json::Types { module: &self.module, globals: &self.globals }
    }

    /// The JSON text of a value of this program.
    #[must_use]
    pub fn encode(&self, value: &Value) -> String {
        json::encode(value, &self.module)
    }

    /// Reads a JSON text as a value of a shape of this program.
    ///
    /// # Errors
    /// Kind Decode, with path, what was found and what was expected.
    pub fn decode(&self, text: &str, shape: ShapeId) -> Result<Value, Error> {
        json::decode(text, shape, self.types())
    }
}

/// Runs a function that may not wait; `answer` answers the sites that need no waiting.
pub(super) fn pure(
    function: FunctionId,
    args: Vec<Value>,
    library: &mut Library<'_>,
    answer: impl Fn(&aeth_lang::bytecode::module::Site, &Program) -> Option<Run<Value>>,
) -> Run<Value> {
    let program = library.program;
    let mut fiber = Fiber::new("".into(), None, 0);
    fiber.enter(program, function, args);
    loop {
        library.meter.slice(u64::MAX);
        match execute(&mut fiber, library) {
            Stop::Done(value) => return Ok(value),
            Stop::Failed(fault) => return Err(fault),
            Stop::Effect { site, dest, .. } => {
                let site = &program.module.sites[site.index()];
                let answer = answer(site, program)
                    .unwrap_or_else(|| Err(Fault::internal("a pure function asks for an effect")));
                match answer {
                    Ok(value) => fiber.set(dest, value),
                    Err(fault) => fiber.unwind(program, fault)?,
                }
            }
            Stop::Paused => match library.meter.pause() {
                Pause::Steps => return Err(library.meter.step_limit()),
                Pause::Heap => {
                    let mut heap = crate::value::measure::Heap::default();
                    heap.add(&fiber.stack);
                    if heap.units() > library.meter.limits().heap {
                        return Err(library.meter.heap_limit());
                    }
                    library.meter.counted(heap.units());
                }
                Pause::Slice | Pause::None => {}
            },
        }
    }
}

fn constants(module: &Module) -> Result<Vec<Value>, LoadError> {
    let made = module.constants.iter().map(|constant| {
        Ok(match constant {
            Constant::Int(int) => Value::Int(*int),
            Constant::Float(float) if float.is_finite() => Value::Float(*float),
            Constant::Float(_) => return Err(LoadError::Malformed("a constant is no finite Float".into())),
            Constant::Decimal(text) => {
                let decimal: Option<Decimal> = decimal::parse(text);
                let bad = || LoadError::Malformed(format!("the constant {text:?} is no Decimal"));
                Value::decimal(decimal.ok_or_else(bad)?)
            }
            Constant::Text(text) => Value::text(text.as_str()),
            // A model is known by its name.
            Constant::Model(id) => {
                let model = module.models.get(id.index());
                let bad = || LoadError::Malformed(format!("there is no model {}", id.0));
                Value::text(model.ok_or_else(bad)?.name.as_str())
            }
            Constant::Duration(ms) => Value::Duration(*ms),
            Constant::JsonNumber(text) => {
                if number::Exact::read(text).is_none() {
                    return Err(LoadError::Malformed(format!("the constant {text:?} is no number")));
                }
                number::value(text)
            }
            Constant::Variant(at) => {
                let found = module.variants.get(*at as usize);
                let bad = || LoadError::Malformed(format!("there is no variant {at}"));
                let &(ty, variant) = found.ok_or_else(bad)?;
                Value::Unit(Unit { ty, variant })
            }
        })
    });
    made.collect()
}
