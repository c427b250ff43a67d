//! The examples on the providers' own pages, as clients under test: each has exactly the known findings.

use std::fmt::Write as _;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::Level;
use ringtrue::__cli::run::Report;

use crate::judge_client::support::node;
use crate::programs::is_installed;

/// What binds and does not hold, check by check.
fn findings(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        if matches!(check.verdict, Verdict::Pass | Verdict::NotApplicable) || check.level == Level::May {
            continue;
        }
        let verdict = format!("{:?}", check.verdict).to_lowercase();
        writeln!(text, "{} · {verdict} · {}", check.id, check.reason.as_deref().unwrap_or_default()).unwrap();
    }
    text
}

async fn judge(name: &str) {
    if !is_installed("node") {
        return;
    }
    let report = node(name, Some(&format!("examples/providers/{name}.mjs"))).run().await.unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/providers"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.to_owned(), findings(&report)));
}

#[tokio::test(flavor = "multi_thread")]
async fn genlook() {
    judge("genlook").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn genlook_storefront() {
    judge("genlook-storefront").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leadmagic() {
    judge("leadmagic").await;
}
