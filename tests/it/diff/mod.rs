//! Comparing two contracts: what breaks a client of the old one.

use ringtrue::__cli::contract::{self, Contract};
use ringtrue::__cli::diff::{Difference, Effect};
use serde_json::Value;

const ACME: &str = include_str!("../../../examples/contracts/acme/openapi.yaml");
const SCHEMA: &str = include_str!("../../../schemas/difference.schema.json");

fn read(text: &str) -> Contract {
    // The examples of an edited contract need not fit any more.
    contract::in_memory("acme", "openapi.yaml", text).0.unwrap()
}

/// The contract with one text replaced, which occurs once.
fn with(from: &str, to: &str) -> Contract {
    assert_eq!(ACME.matches(from).count(), 1, "{from}");
    read(&ACME.replace(from, to))
}

/// An edit, the change that it is, and what it means for a client and for a server that are left as they are.
type Case = (&'static str, &'static str, &'static str, Effect, Effect);

const CASES: &[Case] = &[
    ("https://api.acme.example\n", "https://new.acme.example\n", "server.moved", Effect::Breaking, Effect::Compatible),
    ("name: X-Acme-Key", "name: X-Key", "credential.moved", Effect::Breaking, Effect::Breaking),
    ("name: X-Acme-Key", "name: x-acme-key", "", Effect::Compatible, Effect::Compatible),
    ("prefix: ak_", "prefix: bk_", "credential.prefix", Effect::Check, Effect::Check),
    (
        "remaining: {pointer: /limit, minus: /used}",
        "remaining: {pointer: /limit}",
        "locator.moved",
        Effect::Breaking,
        Effect::Breaking,
    ),
    ("          total: /limit\n", "", "locator.removed", Effect::Breaking, Effect::Compatible),
    ("max_ttl_ms: 30000", "max_ttl_ms: 60000", "caching.server.longer", Effect::Breaking, Effect::Compatible),
    ("max_ttl_ms: 30000", "max_ttl_ms: 10000", "caching.server.shorter", Effect::Compatible, Effect::Breaking),
    (
        "      kind: permitted\n      max_ttl_ms: 30000",
        "      kind: none",
        "caching.server.shorter",
        Effect::Compatible,
        Effect::Breaking,
    ),
    ("      max_ttl_ms: 30000\n", "", "caching.server.longer", Effect::Breaking, Effect::Compatible),
    (
        "    mode: closed\n",
        "    mode: open\n    allowed: true\n",
        "failure.changed",
        Effect::Breaking,
        Effect::Breaking,
    ),
    ("amount: \"2\"", "amount: \"3\"", "cost.changed", Effect::Breaking, Effect::Compatible),
    ("amount: \"2\"", "amount: \"1\"", "cost.changed", Effect::Compatible, Effect::Breaking),
    ("body.used <= body.limit", "body.used < body.limit", "invariant.changed", Effect::Check, Effect::Check),
    ("        free: Reading the balance is free.\n", "", "promise.withdrawn", Effect::Breaking, Effect::Compatible),
    (
        "free: Reading the balance is free.",
        "free: {level: should, quote: Reading the balance is free.}",
        "promise.weakened",
        Effect::Check,
        Effect::Compatible,
    ),
    (
        "limit: {type: integer}",
        "limit: {type: [integer, \"null\"]}",
        "type.nullable",
        Effect::Breaking,
        Effect::Compatible,
    ),
    ("limit: {type: integer}", "limit: {type: number}", "type.widened", Effect::Breaking, Effect::Compatible),
    ("limit: {type: integer}", "limit: {type: string}", "type.changed", Effect::Breaking, Effect::Breaking),
    (
        "limit: {type: integer}",
        "limit: {type: integer, minimum: 0}",
        "limit.narrowed",
        Effect::Compatible,
        Effect::Breaking,
    ),
    (
        "limit: {type: integer}",
        "limit: {type: integer, enum: [100]}",
        "enum.closed",
        Effect::Compatible,
        Effect::Breaking,
    ),
    ("required: [limit, used]", "required: [limit]", "member.optional", Effect::Breaking, Effect::Compatible),
    (
        "                  used: {type: integer}\n",
        "                  used: {type: integer}\n                  plan: {type: string}\n",
        "member.added",
        Effect::Compatible,
        Effect::Compatible,
    ),
    ("required: [scene]", "required: [scene, size]", "member.required", Effect::Breaking, Effect::Compatible),
    (
        "scene: {type: string}\n",
        "scene: {type: string}\n                size: {type: string}\n",
        "member.added",
        Effect::Compatible,
        Effect::Compatible,
    ),
    (
        "scene: {type: string}\n",
        "scene: {type: string, maxLength: 10}\n",
        "limit.narrowed",
        Effect::Breaking,
        Effect::Compatible,
    ),
    (
        "scene: {type: string}\n",
        "scene: {type: [string, integer]}\n",
        "type.widened",
        Effect::Compatible,
        Effect::Breaking,
    ),
    ("scene: {type: string}\n", "scene: {enum: [teapot]}\n", "enum.closed", Effect::Breaking, Effect::Compatible),
    (
        "        required: true\n        content:",
        "        required: false\n        content:",
        "",
        Effect::Compatible,
        Effect::Breaking,
    ),
    ("  /credits:\n", "  /credit:\n", "operation.moved", Effect::Breaking, Effect::Breaking),
    ("        \"201\":\n", "        \"202\":\n", "response.status", Effect::Breaking, Effect::Breaking),
    (
        "              required: true\n              schema: {type: string, pattern",
        "              schema: {type: string, pattern",
        "header.optional",
        Effect::Breaking,
        Effect::Compatible,
    ),
];

#[test]
fn change_has_the_effect_that_it_has_on_clients_and_servers() {
    let old = read(ACME);
    for (from, to, id, effect, servers) in CASES {
        let difference = Difference::of(&old, &with(from, to));
        let worst = difference.changes.iter().map(|change| change.effect).min().unwrap_or(Effect::Compatible);
        assert_eq!(worst, *effect, "{from} → {to}: {}", difference.to_text());
        let found = difference.changes.iter().map(|change| change.server).min().unwrap_or(Effect::Compatible);
        assert_eq!(found, *servers, "{from} → {to}, servers: {}", difference.to_text());
        assert_eq!(difference.breaks(), [effect, servers].contains(&&Effect::Breaking), "{from} → {to}");
        let found = difference.changes.iter().any(|change| change.id == *id && change.effect == *effect);
        assert!(found || id.is_empty(), "{from} → {to}: no {id}: {}", difference.to_text());
    }
}

#[test]
fn what_was_added_for_clients_is_what_an_old_server_may_lack() {
    let more = with(
        "  invariants:\n",
        "  invariants:\n    - {id: limited, operations: [getCredits], expression: body.limit < 100000, promise: Limits are below 100000.}\n",
    );
    let difference = Difference::of(&read(ACME), &more);
    let [change] = difference.changes.as_slice() else { panic!("{}", difference.to_text()) };
    assert_eq!((change.id, change.effect, change.server), ("invariant.added", Effect::Compatible, Effect::Breaking));
    assert!(difference.breaks());
    assert!(difference.to_text().starts_with("breaks a server\n"), "{}", difference.to_text());
    let former = Difference::of(&more, &read(ACME));
    let [change] = former.changes.as_slice() else { panic!("{}", former.to_text()) };
    assert_eq!(
        (change.id, change.effect, change.server),
        ("invariant.withdrawn", Effect::Breaking, Effect::Compatible)
    );
}

/// Each change with its effect on clients, without those of shapes.
fn effects(old: &Contract, new: &Contract) -> Vec<String> {
    let changes = Difference::of(old, new).changes;
    changes.iter().map(|change| format!("{} {} {}", change.effect, change.id, change.about)).collect()
}

#[test]
fn markers_factors_and_ways_to_the_amount_are_compared() {
    let total = |locator: &str| with("          total: /limit\n", &format!("          total: {locator}\n"));
    let plain = total("{pointer: /limit}");
    let marked = total("{pointer: /limit, unlimited: [-1]}");
    assert_eq!(effects(&plain, &marked), ["breaking locator.marker-added total"]);
    assert_eq!(effects(&marked, &plain), ["check locator.marker-removed total"]);
    let cents = total("{pointer: /limit, factor: \"0.01\"}");
    assert_eq!(effects(&plain, &cents), ["breaking locator.factor total"]);
    let computed = total("{expression: body.limit * 2}");
    assert_eq!(effects(&plain, &computed), ["breaking locator.moved total"]);
    assert_eq!(effects(&computed, &total("{expression: body.limit * 3}")), ["breaking locator.moved total"]);
    let none = total("{pointer: /limit, absent: unlimited}");
    assert_eq!(effects(&plain, &none), ["breaking locator.marker-added total"]);
}

#[test]
fn answers_that_are_as_right_are_compared_as_a_whole() {
    let answer = r#"{response: "402", code: no_credits, promise: "At zero, renders are refused with 402 no_credits."}"#;
    let two = with(answer, &format!(r#"[{answer}, {{response: "401", code: no_key, promise: Or 401.}}]"#));
    let one = read(ACME);
    assert_eq!(effects(&one, &two), ["breaking condition.answer-added exhausted"]);
    assert_eq!(effects(&two, &one), ["compatible condition.answer-removed exhausted"]);
    assert!(effects(&two, &two).is_empty());
    let told = with(answer, &answer.replace("code:", "when: has(body.error), code:"));
    assert_eq!(effects(&one, &told), ["check condition.when exhausted"]);
}

#[test]
fn success_in_the_body_and_the_order_of_conditions_are_compared() {
    let top = |line: &str| with("  error_code: /error/code\n", &format!("  error_code: /error/code\n{line}"));
    let flagged = top("  success: body.ok == true\n");
    let found = effects(&read(ACME), &flagged);
    assert!(!found.is_empty() && found.iter().all(|change| change == "breaking success.changed success"), "{found:?}");
    let order = |order: &str| top(&format!("  precedence: {{order: [{order}], promise: In this order.}}\n"));
    let (one, other) = (order("credential.missing, exhausted"), order("exhausted, credential.missing"));
    assert_eq!(effects(&one, &other), ["breaking precedence.changed precedence"]);
    assert_eq!(
        effects(&one, &order("credential.missing, credential.unknown, exhausted")),
        ["check precedence.changed precedence"]
    );
    assert_eq!(effects(&one, &read(ACME)), ["breaking promise.withdrawn precedence"]);
}

#[test]
fn status_of_a_condition_is_compared() {
    let moved =
        ACME.replace("response: \"402\"", "response: \"403\"").replace("        \"402\":\n", "        \"403\":\n");
    let difference = Difference::of(&read(ACME), &read(&moved));
    let change = difference.changes.iter().find(|change| change.id == "condition.status").unwrap();
    assert_eq!((change.effect, change.about.as_str()), (Effect::Breaking, "exhausted"));
    assert_eq!((change.old.as_str(), change.new.as_str()), ("402 `no_credits`", "403 `no_credits`"));
    assert_eq!(change.operation.as_deref(), Some("POST /renders"));
    assert_eq!(change.promised.as_ref().unwrap().quote, "At zero, renders are refused with 402 no_credits.");
}

#[test]
fn code_of_a_condition_is_compared() {
    let difference = Difference::of(&read(ACME), &read(&ACME.replace("no_key", "absent_key")));
    let change = difference.changes.iter().find(|change| change.id == "condition.code").unwrap();
    assert_eq!((change.effect, change.about.as_str()), (Effect::Breaking, "credential.missing"));
    let without: String =
        ACME.lines().filter(|line| line.trim() != "code: no_key").map(|line| format!("{line}\n")).collect();
    assert!(Difference::of(&read(ACME), &read(&without)).breaks());
    let promised_now = Difference::of(&read(&without), &read(ACME));
    assert!(promised_now.changes.iter().all(|change| change.effect != Effect::Breaking), "{}", promised_now.to_text());
}

#[test]
fn code_of_an_error_that_moves_breaks_a_client() {
    let promised = |line: &&str| ["code: no_", "code: bad_"].iter().any(|code| line.trim().starts_with(code));
    let plain: String = ACME.lines().filter(|line| !promised(line)).map(|line| format!("{line}\n")).collect();
    for (to, id) in [("  error_code: /code\n", "error-code.moved"), ("", "error-code.removed")] {
        let difference = Difference::of(&read(&plain), &read(&plain.replace("  error_code: /error/code\n", to)));
        assert!(
            difference.breaks() && difference.changes.iter().any(|change| change.id == id),
            "{}",
            difference.to_text()
        );
    }
}

#[test]
fn what_only_a_should_promised_is_to_be_checked_and_what_a_may_promised_is_free() {
    let level = |level: &str| {
        ACME.replace(
            "promise: A render costs 2 credits.",
            &format!("promise: {{level: {level}, quote: A render costs 2 credits.}}"),
        )
    };
    for (word, effect) in [("must", Effect::Breaking), ("should", Effect::Check), ("may", Effect::Compatible)] {
        let old = level(word);
        let new = old.replace("amount: \"2\"", "amount: \"3\"");
        let difference = Difference::of(&read(&old), &read(&new));
        let change = difference.changes.iter().find(|change| change.id == "cost.changed").unwrap();
        assert_eq!(change.effect, effect, "{word}");
    }
}

#[test]
fn rule_for_clients_breaks_those_that_cache_longer_and_those_that_did_not_cache() {
    let rule = |text: &str| {
        let promise = "promise: {level: must, grade: primary, document: acme, quote: Cache it.}";
        let rule =
            if text.is_empty() { String::new() } else { format!("  caching:\n    client: {{{text}, {promise}}}\n") };
        read(&ACME.replace("  caching:\n", if text.is_empty() { "  caching:\n" } else { &rule }))
    };
    let effect = |old: &str, new: &str| {
        let changes = Difference::of(&rule(old), &rule(new)).changes;
        changes.iter().filter(|change| change.about.starts_with("caching, client")).map(|change| change.effect).min()
    };
    let (minute, hour) = ("kind: permitted, max_ttl_ms: 60000", "kind: permitted, max_ttl_ms: 3600000");
    assert_eq!(effect(hour, minute), Some(Effect::Breaking));
    assert_eq!(effect(minute, hour), Some(Effect::Compatible));
    assert_eq!(effect("", "kind: none"), Some(Effect::Breaking));
    assert_eq!(effect(hour, ""), Some(Effect::Compatible));
    assert_eq!(effect(minute, "kind: cached, min_ttl_ms: 60000, max_ttl_ms: 60000"), Some(Effect::Breaking));
    assert_eq!(effect(minute, minute), None);
}

#[test]
fn enum_values_and_lists_in_nested_and_recursive_schemas_are_compared_once() {
    let document = |status: &str, row: &str| {
        read(&format!(
            r##"{{"openapi":"3.1.0","info":{{"title":"t","version":"1"}},"paths":{{"/c":{{"get":{{"operationId":"c","responses":{{"200":{{"description":"","content":{{
            "application/json":{{"schema":{{"$ref":"#/components/schemas/Node"}}}}}}}}}}}}}}}},
            "components":{{"schemas":{{"Node":{{"type":"object","required":["status"],"properties":{{
                "status":{{"enum":{status}}},"rows":{{"type":"array","items":{row}}},"next":{{"$ref":"#/components/schemas/Node"}}}}}}}}}}}}"##
        ))
    };
    let text = |old: &Contract, new: &Contract| {
        let changes = Difference::of(old, new).changes;
        changes.iter().map(|change| format!("{} {} {}", change.effect, change.id, change.about)).collect::<Vec<_>>()
    };
    let old = document(r#"["active","paused"]"#, r#"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#);
    let added = document(r#"["active","paused","frozen"]"#, r#"{"type":["integer","null"]}"#);
    assert_eq!(text(&old, &added), ["breaking enum.value-added response 200 application/json /status"]);
    assert_eq!(text(&added, &old), ["compatible enum.value-removed response 200 application/json /status"]);
    let rows = document(r#"["active","paused"]"#, r#"{"type":["string","null"]}"#);
    assert_eq!(text(&old, &rows), ["breaking type.changed response 200 application/json /rows/*"]);
}

#[test]
fn contract_does_not_differ_from_itself() {
    for name in contract::bundled() {
        let contract = Contract::load(&name).unwrap();
        let difference = Difference::of(&contract, &contract);
        assert!(difference.changes.is_empty(), "{}", difference.to_text());
    }
}

#[test]
fn difference_of_every_pair_of_contracts_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let contracts: Vec<Contract> = crate::with_paid_calls().iter().map(|name| Contract::load(name).unwrap()).collect();
    for old in &contracts {
        for new in &contracts {
            let difference = Difference::of(old, new);
            let value: Value = serde_json::from_str(&difference.to_json()).unwrap();
            assert!(validator.is_valid(&value), "{value:#}");
            assert_eq!(difference.breaks(), old.name() != new.name(), "{}", difference.to_text());
        }
    }
}
