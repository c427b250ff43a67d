//! Messages to a state handler that are due at the same time: several in one message, where the handler takes that.
//!
//! Whoever has a message puts it into the queue. The first one waits until the other trials that can go on have done so too, and
//! then the whole queue is sent. A handler says whether it takes the state `batch` when it gets one without messages, which changes
//! nothing; otherwise it gets the messages one by one.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::runtime::Handle as Runtime;
use tokio::sync::oneshot;

use super::state_handler::{Handler, StateError, Wire};
use crate::exchange::quote;
use crate::mock::{BATCH, MOST_IN_BATCH};
use crate::sync::lock;

/// The messages that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct StateQueue {
    state: Mutex<QueueState>,
    /// Held by the one who asks whether the handler takes batches.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct QueueState {
    waiting: VecDeque<Waiting>,
    /// Whether somebody waits for further messages before the queue is sent.
    is_collecting: bool,
    /// How many senders have not taken their messages yet.
    senders: usize,
    /// Whether the handler takes batches; unknown before the first one.
    takes_batches: Option<bool>,
}

/// A message, and who waits for the response.
#[derive(Debug)]
struct Waiting {
    message: Value,
    response: oneshot::Sender<Result<Value, StateError>>,
}

/// The one who waits for further messages. The queue is sent when it is dropped, so that its end cannot hold the messages of others.
struct Collector<'q> {
    wire: &'q Wire,
    handler: &'q Handler,
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        lock(&self.wire.queue.state).is_collecting = false;
        send_waiting(self.wire, self.handler);
    }
}

impl QueueState {
    /// How many senders the waiting messages need.
    fn senders_needed(&self) -> usize {
        match self.takes_batches {
            Some(true) => self.waiting.len().div_ceil(MOST_IN_BATCH),
            Some(false) => self.waiting.len(),
            // The first one asks.
            None => self.waiting.len().min(1),
        }
    }

    /// Takes the messages of one sender out of the queue, without those that nobody waits for any more.
    fn take(&mut self) -> Vec<Waiting> {
        self.senders -= 1;
        self.waiting.retain(|waiting| !waiting.response.is_closed());
        let most = if self.takes_batches == Some(true) { MOST_IN_BATCH } else { 1 };
        let count = self.waiting.len().min(most);
        self.waiting.drain(..count).collect()
    }
}

/// Sends a message to a handler, perhaps together with others, and returns the response to it.
pub(super) async fn exchange(wire: &Wire, handler: &Handler, message: Value) -> Result<Value, StateError> {
    let (response, answered) = oneshot::channel();
    let is_first = {
        let mut state = lock(&wire.queue.state);
        state.waiting.push_back(Waiting { message, response });
        !std::mem::replace(&mut state.is_collecting, true)
    };
    if is_first {
        let collector = Collector { wire, handler };
        tokio::task::yield_now().await;
        drop(collector);
    }
    answered.await.unwrap_or_else(|_| Err(StateError::Failed("the run has ended".to_owned())))
}

/// Starts as many senders as the queue needs.
fn send_waiting(wire: &Wire, handler: &Handler) {
    // Without a runtime nothing can be sent, and nobody waits.
    let Ok(runtime) = Runtime::try_current() else { return };
    let missing = {
        let mut state = lock(&wire.queue.state);
        let missing = state.senders_needed().saturating_sub(state.senders);
        state.senders += missing;
        missing
    };
    for _ in 0..missing {
        runtime.spawn(send_some(wire.clone(), handler.clone()));
    }
}

/// Sends one message, or several in one.
async fn send_some(wire: Wire, handler: Handler) {
    let _permit = match &wire.flight {
        Some(flight) => Some(flight.take_own().await),
        None => None,
    };
    let takes_batches = lock(&wire.queue.state).takes_batches;
    let several = lock(&wire.queue.state).waiting.len() > 1;
    if takes_batches.is_none() && several {
        ask(&wire, &handler).await;
    }
    let batch = {
        let mut state = lock(&wire.queue.state);
        state.take()
    };
    // Others may have come since, and more senders may be needed than before it was known what the handler takes.
    send_waiting(&wire, &handler);
    deliver(&wire, &handler, batch).await;
}

/// Asks once whether the handler takes batches, with one that is empty.
async fn ask(wire: &Wire, handler: &Handler) {
    let _one = wire.queue.asking.lock().await;
    if lock(&wire.queue.state).takes_batches.is_some() {
        return;
    }
    let response = wire.send(handler, &message_of(&[]), 1).await;
    let takes = response.is_ok_and(|response| responses_in(&response).is_some_and(<[Value]>::is_empty));
    lock(&wire.queue.state).takes_batches = Some(takes);
}

async fn deliver(wire: &Wire, handler: &Handler, batch: Vec<Waiting>) {
    let (messages, waiting): (Vec<Value>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.message, waiting.response)).unzip();
    let count = messages.len();
    let mut messages = messages.into_iter();
    let responses = match (messages.next(), count) {
        (None, _) => return,
        (Some(message), 1) => vec![wire.send(handler, &message, 1).await],
        (Some(first), _) => {
            let all: Vec<Value> = std::iter::once(first).chain(messages).collect();
            let message = message_of(&all);
            match wire.send(handler, &message, count).await.and_then(|response| responses_to(count, &response)) {
                Ok(responses) => responses.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error); count],
            }
        }
    };
    for (waiting, response) in waiting.into_iter().zip(responses) {
        // One who has given up needs no response.
        let _ = waiting.send(response);
    }
}

fn message_of(messages: &[Value]) -> Value {
    json!({ "action": "setup", "state": BATCH, "params": { "messages": messages } })
}

fn responses_in(response: &Value) -> Option<&[Value]> {
    let responses = response["values"]["responses"].as_array()?;
    (response["ok"] == json!(true)).then_some(responses)
}

/// The responses to the messages of a batch.
fn responses_to(count: usize, response: &Value) -> Result<Vec<Value>, StateError> {
    let responses = responses_in(response).filter(|responses| responses.len() == count);
    responses.map(<[Value]>::to_vec).ok_or_else(|| {
        let text = quote(response.to_string().as_bytes());
        StateError::Failed(format!("the response to a batch of {count} messages has not {count} responses: {text}"))
    })
}
