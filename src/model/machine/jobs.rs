//! Jobs that paid calls start, and what they cost when they end.

use rust_decimal::Decimal;

use super::{AccountState, Model};

/// The state of the jobs of an account, as the provider shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JobState {
    /// Under way.
    #[default]
    Pending,
    /// Ended with success.
    Succeeded,
    /// Ended without success.
    Failed,
}

/// The jobs of an account.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// What the jobs under way were charged when they were accepted.
    charged: Vec<Decimal>,
    /// What the jobs under way will be charged when they succeed.
    held: Vec<Decimal>,
    /// What the jobs that have ended had reserved, which only deviations read.
    kept: Decimal,
    last: JobState,
}

impl AccountState {
    /// What jobs under way will still be charged.
    pub(super) fn held(&self) -> Decimal {
        self.jobs.held.iter().sum()
    }

    /// Starts a job with this charge. Returns the part that is charged at once.
    pub(super) fn start_job(&mut self, charge: Decimal, charged_at_end: bool) -> Decimal {
        self.jobs.last = JobState::Pending;
        let (list, at_once) =
            if charged_at_end { (&mut self.jobs.held, Decimal::ZERO) } else { (&mut self.jobs.charged, charge) };
        list.push(charge);
        at_once
    }
}

impl Model {
    /// Brings the jobs of a tenant to an end. `false` if there is no such account.
    pub fn settle_jobs(&mut self, tenant: &str, succeeded: bool) -> bool {
        let (keeps_charge, again) = (self.deviation.charge_failed_jobs, self.deviation.charge_again_at_success);
        self.with(tenant, |account| {
            let (charged, held) = (std::mem::take(&mut account.jobs.charged), std::mem::take(&mut account.jobs.held));
            let (charged, held) = (charged.iter().sum::<Decimal>(), held.iter().sum::<Decimal>());
            account.jobs.kept += charged + held;
            let due = match (succeeded, keeps_charge) {
                (true, _) => held + if again { charged } else { Decimal::ZERO },
                (false, true) => held,
                (false, false) => -charged,
            };
            account.balance = account.balance.less(due);
            account.jobs.last = if succeeded { JobState::Succeeded } else { JobState::Failed };
        })
    }

    /// What is reserved for the jobs of a tenant that are under way.
    #[must_use]
    pub fn held(&self, tenant: &str) -> Decimal {
        if self.deviation.holds_nothing {
            return Decimal::ZERO;
        }
        let of_jobs = |account: &AccountState| account.jobs.charged.iter().chain(&account.jobs.held).sum();
        let now: Decimal = self.accounts.get(tenant).map_or(Decimal::ZERO, of_jobs);
        let kept = self.accounts.get(tenant).map_or(Decimal::ZERO, |account| account.jobs.kept);
        now + if self.deviation.keeps_holds { kept } else { Decimal::ZERO }
    }

    /// The state of the last jobs of a tenant.
    #[must_use]
    pub fn job_state(&self, tenant: &str) -> Option<JobState> {
        Some(self.accounts.get(tenant)?.jobs.last)
    }
}
