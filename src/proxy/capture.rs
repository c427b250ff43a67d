//! Copies of bodies, for the judge.

use bytes::Bytes;

/// Longer bodies are not judged. They are forwarded all the same.
const LARGEST: usize = 1024 * 1024;

/// The content of a body so far.
#[derive(Debug, Default)]
pub(super) struct Capture {
    content: Vec<u8>,
    is_too_long: bool,
}

impl Capture {
    pub(super) fn add(&mut self, data: &[u8]) {
        if self.is_too_long {
            return;
        }
        if self.content.len() + data.len() > LARGEST {
            (self.content, self.is_too_long) = (Vec::new(), true);
        } else {
            self.content.extend_from_slice(data);
        }
    }

    /// Whether the content is longer than what is judged.
    pub(super) fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// The content; `None` if it is too long.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        (!self.is_too_long).then(|| std::mem::take(&mut self.content).into())
    }
}
