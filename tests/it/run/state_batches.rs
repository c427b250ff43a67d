//! Messages to a state handler that are due at the same time: in one message where the handler takes that, one by one otherwise.

#![cfg(unix)]

use std::path::Path;

use futures_util::future::join_all;
use ringtrue::__cli::contract::{Contract, bundled};
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions, State, StateParams};
use ringtrue::__cli::subject::{Handler, StateError, States};
use serde_json::{Value, json};

/// Opens accounts at the same time, and returns the credentials or the errors.
async fn open(states: &States, count: usize) -> Vec<Result<String, StateError>> {
    let opened = join_all((0..count).map(|_| states.setup(State::Account, StateParams::default()))).await;
    opened.into_iter().map(|opened| opened.map(|(names, _)| names.key.unwrap_or_default())).collect()
}

/// A handler that appends each message to a file and then runs this command, with the message in `$m`.
fn recording(file: &Path, command: &str) -> States {
    let command = format!("read -r m; echo \"$m\" >> {}; {command}", file.display());
    States::new(Handler::Command(command))
}

fn messages(file: &Path) -> Vec<Value> {
    std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn is_batch(message: &Value) -> bool {
    message["state"] == "batch"
}

/// One response for each message of a batch.
const TAKES_BATCHES: &str = "one='{\"ok\":true,\"values\":{\"key\":\"k_1\"}}'; case \"$m\" in *batch*) n=$(echo \"$m\" | grep -o '\"account\"' | wc -l); \
    all=; while [ $n -gt 0 ]; do all=\"$all,$one\"; n=$((n-1)); done; echo \"{\\\"ok\\\":true,\\\"values\\\":{\\\"responses\\\":[${all#,}]}}\";; \
    *) echo \"$one\";; esac";

#[tokio::test(flavor = "multi_thread")]
async fn handler_that_takes_batches_gets_few_messages() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages");
    let states = recording(&file, TAKES_BATCHES);
    let opened = open(&states, 20).await;
    assert!(opened.iter().all(|key| key.as_deref() == Ok("k_1")), "{opened:?}");
    let sizes: Vec<usize> =
        messages(&file).iter().map(|message| message["params"]["messages"].as_array().map_or(1, Vec::len)).collect();
    // The first asks, and changes nothing.
    assert_eq!((sizes.len(), sizes[0], sizes.iter().sum::<usize>()), (3, 0, 20), "{sizes:?}");
    assert_eq!(states.teardown_all(0).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_without_batches_is_asked_once_and_gets_the_messages_one_by_one() {
    let refusals = [
        "echo '{\"unsupported\":\"batch\"}'",
        "echo '{\"error\":\"no\"}'",
        "echo '{\"ok\":true}'",
        "echo '{\"ok\":true,\"values\":{\"responses\":[1]}}'",
        "echo Traceback >&2; exit 1",
    ];
    for refusal in refusals {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("messages");
        let command = format!(
            "case \"$m\" in *batch*) {refusal};; *) echo '{{\"ok\":true,\"values\":{{\"key\":\"k_1\"}}}}';; esac"
        );
        let states = recording(&file, &command);
        let opened = [open(&states, 5).await, open(&states, 3).await].concat();
        assert!(opened.iter().all(|key| key.as_deref() == Ok("k_1")), "{refusal}: {opened:?}");
        let messages = messages(&file);
        let asked = messages.iter().filter(|message| is_batch(message)).count();
        assert_eq!((asked, messages.len()), (1, 9), "{refusal}: {messages:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_with_too_few_responses_fails_for_all_its_messages() {
    let folder = tempfile::tempdir().unwrap();
    let command = "case \"$m\" in *'\"messages\":[]'*) echo '{\"ok\":true,\"values\":{\"responses\":[]}}';; \
        *) echo '{\"ok\":true,\"values\":{\"responses\":[{\"ok\":true}]}}';; esac";
    let states = recording(&folder.path().join("messages"), command);
    for opened in open(&states, 3).await {
        let error = opened.unwrap_err().to_string();
        assert!(error.contains("batch of 3 messages"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_in_a_batch_is_no_failure_of_the_others() {
    let provider = std::sync::Arc::new(Provider::new(Contract::load(&bundled()[0]).unwrap().into()));
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let states = States::new(Handler::Http(server.states_url()));
    let mut unknown = StateParams::default();
    unknown.key = Some("k_nobody".to_owned());
    let (account, revoked, other) = tokio::join!(
        states.setup(State::Account, StateParams::default()),
        states.setup(State::KeyRevoked, unknown),
        states.setup(State::Account, StateParams::default()),
    );
    let (account, other) = (account.unwrap().0, other.unwrap().0);
    assert!(account != other && matches!(revoked, Err(StateError::Failed(_))), "{account:?} {revoked:?} {other:?}");
}

#[test]
fn mock_refuses_batches_that_are_none() {
    let provider = Provider::new(Contract::load(&bundled()[0]).unwrap().into());
    let batch = |messages: Value| {
        provider
            .handle_state_message(&json!({ "action": "setup", "state": "batch", "params": { "messages": messages } }))
    };
    let clock = json!({ "action": "setup", "state": "clock", "params": { "advance_ms": 1 } });
    assert_eq!(batch(json!([clock])), json!({ "ok": true, "values": { "responses": [{ "ok": true }] } }));
    for refused in [json!(1), json!(vec![clock; 17]), json!([{ "action": "setup", "state": "batch" }])] {
        assert!(batch(refused.clone())["error"].is_string(), "{refused}");
    }
}
