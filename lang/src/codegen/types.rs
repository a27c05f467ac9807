//! Records, enums and shapes: numbered as they are reached, prelude first.

use std::collections::VecDeque;

use crate::bytecode::module::{EnumType, FieldType, RecordType, Shape, VariantType};
use crate::check::program::{Field, Program};
use crate::check::types::Type;
use crate::ids::{EnumId, GlobalId, RecordId, ShapeId};
use crate::library::prelude;
use crate::limits;
use crate::span::Span;

use super::Generator;

/// Which of the program's types have a number, and which of them a schema shows.
pub(super) struct Types {
    records: Vec<Option<u16>>,
    enums: Vec<Option<u16>>,
    unfilled: VecDeque<Unfilled>,
    schema: Schema,
}

#[derive(Clone, Copy)]
enum Unfilled {
    Record(RecordId, u16),
    Enum(EnumId, u16),
}

impl Types {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            records: vec![None; program.records.len()],
            enums: vec![None; program.enums.len()],
            unfilled: VecDeque::new(),
            schema: Schema::of(program),
        }
    }
}

impl Generator<'_> {
    /// Numbers the types that every program has: the machine makes values of them itself.
    pub(super) fn prelude_types(&mut self) {
        for n in 0..prelude::RECORDS.min(self.program.records.len()) {
            self.record(RecordId::of(n));
        }
        for n in 0..prelude::ENUMS.min(self.program.enums.len()) {
            self.enumeration(EnumId::of(n));
        }
        self.fill_types();
    }

    /// The module's number of a record type.
    pub(super) fn record(&mut self, id: RecordId) -> u16 {
        if let Some(&Some(known)) = self.types.records.get(id.index()) {
            return known;
        }
        let number = self.number(self.module.records.len(), "record types");
        let name = self.program.records[id.index()].name.clone();
        self.module.records.push(RecordType { name, fields: Vec::new(), docs: None });
        self.types.records[id.index()] = Some(number);
        self.types.unfilled.push_back(Unfilled::Record(id, number));
        number
    }

    /// The module's number of an enum type.
    pub(super) fn enumeration(&mut self, id: EnumId) -> u16 {
        if let Some(&Some(known)) = self.types.enums.get(id.index()) {
            return known;
        }
        let number = self.number(self.module.enums.len(), "enum types");
        let name = self.program.enums[id.index()].name.clone();
        self.module.enums.push(EnumType { name, variants: Vec::new(), docs: None });
        self.types.enums[id.index()] = Some(number);
        self.types.unfilled.push_back(Unfilled::Enum(id, number));
        number
    }

    /// The module's number of a variant that the code makes.
    pub(super) fn variant(&mut self, id: EnumId, variant: u16) -> u16 {
        let entry = (self.enumeration(id), variant);
        if let Some(&known) = self.variants.get(&entry) {
            return known;
        }
        let number = self.number(self.module.variants.len(), "variants");
        self.module.variants.push(entry);
        self.variants.insert(entry, number);
        number
    }

    /// The written-out form of a type.
    pub(super) fn shape(&mut self, ty: &Type) -> ShapeId {
        let shape = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.shape_of(ty));
        let (id, depth) = self.tables.shape(shape);
        self.number(self.tables.shapes.len() - 1, "types");
        if depth > limits::TYPE_DEPTH && self.diagnostics.is_empty() {
            let text = format!("a type is nested more than {} levels deep", limits::TYPE_DEPTH);
            self.too_large(Span::default(), text, "name its parts as records");
        }
        id
    }

    fn shape_of(&mut self, ty: &Type) -> Shape {
        match ty {
            Type::Null | Type::Never => Shape::Null,
            Type::Bool => Shape::Bool,
            Type::Int => Shape::Int,
            Type::Float => Shape::Float,
            Type::Decimal => Shape::Decimal,
            Type::String => Shape::String,
            Type::Bytes => Shape::Bytes,
            Type::Duration => Shape::Duration,
            Type::Timestamp => Shape::Timestamp,
            Type::Json => Shape::Json,
            Type::Tuple(items) => Shape::Tuple(items.iter().map(|item| self.shape(item)).collect()),
            Type::List(item) => Shape::List(self.shape(item)),
            Type::Map(entry) => Shape::Map(self.shape(&entry.0), self.shape(&entry.1)),
            Type::Optional(inner) => Shape::Optional(self.shape(inner)),
            Type::Record(id, args) => {
                let args = args.iter().map(|arg| self.shape(arg)).collect();
                Shape::Record(self.record(*id), args)
            }
            Type::Enum(id, args) => {
                let args = args.iter().map(|arg| self.shape(arg)).collect();
                Shape::Enum(self.enumeration(*id), args)
            }
            Type::Param(n) => Shape::Param(*n),
            Type::Model
            | Type::Secret
            | Type::Function(..)
            | Type::Job(_)
            | Type::Plan(_)
            | Type::Open(_)
            | Type::Unknown => Shape::Opaque,
        }
    }

    /// Writes out the types reached since, and those they lead to.
    pub(super) fn fill_types(&mut self) {
        let program = self.program;
        while let Some(next) = self.types.unfilled.pop_front() {
            match next {
                Unfilled::Record(id, number) => {
                    let record = &program.records[id.index()];
                    let shown = self.types.schema.records[id.index()];
                    let fields = self.fields(&record.fields, shown);
                    let entry = &mut self.module.records[usize::from(number)];
                    entry.fields = fields;
                    entry.docs = record.docs.clone().filter(|_| shown);
                }
                Unfilled::Enum(id, number) => {
                    let declared = &program.enums[id.index()];
                    let shown = self.types.schema.enums[id.index()];
                    let mut variants = Vec::with_capacity(declared.variants.len());
                    for variant in &declared.variants {
                        variants.push(VariantType {
                            name: variant.name.clone(),
                            fields: self.fields(&variant.fields, shown),
                            docs: variant.docs.clone().filter(|_| shown),
                        });
                    }
                    let entry = &mut self.module.enums[usize::from(number)];
                    entry.variants = variants;
                    entry.docs = declared.docs.clone().filter(|_| shown);
                }
            }
        }
    }

    /// Fields or parameters; with their docs where a schema shows them.
    pub(super) fn fields(&mut self, fields: &[Field], shown: bool) -> Vec<FieldType> {
        let mut written = Vec::with_capacity(fields.len());
        for field in fields {
            written.push(FieldType {
                name: field.name.clone(),
                json: field.foreign.clone().unwrap_or_else(|| field.name.clone()),
                shape: self.shape(&field.ty),
                default: field.default.map(|global| GlobalId(self.global(global))),
                docs: field.docs.clone().filter(|_| shown),
            });
        }
        written
    }
}

/// The types that a schema shows: those of the parameters of tools and agents, of what a prompt takes and gives, and
/// what they consist of.
struct Schema {
    records: Vec<bool>,
    enums: Vec<bool>,
}

impl Schema {
    fn of(program: &Program) -> Self {
        let mut schema =
            Self { records: vec![false; program.records.len()], enums: vec![false; program.enums.len()] };
        let tools = program.tools.iter().flat_map(|tool| &tool.params);
        let agents =
            program.graphs.iter().filter(|graph| graph.kind == crate::check::program::GraphKind::Agent);
        let prompts = program.prompts.iter().flat_map(|prompt| &prompt.params);
        let mut rest: Vec<&Type> = tools
            .chain(prompts)
            .chain(agents.flat_map(|agent| &agent.params))
            .map(|param| &param.ty)
            .collect();
        rest.extend(program.prompts.iter().map(|prompt| &prompt.result));
        while let Some(ty) = rest.pop() {
            match ty {
                Type::Tuple(items) => rest.extend(items.iter()),
                Type::List(item) | Type::Optional(item) => rest.push(item),
                Type::Map(entry) => rest.extend([&entry.0, &entry.1]),
                Type::Record(id, args) => {
                    rest.extend(args.iter());
                    if !std::mem::replace(&mut schema.records[id.index()], true) {
                        rest.extend(program.records[id.index()].fields.iter().map(|field| &field.ty));
                    }
                }
                Type::Enum(id, args) => {
                    rest.extend(args.iter());
                    if !std::mem::replace(&mut schema.enums[id.index()], true) {
                        let variants = program.enums[id.index()].variants.iter();
                        rest.extend(variants.flat_map(|variant| &variant.fields).map(|field| &field.ty));
                    }
                }
                _ => {}
            }
        }
        schema
    }
}
