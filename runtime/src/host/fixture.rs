//! What the tests of this folder share.

use std::path::Path;
use std::time::Duration;

use aeth_lang::bytecode::module::CommandPart;

use super::{Answer, Body, Call, CallRequest, Prepared};
use crate::event::Verdict;
use crate::grant::Grants;
use crate::value::{Error, SealedPart};

/// A call with half a second and 100,000 bytes.
pub(super) fn call(request: CallRequest) -> Call {
    Call {
        tool: "tool".into(),
        request,
        readonly: false,
        timeout: Duration::from_millis(500),
        not_done: Vec::new(),
        answer_bytes: 100_000,
        attempt_name: "default/job/effect/0#1".into(),
    }
}

/// A command of literal words.
pub(super) fn exec(words: &[&str]) -> CallRequest {
    CallRequest::Exec {
        command: words.iter().map(|&word| word.into()).collect(),
        parts: words.iter().map(|&word| CommandPart::Literal(word.into())).collect(),
        stdin: Body::None,
        env: Vec::new(),
        cwd: None,
    }
}

/// Text without secrets.
pub(super) fn plain(text: &str) -> Vec<SealedPart> {
    vec![SealedPart::Text(text.into())]
}

/// Grants from a folder.
pub(super) fn grants(base: &Path, list: &str) -> Grants {
    let mut grants = Grants::new(base).unwrap();
    grants.allow_list(list).unwrap();
    grants
}

/// Sends what was prepared; an error of preparation proves that nothing was done.
pub(super) async fn dispatch(prepared: Result<Box<dyn Prepared>, Error>) -> Answer {
    match prepared {
        Ok(prepared) => prepared.dispatch().await,
        Err(error) => Answer { verdict: Verdict::NotDone, reply: Err(error) },
    }
}
