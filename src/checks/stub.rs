//! A ready-to-paste state handler, for a state that cannot be set up.

use crate::mock::State;

const LEAD: &str = "add to the state handler (POST, JSON in and out; see docs/server-testing.md):";

/// The lines of Python with which a handler supports a state.
#[must_use]
pub(super) fn handler(state: State) -> String {
    let body = match state {
        State::Account => {
            return format!(
                "{LEAD}\n    if message[\"state\"] == \"account\":\n        tenant, key = create_tenant(**params)\n        \
                 return {{\"ok\": True, \"values\": {{\"key\": key, \"tenant\": tenant}}}}"
            );
        }
        State::Balance => {
            "set_balance(params.get(\"key\") or params.get(\"tenant\"), params)  # behind the API, caches untouched"
        }
        State::KeyRevoked => "revoke(params[\"key\"])",
        State::KeyExpired => "expire(params[\"key\"])",
        State::BackendDown => "fail_store(params.get(\"tenant\"), on=message[\"action\"] == \"setup\")",
        State::RateLimited => {
            "limit(params.get(\"tenant\"), on=message[\"action\"] == \"setup\", retry_after=params.get(\"retry_after_s\"))"
        }
        State::Clock => "advance_clock(ms=params[\"advance_ms\"])",
        State::JobsSettled => "settle_jobs(params.get(\"key\") or params.get(\"tenant\"), params[\"outcome\"])",
    };
    format!("{LEAD}\n    if message[\"state\"] == \"{state}\":\n        {body}\n        return {{\"ok\": True}}")
}
