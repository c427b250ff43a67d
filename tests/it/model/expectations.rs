//! Whatever the model does is among what the expectations allow.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use ringtrue::__cli::contract::{CacheKind, Condition, Contract, Role};
use ringtrue::__cli::model::{BalanceValues, Decision, Deviation, Expectations, Model};
use rust_decimal::Decimal;

#[derive(Debug, Clone)]
enum Action {
    Check,
    Spend,
    Refresh,
    Change(u32),
    Advance(u64),
    Down(bool),
}

fn action() -> impl Strategy<Value = Action> {
    let times = prop_oneof![Just(1), Just(60_000), Just(119_000), Just(121_000), Just(124_001), 0..200_000u64];
    prop_oneof![
        4 => Just(Action::Check),
        2 => Just(Action::Spend),
        1 => Just(Action::Refresh),
        2 => prop_oneof![Just(0), Just(1), 2..50u32].prop_map(Action::Change),
        2 => times.prop_map(Action::Advance),
        1 => any::<bool>().prop_map(Action::Down),
    ]
}

static CONTRACTS: LazyLock<Vec<Arc<Contract>>> = LazyLock::new(contracts);

/// Every bundled contract with a paid call, and variants with what these do not have.
fn contracts() -> Vec<Arc<Contract>> {
    let mut all: Vec<Contract> = crate::with_paid_calls().iter().map(|name| Contract::load(name).unwrap()).collect();
    let mut variants = Vec::new();
    for contract in &all {
        let mut variant = contract.clone();
        if let Some(rule) = &mut variant.caching.server {
            rule.kind = CacheKind::Cached;
            (rule.min_ttl_ms, rule.max_ttl_ms) = (Some(60_000), Some(120_000));
            rule.invalidated_by.insert(Role::Spend, rule.promise.clone());
            variants.push(variant);
        }
    }
    all.extend(variants);
    all.into_iter().map(Arc::new).collect()
}

fn operation(contract: &Contract, role: Role) -> Option<&ringtrue::__cli::contract::Operation> {
    contract.operation(role).map(|operation| &**operation)
}

fn credits(contract: &Contract, amount: u32) -> BalanceValues {
    BalanceValues::of(Decimal::from(amount), &operation(contract, Role::Balance).unwrap().fields)
}

fn run(
    contract: &Arc<Contract>,
    deviation: Deviation,
    states_cost: bool,
    actions: &[Action],
) -> Result<(), TestCaseError> {
    let mut model = Model::new(contract.clone(), deviation);
    let first = credits(contract, 20);
    model.open("a", first);
    let mut expectations = Expectations::opened(contract, first);
    let balance = operation(contract, Role::Balance).unwrap();
    for (n, action) in actions.iter().enumerate() {
        match action {
            Action::Check => {
                let allowed = expectations.now();
                match model.decide("a", balance) {
                    Decision::Success { balance, .. } => {
                        prop_assert!(allowed.permits(&balance), "step {n}: {balance}, allowed {}", allowed.describe());
                        expectations.answered(balance);
                        prop_assert!(expectations.now().permits(&balance), "the same answer again, step {n}");
                    }
                    _ => {
                        prop_assert!(allowed.failure, "step {n}: a failure, allowed {}", allowed.describe());
                        expectations.failed();
                    }
                }
            }
            Action::Spend => {
                let Some(spend) = operation(contract, Role::Spend) else { continue };
                match model.decide("a", spend) {
                    Decision::Success { charged, .. } => expectations.spent(states_cost.then_some(charged)),
                    _ => expectations.tried(),
                }
            }
            Action::Refresh => {
                let Some(refresh) = operation(contract, Role::Refresh) else { continue };
                match model.decide("a", refresh) {
                    Decision::Success { .. } => expectations.succeeded(Role::Refresh),
                    _ => expectations.tried(),
                }
            }
            Action::Change(amount) => {
                let balance = credits(contract, *amount);
                model.set_balance("a", balance);
                expectations.changed(balance);
            }
            Action::Advance(ms) => {
                model.advance(*ms);
                expectations.advanced(*ms);
            }
            Action::Down(down) => {
                model.set_down(Some("a"), *down);
                expectations.set_down(*down);
            }
        }
        let known = model.balance("a").unwrap();
        prop_assert!(
            expectations.stored().permits(&known),
            "step {n}: {known} is not within {}",
            expectations.stored()
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn model_stays_within_the_expectations(
        which in 0..8usize,
        states_cost in any::<bool>(),
        actions in prop::collection::vec(action(), 1..40),
    ) {
        run(&CONTRACTS[which % CONTRACTS.len()], Deviation::default(), states_cost, &actions)?;
    }

    #[test]
    fn server_with_an_unspecified_cache_stays_within_the_expectations(
        which in 0..8usize,
        keep_ms in prop_oneof![Just(1000), Just(60_000), Just(80_000_000)],
        actions in prop::collection::vec(action(), 1..40),
    ) {
        let open = CONTRACTS.iter().filter(|contract| {
            contract.caching.server.as_ref().is_none_or(|rule| rule.kind == CacheKind::Permitted)
        });
        let open: Vec<_> = open.collect();
        let deviation = Deviation { keep_anyway_ms: Some(keep_ms), ..Deviation::default() };
        run(open[which % open.len()], deviation, true, &actions)?;
    }
}

#[test]
fn cached_response_is_required_until_shortly_before_its_expiry_and_refused_shortly_after() {
    let contract = Arc::new(Contract::load("genlook-storefront").unwrap());
    let (yes, no) = (credits(&contract, 1), credits(&contract, 0));
    let mut expectations = Expectations::opened(&contract, yes);
    expectations.answered(yes);
    expectations.changed(no);
    assert!(expectations.now().must_be_cached && expectations.now().permits(&yes) && !expectations.now().permits(&no));
    expectations.advanced(117_000);
    assert!(expectations.now().must_be_cached);
    expectations.advanced(3_000);
    let boundary = expectations.now();
    assert!(boundary.permits(&yes) && boundary.permits(&no), "nothing is judged where clocks may differ");
    expectations.advanced(3_000);
    assert!(!expectations.now().permits(&yes) && expectations.now().permits(&no));
}

#[test]
fn unknown_cost_is_learnt_from_the_next_fresh_response() {
    let contract = Arc::new(Contract::load("stablecog").unwrap());
    let mut expectations = Expectations::opened(&contract, credits(&contract, 20));
    expectations.spent(None);
    assert!(expectations.stored().known().is_none());
    assert!(!expectations.now().permits(&credits(&contract, 21)), "a paid call adds nothing");
    expectations.answered(credits(&contract, 13));
    assert_eq!(expectations.stored().known(), Some(credits(&contract, 13)));
}

#[test]
fn cost_that_no_response_states_may_be_charged_later() {
    let contract = Arc::new(Contract::load("pollo").unwrap());
    let shown = |left: u32| BalanceValues { total: credits(&contract, 20).total, ..credits(&contract, left) };
    let mut expectations = Expectations::opened(&contract, credits(&contract, 20));
    expectations.spent(None);
    expectations.answered(shown(20));
    assert!(expectations.stored().permits(&shown(13)), "the job is charged when it is done");
    expectations.answered(shown(13));
    assert!(!expectations.stored().permits(&shown(14)), "nothing comes back");
    expectations.changed(shown(19));
    assert!(expectations.stored().permits(&shown(12)) && !expectations.stored().permits(&shown(20)));
    let below_zero = |left: i32| BalanceValues { remaining: Some(left.into()), ..shown(0) };
    assert!(!expectations.stored().permits(&below_zero(-1)), "19 are enough for what is still to be charged");
    expectations.changed(shown(2));
    assert!(expectations.stored().permits(&below_zero(-17)), "a call that 19 were enough for is charged now");
    assert!(!expectations.stored().permits(&below_zero(-18)));
    expectations.answered(shown(2));
    assert!(expectations.stored().permits(&below_zero(-17)), "and not at once");
}

#[test]
fn conditions_of_bundled_contracts_are_known_to_the_model() {
    for contract in CONTRACTS.iter() {
        let mut model = Model::new(contract.clone(), Deviation::default());
        model.open("a", credits(contract, 0));
        let Some(spend) = operation(contract, Role::Spend) else { continue };
        let refused = Decision::Refused { condition: Condition::Exhausted, retry_after_s: None };
        assert_eq!(model.decide("a", spend), refused, "{}", contract.name);
    }
}

#[test]
fn what_was_used_may_be_given_back_once_the_named_time_has_passed() {
    let contract = Arc::new(Contract::load("elevenlabs").unwrap());
    let balance = |left: u32| BalanceValues {
        remaining: Some(Decimal::from(left)),
        total: Some(Decimal::from(100)),
        ..BalanceValues::default()
    };
    let mut expectations = Expectations::opened(&contract, balance(40));
    expectations.answered(balance(40));
    expectations.resets_in(60_000);
    expectations.advanced(59_000);
    assert!(!expectations.now().permits(&balance(100)), "the time has not come");
    expectations.advanced(2_000);
    assert!(expectations.now().permits(&balance(100)) && expectations.now().permits(&balance(40)));
    expectations.changed(balance(10));
    assert!(expectations.now().permits(&balance(100)), "a reset that is due comes with the next response");
}
