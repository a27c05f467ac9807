//! The whole state of a machine that waits, as canonical bytes: the same on every platform, and back.
//!
//! In: a machine at quiescence; or bytes from anywhere, with the program and context they are of. Out: bytes; or a
//! machine that goes on exactly as the first would have: same requests, same digests, limits that strike at the same
//! place. Invariant: bytes that restore are the only ones of their state, and what is restored is inside every bound
//! that the machine relies on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::meter::Meter;
use super::program::Program;
use super::state::{self, State};
use super::{Context, Machine};
use crate::value::Value;
use crate::value::table::{Made, Ref, Row, Table, Taker};

pub use crate::value::table::Malformed;

/// First byte of a snapshot. Another version is another cache: it is dropped, never read.
const VERSION: u8 = 1;

/// What a snapshot says of the machine, its values in a table beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Image<'a> {
    /// Units of heap until live values are counted again.
    heap: i64,
    #[serde(borrow)]
    state: State<'a, u32>,
}

/// Bytes of a state: what is large stands apart, so that a store can keep it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) state: Vec<u8>,
    pub(crate) large: Vec<Vec<u8>>,
}

impl Parts {
    /// How many bytes it is.
    pub(crate) fn len(&self) -> usize {
        self.state.len() + self.large.iter().map(Vec::len).sum::<usize>()
    }

    /// All of it in one string of bytes.
    pub(crate) fn joined(&self) -> Vec<u8> {
        let lengths: Vec<u64> = self.large.iter().map(|bytes| bytes.len() as u64).collect();
        // Plain data into a growing vector: it cannot fail.
        let mut joined = postcard::to_stdvec(&(self.state.len() as u64, lengths)).unwrap_or_default();
        joined.reserve(self.len());
        joined.extend_from_slice(&self.state);
        self.large.iter().for_each(|bytes| joined.extend_from_slice(bytes));
        joined
    }

    /// The parts of [`joined`](Self::joined) bytes.
    pub(crate) fn split(joined: &[u8]) -> Result<(&[u8], Vec<&[u8]>), Malformed> {
        const SHORT: Malformed = Malformed("it is cut off");
        let ((state, lengths), mut rest) = postcard::take_from_bytes::<(u64, Vec<u64>)>(joined)
            .map_err(|_| Malformed("it has no beginning"))?;
        let mut next = |length: u64| {
            let length = usize::try_from(length).map_err(|_| SHORT)?;
            let (part, after) = rest.split_at_checked(length).ok_or(SHORT)?;
            rest = after;
            Ok(part)
        };
        let state = next(state)?;
        let large = lengths.into_iter().map(&mut next).collect::<Result<_, _>>()?;
        if rest.is_empty() { Ok((state, large)) } else { Err(Malformed("bytes follow its end")) }
    }
}

/// Encodes an image with its table: version, rows, the rest.
pub(crate) fn seal(table: Table<'_>, rest: &impl Serialize) -> Parts {
    // Plain data into a growing vector: it cannot fail.
    let state = postcard::to_extend(&(&table.rows, rest), vec![VERSION]).unwrap_or_default();
    Parts { state, large: table.large.into_iter().map(<[u8]>::to_vec).collect() }
}

/// Reads what [`seal`] wrote. That it is canonical is found out by sealing what was made of it again.
pub(crate) fn open<'a, T: Deserialize<'a>>(state: &'a [u8]) -> Result<(Vec<Row<'a>>, T), Malformed> {
    let (version, rest) = state.split_first().ok_or(Malformed("it is empty"))?;
    if *version != VERSION {
        return Err(Malformed("it is of another version"));
    }
    postcard::from_bytes(rest).map_err(|_| Malformed("it does not decode"))
}

impl Machine {
    /// The state as canonical bytes. At quiescence only, after its outputs were taken.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.parts().joined()
    }

    fn parts(&self) -> Parts {
        let mut table = Table::new(self.program.known());
        let image = self.image(&mut table);
        seal(table, &image)
    }

    /// The state, its values taken into a table.
    pub(crate) fn image<'a>(&'a self, table: &mut Table<'a>) -> Image<'a> {
        debug_assert!(self.ready.is_empty() && self.outputs.is_empty(), "a machine is saved at quiescence");
        Image { heap: self.meter.heap, state: state::of(self, &mut |value: &'a Value| table.take(value)) }
    }

    /// The machine of a snapshot: `program` and `context` must be those it had.
    ///
    /// # Errors
    /// When the bytes are not what [`snapshot`](Self::snapshot) gives of any state of this program.
    pub fn restore(program: &Arc<Program>, context: Context, snapshot: &[u8]) -> Result<Self, Malformed> {
        let (bytes, large) = Parts::split(snapshot)?;
        let (rows, image): (Vec<Row<'_>>, Image<'_>) = open(bytes)?;
        let made = Made::new(&rows, &large, program.known(), &program.module)?;
        let machine = Self::of_image(program, context, &image, &made)?;
        drop((rows, image, made));
        if machine.snapshot() == snapshot { Ok(machine) } else { Err(Malformed("it is not canonical")) }
    }

    /// The machine of an image.
    pub(crate) fn of_image(
        program: &Arc<Program>,
        context: Context,
        image: &Image<'_>,
        made: &Made<'_>,
    ) -> Result<Self, Malformed> {
        let mut machine = Self::empty(program.clone(), context);
        if !Meter::plausible(&machine.context.limits, image.heap) {
            return Err(Malformed("more heap is left than there is"));
        }
        machine.meter.heap = image.heap;
        state::restore(&mut machine, &image.state, &mut |of: Ref<u32>| made.value(of))?;
        Ok(machine)
    }
}
