//! Runs a check with exactly the needs that it declares, so that a test can see whether they suffice.

use std::sync::Arc;

use super::attempt::{RunContext, SubjectRef};
use super::error::RunError;
use super::options::RunOptions;
use super::report::CheckResult;
use super::selftest::SelftestHarness;
use super::server::transport;
use crate::checks::{CheckEntry, Need, Side};
use crate::client::{Capability, ClientBehaviour};
use crate::contract::{Contract, Role};
use crate::exchange::Redactor;
use crate::mock::{ProviderBehaviour, State};
use crate::model::BalanceValues;
use crate::subject::{ClientSubject, ServerSubject};

impl SelftestHarness {
    /// Runs a check on a conforming subject that offers exactly what the check declares to need: its states, its
    /// credentials, its permission to spend, its capabilities.
    ///
    /// # Errors
    /// If the mock server cannot listen on a loopback port.
    pub async fn judge_with_declared_needs(
        &self,
        contract: &Arc<Contract>,
        entry: &CheckEntry,
    ) -> Result<CheckResult, RunError> {
        let needs = entry.check.needs;
        let secrets = Redactor::default();
        if entry.check.side == Side::Client {
            let mut subject = ClientSubject::reference(contract, ClientBehaviour::default());
            // A client that caches without declaring it would not conform.
            let declared =
                |wanted| needs.contains(&Need::Capability(wanted)) || needs.contains(&Need::Optional(wanted));
            subject.capabilities.spend = declared(Capability::Spend);
            subject.capabilities.invalidate = declared(Capability::Invalidate);
            subject.capabilities.single_flight = declared(Capability::SingleFlight);
            subject.capabilities.shared_cache = declared(Capability::SharedCache);
            subject.capabilities.rekey = declared(Capability::Rekey);
            subject.capabilities.fleet = declared(Capability::Fleet);
            let settings = &self.settings;
            let context = RunContext { contract, subject: SubjectRef::Client(&subject), settings, secrets: &secrets };
            return Ok(context.run(entry).await.result);
        }
        let mut subject = ServerSubject::embedded(contract, ProviderBehaviour::default()).await?;
        let account = subject.states.provider().map(|provider| {
            let fields =
                contract.operation(Role::Balance).map(|operation| operation.fields.clone()).unwrap_or_default();
            let open = |credits: u32| {
                let names = provider.create_account(BalanceValues::of(credits.into(), &fields));
                names.key.or(names.tenant)
            };
            (open(100), open(250))
        });
        let (key, other_key) = account.unwrap_or_default();
        subject.key = key.filter(|_| needs.contains(&Need::Key) || needs.contains(&Need::TwoKeys));
        subject.other_key = other_key.filter(|_| needs.contains(&Need::TwoKeys));
        subject.allow_spend = needs.contains(&Need::Spend);
        let clock = needs.contains(&Need::Clock).then_some(State::Clock);
        let states = needs.iter().filter_map(|need| match need {
            Need::State(state) => Some(*state),
            _ => None,
        });
        subject.states.restrict(states.chain(clock).collect());
        let transport = transport(contract, &subject, self.ordinary.clone(), &RunOptions::default());
        let subject = SubjectRef::Server(&subject, &transport);
        let context = RunContext { contract, subject, settings: &self.settings, secrets: &secrets };
        Ok(context.run(entry).await.result)
    }
}
