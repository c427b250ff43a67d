//! Decides under which contracts a fault makes a difference.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::contract::{
    CacheKind, Condition, Contract, CredentialPlace, Encoding, FailureMode, Fields, Locator, Role, Schema, StatusRange,
    Tenant, message_pointers,
};
use crate::model::{decimal, is_representable};

/// Under every contract.
pub(super) fn always(_: &Contract) -> bool {
    true
}

/// Where callers present a credential.
pub(super) fn secured(contract: &Contract) -> bool {
    contract.credential.is_some()
}

/// Where callers present a credential in a header field.
pub(super) fn secured_by_field(contract: &Contract) -> bool {
    let place = contract.credential_place();
    place.is_some_and(|place| !matches!(place, CredentialPlace::Query { .. }))
}

/// Where the credential stands in a cookie.
pub(super) fn in_cookie(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Cookie { .. }))
}

/// Where the balance is asked for by GET.
pub(super) fn asks_by_get(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| operation.method == "GET")
}

/// Where the balance operation requires query parameters.
pub(super) fn has_required_query(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| operation.example_path.contains('?'))
}

/// Where a proxy names the tenant to the server in the query.
fn tenant_in_query(contract: &Contract) -> bool {
    contract.tenant != Tenant::Credential
}

/// Where there are amounts.
pub(super) fn amounts(contract: &Contract) -> bool {
    remaining(contract).is_some_and(|at| at.pointer.is_some())
}

/// Where amounts are JSON numbers, and read as they stand.
pub(super) fn native_amounts(contract: &Contract) -> bool {
    let native = |at: &Locator| at.header.is_none() && at.encoding == Encoding::Native;
    remaining(contract).is_some_and(native) && reads_members(contract)
}

/// Where it is said in which place an amount or a flag stands, and nothing is computed.
pub(super) fn reads_members(contract: &Contract) -> bool {
    tells(contract) && remaining(contract).is_none_or(|at| at.expression.is_none())
}

/// Where a path selects the amount.
pub(super) fn selects(contract: &Contract) -> bool {
    remaining(contract).is_some_and(|at| at.path.is_some())
}

/// Where amounts are read as they stand.
pub(super) fn read_amounts(contract: &Contract) -> bool {
    amounts(contract) && reads_members(contract)
}

/// Where the schema does not document `null` in place of the balance.
pub(super) fn null_breaks(contract: &Contract) -> bool {
    let at = remaining(contract).or_else(|| fields(contract)?.allowed.as_ref());
    let pointer = at.and_then(|at| at.pointer.as_deref()).unwrap_or_default().replace("/*", "/0");
    let schema = contract.operation(Role::Balance).and_then(|operation| {
        let response = operation.responses.iter().find(|response| response.status.contains(200))?;
        response.content.first()?.schema.as_ref()
    });
    reads_members(contract) && schema.is_none_or(|schema| !schema.documents_null(&pointer))
}

/// Where a body is more than one number.
pub(super) fn is_structured(contract: &Contract) -> bool {
    remaining(contract).is_none_or(|at| at.pointer.as_deref() != Some(""))
}

/// Where amounts may have a fraction.
pub(super) fn fractions(contract: &Contract) -> bool {
    amounts(contract) && is_written(contract, Decimal::new(5, 1))
}

/// Where amounts may have more than two decimals.
pub(super) fn fine_fractions(contract: &Contract) -> bool {
    amounts(contract) && is_written(contract, Decimal::new(125, 3))
}

/// Where amounts may exceed 32 bits.
pub(super) fn large_amounts(contract: &Contract) -> bool {
    amounts(contract) && is_written(contract, Decimal::from(2_147_483_648_u64))
}

/// Where amounts may exceed what a binary fraction holds exactly.
pub(super) fn huge_amounts(contract: &Contract) -> bool {
    amounts(contract) && is_written(contract, Decimal::from(9_007_199_254_740_993_u64))
}

/// Where amounts may be negative.
pub(super) fn negative_amounts(contract: &Contract) -> bool {
    amounts(contract) && is_written(contract, Decimal::NEGATIVE_ONE)
}

/// Whether a response may write this number, whatever it counts.
fn is_written(contract: &Contract, number: Decimal) -> bool {
    let factor = remaining(contract).and_then(|at| at.factor.as_deref()).and_then(decimal).unwrap_or(Decimal::ONE);
    number.checked_mul(factor).is_some_and(|credits| is_representable(contract, credits))
}

/// Where amounts are read as they stand, and count one credit each.
pub(super) fn plain_amounts(contract: &Contract) -> bool {
    amounts(contract) && remaining(contract).is_some_and(|at| at.factor.is_none())
}

/// Where it is said in which place an amount or a flag stands.
pub(super) fn tells(contract: &Contract) -> bool {
    amounts(contract) || flags(contract)
}

/// Where there is a flag.
pub(super) fn flags(contract: &Contract) -> bool {
    fields(contract).is_some_and(|fields| fields.allowed.is_some())
}

/// Where the balance may come with fields that are not documented.
pub(super) fn open_body(contract: &Contract) -> bool {
    let Some((schema, Value::Object(mut example))) = body(contract) else { return false };
    example.insert("x_undocumented".to_owned(), Value::Null);
    schema.accepts(&Value::Object(example))
}

/// Where the balance has several members, or may have further ones.
pub(super) fn order_shows(contract: &Contract) -> bool {
    let operation = contract.operation(Role::Balance);
    let response =
        operation.and_then(|operation| operation.responses.iter().find(|response| response.status.contains(200)));
    let example = response.and_then(|response| response.content.first()?.example()?.as_object());
    open_body(contract) || example.is_none_or(|members| members.len() > 1)
}

/// Where an example shows members of the balance, unless it is no object.
pub(super) fn shows_members(contract: &Contract) -> bool {
    let operation = contract.operation(Role::Balance);
    let response =
        operation.and_then(|operation| operation.responses.iter().find(|response| response.status.contains(200)));
    let example = response.and_then(|response| response.content.first()?.example()?.as_object());
    example.is_none_or(|members| !members.is_empty())
}

/// Where the status alone does not tell what happened.
pub(super) fn codes_decide(contract: &Contract) -> bool {
    let mut conditions = contract.operations.iter().flat_map(|operation| &operation.conditions);
    conditions.any(|(condition, answer)| {
        *condition == Condition::Exhausted
            && answer.code.is_some()
            && (answer.status.is_none() || answer.canonical_status != 402)
    })
}

/// Where a refused check has a code to tell.
pub(super) fn tells_codes(contract: &Contract) -> bool {
    fails_closed(contract) && shows_codes(contract, Role::Balance)
}

/// Where a refused paid call has a code to tell.
pub(super) fn tells_codes_of_paid_calls(contract: &Contract) -> bool {
    shows_codes(contract, Role::Spend)
}

fn shows_codes(contract: &Contract, role: Role) -> bool {
    let mut answers = contract.operation(role).into_iter().flat_map(|operation| operation.conditions.values());
    let pointer = contract.error_code.as_deref();
    answers.any(|answer| answer.example.as_ref().zip(pointer).is_some_and(|(body, at)| body.pointer(at).is_some()))
}

/// Where clients keep answers.
pub(super) fn keeps(contract: &Contract) -> bool {
    contract.caching.client.as_ref().is_some_and(|rule| rule.kind != CacheKind::None)
}

/// Where clients keep answers for some time at least.
pub(super) fn must_keep(contract: &Contract) -> bool {
    let rule = contract.caching.client.as_ref();
    rule.is_some_and(|rule| rule.kind == CacheKind::Cached || rule.min_ttl_ms.is_some_and(|least| least > 0))
}

/// Where clients keep flags.
pub(super) fn keeps_flags(contract: &Contract) -> bool {
    keeps(contract) && flags(contract)
}

/// Where clients keep answers by credential.
pub(super) fn keeps_by_credential(contract: &Contract) -> bool {
    keeps(contract) && secured(contract)
}

/// Where paid calls carry the credential.
pub(super) fn spends_by_credential(contract: &Contract) -> bool {
    secured(contract) && contract.operation(Role::Spend).is_some_and(|operation| operation.secured)
}

/// Where concurrent checks may share one request.
pub(super) fn shares_requests(contract: &Contract) -> bool {
    contract.caching.client.as_ref().is_none_or(|rule| rule.kind != CacheKind::None)
}

/// Where clients keep answers by tenant.
pub(super) fn keeps_by_tenant(contract: &Contract) -> bool {
    keeps(contract) && tenant_in_query(contract)
}

/// Where clients drop what they keep after a paid call.
pub(super) fn drops_on_spend(contract: &Contract) -> bool {
    contract.caching.client.as_ref().is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Spend))
}

/// Where a failed check means that use is allowed.
pub(super) fn fails_open(contract: &Contract) -> bool {
    contract.failure.as_ref().is_some_and(|failure| failure.mode == FailureMode::Open)
}

/// Where it does not.
pub(super) fn fails_closed(contract: &Contract) -> bool {
    !fails_open(contract)
}

/// Where the answer to a paid call says that the credits do not suffice.
pub(super) fn exhausts(contract: &Contract) -> bool {
    let spend = contract.operation(Role::Spend);
    spend.is_some_and(|operation| operation.conditions.contains_key(&Condition::Exhausted))
}

/// Where paid calls have a body, and checks of the balance have none.
pub(super) fn pays_with_body(contract: &Contract) -> bool {
    let required = |role| contract.operation(role).and_then(|op| op.request.as_ref()).is_some_and(|body| body.required);
    required(Role::Spend) && !required(Role::Balance)
}

/// Where a code tells missing credits from other refusals with the same status.
pub(super) fn exhausts_by_code(contract: &Contract) -> bool {
    let answer = contract.operation(Role::Spend).and_then(|operation| operation.conditions.get(&Condition::Exhausted));
    contract.error_code.is_some()
        && answer
            .is_some_and(|answer| answer.code.is_some() && matches!(answer.status, Some(StatusRange::Exact(400 | 403))))
}

/// Where there is a total beside what is left.
pub(super) fn has_total(contract: &Contract) -> bool {
    fields(contract).is_some_and(|fields| fields.total.is_some())
}

/// Where what is left is a sum of rows.
pub(super) fn has_rows(contract: &Contract) -> bool {
    remaining(contract).and_then(|at| at.pointer.as_deref()).is_some_and(|pointer| pointer.contains("/*"))
}

/// Where it is said what a check answers in trouble that has a class of its own.
pub(super) fn names_failures(contract: &Contract) -> bool {
    let classed = |condition: &Condition| {
        is_about_credential(*condition) || matches!(condition, Condition::Exhausted | Condition::RateLimited)
    };
    contract.operation(Role::Balance).is_some_and(|operation| operation.conditions.keys().any(classed))
}

fn is_about_credential(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::CredentialMissing
            | Condition::CredentialUnknown
            | Condition::CredentialRevoked
            | Condition::CredentialExpired
    )
}

/// Where 403 does not stand for a credential that is refused.
pub(super) fn forbids_by_403(contract: &Contract) -> bool {
    let roles = [Role::Balance, Role::Spend].into_iter().filter_map(|role| contract.operation(role));
    let answers = roles.flat_map(|operation| &operation.conditions).filter(|(name, _)| is_about_credential(**name));
    let mut each = answers.flat_map(|(_, answer)| answer.each());
    !each.any(|answer| answer.status == Some(StatusRange::Exact(403)))
}

/// Where the balance is a member of the body, which may be missing.
pub(super) fn may_be_missing(contract: &Contract) -> bool {
    tells(contract) && is_structured(contract) && remaining(contract).is_none_or(|at| at.absent.is_none())
}

/// Where a refusal for another reason than missing credits is documented with a code and a message.
pub(super) fn has_messages(contract: &Contract) -> bool {
    let roles = [Role::Balance, Role::Spend].into_iter().filter(|role| *role == Role::Spend || fails_closed(contract));
    let mut answers = roles.filter_map(|role| contract.operation(role)).flat_map(|operation| &operation.conditions);
    answers.any(|(condition, answer)| {
        let judged = !matches!(
            condition,
            Condition::Exhausted | Condition::RequestInvalid | Condition::PathUnknown | Condition::MethodUnknown
        );
        let told_by_code = judged && answer.code.is_some();
        let example = answer.example.as_ref().filter(|_| told_by_code);
        example.is_some_and(|body| !message_pointers(body, &answer.code_at).is_empty())
    })
}

/// Where failures of a check have statuses of their own.
pub(super) fn exact_failures(contract: &Contract) -> bool {
    let conditions = contract.operation(Role::Balance).map(|operation| &operation.conditions);
    conditions.is_some_and(|all| all.values().any(|answer| matches!(answer.status, Some(StatusRange::Exact(_)))))
}

/// Where rows repeat what is left.
pub(super) fn repeats_in_rows(contract: &Contract) -> bool {
    fields(contract).is_some_and(|fields| fields.remaining_repeated.iter().any(|again| in_rows(&again.at)))
}

/// Whether amounts stand in the rows of a list.
pub(super) fn in_rows(at: &Locator) -> bool {
    at.pointer.as_deref().is_some_and(|pointer| pointer.contains("/*"))
}

/// Where what is left is a difference.
pub(super) fn has_minus(contract: &Contract) -> bool {
    remaining(contract).is_some_and(|at| at.minus.is_some())
}

/// Where what is told stands at the top of a body.
pub(super) fn top_level(contract: &Contract) -> bool {
    let Some(Fields { remaining, allowed, .. }) = fields(contract) else { return false };
    let at = remaining.as_ref().or(allowed.as_ref()).and_then(|at| at.pointer.as_deref());
    at.is_some_and(|pointer| pointer.matches('/').count() == 1)
}

fn fields(contract: &Contract) -> Option<&Fields> {
    contract.operation(Role::Balance).map(|operation| &operation.fields)
}

fn remaining(contract: &Contract) -> Option<&Locator> {
    fields(contract)?.remaining.as_ref()
}

/// The schema of the balance, and an example of it.
fn body(contract: &Contract) -> Option<(&Schema, Value)> {
    let operation = contract.operation(Role::Balance)?;
    let response = operation.responses.iter().find(|response| response.status.contains(200))?;
    let content = response.content.first()?;
    Some((content.schema.as_ref()?, content.examples.first()?.1.clone()))
}
