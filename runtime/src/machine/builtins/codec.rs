//! JSON text, digests and encodings.

use std::sync::Arc;

use aeth_lang::library::Builtin;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Fault, Library, Run, text, wrong};
use crate::machine::data::{quoted, shown};
use crate::value::{ErrorKind, Key, Value, json};

pub(super) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    match builtin {
        B::JsonParse => {
            let source = text(&args[0])?;
            // no value takes more units than its text has bytes, but for the first few
            library.meter.work(source.len() as u64 / 8);
            library.meter.alloc(source.len() as u64 + 8)?;
            Ok(json::parse(source)?)
        }
        B::ToJsonText => {
            let limit = library.meter.text_limit();
            let text = json::encode_within(&args[0], &library.program.module, limit);
            let text = text.ok_or_else(|| library.meter.heap_limit())?;
            library.meter.alloc_text(text.len())?;
            Ok(Value::text(text))
        }
        B::ToText => match &args[0] {
            Value::Text(_) => Ok(std::mem::take(&mut args[0])),
            other => shown(other, library).map(Value::text),
        },
        B::JsonHas => {
            let name = Key::Text(Arc::clone(text(&args[1])?));
            Ok(Value::Bool(matches!(&args[0], Value::Map(map) if map.contains_key(&name))))
        }
        B::HashSha256 => {
            let bytes = bytes(&args[0])?;
            library.meter.work(bytes.len() as u64 / 16 + 8);
            Ok(Value::text(
                Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            ))
        }
        B::Base64Encode => {
            let bytes = bytes(&args[0])?;
            library.meter.alloc_text(bytes.len() / 3 * 4 + 4)?;
            Ok(Value::text(STANDARD.encode(bytes)))
        }
        B::Base64Decode => {
            let source = text(&args[0])?;
            library.meter.alloc_text(source.len())?;
            let decoded = STANDARD.decode(source.as_str()).map_err(|error| {
                let why = not_base64(&error);
                Fault::new(ErrorKind::Decode, format!("{} is not Base64: {why}", quoted(source)))
            })?;
            Ok(Value::Bytes(decoded.into()))
        }
        B::UrlEncode => {
            let source = text(&args[0])?;
            library.meter.alloc_text(source.len() * 3)?;
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            let mut out = String::with_capacity(source.len());
            for byte in source.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    let digit = |nibble: u8| char::from(HEX[usize::from(nibble & 15)]);
                    out.extend(['%', digit(byte >> 4), digit(byte)]);
                }
            }
            Ok(Value::text(out))
        }
        B::TextToBytes => {
            let source = text(&args[0])?;
            library.meter.alloc_text(source.len())?;
            Ok(Value::Bytes(Arc::new(source.as_bytes().to_vec())))
        }
        B::BytesToText => {
            let bytes = bytes(&args[0])?;
            library.meter.alloc_text(bytes.len())?;
            let text = std::str::from_utf8(bytes).map_err(|error| {
                let at = error.valid_up_to();
                Fault::new(
                    ErrorKind::Decode,
                    format!("the bytes are not UTF-8: byte {at} begins no character"),
                )
            })?;
            Ok(Value::text(text))
        }
        _ => match &args[0] {
            Value::Bytes(bytes) => Ok(Value::Int(bytes.len() as i64)),
            other => Err(wrong("Bytes", other)),
        },
    }
}

/// Why a text is not Base64, in words that do not change with the reader.
fn not_base64(error: &base64::DecodeError) -> String {
    use base64::DecodeError as E;
    match error {
        E::InvalidByte(at, _) | E::InvalidLastSymbol { offset: at, .. } => {
            format!("the character at {at} does not belong there")
        }
        E::InvalidLength(_) | E::InvalidPadding => "it ends too early".to_owned(),
    }
}

/// Bytes, or the UTF-8 of a String.
fn bytes(value: &Value) -> Run<&[u8]> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Text(text) => Ok(text.as_bytes()),
        other => Err(wrong("Bytes or String", other)),
    }
}
