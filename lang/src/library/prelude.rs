//! Types that every program has, at fixed ids: the machine makes values of them itself.

use crate::ids::{EnumId, RecordId};

/// `record Error { kind: ErrorKind, message: String, data: Json, task: String?, cause: Error? }`
pub const ERROR: RecordId = RecordId(0);
/// `record Entry<K, V> { key: K, value: V }`
pub const ENTRY: RecordId = RecordId(1);
/// `record HttpResponse { status: Int, headers: Map<String, String>, body: String }`
pub const HTTP_RESPONSE: RecordId = RecordId(2);
/// `record ExecResult { code: Int, stdout: String, stderr: String }`
pub const EXEC_RESULT: RecordId = RecordId(3);
/// `record Message { role: String, content: String }`
pub const MESSAGE: RecordId = RecordId(4);
/// How many prelude records there are; a program's own follow.
pub const RECORDS: usize = 5;

/// `enum ErrorKind { … }`, see [`ERROR_KINDS`].
pub const ERROR_KIND: EnumId = EnumId(0);
/// `enum Result<T> { Ok(value: T), Err(error: Error) }`
pub const RESULT: EnumId = EnumId(1);
/// How many prelude enums there are.
pub const ENUMS: usize = 2;

/// The variants of ErrorKind in order; `Other` has the payload `name: String`. Append only.
pub const ERROR_KINDS: [&str; 16] = [
    "Timeout",
    "Unavailable",
    "RateLimited",
    "Rejected",
    "NotFound",
    "Denied",
    "Decode",
    "Arithmetic",
    "Assertion",
    "Limit",
    "Budget",
    "Cancelled",
    "InDoubt",
    "ConfirmationFailed",
    "Failed",
    "Other",
];
