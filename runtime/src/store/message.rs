//! Messages as bytes of an inbox row.
//!
//! In: a message. Out: a version byte and its canonical encoding. Invariant: what decodes is what was encoded.

use super::Message;

/// First byte of every message.
const VERSION: u8 = 1;

/// A message as bytes.
pub(super) fn encode(message: &Message) -> Vec<u8> {
    // Plain data into a growing vector: see event::codec.
    postcard::to_extend(message, vec![VERSION]).expect("a message is plain data")
}

/// The message of bytes, or why there is none.
pub(super) fn decode(bytes: &[u8]) -> Result<Message, String> {
    let message = match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|error| error.to_string())?,
        Some((version, _)) => return Err(format!("a message is encoded in version {version}")),
        None => return Err("a message is empty".into()),
    };
    if encode(&message) == bytes {
        Ok(message)
    } else {
        Err("a message is not in its canonical encoding".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Verdict;
    use crate::store::ResolveHow;

    fn one_of_each() -> Vec<Message> {
        let text = str::to_owned;
        let resolve = |how| Message::Resolve { effect: text("t/0"), how, by: text("ada") };
        let late =
            |value| Message::LateOutcome { effect: text("t/0"), attempt: 2, verdict: Verdict::Done, value };
        vec![
            Message::Signal { name: text("go"), value: text("1") },
            Message::Answer {
                question: text("t/1"),
                digest: text("d"),
                value: text("true"),
                by: text("ada"),
            },
            Message::Cancel { by: text("ada"), force: true },
            Message::Pause { by: text("ada") },
            Message::Resume { by: text("ada") },
            resolve(ResolveHow::Completed(text("7"))),
            resolve(ResolveHow::NotDone),
            resolve(ResolveHow::Fail),
            late(Ok(text("7"))),
            late(Err(text("{}"))),
        ]
    }

    #[test]
    fn bytes_never_change() {
        let lines: Vec<String> = one_of_each()
            .iter()
            .map(|message| encode(message).iter().map(|byte| format!("{byte:02x}")).collect())
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_encoded_decodes_and_nothing_else() {
        for message in one_of_each() {
            let bytes = encode(&message);
            assert_eq!(decode(&bytes), Ok(message));
            for cut in 0..bytes.len() {
                assert!(decode(&bytes[..cut]).is_err());
            }
            assert!(decode(&[bytes, vec![0]].concat()).is_err());
        }
        assert!(decode(&[2, 0]).unwrap_err().contains("version 2"));
    }
}
