//! Every diagnostic is reported, at its place, and all at once.

use ringtrue::__cli::contract::lint;

use super::support::{Folder, document};

const ACME: &str = include_str!("../fixtures/acme/openapi.yaml");
const BALANCE: &str = include_str!("../fixtures/acme/balance.json");

fn acme(edits: &[(&str, &str)]) -> Vec<String> {
    let mut text = ACME.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from} is not in the fixture");
        text = text.replacen(from, to, 1);
    }
    Folder::of(&[("openapi.yaml", &text), ("balance.json", BALANCE)]).diagnostics()
}

#[test]
fn fixture_has_no_diagnostics() {
    assert_eq!(acme(&[]), Vec::<String>::new());
}

#[test]
fn unreadable_extension_gives_no_diagnostics_of_what_refers_to_it() {
    let found = acme(&[("grade: primary, document: acme", "grade: first, document: acme")]);
    // The fixture uses this promise in several places.
    assert!(!found.is_empty() && found.iter().all(|found| found.contains("unknown value `first`")), "{found:?}");
}

#[test]
fn words_of_earlier_versions_are_read() {
    let edits = [
        ("grade: primary, document: acme", "grade: seed, document: acme"),
        ("kind: cached", "kind: kept"),
        ("remaining_repeated", "remaining_again"),
    ];
    assert_eq!(acme(&edits), Vec::<String>::new());
}

/// Each edit of the fixture makes one diagnostic; where and which.
#[test]
fn single_edit_gives_its_diagnostic() {
    let cases: &[(&str, &str, &str)] = &[
        ("scheme: key", "scheme: lock", "openapi.yaml:13:13: no security scheme is called `lock`"),
        ("error_code: /code\n", "\n", "`error_code` is missing: say where"),
        (
            "{response: \"401\", code: MISSING",
            "{response: \"403\", code: MISSING",
            "no operation documents a response `403`",
        ),
        ("code: MISSING, example", "code: ABSENT, example", "does not say `ABSENT` at `/code`"),
        ("example: invalid,", "example: other,", "has no example `other` (it has: empty, invalid, missing)"),
        (
            "response: NotFound",
            "response: Gone",
            "components.responses has no `Gone` (it has: Failed, NotFound, Refused)",
        ),
        ("status: 402,", "status: 302,", "the response `4XX` does not document the status 302"),
        ("min_ttl_ms: 60000", "min_ttl_ms: 600000", "`min_ttl_ms` 600000 is more than `max_ttl_ms` 300000"),
        ("kind: cached", "kind: none", "a TTL needs the kind `cached` or `permitted`"),
        (
            "kind: cached",
            "kind: keep",
            "openapi.yaml:23:13: unknown value `keep`, expected one of `cached`, `permitted`, `none`",
        ),
        ("invalidated_by: {spend:", "invalidated_by: {refresh:", "no operation has this role"),
        ("version: 1\n", "version: 2\n", "the version of the extension is 1"),
        (
            "grade: primary, document: acme",
            "grade: observed, document: acme",
            "a promise with the grade `observed` is at most a `may`: write `may`, or quote a source with the grade \
             `primary`, `documentation`, `standard` (at #/x-conformance/credential/required/level)",
        ),
        ("document: acme", "document: acne", "the source `acne` is not declared"),
        ("quote: A key is needed.", "quote: ''", "the quote is empty"),
        ("role: spend", "role: balance", "only an operation with `role: spend` has a cost"),
        ("role: spend", "role: balance", "the operation getCredits has this role already"),
        ("role: balance", "role: balances", "unknown value `balances`"),
        (
            "pointer: /rows/*/left",
            "pointer: /rows/*/right",
            "no example of a successful response of getCredits has anything at `/rows/*/right`",
        ),
        ("{header: X-Left}", "{header: X-Right}", "documents the header `X-Right`"),
        ("{header: X-Left}", "{header: X-Left, pointer: /total}", "not several"),
        ("{header: X-Left}", "{}", "say where the amount stands, by one of `pointer`"),
        ("[getCredits, createJob]", "[getCredits, createJobs]", "no operation has the operationId `createJobs`"),
        ("body.total == sum", "body.total != sum", "it does not hold for the example `some` of getCredits"),
        ("body.total == sum", "body.all == sum", "it cannot be evaluated"),
        ("body.total == sum(", "body.total == = sum(", "no CEL"),
        ("id: media-type", "id: total-is-sum", "another invariant is called `total-is-sum` already"),
        ("amount: \"1\"", "amount: one", "`one` is no amount"),
        ("body.cost == 0", "body.price == 0", "it cannot be evaluated"),
        ("mode: open", "mode: closed", "`allowed` has no effect when `mode` is `closed`"),
        ("tenant: {in: credential}", "tenant: {in: query, name: shop, form: x}", "`form` must contain `{tenant}`"),
        (
            "tenant: {in: credential}",
            "tenant: {in: query, name: shop, form: 'x{tenant}'}",
            "the tenant is identified by a query parameter or by the credential, not by both",
        ),
        (
            "          remaining: {pointer: /rows/*/left}\n          total",
            "          total",
            "a total alone does not say what is left",
        ),
        (
            "total: {pointer: /total}",
            "total: {pointer: /total}\n          allowed: {path: '$.rows[*].left', absent: zero}",
            "a flag is in one place: write an `expression`",
        ),
        (
            "total: {pointer: /total}",
            "total: {pointer: /total}\n          allowed: {pointer: /rows/*/left}",
            "a flag is in one place: write an `expression`",
        ),
        ("{total: 5, rows", "{total: five, rows", "openapi.yaml:59:39: the example does not fit its schema"),
        (
            "operationId: createJob",
            "operationId: getCredits",
            "the operationId `getCredits` is taken by the operation at #/paths/~1credits/get",
        ),
        ("{name: kind, in: path", "{name: sort, in: path", "the path parameter `kind` is not declared"),
        ("$ref: \"balance.json\"", "$ref: \"balances.json\"", "`balances.json`: there is no such file"),
        ("  - key: []", "  - keys: []", "no security scheme is called `keys`"),
        ("security:\n  - key: []", "security: []", "no operation requires the credential"),
        ("scheme: bearer", "scheme2: bearer", "has no place in a request"),
        ("prefix: ak_", "prefx: ak_", "openapi.yaml:14:12: unknown key `prefx`, expected one of"),
        ("mode: open, ", "", "missing key `mode`"),
    ];
    for (from, to, expected) in cases {
        let diagnostics = acme(&[(from, to)]);
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.contains(expected)), "{from} -> {to}: {diagnostics:#?}");
    }
}

/// The highest level of each grade loads, and the next higher one does not.
#[test]
fn promise_above_the_level_of_its_grade_is_refused() {
    let levels = ["may", "should", "must"];
    for (grade, highest) in [
        ("primary", "must"),
        ("documentation", "must"),
        ("standard", "must"),
        ("source-code", "should"),
        ("observed", "may"),
        ("inferred", "may"),
    ] {
        let highest = levels.iter().position(|level| *level == highest).unwrap();
        for (n, level) in levels.iter().enumerate() {
            let promise = format!("{{level: {level}, grade: {grade}, document: acme, quote: A key");
            let diagnostics = acme(&[("{level: must, grade: primary, document: acme, quote: A key", promise.as_str())]);
            if n <= highest {
                assert_eq!(diagnostics, Vec::<String>::new(), "{level} {grade}");
            } else {
                let expected = format!("a promise with the grade `{grade}` is at most a `{}`", levels[highest]);
                assert!(
                    diagnostics.iter().any(|diagnostic| diagnostic.contains(&expected)),
                    "{level} {grade}: {diagnostics:#?}"
                );
            }
        }
    }
}

#[test]
fn several_edits_give_all_their_diagnostics_at_once() {
    let diagnostics = acme(&[
        ("version: 1\n", "version: one\n"),
        ("prefix: ak_", "prefx: ak_"),
        ("kind: cached", "kind: keep"),
        ("- id: total-is-sum", "- idd: total-is-sum"),
        ("operations: [getCredits, createJob]", "operations: createJob"),
        ("role: balance", "roles: balance"),
        ("{cost: 1}", "{cost: one}"),
    ]);
    for expected in [
        "invalid type: string \"one\"",
        "`prefx`",
        "`keep`",
        "`idd`",
        "invalid type: string \"createJob\"",
        "`roles`",
        "\"number\"",
    ] {
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.contains(expected)), "{expected}: {diagnostics:#?}");
    }
    // Of a list that lost an element, the later ones are still found at their own place.
    assert!(
        diagnostics.iter().any(|diagnostic| diagnostic.contains("#/x-conformance/invariants/1/operations")),
        "{diagnostics:#?}"
    );
}

#[test]
fn invalid_schema_or_example_of_a_plain_document_is_reported() {
    let text = document(
        "    Bad:
      type: strin
      pattern: '(['
      minLength: -1
      required: true
      properties: {a: 5, b: {$ref: '#/components/schemas/Gone'}}
    Chicken: {$ref: '#/components/schemas/Egg'}
    Egg: {allOf: [{$ref: '#/components/schemas/Chicken'}]}
    Deep: {properties: {x: {type: integer, examples: [1, two]}}}
",
    )
    .replace("{$ref: '#/components/schemas/Balance'}", "{allOf: [{$ref: '#/components/schemas/Bad'}, {$ref: '#/components/schemas/Chicken'}, {$ref: '#/components/schemas/Deep'}]}");
    let diagnostics = Folder::yaml(&text).diagnostics();
    for expected in [
        "`type` takes one of",
        "`([` is no regular expression",
        "`minLength` takes a whole number",
        "`required` takes a list",
        "a schema is an object",
        "the reference `#/components/schemas/Gone` leads nowhere: there is nothing at `#/components/schemas/Gone`: `#/components/schemas` has no `Gone` (found there: Balance, Bad, Chicken, Egg, Deep)",
        "the schema refers to itself for the same value",
        "the example does not fit its schema",
    ] {
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.contains(expected)), "{expected}: {diagnostics:#?}");
    }
}

#[test]
fn plain_document_with_warnings_still_loads() {
    let text =
        document("").replace("{credits: 5}", "{credits: five}").replace("description: The balance", "description: 1");
    let folder = Folder::yaml(&text);
    assert!(!folder.lint().is_clean());
    folder.load().unwrap();
    // A reference that leads nowhere takes something away that nobody can put back.
    let folder = Folder::yaml(&text.replace("'#/components/schemas/Balance'", "'#/components/schemas/Gone'"));
    let error = folder.load().unwrap_err();
    assert_eq!(error.diagnostics.len(), 1, "{error}");
    assert!(error.to_string().starts_with("load the contract `"), "{error}");
}

#[test]
fn missing_contract_is_reported() {
    for (path, expected) in [
        ("no-such-contract", "no bundled contract, file or folder has this name"),
        ("/dev/null", "not a regular file"),
        ("", "no bundled contract"),
    ] {
        let diagnostics = lint(path).diagnostics;
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.message.contains(expected)), "{path}: {diagnostics:?}");
    }
    let folder = Folder::of(&[("readme.md", "nothing")]);
    assert!(folder.lint().diagnostics[0].message.contains("the folder holds none of openapi.yaml"));
}

/// The short forms of a small contract, each edited so that one line is wrong: the diagnostic shows the line to write.
#[test]
fn diagnostic_of_a_short_form_shows_the_line_to_write() {
    const SMALL: &str = "openapi: 3.1.0
info: {title: Small, version: '1'}
servers: [{url: 'https://api.small.example'}]
security: [{key: []}]
x-conformance:
  sources: {docs: 'https://docs.small.example'}
  credential: {required: A key is needed.}
  error_code: /code
  conditions:
    credential: {response: 401, code: 1004, promise: '1004: the key is wrong'}
    backend.down: {response: 503}
paths:
  /credits:
    get:
      operationId: getCredits
      x-conformance: {role: balance, fields: {remaining: /credits}}
      responses:
        '200': {description: Credits, content: {application/json: {schema: {type: object, required: [credits], properties: {credits: {type: number}}}, example: {credits: 5}}}}
        '401': {description: No key, content: {application/json: {example: {code: 1004}}}}
        '503': {description: Down}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
";
    let lint = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from} is not in the contract");
        Folder::yaml(&SMALL.replacen(from, to, 1)).diagnostics()
    };
    assert_eq!(lint("title: Small", "title: Small"), Vec::<String>::new());
    for (from, to, expected) in [
        (
            "required: A key is needed.",
            "required: {quote: Always, without exception, send a key.}",
            "write `quote: \"Always, without exception, send a key.\"` with quotes",
        ),
        ("type: number", "type: [number, 'null']", "add `unlimited: null`, `zero: null` or `unknown: null`"),
        ("code: 1004, promise", "code: 1005, promise", "does not say `1005` at `/code`, but `1004`"),
        ("code: 1004, promise", "code: [1004], promise", "a code is a string, a number or a boolean"),
        ("response: 503", "response: 200", "nothing tells the response to `backend.down` of getCredits from a success"),
        ("/credits}", "'$.rows[?@.usd].left'}", "selects nothing in the first example"),
        ("/credits}", "{expression: body.left}}", "it cannot be evaluated for the example"),
        ("/credits}", "{pointer: /credits, factor: x}}", "`x` is no factor"),
    ] {
        let found = lint(from, to);
        assert!(found.iter().any(|found| found.contains(expected)), "{from} -> {to}: {found:#?}");
    }
    // A part that does not parse voids nothing else.
    let found = lint("response: 503", "response: 503, stats: 503");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("unknown key `stats`"), "{found:#?}");
}

#[test]
fn mistake_below_a_condition_is_reported_in_its_line() {
    let found = acme(&[("code: MISSING, example", "cod: MISSING, example")]);
    let line = 1 + ACME.lines().position(|line| line.contains("code: MISSING, example")).unwrap();
    assert!(
        found.iter().any(|text| text.starts_with(&format!("openapi.yaml:{line}:")) && text.contains("`cod`")),
        "{found:?}"
    );
}

#[test]
fn status_of_a_condition_may_stand_in_quotes() {
    assert_eq!(acme(&[("status: 402,", "status: \"402\",")]), Vec::<String>::new());
}
