//! Promises that standards make for everybody.

use crate::contract::{Grade, Level, Promise};

/// A promise of a standard.
fn standard(level: Level, document: &str, quote: &str) -> Promise {
    Promise { level, grade: Grade::Standard, document: document.to_owned(), quote: quote.to_owned() }
}

/// JSON texts are JSON.
pub(super) fn json_grammar() -> Promise {
    standard(Level::Must, "RFC 8259, 2", "A JSON text is a serialized value.")
}

/// No byte order mark.
pub(super) fn json_bom() -> Promise {
    standard(
        Level::Must,
        "RFC 8259, 8.1",
        "Implementations MUST NOT add a byte order mark (U+FEFF) to the beginning of a networked-transmitted JSON text.",
    )
}

/// UTF-8.
pub(super) fn json_utf8() -> Promise {
    standard(
        Level::Must,
        "RFC 8259, 8.1",
        "JSON text exchanged between systems that are not part of a closed ecosystem MUST be encoded using UTF-8.",
    )
}

/// Unique names.
pub(super) fn json_names() -> Promise {
    standard(Level::Should, "RFC 8259, 4", "The names within an object SHOULD be unique.")
}

/// The length of the content.
pub(super) fn content_length() -> Promise {
    standard(
        Level::Must,
        "RFC 9112, 6.3",
        "If a valid Content-Length header field is present without Transfer-Encoding, its decimal value defines the expected message body length in octets.",
    )
}

/// Answers to HEAD.
pub(super) fn head() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 9.3.2",
        "The HEAD method is identical to GET except that the server MUST NOT send content in the response.",
    )
}

/// Names of fields.
pub(super) fn field_names() -> Promise {
    standard(Level::Must, "RFC 9110, 5.1", "Field names are case-insensitive.")
}

/// Characters that mean the same whether they are percent-encoded or not.
pub(super) fn unreserved() -> Promise {
    standard(
        Level::Should,
        "RFC 3986, 2.3",
        "URIs that differ in the replacement of an unreserved character with its corresponding percent-encoded US-ASCII octet are equivalent: they identify the same resource.",
    )
}

/// Characters beyond ASCII in the values of fields.
pub(super) fn opaque_octets() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 5.5",
        "A recipient SHOULD treat other allowed octets in field content (i.e., obs-text) as opaque data.",
    )
}

/// A method that is known but not allowed.
pub(super) fn method_not_allowed() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 9.1",
        "An origin server that receives a request method that is recognized and implemented, but not allowed for the target resource, SHOULD respond with the 405 (Method Not Allowed) status code.",
    )
}

/// Errors of the client are 4xx.
pub(super) fn client_error() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 15.5",
        "The 4xx (Client Error) class of status code indicates that the client seems to have erred.",
    )
}

/// Credentials stay where they belong.
pub(super) fn confidential() -> Promise {
    standard(
        Level::Should,
        "CWE-209",
        "The product generates an error message that includes sensitive information about its environment, users, or associated data.",
    )
}

/// Shared caches keep no answer of one tenant for another.
pub(super) fn shared_cache() -> Promise {
    standard(
        Level::Must,
        "RFC 9111, 3.5",
        "A shared cache MUST NOT use a cached response to a request with an Authorization header field to satisfy any subsequent request unless the response contains a Cache-Control field that allows it to be stored by a shared cache.",
    )
}

/// Validators change with the representation.
pub(super) fn validators() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 8.8.1",
        "A strong validator is representation metadata that changes value whenever a change occurs to the representation data that would be observable in the content of a 200 (OK) response to GET.",
    )
}

/// What keeps an answer out of shared caches where the credential is none that HTTP knows.
pub(super) fn private() -> Promise {
    standard(
        Level::Must,
        "RFC 9111, 5.2.2.7",
        "The unqualified private response directive indicates that a shared cache MUST NOT store the response (i.e., the response is intended for a single user).",
    )
}

/// Caches guess a time where none is given.
pub(super) fn heuristic_freshness() -> Promise {
    standard(
        Level::Should,
        "RFC 9111, 4.2.2",
        "Since origin servers do not always provide explicit expiration times, a cache MAY assign a heuristic expiration time when an explicit time is not specified, employing algorithms that use other field values (such as the Last-Modified time) to estimate a plausible expiration time.",
    )
}

/// Weak validators change when the old answer will not do any more.
pub(super) fn weak_validators() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 8.8.1",
        "An origin server SHOULD change a weak entity tag whenever it considers prior representations to be unacceptable as a substitute for the current representation.",
    )
}

/// A tag that matches nothing is no reason for 304.
pub(super) fn none_match() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 13.1.2",
        "If the field value is a list of entity tags, the condition is false if one of the listed tags matches the entity tag of the selected representation.",
    )
}

/// Integers that are exact everywhere; those beyond may be.
pub(super) fn json_range() -> Promise {
    standard(
        Level::May,
        "RFC 8259, 6",
        "Note that when such software is used, numbers that are integers and are in the range [-(2**53)+1, (2**53)-1] are interoperable in the sense that implementations will agree exactly on their numeric values.",
    )
}
