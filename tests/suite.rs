//! One test per check and contract: the check passes on the conforming subject, and finds each of its faults.
//!
//! The contracts are the bundled ones with a paid call, to which most checks apply. The others have one test in `tests/it`.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use ringtrue::__cli::checks::{CheckEntry, Verdict, registry};
use ringtrue::__cli::contract::{Contract, Role, bundled};
use ringtrue::__cli::run::{RunOptions, SelftestHarness};

struct Shared {
    runtime: tokio::runtime::Runtime,
    harness: SelftestHarness,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Many faults show only after a deadline has passed, so that most tests wait.
    arguments.test_threads = arguments.test_threads.or(Some(32));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let options = RunOptions { seed: Some(0), ..RunOptions::default() };
    let shared = Arc::new(Shared { runtime, harness: SelftestHarness::new(&options).expect("the harness starts") });
    let mut trials = Vec::new();
    for name in bundled() {
        let contract = Arc::new(Contract::load(&name).expect("a bundled contract loads"));
        if contract.operation(Role::Spend).is_none() {
            continue;
        }
        for entry in registry().filter(|entry| (entry.check.applies)(&contract).is_ok()) {
            trials.push(conforms(&shared, &contract, entry));
            let own = SelftestHarness::faults(&contract, entry);
            trials.extend(own.into_iter().map(|fault| catches(&shared, &contract, entry, fault)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn conforms(shared: &Arc<Shared>, contract: &Arc<Contract>, entry: &'static CheckEntry) -> Trial {
    let (shared, contract) = (shared.clone(), contract.clone());
    Trial::test(format!("{}::{}::passes", contract.name, entry.check.id), move || {
        let result = shared.runtime.block_on(shared.harness.judge_named(&contract, entry, None))?;
        // A check that does not apply is not a failure; an undecided one is.
        let good = matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable);
        if good { Ok(()) } else { Err(Failed::from(format!("{:?}: {:?}", result.verdict, result.reason))) }
    })
}

fn catches(shared: &Arc<Shared>, contract: &Arc<Contract>, entry: &'static CheckEntry, fault: &'static str) -> Trial {
    let (shared, contract) = (shared.clone(), contract.clone());
    Trial::test(format!("{}::{}::catches::{}", contract.name, entry.check.id, fault), move || {
        let result = shared.runtime.block_on(shared.harness.judge_named(&contract, entry, Some(fault)))?;
        let aside = result.verdict == Verdict::NotApplicable
            && shared.runtime.block_on(shared.harness.judge_named(&contract, entry, None))?.verdict
                == Verdict::NotApplicable;
        let good = result.verdict.is_finding() || aside;
        if good { Ok(()) } else { Err(Failed::from(format!("{:?}: {:?}", result.verdict, result.reason))) }
    })
}
