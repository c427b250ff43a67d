//! Promises of standards, which hold for every contract.

use crate::contract::{Grade, Level, Promise};

/// A promise of a standard.
fn standard(level: Level, document: &str, quote: &str) -> Promise {
    Promise { level, grade: Grade::Standard, document: document.to_owned(), quote: quote.to_owned() }
}

/// A body with a JSON media type is JSON.
pub(super) fn json_grammar() -> Promise {
    standard(Level::Must, "RFC 8259, 2", "A JSON text is a serialized value.")
}

/// JSON has no byte order mark.
pub(super) fn json_bom() -> Promise {
    standard(
        Level::Must,
        "RFC 8259, 8.1",
        "Implementations MUST NOT add a byte order mark (U+FEFF) to the beginning of a networked-transmitted JSON text.",
    )
}

/// JSON is encoded in UTF-8.
pub(super) fn json_utf8() -> Promise {
    standard(
        Level::Must,
        "RFC 8259, 8.1",
        "JSON text exchanged between systems that are not part of a closed ecosystem MUST be encoded using UTF-8.",
    )
}

/// Names in an object are unique.
pub(super) fn json_names() -> Promise {
    standard(Level::Should, "RFC 8259, 4", "The names within an object SHOULD be unique.")
}

/// The body has the declared length.
pub(super) fn content_length() -> Promise {
    standard(
        Level::Must,
        "RFC 9112, 6.3",
        "If a valid Content-Length header field is present without Transfer-Encoding, its decimal value defines the expected message body length in octets.",
    )
}

/// A response to HEAD has no body.
pub(super) fn head() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 9.3.2",
        "The HEAD method is identical to GET except that the server MUST NOT send content in the response.",
    )
}

/// Field names are case-insensitive.
pub(super) fn field_names() -> Promise {
    standard(Level::Must, "RFC 9110, 5.1", "Field names are case-insensitive.")
}

/// Unreserved characters may be percent-encoded.
pub(super) fn unreserved() -> Promise {
    standard(
        Level::Should,
        "RFC 3986, 2.3",
        "URIs that differ in the replacement of an unreserved character with its corresponding percent-encoded US-ASCII octet are equivalent: they identify the same resource.",
    )
}

/// Field values may contain bytes beyond ASCII.
pub(super) fn opaque_octets() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 5.5",
        "A recipient SHOULD treat other allowed octets in field content (i.e., obs-text) as opaque data.",
    )
}

/// A method that is not allowed gets 405.
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

/// A header that is too large gets a 4xx response.
pub(super) fn header_too_large() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 5.4",
        "A server that receives a request header field line, field value, or set of fields larger than it wishes to process MUST respond with an appropriate 4xx (Client Error) status code.",
    )
}

/// A target that is too long gets a 4xx response.
pub(super) fn target_too_long() -> Promise {
    standard(
        Level::Must,
        "RFC 9112, 3",
        "A server that receives a request-target longer than any URI it wishes to parse MUST respond with a 414 (URI Too Long) status code.",
    )
}

/// A request line that is not valid gets a 4xx response.
pub(super) fn invalid_request_line() -> Promise {
    standard(
        Level::Should,
        "RFC 9112, 3.2",
        "Recipients of an invalid request-line SHOULD respond with either a 400 (Bad Request) error or a 301 (Moved Permanently) redirect with the request-target properly encoded.",
    )
}

/// A message has one kind of framing only.
pub(super) fn one_framing() -> Promise {
    standard(
        Level::Must,
        "RFC 9112, 6.2",
        "A sender MUST NOT send a Content-Length header field in any message that contains a Transfer-Encoding header field.",
    )
}

/// A 405 response lists the methods.
pub(super) fn allow() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 15.5.6",
        "The origin server MUST generate an Allow header field in a 405 response containing a list of the target resource's currently supported methods.",
    )
}

/// Header fields match their grammar.
pub(super) fn retry_after_grammar() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 10.2.3",
        "The Retry-After field value can be either an HTTP-date or a number of seconds to delay after receiving the response.",
    )
}

/// Errors contain no credentials.
pub(super) fn confidential() -> Promise {
    standard(
        Level::Should,
        "CWE-209",
        "forbidden: The product generates an error message that includes sensitive information about its environment, users, or associated data.",
    )
}

/// Shared caches do not serve one tenant's response to another.
pub(super) fn shared_cache() -> Promise {
    standard(
        Level::Must,
        "RFC 9111, 3.5",
        "A shared cache MUST NOT use a cached response to a request with an Authorization header field to satisfy any subsequent request unless the response contains a Cache-Control field that allows it to be stored by a shared cache.",
    )
}

/// A strong validator changes with the representation.
pub(super) fn validators() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 8.8.1",
        "A strong validator is representation metadata that changes value whenever a change occurs to the representation data that would be observable in the content of a 200 (OK) response to GET.",
    )
}

/// A response to a credential that HTTP does not define needs `private`.
pub(super) fn private() -> Promise {
    standard(
        Level::Must,
        "RFC 9111, 5.2.2.7",
        "The unqualified private response directive indicates that a shared cache MUST NOT store the response (i.e., the response is intended for a single user).",
    )
}

/// Caches may choose a lifetime if none is given.
pub(super) fn heuristic_freshness() -> Promise {
    standard(
        Level::Should,
        "RFC 9111, 4.2.2",
        "Since origin servers do not always provide explicit expiration times, a cache MAY assign a heuristic expiration time when an explicit time is not specified, employing algorithms that use other field values (such as the Last-Modified time) to estimate a plausible expiration time.",
    )
}

/// A weak validator changes with the meaning of the representation.
pub(super) fn weak_validators() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 8.8.1",
        "An origin server SHOULD change a weak entity tag whenever it considers prior representations to be unacceptable as a substitute for the current representation.",
    )
}

/// An entity tag is in quotes.
pub(super) fn entity_tag_grammar() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 8.8.3",
        "entity-tag = [ weak ] opaque-tag; weak = %s\"W/\"; opaque-tag = DQUOTE *etagc DQUOTE",
    )
}

/// A tag that does not match is no reason for 304.
pub(super) fn none_match() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 13.1.2",
        "If the field value is a list of entity tags, the condition is false if one of the listed tags matches the entity tag of the selected representation.",
    )
}

/// Integers up to 2^53 - 1 are exact in all implementations.
pub(super) fn json_range() -> Promise {
    standard(
        Level::May,
        "RFC 8259, 6",
        "Note that when such software is used, numbers that are integers and are in the range [-(2**53)+1, (2**53)-1] are interoperable in the sense that implementations will agree exactly on their numeric values.",
    )
}

/// A declared capability exists.
pub(super) fn declared(capability: &str) -> Promise {
    standard(
        Level::Must,
        "adapter protocol, capabilities",
        &format!("`{capability}`: what is not declared is not applicable; what is declared and absent is a violation."),
    )
}

/// URLs contain no credentials.
pub(super) fn no_secret_in_url() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 17.9",
        "it is unwise to include information within a URI that is sensitive, personally identifiable, or a risk to disclose",
    )
}

/// Credentials are sent in the documented place only.
pub(super) fn confined() -> Promise {
    standard(
        Level::Should,
        "CWE-201",
        "forbidden: The code transmits data to another actor, but a portion of the data includes sensitive information that should not be accessible to that actor.",
    )
}

/// Credentials do not follow a redirect to another origin.
pub(super) fn no_secret_across_origins() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 15.4",
        "remove header fields that were not automatically generated by the implementation where there are security implications; this includes but is not limited to Authorization and Cookie",
    )
}

/// An unknown status is understood by its class.
pub(super) fn status_class() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 15",
        "a client MUST understand the class of any status code, as indicated by the first digit, and treat an unrecognized status code as being equivalent to the x00 status code of that class",
    )
}

/// A truncated response is incomplete.
pub(super) fn incomplete() -> Promise {
    standard(
        Level::Must,
        "RFC 9112, 8",
        "A client that receives an incomplete response message, which can occur when a connection is closed prematurely, MUST record the message as incomplete.",
    )
}

/// The chunked transfer coding is decoded.
pub(super) fn framing() -> Promise {
    standard(Level::Must, "RFC 9112, 7.1", "A recipient MUST be able to parse and decode the chunked transfer coding.")
}

/// A coded response is decoded.
pub(super) fn content_codings() -> Promise {
    standard(
        Level::Must,
        "RFC 9110, 12.5.3",
        "The \"Accept-Encoding\" header field can be used to indicate preferences regarding the use of content codings in responses.",
    )
}

/// A response is not coded if the request permits no coding.
pub(super) fn no_unacceptable_coding() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 12.5.3",
        "If an Accept-Encoding header field is present in a request and none of the available representations for the response have a content coding that is listed as acceptable, the origin server SHOULD send a response without any content coding unless the identity coding is indicated as unacceptable.",
    )
}

/// A charset parameter has no effect on JSON.
pub(super) fn charset() -> Promise {
    standard(
        Level::Should,
        "RFC 8259, 11",
        "No \"charset\" parameter is defined for this registration. Adding one really has no effect on compliant recipients.",
    )
}

/// Members of an object have no order.
pub(super) fn unordered() -> Promise {
    standard(Level::Must, "RFC 8259, 1", "An object is an unordered collection of zero or more name/value pairs")
}

/// `Retry-After` is respected.
pub(super) fn retry_after(level: Level) -> Promise {
    standard(
        level,
        "RFC 9110, 10.2.3",
        "Servers send the \"Retry-After\" header field to indicate how long the user agent ought to wait before making a follow-up request.",
    )
}

/// A GET request has no content.
pub(super) fn no_content_in_get() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 9.3.1",
        "A client SHOULD NOT generate content in a GET request unless it is made directly to an origin server that has previously indicated, in or out of band, that such a request has a purpose and will be adequately supported.",
    )
}

/// A failed retry is not retried.
pub(super) fn no_retries() -> Promise {
    standard(Level::Should, "RFC 9110, 9.2.2", "A client SHOULD NOT automatically retry a failed automatic retry.")
}

/// A request that is not idempotent is not retried.
pub(super) fn no_repeated_post() -> Promise {
    standard(
        Level::Should,
        "RFC 9110, 9.2.2",
        "A client SHOULD NOT automatically retry a request with a non-idempotent method unless it has some means to know that the request semantics are actually idempotent",
    )
}

/// The time-out of a client is respected.
pub(super) fn deadline() -> Promise {
    standard(Level::Must, "adapter protocol, open", "`timeout_ms`: the time that the client gives an exchange.")
}

/// The size of a response that a client reads is bounded.
pub(super) fn bounded() -> Promise {
    standard(
        Level::May,
        "CWE-770",
        "forbidden: The product allocates a reusable resource or group of resources on behalf of an actor without imposing any intended restrictions on the size or number of resources that can be allocated.",
    )
}

/// A response is fresh only while it is younger than its lifetime.
pub(super) fn freshness() -> Promise {
    standard(Level::May, "RFC 9111, 4.2", "response_is_fresh = (freshness_lifetime > current_age)")
}

/// Numbers beyond 64-bit floats are not interoperable.
pub(super) fn interoperable() -> Promise {
    standard(
        Level::May,
        "RFC 8259, 6",
        "good interoperability can be achieved by implementations that expect no more precision or range than these provide",
    )
}

/// The reports of a client agree with its requests.
pub(super) fn witnesses() -> Promise {
    standard(Level::Must, "adapter protocol, two witnesses", "A contradiction between the two is a finding.")
}
