//! The reference client with the bundled contracts, whatever they are.

use std::time::Duration;

use ringtrue::__cli::client::{ErrorClass, Source};
use ringtrue::__cli::contract::{Condition, Contract, FailureMode, Response, Role, StatusRange};
use serde_json::Value;

use super::support::{Server, json, open};

fn example(responses: &[std::sync::Arc<Response>], wanted: impl Fn(StatusRange) -> bool) -> Option<&Value> {
    let response = responses.iter().find(|response| wanted(response.status))?;
    response.content.first()?.examples.first().map(|(_, value)| value)
}

#[tokio::test]
async fn every_documented_balance_is_read_and_every_break_is_noticed() {
    for name in crate::with_paid_calls() {
        let contract = Contract::load(&name).unwrap();
        let operation = contract.operation(Role::Balance).unwrap().clone();
        let body = example(&operation.responses, |status| status.contains(200)).unwrap();
        let server = Server::always(json(200, &body.to_string())).await;
        let (client, _) = open(contract.clone(), server.config());
        let balance = client.check().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(balance.source, Some(Source::Network));
        assert_eq!(balance.remaining.is_some(), operation.fields.remaining.is_some(), "{name}");
        assert_eq!(balance.allowed.is_some(), operation.fields.allowed.is_some(), "{name}");
        assert_eq!(server.seen()[0].method, operation.method);

        let fails_open = contract.failure.as_ref().is_some_and(|failure| failure.mode == FailureMode::Open);
        for broken in ["{}", "[]", "null", r#"{"credits":"5","allowed":"true","creditBalance":null}"#] {
            let server = Server::always(json(200, broken)).await;
            let (client, _) = open(contract.clone(), server.config());
            match client.check().await {
                Ok(balance) if fails_open => assert_eq!(balance.source, Some(Source::FailOpen)),
                outcome => assert_eq!(outcome.unwrap_err().class, ErrorClass::Malformed, "{name} {broken}"),
            }
        }
    }
}

#[tokio::test]
async fn every_documented_condition_has_its_class() {
    for name in crate::with_paid_calls() {
        let contract = Contract::load(&name).unwrap();
        for role in [Role::Balance, Role::Spend] {
            let Some(operation) = contract.operation(role) else { continue };
            for (condition, answer) in &operation.conditions {
                let body = answer.example.clone().map_or(String::new(), |body| match body {
                    Value::String(text) => text,
                    body => body.to_string(),
                });
                let media_type = answer.media_type.clone();
                let media_type = media_type.or_else(|| Some(answer.response.content.first()?.media_type.clone()));
                let headers = [("content-type", media_type.as_deref().unwrap_or("text/plain"))];
                let server = Server::always(super::support::answer(answer.canonical_status, &headers, &body)).await;
                let (client, _) = open(contract.clone(), server.config());
                let outcome = if role == Role::Balance { client.check().await } else { client.spend().await };
                let told = answer.code.is_some() || matches!(answer.status, Some(StatusRange::Exact(_)));
                match outcome {
                    Ok(balance) => assert_eq!(balance.source, Some(Source::FailOpen), "{name} {condition:?}"),
                    // Where neither code nor status is promised there is nothing to tell a condition by.
                    Err(error) if !told => assert_eq!(error.class, ErrorClass::Server, "{name} {condition:?}"),
                    Err(error) => {
                        assert_eq!(error.class, class(*condition), "{name} {condition:?}");
                        assert_eq!(error.status, Some(answer.canonical_status));
                        assert!(answer.code.is_none() || error.code == answer.code, "{name} {condition:?}");
                    }
                }
            }
        }
    }
}

fn class(condition: Condition) -> ErrorClass {
    match condition {
        Condition::Exhausted => ErrorClass::Exhausted,
        Condition::RateLimited => ErrorClass::RateLimited,
        Condition::BackendDown => ErrorClass::Server,
        Condition::RequestInvalid | Condition::MethodUnknown => ErrorClass::Other,
        Condition::PathUnknown => ErrorClass::NotFound,
        _ => ErrorClass::Auth,
    }
}

#[tokio::test]
async fn paid_call_has_the_smallest_documented_body() {
    for name in crate::with_paid_calls() {
        let contract = Contract::load(&name).unwrap();
        let Some(operation) = contract.operation(Role::Spend).cloned() else { continue };
        let body = example(&operation.responses, |status| status.contains(200) || status.contains(201));
        let body = body.map_or("{}".to_owned(), Value::to_string);
        let headers: Vec<(&str, &str)> = vec![("content-type", "application/json"), ("x-credits-remaining", "9")];
        let server = Server::always(super::support::answer(200, &headers, &body)).await;
        let (client, clock) = open(contract, server.config().cache_ttl(Duration::from_mins(1)));
        client.spend().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let seen = server.seen().remove(0);
        let value: Value = serde_json::from_slice(&seen.body).unwrap();
        let schema = operation.request.as_ref().unwrap().content[0].schema.as_ref();
        assert!(schema.is_none_or(|schema| schema.accepts(&value)), "{name}: {value}");
        assert_eq!(seen.headers["content-type"], "application/json");
        assert!(clock.advance(Duration::ZERO));
    }
}
