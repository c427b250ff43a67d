//! The premise of all checks of a client: it sends its requests below its base URL.

use std::time::Duration;

use super::ClientTrial;
use crate::checks::finding::Stop;
use crate::subject::Function;

/// How long the client may take for the first request. Whatever happens later is judged by the checks.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

impl ClientTrial<'_> {
    /// The target of the first request, if the client drops the path of its base URL.
    ///
    /// # Errors
    /// If no session can be opened.
    pub(crate) async fn target_beside_base_path(&self) -> Result<Option<String>, Stop> {
        let session = self.open(self.credits(100)).await?;
        self.call_within(&session, Function::Check, Some(PROBE_TIMEOUT)).await?;
        let received = self.recorder.received();
        let beside = received.iter().all(|received| received.endpoint.is_none());
        Ok(received.first().filter(|_| beside).map(|received| received.request.target.clone()))
    }
}
