//! A state handler to paste, for a state that cannot be set.

const LEAD: &str = "add to the state handler (POST, JSON in and out; see docs/server-testing.md):";

/// What a handler has to do for a state, as lines of Python to paste into one.
#[must_use]
pub(super) fn handler(state: &str) -> String {
    let body = match state {
        "account" => {
            return format!(
                "{LEAD}\n    if message[\"state\"] == \"account\":\n        tenant, key = create_tenant(**params)\n        \
                 return {{\"ok\": True, \"values\": {{\"key\": key, \"tenant\": tenant}}}}"
            );
        }
        "balance" => {
            "set_balance(params.get(\"key\") or params.get(\"tenant\"), params)  # behind the API, caches untouched"
        }
        "key.revoked" => "revoke(params[\"key\"])",
        "key.expired" => "expire(params[\"key\"])",
        "backend.down" => "fail_store(params.get(\"tenant\"), on=message[\"action\"] == \"setup\")",
        "rate.limited" => {
            "limit(params.get(\"tenant\"), on=message[\"action\"] == \"setup\", retry_after=params.get(\"retry_after_s\"))"
        }
        "clock" => "advance_clock(ms=params[\"advance_ms\"])",
        _ => "…",
    };
    format!("{LEAD}\n    if message[\"state\"] == \"{state}\":\n        {body}\n        return {{\"ok\": True}}")
}
