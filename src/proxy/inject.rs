//! Faults that are put into responses on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rust_decimal::Decimal;

use crate::checks::{Class, classify};
use crate::contract::{Condition, Contract, FailureMode, Operation};
use crate::exchange::{Request, Response};
use crate::mock::behaviour::{EditView, OnConnection, ProviderBehaviour};
use crate::mock::{Reply, ServerFault, faults};
use crate::model::{BalanceValues, Decision, Deviation};

/// A fault, and how many of the responses that it changes get it.
#[derive(Debug, Clone, PartialEq)]
pub struct Injection {
    /// The name of the fault.
    pub fault: String,
    /// The share of responses, above 0 and up to 1.
    pub share: f64,
}

/// A fault that cannot be injected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InjectionError {
    /// The share is no number above 0 and up to 1.
    #[error("the share `{0}` is not a number above 0 and up to 1")]
    Share(String),
    /// There is no such fault.
    #[error("there is no fault `{0}`; `ringtrue list faults` shows all faults of servers")]
    Unknown(String),
    /// The fault makes no difference under the contract.
    #[error("the fault `{0}` makes no difference under this contract")]
    NoDifference(String),
    /// The fault is in what a server does, and not in its response.
    #[error(
        "the fault `{0}` is in what a server does and not in its responses; with `--upstream mock` and without a share it can be had"
    )]
    NotInResponse(String),
}

impl std::str::FromStr for Injection {
    type Err = InjectionError;

    /// Parses `FAULT` or `FAULT@SHARE`; a share is written as `0.2` or `20%`.
    fn from_str(text: &str) -> Result<Self, InjectionError> {
        let (fault, share) = text.split_once('@').map_or((text, None), |(fault, share)| (fault, Some(share)));
        let number = |share: &str| match share.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().map(|percent| percent / 100.0),
            None => share.parse(),
        };
        let share = match share {
            None => 1.0,
            Some(share) => number(share)
                .ok()
                .filter(|share| *share > 0.0 && *share <= 1.0)
                .ok_or_else(|| InjectionError::Share(share.to_owned()))?,
        };
        faults::find(fault).ok_or_else(|| InjectionError::Unknown(fault.to_owned()))?;
        Ok(Self { fault: fault.to_owned(), share })
    }
}

/// The faults to put into responses.
pub(super) struct Injector {
    contract: Arc<Contract>,
    faults: Vec<(ProviderBehaviour, f64)>,
    /// The number of responses so far.
    count: AtomicU64,
    seed: u64,
}

impl Injector {
    /// Prepares faults. With a mock behind the proxy, those that are not in responses are returned by name, for the mock.
    pub(super) fn new(
        contract: &Arc<Contract>,
        injections: &[Injection],
        has_mock: bool,
        seed: u64,
    ) -> Result<(Self, Vec<String>), InjectionError> {
        let mut injector = Self { contract: contract.clone(), faults: Vec::new(), count: AtomicU64::new(0), seed };
        let mut of_mock = Vec::new();
        for Injection { fault: name, share } in injections {
            let fault = faults::find(name).ok_or_else(|| InjectionError::Unknown(name.clone()))?;
            if !(fault.applies)(contract) {
                return Err(InjectionError::NoDifference(name.clone()));
            }
            match in_response(fault) {
                Some(behaviour) => injector.faults.push((behaviour, *share)),
                #[expect(clippy::float_cmp, reason = "1 is given by no share at all")]
                None if has_mock && *share == 1.0 => of_mock.push(name.clone()),
                None => return Err(InjectionError::NotInResponse(name.clone())),
            }
        }
        Ok((injector, of_mock))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The response with the faults whose turn it is; `None` if none changes it. The content is decoded.
    pub(super) fn apply(&self, operation: &Operation, request: &Request, response: &Response) -> Option<Reply> {
        let n = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let decision = decision(&self.contract, operation, response);
        let view = EditView {
            contract: &self.contract,
            request,
            operation: Some(operation),
            decision: decision.as_ref(),
            tenant: None,
            n,
            connection: OnConnection::default(),
        };
        let original = reply_of(response);
        let mut reply = original.clone();
        for (index, (behaviour, share)) in self.faults.iter().enumerate() {
            if chance(self.seed ^ (index as u64) << 56, n) < *share {
                behaviour.edit.iter().for_each(|edit| edit(&view, &mut reply));
            }
        }
        (reply != original).then_some(reply)
    }
}

impl std::fmt::Debug for Injector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Injector").field("faults", &self.faults.len()).finish_non_exhaustive()
    }
}

/// What a fault does to responses, if that is all it does.
fn in_response(fault: &ServerFault) -> Option<ProviderBehaviour> {
    let mut behaviour = ProviderBehaviour::default();
    (fault.install)(&mut behaviour);
    // The deviations of a model are functions, which can be told apart in their description only.
    let plain = format!("{:?}", behaviour.deviation) == format!("{:?}", Deviation::default());
    let only = plain && behaviour.admit.is_none() && !behaviour.case_sensitive_names && !behaviour.edit.is_empty();
    only.then_some(behaviour)
}

/// What the server decided, as its response shows it.
fn decision(contract: &Contract, operation: &Operation, response: &Response) -> Option<Decision> {
    match classify(contract, operation, response) {
        Class::Success => {
            let balance = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name));
            Some(Decision::Success { balance: balance.unwrap_or_default(), charged: Decimal::ZERO })
        }
        Class::Condition(Condition::BackendDown) => {
            let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
            let refused = Decision::Refused { condition: Condition::BackendDown, retry_after_s: None };
            Some(if open { Decision::FailOpen(true) } else { refused })
        }
        Class::Condition(condition) => Some(Decision::Refused { condition, retry_after_s: None }),
        Class::Other => None,
    }
}

/// A response as the faults of the mock change it: with text in its fields, and without its framing.
fn reply_of(response: &Response) -> Reply {
    let mut reply = Reply::empty(response.status);
    reply.body = response.body.clone();
    for (name, value) in &response.headers {
        if !matches!(
            name.as_str(),
            "content-length" | "transfer-encoding" | "content-encoding" | "connection" | "trailer"
        ) {
            reply.headers.push((name.clone(), String::from_utf8_lossy(value).into_owned()));
        }
    }
    reply
}

/// A number from 0 to 1 that depends on the seed and the number of the response alone (`SplitMix64`).
fn chance(seed: u64, n: u64) -> f64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit")]
    let number = ((z ^ (z >> 31)) >> 32) as f64;
    number / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Injection, chance};

    #[test]
    fn share_is_a_number_or_a_percentage() {
        let parsed = |text: &str| text.parse::<Injection>().map(|injection| injection.share);
        assert_eq!(parsed("status-202"), Ok(1.0));
        assert_eq!(parsed("status-202@0.2"), Ok(0.2));
        assert_eq!(parsed("status-202@20%"), Ok(0.2));
        for wrong in ["status-202@", "status-202@0", "status-202@1.5", "status-202@NaN", "status-202@-1", "no-such@0.1"]
        {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn chance_is_even_and_repeatable() {
        let hits = (0..10_000).filter(|n| chance(7, *n) < 0.2).count();
        assert!((1800..2200).contains(&hits), "{hits}");
        assert_eq!(chance(7, 3).to_bits(), chance(7, 3).to_bits());
    }
}
